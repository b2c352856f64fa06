"""The parameters from before expressions, from request to answer."""

from typing import Any

import pytest

from tests.operations.service import PREFIX, Service, item, keys_of

KEY = item(pk="a", sk=1)


def condition(operator: str, *values: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"ComparisonOperator": operator}
    if values:
        made["AttributeValueList"] = [item(v=value)["v"] for value in values]
    return made


# ------------------------------------------------------------------ Expected


@pytest.mark.parametrize(
    ("expected", "operator", "holds"),
    [
        ({"v": {"Value": {"S": "old"}}}, None, True),
        ({"v": {"Value": {"S": "new"}}}, None, False),
        ({"w": {"Exists": False}}, None, True),
        ({"v": {"Exists": False}}, None, False),
        ({"v": {"Exists": True, "Value": {"S": "old"}}}, None, True),
        ({"n": condition("GT", 4), "v": condition("EQ", "old")}, None, True),
        ({"n": condition("GT", 5), "v": condition("EQ", "old")}, "AND", False),
        ({"n": condition("GT", 5), "v": condition("EQ", "old")}, "OR", True),
        ({"v": condition("BEGINS_WITH", "o"), "w": condition("NULL")}, None, True),
        ({"v": condition("NOT_CONTAINS", "l")}, None, False),
        ({"n": condition("BETWEEN", 5, 6)}, None, True),
        ({"n": condition("IN", 4, 6)}, None, False),
    ],
)
def test_a_write_happens_as_expected_or_not(
    service: Service, expected: dict[str, Any], operator: str | None, holds: bool
) -> None:
    old, new = KEY | item(v="old", n=5), KEY | item(v="new")
    service.put(old)
    request = {"TableName": "Things", "Item": new, "Expected": expected}
    if operator is not None:
        request["ConditionalOperator"] = operator
    if holds:
        service.call("PutItem", **request)
    else:
        error = service.refused("PutItem", **request)
        assert (error.code, error.message) == (
            "ConditionalCheckFailedException",
            "The conditional request failed",
        )
    assert service.get(pk="a", sk=1) == (new if holds else old)


def test_a_delete_and_an_update_have_expectations_too(service: Service) -> None:
    service.put(KEY | item(v="old"))
    wrong = {"TableName": "Things", "Key": KEY, "Expected": {"v": {"Value": {"S": "new"}}}}
    assert service.refused("DeleteItem", **wrong).code == "ConditionalCheckFailedException"
    assert service.refused("UpdateItem", **wrong).code == "ConditionalCheckFailedException"


# ------------------------------------------------------------------ AttributeUpdates


def test_attribute_updates_put_add_and_delete(service: Service) -> None:
    service.put(KEY | item(v="old", n=5, gone="x", tags={"SS": ["a", "b"]}))
    answer = service.call(
        "UpdateItem",
        TableName="Things",
        Key=KEY,
        AttributeUpdates={
            "v": {"Value": {"S": "new"}},
            "n": {"Action": "ADD", "Value": {"N": "2"}},
            "m": {"Action": "ADD", "Value": {"N": "1"}},
            "gone": {"Action": "DELETE"},
            "tags": {"Action": "DELETE", "Value": {"SS": ["a", "z"]}},
        },
        ReturnValues="ALL_NEW",
    )
    assert answer == {"Attributes": KEY | item(v="new", n=7, m=1, tags={"SS": ["b"]})}


def test_attribute_updates_create_an_item_unless_all_they_do_is_delete(service: Service) -> None:
    request = {"TableName": "Things", "Key": KEY, "ReturnValues": "ALL_NEW"}
    answer = service.call("UpdateItem", **request, AttributeUpdates={"v": {"Action": "DELETE"}})
    assert answer == {}
    assert service.get(pk="a", sk=1) is None
    answer = service.call(
        "UpdateItem", **request, AttributeUpdates={"n": {"Action": "ADD", "Value": {"N": "1"}}}
    )
    assert answer == {"Attributes": KEY | item(n=1)}


def test_attribute_updates_cannot_touch_the_key(service: Service) -> None:
    error = service.refused(
        "UpdateItem", TableName="Things", Key=KEY, AttributeUpdates={"sk": {"Value": {"N": "2"}}}
    )
    assert error.message.endswith("Cannot update attribute sk. This attribute is part of the key")


def test_adding_to_what_is_no_number_is_told_in_the_older_words(service: Service) -> None:
    service.put(KEY | item(v="text"))
    error = service.refused(
        "UpdateItem",
        TableName="Things",
        Key=KEY,
        AttributeUpdates={"v": {"Action": "ADD", "Value": {"N": "1"}}},
    )
    assert error.message == "Type mismatch for attribute to update"


# ------------------------------------------------------------------ reads


@pytest.fixture
def things(service: Service) -> Service:
    for sk in range(4):
        service.put(item(pk="a", sk=sk, v=f"v{sk}", kind="k", when="w"))
    return service


def test_key_conditions_choose_a_range(things: Service) -> None:
    for operator, values, found in (
        ("GT", (1,), ["2", "3"]),
        ("BETWEEN", (1, 2), ["1", "2"]),
        ("EQ", (3,), ["3"]),
    ):
        answer = things.call(
            "Query",
            TableName="Things",
            KeyConditions={"pk": condition("EQ", "a"), "sk": condition(operator, *values)},
        )
        assert [sk for _, sk in keys_of(answer["Items"])] == found


def test_filters_and_attributes_to_get_apply_to_both_reads(things: Service) -> None:
    filters = {"v": condition("EQ", "v1"), "kind": condition("EQ", "other")}
    for operation, member, more in (
        ("Query", "QueryFilter", {"KeyConditions": {"pk": condition("EQ", "a")}}),
        ("Scan", "ScanFilter", {}),
    ):
        request = {"TableName": "Things", "AttributesToGet": ["v"], member: filters} | more
        assert things.call(operation, **request) == {"Items": [], "Count": 0, "ScannedCount": 4}
        answer = things.call(operation, **request, ConditionalOperator="OR")
        assert answer == {"Items": [item(v="v1")], "Count": 1, "ScannedCount": 4}


def test_attributes_to_get_of_one_item_and_of_a_batch(things: Service) -> None:
    key = item(pk="a", sk=2)
    answer = things.call("GetItem", TableName="Things", Key=key, AttributesToGet=["v", "nothing"])
    assert answer == {"Item": item(v="v2")}
    answer = things.call("BatchGetItem", RequestItems={"Things": {"Keys": [key], "AttributesToGet": ["v"]}})
    assert answer["Responses"] == {"Things": [item(v="v2")]}


def test_the_styles_do_not_mix(service: Service) -> None:
    error = service.refused(
        "PutItem",
        TableName="Things",
        Item=KEY,
        Expected={"v": {"Exists": False}},
        ConditionExpression="attribute_not_exists(v)",
    )
    assert error.message == (
        PREFIX + "Can not use both expression and non-expression parameters in the same request:"
        " Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}"
    )
