"""Filter patterns: which records a trigger wants, in the language that Lambda shares with EventBridge.

A pattern is JSON in the shape of a record. A leaf is a list of what may stand there: plain values, or one of
the operators of the table below. All members must match (AND), any entry of a list is enough (OR); `$or` is a
list of patterns of which one must match. Where the record holds a list, one of its elements must match.

Numbers of items are text in a record (`{"N": "42"}`), so `numeric` never matches them, on AWS either.

Source: the Lambda developer guide, "Control which events Lambda sends to your function".
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import orjson

Matches: TypeAlias = Callable[[Any], bool]
"""Whether a value of a record (`ABSENT` where it has none) is wanted."""

ABSENT: Any = object()

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class WrongPattern(ValueError):
    """The pattern is not one; the message says why in one sentence."""


def compile_pattern(text: str) -> Matches:
    """The pattern of a JSON text. Raises WrongPattern."""
    try:
        pattern = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise WrongPattern(f"The filter pattern is not JSON: {error}.") from error
    if not isinstance(pattern, dict):
        raise WrongPattern("The filter pattern must be a JSON object.")
    return _members(pattern)


def _members(pattern: Mapping[str, Any]) -> Matches:
    if not pattern:
        raise WrongPattern("A filter pattern must not be an empty object.")
    members = [(name, _member(name, wanted)) for name, wanted in pattern.items()]

    def matches(value: Any) -> bool:
        if isinstance(value, list):
            return any(matches(element) for element in value)
        known = value if isinstance(value, dict) else {}
        return all(wanted(value if name == "$or" else known.get(name, ABSENT)) for name, wanted in members)

    return matches


def _member(name: str, wanted: Any) -> Matches:
    if name == "$or":
        if not isinstance(wanted, list) or not all(isinstance(choice, dict) for choice in wanted):
            raise WrongPattern("$or must be a list of patterns.")
        return _any_of([_members(choice) for choice in wanted])
    if isinstance(wanted, dict):
        return _members(wanted)
    if not isinstance(wanted, list) or not wanted:
        raise WrongPattern(f"What {name} may be must be a list that is not empty.")
    return _leaf([_choice(choice) for choice in wanted])


def _any_of(choices: list[Matches]) -> Matches:
    return lambda value: any(choice(value) for choice in choices)


def _leaf(choices: list[Matches]) -> Matches:
    def matches(value: Any) -> bool:
        if isinstance(value, list):
            return any(matches(element) for element in value)
        return any(choice(value) for choice in choices)

    return matches


def _choice(choice: Any) -> Matches:
    if not isinstance(choice, dict):
        if isinstance(choice, list):
            raise WrongPattern("A list in a filter pattern must not hold lists.")
        return _equals(choice)
    if len(choice) != 1:
        raise WrongPattern("An operator of a filter pattern must stand alone in its object.")
    [(name, operand)] = choice.items()
    if name not in _OPERATORS:
        raise WrongPattern(f"{name} is not an operator of filter patterns ({', '.join(_OPERATORS)}).")
    return _OPERATORS[name](operand)


# ------------------------------------------------------------------ operators


def _equals(wanted: Any) -> Matches:
    kind = type(wanted)
    if kind in (int, float):
        return lambda value: type(value) in (int, float) and value == wanted
    return lambda value: type(value) is kind and value == wanted


def _prefix(operand: Any) -> Matches:
    text = _text("prefix", operand)
    return lambda value: isinstance(value, str) and value.startswith(text)


def _suffix(operand: Any) -> Matches:
    text = _text("suffix", operand)
    return lambda value: isinstance(value, str) and value.endswith(text)


def _equals_ignore_case(operand: Any) -> Matches:
    text = _text("equals-ignore-case", operand).casefold()
    return lambda value: isinstance(value, str) and value.casefold() == text


def _exists(operand: Any) -> Matches:
    """Of leaves only: an object in the record does not count as existing, as on AWS."""
    if not isinstance(operand, bool):
        raise WrongPattern("exists must be true or false.")
    return lambda value: (value is not ABSENT and not isinstance(value, dict)) is operand


def _anything_but(operand: Any) -> Matches:
    operands = operand if isinstance(operand, list) else [operand]
    if not operands:
        raise WrongPattern("anything-but must not be an empty list.")
    unwanted = [_choice(one) for one in operands]
    return lambda value: value is not ABSENT and not any(one(value) for one in unwanted)


def _numeric(operand: Any) -> Matches:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise WrongPattern("numeric must be a comparison and a number, once or twice.")
    tests = []
    for name, bound in zip(operand[::2], operand[1::2], strict=True):
        if name not in _COMPARISONS or type(bound) not in (int, float):
            raise WrongPattern("numeric must be a comparison (=, <, <=, >, >=) and a number, once or twice.")
        tests.append((_COMPARISONS[name], bound))
    return lambda value: type(value) in (int, float) and all(test(value, bound) for test, bound in tests)


def _text(name: str, operand: Any) -> str:
    if not isinstance(operand, str):
        raise WrongPattern(f"{name} must be a text.")
    return operand


_OPERATORS: Mapping[str, Callable[[Any], Matches]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": _exists,
}
