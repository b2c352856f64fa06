"""The JSON protocol on HTTP: which operation a request names, in which content type, and what an answer looks
like.

Nothing here holds state or does input and output; the door reads and writes, the dispatcher calls the
database. Answers are built as bytes with one formatting, because most of the time of a small request is spent
around the database, not in it.

`x-amz-crc32` is the checksum of the bytes that follow it, compressed ones when the answer is compressed:
every AWS SDK that asks for gzip verifies it so (the Go SDK documents it, the Java SDK calls it
`calculateCrc32FromCompressedData`).
"""

import re
import zlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import orjson

from dynalite import errors, limits
from dynalite.values.types import Request

JSON_1_0: Final = b"application/x-amz-json-1.0"
JSON_1_1: Final = b"application/x-amz-json-1.1"
JSON: Final = b"application/json"
TEXT: Final = b"text/plain"
FORM: Final = b"application/x-www-form-urlencoded"

UNKNOWN: Final = b"<UnknownOperationException/>\n"
HEALTH_PATHS: Final = frozenset({b"/", b"/ping"})
READINESS_PATH: Final = b"/_health"
OUR_PATHS: Final = HEALTH_PATHS | {READINESS_PATH}
"""What the door answers whatever the method."""

GZIP_FROM_BYTES: Final = 4096
"""Below this an answer is sent as it is, whatever the client accepts: compressing it would cost more than it
saves.
"""

_GZIP_MEMBERS = 16
"""Of how many members a body may consist. No client sends more than one; a megabyte of empty ones took the
event loop 0.7 s, and four took nine.
"""

_CONTENT_TYPES = {JSON_1_0: JSON_1_0, JSON: JSON}
_APIS_IN_JSON_1_1 = (b"AmazonDAXV3.", b"AnyScaleFrontendService.")
_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}".encode() for status in HTTPStatus}
_EXPOSED = b"x-amzn-RequestId, x-amzn-ErrorType, x-amz-request-id, x-amz-id-2, x-amzn-ErrorMessage, Date"
_PREFLIGHT_SECONDS = 172_800

CORS: Final = b"Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: %b\r\n" % _EXPOSED
"""The header lines that let a page read an answer. `server/access/origins.py` says which page may."""


_REGION = re.compile(rb"dynamodb\.([a-z0-9-]+)\.")


def healthy(fields: Mapping[bytes, bytes]) -> bytes:
    """What a service says that is well: its host's name, whose region is the one it was asked under."""
    asked = _REGION.match(fields.get(b"host", b""))
    return b"healthy: dynamodb.%b.amazonaws.com " % (asked[1] if asked else b"us-east-1")


def content_type(fields: Mapping[bytes, bytes]) -> bytes | None:
    """The JSON kind of a request, which is also its answer's, or None when the API does not speak it."""
    sent = fields.get(b"content-type", b"")
    known = _CONTENT_TYPES.get(sent)
    if known is not None:
        return known
    sent = sent.partition(b";")[0].strip().lower()
    if sent == JSON_1_1 and fields.get(b"x-amz-target", b"").startswith(_APIS_IN_JSON_1_1):
        return JSON_1_1
    return _CONTENT_TYPES.get(sent)


def target(value: bytes) -> tuple[str, str]:
    """The API and the operation of an `X-Amz-Target`: `DynamoDB_20120810.GetItem`. Empty strings where it has
    none.
    """
    api, _, operation = value.decode("latin-1").partition(".")
    return api, operation


def document(body: bytes | bytearray) -> Request:
    """A request's members. The service answers a body that is not a JSON object without saying why."""
    try:
        members = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise errors.SerializationException from None
    if type(members) is not dict:
        raise errors.SerializationException
    return members


def decoded(fields: Mapping[bytes, bytes], body: bytes | bytearray) -> bytes | bytearray:
    """The body without its content encoding. It is unpacked no further than a body may be long."""
    encoding = fields.get(b"content-encoding", b"").strip().lower()
    if encoding in (b"", b"identity"):
        return body
    if encoding != b"gzip":
        raise errors.MalformedHttpRequestException(
            f"Content-Encoding {encoding.decode('latin-1')} is not supported"
        )
    unpacked = b""
    for _ in range(_GZIP_MEMBERS):
        member = zlib.decompressobj(wbits=31)
        try:
            unpacked += member.decompress(body, limits.REQUEST_BODY_BYTES + 1 - len(unpacked))
        except zlib.error:
            raise errors.MalformedHttpRequestException("The body is not valid gzip") from None
        if len(unpacked) > limits.REQUEST_BODY_BYTES:
            raise errors.RequestEntityTooLargeException
        if not member.eof:
            break
        body = member.unused_data  # a copy, which is why there may not be many
        if not body:
            return unpacked
    raise errors.MalformedHttpRequestException("The body is not valid gzip")


def accepts_gzip(fields: Mapping[bytes, bytes]) -> bool:
    """Whether Accept-Encoding names gzip, and not with a weight of zero."""
    for offer in fields.get(b"accept-encoding", b"").lower().split(b","):
        coding, _, weight = offer.replace(b" ", b"").partition(b";q=")
        if coding == b"gzip":
            return weight.strip(b"0.") != b"" if weight else True
    return False


def compressed(body: bytes) -> bytes:
    """The body as gzip, at the level that costs the event loop least."""
    packer = zlib.compressobj(level=1, wbits=31)
    return packer.compress(body) + packer.flush()


def preflight(fields: Mapping[bytes, bytes]) -> bytes:
    """The header lines that answer OPTIONS to a page that may come: what was asked for is allowed."""
    lines = b"Access-Control-Allow-Origin: *\r\nAccess-Control-Max-Age: %d\r\n" % _PREFLIGHT_SECONDS
    for asked, allowed in (
        (b"access-control-request-headers", b"Access-Control-Allow-Headers"),
        (b"access-control-request-method", b"Access-Control-Allow-Methods"),
    ):
        if asked in fields:
            lines += b"%b: %b\r\n" % (allowed, fields[asked])
    return lines


def answer(
    status: int,
    kind: bytes,
    body: bytes,
    *,
    request_id: bytes,
    date: bytes,
    keep_alive: bool = True,
    lines: bytes = b"",
    bodiless: bool = False,
) -> bytes:
    """A whole HTTP answer. `lines` are further header lines, each ended; `bodiless` leaves out the body
    (HEAD).
    """
    return (
        b"%b\r\nServer: Server\r\nDate: %b\r\nContent-Type: %b\r\nContent-Length: %d\r\nConnection: %b\r\n"
        b"x-amzn-RequestId: %b\r\nx-amz-crc32: %d\r\n%b\r\n%b"
        % (
            _STATUS_LINES[status],
            date,
            kind,
            len(body),
            b"keep-alive" if keep_alive else b"close",
            request_id,
            zlib.crc32(body),
            lines,
            b"" if bodiless else body,
        )
    )
