"""Who is calling: authorizeConnection, and SigV4 over a request that is never made.

The client signs a POST to `/` of a host that does not exist, and sends the string it signed. Nothing answers
that; when it is not right, the next call is told so. Clients sign again every few minutes on a connection
that stays open, so it may come before any call.

The signature is checked when there are access keys to check it with (`server/access`), and then nothing is
answered before a right one has come. The region is taken from the signature's scope in any case: it says
which region's tables are meant.
"""

from asyncio import BaseTransport
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias

from dynalite.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    ServiceError,
)
from dynalite.operations.context import Caller
from server.dax.cbor import Malformed
from server.dax.methods import Node

if TYPE_CHECKING:
    from server.access.sigv4 import Verifier

_HOSTS: Final = ("dax.amazonaws.com", "https://dax.amazonaws.com")  # the second is the old Go client's
_EMPTY_HASH: Final = sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a client sent."""

    access_key: str
    signature: str
    string_to_sign: str
    token: str | None = None


Identify: TypeAlias = Callable[[Authorization, BaseTransport | None], Caller]
"""Says who that is, on which connection. Raises a ServiceError for what it does not accept."""

Guard: TypeAlias = Callable[[Node, str], Node]
"""Puts a check in front of a node of the cluster of that name."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """How connections are let in: who says who a client is, what stands between it and a node, and what one
    is told that calls before it has been identified; None: it is served.
    """

    identify: Identify
    guard: Guard
    before: ServiceError | None = None


def read(arguments: list[object]) -> Authorization:
    """The authorization in a call's arguments. Raises Malformed."""
    access_key, signature, string_to_sign, token = arguments[:4]
    if not isinstance(access_key, str) or not isinstance(signature, str):
        raise Malformed("an authorization without key and signature")
    if not isinstance(string_to_sign, bytes):
        raise Malformed("an authorization without a string to sign")
    if token is not None and not isinstance(token, str):
        raise Malformed("an authorization with a token that is not a text")
    return Authorization(access_key, signature, string_to_sign.decode("latin-1"), token)


def caller(authorization: Authorization) -> Caller:
    """Who that is, going by the scope. A scope that says nothing means the default region."""
    scope = authorization.string_to_sign.split("\n")[2:3]
    pieces = scope[0].split("/") if scope else []
    if len(pieces) == 4 and pieces[1]:
        return Caller(pieces[1], authorization.access_key)
    return Caller(access_key=authorization.access_key)


ANYBODY: Final = Entrance(lambda authorization, _: caller(authorization), lambda node, _: node)


def guarded(verifier: "Verifier", guard: Guard) -> Entrance:
    """For those only whose signatures are right."""
    # Not needed where anybody is let in.
    from server.access.requests import identified
    from server.access.sigv4 import ALGORITHM, Claim

    def identify(authorization: Authorization, transport: BaseTransport | None) -> Caller:
        lines = authorization.string_to_sign.split("\n")
        if len(lines) != 4 or lines[0] != ALGORITHM:
            raise IncompleteSignatureException("The string to sign is not DAX's.")
        _, time, scope, request_hash = lines
        if request_hash not in {_request_hash(host, time) for host in _HOSTS}:
            raise InvalidSignatureException("The signature is for another request.")
        key, token, signature = authorization.access_key, authorization.token, authorization.signature
        owner = verifier.verify(Claim(key, scope, time, token, request_hash, signature), "dax")
        return replace(caller(authorization), identity=identified(owner.principal, transport))

    missing = MissingAuthenticationTokenException("Request is missing Authentication Token")
    return Entrance(identify, guard, missing)


def _request_hash(host: str, date: str) -> str:
    request = f"POST\n/\n\nhost:{host}\nx-amz-date:{date}\n\nhost;x-amz-date\n{_EMPTY_HASH}"
    return sha256(request.encode()).hexdigest()
