"""The parameters from before expressions."""

from typing import Any

import pytest

from dynalite.errors import InvalidRequest, ServiceError, ValidationException
from dynalite.expressions import condition, prepare, projection, update
from dynalite.expressions.legacy import COMPARISON_OPERATORS
from dynalite.values.types import Item

ITEM: Item = {
    "s": {"S": "hello"},
    "n": {"N": "5"},
    "ss": {"SS": ["a", "b"]},
    "l": {"L": [{"N": "1"}, {"S": "x"}]},
    "m": {"M": {"k": {"BOOL": True}}},
    "z": {"NULL": True},
}


def compared(word: str, *arguments: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"ComparisonOperator": word}
    if arguments:
        given["AttributeValueList"] = [dict(argument) for argument in arguments]
    return given


def filtered(conditions: dict[str, Any], operator: str | None = None, item: Item = ITEM) -> bool:
    request: dict[str, Any] = {"ScanFilter": conditions}
    if operator is not None:
        request["ConditionalOperator"] = operator
    found = prepare.scan(request).filter
    assert found is not None
    assert found.legacy
    return condition.holds(found, item)


@pytest.mark.parametrize(
    ("name", "given", "truth"),
    [
        ("s", compared("EQ", {"S": "hello"}), True),
        ("s", compared("EQ", {"N": "5"}), False),
        ("n", compared("EQ", {"N": "5.0"}), True),
        ("ss", compared("EQ", {"SS": ["b", "a"]}), True),
        ("m", compared("EQ", {"M": {"k": {"BOOL": True}}}), True),
        ("s", compared("NE", {"S": "x"}), True),
        ("s", compared("NE", {"S": "hello"}), False),
        ("n", compared("LT", {"N": "6"}), True),
        ("n", compared("LE", {"N": "5"}), True),
        ("n", compared("GT", {"N": "10"}), False),
        ("n", compared("GE", {"N": "5"}), True),
        ("n", compared("LT", {"S": "6"}), False),
        ("n", compared("BETWEEN", {"N": "1"}, {"N": "5"}), True),
        ("n", compared("IN", {"N": "1"}, {"N": "5"}), True),
        ("n", compared("IN", {"S": "5"}), False),
        ("s", compared("BEGINS_WITH", {"S": "he"}), True),
        ("s", compared("CONTAINS", {"S": "ell"}), True),
        ("ss", compared("CONTAINS", {"S": "a"}), True),
        ("l", compared("CONTAINS", {"N": "1"}), True),
        ("ss", compared("NOT_CONTAINS", {"S": "a"}), False),
        ("ss", compared("NOT_CONTAINS", {"S": "c"}), True),
        ("s", compared("NULL"), False),
        ("z", compared("NOT_NULL"), True),  # an attribute that holds a null is there
        # attributes that are not there
        ("gone", compared("EQ", {"S": "x"}), False),
        ("gone", compared("NE", {"S": "x"}), True),
        ("gone", compared("LT", {"N": "1"}), False),
        ("gone", compared("IN", {"N": "1"}), False),
        ("gone", compared("CONTAINS", {"S": "x"}), False),
        ("gone", compared("NOT_CONTAINS", {"S": "x"}), True),
        ("gone", compared("NULL"), True),
        ("gone", compared("NOT_NULL"), False),
    ],
)
def test_comparison(name: str, given: dict[str, Any], truth: bool) -> None:
    assert filtered({name: given}) is truth


@pytest.mark.parametrize(("operator", "truth"), [(None, False), ("AND", False), ("OR", True)])
def test_conditions_are_joined(operator: str | None, truth: bool) -> None:
    conditions = {"s": compared("EQ", {"S": "hello"}), "n": compared("EQ", {"N": "6"})}
    assert filtered(conditions, operator) is truth


def test_names_are_taken_as_they_are() -> None:
    assert filtered({"m.k": compared("NULL"), "Status": compared("NULL"), "#x": compared("NULL")})


