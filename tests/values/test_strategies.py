"""The strategies that other tests rely on do draw the corners they promise."""

from typing import Any

import pytest
from hypothesis import Phase, find, settings

from tests.strategies import attribute_values, items, numbers

FIRST = settings(max_examples=2_000, database=None, phases=[Phase.generate])
"""Until the first example is met; nobody will look at it, so it is not made small."""


@pytest.mark.parametrize("type", ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"])
def test_every_type_is_drawn(type: str) -> None:
    assert find(attribute_values(), lambda value: type in value, settings=FIRST)


def test_nested_values_astral_text_and_extreme_numbers_are_drawn() -> None:
    def nested(value: Any) -> bool:
        return any("L" in element or "M" in element for element in value.get("L", ()))

    assert find(attribute_values(), nested, settings=FIRST)
    assert find(items(), lambda item: any(ord(c) > 0xFFFF for c in str(item)), settings=FIRST)
    assert find(numbers(), lambda number: len(number) > 100, settings=FIRST)
    assert find(numbers(), lambda number: number.startswith("-0.000000"), settings=FIRST)
