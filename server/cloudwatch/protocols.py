"""CloudWatch's protocols beside JSON: CBOR (`smithy-rpc-v2-cbor`), which the SDKs for Go, Java and JavaScript
speak today, and query (forms in, XML out), which older SDKs and command lines do.

Neither is DynamoDB's, so neither is spoken at the door: these requests come to the ordinary web server. A
protocol turns a request into the members that JSON would have had, and the answer, made for JSON, into its
own form. What JSON leaves open, and the others do not, is which members are times and numbers; the tables
below say so by name, for the operations that there are.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import parse_qsl

from dynalite.errors import SerializationException, ServiceError, UnknownOperationException
from dynalite.values.types import Answer, Request
from server import moments, wire
from server.cloudwatch import CloudWatch
from server.cloudwatch.complaints import InvalidParameterValueException, MalformedQueryStringException
from server.dax import cbor

_TIMES: Final = frozenset({"Timestamp", "Timestamps"})
"""Members of answers that are times: seconds since 1970 in JSON."""

_WHOLE: Final = frozenset({"ApproximateUniqueCount"})
"""Members of answers that are integers. All other numbers are floating, though they be whole."""

_EPOCH_SECONDS: Final = 1
"""CBOR's tag of a time."""


class Call(NamedTuple):
    """What is asked for: `target` as JSON would name it."""

    target: bytes
    members: Request


class NotSpoken(Exception):
    """The request only looks like one in this protocol: it names no operation."""


class Spoken(Protocol):
    """A protocol: the content type of its answers, and the headers beside. `read` raises the ServiceError
    that a request deserves which it does not understand, or NotSpoken.
    """

    kind: bytes
    lines: Mapping[str, str]

    def read(self, path: bytes, body: bytes) -> Call: ...

    def answer(self, operation: str, answer: Answer, request_id: str) -> bytes: ...

    def refusal(self, error: ServiceError, request_id: str) -> bytes: ...


def spoken(fields: Mapping[bytes, bytes]) -> "Spoken | None":
    """The protocol of a POST with these headers, if it is one of those here."""
    if fields.get(b"smithy-protocol") == b"rpc-v2-cbor":
        return Cbor()
    if fields.get(b"content-type", b"").startswith(wire.FORM):
        return Query()
    return None


# ------------------------------------------------------------------ CBOR


class Cbor:
    """POST /service/GraniteServiceVersion20100801/operation/GetMetricData, with a map as its body."""

    kind: bytes = b"application/cbor"
    lines: Mapping[str, str] = MappingProxyType({"smithy-protocol": "rpc-v2-cbor"})

    def read(self, path: bytes, body: bytes) -> Call:
        pieces = path.strip(b"/").split(b"/")
        if len(pieces) != 4 or (pieces[0], pieces[2]) != (b"service", b"operation"):
            raise UnknownOperationException
        try:
            members, end = cbor.read(body, 0) if body else ({}, 0)
        except (cbor.Malformed, cbor.Incomplete):
            raise SerializationException from None
        if not isinstance(members, dict) or end != len(body):
            raise SerializationException
        return Call(pieces[1] + b"." + pieces[3], _untagged(members))

    def answer(self, operation: str, answer: Answer, request_id: str) -> bytes:
        return _cbor(answer)

    def refusal(self, error: ServiceError, request_id: str) -> bytes:
        return _cbor({"__type": f"{error.namespace}#{error.code}", "message": error.message or ""})


def _untagged(value: Any) -> Any:
    """The value with its times as numbers."""
    if isinstance(value, cbor.Tagged):
        return value.value
    if isinstance(value, dict):
        return {name: _untagged(inside) for name, inside in value.items()}
    return [_untagged(inside) for inside in value] if isinstance(value, list) else value


def _cbor(value: object, name: str = "") -> bytes:
    if isinstance(value, Mapping):
        return cbor.write_map([cbor.write_text(key) + _cbor(inside, key) for key, inside in value.items()])
    if isinstance(value, list):
        return cbor.write_array([_cbor(inside, name) for inside in value])
    if isinstance(value, str):
        return cbor.write_text(value)
    assert isinstance(value, int | float)
    if name in _WHOLE:
        return cbor.write_int(int(value))
    if name in _TIMES:
        return cbor.write_head(cbor.TAG, _EPOCH_SECONDS) + cbor.write_float(value)
    return cbor.write_float(value)


