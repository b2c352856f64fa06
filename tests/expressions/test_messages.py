"""What the service says of a wrong expression, and in which order it says it."""

from collections.abc import Callable

import pytest

from dynalite.expressions import prepare
from dynalite.expressions.reserved import RESERVED_WORDS
from tests.expressions.refusals import Refused, S, condition, projection, update

RESERVED = "Attribute name is a reserved keyword; reserved keyword: "
NOT_DISTINCT = "The first operand must be distinct from the remaining operands for this operator or function;"


@pytest.mark.parametrize("refused", [condition, update, projection])
@pytest.mark.parametrize("text", ["", " ", "\t\r\n"])
def test_empty(refused: Refused, text: str) -> None:
    assert refused(text) == "The expression can not be empty;"


@pytest.mark.parametrize("refused", [condition, update, projection])
@pytest.mark.parametrize("text", ["a" * 4097, "é" * 2049, " " * 4096 + "a"])
def test_longer_than_4096_bytes(refused: Refused, text: str) -> None:
    assert refused(text) == "Expression size has exceeded the maximum allowed size;"


def test_4096_bytes_are_not_too_long() -> None:
    name = "a" * (4096 - len("attribute_exists()"))
    assert prepare.put({"ConditionExpression": f"attribute_exists({name})"}).condition is not None


@pytest.mark.parametrize(
    ("refused", "text", "word"),
    [
        (condition, "Status = :v", "Status"),
        (condition, "a.b.SIZE = :v", "SIZE"),
        (condition, "attribute_exists(abOrt)", "abOrt"),
        (update, "SET #a = :v, abOrt = :v", "abOrt"),
        (update, "REMOVE Absolute", "Absolute"),
        (update, "SET a = name + :v", "name"),
        (projection, "a, b.values", "values"),
        (projection, "and", "and"),
    ],
)
def test_reserved_words_at_every_step_of_a_path(refused: Refused, text: str, word: str) -> None:
    assert refused(text) == f"Attribute name is a reserved keyword; reserved keyword: {word}"


def test_every_reserved_word_is_refused_as_a_name() -> None:
    assert len(RESERVED_WORDS) == 573
    for word in RESERVED_WORDS:
        assert projection(word.lower()).endswith(f"reserved keyword: {word.lower()}")


def test_a_reserved_word_may_stand_behind_an_alias() -> None:
    request = {"ProjectionExpression": "#s", "ExpressionAttributeNames": {"#s": "Status"}}
    prepared = prepare.get(request)
    assert prepared.projection is not None
    assert prepared.projection.paths == (("Status",),)


@pytest.mark.parametrize(
    ("refused", "text", "message"),
    [
        (
            condition,
            "a[2147483648] = :v",
            "List index is not within the allowable range; index: [2147483648]",
        ),
        (projection, ".".join("a" * 33), "The document path has too many nesting levels; nesting levels: 33"),
    ],
)
def test_paths_beyond_bounds(refused: Refused, text: str, message: str) -> None:
    assert refused(text) == message


def test_a_path_of_32_steps_is_fine() -> None:
    assert prepare.get({"ProjectionExpression": ".".join("a" * 32)}).projection is not None


UNDEFINED_NAME = "An expression attribute name used in the document path is not defined; attribute name: "
UNDEFINED_VALUE = "An expression attribute value used in expression is not defined; attribute value: "


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (lambda: condition("attribute_exists(#undef)"), UNDEFINED_NAME + "#undef"),
        (lambda: condition("attribute_exists(#a.#undef)", names={"a": "a"}), UNDEFINED_NAME + "#undef"),
        (lambda: projection("a, #b", {"a": "a"}), UNDEFINED_NAME + "#b"),
        (lambda: update("SET #a = :v", {"v": S}), UNDEFINED_NAME + "#a"),
        (lambda: condition("a = :v"), UNDEFINED_VALUE + ":v"),
        (lambda: condition("a = :b AND c = :v", {"b": S}), UNDEFINED_VALUE + ":v"),
        (lambda: update("ADD a :v"), UNDEFINED_VALUE + ":v"),
    ],
)
def test_undefined_names_and_values(message: Callable[[], str], expected: str) -> None:
    assert message() == expected


# ------------------------------------------------------------------ updates and projections


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("SET a = #c SET c = :d", "SET"),
        ("REMOVE #d SET a = b REMOVE e", "REMOVE"),
        ("ADD #d :e SET a = b ADD e :f", "ADD"),
        ("DELETE #d :e SET a = b DELETE #e :f", "DELETE"),
    ],
)
def test_sections_used_twice(text: str, section: str) -> None:
    assert update(text) == f'The "{section}" section can only be used once in an update expression;'


APART = "with each other; must remove or rewrite one of these paths; path one: {}, path two: {}"


@pytest.mark.parametrize(
    ("refused", "text", "how", "one", "two"),
    [
        (update, "SET a = b, a.b = b", "overlap", "[a]", "[a, b]"),
        (update, "SET a.b = b REMOVE a", "overlap", "[a, b]", "[a]"),
        (update, "SET c[1].a = b, #c = b", "overlap", "[c, [1], a]", "[c]"),
        (update, "SET c[3].d = b, #c[3] = b", "overlap", "[c, [3], d]", "[c, [3]]"),
        (update, "ADD a :v DELETE a :v", "overlap", "[a]", "[a]"),
        (update, "SET a.b = c, a[0] = c", "conflict", "[a, b]", "[a, [0]]"),
        (update, "REMOVE a.b.c SET a.b[1] = c", "conflict", "[a, b, c]", "[a, b, [1]]"),
        (projection, "a, b, a", "overlap", "[a]", "[a]"),
        (projection, "l[0].x, l, m", "overlap", "[l, [0], x]", "[l]"),
        (projection, "a, #c, c.b", "overlap", "[c]", "[c, b]"),
        (projection, "a.b, a[1]", "conflict", "[a, b]", "[a, [1]]"),
    ],
)
def test_paths_that_meet(refused: Refused, text: str, how: str, one: str, two: str) -> None:
    names = {"c": "c"} if "#c" in text else None
    assert refused(text, names=names) == f"Two document paths {how} {APART.format(one, two)}"


def test_paths_apart_in_one_map_and_one_list_are_fine() -> None:
    assert (
        prepare.get({"ProjectionExpression": "a.b.c, a.b.d, a.c, l[0], l[1].x, l[1].y"}).projection
        is not None
    )


# ------------------------------------------------------------------ what comes first


@pytest.mark.parametrize(
    ("refused", "text", "message"),
    [
        (condition, "Status = foo(a) AND", 'Syntax error; token: "<EOF>", near: "AND"'),
        (condition, "((a = :v)) AND size(b)", "The expression has redundant parentheses;"),
        (condition, "a = :v AND Status = :v", RESERVED + "Status"),
        (condition, "a = :v AND contains(b)", "Incorrect number of operands for operator or function;"
         " operator or function: contains, number of operands: 1"),
        (condition, "a = :v AND b = b", UNDEFINED_VALUE + ":v"),
        (condition, "b = b AND a = :v", NOT_DISTINCT + " operator: =, first operand: [b]"),
        (update, "SET a = #c SET abort = :d", RESERVED + "abort"),
        (update, "SET a = :v, a = :w", f"Two document paths overlap {APART.format('[a]', '[a]')}"),
        (update, "SET a = if_not_exists(:v)", UNDEFINED_VALUE + ":v"),
        (projection, "a, a, name", RESERVED + "name"),
    ],
)  # fmt: skip
def test_order_of_complaints_in_one_expression(refused: Refused, text: str, message: str) -> None:
    assert refused(text) == message
