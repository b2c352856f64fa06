"""Every member of every request: absent, of another JSON type, and beyond its bounds.

The rows are made from the model that the SDK ships, and from the words that the service has for each kind of
mistake. What the model does not know (that the service is stricter, or says something of its own) stands in
the tables of exceptions here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.conformance.bases import BASES, lower_first, members_of, shape_of
from tests.conformance.cases import PREFIX, Case, Like, No, judge, table_of
from tests.conformance.wire import Wire

NEW_LAYER = {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "BatchGetItem", "SearchVectors"}
"""Where a minimum is worded in the way of 2026, in most regions."""

OWN_WORDS = {
    ("BatchGetItem", "RequestItems"),
    ("BatchWriteItem", "RequestItems"),
    ("TransactWriteItems", "TransactItems"),
    ("TransactGetItems", "TransactItems"),
    ("ListImports", "NextToken"),
    ("TagResource", "ResourceArn"),
    ("TagResource", "Tags"),
}
"""Judged in files of their own, in more words than a constraint's."""

TABLES = {"TableName", "TableArn", "SourceTableArn", "GlobalTableSourceArn"}
"""May be names or ARNs."""

ENUMS: Mapping[str, str] = {
    "ReturnConsumedCapacity": "INDEXES, TOTAL, NONE",
    "ReturnItemCollectionMetrics": "SIZE, NONE",
    "Select": "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES",
    "ConditionalOperator": "OR, AND",
    "BillingMode": "PROVISIONED, PAY_PER_REQUEST",
}
ENUM_LINES: Mapping[str, tuple[str, str]] = {
    "ReturnConsumedCapacity": ("B1.20", "captured on the writes"),
    "ReturnItemCollectionMetrics": ("B1.22", "captured"),
    "Select": ("B1.24", "reported"),
    "ConditionalOperator": ("B1.26", "reported"),
    "BillingMode": ("B1.25", "reported"),
}

NEEDS_MORE = {
    *(name for name, base in BASES.items() if any(member.endswith("Arn") for member in base)),
    *(name for name in BASES if "GlobalTable" in name and not name.startswith("List")),
    *("CreateTable", "DeleteTable", "SearchVectors", "RestoreTableToPointInTime", "ImportTable"),
    *("UpdateTimeToLive", "UpdateContinuousBackups", "CreateBackup"),
}
"""Whose base is in order as a shape, but not accepted, or would leave something behind."""

STRUCTURE = "Start of structure or map found where not expected"
LIST = "Start of list found where not expected"
SCALAR = "Unexpected field type"
COLLECTION = Like(("Unrecognized collection type ",), "SerializationException")
WRONG_TYPES: Mapping[str, tuple[tuple[str, Any, str | Like, str], ...]] = {
    "string": (
        ("object", {}, STRUCTURE, "B3.11"),
        ("array", [], LIST, "B3.12"),
        ("number", 1, "NUMBER_VALUE cannot be converted to String", "B3.14"),
        ("fraction", 1.5, "DECIMAL_VALUE cannot be converted to String", "B3.14"),
        ("true", True, "TRUE_VALUE cannot be converted to String", "B3.14"),
        ("false", False, "FALSE_VALUE cannot be converted to String", "B3.14"),
    ),
    "integer": (
        ("object", {}, STRUCTURE, "B3.11"),
        ("array", [], LIST, "B3.12"),
        ("string", "1", "STRING_VALUE cannot be converted to Integer", "B3.15"),
    ),
    "boolean": (
        ("object", {}, STRUCTURE, "B3.11"),
        ("array", [], LIST, "B3.12"),
        ("string", "true", "Unexpected token received from parser", "B3.16"),
    ),
    "structure": (
        ("string", "x", SCALAR, "B3.13"),
        ("number", 1, SCALAR, "B3.13"),
        ("array", [], COLLECTION, "B3.22"),
    ),
    "list": (
        ("string", "x", SCALAR, "B3.13"),
        ("true", True, SCALAR, "B3.13"),
        ("object", {}, STRUCTURE, "B3.11"),
    ),
    "map": (
        ("string", "x", SCALAR, "B3.13"),
        ("number", 1, SCALAR, "B3.13"),
        ("array", [], COLLECTION, "B3.22"),
    ),
}


def broken(operation: str, member: str, value: Any) -> dict[str, Any]:
    return {**BASES[operation], member: value}


