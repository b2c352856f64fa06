"""Who asks: the Authorization header, or its presigned form in the query string.

What is checked here is what the service checks before it looks at the signature, that all the pieces are
there; without a credentials file that is all, and any key is accepted. With one, `server/access` goes on from
the same pieces. The region means something in any case: each region of the credential scope is a world of its
own, as it is at AWS.

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
from server.request import HttpRequest

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


def caller(request: HttpRequest, target: bytes) -> Caller:
    """The caller that a request names, whatever it asks for."""
    fields, query = request.fields, request.query
    header = fields.get(b"authorization")
    if header is None or b"X-Amz-" in query:
        check_form(header, query)
        if header is None:
            return _of_scope(query_pieces(query)["X-Amz-Credential"])
    known = _callers.get(header.partition(b",")[0])
    if known is None or not (
        b" Signature=" in header and b" SignedHeaders=" in header and b"x-amz-date" in fields
    ):
        return _of_header(header, fields)
    return known


def check_form(header: bytes | None, query: bytes) -> None:
    """A request is signed in its header or in its query string, and not in both."""
    presigned = b"X-Amz-" in query
    if header is None and not presigned:
        raise MissingAuthenticationTokenException("Request is missing Authentication Token")
    if header is not None and presigned and b"X-Amz-Algorithm" in query:
        raise InvalidSignatureException(
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        )


def header_pieces(header: bytes, fields: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """The parameters of an Authorization header. Raises IncompleteSignatureException if one is missing."""
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
    return parameters


def query_pieces(query: bytes) -> dict[str, str]:
    """The parameters of a presigned query string. Raises IncompleteSignatureException if one is missing."""
    parameters = {name: values[0] for name, values in parse_qs(query.decode("latin-1")).items()}
    lacks = [
        f"AWS query-string parameters must include '{piece}'."
        for piece in _QUERY_PIECES
        if piece not in parameters
    ]
    if lacks:
        raise IncompleteSignatureException(" ".join([*lacks, "Re-examine the query-string parameters."]))
    return parameters


def _of_header(header: bytes, fields: Mapping[bytes, bytes]) -> Caller:
    found = _of_scope(header_pieces(header, fields)[b"Credential"].decode("latin-1"))
    opening = header.partition(b",")[0]
    if b"Credential=" in opening:
        if len(_callers) >= _REMEMBERED:
            _callers.clear()
        _callers[opening] = found
    return found


def _of_scope(credential: str) -> Caller:
    """From `<access key>/<date>/<region>/<service>/aws4_request`; a missing region means the default one."""
    pieces = credential.split("/")
    region = pieces[-3] if len(pieces) >= 5 else ""
    return Caller(region or _DEFAULT.region, pieces[0])
