"""The wording from before 2026, where it differs: asked of our own server alone, which knows both."""

from tests.conformance.cases import OMPVI, PREFIX, Case, judge, table_of
from tests.conformance.schema import KEY, nested, on, partition_query, s
from tests.conformance.test_values import DEEP
from tests.conformance.wire import Wire

FAILED = "failed to satisfy constraint:"
ENUM = "Member must satisfy enum value set:"
NAME = f"Value '' at 'tableName' {FAILED} Member must have length greater than or equal to 1"
RETURN_VALUES = (
    f"Value 'INVALID' at 'returnValues' {FAILED} {ENUM} [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
)
CONSUMED = f"Value 'INVALID' at 'returnConsumedCapacity' {FAILED} {ENUM} [INDEXES, TOTAL, NONE]"
BAD = {"ReturnValues": "INVALID", "ReturnConsumedCapacity": "INVALID"}
SPECIFIC = "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"

CASES = (
    *(
        Case("B1.40", "an empty table name", operation, on("", **{member: KEY}), PREFIX + NAME)
        for operation, member in (
            ("PutItem", "Item"),
            ("GetItem", "Key"),
            ("UpdateItem", "Key"),
            ("DeleteItem", "Key"),
        )
    ),
    *(
        Case(
            "B1.41",
            "return values",
            operation,
            on(**{member: KEY}, ReturnValues="INVALID"),
            PREFIX + RETURN_VALUES,
        )
        for operation, member in (("PutItem", "Item"), ("UpdateItem", "Key"), ("DeleteItem", "Key"))
    ),
    Case(
        "B1.42",
        "a bad name and a bad enum are told together",
        "PutItem",
        on("", Item=KEY, ReturnValues="INVALID"),
        f"2 validation errors detected: {RETURN_VALUES}; {NAME}",
    ),
    Case(
        "B1.42",
        "two enums on an update",
        "UpdateItem",
        on(Key=KEY, **BAD),
        f"2 validation errors detected: {RETURN_VALUES}; {CONSUMED}",
    ),
    Case(
        "B1.43",
        "an empty set",
        "PutItem",
        on(Item=KEY | {"v": {"SS": []}}),
        f"{OMPVI}An string set  may not be empty",
    ),
    Case("B1.43", "too deep", "PutItem", on(Item=KEY | {"v": nested(32)}), DEEP),
    Case(
        "B1.43",
        "an expression",
        "UpdateItem",
        on(Key=KEY, UpdateExpression=""),
        "Invalid UpdateExpression: The expression can not be empty;",
    ),
    Case(
        "B1.43",
        "an unused value",
        "PutItem",
        on(
            Item=KEY, ConditionExpression="attribute_exists(a)", ExpressionAttributeValues={":unused": s("x")}
        ),
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}",
    ),
    Case(
        "B1.44",
        "an empty batch",
        "BatchGetItem",
        {"RequestItems": {}},
        "The requestItems parameter is required for BatchGetItem",
    ),
    Case(
        "B1.44",
        "specific attributes, none named",
        "Query",
        partition_query(Select="SPECIFIC_ATTRIBUTES"),
        SPECIFIC,
    ),
)


@table_of(CASES)
def test_refused(classic: Wire, case: Case) -> None:
    judge(classic, case)
