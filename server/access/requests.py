"""The claim that an HTTP request makes: its canonical form, by the rules of Signature Version 4.

A request is signed in its Authorization header or, presigned, in its query string. Either way the signature
covers the method, the path, the query, the header fields that it lists, and the body. Which fields a client
lists is its own affair, but what decides what the request means must be among them: the host, the target, the
time and the session token.

The body is always hashed as it arrived: what `x-amz-content-sha256` says about it is for S3. A path is
encoded twice, as everywhere but at S3. Not supported are SigV4a (the asymmetric form) and presigned requests
that carry their target in the query string.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from dynalite.access.principals import Identity, Principal
from dynalite.errors import IncompleteSignatureException, InvalidSignatureException
from dynalite.operations.context import Caller
from server import credentials, wire
from server.access import guard
from server.access.guard import Transport
from server.access.sigv4 import ALGORITHM, SKEW_SECONDS, Claim, Verifier, does_not_match
from server.dispatch import Identify
from server.request import HttpRequest

LONGEST_SECONDS: Final = 604_800
"""How long a presigned request may last: a week."""

_SERVICES: Final[Mapping[str, str]] = {
    "AmazonDAXV3": "dax",
    "AnyScaleFrontendService": "application-autoscaling",
    "GraniteServiceVersion20100801": "monitoring",
}
"""What clients of an API sign for; DynamoDB and its streams where nothing else is said."""


def identifier(verifier: Verifier) -> Identify:
    """Says who asks, by signatures that are checked."""

    def identify(request: HttpRequest, target: bytes) -> Caller:
        api, _ = wire.target(target)
        claim = claimed(request)
        key = verifier.verify(claim, _SERVICES.get(api, "dynamodb"))
        agent = request.fields.get(b"user-agent")
        said = None if agent is None else agent.decode("latin-1")
        identity = identified(key.principal, request.transport, said)
        return Caller(claim.scope.split("/")[1], claim.access_key, identity)

    return identify


def identified(principal: Principal, transport: Transport | None, agent: str | None = None) -> Identity:
    """Who asks, and how it has reached us."""
    secure = transport is not None and transport.get_extra_info("sslcontext") is not None
    return Identity(principal, guard.peer_of(transport), secure, agent)


def claimed(request: HttpRequest) -> Claim:
    """What a request claims. Raises the ServiceError of a request that claims nothing that could be true."""
    header = request.fields.get(b"authorization")
    credentials.check_form(header, request.query)
    return _presigned(request) if header is None else _signed(request, header)


def _signed(request: HttpRequest, header: bytes) -> Claim:
    fields = request.fields
    pieces = credentials.header_pieces(header, fields)
    _check_algorithm(header.partition(b" ")[0].decode("latin-1"))
    dated = b"x-amz-date" if b"x-amz-date" in fields else b"date"
    names = pieces[b"SignedHeaders"].split(b";")
    _check_signed(names, fields, (b"host", b"x-amz-target", b"x-amz-security-token", dated))
    access_key, _, scope = pieces[b"Credential"].decode("latin-1").partition("/")
    token = fields.get(b"x-amz-security-token")
    return Claim(
        access_key,
        scope,
        _time(fields[dated].decode("latin-1")),
        None if token is None else token.decode("latin-1"),
        _request_hash(request, _canonical_query(request.query), names),
        pieces[b"Signature"].decode("latin-1"),
    )


def _presigned(request: HttpRequest) -> Claim:
    pieces = credentials.query_pieces(request.query)
    _check_algorithm(pieces["X-Amz-Algorithm"])
    names = pieces["X-Amz-SignedHeaders"].encode().split(b";")
    _check_signed(names, request.fields, (b"host", b"x-amz-target"))
    access_key, _, scope = pieces["X-Amz-Credential"].partition("/")
    query = b"&".join(pair for pair in request.query.split(b"&") if not pair.startswith(b"X-Amz-Signature="))
    return Claim(
        access_key,
        scope,
        pieces["X-Amz-Date"],
        pieces.get("X-Amz-Security-Token"),
        _request_hash(request, _canonical_query(query), names),
        pieces["X-Amz-Signature"],
        _lasts(pieces.get("X-Amz-Expires")),
    )


# ------------------------------------------------------------------ pieces


def _check_algorithm(name: str) -> None:
    if name != ALGORITHM:
        raise IncompleteSignatureException(f"Unsupported AWS 'algorithm': '{name}'.")


def _check_signed(names: Sequence[bytes], fields: Mapping[bytes, bytes], needed: Sequence[bytes]) -> None:
    """Of the fields that are needed, those that were sent must be signed, and the host always."""
    if b"host" not in names:
        raise InvalidSignatureException(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        )
    for name in needed:
        if name in fields and name not in names:
            shown = name.decode().title()
            raise InvalidSignatureException(f"'{shown}' must be a 'SignedHeader' in the AWS Authorization.")
    if len(set(names)) < len(names) or not all(name in fields for name in names):
        raise does_not_match()


def _time(text: str) -> str:
    """The time of X-Amz-Date, or of a Date header, which may be written in HTTP's own way."""
    if "," not in text:
        return text
    try:
        return parsedate_to_datetime(text).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    except ValueError:
        return text


def _lasts(text: str | None) -> int:
    if text is None:
        return SKEW_SECONDS
    if not text.isascii() or not text.isdecimal() or len(text) > 6 or int(text) > LONGEST_SECONDS:
        raise InvalidSignatureException(
            f"X-Amz-Expires must be a number of seconds from 0 to {LONGEST_SECONDS}, not '{text}'."
        )
    return int(text)


# ------------------------------------------------------------------ the canonical request


def _request_hash(request: HttpRequest, query: bytes, names: Sequence[bytes]) -> str:
    lines = [request.method, _canonical_path(request.path), query]
    lines += [name + b":" + b" ".join(request.fields[name].split()) for name in names]
    lines += [b"", b";".join(names), sha256(request.body).hexdigest().encode()]
    return sha256(b"\n".join(lines)).hexdigest()


def _canonical_path(path: bytes) -> bytes:
    """Without dot segments and double slashes, and what is left encoded (again)."""
    if path == b"/":
        return path
    kept: list[bytes] = []
    segments = path.split(b"/")
    for segment in segments:
        if segment == b"..":
            del kept[-1:]
        elif segment not in (b"", b"."):
            kept.append(segment)
    whole = b"/" + b"/".join(kept)
    if kept and segments[-1] in (b"", b".", b".."):
        whole += b"/"
    return quote(whole, safe="/~").encode()


def _canonical_query(query: bytes) -> bytes:
    """Every name and value decoded and encoded in one way, sorted by both."""
    if not query:
        return b""
    pairs = []
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs)).encode()


def _encoded(text: bytes) -> str:
    return quote(unquote_to_bytes(text), safe="-_.~")
