"""What a request asks to have returned: enumerations that are wrong, and how several mistakes are told."""

from tests.conformance.cases import PREFIX, Case, judge, table_of
from tests.conformance.schema import ABSENT, KEY, nested, on
from tests.conformance.test_values import DEEP
from tests.conformance.wire import Wire

FAILED = "failed to satisfy constraint:"
ENUM = "Member must satisfy enum value set:"
RETURN_VALUES = f"Failed to satisfy constraint: {ENUM} [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"
CONSUMED = f"Value 'INVALID' at 'returnConsumedCapacity' {FAILED} {ENUM} [INDEXES, TOTAL, NONE]"
METRICS = f"Value 'INVALID' at 'returnItemCollectionMetrics' {FAILED} {ENUM} [SIZE, NONE]"
ALL = dict.fromkeys(("ReturnValues", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"), "INVALID")
TWO = dict.fromkeys(("ReturnValues", "ReturnConsumedCapacity"), "INVALID")
ONLY_OLD = "ReturnValues can only be ALL_OLD or NONE"

CASES = (
    *(
        Case(
            "B1.21",
            f"ReturnValues {value!r}",
            operation,
            on(**{member: KEY}, ReturnValues=value),
            PREFIX + RETURN_VALUES,
        )
        for operation, member in (("PutItem", "Item"), ("UpdateItem", "Key"), ("DeleteItem", "Key"))
        for value in ("INVALID", "", "all_old", "ALL")
    ),
    *(
        Case(
            "B1.23", value, operation, on(**{member: KEY}, ReturnValues=value), (PREFIX + ONLY_OLD, ONLY_OLD)
        )
        for operation, member in (("PutItem", "Item"), ("DeleteItem", "Key"))
        for value in ("UPDATED_NEW", "UPDATED_OLD", "ALL_NEW")
    ),
    Case(
        "B1.28",
        "three enums",
        "PutItem",
        on(Item=KEY, **ALL),
        f"3 validation errors detected: {CONSUMED}; {RETURN_VALUES}; {METRICS}",
    ),
    Case(
        "B1.29",
        "two enums",
        "DeleteItem",
        on(Key=KEY, **TWO),
        f"2 validation errors detected: {CONSUMED}; {RETURN_VALUES}",
    ),
    Case("B1.30", "two enums", "UpdateItem", on(Key=KEY, **TWO), PREFIX + RETURN_VALUES),
    Case("B1.30", "three enums", "UpdateItem", on(Key=KEY, **ALL), PREFIX + RETURN_VALUES),
    Case(
        "B2.01",
        "an enum before an expression",
        "PutItem",
        on(Item=KEY, ConditionExpression="a =", ReturnValues="INVALID"),
        PREFIX + RETURN_VALUES,
    ),
    Case(
        "B2.02",
        "a deep value before a condition that is false",
        "UpdateItem",
        on(
            Key=ABSENT,
            UpdateExpression="SET v = :v",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":v": nested(32)},
        ),
        PREFIX + DEEP,
    ),
    Case(
        "B1.32",
        "two enumerations of a query",
        "Query",
        on(
            KeyConditionExpression="pk = :v",
            ExpressionAttributeValues={":v": {"S": "a"}},
            Select="INVALID",
            ReturnConsumedCapacity="INVALID",
        ),
        PREFIX + CONSUMED,
    ),
)


@table_of(CASES)
def test_refused(wire: Wire, case: Case) -> None:
    judge(wire, case)


def test_a_put_and_a_deletion_return_what_was_there(wire: Wire) -> None:
    """B5.84"""
    key = {"pk": {"S": "returns"}, "sk": {"N": "1"}}
    wire("DeleteItem", on(Key=key))
    assert "Attributes" not in wire("PutItem", on(Item=key, ReturnValues="ALL_OLD"))
    assert wire("PutItem", on(Item=key, ReturnValues="ALL_OLD"))["Attributes"] == key
    assert "Attributes" not in wire("PutItem", on(Item=key))
    assert wire("DeleteItem", on(Key=key, ReturnValues="ALL_OLD"))["Attributes"] == key
    assert "Attributes" not in wire("DeleteItem", on(Key=key, ReturnValues="ALL_OLD"))
