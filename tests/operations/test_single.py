"""GetItem, PutItem, UpdateItem and DeleteItem: what they return, what they refuse, how large items may be."""

from typing import Any

import pytest

from tests.operations.service import LIMIT_BYTES, OMPVI, PREFIX, Service, item, padded, value

KEY = item(pk="a", sk=1)  # 7 bytes
UPDATE_TOO_LARGE = "Item size to update has exceeded the maximum allowed size"
TOO_DEEP = (
    "Nesting Levels have exceeded supported limits:"
    " Attributes in the item have nested levels beyond supported limit"
)


def nested(maps: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"S": "bottom"}
    for _ in range(maps):
        inner = {"M": {"m": inner}}
    return inner


# ------------------------------------------------------------------ GetItem


def test_an_absent_item_is_no_item(service: Service) -> None:
    assert service.call("GetItem", TableName="Things", Key=KEY) == {}


def test_an_item_comes_back_canonical(service: Service) -> None:
    service.put(KEY | {"n": {"N": "+01.50"}, "s": {"SS": ["b", "a"]}, "e": {"S": ""}})
    assert service.get(pk="a", sk=1) == KEY | {"n": {"N": "1.5"}, "s": {"SS": ["a", "b"]}, "e": {"S": ""}}


def test_a_projection_that_matches_nothing_leaves_an_empty_item(service: Service) -> None:
    service.put(KEY)
    assert service.call("GetItem", TableName="Things", Key=KEY, ProjectionExpression="nothing") == {
        "Item": {}
    }


def test_a_table_may_be_named_by_its_arn(service: Service) -> None:
    service.put(KEY)
    arn = service.call("DescribeTable", TableName="Things")["Table"]["TableArn"]
    assert service.call("GetItem", TableName=arn, Key=KEY) == {"Item": KEY}


def test_another_accounts_table_is_refused_by_the_name_of_the_operation(service: Service) -> None:
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/Things"
    error = service.refused("GetItem", TableName=arn, Key=KEY)
    assert (error.code, error.message) == (
        "AccessDeniedException",
        "User: arn:aws:iam::000000000000:root is not authorized to perform: dynamodb:GetItem on resource:"
        f" {arn} because no resource-based policy allows the dynamodb:GetItem action",
    )


# ------------------------------------------------------------------ return values


@pytest.mark.parametrize("operation", ["PutItem", "DeleteItem"])
@pytest.mark.parametrize("mode", ["UPDATED_OLD", "UPDATED_NEW", "ALL_NEW"])
def test_a_put_and_a_delete_return_the_old_item_or_nothing(
    service: Service, operation: str, mode: str
) -> None:
    member = "Item" if operation == "PutItem" else "Key"
    error = service.refused(operation, TableName="Things", ReturnValues=mode, **{member: KEY})
    assert error.message == PREFIX + "ReturnValues can only be ALL_OLD or NONE"


def test_a_put_returns_what_it_replaced(service: Service) -> None:
    put = {"TableName": "Things", "ReturnValues": "ALL_OLD"}
    assert service.call("PutItem", **put, Item=KEY | item(v="old")) == {}
    assert service.call("PutItem", **put, Item=KEY | item(v="new")) == {"Attributes": KEY | item(v="old")}


def test_a_delete_returns_what_it_deleted(service: Service) -> None:
    delete = {"TableName": "Things", "Key": KEY, "ReturnValues": "ALL_OLD"}
    service.put(KEY | item(v="old"))
    assert service.call("DeleteItem", **delete) == {"Attributes": KEY | item(v="old")}
    assert service.call("DeleteItem", **delete) == {}
    assert service.get(pk="a", sk=1) is None


@pytest.mark.parametrize(
    ("mode", "returned"),
    [
        ("NONE", None),
        ("ALL_OLD", KEY | item(a=1, l=["x", "y"], other="o")),
        ("ALL_NEW", KEY | item(a=2, l=["x", "z"], other="o", new="n")),
        ("UPDATED_OLD", item(a=1, l=["y"])),
        ("UPDATED_NEW", item(a=2, l=["z"], new="n")),
    ],
)
def test_an_update_returns_one_of_five_things(
    service: Service, mode: str, returned: dict[str, Any] | None
) -> None:
    service.put(KEY | item(a=1, l=["x", "y"], other="o"))
    answer = service.update(
        "SET a = a + :one, l[1] = :z, #n = :n",
        KEY,
        item(one=1, z="z", n="n"),
        ExpressionAttributeNames={"#n": "new"},
        ReturnValues=mode,
    )
    assert answer == ({} if returned is None else {"Attributes": returned})


def test_an_update_that_creates_returns_nothing_old(service: Service) -> None:
    for mode in ("ALL_OLD", "UPDATED_OLD"):
        service.call("DeleteItem", TableName="Things", Key=KEY)
        assert service.update("SET a = :a", KEY, item(a=1), ReturnValues=mode) == {}


