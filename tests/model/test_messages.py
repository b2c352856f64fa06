"""What the service says of requests that break a constraint: the messages on record, word for word."""

from dataclasses import dataclass
from typing import Any

import pytest

from dynalite.errors import ValidationException
from dynalite.model.catalogue import SHAPES
from dynalite.model.echo import ECHO_CHARACTERS
from dynalite.model.walker import REPORTED_VIOLATIONS, validate

ONE = "1 validation error detected: "
ENUM = "failed to satisfy constraint: Member must satisfy enum value set: "
ATTRIBUTE_TAIL = (
    "n=null, b=null, iNT=null, dECIMAL=null, dOUBLE=null, sS=null, nS=null, bS=null, iNTSET=null, "
    "dECIMALSET=null, dOUBLESET=null, m=null, l=null, nULL=null, bOOL=null)"
)
KEY = {"pk": {"S": "a"}}


def refusal(operation: str, request: dict[str, Any]) -> ValidationException:
    with pytest.raises(ValidationException) as caught:
        validate(SHAPES[operation], request)
    return caught.value


def at_least(length: int, what: str = "length") -> str:
    return f"failed to satisfy constraint: Member must have {what} greater than or equal to {length}"


def at_most(length: int, what: str = "length") -> str:
    return f"failed to satisfy constraint: Member must have {what} less than or equal to {length}"


@dataclass(frozen=True)
class Case:
    """A request and what is said of it after `1 validation error detected: `, since 2026 and before."""

    operation: str
    request: dict[str, Any]
    said: str
    classic: str | None = None

    def __str__(self) -> str:
        return f"{self.operation}: {self.said[:60]}"


WRITES = {"PutItem": {"Item": KEY}, "UpdateItem": {"Key": KEY}, "DeleteItem": {"Key": KEY}}
SCAN = {"TableName": "abc"}
LONG = "a" * 256
KINESIS_ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s"


def element(name: str, kind: str) -> dict[str, str]:
    return {"AttributeName": name, "KeyType": kind}


