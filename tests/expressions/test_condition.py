"""What conditions mean."""

import copy
from base64 import b64decode
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.expressions import condition, prepare
from dynalite.expressions.condition import Condition
from dynalite.expressions.lexer import VALUE, tokens
from dynalite.expressions.rules import Values
from dynalite.expressions.tree import Literal, Node, Operation, Path, Placeholder
from dynalite.values import paths
from dynalite.values.attribute import canonical_item
from dynalite.values.types import AttributeValue, Item
from tests.strategies import attribute_values, items

ITEM: Item = canonical_item(
    {
        "s": {"S": "hello"},
        "astral": {"S": "a😀"},
        "blank": {"S": ""},
        "n": {"N": "7.5"},
        "b": {"B": "AQID"},
        "t": {"BOOL": True},
        "f": {"BOOL": False},
        "z": {"NULL": True},
        "ss": {"SS": ["x", "y", ""]},
        "ns": {"NS": ["1", "2.50"]},
        "bs": {"BS": ["AQ==", "Ag=="]},
        "l": {"L": [{"S": "one"}, {"N": "2"}, {"M": {"deep": {"L": [{"BOOL": True}]}}}]},
        "m": {"M": {"k": {"S": "v"}, "n": {"N": "1"}}},
    }
)[0]

VALUES: dict[str, Any] = {
    "hello": {"S": "hello"},
    "hell": {"S": "hell"},
    "zz": {"S": "zz"},
    "none": {"S": ""},
    "seven": {"N": "7.50"},
    "one": {"N": "1"},
    "two": {"N": "2"},
    "three": {"N": "3"},
    "ten": {"N": "1e1"},
    "bytes": {"B": "AQID"},
    "start": {"B": "AQ=="},
    "inner": {"B": "AgM="},
    "true": {"BOOL": True},
    "null": {"NULL": True},
    "letters": {"SS": ["y", "", "x"]},
    "numbers": {"NS": ["2.5", "1.0"]},
    "x": {"S": "x"},
    "map": {"M": {"n": {"N": "1.0"}, "k": {"S": "v"}}},
    "S": {"S": "S"},
    "NS": {"S": "NS"},
    "NULL": {"S": "NULL"},
    "M": {"S": "M"},
}


def filter_of(text: str) -> Condition:
    """A filter over VALUES, of which it takes those that it names."""
    named = {token.text for token in tokens(text, frozenset()) if token.kind == VALUE}
    request: dict[str, Any] = {"FilterExpression": text}
    if named:
        request["ExpressionAttributeValues"] = {name: copy.deepcopy(VALUES[name[1:]]) for name in named}
    prepared = prepare.scan(request).filter
    assert prepared is not None
    return prepared


HOLDS = [
    # equality, deeply and by meaning
    "s = :hello",
    "n = :seven",
    "ss = :letters",
    "ns = :numbers",
    "m = :map",
    "z = :null",
    "l[1] = :two",
    "l[2].deep[0] = :true",
    "s <> :hell",
    "s <> :seven",
    "m.k <> s",
    # order
    "s > :hell",
    "s < :zz",
    "s >= :hello",
    "n < :ten",
    "n <= :seven",
    ":ten > n",
    "b > :start",
    "n BETWEEN :seven AND :ten",
    "s BETWEEN :hell AND :zz",
    "l[1] BETWEEN :one AND n",
    "s IN (:zz, n, :hello)",
    # functions
    "attribute_exists(l[2].deep[0])",
    "attribute_exists(blank)",
    "attribute_not_exists(l[3])",
    "attribute_not_exists(s.k)",
    "attribute_not_exists(m[0])",
    "attribute_type(s, :S)",
    "attribute_type(ns, :NS)",
    "attribute_type(z, :NULL)",
    "attribute_type(l[2], :M)",
    "begins_with(s, :hell)",
    "begins_with(s, :none)",
    "begins_with(b, :start)",
    "contains(s, :hell)",
    "contains(s, :none)",
    "contains(b, :inner)",
    "contains(ss, :x)",
    "contains(ss, :none)",
    "contains(ns, :one)",
    "contains(bs, :start)",
    "contains(l, :two)",
    "size(s) > :three",
    "size(astral) = :three",
    "size(b) = :three",
    "size(ss) = :three",
    "size(ns) = :two",
    "size(l) = :three",
    "size(m) = :two",
    "size(m) < size(l)",
    # logic
    "NOT s = :zz",
    "s = :zz OR n = :seven",
    "s = :hello AND n = :seven AND NOT (t = :null OR f = :true)",
    # what is not there
    "absent <> :x",
    ":x <> absent",
    "absent <> gone",
    "NOT absent = :x",
    "NOT absent > :one",
    "NOT absent BETWEEN :one AND :two",
    "NOT absent IN (:x)",
    "NOT contains(absent, :x)",
    "NOT begins_with(absent, :x)",
    "NOT attribute_type(absent, :S)",
    "size(absent) <> :one",
    "size(n) <> :one",
]  # fmt: skip

