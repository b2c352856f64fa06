"""How tests ask what is wrong with an expression."""

from collections.abc import Callable
from typing import Any

import pytest

from dynalite.errors import InvalidRequest
from dynalite.expressions import prepare
from dynalite.expressions.prepare import Prepared
from dynalite.values.types import Request

S: Request = {"S": "s"}
BY_TYPE: dict[str, Request] = {
    "S": S,
    "N": {"N": "1"},
    "B": {"B": "YQ=="},
    "L": {"L": []},
    "M": {"M": {}},
    "NULL": {"NULL": True},
    "BOOL": {"BOOL": True},
    "SS": {"SS": ["a"]},
    "NS": {"NS": ["1"]},
    "BS": {"BS": ["YQ=="]},
}

Refused = Callable[..., str]


def refusal(prepared: Callable[[Any], Prepared], request: dict[str, Any]) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        prepared(request)
    return caught.value


def condition(text: str, values: Any = None, names: Any = None) -> str:
    return _refused(prepare.put, "ConditionExpression", text, values, names)


def update(text: str, values: Any = None, names: Any = None) -> str:
    return _refused(prepare.update, "UpdateExpression", text, values, names)


def projection(text: str, names: Any = None) -> str:
    return _refused(prepare.get, "ProjectionExpression", text, None, names)


def _refused(prepared: Callable[[Any], Prepared], member: str, text: str, values: Any, names: Any) -> str:
    request: Request = {member: text}
    if values is not None:
        request["ExpressionAttributeValues"] = {f":{name}": dict(value) for name, value in values.items()}
    if names is not None:
        request["ExpressionAttributeNames"] = {f"#{name}": value for name, value in names.items()}
    message = refusal(prepared, request).message
    prefix = f"Invalid {member}: "
    assert message.startswith(prefix)
    return message.removeprefix(prefix)
