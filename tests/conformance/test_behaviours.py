"""The rows and `docs/behaviours.md` speak of the same numbers."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BEHAVIOURS = HERE.parent.parent / "docs" / "behaviours.md"
LINES = re.findall(
    r"^\| (B\d+\.\d\d) \| .+ \| (captured|docs|secondary) \|$", BEHAVIOURS.read_text("utf-8"), re.MULTILINE
)
CITED = {
    number
    for file in HERE.glob("test_*.py")
    if file != Path(__file__)
    for number in re.findall(r"\bB\d+\.\d\d\b", file.read_text("utf-8"))
}


def test_a_number_is_given_once() -> None:
    numbers = [number for number, _ in LINES]
    assert len(numbers) == len(set(numbers))


def test_every_line_of_a_table_is_a_behaviour() -> None:
    rows = re.findall(r"^\| B.*$", BEHAVIOURS.read_text("utf-8"), re.MULTILINE)
    assert len(rows) == len(LINES)


def test_every_number_cited_exists() -> None:
    assert CITED - {number for number, _ in LINES} == set()


@pytest.mark.parametrize("certainty", ["captured", "docs", "secondary"])
def test_every_line_is_cited(certainty: str) -> None:
    assert {number for number, known in LINES if known == certainty} - CITED == set()