def test_an_update_that_only_removes_has_nothing_new_to_return(service: Service) -> None:
    service.put(KEY | item(a=1))
    assert service.update("REMOVE a", KEY, ReturnValues="UPDATED_NEW") == {}


def test_an_update_without_expression_creates_the_key_and_changes_nothing_else(service: Service) -> None:
    request = {"TableName": "Things", "Key": KEY, "ReturnValues": "ALL_NEW"}
    assert service.call("UpdateItem", **request) == {"Attributes": KEY}
    service.put(KEY | item(a=1))
    assert service.call("UpdateItem", **request) == {"Attributes": KEY | item(a=1)}


# ------------------------------------------------------------------ conditions


def test_a_failed_condition_may_show_the_item_that_failed_it(service: Service) -> None:
    service.put(KEY | item(v="there"))
    for operation, more in (
        ("PutItem", {"Item": KEY}),
        ("DeleteItem", {"Key": KEY}),
        ("UpdateItem", {"Key": KEY, "UpdateExpression": "REMOVE v"}),
    ):
        request = {"TableName": "Things", "ConditionExpression": "attribute_not_exists(pk)"} | more
        error = service.refused(operation, **request)
        assert (error.code, error.message) == (
            "ConditionalCheckFailedException",
            "The conditional request failed",
        )
        assert error.fields == {}
        error = service.refused(operation, **request, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        assert set(error.fields) == {"Item"}
    assert service.get(pk="a", sk=1) == KEY | item(v="there")


def test_a_condition_that_fails_on_an_absent_item_has_none_to_show(service: Service) -> None:
    error = service.refused(
        "UpdateItem",
        TableName="Things",
        Key=KEY,
        UpdateExpression="REMOVE v",
        ConditionExpression="attribute_exists(pk)",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    assert error.code == "ConditionalCheckFailedException"
    assert error.fields == {}
    assert service.get(pk="a", sk=1) is None


# ------------------------------------------------------------------ index keys


def test_an_update_is_told_in_its_own_words_that_an_index_cannot_hold_a_key(service: Service) -> None:
    def complaint(update: str, kind: dict[str, Any], **conditions: str) -> str:
        return service.refused(
            "UpdateItem",
            TableName="Things",
            Key=KEY,
            UpdateExpression=update,
            ExpressionAttributeValues={":k": kind},
            **conditions,
        ).message

    attempted = "The update expression attempted to update the secondary index key "
    computed = "SET kind = if_not_exists(kind, :k)"
    assert complaint(computed, {"N": "1"}) == attempted + "to unsupported type"
    assert complaint(computed, {"S": "k" * 2049}) == attempted + "beyond allowed size limits"
    assert complaint(computed, {"S": ""}).endswith("cannot contain an empty string value.")


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ({"N": "1"}, "Type mismatch for Index Key kind Expected: S Actual: N IndexName: by-kind"),
        ({"S": ""}, "The AttributeValue for a key attribute cannot contain an empty string value."),
    ],
)
def test_an_index_key_of_the_requests_own_is_judged_before_the_item(
    service: Service, kind: dict[str, Any], complaint: str
) -> None:
    """A condition that does not hold changes nothing about it."""
    error = service.refused(
        "UpdateItem",
        TableName="Things",
        Key=KEY,
        UpdateExpression="SET kind = :k",
        ConditionExpression="attribute_exists(nothing)",
        ExpressionAttributeValues={":k": kind},
    )
    assert error.code == "ValidationException"
    assert error.message.endswith(complaint)


def test_an_index_key_may_not_be_too_long_even_where_the_item_lacks_the_others(service: Service) -> None:
    """It was stored, outside of the index, and found by nobody who asked the index."""
    long = {"S": "k" * 2049}
    service.new_index("by-room", "room", "since", projection="KEYS_ONLY")
    service.wait(service.database.until_idle())
    put = service.refused("PutItem", TableName="Things", Item=KEY | {"room": long})
    assert "Size of hashkey has exceeded the maximum size limit" in put.message
    update = service.refused(
        "UpdateItem",
        TableName="Things",
        Key=KEY,
        UpdateExpression="SET room = :r",
        ExpressionAttributeValues={":r": long},
    )
    assert "beyond allowed size limits" in update.message
    assert service.get(pk="a", sk=1) is None


def test_of_several_indexes_that_refuse_a_key_the_first_by_name_is_told(service: Service) -> None:
    for name in ("zulu", "alfa"):
        service.new_index(name, "kind", projection="KEYS_ONLY")
        service.wait(service.database.until_idle())
    error = service.refused("PutItem", TableName="Things", Item=KEY | {"kind": {"N": "1"}})
    assert error.message.endswith("IndexName: alfa")


