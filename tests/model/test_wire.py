"""JSON that cannot be read as a request, and what is said of it."""

from typing import Any

import pytest

from dynalite.errors import SerializationException
from dynalite.model.catalogue import SHAPES
from dynalite.model.walker import validate
from dynalite.model.wire import check_wire

OBJECT = "Start of structure or map found where not expected"
ARRAY = "Start of list found where not expected"
SCALAR = "Unexpected field type"
ELEMENT = "Unexpected value type in payload"
DYNAMODB = "com.amazonaws.dynamodb.v20120810"
ATTRIBUTE_MAP = f"java.util.Map<java.lang.String, {DYNAMODB}.AttributeValue>"


def fault(operation: str, request: Any) -> str:
    with pytest.raises(SerializationException) as caught:
        validate(SHAPES[operation], request)
    return caught.value.message


@pytest.mark.parametrize("body", [None, [], "x", 1, True])
def test_a_request_that_is_not_an_object_gets_no_message(body: object) -> None:
    assert fault("GetItem", body) == ""
    with pytest.raises(SerializationException):
        check_wire(SHAPES["GetItem"], body)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, OBJECT),
        ([], ARRAY),
        (1, "NUMBER_VALUE cannot be converted to String"),
        (1.5, "DECIMAL_VALUE cannot be converted to String"),
        (True, "TRUE_VALUE cannot be converted to String"),
        (False, "FALSE_VALUE cannot be converted to String"),
    ],
)
def test_where_text_is_expected(given: object, message: str) -> None:
    assert fault("GetItem", {"TableName": given, "Key": {}}) == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, OBJECT),
        ([], ARRAY),
        ("1", "STRING_VALUE cannot be converted to Integer"),
        (1.5, "DECIMAL_VALUE cannot be converted to Integer"),
        (True, "TRUE_VALUE cannot be converted to Integer"),
        (2**31, "NUMBER_VALUE cannot be converted to Integer"),
    ],
)
def test_where_a_number_is_expected(given: object, message: str) -> None:
    assert fault("Query", {"TableName": "abc", "Limit": given}) == message


def test_where_a_long_is_expected() -> None:
    throughput = {"ReadCapacityUnits": "1", "WriteCapacityUnits": 1}
    message = fault("CreateTable", {"TableName": "abc", "ProvisionedThroughput": throughput})
    assert message == "STRING_VALUE cannot be converted to Long"


def test_a_long_may_be_longer_than_an_integer() -> None:
    throughput = {"ReadCapacityUnits": 2**40, "WriteCapacityUnits": 1}
    validate(SHAPES["CreateTable"], {"TableName": "abc", "ProvisionedThroughput": throughput})


@pytest.mark.parametrize("moment", [1, 1.5])
def test_a_time_may_have_a_fraction(moment: float) -> None:
    validate(SHAPES["ListBackups"], {"TimeRangeLowerBound": moment})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, OBJECT),
        ([], ARRAY),
        ("true", "Unexpected token received from parser"),
        (1, "NUMBER_VALUE cannot be converted to Boolean"),
    ],
)
def test_where_a_flag_is_expected(given: object, message: str) -> None:
    assert fault("GetItem", {"TableName": "abc", "Key": {}, "ConsistentRead": given}) == message


@pytest.mark.parametrize("given", ["x", 1, True])
def test_where_a_collection_is_expected_and_a_scalar_is_found(given: object) -> None:
    assert fault("GetItem", {"TableName": "abc", "Key": given}) == SCALAR
    assert fault("GetItem", {"TableName": "abc", "Key": {}, "AttributesToGet": given}) == SCALAR
    assert fault("CreateTable", {"TableName": "abc", "ProvisionedThroughput": given}) == SCALAR


def test_where_a_collection_is_expected_and_another_is_found() -> None:
    assert (
        fault("GetItem", {"TableName": "abc", "Key": []}) == f"Unrecognized collection type {ATTRIBUTE_MAP}"
    )
    assert fault("GetItem", {"TableName": "abc", "Key": {}, "AttributesToGet": {}}) == OBJECT
    assert fault("CreateTable", {"TableName": "abc", "ProvisionedThroughput": []}) == (
        f"Unrecognized collection type class {DYNAMODB}.ProvisionedThroughput"
    )
    assert fault("BatchWriteItem", {"RequestItems": []}) == (
        "Unrecognized collection type "
        f"java.util.Map<java.lang.String, java.util.List<{DYNAMODB}.WriteRequest>>"
    )


def test_where_a_collection_of_texts_holds_a_list() -> None:
    message = fault("GetItem", {"TableName": "abc", "Key": {}, "AttributesToGet": [[]]})
    assert message == "Unrecognized collection type class java.lang.String"


def test_inside_attribute_values() -> None:
    assert fault("GetItem", {"TableName": "", "Key": {"pk": {"S": 1}}}) == (
        "NUMBER_VALUE cannot be converted to String"
    )
    assert fault("PutItem", {"TableName": "abc", "Item": {"pk": "x"}}) == ELEMENT
    changes = {"TableName": "abc", "Key": {}, "AttributeUpdates": {"a": {"Value": "x"}}}
    assert fault("UpdateItem", changes) == SCALAR


@pytest.mark.parametrize("given", ["x", 1, True])
def test_a_scalar_among_structures(given: object) -> None:
    assert fault("CreateTable", {"TableName": "abc", "KeySchema": [given]}) == ELEMENT
    assert fault("Scan", {"TableName": "abc", "ScanFilter": {"a": given}}) == ELEMENT


def test_half_a_surrogate_pair_is_no_text() -> None:
    half = "a\ud800"
    assert fault("GetItem", {"TableName": half, "Key": {}}) == ""
    assert fault("GetItem", {"TableName": "abc", "Key": {}, "ProjectionExpression": half}) == ""
    assert fault("GetItem", {"TableName": "abc", "Key": {half: {"S": "x"}}}) == ""


# ------------------------------------------------------------------ precedence and tolerance


def test_a_wrong_type_late_in_the_request_is_answered_before_a_broken_constraint() -> None:
    request = {"TableName": "", "Key": {}, "ReturnConsumedCapacity": "X", "ConsistentRead": "x"}
    assert fault("GetItem", request) == "Unexpected token received from parser"


def test_an_attribute_value_in_order_needs_no_look_inside() -> None:
    """The operations walk it; the facade asks `check_wire` when one of them objects."""
    request = {"TableName": "abc", "Key": {"pk": {"S": 1}}}
    validate(SHAPES["GetItem"], request)
    with pytest.raises(SerializationException):
        check_wire(SHAPES["GetItem"], request)


def test_unknown_members_are_ignored() -> None:
    request: dict[str, Any] = {"TableName": "abc", "Key": {}, "Unknown": [{"x": None}], "tableName": 7}
    validate(SHAPES["GetItem"], request)
    assert request["Unknown"] == [{"x": None}]
