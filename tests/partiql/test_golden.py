"""The parser against its golden files: what statements mean, and how the service refuses what is none.

A file holds blocks between blank lines: a text, then on the last line its structure, or after an exclamation
mark the objection to it. Conditions and values stand in a statement of their own.
"""

from pathlib import Path

import pytest

from dynalite.errors import ValidationException
from dynalite.partiql.parser import parse
from dynalite.partiql.statement import Insert, Select
from tests.partiql.printing import node, structure, value_text

_FOLDER = Path(__file__).parent / "golden"
_NOT_WELL_FORMED = "Statement wasn't well formed, can't be processed: "


def _blocks(name: str) -> list[tuple[str, str]]:
    blocks = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").strip().split("\n\n")
    parted = [block.rpartition("\n") for block in blocks if not block.startswith("#")]
    return [(text, expected) for text, _, expected in parted]


@pytest.mark.parametrize(("text", "expected"), _blocks("selects") + _blocks("writes"))
def test_a_statement(text: str, expected: str) -> None:
    assert structure(parse(text)) == expected


@pytest.mark.parametrize(("text", "expected"), _blocks("conditions"))
def test_a_condition(text: str, expected: str) -> None:
    statement = parse(f"SELECT * FROM Music WHERE {text}")
    command = statement.command
    assert isinstance(command, Select)
    assert command.where is not None
    assert (f"! {statement.objection}" if statement.objection else node(command.where)) == expected


@pytest.mark.parametrize(("text", "expected"), _blocks("values"))
def test_a_value(text: str, expected: str) -> None:
    statement = parse(f"INSERT INTO Music VALUE {{'v' : {text}}}")
    command = statement.command
    assert isinstance(command, Insert)
    assert (
        f"! {statement.objection}" if statement.objection else value_text(command.attributes[0][1])
    ) == expected


@pytest.mark.parametrize(("text", "expected"), _blocks("refusals"))
def test_no_statement(text: str, expected: str) -> None:
    with pytest.raises(ValidationException) as caught:
        parse(text)
    assert caught.value.message == _NOT_WELL_FORMED + expected.removeprefix("!").removeprefix(" ")


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * FROM Music WHERE {'(' * 700}a = 1{')' * 700}",
        f"SELECT * FROM Music WHERE {'NOT ' * 700}a = 1",
        f"SELECT * FROM Music WHERE a = {'contains(' * 700}",
        f"SELECT * FROM Music WHERE a{' = 1' * 700}",
        f"UPDATE Music SET a = a{' + 1' * 700} WHERE pk = 1",
        f"INSERT INTO Music VALUE {{'v': {'[' * 700}{']' * 700}}}",
        f"INSERT INTO Music VALUE {{'v': {'<<' * 700}",
        f"SELECT * FROM Music WHERE a = {'- ' * 3000}b",
    ],
)
def test_deep_nesting_is_refused_and_exhausts_nothing(text: str) -> None:
    with pytest.raises(ValidationException, match=r"nested too deeply|too many operators in a row"):
        parse(text)


def test_many_conditions_in_a_row_are_no_nesting() -> None:
    statement = parse("SELECT * FROM Music WHERE " + " AND ".join(["a = 1"] * 500))
    assert statement.objection is None


def test_the_same_text_is_parsed_once() -> None:
    text = "SELECT * FROM Music WHERE Artist = 'once'"
    assert parse(text) is parse(text)
