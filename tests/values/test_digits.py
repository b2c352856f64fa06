"""Whole numbers that come as text."""

import pytest

from dynalite.values.digits import whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("100", 100), ("007", 7), ("0" * 5000, 0)])
def test_digits_are_read(text: str, number: int) -> None:
    assert whole(text, 100) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", " 1", "१", "²", "101", "9" * 5000])
def test_anything_else_and_more_than_allowed_is_no_number(text: str) -> None:
    """Python itself raises an error of its own for thousands of digits."""
    assert whole(text, 100) is None
