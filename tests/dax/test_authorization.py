"""authorizeConnection: SigV4 as botocore computes it, over the request that is never made."""

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dynalite.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    ServiceError,
    UnrecognizedClientException,
)
from dynalite.operations.context import Caller
from server.dax.authorization import Authorization, accept_any, caller, read, verifier
from server.dax.cbor import Malformed

verify = verifier({"AKID": "secret"}.get)


def signed(
    host: str = "dax.amazonaws.com", secret: str = "secret", key: str = "AKID", service: str = "dax"
) -> Authorization:
    request = AWSRequest("POST", "https://dax.amazonaws.com/", headers={"host": host})
    request.context["timestamp"] = "20261123T120000Z"
    request.headers["X-Amz-Date"] = "20261123T120000Z"
    signer = SigV4Auth(Credentials(key, secret), service, "eu-west-1")
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    return Authorization(key, signer.signature(to_sign, request), to_sign)


def test_a_right_signature_is_accepted() -> None:
    verify(signed())


def test_the_old_go_client_signs_another_host() -> None:
    verify(signed(host="https://dax.amazonaws.com"))


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (signed(secret="other"), InvalidSignatureException),
        (signed(key="NOBODY"), UnrecognizedClientException),
        (signed(host="example.com"), InvalidSignatureException),
        (signed(service="dynamodb"), IncompleteSignatureException),
        (Authorization("AKID", "0" * 64, "nonsense"), IncompleteSignatureException),
        (Authorization("AKID", "é", signed().string_to_sign), InvalidSignatureException),
    ],
)
def test_what_is_not(wrong: Authorization, error: type[ServiceError]) -> None:
    with pytest.raises(error):
        verify(wrong)
    accept_any(wrong)


def test_the_scope_says_which_region_is_meant() -> None:
    assert caller(signed()) == Caller("eu-west-1", "AKID")
    assert caller(Authorization("AKID", "", "nonsense")) == Caller("us-east-1", "AKID")


@pytest.mark.parametrize("arguments", [[1, "s", b"t"], ["k", None, b"t"], ["k", "s", "t"]])
def test_what_is_no_authorization(arguments: list[object]) -> None:
    with pytest.raises(Malformed):
        read([*arguments, None, None])