DOES_NOT_HOLD = [
    "s = :zz",
    "s = :seven",
    "n <> :seven",
    "s < :seven",
    "s > :seven",
    "t > :one",
    "n BETWEEN :hell AND :zz",
    "n BETWEEN :one AND :two",
    "s IN (:zz)",
    "absent = :x",
    "absent = gone",
    "absent < :one",
    "absent >= :one",
    "absent BETWEEN :one AND :two",
    "absent IN (gone, :x)",
    "s IN (absent)",
    "attribute_exists(absent)",
    "attribute_exists(l[3])",
    "attribute_exists(m.k.x)",
    "attribute_not_exists(s)",
    "attribute_type(absent, :S)",
    "attribute_type(n, :S)",
    "begins_with(s, :zz)",
    "begins_with(n, :hell)",
    "begins_with(s, absent)",
    "contains(n, :one)",
    "contains(m, :x)",
    "contains(ss, :one)",
    "contains(ns, :x)",
    "contains(absent, :x)",
    "size(n) > :one",
    "size(t) = :one",
    "size(absent) = :one",
    "NOT s = :hello",
    "s = :hello AND n = :one",
    "s = :zz OR n = :one",
]


@pytest.mark.parametrize(("text", "truth"), [(t, True) for t in HOLDS] + [(t, False) for t in DOES_NOT_HOLD])
def test_meaning(text: str, truth: bool) -> None:
    assert condition.holds(filter_of(text), ITEM) is truth


def test_an_item_that_is_not_there_has_no_attributes() -> None:
    absent = filter_of("attribute_not_exists(pk) AND pk <> :x")
    assert condition.holds(absent, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b = c[0] OR NOT contains(d, e)", (("a", "b"), ("c", 0), ("d",), ("e",))),
        ("size(a) > b", (("a",), ("b",))),
    ],
)
def test_the_paths_that_a_condition_looks_at(text: str, expected: tuple[paths.Path, ...]) -> None:
    found = filter_of(text)
    assert condition.document_paths(found) == expected
    assert condition.top_level_names(found) == {path[0] for path in expected}


# ------------------------------------------------------------------ against a naive evaluator


def naive(node: Node, item: Item, values: Values) -> bool:
    """The meaning of a condition, spelled out one operator after the other."""
    assert isinstance(node, Operation)
    operator, operands = node.operator, node.operands
    if operator == "NOT":
        return not naive(operands[0], item, values)
    if operator in ("AND", "OR"):
        return (all if operator == "AND" else any)([naive(operand, item, values) for operand in operands])
    found = [_found(operand, item, values) for operand in operands]
    if operator == "<>":
        return not (None not in found and found[0] == found[1])
    if operator == "attribute_not_exists":
        return found == [None]
    if operator == "IN":
        return found[0] is not None and found[0] in found[1:]
    if None in found:
        return False
    there = [value for value in found if value is not None]
    if operator == "BETWEEN":
        return _compared(there[1], there[0], (-1, 0)) and _compared(there[0], there[2], (-1, 0))
    return bool(_MEANINGS[operator](*there))


