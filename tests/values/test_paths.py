"""Following a document path into an item."""

from typing import Any

import pytest

from dynalite.values.paths import Path, get

ITEM: Any = {
    "a": {"S": "x"},
    "m": {"M": {"l": {"L": [{"N": "0"}, {"M": {"deep": {"BOOL": False}}}]}, "": {"S": "unnamed"}}},
    "M": {"SS": ["m"]},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (("a",), {"S": "x"}),
        (("m", "l", 0), {"N": "0"}),
        (("m", "l", 1, "deep"), {"BOOL": False}),
        (("m", ""), {"S": "unnamed"}),
        (("M",), {"SS": ["m"]}),
    ],
)
def test_a_path_leads_to_a_value(path: Path, found: Any) -> None:
    assert get(ITEM, path) == found


@pytest.mark.parametrize(
    "path",
    [
        ("b",),
        ("a", "x"),
        ("a", 0),
        ("m", "missing"),
        ("m", "missing", "further"),
        ("m", 0),
        ("m", "l", 2),
        ("m", "l", "deep"),
        ("m", "l", 0, 0),
        ("m", "l", 1, "deep", "deeper"),
        ("M", 0),
    ],
)
def test_a_path_that_does_not_fit_the_item_leads_nowhere(path: Path) -> None:
    assert get(ITEM, path) is None


def test_the_value_is_the_items_own() -> None:
    assert get(ITEM, ("m", "l", 0)) is ITEM["m"]["M"]["l"]["L"][0]
