"""authorizeConnection: SigV4 as botocore computes it, over the request that is never made."""

from datetime import datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dynalite.access.principals import Identity
from dynalite.clock import Clock
from dynalite.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    ServiceError,
    UnrecognizedClientException,
)
from dynalite.operations.context import Caller
from server.access.keyring import Key
from server.access.sigv4 import Verifier
from server.dax.authorization import ANYBODY, Authorization, Entrance, guarded, read
from server.dax.cbor import Malformed
from tests.access.signing import ALICE, BOB

TIME = "20261123T120000Z"


def entrance() -> Entrance:
    """For one key, at the time of its signatures."""
    clock = Clock()
    clock.freeze()
    clock.set(datetime.fromisoformat(TIME).timestamp())
    keys = {"AKID": Key("secret", ALICE), "ASIA": Key("secret", BOB, "token")}
    return guarded(Verifier(keys, clock), lambda node, _: node)


def identify(authorization: Authorization) -> Caller:
    return entrance().identify(authorization, None)


def anybody(authorization: Authorization) -> Caller:
    return ANYBODY.identify(authorization, None)


def signed(
    host: str = "dax.amazonaws.com",
    secret: str = "secret",
    key: str = "AKID",
    service: str = "dax",
    time: str = TIME,
    token: str | None = None,
) -> Authorization:
    request = AWSRequest("POST", "https://dax.amazonaws.com/", headers={"host": host})
    request.context["timestamp"] = time
    request.headers["X-Amz-Date"] = time
    signer = SigV4Auth(Credentials(key, secret), service, "eu-west-1")
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    return Authorization(key, signer.signature(to_sign, request), to_sign, token)


def test_a_right_signature_is_accepted() -> None:
    identify(signed())


def test_the_old_go_client_signs_another_host() -> None:
    identify(signed(host="https://dax.amazonaws.com"))


def test_a_session_token_comes_beside_the_signature() -> None:
    assert identify(signed(key="ASIA", token="token")).access_key == "ASIA"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (signed(secret="other"), InvalidSignatureException),
        (signed(key="NOBODY"), UnrecognizedClientException),
        (signed(host="example.com"), InvalidSignatureException),
        (signed(service="dynamodb"), InvalidSignatureException),
        (signed(time="20261123T114400Z"), InvalidSignatureException),
        (signed(time="today"), IncompleteSignatureException),
        (signed(key="ASIA"), UnrecognizedClientException),
        (signed(token="token"), UnrecognizedClientException),
        (Authorization("AKID", "0" * 64, "nonsense"), IncompleteSignatureException),
        (Authorization("AKID", "é", signed().string_to_sign), InvalidSignatureException),
    ],
)
def test_what_is_not(wrong: Authorization, error: type[ServiceError]) -> None:
    with pytest.raises(error):
        identify(wrong)
    anybody(wrong)


def test_the_scope_says_which_region_is_meant() -> None:
    assert identify(signed()) == Caller("eu-west-1", "AKID", Identity(ALICE))
    assert anybody(Authorization("AKID", "", "nonsense")) == Caller("us-east-1", "AKID")


@pytest.mark.parametrize(
    "arguments", [[1, "s", b"t", None], ["k", None, b"t", None], ["k", "s", "t", None], ["k", "s", b"t", 1]]
)
def test_what_is_no_authorization(arguments: list[object]) -> None:
    with pytest.raises(Malformed):
        read([*arguments, None])