@pytest.mark.parametrize("member", ["ScanFilter", "AttributeUpdates", "Expected"])
def test_naming_no_attribute_says_nothing(member: str) -> None:
    prepared = prepare.scan({member: {}}) if member == "ScanFilter" else prepare.update({member: {}})
    assert (prepared.filter, prepared.condition, prepared.update) == (None, None, None)


# ------------------------------------------------------------------ Expected


def expected(given: dict[str, Any]) -> dict[str, Any]:
    return {"Expected": {"a": given}}


@pytest.mark.parametrize(
    ("given", "item", "truth"),
    [
        ({"Exists": False}, {}, True),
        ({"Exists": False}, {"a": {"S": "x"}}, False),
        ({"Value": {"S": "x"}}, {"a": {"S": "x"}}, True),
        ({"Value": {"S": "x"}}, {}, False),
        ({"Exists": True, "Value": {"N": "1.0"}}, {"a": {"N": "1"}}, True),
        ({"ComparisonOperator": "GT", "Value": {"N": "1"}}, {"a": {"N": "2"}}, True),
        (compared("GT", {"N": "1"}), {"a": {"N": "1"}}, False),
        (compared("NULL"), {}, True),
    ],
)
def test_expectation(given: dict[str, Any], item: Item, truth: bool) -> None:
    found = prepare.put(expected(given)).condition
    assert found is not None
    assert condition.holds(found, item) is truth


INVALID = "One or more parameter values were invalid: "


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Value must be provided when Exists is null for Attribute: a"),
        ({"Exists": True}, "Value must be provided when Exists is true for Attribute: a"),
        (
            {"Exists": False, "Value": {"S": "x"}},
            "Value cannot be used when Exists is false for Attribute: a",
        ),
        (
            {"ComparisonOperator": "EQ", "Value": {"S": "x"}, "AttributeValueList": []},
            "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            {"ComparisonOperator": "LT", "Exists": True},
            "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            {"ComparisonOperator": "LT"},
            "Value or AttributeValueList must be used with ComparisonOperator: LT for Attribute: a",
        ),
        (
            {"AttributeValueList": [{"S": "x"}]},
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        (
            {"ComparisonOperator": "BETWEEN", "Value": {"S": "x"}},
            "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (
            {"ComparisonOperator": "NULL", "Value": {"S": "x"}},
            "Invalid number of argument(s) for the NULL ComparisonOperator",
        ),
    ],
)
def test_expectations_that_contradict_themselves(given: dict[str, Any], message: str) -> None:
    for prepared in (prepare.put, prepare.update, prepare.delete):
        with pytest.raises(InvalidRequest) as caught:
            prepared(expected(given))
        assert caught.value.message == INVALID + message


# ------------------------------------------------------------------ arguments

ARGUMENTS: dict[str, Any] = {
    "S": {"S": "x"},
    "N": {"N": "1"},
    "B": {"B": "YQ=="},
    "BOOL": {"BOOL": True},
    "NULL": {"NULL": True},
    "SS": {"SS": ["a"]},
    "NS": {"NS": ["1"]},
    "BS": {"BS": ["YQ=="]},
    "L": {"L": []},
    "M": {"M": {}},
}


def refusal_of(given: dict[str, Any]) -> str:
    messages = set()
    for prepared, request in [
        (prepare.scan, {"ScanFilter": {"a": given}}),
        (prepare.query, {"QueryFilter": {"a": given}, "KeyConditions": {}}),
        (prepare.query, {"KeyConditions": {"a": given}}),
        (prepare.put, expected(given)),
    ]:
        with pytest.raises(InvalidRequest) as caught:
            prepared(request)
        messages.add(caught.value.message)
    (message,) = messages
    return message


