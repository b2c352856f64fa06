"""Requests that break a rule of their shape: what the service says, in the wording of most regions since
2026.
"""

from tests.conformance.cases import KEY, PREFIX, Case, judge, table_of
from tests.oracle.client import Client

TOO_SHORT = (
    "Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1"
)
RETURN_VALUES = (
    "Failed to satisfy constraint: Member must satisfy enum value set: "
    "[ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"
)
CONSUMED_CAPACITY = (
    "Value 'INVALID' at 'returnConsumedCapacity' failed to satisfy constraint: "
    "Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"
)
COLLECTION_METRICS = (
    "Value 'INVALID' at 'returnItemCollectionMetrics' failed to satisfy constraint: "
    "Member must satisfy enum value set: [SIZE, NONE]"
)
LONG_NAME = "a" * 256

CASES = (
    Case(
        "table name missing",
        "PutItem",
        {"TableName": None, "Item": KEY},
        PREFIX + "Value null at 'tableName' failed to satisfy constraint: Member must not be null",
    ),
    Case("table name empty, put", "PutItem", {"TableName": "", "Item": KEY}, PREFIX + TOO_SHORT),
    Case("table name empty, delete", "DeleteItem", {"TableName": "", "Key": KEY}, PREFIX + TOO_SHORT),
    Case("table name empty, update", "UpdateItem", {"TableName": "", "Key": KEY}, PREFIX + TOO_SHORT),
    Case(
        "table name too long",
        "PutItem",
        {"TableName": LONG_NAME, "Item": KEY},
        f"{PREFIX}Value '{LONG_NAME}' at 'tableName' failed to satisfy constraint: "
        "Member must have length less than or equal to 255",
    ),
    Case(
        "table name with bad characters",
        "PutItem",
        {"TableName": "bad table!@#", "Item": KEY},
        f"{PREFIX}Value 'bad table!@#' at 'tableName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    ),
    Case(
        "table name too short to create",
        "CreateTable",
        {
            "TableName": "ab",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
        f"{PREFIX}Value 'ab' at 'tableName' failed to satisfy constraint: "
        "Member must have length greater than or equal to 3",
    ),
    Case(
        "scan limit",
        "Scan",
        {"Limit": 0},
        f"{PREFIX}Value '0' at 'limit' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1",
    ),
    Case(
        "scan segment",
        "Scan",
        {"Segment": -1, "TotalSegments": 2},
        f"{PREFIX}Value '-1' at 'segment' failed to satisfy constraint: "
        "Member must have value greater than or equal to 0",
    ),
    Case(
        "scan segment beyond total",
        "Scan",
        {"Segment": 5, "TotalSegments": 5},
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        "Segment: 5 is not less than TotalSegments: 5",
    ),
    Case(
        "segment alone",
        "Scan",
        {"Segment": 0},
        "The TotalSegments parameter is required but was not present in the request "
        "when Segment parameter is present",
        "reported",
    ),
    Case(
        "total segments alone",
        "Scan",
        {"TotalSegments": 2},
        "The Segment parameter is required but was not present in the request "
        "when parameter TotalSegments is present",
        "reported",
    ),
    Case("return values", "UpdateItem", {"Key": KEY, "ReturnValues": "INVALID"}, PREFIX + RETURN_VALUES),
    Case(
        "return values that a put does not know",
        "PutItem",
        {"Item": KEY, "ReturnValues": "UPDATED_NEW"},
        f"{PREFIX}ReturnValues can only be ALL_OLD or NONE",
        "reported",
    ),
    Case(
        "consumed capacity",
        "PutItem",
        {"Item": KEY, "ReturnConsumedCapacity": "INVALID"},
        PREFIX + CONSUMED_CAPACITY,
    ),
    Case(
        "three enums on a put are told together",
        "PutItem",
        {
            "Item": KEY,
            "ReturnValues": "INVALID",
            "ReturnConsumedCapacity": "INVALID",
            "ReturnItemCollectionMetrics": "INVALID",
        },
        f"3 validation errors detected: {CONSUMED_CAPACITY}; {RETURN_VALUES}; {COLLECTION_METRICS}",
    ),
    Case(
        "two enums on a delete are told together",
        "DeleteItem",
        {"Key": KEY, "ReturnValues": "INVALID", "ReturnConsumedCapacity": "INVALID"},
        f"2 validation errors detected: {CONSUMED_CAPACITY}; {RETURN_VALUES}",
    ),
    Case(
        "two enums on an update: only the first",
        "UpdateItem",
        {"Key": KEY, "ReturnValues": "INVALID", "ReturnConsumedCapacity": "INVALID"},
        PREFIX + RETURN_VALUES,
    ),
    Case(
        "a bad table name hides a bad enum",
        "PutItem",
        {"TableName": "", "Item": KEY, "ReturnValues": "INVALID"},
        PREFIX + TOO_SHORT,
    ),
    Case(
        "data plane, no such table",
        "GetItem",
        {"TableName": "nowhere", "Key": KEY},
        "Requested resource not found",
        code="ResourceNotFoundException",
    ),
    Case(
        "control plane, no such table",
        "DescribeTable",
        {"TableName": "nowhere"},
        "Requested resource not found: Table: nowhere not found",
        code="ResourceNotFoundException",
    ),
)


@table_of(CASES)
def test_refused(call: Client, case: Case) -> None:
    judge(call, case)
