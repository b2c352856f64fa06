"""What the service says of functions and operators, their number, their place and their operands."""

from typing import Any

import pytest

from dynalite.expressions import prepare
from tests.expressions.refusals import BY_TYPE, Refused, S, condition, refusal, update


@pytest.mark.parametrize(
    ("refused", "text", "message"),
    [
        (condition, "foo(a)", "Invalid function name; function: foo"),
        (condition, "a = foo(b)", "Invalid function name; function: foo"),
        (condition, "SIZE(a) > :v", "Invalid function name; function: SIZE"),
        (update, "SET a = foo(b)", "Invalid function name; function: foo"),
        (
            condition,
            "size(a)",
            "The function is not allowed to be used this way in an expression; function: size",
        ),
        (
            condition,
            "NOT size(a)",
            "The function is not allowed to be used this way in an expression; function: size",
        ),
        (
            condition,
            "contains(a, :v) = :v",
            "The function is not allowed to be used this way in an expression; function: contains",
        ),
        (
            condition,
            "size(begins_with(a, :v)) = :v",
            "The function is not allowed to be used this way in an expression; function: begins_with",
        ),
        (
            condition,
            "a = if_not_exists(b, c)",
            "The function is not allowed in a condition expression; function: if_not_exists",
        ),
        (
            update,
            "SET a = attribute_exists(b)",
            "The function is not allowed in an update expression; function: attribute_exists",
        ),
        (update, "SET a = size(b)", "The function is not allowed in an update expression; function: size"),
    ],
)
def test_functions_that_do_not_exist_or_stand_in_the_wrong_place(
    refused: Refused, text: str, message: str
) -> None:
    assert refused(text) == message


@pytest.mark.parametrize(
    ("refused", "text", "function", "count"),
    [
        (condition, "contains(a)", "contains", 1),
        (condition, "attribute_exists(a, b)", "attribute_exists", 2),
        (condition, "size(a, b) = c", "size", 2),
        (update, "SET a = if_not_exists(b)", "if_not_exists", 1),
        (update, "SET a = list_append(b, c, d)", "list_append", 3),
    ],
)
def test_number_of_operands(refused: Refused, text: str, function: str, count: int) -> None:
    assert refused(text) == (
        "Incorrect number of operands for operator or function;"
        f" operator or function: {function}, number of operands: {count}"
    )


@pytest.mark.parametrize(
    ("text", "operator", "first"),
    [
        ("contains(data1, data1)", "contains", "[data1]"),
        ("a = a", "=", "[a]"),
        ("a.b[0] <> #a.b[0]", "<>", "[a, b, [0]]"),
        ("a BETWEEN b AND a", "BETWEEN", "[a]"),
        ("a IN (b, a)", "IN", "[a]"),
        ("begins_with(a, a)", "begins_with", "[a]"),
    ],
)
def test_operands_that_are_the_same(text: str, operator: str, first: str) -> None:
    assert condition(text, names={"a": "a"} if "#" in text else None) == (
        f"{NOT_DISTINCT} operator: {operator}, first operand: {first}"
    )


@pytest.mark.parametrize("text", ["SET a = a + a", "SET a = list_append(a, a)"])
def test_updates_may_use_a_path_twice(text: str) -> None:
    assert prepare.update({"UpdateExpression": text}).update is not None


WRONG_TYPE = "Incorrect operand type for operator or function;"
NOT_DISTINCT = "The first operand must be distinct from the remaining operands for this operator or function;"


def _refused_types(accepted: str) -> list[str]:
    return [type for type in BY_TYPE if type not in accepted.split()]


@pytest.mark.parametrize(
    ("refused", "text", "operator", "type"),
    [
        (refused, text, operator, type)
        for refused, text, operator, accepted in [
            (condition, "a < :v", "<", "S N B"),
            (condition, ":v <= a", "<=", "S N B"),
            (condition, "a > :v", ">", "S N B"),
            (condition, "a >= :v", ">=", "S N B"),
            (condition, "a BETWEEN b AND :v", "BETWEEN", "S N B"),
            (condition, "begins_with(a, :v)", "begins_with", "S B"),
            (condition, "begins_with(:v, a)", "begins_with", "S B"),
            (condition, "attribute_type(a, :v)", "attribute_type", "S"),
            (condition, "size(:v) > a", "size", "S B SS NS BS L M"),
            (update, "SET a = b + :v", "+", "N"),
            (update, "SET a = :v - b", "-", "N"),
            (update, "SET a = list_append(b, :v)", "list_append", "L"),
        ]
        for type in _refused_types(accepted)
    ],
)
def test_types_of_operands(refused: Refused, text: str, operator: str, type: str) -> None:
    assert refused(text, {"v": BY_TYPE[type]}) == (
        f"{WRONG_TYPE} operator or function: {operator}, operand type: {type}"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "begins_with(a, size(b))",
            f"{WRONG_TYPE} operator or function: begins_with, operand type: N",
        ),
        (
            "attribute_type(a, b)",
            "Incorrect operand type for operator or function; operator or function: attribute_type,"
            " operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}",
        ),
        (
            "attribute_type(a, :v)",
            "Invalid attribute type name found; type: s, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        (
            "attribute_exists(:v)",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "attribute_type(size(a), :v)",
            "Operator or function requires a document path; operator or function: attribute_type",
        ),
    ],
)
def test_operands_that_a_function_cannot_take(text: str, message: str) -> None:
    assert condition(text, {"v": S} if ":v" in text else None) == message