@pytest.mark.parametrize(
    ("word", "count"),
    [
        (word, count)
        for word, meaning in COMPARISON_OPERATORS.items()
        for count in range(4)
        if not meaning.least <= count <= meaning.most and (count or word in ("NULL", "NOT_NULL"))
    ],
)
def test_number_of_arguments(word: str, count: int) -> None:
    given = compared(word, *[{"S": "x"}] * count)
    assert refusal_of(given) == f"{INVALID}Invalid number of argument(s) for the {word} ComparisonOperator"


@pytest.mark.parametrize("word", [word for word, meaning in COMPARISON_OPERATORS.items() if meaning.least])
def test_a_filter_needs_arguments(word: str) -> None:
    for given in (compared(word), {"ComparisonOperator": word, "AttributeValueList": []}):
        with pytest.raises(InvalidRequest) as caught:
            prepare.scan({"ScanFilter": {"a": given}})
        assert (
            caught.value.message
            == f"{INVALID}Invalid number of argument(s) for the {word} ComparisonOperator"
        )


@pytest.mark.parametrize(
    ("word", "type"),
    [
        (word, type)
        for words, refused in [
            ("LT LE GT GE IN BETWEEN", "BOOL NULL SS NS BS L M"),
            ("BEGINS_WITH", "N BOOL NULL SS NS BS L M"),
            ("CONTAINS NOT_CONTAINS", "SS NS BS L M"),
        ]
        for word in words.split()
        for type in refused.split()
    ],
)
def test_types_of_arguments(word: str, type: str) -> None:
    given = compared(word, *[ARGUMENTS[type]] * COMPARISON_OPERATORS[word].least)
    assert (
        refusal_of(given) == f"{INVALID}ComparisonOperator {word} is not valid for {type} AttributeValue type"
    )


def test_arguments_are_of_one_type() -> None:
    assert refusal_of(compared("IN", {"S": "x"}, {"N": "1"})) == (
        f"{INVALID}AttributeValues inside AttributeValueList must be of same type"
    )


def test_bounds_are_in_order() -> None:
    assert refusal_of(compared("BETWEEN", {"S": "b"}, {"S": "a"})) == (
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
    )


def test_a_wrong_value_is_its_own_complaint() -> None:
    for value, message in [
        ({"N": "x"}, "The parameter cannot be converted to a numeric value: x"),
        ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
    ]:
        with pytest.raises(ServiceError) as caught:
            prepare.scan({"ScanFilter": {"a": compared("EQ", value)}})
        assert caught.value.message == message


