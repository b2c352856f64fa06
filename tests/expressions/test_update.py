"""What updates make of an item."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings

from dynalite.errors import ValidationException
from dynalite.expressions import prepare, update
from dynalite.expressions.lexer import VALUE, tokens
from dynalite.expressions.update import Image, Update
from dynalite.values.attribute import canonical_item
from dynalite.values.types import Item
from tests.strategies import items

MISSING = "The provided expression refers to an attribute that does not exist in the item"
INVALID_PATH = "The document path provided in the update expression is invalid for update"
WRONG_TYPE = "An operand in the update expression has an incorrect data type"

NEW = {"S": "new"}
VALUES: dict[str, Any] = {
    "s": NEW,
    "one": {"N": "1"},
    "half": {"N": "0.5"},
    "big": {"N": "9" * 38},
    "list": {"L": [{"S": "x"}]},
    "empty": {"L": []},
    "map": {"M": {}},
    "letters": {"SS": ["a", "z"]},
    "ab": {"SS": ["b", "a"]},
    "numbers": {"NS": ["10", "9"]},
    "bytes": {"BS": ["/w==", "AA=="]},
}


def item() -> Item:
    return {
        "pk": {"S": "key"},
        "n": {"N": "41"},
        "s": {"S": "old"},
        "l": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}]},
        "m": {"M": {"k": {"S": "v"}, "l": {"L": [{"N": "1"}]}, "ss": {"SS": ["a"]}}},
        "ss": {"SS": ["a", "b"]},
        "ns": {"NS": ["1", "9"]},
        "bs": {"BS": ["AQ=="]},
    }


def of(text: str) -> Update:
    request: dict[str, Any] = {"UpdateExpression": text}
    named = {token.text for token in tokens(text, frozenset()) if token.kind == VALUE}
    values = {name: copy.deepcopy(VALUES[name[1:]]) for name in named}
    if values:
        request["ExpressionAttributeValues"] = values
    prepared = prepare.update(request).update
    assert prepared is not None
    return prepared


def changed(text: str, before: Item) -> dict[str, Any]:
    """The attributes that an update changes; None for those that are gone."""
    untouched = copy.deepcopy(before)
    after = update.apply(of(text), before).item
    assert before == untouched
    assert canonical_item(copy.deepcopy(after))[0] == after
    return {
        name: after.get(name) for name in before.keys() | after.keys() if after.get(name) != before.get(name)
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # SET
        ("SET s = :s", {"s": {"S": "new"}}),
        ("SET fresh = :one", {"fresh": {"N": "1"}}),
        ("SET n = n + :one", {"n": {"N": "42"}}),
        ("SET n = :one - n", {"n": {"N": "-40"}}),
        ("SET n = (n + :half)", {"n": {"N": "41.5"}}),
        ("SET n = n + (n - :one)", {"n": {"N": "81"}}),
        ("SET n = if_not_exists(n, :one) + :one", {"n": {"N": "42"}}),
        ("SET c = if_not_exists(c, :one) + :one", {"c": {"N": "2"}}),
        ("SET n = if_not_exists(n, gone)", {}),
        ("SET c = if_not_exists(c, if_not_exists(d, n))", {"c": {"N": "41"}}),
        ("SET a = list_append(l, :list)", {"a": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}, {"S": "x"}]}}),
        ("SET a = list_append(:list, if_not_exists(c, :empty))", {"a": {"L": [{"S": "x"}]}}),
        ("SET m.k = :one", {"m": {"M": {"k": {"N": "1"}, "l": {"L": [{"N": "1"}]}, "ss": {"SS": ["a"]}}}}),
        (
            "SET m.l[0] = m.l[0] + :one, m.k = s",
            {"m": {"M": {"k": {"S": "old"}, "l": {"L": [{"N": "2"}]}, "ss": {"SS": ["a"]}}}},
        ),
        ("SET l[1] = :s", {"l": {"L": [{"S": "0"}, {"S": "new"}, {"S": "2"}]}}),
        # right-hand sides read the item as it was
        ("SET n = n + :one, c = n", {"n": {"N": "42"}, "c": {"N": "41"}}),
        ("SET s = m.k, m.k = s", {
            "s": {"S": "v"},
            "m": {"M": {"k": {"S": "old"}, "l": {"L": [{"N": "1"}]}, "ss": {"SS": ["a"]}}},
        }),
        ("SET c = s REMOVE s", {"c": {"S": "old"}, "s": None}),
        ("SET l[0] = l[2] REMOVE l[2]", {"l": {"L": [{"S": "2"}, {"S": "1"}]}}),
        # beyond the end of a list
        ("SET l[3] = :s", {"l": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}, {"S": "new"}]}}),
        ("SET l[99] = :s", {"l": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}, {"S": "new"}]}}),
        (
            "SET l[99] = :s, l[50] = :one, l[0] = n",
            {"l": {"L": [{"N": "41"}, {"S": "1"}, {"S": "2"}, {"N": "1"}, {"S": "new"}]}},
        ),
        # REMOVE
        ("REMOVE s, gone", {"s": None}),
        ("REMOVE m.k, m.gone", {"m": {"M": {"l": {"L": [{"N": "1"}]}, "ss": {"SS": ["a"]}}}}),
        ("REMOVE l[0]", {"l": {"L": [{"S": "1"}, {"S": "2"}]}}),
        ("REMOVE l[2], l[0]", {"l": {"L": [{"S": "1"}]}}),
        ("REMOVE l[0], l[1], l[2], l[3]", {"l": {"L": []}}),
        ("REMOVE l[1] SET l[2] = :s, l[7] = :one", {"l": {"L": [{"S": "0"}, {"S": "new"}, {"N": "1"}]}}),
        ("REMOVE l[9]", {}),
        # ADD
        ("ADD n :one", {"n": {"N": "42"}}),
        ("ADD c :one", {"c": {"N": "1"}}),
        ("ADD ss :letters", {"ss": {"SS": ["a", "b", "z"]}}),
        ("ADD ss :ab", {}),
        ("ADD ns :numbers", {"ns": {"NS": ["1", "9", "10"]}}),
        ("ADD bs :bytes", {"bs": {"BS": ["AA==", "AQ==", "/w=="]}}),
        ("ADD c :letters", {"c": {"SS": ["a", "z"]}}),
        ("ADD m.l[0] :one, m.c :one", {"m": {"M": {
            "k": {"S": "v"}, "l": {"L": [{"N": "2"}]}, "ss": {"SS": ["a"]}, "c": {"N": "1"},
        }}}),
        # DELETE
        ("DELETE ss :letters", {"ss": {"SS": ["b"]}}),
        ("DELETE ss :ab", {"ss": None}),
        ("DELETE gone :ab", {}),
        ("DELETE m.ss :ab, m.gone :ab", {"m": {"M": {"k": {"S": "v"}, "l": {"L": [{"N": "1"}]}}}}),
        # several sections
        (
            "SET c = :s REMOVE s ADD n :one DELETE ss :letters",
            {"c": {"S": "new"}, "s": None, "n": {"N": "42"}, "ss": {"SS": ["b"]}},
        ),
    ],
)  # fmt: skip
def test_update(text: str, expected: dict[str, Any]) -> None:
    assert changed(text, item()) == expected


def test_an_update_of_no_item_starts_from_its_key() -> None:
    made = update.apply(of("SET c = pk ADD n :one REMOVE gone"), {"pk": {"S": "key"}})
    assert made.item == {"pk": {"S": "key"}, "c": {"S": "key"}, "n": {"N": "1"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SET c = gone", MISSING),
        ("SET c = gone + :one", MISSING),
        ("SET c = :one - m.gone", MISSING),
        ("SET c = l[3]", MISSING),
        ("SET c = list_append(gone, :list)", MISSING),
        ("SET c = if_not_exists(gone, gone2)", MISSING),
        ("SET c = s + :one", WRONG_TYPE),
        ("SET c = :one - m", WRONG_TYPE),
        ("SET c = list_append(s, :list)", WRONG_TYPE),
        ("SET c = list_append(:list, ss)", WRONG_TYPE),
        ("ADD s :one", WRONG_TYPE),
        ("ADD ss :one", WRONG_TYPE),
        ("ADD n :letters", WRONG_TYPE),
        ("ADD ns :letters", WRONG_TYPE),
        ("DELETE s :letters", WRONG_TYPE),
        ("DELETE ns :letters", WRONG_TYPE),
        ("DELETE m :letters", WRONG_TYPE),
        *[
            (action.format(path), INVALID_PATH)
            for path in [
                "gone.a",
                "gone[0]",
                "s.a",
                "s[0]",
                "m[0]",
                "l.a",
                "m.gone.a",
                "l[3].a",
                "m.k.a.b",
                "l[0][0]",
            ]
            for action in ["SET {} = :one", "REMOVE {}", "ADD {} :one", "DELETE {} :ab"]
        ],
    ],
)
def test_what_the_item_does_not_allow(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as caught:
        update.apply(of(text), item())
    assert caught.value.message == message
    assert type(caught.value) is ValidationException  # answered bare: the request alone was fine


def test_a_sum_out_of_range_is_refused() -> None:
    with pytest.raises(ValidationException):
        update.apply(of("SET n = n + :half"), {"n": {"N": "9" * 38}})


def test_one_value_used_twice_is_not_tied_together() -> None:
    once = update.apply(of("SET a = :map, b = :map"), {}).item
    twice = update.apply(of("SET a.x = :one"), once).item
    assert twice == {"a": {"M": {"x": {"N": "1"}}}, "b": {"M": {}}}


def test_setting_indices_of_a_list_in_any_order_of_the_text() -> None:
    before = {"l": {"L": [{"N": str(n)} for n in range(12)]}}
    after = update.apply(of("REMOVE l[10], l[9], l[2], l[11]"), before).item
    assert after == {"l": {"L": [{"N": str(n)} for n in (0, 1, 3, 4, 5, 6, 7, 8)]}}


@settings(max_examples=50)
@given(items())
def test_taking_an_attribute_away_and_putting_it_back_restores_the_item(before: Item) -> None:
    moved = update.apply(of("SET another = :s REMOVE gone"), before).item
    assert moved["another"] == {"S": "new"}
    assert update.apply(of("REMOVE another"), moved).item == {
        k: v for k, v in before.items() if k != "another"
    }


# ------------------------------------------------------------------ what is returned


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("SET s = :s", {"s": {"S": "old"}}, {"s": {"S": "new"}}),
        ("SET c = :one", None, {"c": {"N": "1"}}),
        ("SET c = :one, s = :s", {"s": {"S": "old"}}, {"c": {"N": "1"}, "s": {"S": "new"}}),
        ("SET m.k = :one", {"m": {"M": {"k": {"S": "v"}}}}, {"m": {"M": {"k": {"N": "1"}}}}),
        ("SET m.k = :one ADD m.l[0] :one", {"m": {"M": {"k": {"S": "v"}, "l": {"L": [{"N": "1"}]}}}}, {
            "m": {"M": {"k": {"N": "1"}, "l": {"L": [{"N": "2"}]}}}
        }),
        ("SET l[1] = :s", {"l": {"L": [{"S": "1"}]}}, {"l": {"L": [{"S": "new"}]}}),
        ("SET l[2] = :s, l[0] = :s", {"l": {"L": [{"S": "0"}, {"S": "2"}]}}, {"l": {"L": [NEW, NEW]}}),
        ("REMOVE s", {"s": {"S": "old"}}, None),
        ("REMOVE gone", None, None),
        ("REMOVE m.k", {"m": {"M": {"k": {"S": "v"}}}}, None),
        ("DELETE ss :ab", {"ss": {"SS": ["a", "b"]}}, None),
        ("ADD n :one", {"n": {"N": "41"}}, {"n": {"N": "42"}}),
    ],
)  # fmt: skip
def test_returned_images(text: str, old: Item | None, new: Item | None) -> None:
    before = item()
    done = update.apply(of(text), before)
    images: dict[Image, Item | None] = {"UPDATED_OLD": old, "UPDATED_NEW": new}
    for image, expected in images.items():
        assert update.returned(done, before, done.item, image) == expected


def test_the_names_that_an_update_changes() -> None:
    assert update.top_level_names(of("SET a.b = c, d[0] = :one REMOVE e")) == {"a", "d", "e"}


@pytest.mark.parametrize(
    ("text", "cost_bytes"),
    [
        ("SET a = :s", 3 + 19),
        ("SET a = :s, b = n + :one", 3 + 19 + 19 + 50),
        ("SET l[0] = :s, m.l[0] = l[1] - :one", 3 + 20 + 20 + 50),
        ("ADD n :one REMOVE a, b DELETE ss :ab", 3 + 19 + 2 + 2 + 2),
    ],
)
def test_what_the_actions_add_to_an_items_size(text: str, cost_bytes: int) -> None:
    assert of(text).program.cost_bytes == cost_bytes
