"""Requests as botocore signs them, and the verifier they are shown to."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from unittest.mock import patch

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from dynalite.access.principals import Principal
from dynalite.clock import Clock
from dynalite.operations.context import Caller
from server.access.keyring import Key
from server.access.requests import identifier
from server.access.sigv4 import Verifier
from server.request import HttpRequest

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TARGET = "DynamoDB_20120810.GetItem"
FIELDS = {
    "Host": "localhost:8000",
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": TARGET,
    "User-Agent": "Boto3",
}
ALICE = Principal("arn:aws:iam::000000000000:user/alice", "AKID")
BOB = Principal("arn:aws:iam::000000000000:user/bob", "ASIA")
KEYS = {
    "AKID": Key("secret", ALICE),
    "ASIA": Key("secret", BOB, "token/+=", NOW.timestamp() + 3600),
}


def signed(
    body: bytes = b"{}",
    *,
    url: str = "http://localhost:8000/",
    fields: Mapping[str, str] = FIELDS,
    key: str = "AKID",
    secret: str = "secret",
    token: str | None = None,
    service: str = "dynamodb",
    region: str = "eu-west-1",
    at: datetime = NOW,
    presigned: int | None = None,
) -> HttpRequest:
    """A POST, signed in its header, or in its query string for so many seconds."""
    who = Credentials(key, secret, token)
    if presigned is None:
        request = AWSRequest("POST", url, dict(fields), body)
        signer: Any = SigV4Auth(who, service, region)
    else:
        request = AWSRequest("POST", url, dict(fields))
        signer = SigV4QueryAuth(who, service, region, expires=presigned)
        signer.payload = lambda _: sha256(body).hexdigest()  # it would put the body into the query
    with patch("botocore.auth.get_current_datetime", lambda: at):
        signer.add_auth(request)
    sent = {name.lower().encode(): value.encode() for name, value in request.headers.items()}
    _, _, rest = request.url.partition("localhost:8000")
    path, _, query = rest.encode().partition(b"?")
    return HttpRequest(b"POST", path or b"/", query, sent, body, True, None)


def clock_at(moment: datetime) -> Clock:
    clock = Clock()
    clock.freeze()
    clock.set(moment.timestamp())
    return clock


def identify(request: HttpRequest, at: datetime = NOW) -> Caller:
    """Who asks, if it is verified at that moment."""
    return identifier(Verifier(KEYS, clock_at(at)))(request, request.fields.get(b"x-amz-target", b""))