def test_an_update_is_asked_only_about_the_index_keys_that_it_changes(service: Service) -> None:
    service.put(KEY | item(grade={"S": "g" * 2049}, rank={"N": "1"}))
    service.new_index("by-grade", "grade")
    service.wait(service.database.tick())
    assert service.update("SET v = :v", KEY, item(v=1), ReturnValues="UPDATED_NEW") == {
        "Attributes": item(v=1)
    }


# ------------------------------------------------------------------ how large an item may be


def test_a_put_may_fill_an_item_to_the_last_byte(service: Service) -> None:
    service.put(padded(LIMIT_BYTES, pk="a", sk=1))
    error = service.refused("PutItem", TableName="Things", Item=padded(LIMIT_BYTES + 1, pk="a", sk=1))
    assert error.message == "Item size has exceeded the maximum allowed size"


@pytest.mark.parametrize(
    ("expression", "cost_bytes", "values"),
    [
        ("SET a = :a", 3 + 19, item(a="a")),
        ("SET a = :a, b = :a", 3 + 2 * 19, item(a="a")),
        ("SET l[0] = :a", 3 + 19 + 1, item(a="a")),
        ("SET n = n + :zero", 3 + 19 + 50, item(zero=0)),
        ("ADD n :zero", 3 + 19, item(zero=0)),
        ("SET a = :a REMOVE gone", 3 + 19 + 2, item(a="a")),
    ],
)
def test_what_an_update_does_weighs_too_where_there_is_no_room(
    service: Service, expression: str, cost_bytes: int, values: dict[str, Any]
) -> None:
    key_bytes = 7
    room = LIMIT_BYTES - (cost_bytes - key_bytes)
    there = item(pk="a", sk=1, a="a", b="a", n=1, l=["a"])
    service.put(padded(room, **there))
    service.update(expression, KEY, values)
    service.put(padded(room + 1, **there))
    request = {":" + name: value for name, value in values.items()}
    error = service.refused(
        "UpdateItem",
        TableName="Things",
        Key=KEY,
        UpdateExpression=expression,
        ExpressionAttributeValues=request,
    )
    assert error.message == UPDATE_TOO_LARGE


def test_clearing_weighs_less_than_a_key(service: Service) -> None:
    service.put(padded(LIMIT_BYTES, pk="a", sk=1))
    service.update("REMOVE gone", KEY)


# ------------------------------------------------------------------ how deep


def test_thirty_one_maps_may_be_nested_and_no_more(service: Service) -> None:
    service.put(KEY | {"deep": nested(31)})
    error = service.refused("PutItem", TableName="Things", Item=KEY | {"deep": nested(32)})
    assert error.message == PREFIX + TOO_DEEP


def test_an_update_cannot_build_what_a_put_could_not(service: Service) -> None:
    service.put(KEY | {"deep": nested(30)})
    path = "deep" + ".m" * 30
    service.update(f"SET {path} = :v", KEY, {"v": nested(1)})
    error = service.refused(
        "UpdateItem",
        TableName="Things",
        Key=KEY,
        UpdateExpression=f"SET {path} = :v",
        ExpressionAttributeValues={":v": nested(2)},
    )
    assert error.message == TOO_DEEP
    assert service.get(pk="a", sk=1) == KEY | {"deep": nested(31)}


def test_a_value_too_deep_is_refused_before_the_condition_is_looked_at(service: Service) -> None:
    error = service.refused(
        "UpdateItem",
        TableName="Things",
        Key=KEY,
        UpdateExpression="SET deep = :v",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":v": nested(32)},
    )
    assert error.code == "ValidationException"


# ------------------------------------------------------------------ item collections


def test_a_collection_is_measured_where_a_table_has_a_local_index(service: Service) -> None:
    for operation, more in (
        ("PutItem", {"Item": KEY}),
        ("UpdateItem", {"Key": KEY}),
        ("DeleteItem", {"Key": KEY}),
    ):
        answer = service.call(operation, TableName="Things", ReturnItemCollectionMetrics="SIZE", **more)
        assert answer["ItemCollectionMetrics"] == {
            "ItemCollectionKey": {"pk": {"S": "a"}},
            "SizeEstimateRangeGB": [0.0, 1.0],
        }
    answer = service.call("PutItem", TableName="Plain", Item=item(id="a"), ReturnItemCollectionMetrics="SIZE")
    assert answer == {}


def test_a_key_cannot_be_updated(service: Service) -> None:
    error = service.refused(
        "UpdateItem",
        TableName="Things",
        Key=KEY,
        UpdateExpression="SET sk = :v",
        ExpressionAttributeValues={":v": value(2)},
    )
    assert error.message == f"{OMPVI}Cannot update attribute sk. This attribute is part of the key"
