"""Requests drawn from the shapes that `dynalite/model` declares.

A request of random JSON never gets past the first check. These are of the declared shape nearly everywhere,
about tables that exist, with keys that fit them and placeholders for what their expressions name; and each
member may be of the wrong type, too long, unknown, or nonsense. What the server answered (ARNs, iterators,
tokens, cursors) is sent back to it, some of it to the wrong operation.
"""

import random
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

from dynalite.model.shape import (
    Attribute,
    Boolean,
    ListOf,
    MapOf,
    NameOrArn,
    Real,
    Shape,
    String,
    Structure,
    Whole,
)
from dynalite.operations.registry import Operation
from tests.fuzz import texts

_BROKEN: Final = (0.0, 0.0, 0.0, 0.0, 0.01, 0.05)
"""How likely each member of a request is to be something else than its shape says: most requests are calm."""
_ODD: Final = 0.01
_ARN: Final = "arn:aws:dynamodb:us-east-1:000000000000:table/hash"
_LONGEST: Final = 130  # of a list: more than any bound that matters
_REMEMBERED: Final = 40
_DEEP: Final = 40  # more than a document may be

_NONSENSE: Final[tuple[object, ...]] = (
    None, True, False, 0, -1, 2**31, 2**53, 2**63, -(2**63) - 1, 1.5, 1e308, "", "x" * 300, "\x00", "😀",
    [], {}, [None], {"": None}, {"S": 1}, {"M": {"a": {"M": {}}}}, [[[]]],
    "arn:aws:dynamodb", "arn:" + "a" * 1100,
)  # fmt: skip
_NUMBERS: Final = (
    "0", "1", "-1", "7", "3.14", "1e125", "1e126", "-1E-130", "1e-131", "9" * 38, "9" * 39, "1e999999999",
    "0x1", "", " 1", "NaN", "-0", "00012", "1_000", "٣", "+5", ".5", "5.",
)  # fmt: skip
_BINARIES: Final = ("YQ==", "YWI=", "YWJj", "", "YQ", "!", "YQ==\n")
_STRINGS: Final = ("a", "b", "c", "S", "pk", "1", "", "a" * 1025, "a" * 2049, "\x00", "é", "😀")

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "hash": {"pk": "S"},
    "range": {"pk": "S", "sk": "N"},
    "numbers": {"pk": "N", "sk": "B"},
    "indexed": {"pk": "S", "sk": "S"},
}
"""The tables that there are at first, by name: their keys and the keys' types."""


