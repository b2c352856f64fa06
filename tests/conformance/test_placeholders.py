"""ExpressionAttributeNames and ExpressionAttributeValues: unused, misspelled, empty; and old parameters
beside expressions.
"""

from collections.abc import Iterator
from typing import Any

from tests.conformance.cases import OK, PREFIX, Case, Like, judge, table_of
from tests.conformance.schema import KEY, TABLE, on, partition_query, s
from tests.conformance.wire import Wire

UNUSED = "Value provided in {} unused in expressions: keys: {}"
NAMES, VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"
EXISTS = {"ConditionExpression": "attribute_not_exists(zz)"}


def bases(names: Any = None, values: Any = None) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every operation with an expression that uses neither: operation, request, prefix of its errors."""
    given = {NAMES: names} if names is not None else {}
    both = given | ({VALUES: values} if values is not None else {})
    yield "PutItem", on(Item=KEY, **EXISTS, **both), PREFIX
    yield "UpdateItem", on(Key=KEY, **EXISTS, **both), PREFIX
    yield "DeleteItem", on(Key=KEY, **EXISTS, **both), PREFIX
    yield "Scan", on(FilterExpression="attribute_not_exists(zz)", **both), ""
    if values is None:
        yield "GetItem", on(Key=KEY, ProjectionExpression="zz", **given), ""
        block = {"Keys": [KEY], "ProjectionExpression": "zz", **given}
        yield "BatchGetItem", {"RequestItems": {TABLE: block}}, ""
        get = {"Get": on(Key=KEY, ProjectionExpression="zz", **given)}
        yield "TransactGetItems", {"TransactItems": [get]}, ""
    check = {"ConditionCheck": on(Key=KEY, **EXISTS, **both)}
    yield "TransactWriteItems", {"TransactItems": [check]}, ""


def unused() -> Iterator[Case]:
    for operation, request, prefix in bases(names={"#unused": "x"}):
        yield Case("B5.30", "a name", operation, request, prefix + UNUSED.format(NAMES, "{#unused}"))
    for operation, request, prefix in bases(values={":unused": s("x")}):
        yield Case("B5.30", "a value", operation, request, prefix + UNUSED.format(VALUES, "{:unused}"))
    for operation, request, prefix in bases(values={":a": s("x"), ":b": s("x")}):
        message = (prefix + UNUSED.format(VALUES, "{:a, :b}"), prefix + UNUSED.format(VALUES, "{:b, :a}"))
        yield Case("B5.30", "two values", operation, request, message)
    query = partition_query(V={":unused": s("x")})
    yield Case("B5.30", "a value", "Query", query, UNUSED.format(VALUES, "{:unused}"))
    query = partition_query(ExpressionAttributeNames={"#unused": "x"})
    yield Case("B5.30", "a name", "Query", query, UNUSED.format(NAMES, "{#unused}"))


def empty_and_misspelled() -> Iterator[Case]:
    for operation, request, prefix in bases(names={}):
        yield Case("B5.32", "no names", operation, request, f"{prefix}{NAMES} must not be empty")
    for operation, request, prefix in bases(values={}):
        yield Case("B5.32", "no values", operation, request, f"{prefix}{VALUES} must not be empty")
    for key in ("a", "a#", ":a", "#", "# a", "#a-b"):
        for operation, request, prefix in bases(names={key: "x"}):
            message = f'{prefix}{NAMES} contains invalid key: Syntax error; key: "{key}"'
            yield Case("B5.33", f"name {key}", operation, request, message)
    for key in ("a", "#a", ":", ": a", ":a-b"):
        for operation, request, prefix in bases(values={key: s("x")}):
            message = f'{prefix}{VALUES} contains invalid key: Syntax error; key: "{key}"'
            yield Case("B5.33", f"value {key}", operation, request, message)
    for operation, request, prefix in bases(names={"#" + "a" * 255: "x"}):
        if operation == "PutItem":
            start = f"{prefix}{NAMES} contains invalid key: "
            yield Case("B5.34", "a name of 256", operation, request, Like((start,)))
    fits = "#" + "a" * 254
    request = on(Key=KEY, ProjectionExpression=fits, ExpressionAttributeNames={fits: "zz"})
    yield Case("B5.34", "a name of 255", "GetItem", request, OK)


def without_expressions() -> Iterator[Case]:
    tail = " can only be specified when using expressions"
    for operation, base in (
        ("PutItem", on(Item=KEY)),
        ("UpdateItem", on(Key=KEY)),
        ("DeleteItem", on(Key=KEY)),
    ):
        for member, given in ((NAMES, {"#a": "a"}), (VALUES, {":a": s("x")})):
            wanted = Like((f"{PREFIX}{member}{tail}",))
            yield Case("B5.31", f"{member} alone", operation, base | {member: given}, wanted)
    for operation, base in (("GetItem", on(Key=KEY)), ("Scan", on())):
        wanted = Like((f"{NAMES}{tail}",))
        yield Case("B5.31", "names alone", operation, base | {NAMES: {"#a": "a"}}, wanted)
    wanted = Like((f"{VALUES}{tail}",))
    yield Case("B5.31", "values alone", "Scan", on(ExpressionAttributeValues={":a": s("x")}), wanted)


def mixed() -> Iterator[Case]:
    text = (
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: {{{}}} Expression parameters: {{{}}}"
    )
    expected = {"a": {"Exists": False}}
    update = {"a": {"Value": s("x")}}
    listed = ["a"]
    where = {"a": {"ComparisonOperator": "NULL"}}
    rows: tuple[tuple[str, dict[str, Any], str, str, str], ...] = (
        ("PutItem", on(Item=KEY, Expected=expected, **EXISTS), "Expected", "ConditionExpression", PREFIX),
        ("DeleteItem", on(Key=KEY, Expected=expected, **EXISTS), "Expected", "ConditionExpression", PREFIX),
        ("UpdateItem", on(Key=KEY, Expected=expected, **EXISTS), "Expected", "ConditionExpression", PREFIX),
        (
            "UpdateItem",
            on(Key=KEY, AttributeUpdates=update, **EXISTS),
            "AttributeUpdates",
            "ConditionExpression",
            PREFIX,
        ),
        (
            "UpdateItem",
            on(Key=KEY, AttributeUpdates=update, UpdateExpression="REMOVE a"),
            "AttributeUpdates",
            "UpdateExpression",
            PREFIX,
        ),
        (
            "GetItem",
            on(Key=KEY, AttributesToGet=listed, ProjectionExpression="a"),
            "AttributesToGet",
            "ProjectionExpression",
            "",
        ),
        (
            "Scan",
            on(AttributesToGet=listed, ProjectionExpression="a"),
            "AttributesToGet",
            "ProjectionExpression",
            "",
        ),
        (
            "Scan",
            on(ScanFilter=where, FilterExpression="attribute_exists(a)"),
            "ScanFilter",
            "FilterExpression",
            "",
        ),
        ("Query", partition_query(QueryFilter=where), "QueryFilter", "KeyConditionExpression", ""),
        ("Query", partition_query(AttributesToGet=listed), "AttributesToGet", "KeyConditionExpression", ""),
        (
            "Query",
            partition_query(
                KeyConditions={"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [s("a")]}}
            ),
            "KeyConditions",
            "KeyConditionExpression",
            "",
        ),
        (
            "BatchGetItem",
            {
                "RequestItems": {
                    TABLE: {"Keys": [KEY], "AttributesToGet": listed, "ProjectionExpression": "a"}
                }
            },
            "AttributesToGet",
            "ProjectionExpression",
            "",
        ),
    )
    for operation, request, old, new, prefix in rows:
        yield Case("B5.35", f"{old} and {new}", operation, request, prefix + text.format(old, new))


def evaluated() -> Iterator[Case]:
    """A placeholder must be defined even where its branch is never evaluated."""
    request = on(Key=KEY, UpdateExpression="SET a = if_not_exists(pk, :never)")
    message = (
        f"{PREFIX}Invalid UpdateExpression: "
        "An expression attribute value used in expression is not defined; attribute value: :never"
    )
    yield Case("B2.05", "if_not_exists", "UpdateItem", request, message)
    text = "attribute_not_exists(zz) OR a = :never"
    message = message.replace("UpdateExpression", "ConditionExpression")
    yield Case("B2.05", "OR", "PutItem", on(Item=KEY, ConditionExpression=text), message)


@table_of(unused(), empty_and_misspelled(), without_expressions(), mixed(), evaluated())
def test_answered(wire: Wire, case: Case) -> None:
    judge(wire, case)
