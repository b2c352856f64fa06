"""Whether an answer is what the service's model says it is: every member known and of its type, none missing
that must be there, every error one of the operation's.

boto3 overlooks a member that it does not know and takes what it finds in place of another type; clients in
typed languages do not. So boto3's clients in these tests look at each answer before they parse it. Bounds are
not looked at: the service's own answers do not keep to them (`NumberOfDecreasesToday` is 0, and 1 at least).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from botocore.session import Session

COMMON_ERRORS = frozenset(
    {
        "AccessDeniedException",
        "IncompleteSignatureException",
        "InternalServerError",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "SerializationException",
        "ServiceUnavailableException",
        "ThrottlingException",
        "UnknownOperationException",
        "UnrecognizedClientException",
        "ValidationException",
    }
)
"""What any operation may answer, so that the model does not list it."""

_ERROR_MEMBERS = frozenset({"__type", "message", "Message"})


class UnlikeTheModel(AssertionError):
    """An answer that a typed client could not read, or would read something else in."""


def watch(client: Any) -> None:
    """Have a client of boto3 raise UnlikeTheModel for every answer that is."""
    for model in ("dynamodb", "dynamodbstreams", "dax"):
        service = Session().get_service_model(model).service_id.hyphenize()
        client.meta.events.register(f"before-parse.{service}", _look)


def _look(operation_model: OperationModel, response_dict: Mapping[str, Any], **_: object) -> None:
    try:
        body = json.loads(response_dict["body"])
    except ValueError:
        return  # of something that does not speak JSON; the client will say so
    check(operation_model, response_dict["status_code"], body)


def check(operation: OperationModel, status: int, body: Mapping[str, Any]) -> None:
    """Raise UnlikeTheModel if an answer is."""
    wrong = (
        mismatches(operation.output_shape, body, operation.name)
        if status == 200
        else _error_mismatches(operation, body)
    )
    said = "; ".join(wrong)
    if said:
        raise UnlikeTheModel(said)


@cache
def operations() -> Mapping[str, OperationModel]:
    """Every operation on tables and on streams, by name."""
    services = [Session().get_service_model(model) for model in ("dynamodb", "dynamodbstreams")]
    return {name: service.operation_model(name) for service in services for name in service.operation_names}


def _error_mismatches(operation: OperationModel, body: Mapping[str, Any]) -> Iterator[str]:
    code = str(body.get("__type", "")).rpartition("#")[2]
    for shape in operation.error_shapes:
        if shape.name == code:
            members = {name: value for name, value in body.items() if name not in _ERROR_MEMBERS}
            yield from mismatches(shape, members, f"{operation.name} {code}")
            return
    if code not in COMMON_ERRORS:
        yield f"{operation.name}: no error of its is called {code!r}"


def mismatches(shape: Shape | None, value: object, path: str) -> Iterator[str]:
    """What is wrong with a parsed JSON value that should be of a shape."""
    if shape is None:
        if value:
            yield f"{path}: {value!r} where there is nothing to say"
        return
    kind, said, inside = _KINDS[shape.type_name]
    if not isinstance(value, kind) or (isinstance(value, bool) and said != "a boolean"):
        yield f"{path}: {value!r} is not {said}"
    elif inside is not None:
        yield from inside(shape, value, path)


def _structure(shape: StructureShape, value: Mapping[str, object], path: str) -> Iterator[str]:
    for name, content in value.items():
        if name in shape.members:
            yield from mismatches(shape.members[name], content, f"{path}.{name}")
        else:
            yield f"{path}: {shape.name} has no member {name}"
    for name in shape.required_members:
        if name not in value:
            yield f"{path}: {name} is missing, which {shape.name} must have"
    if shape.name == "AttributeValue" and len(value) != 1:
        yield f"{path}: an AttributeValue of {len(value)} types"


def _list(shape: ListShape, value: list[object], path: str) -> Iterator[str]:
    for content in value:
        yield from mismatches(shape.member, content, f"{path}[]")


def _map(shape: MapShape, value: Mapping[str, object], path: str) -> Iterator[str]:
    for name, content in value.items():
        yield from mismatches(shape.key, name, f"{path}, a key")
        yield from mismatches(shape.value, content, f"{path}[{name!r}]")


def _string(shape: StringShape, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is no {shape.name}"


_KINDS: Mapping[str, tuple[type | tuple[type, ...], str, Callable[[Any, Any, str], Iterator[str]] | None]] = {
    "structure": (dict, "a structure", _structure),
    "list": (list, "a list", _list),
    "map": (dict, "a map", _map),
    "string": (str, "a string", _string),
    "blob": (str, "base64", None),
    "integer": (int, "an integer", None),
    "long": (int, "an integer", None),
    "double": ((int, float), "a number", None),
    "float": ((int, float), "a number", None),
    "timestamp": ((int, float), "a moment", None),
    "boolean": (bool, "a boolean", None),
}
"""What JSON has in a shape's place, in words too, and what is to be looked at inside."""
