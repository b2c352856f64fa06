"""Who asks: the Authorization header, or its presigned form in the query string.

Any credentials are accepted; what is checked is what the service checks before it looks at the signature,
that all the pieces are there. The region, on the other hand, means something: each region of the credential
scope is a world of its own, as it is at AWS.

Signatures differ from request to request while `Credential=` stays, so what was learnt from the text before
the first comma is remembered, in a bounded table.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs

from dynalite.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
)
from dynalite.operations.context import Caller

_REMEMBERED = 1024
_DEFAULT = Caller()

_HEADER_PIECES = (b"Credential", b"Signature", b"SignedHeaders")
_QUERY_PIECES = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-Date",
)

_callers: dict[bytes, Caller] = {}


def caller(fields: Mapping[bytes, bytes], query: bytes) -> Caller:
    """The caller that a request's header fields (lower-case names) and query string (without `?`) name."""
    header = fields.get(b"authorization")
    presigned = b"X-Amz-" in query
    if header is None:
        if presigned:
            return _of_query(query)
        raise MissingAuthenticationTokenException("Request is missing Authentication Token")
    if presigned and b"X-Amz-Algorithm" in query:
        raise InvalidSignatureException(
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        )
    known = _callers.get(header.partition(b",")[0])
    if known is None or not (
        b" Signature=" in header and b" SignedHeaders=" in header and b"x-amz-date" in fields
    ):
        return _of_header(header, fields)
    return known


def _of_header(header: bytes, fields: Mapping[bytes, bytes]) -> Caller:
    parameters: dict[bytes, bytes] = {}
    _, _, rest = header.partition(b" ")
    for part in rest.split(b","):
        name, _, value = part.strip().partition(b"=")
        parameters[name] = value
    lacks = [
        f"Authorization header requires '{piece.decode()}' parameter."
        for piece in _HEADER_PIECES
        if not parameters.get(piece)
    ]
    if b"x-amz-date" not in fields and b"date" not in fields:
        lacks.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if lacks:
        lacks.append(f"Authorization={header.decode('latin-1')}")
        raise IncompleteSignatureException(" ".join(lacks))
    found = _of_scope(parameters[b"Credential"].decode("latin-1"))
    opening = header.partition(b",")[0]
    if b"Credential=" in opening:
        if len(_callers) >= _REMEMBERED:
            _callers.clear()
        _callers[opening] = found
    return found


def _of_query(query: bytes) -> Caller:
    parameters = {name: values[0] for name, values in parse_qs(query.decode("latin-1")).items()}
    lacks = [
        f"AWS query-string parameters must include '{piece}'."
        for piece in _QUERY_PIECES
        if piece not in parameters
    ]
    if lacks:
        raise IncompleteSignatureException(" ".join([*lacks, "Re-examine the query-string parameters."]))
    return _of_scope(parameters["X-Amz-Credential"])


def _of_scope(credential: str) -> Caller:
    """From `<access key>/<date>/<region>/<service>/aws4_request`; a missing region means the default one."""
    pieces = credential.split("/")
    region = pieces[-3] if len(pieces) >= 5 else ""
    return Caller(region or _DEFAULT.region, pieces[0])