class Forge:
    """Draws requests, one after another. What `learn` is told may come back in them."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._speaker = texts.Speaker(rng)
        self._learnt: dict[str, list[Any]] = {}
        self._table = "hash"
        self._broken = 0.0
        self._members: Mapping[str, Callable[[], object]] = {
            "TableName": self._table_name,
            "GlobalTableName": self._table_name,
            "TargetTableName": lambda: rng.choice(("copy", "copy2", self._table)),
            "IndexName": lambda: rng.choice(("local", "global", "global", "none")),
            "Key": self._key,
            "Item": self._item,
            "ExclusiveStartKey": self._key,
            "Keys#": self._key,
            "Statement": lambda: self._speaker.text(texts.statement),
            "ConditionExpression": lambda: self._speaker.text(texts.condition),
            "FilterExpression": lambda: self._speaker.text(texts.condition),
            "SearchConditionExpression": lambda: self._speaker.text(texts.condition),
            "KeyConditionExpression": lambda: self._speaker.text(texts.key_condition),
            "UpdateExpression": lambda: self._speaker.text(texts.update),
            "ProjectionExpression": lambda: self._speaker.text(texts.projection),
            "RegionName": lambda: rng.choice(("us-east-1", "eu-west-1", "nowhere")),
            "AttributeName": lambda: rng.choice(("pk", "sk", "a", "n", "ttl")),
            "S3Bucket": lambda: "bucket",
        }

    def learn(self, answer: object) -> None:
        """Remember what an answer handed out to be sent back."""
        if isinstance(answer, dict):
            for name, value in answer.items():
                if isinstance(value, str) and name.endswith(
                    ("Arn", "Iterator", "Token", "ShardId", "Number")
                ):
                    self._remember(name, value)
                elif name.startswith("LastEvaluated"):
                    self._remember(name.replace("LastEvaluated", "ExclusiveStart"), value)
                elif name not in ("Item", "Items"):
                    self.learn(value)
        elif isinstance(answer, list):
            for value in answer[:5]:
                self.learn(value)

    def _remember(self, name: str, value: object) -> None:
        known = self._learnt.setdefault(name, [])
        known.append(value)
        if len(known) > _REMEMBERED:
            known.pop(self.rng.randrange(_REMEMBERED))

    def request(self, operation: Operation) -> object:
        """A request for an operation."""
        self._table = self.rng.choice(list(TABLES))
        self._broken = self.rng.choice(_BROKEN)
        made = self.draw(operation.shape)
        if operation.name == "DeleteTable" and self.rng.random() < 0.9:
            return {"TableName": "copy"}
        if self.rng.random() < 0.95:
            _supply(made, self)
        return made

    # -------------------------------------------------------------- by shape

    def draw(self, shape: Shape, name: str = "") -> object:
        rng = self.rng
        if name and rng.random() < self._broken:
            return rng.choice(_NONSENSE)
        known = self._learnt.get(name)
        if name.endswith("Arn") and rng.random() < 0.1:
            known = self._all_arns()
        if known and rng.random() < 0.8:
            return rng.choice(known)
        special = self._members.get(name)
        if special is not None and rng.random() < 0.97:
            return special()
        return self._by_kind(shape, name)

    def _by_kind(self, shape: Shape, name: str) -> object:
        rng = self.rng
        match shape:
            case Structure():
                return self._structure(shape)
            case ListOf():
                return [
                    self.draw(shape.element, name + "#") for _ in range(self._length(shape.min, shape.max))
                ]
            case MapOf():
                return {
                    str(self.draw(shape.key, name + "#k")): self.draw(shape.value, name + "#v")
                    for _ in range(self._length(shape.min, shape.max))
                }
            case Attribute():
                return self.value()
            case Boolean():
                return rng.random() < 0.5
            case Whole():
                low = shape.lowest if shape.min is None else shape.min
                high = shape.highest if shape.max is None else shape.max
                return rng.choice(
                    (low, 1, 2, 5, 10, 100, high, *((low - 1, high + 1) if self._broken else ()))
                )
            case Real():
                return rng.choice((0, 1, 1.5, 1.7e9, 1e12, -1, 1e300))
            case NameOrArn():
                return self._table_name()
            case String():
                return self._string(shape, name)
        raise AssertionError(shape)

    def _structure(self, shape: Structure) -> object:
        rng = self.rng
        if shape.members and shape.members.keys() <= _ONE_OF and rng.random() >= self._broken:
            name = rng.choice(list(shape.members))
            return {name: self.draw(shape.members[name].shape, name)}
        often = rng.choice((0.05, 0.1, 0.3, 0.6))
        made = {
            name: self.draw(member.shape, name)
            for name, member in shape.members.items()
            if rng.random() < (1 - self._broken if member.required or name in _NEEDED else often)
        }
        if rng.random() < self._broken:
            made[rng.choice(("Unknown", "", "tableName"))] = rng.choice(_NONSENSE)
        return made

    def _length(self, low: int, high: int | None) -> int:
        most = _LONGEST if high is None else min(high, _LONGEST)
        if self.rng.random() < self._broken:
            return self.rng.choice((max(low - 1, 0), most, most + 1))
        return max(low, min(most, self.rng.choice((0, 1, 1, 2, 3))))

    def _string(self, shape: String, name: str) -> str:
        rng = self.rng
        if shape.enum:
            return rng.choice(shape.enum) if rng.random() < 0.98 else rng.choice(_STRINGS)
        if name.endswith("Names#k"):
            return rng.choice(texts.ALIASES)
        if name.endswith("Values#k"):
            return rng.choice(texts.PLACEHOLDERS)
        if name.endswith(("#k", "Names#v")):
            return rng.choice(texts.ATTRIBUTES)
        return rng.choice((*_STRINGS, "a" * shape.min, "abcdefghijkl", "name"))

    # -------------------------------------------------------------- by meaning

    def _all_arns(self) -> list[Any]:
        return [arn for name, known in self._learnt.items() if name.endswith("Arn") for arn in known[-5:]]

    def _table_name(self) -> str:
        if self.rng.random() < 0.95:
            return self._table
        return self.rng.choice((*TABLES, "new", "missing", "ab", "a" * 256, _ARN))

    def _key(self) -> object:
        """Mostly one that fits the table."""
        key = {name: self._key_value(kind) for name, kind in TABLES[self._table].items()}
        if self.rng.random() < self._broken:
            key[self.rng.choice(texts.ATTRIBUTES)] = self.value()
        return key

    def _key_value(self, kind: str) -> object:
        rng = self.rng
        if rng.random() < self._broken:
            return self.value()
        if kind == "S":
            return {"S": rng.choice(_STRINGS if self._broken else _STRINGS[:3])}
        if kind == "N":
            return {"N": rng.choice(_NUMBERS[:6])}
        return {"B": b64encode(rng.choice(_STRINGS[:3]).encode()).decode()}

    def _item(self) -> object:
        item = self._key()
        assert isinstance(item, dict)
        for _ in range(self.rng.choice((0, 1, 2, 3, 5))):
            item.setdefault(self.rng.choice(texts.ATTRIBUTES[:-1]), self.value())
        return item

    def value(self, depth: int = 0) -> object:
        """An AttributeValue."""
        rng = self.rng
        whim = rng.random()
        if whim < self._broken:
            return rng.choice(_NONSENSE)
        if whim > 1 - _ODD and not depth:
            return self._deep_value()
        kind = rng.choice(("S", "N", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"))
        if kind in ("L", "M") and depth > 3:
            kind = "S"
        made: dict[str, object] = {kind: self._content(kind, depth)}
        if rng.random() < self._broken:
            made[rng.choice(("S", "N", "Q", ""))] = "1"
        return made

    def operand(self, placeholder: str) -> object:
        """A value for a placeholder: mostly of the type that its letter stands for."""
        kind = {":a": "S", ":s": "S", ":n": "N", ":0": "N"}.get(placeholder)
        if kind is None or self.rng.random() < 0.2:
            return self.value()
        return self._key_value(kind)

    def _content(self, kind: str, depth: int) -> object:
        rng = self.rng
        match kind:
            case "S":
                return rng.choice(_STRINGS if self._broken else _STRINGS[:6])
            case "N":
                return rng.choice(_NUMBERS if self._broken else _NUMBERS[:6])
            case "B":
                return rng.choice(_BINARIES if self._broken else _BINARIES[:3])
            case "BOOL" | "NULL":
                return rng.random() < 0.8
            case "L":
                return [self.value(depth + 1) for _ in range(rng.choice((0, 1, 2, 3)))]
            case "M":
                return {
                    rng.choice(texts.ATTRIBUTES): self.value(depth + 1) for _ in range(rng.choice((0, 1, 2)))
                }
        members = (self._content(kind[0], depth) for _ in range(rng.choice((1, 2, 3))))
        return list(members if self._broken else dict.fromkeys(members))

    def _deep_value(self) -> object:
        value: object = {"S": "bottom"}
        for _ in range(self.rng.randint(1, _DEEP)):
            value = {"L": [value]} if self.rng.random() < 0.5 else {"M": {"a": value}}
        return value


_ONE_OF: Final = frozenset(("Put", "Update", "Delete", "ConditionCheck", "PutRequest", "DeleteRequest"))
_NEEDED: Final = frozenset(("KeyConditionExpression", "UpdateExpression", "ShardIterator"))
"""Not required by their shape, but without them little happens."""
_LEGACY: Final = (
    "AttributesToGet", "Expected", "ConditionalOperator", "AttributeUpdates", "KeyConditions", "QueryFilter",
    "ScanFilter",
)  # fmt: skip


def _settle(made: dict[str, object], forge: Forge) -> None:
    """Leave out what excludes something else, and add what goes with what is there."""
    if "Expected" not in made:
        made.pop("ConditionalOperator", None)
    if "Segment" in made or "TotalSegments" in made:
        made |= {"Segment": 0, "TotalSegments": 2}
    statement = made.get("Statement")
    if isinstance(statement, str):
        made.pop("Parameters", None)
        if "?" in statement:
            made["Parameters"] = [forge.value() for _ in range(statement.count("?"))]
    if any(name.endswith("Expression") for name in made) and forge.rng.random() < 0.7:
        dropped: tuple[str, ...] = _LEGACY
    else:
        dropped = tuple(name for name in made if "Expression" in name)
    for name in dropped:
        made.pop(name, None)


def _supply(made: object, forge: Forge) -> None:
    """Give a request, and the requests in it, the names and values that their expressions mention."""
    if isinstance(made, list):
        for member in made:
            _supply(member, forge)
    if not isinstance(made, dict):
        return
    _settle(made, forge)
    expressions = [
        text for name, text in made.items() if name.endswith("Expression") and isinstance(text, str)
    ]
    if expressions:
        text = " ".join(expressions)
        names = {alias: forge.rng.choice(texts.ATTRIBUTES) for alias in texts.ALIASES if alias in text}
        values = {one: forge.operand(one) for one in texts.PLACEHOLDERS if one in text}
        for member, supplied in (("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)):
            made.pop(member, None)
            if supplied:
                made[member] = supplied
    for member in made.values():
        if isinstance(member, dict | list):
            _supply(member, forge)
