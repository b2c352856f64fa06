"""A whole request: which members it may have, in which order it is judged, what is remembered."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from dynalite.errors import InvalidRequest, ServiceError, ValidationException
from dynalite.expressions import condition, plan, prepare, update
from dynalite.expressions.cache import Cache
from dynalite.expressions.prepare import NOTHING, Prepared

Request = dict[str, Any]
Prepare = Callable[[Any], Prepared]

V = {":v": {"S": "x"}}


def refusal(prepared: Prepare, request: Request) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        prepared(json.loads(json.dumps(request)))
    return caught.value


@pytest.mark.parametrize(
    "prepared", [prepare.get, prepare.put, prepare.update, prepare.delete, prepare.member_write, prepare.scan]
)
def test_a_request_without_expressions_says_nothing(prepared: Prepare) -> None:
    assert prepared({"TableName": "t", "Key": {"pk": {"S": "x"}}}) is NOTHING


def test_members_of_other_operations_are_not_looked_at() -> None:
    assert (
        prepare.get({"ConditionExpression": "", "ExpressionAttributeValues": {}, "ScanFilter": {}}) is NOTHING
    )
    assert prepare.put({"UpdateExpression": "", "FilterExpression": ""}) is NOTHING


@pytest.mark.parametrize("request_", [{}, {"FilterExpression": ""}, {"QueryFilter": {}}])
def test_a_query_needs_a_key_condition(request_: Request) -> None:
    assert refusal(prepare.query, request_).message == (
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
    )


# ------------------------------------------------------------------ styles


@pytest.mark.parametrize(
    ("prepared", "old", "new"),
    [
        (prepare.put, ["Expected"], ["ConditionExpression"]),
        (prepare.delete, ["Expected", "ConditionalOperator"], ["ConditionExpression"]),
        (prepare.update, ["AttributeUpdates"], ["ConditionExpression"]),
        (prepare.update, ["AttributeUpdates", "Expected"], ["UpdateExpression", "ConditionExpression"]),
        (prepare.get, ["AttributesToGet"], ["ProjectionExpression"]),
        (prepare.scan, ["AttributesToGet", "ScanFilter"], ["ProjectionExpression", "FilterExpression"]),
        (prepare.query, ["QueryFilter"], ["KeyConditionExpression"]),
        (prepare.query, ["AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"],
         ["ProjectionExpression", "FilterExpression", "KeyConditionExpression"]),
    ],
)  # fmt: skip
def test_old_and_new_parameters_do_not_mix(prepared: Prepare, old: list[str], new: list[str]) -> None:
    # nothing else about them is looked at
    request: Request = {member: {} for member in old} | {"ExpressionAttributeNames": {}}
    request.update(dict.fromkeys(new, ""))
    assert refusal(prepared, request).message == (
        "Can not use both expression and non-expression parameters in the same request:"
        f" Non-expression parameters: {{{', '.join(old)}}} Expression parameters: {{{', '.join(new)}}}"
    )


def test_key_conditions_may_stand_beside_a_filter_expression() -> None:
    prepared = prepare.query(
        {
            "KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "x"}]}},
            "FilterExpression": "attribute_exists(a)",
            "ProjectionExpression": "a",
        }
    )
    assert prepared.key_condition is not None
    assert prepared.filter is not None
    assert prepared.projection is not None


@pytest.mark.parametrize(
    ("prepared", "absent"),
    [
        (prepare.put, "ConditionExpression is null"),
        (prepare.update, "UpdateExpression and ConditionExpression are null"),
    ],
)
def test_values_belong_to_expressions(prepared: Prepare, absent: str) -> None:
    said = "ExpressionAttributeValues can only be specified when using expressions"
    error = refusal(prepared, {"ExpressionAttributeValues": V})
    assert (error.message, error.classic) == (said, f"{said}: {absent}")


@pytest.mark.parametrize("request_", [{}, {"ProjectionExpression": "a"}])
def test_a_scan_says_where_its_values_belong_and_none_is_in_a_projection(request_: Request) -> None:
    error = refusal(prepare.scan, {**request_, "ExpressionAttributeValues": V})
    said = "ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null"
    assert error.message == said


@pytest.mark.parametrize("prepared", [prepare.get, prepare.put, prepare.update, prepare.scan])
@pytest.mark.parametrize("request_", [{}, {"ExpressionAttributeValues": {}}])
def test_names_belong_to_expressions(prepared: Prepare, request_: Request) -> None:
    error = refusal(prepared, {"ExpressionAttributeNames": {"#n": "n"}, **request_})
    assert error.message == "ExpressionAttributeNames can only be specified when using expressions"


# ------------------------------------------------------------------ names and values


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ExpressionAttributeNames": {}}, "ExpressionAttributeNames must not be empty"),
        ({"ExpressionAttributeValues": {}}, "ExpressionAttributeValues must not be empty"),
        (
            {"ExpressionAttributeNames": {"#ok": "a", "a": "a"}, "ExpressionAttributeValues": {}},
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"',
        ),
        (
            {"ExpressionAttributeNames": {"#a-b": "a"}},
            'ExpressionAttributeNames contains invalid key: Syntax error; key: "#a-b"',
        ),
        (
            {"ExpressionAttributeNames": {"#" + "a" * 255: "a"}},
            "ExpressionAttributeNames contains invalid key:"
            " The expression attribute map contains a key that is too long; size of key: 256",
        ),
        (
            {"ExpressionAttributeNames": {"#a": ""}},
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a",
        ),
        (
            {"ExpressionAttributeValues": {":bad": {}, "b": {"S": "x"}}},
            'ExpressionAttributeValues contains invalid key: Syntax error; key: "b"',
        ),
        ({"ExpressionAttributeValues": {":": {"S": "x"}}},
         'ExpressionAttributeValues contains invalid key: Syntax error; key: ":"'),
    ],
)  # fmt: skip
def test_maps_of_names_and_values(members: Request, message: str) -> None:
    # before any expression is looked at
    error = refusal(prepare.update, {"UpdateExpression": "", "ConditionExpression": "", **members})
    assert error.message == message
    assert type(error) is InvalidRequest


@pytest.mark.parametrize(
    ("value", "message", "kind"),
    [
        ({"N": "x"}, "The parameter cannot be converted to a numeric value: x", InvalidRequest),
        (
            {"SS": []},
            "One or more parameter values were invalid: An string set  may not be empty",
            InvalidRequest,
        ),
        (
            {},
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
            ValidationException,
        ),
        (
            {"S": "x", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set,"
            " must contain exactly one of the supported datatypes",
            ValidationException,
        ),
    ],
)
def test_values_that_are_none(value: Any, message: str, kind: type[ServiceError]) -> None:
    error = refusal(prepare.put, {"ConditionExpression": "", "ExpressionAttributeValues": {":v": value}})
    assert error.message == f"ExpressionAttributeValues contains invalid value: {message} for key :v"
    assert type(error) is kind


def test_values_are_made_canonical() -> None:
    prepared = prepare.put(
        {"ConditionExpression": "a = :v", "ExpressionAttributeValues": {":v": {"NS": ["2.50", "1e1"]}}}
    )
    assert prepared.condition is not None
    assert condition.holds(prepared.condition, {"a": {"NS": ["2.5", "10"]}})


@pytest.mark.parametrize(
    ("prepared", "request_", "message"),
    [
        (
            prepare.put,
            {"ConditionExpression": "attribute_exists(a)", "ExpressionAttributeValues": V},
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}",
        ),
        (
            prepare.get,
            {"ProjectionExpression": "#b", "ExpressionAttributeNames": {"#a": "a", "#b": "b", "#c": "c"}},
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #c}",
        ),
        (
            prepare.update,
            {
                "UpdateExpression": "REMOVE #a",
                "ConditionExpression": "a = :v",
                "ExpressionAttributeNames": {"#a": "a", "#b": "b"},
                "ExpressionAttributeValues": {**V, ":w": {"S": "x"}},
            },
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}",
        ),
        (
            prepare.update,
            {
                "UpdateExpression": "SET a = if_not_exists(b, :v)",
                "ConditionExpression": "a = :w OR a = :v",
                "ExpressionAttributeValues": {**V, ":w": {"S": "x"}, ":x": {"S": "x"}, ":y": {"S": "x"}},
            },
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:x, :y}",
        ),
    ],
)
def test_names_and_values_that_no_expression_uses(prepared: Prepare, request_: Request, message: str) -> None:
    for _ in range(2):  # the second time with plans that are known
        error = refusal(prepared, request_)
        assert error.message == message
        assert type(error) is InvalidRequest


def test_expressions_share_names_and_values() -> None:
    prepared = prepare.query(
        {
            "KeyConditionExpression": "#k = :v",
            "FilterExpression": "#f <> :v AND size(#f) > :n",
            "ProjectionExpression": "#k, #p",
            "ExpressionAttributeNames": {"#k": "k", "#f": "f", "#p": "p"},
            "ExpressionAttributeValues": {":v": {"S": "x"}, ":n": {"N": "1"}},
        }
    )
    assert prepared.filter is not None
    assert condition.holds(prepared.filter, {"f": {"S": "yy"}})


@pytest.mark.parametrize(
    ("prepared", "request_", "first"),
    [
        (prepare.update, {"UpdateExpression": "", "ConditionExpression": ""}, "UpdateExpression"),
        (prepare.query, {"KeyConditionExpression": "", "FilterExpression": "", "ProjectionExpression": ""},
         "KeyConditionExpression"),
        (prepare.query, {"KeyConditionExpression": "a = b", "FilterExpression": ""}, "FilterExpression"),
        (prepare.scan, {"FilterExpression": "", "ProjectionExpression": ""}, "FilterExpression"),
    ],
)  # fmt: skip
def test_order_of_expressions(prepared: Prepare, request_: Request, first: str) -> None:
    assert refusal(prepared, request_).message == f"Invalid {first}: The expression can not be empty;"


def test_unused_values_come_after_every_expression() -> None:
    request = {
        "FilterExpression": "attribute_exists(a)",
        "ProjectionExpression": "b b",
        "ExpressionAttributeValues": V,
    }
    assert refusal(prepare.scan, request).message.startswith("Invalid ProjectionExpression: Syntax error")


# ------------------------------------------------------------------ what is remembered


def increment(one: Any, name: str = "count") -> Request:
    return {
        "UpdateExpression": "SET #c = #c + :one",
        "ExpressionAttributeNames": {"#c": name},
        "ExpressionAttributeValues": {":one": one},
    }


def test_a_known_expression_takes_other_values() -> None:
    for amount in (1, 2, 3):
        found = prepare.update(increment({"N": str(amount)})).update
        assert found is not None
        assert update.apply(found, {"count": {"N": "10"}}).item == {"count": {"N": str(10 + amount)}}


def test_a_known_expression_is_checked_for_other_values() -> None:
    prepare.update(increment({"N": "1"}))
    error = refusal(prepare.update, increment({"S": "1"}))
    assert error.message.endswith("operator or function: +, operand type: S")
    request = increment({"N": "1"})
    request["ExpressionAttributeValues"] = {":two": {"N": "1"}}
    assert refusal(prepare.update, request).message.endswith("is not defined; attribute value: :one")


def test_one_text_with_other_names_is_another_expression() -> None:
    for name in ("a", "b"):
        found = prepare.update(increment({"N": "1"}, name)).update
        assert found is not None
        assert update.top_level_names(found) == {name}


def test_one_text_means_what_its_member_means() -> None:
    prepare.scan({"FilterExpression": "a = b OR c = d"})
    assert refusal(prepare.query, {"KeyConditionExpression": "a = b OR c = d"}).message == (
        "Invalid operator used in KeyConditionExpression: OR"
    )
    prepare.put(
        {
            "ConditionExpression": "a BETWEEN :l AND :h",
            "ExpressionAttributeValues": {":l": {"N": "1"}, ":h": {"N": "2"}},
        }
    )
    wrong = {
        "FilterExpression": "a BETWEEN :l AND :h",
        "ExpressionAttributeValues": {":l": {"N": "3"}, ":h": {"N": "2"}},
    }
    assert refusal(prepare.scan, wrong).message.startswith("Invalid FilterExpression: The BETWEEN operator")


def test_what_was_refused_is_not_remembered() -> None:
    known = len(plan.CONDITIONS)
    for text in ("a = :undefined1", "a b", ""):
        refusal(prepare.put, {"ConditionExpression": text})
    assert len(plan.CONDITIONS) == known


def test_no_client_can_fill_the_memory_with_long_names() -> None:
    for number in range(40):
        request = {"ProjectionExpression": "#n", "ExpressionAttributeNames": {"#n": f"{number:060000}"}}
        assert prepare.get(request).projection is not None
    assert len(plan.PROJECTIONS) < 10


def test_the_least_recently_used_entry_makes_room() -> None:
    cache: Cache[str, int] = Cache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c"), len(cache)) == (1, None, 3, 2)


def test_heavy_entries_leave_room_for_fewer() -> None:
    cache: Cache[str, int] = Cache(10)
    for number in range(10):
        cache.put(str(number), number)
    cache.put("heavy", 10, 8)
    assert [key for key in [*map(str, range(10)), "heavy"] if cache.get(key) is not None] == [
        "8",
        "9",
        "heavy",
    ]
    cache.put("heavy", 11, 2)
    cache.put("a", 12, 6)
    assert len(cache) == 4
    cache.put("heaviest", 13, 11)
    assert len(cache) == 0