CASES = [
    # ------------------------------------------------------------------ lengths, patterns, absence
    Case(
        "PutItem",
        {"Item": KEY},
        "Value null at 'tableName' failed to satisfy constraint: Member must not be null",
    ),
    *(
        Case(
            operation,
            {"TableName": "", **rest},
            f"Value at 'TableName' {at_least(1)}",
            f"Value '' at 'tableName' {at_least(1)}",
        )
        for operation, rest in WRITES.items()
    ),
    Case(
        "PutItem", {"TableName": "a" * 256, "Item": KEY}, f"Value '{'a' * 256}' at 'tableName' {at_most(255)}"
    ),
    Case(
        "PutItem",
        {"TableName": "bad table!@#", "Item": KEY},
        "Value 'bad table!@#' at 'tableName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    ),
    Case("CreateTable", {"TableName": "ab"}, f"Value 'ab' at 'tableName' {at_least(3)}"),
    *(
        Case(operation, {"TransactItems": []}, f"Value '[]' at 'transactItems' {at_least(1)}")
        for operation in ("TransactWriteItems", "TransactGetItems")
    ),
    Case("Scan", {**SCAN, "Limit": 0}, f"Value '0' at 'limit' {at_least(1, 'value')}"),
    Case("Scan", {**SCAN, "Segment": -1}, f"Value '-1' at 'segment' {at_least(0, 'value')}"),
    Case(
        "Query",
        {"TableName": "abc", "Limit": 0},
        f"Value at 'Limit' {at_least(1, 'value')}",
        f"Value '0' at 'limit' {at_least(1, 'value')}",
    ),
    Case(
        "ExecuteStatement", {"Statement": "s", "Parameters": []}, f"Value '[]' at 'parameters' {at_least(1)}"
    ),
    Case(
        "CreateTable",
        {"TableName": "abc", "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 1}},
        f"Value '0' at 'provisionedThroughput.readCapacityUnits' {at_least(1, 'value')}",
    ),
    Case(
        "UpdateTable",
        {"TableName": "abc", "SSESpecification": {"KMSMasterKeyId": ""}},
        f"Value '' at 'sSESpecification.kMSMasterKeyId' {at_least(1)}",
    ),
    Case(
        "TransactWriteItems",
        {"TransactItems": [{}] * 101},
        "Value '["
        + ", ".join(["TransactWriteItem(conditionCheck=null, put=null, delete=null, update=null)"] * 101)
        + f"]' at 'transactItems' {at_most(100)}",
    ),
    # ------------------------------------------------------------------ enumerations
    *(
        Case(
            operation,
            {"TableName": "abc", "ReturnConsumedCapacity": "INVALID", **rest},
            f"Value 'INVALID' at 'returnConsumedCapacity' {ENUM}[INDEXES, TOTAL, NONE]",
        )
        for operation, rest in WRITES.items()
    ),
    *(
        Case(
            operation,
            {"TableName": "abc", "ReturnValues": "INVALID", **rest},
            "Failed to satisfy constraint: "
            "Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]",
            f"Value 'INVALID' at 'returnValues' {ENUM}[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
        )
        for operation, rest in WRITES.items()
    ),
    Case(
        "PutItem",
        {"TableName": "abc", "Item": KEY, "ReturnItemCollectionMetrics": "INVALID"},
        f"Value 'INVALID' at 'returnItemCollectionMetrics' {ENUM}[SIZE, NONE]",
    ),
    Case(
        "Query",
        {"TableName": "abc", "Select": "X"},
        f"Value 'X' at 'select' {ENUM}[SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]",
    ),
    Case(
        "CreateTable",
        {"TableName": "abc", "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "X"}]},
        f"Value 'X' at 'attributeDefinitions.1.member.attributeType' {ENUM}[B, N, S]",
    ),
    Case(
        "CreateTable",
        {"TableName": "abc", "KeySchema": [element("a", "HASH"), element("b", "X")]},
        f"Value 'X' at 'keySchema.2.member.keyType' {ENUM}[HASH, RANGE]",
    ),
    Case(
        "CreateTable",
        {
            "TableName": "abc",
            "LocalSecondaryIndexes": [
                {
                    "IndexName": "abc",
                    "KeySchema": [element("a", "HASH")],
                    "Projection": {"ProjectionType": "X"},
                }
            ],
        },
        "Value 'X' at 'localSecondaryIndexes.1.member.projection.projectionType' "
        f"{ENUM}[ALL, INCLUDE, KEYS_ONLY]",
    ),
    Case(
        "CreateTable",
        {"TableName": "abc", "BillingMode": "X"},
        f"Value 'X' at 'billingMode' {ENUM}[PROVISIONED, PAY_PER_REQUEST]",
    ),
    Case(
        "Scan",
        {**SCAN, "ScanFilter": {"a": {"ComparisonOperator": "X"}}},
        f"Value 'X' at 'scanFilter.a.member.comparisonOperator' {ENUM}[IN, NULL, BETWEEN, LT, "
        "NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]",
    ),
    Case("Scan", {**SCAN, "ConditionalOperator": "X"}, f"Value 'X' at 'conditionalOperator' {ENUM}[OR, AND]"),
    Case(
        "UpdateKinesisStreamingDestination",
        {
            "TableName": "abc",
            "StreamArn": KINESIS_ARN,
            "UpdateKinesisStreamingConfiguration": {"ApproximateCreationDateTimePrecision": "SECOND"},
        },
        "Value 'SECOND' at 'updateKinesisStreamingConfiguration.approximateCreationDateTimePrecision' "
        f"{ENUM}[MILLISECOND, MICROSECOND]",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_single_violation(case: Case) -> None:
    error = refusal(case.operation, case.request)
    assert error.message == ONE + case.said
    assert error.classic == ONE + (case.said if case.classic is None else case.classic)


# ------------------------------------------------------------------ batches


def test_a_batch_that_writes_too_much_is_echoed_as_java_objects() -> None:
    writes = [{"PutRequest": {"Item": {"pk": {"S": f"bw-{n}"}}}} for n in range(26)]
    message = refusal("BatchWriteItem", {"RequestItems": {"abc": writes}}).message
    assert message.startswith(
        f"{ONE}Value '{{abc=[WriteRequest(putRequest=PutRequest(item={{"
        f"pk=AttributeValue(s=bw-0, {ATTRIBUTE_TAIL}}}, workloadProfileName=null), "
        "deleteRequest=null), WriteRequest(putRequest=PutRequest("
    )
    assert message.endswith(
        "]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
        "[Member must have length less than or equal to 25, "
        "Member must have length greater than or equal to 1]"
    )


def test_an_empty_batch_of_reads() -> None:
    error = refusal("BatchGetItem", {"RequestItems": {}})
    assert error.message == f"{ONE}Value at 'RequestItems' {at_least(1)}"
    assert error.classic == "The requestItems parameter is required for BatchGetItem"


def test_an_empty_batch_of_writes_still_reads_as_it_did() -> None:
    error = refusal("BatchWriteItem", {"RequestItems": {}})
    assert error.message == error.classic == "The requestItems parameter is required for BatchWriteItem"


def test_the_sentence_about_an_empty_batch_waits_until_nothing_else_is_wrong() -> None:
    error = refusal("BatchWriteItem", {"RequestItems": {}, "ReturnConsumedCapacity": "X"})
    assert error.message == f"{ONE}Value 'X' at 'returnConsumedCapacity' {ENUM}[INDEXES, TOTAL, NONE]"


def test_a_bad_table_name_in_a_batch_is_blamed_on_the_map() -> None:
    error = refusal("BatchGetItem", {"RequestItems": {"a b": {"Keys": [KEY]}}})
    assert error.message.endswith(
        "at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: "
        "[Member must have length less than or equal to 255, "
        "Member must have length greater than or equal to 1, "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"
    )


def test_paths_lead_through_maps_and_lists() -> None:
    error = refusal("BatchWriteItem", {"RequestItems": {"abc": [{"PutRequest": {}}]}})
    assert error.message == (
        f"{ONE}Value null at 'requestItems.abc.member.1.member.putRequest.item' "
        "failed to satisfy constraint: Member must not be null"
    )


def test_the_new_layer_spells_a_nested_path_like_the_request() -> None:
    error = refusal("BatchGetItem", {"RequestItems": {"abc": {"Keys": []}}})
    assert error.message == f"{ONE}Value at 'RequestItems.abc.member.Keys' {at_least(1)}"
    assert error.classic == f"{ONE}Value '[]' at 'requestItems.abc.member.keys' {at_least(1)}"


# ------------------------------------------------------------------ several violations

BAD_RCC = f"Value 'INVALID' at 'returnConsumedCapacity' {ENUM}[INDEXES, TOTAL, NONE]"
BAD_RV = (
    "Failed to satisfy constraint: Member must satisfy enum value set: "
    "[ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"
)
BAD_RV_CLASSIC = f"Value 'INVALID' at 'returnValues' {ENUM}[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
BAD_RICM = f"Value 'INVALID' at 'returnItemCollectionMetrics' {ENUM}[SIZE, NONE]"
BAD_RETURNS = dict.fromkeys(
    ("ReturnItemCollectionMetrics", "ReturnValues", "ReturnConsumedCapacity"), "INVALID"
)


def test_a_bad_table_name_is_answered_alone_since_2026() -> None:
    error = refusal("PutItem", {"TableName": "", "Item": KEY, "ReturnValues": "INVALID"})
    assert error.message == f"{ONE}Value at 'TableName' {at_least(1)}"
    assert error.classic == (
        f"2 validation errors detected: {BAD_RV_CLASSIC}; Value '' at 'tableName' {at_least(1)}"
    )


@pytest.mark.parametrize(("operation", "rest"), WRITES.items())
def test_an_empty_table_name_is_answered_before_an_empty_item(operation: str, rest: dict[str, Any]) -> None:
    empty: dict[str, Any] = {member: {} for member in rest}
    error = refusal(operation, {"TableName": "", **empty})
    assert error.message == f"{ONE}Value at 'TableName' {at_least(1)}"


def test_put_item_reports_all_bad_enumerations() -> None:
    error = refusal("PutItem", {"TableName": "abc", "Item": KEY, **BAD_RETURNS})
    assert error.message == f"3 validation errors detected: {BAD_RCC}; {BAD_RV}; {BAD_RICM}"
    assert error.classic == f"3 validation errors detected: {BAD_RCC}; {BAD_RV_CLASSIC}; {BAD_RICM}"


def test_delete_item_reports_all_bad_enumerations() -> None:
    request = {"TableName": "abc", "Key": KEY, **BAD_RETURNS}
    del request["ReturnItemCollectionMetrics"]
    assert refusal("DeleteItem", request).message == f"2 validation errors detected: {BAD_RCC}; {BAD_RV}"


def test_update_item_stops_at_the_first_bad_enumeration() -> None:
    error = refusal("UpdateItem", {"TableName": "abc", "Key": KEY, **BAD_RETURNS})
    assert error.message == ONE + BAD_RV
    assert error.classic.startswith("3 validation errors detected: ")


def test_a_text_may_be_wrong_twice() -> None:
    error = refusal("CreateTable", {"TableName": "a!"})
    assert error.message == (
        "2 validation errors detected: Value 'a!' at 'tableName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; "
        f"Value 'a!' at 'tableName' {at_least(3)}"
    )


@pytest.mark.parametrize(
    ("operation", "member", "rest"),
    [
        ("ListTables", "ExclusiveStartTableName", {}),
        ("Scan", "IndexName", SCAN),
        ("CreateBackup", "BackupName", {"TableName": "abc"}),
    ],
)
def test_an_empty_name_breaks_its_pattern_too(operation: str, member: str, rest: dict[str, Any]) -> None:
    path = member[0].lower() + member[1:]
    assert refusal(operation, {**rest, member: ""}).message == (
        f"2 validation errors detected: Value '' at '{path}' failed to satisfy constraint: "
        f"Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '' at '{path}' {at_least(3)}"
    )


def test_write_units_are_reported_before_read_units() -> None:
    units = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    error = refusal("CreateTable", {"TableName": "abc", "ProvisionedThroughput": units})
    assert error.message == (
        "2 validation errors detected: "
        f"Value '0' at 'provisionedThroughput.writeCapacityUnits' {at_least(1, 'value')}; "
        f"Value '0' at 'provisionedThroughput.readCapacityUnits' {at_least(1, 'value')}"
    )


def test_violations_are_reported_up_to_a_number() -> None:
    error = refusal("CreateTable", {"TableName": "abc", "AttributeDefinitions": [{}] * 1000})
    assert error.message.startswith(f"{REPORTED_VIOLATIONS} validation errors detected: ")
    assert error.message.count("must not be null") == REPORTED_VIOLATIONS


# ------------------------------------------------------------------ tables by ARN

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/abc"


@pytest.mark.parametrize(("operation", "rest"), [("CreateTable", {}), *WRITES.items()])
def test_a_table_may_be_named_by_its_arn(operation: str, rest: dict[str, Any]) -> None:
    validate(SHAPES[operation], {"TableName": ARN, **rest})


def test_an_arn_may_be_longer_than_a_name_but_not_endless() -> None:
    validate(SHAPES["DescribeTable"], {"TableName": ARN + "x" * 500})
    long = ARN + "x" * 1000
    assert refusal("DescribeTable", {"TableName": long}).message == (
        f"{ONE}Value '{long}' at 'tableName' {at_most(1024)}"
    )


def test_a_batch_may_name_tables_by_arn() -> None:
    validate(SHAPES["BatchGetItem"], {"RequestItems": {ARN: {"Keys": [KEY]}}})


# ------------------------------------------------------------------ echoes


def echoed(value: dict[str, Any]) -> str:
    """How one AttributeValue is printed, found in the echo of a batch that is too large."""
    writes = [{"DeleteRequest": {"Key": {"k": value}}}] * 26
    message = refusal("BatchWriteItem", {"RequestItems": {"abc": writes}}).message
    start = message.index("key={k=") + len("key={k=")
    return message[start : message.index("})), WriteRequest", start)]


def test_an_attribute_value_prints_the_member_that_it_has() -> None:
    assert "bOOL=true)" in echoed({"BOOL": True})
    assert "nULL=true, " in echoed({"NULL": True})
    assert "n=12, " in echoed({"N": "12"})
    assert "sS=[a, b], " in echoed({"SS": ["a", "b"]})
    assert "m={x=AttributeValue(s=1, " in echoed({"M": {"x": {"S": "1"}}})
    assert "l=[AttributeValue(s=1, " in echoed({"L": [{"S": "1"}]})


def test_bytes_print_their_length_only() -> None:
    assert "b=java.nio.HeapByteBuffer[pos=0 lim=4 cap=4], " in echoed({"B": "AAAAAA=="})


def test_a_very_long_key_is_cut_in_a_path() -> None:
    """It would be repeated in every line, and ten lines of a request's size are a large answer."""
    message = refusal("BatchWriteItem", {"RequestItems": {"a" * 1_000_000: [{"PutRequest": {}}]}}).message
    assert len(message) < ECHO_CHARACTERS + 3000


def test_a_very_long_echo_is_cut() -> None:
    message = refusal("PutItem", {"TableName": "a" * 10_000_000, "Item": KEY}).message
    assert len(message) < ECHO_CHARACTERS + 200
    assert message.endswith(f"...' at 'tableName' {at_most(255)}")
