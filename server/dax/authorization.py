"""Who is calling: authorizeConnection, and SigV4 over a request that is never made.

The client signs a POST to `/` of a host that does not exist, and sends the string it signed. Nothing answers
that; when it is not right, the next call is told so. Clients sign again every few minutes on a connection
that stays open, so it may come before any call.

The signature is checked when somebody can say what the secret of an access key is. The region is taken from
the signature's scope in any case: it says which region's tables are meant.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias

from dynalite.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    UnrecognizedClientException,
)
from dynalite.operations.context import Caller
from server.dax.cbor import Malformed

_HOSTS: Final = ("dax.amazonaws.com", "https://dax.amazonaws.com")  # the second is the old Go client's
_EMPTY_HASH: Final = sha256(b"").hexdigest()
_ALGORITHM: Final = "AWS4-HMAC-SHA256"

SecretOf: TypeAlias = Callable[[str], str | None]
"""The secret of an access key; None when there is no such key."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a client sent."""

    access_key: str
    signature: str
    string_to_sign: str


Verify: TypeAlias = Callable[[Authorization], None]
"""Raises a ServiceError for what it does not accept."""


def accept_any(authorization: Authorization) -> None:
    """Let everybody in."""


def read(arguments: list[object]) -> Authorization:
    """The authorization in a call's arguments. Raises Malformed."""
    access_key, signature, string_to_sign = arguments[:3]
    if not isinstance(access_key, str) or not isinstance(signature, str):
        raise Malformed("an authorization without key and signature")
    if not isinstance(string_to_sign, bytes):
        raise Malformed("an authorization without a string to sign")
    return Authorization(access_key, signature, string_to_sign.decode("latin-1"))


def caller(authorization: Authorization) -> Caller:
    """Who that is, going by the scope. A scope that says nothing means the default region."""
    scope = authorization.string_to_sign.split("\n")[2:3]
    pieces = scope[0].split("/") if scope else []
    if len(pieces) == 4 and pieces[1]:
        return Caller(pieces[1], authorization.access_key)
    return Caller(access_key=authorization.access_key)


def verifier(secret_of: SecretOf) -> Verify:
    """Checks signatures against the secrets."""

    def verify(authorization: Authorization) -> None:
        secret = secret_of(authorization.access_key)
        if secret is None:
            raise UnrecognizedClientException("The security token included in the request is invalid.")
        if not hmac.compare_digest(
            _signature(secret, authorization.string_to_sign).encode(), authorization.signature.encode()
        ):
            raise InvalidSignatureException(
                "The request signature we calculated does not match the signature you provided. Check your"
                " AWS Secret Access Key and signing method. Consult the service documentation for details."
            )

    return verify


def _signature(secret: str, string_to_sign: str) -> str:
    lines = string_to_sign.split("\n")
    scope = lines[2].split("/") if len(lines) == 4 else []
    if len(scope) != 4 or lines[0] != _ALGORITHM or scope[2:] != ["dax", "aws4_request"]:
        raise IncompleteSignatureException("The string to sign is not DAX's.")
    if lines[3] not in {_request_hash(host, lines[1]) for host in _HOSTS}:
        raise InvalidSignatureException("The signature is for another request.")
    key = f"AWS4{secret}".encode()
    for piece in scope:
        key = hmac.digest(key, piece.encode(), "sha256")
    return hmac.digest(key, string_to_sign.encode(), "sha256").hex()


def _request_hash(host: str, date: str) -> str:
    request = f"POST\n/\n\nhost:{host}\nx-amz-date:{date}\n\nhost;x-amz-date\n{_EMPTY_HASH}"
    return sha256(request.encode()).hexdigest()