def _found(node: Node, item: Item, values: Values) -> AttributeValue | None:
    if isinstance(node, Path):
        return paths.get(item, node.steps)
    if isinstance(node, Placeholder):
        return values[node.name]
    if isinstance(node, Literal):
        return node.value
    measured = _found(node.operands[0], item, values)
    if measured is None or not measured.keys().isdisjoint(["N", "BOOL", "NULL"]):
        return None
    (content,) = measured.values()
    if "B" in measured:
        return {"N": str(len(_decoded(content)))}
    return {"N": str(len(content.encode("utf-16-le")) // 2 if "S" in measured else len(content))}


_decoded = b64decode
_READ: dict[str, Callable[[str], Any]] = {"S": str.encode, "N": Decimal, "B": _decoded}
"""What is compared; only values of one type are."""


def _compared(a: AttributeValue, b: AttributeValue, accepted: tuple[int, ...]) -> bool:
    for type, read in _READ.items():
        if type in a and type in b:
            one, two = read(a[type]), read(b[type])
            return ((one > two) - (one < two)) in accepted
    return False


def _begins(a: AttributeValue, b: AttributeValue) -> bool:
    if "S" in a and "S" in b:
        return bool(a["S"].startswith(b["S"]))
    return "B" in a and "B" in b and _decoded(a["B"]).startswith(_decoded(b["B"]))


def _contains(a: AttributeValue, b: AttributeValue) -> bool:
    if "L" in a:
        return b in a["L"]
    for outer, inner in [("S", "S"), ("SS", "S"), ("NS", "N"), ("BS", "B")]:
        if outer in a and inner in b:
            return b[inner] in a[outer]
    return "B" in a and "B" in b and _decoded(b["B"]) in _decoded(a["B"])


_MEANINGS: Mapping[str, Any] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: _compared(a, b, (-1,)),
    "<=": lambda a, b: _compared(a, b, (-1, 0)),
    ">": lambda a, b: _compared(a, b, (1,)),
    ">=": lambda a, b: _compared(a, b, (0, 1)),
    "attribute_exists": lambda a: True,
    "attribute_type": lambda a, b: b.get("S") in a,
    "begins_with": _begins,
    "contains": _contains,
}

_paths: st.SearchStrategy[Node] = st.builds(
    lambda first, rest: Path((first, *rest)),
    st.sampled_from(["a", "b", "c", "é"]),
    st.lists(st.sampled_from(["a", "b", 0, 1]), max_size=1),
)
_simple: st.SearchStrategy[Node] = st.one_of(_paths, _paths, attribute_values().map(Literal))
_operands = st.one_of(_simple, _simple, _simple.map(lambda one: Operation("size", (one,))))
_type_names = st.sampled_from(["S", "N", "B", "L", "M", "SS", "BOOL"]).map(lambda name: Literal({"S": name}))


def _applied(operator: str, *operands: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.tuples(*operands).map(lambda given: Operation(operator, given))


_comparisons = st.one_of(
    [
        _applied(sign, _operands, _operands)
        for sign in ("=", "<>", "<", "<=", ">", ">=", "begins_with", "contains")
    ]
    + [_applied("BETWEEN", *[_operands] * 3), _applied("IN", *[_operands] * 4)]
    + [_applied("attribute_exists", _paths), _applied("attribute_not_exists", _paths)]
    + [_applied("attribute_type", _paths, _type_names)]
)
_conditions = st.recursive(
    _comparisons,
    lambda inner: st.one_of(
        _applied("NOT", inner), _applied("AND", inner, inner), _applied("OR", inner, inner, inner)
    ),
    max_leaves=4,
)


@settings(max_examples=100)
@given(_conditions, items())
def test_a_compiled_condition_means_what_its_tree_says(tree: Node, item: Item) -> None:
    assert condition.holds(condition.of(tree), item) is naive(tree, item, {})
