"""The form of a row, and how a row is judged.

A row is a behaviour's number, a name, an operation, a request, and what must come back: a `str` is the whole
message of a ValidationException, a tuple several of which the sources disagree, `No` any other error, `Like`
a message of which only some can be relied on, `OK` any answer but an error, a dict the members that the
answer must have (others may be there).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest

from tests.conformance.wire import Refusal, Wire

PREFIX = "1 validation error detected: "
OMPVI = "One or more parameter values were invalid: "
OK: dict[str, Any] = {}
NO_TABLE = "Requested resource not found"


@dataclass(frozen=True)
class No:
    """An error. A message of None means that it carries none; `fields` are further members of its body."""

    code: str
    message: str | None
    fields: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Like:
    """A message of which only these pieces can be relied on: it begins with the first, and has the others."""

    pieces: tuple[str, ...]
    code: str = "ValidationException"


Expected: TypeAlias = "str | tuple[str, ...] | No | Like | dict[str, Any]"
Check: TypeAlias = Callable[[Wire, "Case"], None]


@dataclass(frozen=True)
class Case:
    behaviour: str
    name: str
    operation: str
    request: Mapping[str, Any]
    expected: Expected


def table_of(*groups: Iterable[Case]) -> pytest.MarkDecorator:
    """The decorator that makes a test of every row."""
    return pytest.mark.parametrize(
        "case",
        [
            pytest.param(case, id=f"{case.behaviour}-{case.operation}-{case.name}")
            for group in groups
            for case in group
        ],
    )


def judge(wire: Wire, case: Case) -> None:
    """Send a row's request and compare. A member that is None is left out."""
    request = {name: value for name, value in case.request.items() if value is not None}
    try:
        answer = wire(case.operation, request)
    except Refusal as refusal:
        compare(case.expected, refusal)
    else:
        assert isinstance(case.expected, dict), f"accepted, and answered {str(answer)[:500]}"
        got = {name: answer.get(name) for name in case.expected}
        assert got == case.expected, f"\nanswered {answer}\nexpected {case.expected}"


def compare(expected: Expected, refusal: Refusal) -> None:
    """That an error answer is the expected one."""
    if isinstance(expected, dict):
        raise AssertionError(f"refused: {refusal}")
    if isinstance(expected, Like):
        message = str(refusal.message)
        assert refusal.code == expected.code, str(refusal)
        assert message.startswith(expected.pieces[0]), f"\nanswered {message[:2000]}\nexpected {expected}"
        for piece in expected.pieces:
            assert piece in message, f"\nanswered {message[:2000]}\nexpected {expected}"
        return
    if isinstance(expected, tuple):
        assert refusal.code == "ValidationException", str(refusal)
        assert refusal.message in expected
        return
    error = No("ValidationException", expected) if isinstance(expected, str) else expected
    answered = (refusal.code, refusal.message, refusal.status)
    wanted = (error.code, error.message, 400)
    assert answered == wanted, f"\nanswered {answered}\nexpected {wanted}"
    for name, value in error.fields:
        assert refusal.body.get(name) == value, f"{name} is {refusal.body.get(name)!r}"


def missing_table(table: str = "") -> No:
    """The answer for a table that is not there: with its name on the control plane."""
    return No("ResourceNotFoundException", f"{NO_TABLE}: Table: {table} not found" if table else NO_TABLE)
