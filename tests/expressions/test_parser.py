"""Properties of the parser: what is printed parses to the same tree, and no text can bring it down."""

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.expressions.complaint import Complaint
from dynalite.expressions.lexer import END, tokens
from dynalite.expressions.parser import (
    COMPARATORS,
    REDUNDANT_PARENTHESES,
    TOO_MANY_OPERATORS,
    parse_condition,
    parse_projection,
    parse_update,
)
from dynalite.expressions.rules import FUNCTIONS, check_condition
from dynalite.expressions.tree import (
    Action,
    Alias,
    Clause,
    Node,
    Operation,
    Path,
    Placeholder,
    ProjectionTree,
    Section,
    UpdateTree,
)
from tests.expressions.printing import text

_steps = st.one_of(st.sampled_from(["a", "b1", "x_y"]), st.sampled_from(["#n", "#m_2"]).map(Alias))
paths = st.builds(
    lambda first, rest: Path((first, *rest)), _steps, st.lists(_steps | st.integers(0, 40), max_size=3)
)
placeholders = st.sampled_from([":v", ":w", ":0"]).map(Placeholder)


def _calls(place: str, operands: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.one_of(
        [
            st.builds(
                lambda name, *given: Operation(name, given), st.just(name), *[operands] * function.operands
            )
            for name, function in FUNCTIONS.items()
            if function.place == place
        ]
    )


_simple: st.SearchStrategy[Node] = st.one_of(paths, placeholders)
_operands = st.one_of(_simple, _calls("operand", _simple))
_comparisons: st.SearchStrategy[Node] = st.one_of(
    st.builds(
        lambda sign, *pair: Operation(sign, pair), st.sampled_from(sorted(COMPARATORS)), _operands, _operands
    ),
    st.builds(lambda *three: Operation("BETWEEN", three), _operands, _operands, _operands),
    st.lists(_operands, min_size=2, max_size=4).map(lambda some: Operation("IN", tuple(some))),
    _calls("condition", _operands),
)


def _joined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        inner.map(lambda one: Operation("NOT", (one,))),
        several.map(lambda some: Operation("AND", tuple(some))),
        several.map(lambda some: Operation("OR", tuple(some))),
    )


conditions = st.recursive(_comparisons, _joined, max_leaves=8)


def _computed(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        _calls("update", inner),
        pair.map(lambda two: Operation("+", two)),
        pair.map(lambda two: Operation("-", two)),
    )


values = st.recursive(_simple, _computed, max_leaves=5)
_actions = {
    "SET": st.builds(lambda path, value: Action("SET", path, value), paths, values),
    "REMOVE": st.builds(lambda path: Action("REMOVE", path), paths),
    "ADD": st.builds(lambda path, value: Action("ADD", path, value), paths, placeholders),
    "DELETE": st.builds(lambda path, value: Action("DELETE", path, value), paths, placeholders),
}
_clauses = st.one_of(
    [
        st.builds(
            lambda word, some: Clause(cast("Section", word), tuple(some)),
            st.just(word),
            st.lists(actions, min_size=1, max_size=3),
        )
        for word, actions in _actions.items()
    ]
)
updates = st.lists(_clauses, min_size=1, max_size=3).map(lambda some: UpdateTree(tuple(some)))
projections = st.lists(paths, min_size=1, max_size=4).map(lambda some: ProjectionTree(tuple(some)))


@given(conditions)
def test_a_printed_condition_parses_to_itself(tree: Node) -> None:
    assert parse_condition(text(tree)) == tree


@given(updates)
def test_a_printed_update_parses_to_itself(tree: UpdateTree) -> None:
    assert parse_update(text(tree)) == tree


@given(projections)
def test_a_printed_projection_parses_to_itself(tree: ProjectionTree) -> None:
    assert parse_projection(text(tree)) == tree


_scraps = [
    "a",
    "#n",
    ":v",
    "(",
    ")",
    "[",
    "]",
    "0",
    ",",
    ".",
    "=",
    "<>",
    "+",
    "AND",
    "NOT",
    "IN",
    "SET",
    "size",
    "ä",
    '"',
]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(_scraps), max_size=12).map(" ".join) | st.text(max_size=20))
def test_any_text_parses_or_is_complained_of(anything: str) -> None:
    for parse in (parse_condition, parse_update, parse_projection):
        try:
            parse(anything)
        except Complaint as complaint:
            allowed = complaint.detail.startswith(("Syntax error; token: ", "The expression has redundant"))
            if not allowed:
                raise


@given(st.text(max_size=30))
def test_no_character_is_lost_between_tokens(anything: str) -> None:
    found = tokens(anything, frozenset())
    assert found[-1].kind == END
    assert "".join(token.text for token in found[:-1]) == "".join(
        character for character in anything if character not in " \t\r\n"
    )


@pytest.mark.parametrize("levels", [150, 250, 300])
def test_deep_negation_is_a_condition(levels: int) -> None:
    tree = parse_condition("NOT (" * (levels - 1) + "a = :v" + ")" * (levels - 1))
    check_condition(tree)


@pytest.mark.parametrize(
    ("parse", "expression", "complaint"),
    [
        (parse_condition, "(" * 4000, REDUNDANT_PARENTHESES),
        (parse_condition, "a = " + "(" * 4000, REDUNDANT_PARENTHESES),
        (parse_condition, "(" * 300 + "a = :v" + ")" * 300, REDUNDANT_PARENTHESES),
        (parse_condition, "NOT " * 900 + "f(" * 200, TOO_MANY_OPERATORS),
        (parse_condition, "f(" * 2000, TOO_MANY_OPERATORS),
        (parse_update, "SET a = " + "(" * 4000, TOO_MANY_OPERATORS),
        (parse_update, "SET a = " + "if_not_exists(a," * 200, TOO_MANY_OPERATORS),
    ],
)
def test_no_depth_of_nesting_exhausts_the_stack(parse: Any, expression: str, complaint: str) -> None:
    with pytest.raises(Complaint) as caught:
        parse(expression)
    assert caught.value.detail == complaint