# ------------------------------------------------------------------ query

_NAMESPACE: Final = "http://monitoring.amazonaws.com/doc/2010-08-01/"
_LEVELS: Final = 16
_ENTRIES: Final = frozenset({"ExtendedStatistics"})
"""Members of answers that are maps."""
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that a document cannot hold, not even escaped. Keys of items may."""


def _time(text: str) -> float:
    try:
        return moments.parse(text)
    except ValueError as error:
        raise InvalidParameterValueException(f"A time {error}.") from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InvalidParameterValueException(f"{text!r} must be an integer.") from None


_TYPED: Final[Mapping[str, Callable[[str], object]]] = {
    "StartTime": _time,
    "EndTime": _time,
    "Period": _whole,
    "MaxDatapoints": _whole,
    "MaxContributorCount": _whole,
    "MaxResults": _whole,
    "ReturnData": lambda text: text.lower() == "true",
}
"""Parameters that are no text."""


class Query:
    """A form whose parameters say their place: `Dimensions.member.1.Name=TableName`."""

    kind: bytes = b"text/xml"
    lines: Mapping[str, str] = MappingProxyType({})

    def read(self, path: bytes, body: bytes) -> Call:
        try:
            parameters = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict"))
        except ValueError:
            raise MalformedQueryStringException("The request is not a form.") from None
        if "Action" not in parameters:  # what `curl -d` sends, say
            raise NotSpoken
        operation = parameters.pop("Action")
        parameters.pop("Version", None)
        members: dict[str, Any] = {}
        for place, text in parameters.items():
            if text:  # an empty list is sent as an empty text
                _put(members, place.split("."), text)
        return Call(f"{CloudWatch.api}.{operation}".encode(), _without_places(members))

    def answer(self, operation: str, answer: Answer, request_id: str) -> bytes:
        return _document(
            f"{operation}Response",
            _element(f"{operation}Result", answer),
            _element("ResponseMetadata", {"RequestId": request_id}),
        )

    def refusal(self, error: ServiceError, request_id: str) -> bytes:
        told = {
            "Type": "Sender" if error.status < 500 else "Receiver",
            "Code": error.query_code or error.code,
            "Message": error.message or "",
        }
        return _document("ErrorResponse", _element("Error", told), _element("RequestId", request_id))


def _put(members: dict[str, Any], place: list[str], text: str) -> None:
    if len(place) > _LEVELS:
        raise MalformedQueryStringException("A parameter is nested too deep.")
    *above, name = place
    for step in above:
        inside = members.setdefault(step, {})
        if not isinstance(inside, dict):
            raise MalformedQueryStringException(f"{step} is a value and a structure.")
        members = inside
    members[name] = _TYPED.get(name, str)(text)


def _without_places(value: Any) -> Any:
    """Lists for what is numbered: `{"member": {"1": …, "2": …}}`."""
    if not isinstance(value, dict):
        return value
    numbered = value.get("member")
    if not isinstance(numbered, dict):
        return {name: _without_places(inside) for name, inside in value.items()}
    return [_without_places(numbered[number]) for number in sorted(numbered, key=_whole)]


def _document(name: str, *elements: str) -> bytes:
    return f'<{name} xmlns="{_NAMESPACE}">{"".join(elements)}</{name}>\n'.encode()


def _element(name: str, value: object) -> str:
    return f"<{name}>{''.join(_content(name, value))}</{name}>"


def _content(name: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inside in value.items():
            if name in _ENTRIES:
                yield _element("entry", {"key": key, "value": inside})
            else:
                yield _element(key, inside)
    elif isinstance(value, list):
        for inside in value:
            yield f"<member>{''.join(_content(name, inside))}</member>"
    elif isinstance(value, int | float) and name in _TIMES:
        yield datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    else:
        yield escape(_NOT_IN_XML.sub("\ufffd", str(value)), quote=False)
