"""What a projection takes from an item."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.expressions import prepare, projection
from dynalite.expressions.projection import Projection
from dynalite.values import paths
from dynalite.values.types import Item
from tests.strategies import items

ITEM: Item = {
    "a": {"S": "a"},
    "n": {"N": "1"},
    "m": {"M": {"x": {"S": "x"}, "y": {"M": {"z": {"N": "9"}, "w": {"N": "8"}}}}},
    "l": {"L": [{"S": "0"}, {"S": "1"}, {"M": {"k": {"S": "2k"}, "j": {"S": "2j"}}}, {"L": [{"S": "30"}]}]},
}


def of(text: str, names: dict[str, str] | None = None) -> Projection:
    request: dict[str, Any] = {"ProjectionExpression": text}
    if names is not None:
        request["ExpressionAttributeNames"] = names
    prepared = prepare.get(request).projection
    assert prepared is not None
    return prepared


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", {"a": {"S": "a"}}),
        ("n, a", {"n": {"N": "1"}, "a": {"S": "a"}}),
        ("a, gone", {"a": {"S": "a"}}),
        ("gone", {}),
        ("m.x", {"m": {"M": {"x": {"S": "x"}}}}),
        ("m.y.z, a", {"m": {"M": {"y": {"M": {"z": {"N": "9"}}}}}, "a": {"S": "a"}}),
        ("m.y.w, m.y.z", {"m": {"M": {"y": {"M": {"w": {"N": "8"}, "z": {"N": "9"}}}}}}),
        # nothing is left of what leads nowhere
        ("m.gone", {}),
        ("m.x.deeper", {}),
        ("m[0]", {}),
        ("a.b", {}),
        ("a[0]", {}),
        ("l.k", {}),
        ("l[9]", {}),
        ("m.gone, m.x", {"m": {"M": {"x": {"S": "x"}}}}),
        ("l[2].gone, l[0]", {"l": {"L": [{"S": "0"}]}}),
        # elements of a list close up, in the order of their indices
        ("l[1]", {"l": {"L": [{"S": "1"}]}}),
        ("l[1], l[0]", {"l": {"L": [{"S": "0"}, {"S": "1"}]}}),
        ("l[3][0], l[9], l[0]", {"l": {"L": [{"S": "0"}, {"L": [{"S": "30"}]}]}}),
        # paths through one element meet in it
        ("l[2].k, l[0], l[2].j", {"l": {"L": [{"S": "0"}, {"M": {"k": {"S": "2k"}, "j": {"S": "2j"}}}]}}),
    ],
)
def test_projection(text: str, expected: Item) -> None:
    assert projection.project(of(text), ITEM) == expected


def test_indices_are_ordered_as_numbers() -> None:
    item = {"l": {"L": [{"N": str(n)} for n in range(12)]}}
    assert projection.project(of("l[10], l[9], l[2]"), item) == {
        "l": {"L": [{"N": "2"}, {"N": "9"}, {"N": "10"}]}
    }


def test_an_alias_with_a_dot_is_one_name() -> None:
    assert projection.project(
        of("#d", {"#d": "a.b"}), {"a.b": {"S": "x"}, "a": {"M": {"b": {"S": "y"}}}}
    ) == {"a.b": {"S": "x"}}


def test_what_a_projection_names() -> None:
    some = of("m.y.z, a, l[0]")
    assert some.paths == (("m", "y", "z"), ("a",), ("l", 0))
    assert projection.top_level_names(some) == {"m", "a", "l"}


@settings(max_examples=50)
@given(items(), st.lists(st.sampled_from(["a", "b", "c", "é"]), unique=True, min_size=1))
def test_whole_attributes_are_taken_as_they_are(item: Item, names: list[str]) -> None:
    aliases = {f"#{number}": name for number, name in enumerate(names)}
    taken = projection.project(of(", ".join(aliases), aliases), item)
    assert taken == {name: item[name] for name in names if name in item}


@settings(max_examples=50)
@given(items(), st.sampled_from(["a", "b"]), st.sampled_from(["a", "b", 0, 1]))
def test_one_path_takes_what_stands_there(item: Item, name: str, step: str | int) -> None:
    path = (name, step)
    there = paths.get(item, path)
    taken = projection.project(of(f"{name}[{step}]" if isinstance(step, int) else f"{name}.{step}"), item)
    where = ("L", [there]) if isinstance(step, int) else ("M", {step: there})
    assert taken == ({} if there is None else {name: {where[0]: where[1]}})
