"""The one value form: an AttributeValue is the wire's own one-entry dict.

`{"S": "x"}`, `{"N": "1"}`, `{"M": {"a": {"BOOL": true}}}`: what the C codecs read and write is what the
engine computes with; there is no second object model. A value is made canonical once, when it enters
(`values/attribute.py`): number text in the service's output form, base64 re-encoded, sets sorted. From then
on two values are equal exactly when the dicts are.

`Any` stands here, and only here, for the payload: JSON is not typed, and a union that mypy could narrow would
cost a cast at every use.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

T = TypeVar("T")

KeyType: TypeAlias = Literal["S", "N", "B"]
SET_TYPES: Final = frozenset(["SS", "NS", "BS"])

AttributeValue: TypeAlias = dict[str, Any]
Item: TypeAlias = dict[str, AttributeValue]
Request: TypeAlias = dict[str, Any]
"""A request's members as the JSON parser returned them, after its shape has been checked."""
Answer: TypeAlias = dict[str, object]
"""An answer's members. Any value in it may be `Spliced`."""


class Spliced:
    """JSON text that is already final: stored items go into an answer as the bytes they were stored as.

    The JSON protocol splices `json` in; a protocol with another encoding parses it.
    """

    __slots__ = ("json",)

    def __init__(self, json: bytes) -> None:
        self.json = json


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """An expression that arrived as the tree which its text would have been parsed into.

    It stands in a request where the text would; names and values stand beside it as they would beside text.
    JSON cannot say such a thing, so only a protocol that compiles expressions in the client (DAX) can.
    `size_bytes` is how long it was on the way here.
    """

    tree: T
    size_bytes: int = field(compare=False)
