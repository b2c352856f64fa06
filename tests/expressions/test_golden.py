"""The parser against its golden files: what expressions mean, and how the service complains of what is none.

A file holds blocks between blank lines: the expression, then on the last line its tree, or the complaint.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from dynalite.expressions.complaint import Complaint
from dynalite.expressions.parser import parse_condition, parse_projection, parse_update
from dynalite.expressions.tree import Node, ProjectionTree, UpdateTree
from tests.expressions.printing import structure

Parse = Callable[[str], Node | UpdateTree | ProjectionTree]

_FOLDER = Path(__file__).parent / "golden"
_PARSERS: dict[str, Parse] = {
    "conditions": parse_condition,
    "updates": parse_update,
    "projections": parse_projection,
}


def _blocks() -> list[tuple[Parse, str, str]]:
    found = []
    for name, parse in _PARSERS.items():
        for block in (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").strip().split("\n\n"):
            if not block.startswith("#"):
                expression, _, expected = block.rpartition("\n")
                found.append((parse, expression, expected))
    return found


@pytest.mark.parametrize(("parse", "expression", "expected"), _blocks())
def test_golden(parse: Parse, expression: str, expected: str) -> None:
    try:
        answer = structure(parse(expression))
    except Complaint as complaint:
        answer = f"! {complaint.detail}"
    assert answer == expected