@pytest.mark.parametrize(
    ("prepared", "request_", "message"),
    [
        (
            prepare.scan,
            {"ScanFilter": {"a": compared("NULL")}},
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        ),
        (prepare.scan, {}, "ConditionalOperator cannot be used without Filter or Expected"),
        (
            prepare.update,
            {"AttributeUpdates": {"a": {"Action": "DELETE"}}},
            "ConditionalOperator cannot be used without Filter or Expected",
        ),
    ],
)
def test_conditional_operator_joins_two(prepared: Any, request_: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        prepared({**request_, "ConditionalOperator": "AND"})
    assert caught.value.message == message


# ------------------------------------------------------------------ AttributeUpdates


def changed(updates: dict[str, Any], before: Item) -> Item:
    found = prepare.update({"AttributeUpdates": updates}).update
    assert found is not None
    return update.apply(found, before).item


@pytest.mark.parametrize(
    ("given", "before", "after"),
    [
        ({"Value": {"S": "x"}}, {}, {"a": {"S": "x"}}),
        ({"Action": "PUT", "Value": {"N": "1.0"}}, {"a": {"S": "old"}}, {"a": {"N": "1"}}),
        ({"Action": "DELETE"}, {"a": {"S": "old"}, "b": {"N": "1"}}, {"b": {"N": "1"}}),
        ({"Action": "DELETE"}, {}, {}),
        ({"Action": "DELETE", "Value": {"SS": ["x"]}}, {"a": {"SS": ["x", "y"]}}, {"a": {"SS": ["y"]}}),
        ({"Action": "DELETE", "Value": {"SS": ["x"]}}, {"a": {"SS": ["x"]}}, {}),
        ({"Action": "ADD", "Value": {"N": "2"}}, {"a": {"N": "1"}}, {"a": {"N": "3"}}),
        ({"Action": "ADD", "Value": {"N": "2"}}, {}, {"a": {"N": "2"}}),
        ({"Action": "ADD", "Value": {"SS": ["y"]}}, {"a": {"SS": ["x"]}}, {"a": {"SS": ["x", "y"]}}),
        (
            {"Action": "ADD", "Value": {"L": [{"N": "2"}]}},
            {"a": {"L": [{"N": "1"}]}},
            {"a": {"L": [{"N": "1"}, {"N": "2"}]}},
        ),
        ({"Action": "ADD", "Value": {"L": [{"N": "2"}]}}, {}, {"a": {"L": [{"N": "2"}]}}),
    ],
)
def test_attribute_update(given: dict[str, Any], before: Item, after: Item) -> None:
    assert changed({"a": given}, before) == after


@pytest.mark.parametrize(
    ("action", "value", "present"),
    [
        ("ADD", {"N": "1"}, {"S": "x"}),
        ("ADD", {"SS": ["1"]}, {"N": "1"}),
        ("ADD", {"L": []}, {"SS": ["1"]}),
        ("DELETE", {"NS": ["1"]}, {"SS": ["1"]}),
    ],
)
def test_a_stored_value_of_another_type_is_refused_in_the_older_words(
    action: str, value: dict[str, Any], present: dict[str, Any]
) -> None:
    with pytest.raises(ValidationException) as caught:
        changed({"a": {"Action": action, "Value": value}}, {"a": present})
    assert caught.value.message == "Type mismatch for attribute to update"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Only DELETE action is allowed when no attribute value is specified"),
        ({"Action": "ADD"}, "Only DELETE action is allowed when no attribute value is specified"),
        *[
            (
                {"Action": "DELETE", "Value": ARGUMENTS[type]},
                f"DELETE action with value is not supported for the type {type}",
            )
            for type in ("S", "N", "B", "BOOL", "NULL", "L", "M")
        ],
        *[
            ({"Action": "ADD", "Value": ARGUMENTS[type]}, f"ADD action is not supported for the type {type}")
            for type in ("S", "B", "BOOL", "NULL", "M")
        ],
    ],
)
def test_attribute_updates_that_make_no_sense(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        changed({"a": dict(given)}, {})
    assert caught.value.message == INVALID + message


@pytest.mark.parametrize(
    ("updates", "creates"),
    [
        ({"a": {"Action": "DELETE"}}, False),
        ({"a": {"Action": "DELETE", "Value": {"SS": ["x"]}}}, False),
        ({"a": {"Action": "DELETE"}, "b": {"Action": "ADD", "Value": {"N": "1"}}}, True),
        ({"a": {"Value": {"N": "1"}}}, True),
    ],
)
def test_deleting_attributes_brings_no_item_into_being(updates: dict[str, Any], creates: bool) -> None:
    found = prepare.update({"AttributeUpdates": updates}).update
    assert found is not None
    assert found.program.creates is creates


def test_an_expression_that_only_removes_does_create_the_item() -> None:
    found = prepare.update({"UpdateExpression": "REMOVE a"}).update
    assert found is not None
    assert found.program.creates


# ------------------------------------------------------------------ AttributesToGet


def test_attributes_to_get() -> None:
    found = prepare.get({"AttributesToGet": ["s", "gone", "l[0]"]}).projection
    assert found is not None
    assert projection.project(found, ITEM) == {"s": {"S": "hello"}}


def test_attributes_to_get_are_named_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        prepare.get({"AttributesToGet": ["a", "b", "a"]})
    assert caught.value.message == f"{INVALID}Duplicate value in attribute name: a"