def absent() -> Iterator[Case]:
    for operation, base in BASES.items():
        for member in shape_of(operation).get("required", ()):
            if member not in base or (operation, member) in OWN_WORDS:
                continue
            rest = {name: value for name, value in base.items() if name != member}
            line = f"{PREFIX}Value null at '{lower_first(member)}' failed to satisfy constraint: "
            yield Case("B1.01", f"no {member}", operation, rest, f"{line}Member must not be null")


def wrong_types() -> Iterator[Case]:
    for operation in BASES:
        for member, shape in members_of(operation):
            for name, value, message, behaviour in WRONG_TYPES.get(shape["type"], ()):
                yield Case(
                    behaviour,
                    f"{member} is {name}",
                    operation,
                    broken(operation, member, value),
                    message if isinstance(message, Like) else No("SerializationException", message),
                )


def enums() -> Iterator[Case]:
    for operation in BASES:
        for member, _ in members_of(operation):
            if member in ENUMS:
                line = f"{PREFIX}Value 'INVALID' at '{lower_first(member)}' failed to satisfy constraint: "
                message = f"{line}Member must satisfy enum value set: [{ENUMS[member]}]"
                request = broken(operation, member, "INVALID")
                yield Case(ENUM_LINES[member][0], f"{member} INVALID", operation, request, message)


def least(operation: str, member: str, value: str, constraint: str) -> str:
    if operation in NEW_LAYER:
        return f"{PREFIX}Value at '{member}' failed to satisfy constraint: Member must have {constraint}"
    classic = f"{PREFIX}Value '{value}' at '{lower_first(member)}' failed to satisfy constraint: "
    return f"{classic}Member must have {constraint}"


def beyond_bounds() -> Iterator[Case]:
    for operation in BASES:
        for member, shape in members_of(operation):
            if (operation, member) in OWN_WORDS or member in TABLES:
                continue
            yield from beyond(operation, member, shape)


def beyond(operation: str, member: str, shape: Mapping[str, Any]) -> Iterator[Case]:
    request = broken(operation, member, None)
    if shape["type"] == "list" and shape.get("min"):
        message = least(operation, member, "[]", f"length greater than or equal to {shape['min']}")
        yield Case("B1.36", f"{member} is empty", operation, request | {member: []}, message)
    if shape["type"] == "integer" and shape.get("min") is not None:
        few = shape["min"] - 1
        message = least(operation, member, str(few), f"value greater than or equal to {shape['min']}")
        yield Case("B1.36", f"{member} is {few}", operation, request | {member: few}, message)
    if shape["type"] == "integer" and shape.get("max") is not None:
        many = shape["max"] + 1
        line = f"{PREFIX}Value '{many}' at '{lower_first(member)}' failed to satisfy constraint: "
        message = f"{line}Member must have value less than or equal to {shape['max']}"
        yield Case("B1.36", f"{member} is {many}", operation, request | {member: many}, message)
    if shape["type"] == "string" and (shape.get("min") or 0) > 1:
        message = least(operation, member, "ab", f"length greater than or equal to {shape['min']}")
        yield Case("B1.36", f"{member} is ab", operation, request | {member: "ab"}, message)
    if shape["type"] == "string" and (shape.get("max") or 0) in range(1, 5000):
        text = "a" * (shape["max"] + 1)
        line = f"{PREFIX}Value '{text}' at '{lower_first(member)}' failed to satisfy constraint: "
        message = f"{line}Member must have length less than or equal to {shape['max']}"
        yield Case("B1.36", f"{member} is too long", operation, request | {member: text}, message)
    if shape["type"] == "string" and shape.get("pattern") == "[a-zA-Z0-9_.-]+":
        line = f"{PREFIX}Value 'bad name' at '{lower_first(member)}' failed to satisfy constraint: "
        message = f"{line}Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
        yield Case("B1.36", f"{member} is bad name", operation, request | {member: "bad name"}, message)


@table_of(absent(), wrong_types(), enums(), beyond_bounds())
def test_refused(wire: Wire, case: Case) -> None:
    judge(wire, case)


@pytest.mark.parametrize("operation", [name for name in BASES if name not in NEEDS_MORE])
def test_unknown_members_are_ignored_and_null_is_absent(wire: Wire, operation: str) -> None:
    """B1.35"""
    optional = {name: None for name, _ in members_of(operation) if name not in BASES[operation]}
    wire(operation, {**BASES[operation], **optional, "NoSuchMember": {"deep": [1, None]}})