@pytest.mark.parametrize(
    "text", ["SET a = if_not_exists(:v, b)", "SET a = if_not_exists(if_not_exists(a, b), :v)"]
)
def test_if_not_exists_asks_for_a_path(text: str) -> None:
    assert update(text, {"v": S}) == (
        "Operator or function requires a document path; operator or function: if_not_exists"
    )


@pytest.mark.parametrize(
    ("section", "type", "written"),
    [
        (section, type, written)
        for section, refused in [("ADD", "S B BOOL NULL L M"), ("DELETE", "S N B BOOL NULL L M")]
        for type, written in [
            ("S", "STRING"),
            ("N", "NUMBER"),
            ("B", "BINARY"),
            ("BOOL", "BOOLEAN"),
            ("NULL", "NULL"),
            ("L", "LIST"),
            ("M", "MAP"),
        ]
        if type in refused.split()
    ],
)
def test_what_cannot_be_added_or_deleted(section: str, type: str, written: str) -> None:
    request = {
        "UpdateExpression": f"{section} a :v",
        "ExpressionAttributeValues": {":v": dict(BY_TYPE[type])},
    }
    error = refusal(prepare.update, request)
    classic = (
        "Invalid UpdateExpression: Incorrect operand type for operator or function;"
        f" operator: {section}, operand type: {written}"
    )
    assert error.message == f"{classic}, typeSet: ALLOWED_FOR_{section}_OPERAND"
    assert error.classic == classic


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        (
            {"N": "5"},
            {"N": "1"},
            "upper bound to be greater than or equal to lower bound;"
            " lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:1}",
        ),
        (
            {"S": "b"},
            {"S": "a"},
            "upper bound to be greater than or equal to lower bound;"
            " lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}",
        ),
        (
            {"N": "1"},
            {"S": "a"},
            "same data type for lower and upper bounds;"
            " lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}",
        ),
    ],
)
def test_bounds_of_between(low: Any, high: Any, message: str) -> None:
    assert (
        condition("a BETWEEN :l AND :h", {"l": low, "h": high}) == f"The BETWEEN operator requires {message}"
    )


def test_equal_bounds_are_fine() -> None:
    values = {":l": {"N": "1"}, ":h": {"N": "1.0"}}
    request = {"FilterExpression": "a BETWEEN :l AND :h", "ExpressionAttributeValues": values}
    assert prepare.scan(request).filter is not None


def test_in_takes_100_choices() -> None:
    choices = ", ".join(["a"] * 100)
    assert prepare.put({"ConditionExpression": f"b IN ({choices})"}).condition is not None
    assert condition(f"b IN ({choices}, a)") == (
        "The IN operator is provided with too many operands; number of operands: 101"
    )


TOO_MANY = "The expression contains too many operators; operator count: 301"


@pytest.mark.parametrize(
    ("refused", "enough", "too_many"),
    [
        # n comparators and n - 1 ANDs
        (condition, " AND ".join(["a=b"] * 150), " AND ".join(["a=b"] * 151)),
        (condition, " OR ".join(["NOT a=b"] * 100), " OR ".join(["NOT a=b"] * 101)),
        (condition, "NOT " * 299 + "a=b", "NOT " * 300 + "a=b"),
    ],
)
def test_300_operators(refused: Refused, enough: str, too_many: str) -> None:
    assert prepare.put({"ConditionExpression": enough}).condition is not None
    assert refused(too_many) == TOO_MANY


def test_300_operators_of_an_update_do_not_count_its_equals_signs() -> None:
    def sums(count: int) -> str:
        return "SET " + ",".join(f"a{n}=b+c" for n in range(count))

    assert prepare.update({"UpdateExpression": sums(300)}).update is not None
    assert update(sums(301)) == TOO_MANY
