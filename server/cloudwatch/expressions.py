"""Metric math: arithmetic between the time series of one GetMetricData.

    expression   m1 + m2 * 100      (m1 - m2) / PERIOD(m1)      IF(m1 > 5, m1, 0)      SUM([m1, m2])

A value is a number, a time series, or an array of series. What joins two series has points where both have;
what joins a series and a number has the series' points; an array is taken series by series. A comparison is
1 or 0. A division by zero has no point.

Functions: ABS, CEIL and FLOOR of every point; SUM, AVG, MIN and MAX, of a series a number, of an array a
series; RATE, DIFF and RUNNING_SUM along a series; FILL with a number or REPEAT; PERIOD, DATAPOINT_COUNT, IF
and METRICS. What is left out: SEARCH, anomaly detection, sorting, and functions of the calendar. Source: the
CloudWatch user guide, "Using math expressions".
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil, floor
from typing import NamedTuple, TypeAlias

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z]\w*)|"(?P<text>[^"]*)"|'(?P<text2>[^']*)'"""
    r"""|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^()<>,\[\]]))"""
)
_MOST_DEPTH = 50


class ExpressionError(Exception):
    """An expression that cannot be computed; the text says why."""


class Series(NamedTuple):
    """Points by the time at which their period begins (epoch seconds)."""

    points: Mapping[float, float]
    period: int


Value: TypeAlias = float | Series | list[Series]
Operand: TypeAlias = Value | str
"""A value, or the text that some functions take."""


def evaluate(
    text: str,
    value_of: Callable[[str], Value],
    metrics: Callable[[str], list[Series]],
    window: tuple[float, float],
) -> Value:
    """What an expression comes to. `value_of` knows the values of ids, `metrics` those of METRICS.

    Raises ExpressionError.
    """
    reader = _Reader(_tokens(text), value_of, metrics, window)
    value = reader.either()
    if reader.token is not None:
        raise ExpressionError(f"unexpected {reader.token.text}")
    return _value(value)


# ------------------------------------------------------------------ reading


class _Token(NamedTuple):
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise ExpressionError(f"unexpected {text[at:].strip()[:1]}")
        tokens.append(_Token(match.lastgroup.removesuffix("2"), match[match.lastgroup]))
        at = match.end()
    return tokens


@dataclass(slots=True)
class _Reader:
    """Reads and computes in one go; a method for each rank of operators, the loosest first."""

    tokens: Sequence[_Token]
    value_of: Callable[[str], Value]
    metrics: Callable[[str], list[Series]]
    window: tuple[float, float]
    at: int = 0
    depth: int = 0

    @property
    def token(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, *signs: str) -> str | None:
        """The next token, if it is one of these."""
        token = self.token
        if token is None or token.kind == "text" or token.text.upper() not in signs:
            return None
        self.at += 1
        return token.text.upper()

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise ExpressionError(f"{sign} is missing")

    def either(self) -> Operand:
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            raise ExpressionError("it is nested too deeply")
        value = self._ranked(0)
        self.depth -= 1
        return value

    def _ranked(self, rank: int) -> Operand:
        if rank == len(_RANKS):
            return self._signed()
        left = self._ranked(rank + 1)
        while sign := self.take(*_RANKS[rank]):
            left = _joined(_RANKS[rank][sign], _value(left), _value(self._ranked(rank + 1)))
        return left

    def _signed(self) -> Operand:
        if self.take("-"):
            return _mapped(operator.neg, _value(self._signed()))
        base = self._atom()
        if self.take("^"):
            return _joined(_power, _value(base), _value(self._signed()))
        return base

    def _atom(self) -> Operand:
        token = self.token
        if token is None:
            raise ExpressionError("it ends too early")
        if self.take("("):
            value = self.either()
            self.expect(")")
            return value
        if self.take("["):
            return [_series(value) for value in self._list("]")]
        self.at += 1
        if token.kind == "number":
            return float(token.text)
        if token.kind == "text":
            return token.text
        if token.kind != "name":
            raise ExpressionError(f"unexpected {token.text}")
        if self.take("("):
            return self._call(token.text.upper(), self._list(")"))
        return "REPEAT" if token.text.upper() == "REPEAT" else self.value_of(token.text)

    def _list(self, end: str) -> list[Operand]:
        if self.take(end):
            return []
        found = [self.either()]
        while self.take(","):
            found.append(self.either())
        self.expect(end)
        return found

    def _call(self, name: str, given: list[Operand]) -> Value:
        if name == "METRICS" and len(given) <= 1:
            return self.metrics(str(given[0]) if given else "")
        if name == "FILL" and len(given) == 2:
            return _each(lambda series: _filled(series, given[1], self.window), _value(given[0]))
        count, function = FUNCTIONS.get(name, (-1, _unknown))
        if count != len(given):
            raise ExpressionError(f"there is no function {name} of {len(given)}")
        return function(*map(_value, given))


def _value(operand: Operand) -> Value:
    if isinstance(operand, str):
        raise ExpressionError(f"{operand!r} is not a value")
    return operand


def _series(operand: Operand) -> Series:
    if not isinstance(operand, Series):
        raise ExpressionError("an array is made of time series")
    return operand


# ------------------------------------------------------------------ computing


def _each(function: Callable[[Series], Series], value: Value) -> Value:
    """A function of a series, of one or of all in an array."""
    if isinstance(value, float):
        raise ExpressionError("a time series is needed, not a number")
    return [function(one) for one in value] if isinstance(value, list) else function(value)


def _mapped(function: Callable[[float], float], value: Value) -> Value:
    if isinstance(value, float):
        return float(function(value))
    return _each(
        lambda one: Series({at: float(function(v)) for at, v in one.points.items()}, one.period), value
    )


def _joined(function: Callable[[float, float], float], left: Value, right: Value) -> Value:
    if isinstance(left, list):
        return [_series(_joined(function, one, right)) for one in left]
    if isinstance(right, list):
        return [_series(_joined(function, left, one)) for one in right]
    if isinstance(left, float) and isinstance(right, float):
        try:
            return float(function(left, right))
        except (ZeroDivisionError, OverflowError, ValueError):
            raise ExpressionError("a number is divided by zero, or too large") from None
    period = left.period if isinstance(left, Series) else _series(right).period
    points = {}
    for at in _times(left, right):
        try:
            points[at] = float(function(_at(left, at), _at(right, at)))
        except (ZeroDivisionError, OverflowError, ValueError):
            continue
    return Series(points, period)


def _times(*values: Value) -> list[float]:
    """The times at which all series among the values have points."""
    known = [value.points.keys() for value in values if isinstance(value, Series)]
    return sorted(set(known[0]).intersection(*known[1:]))


def _at(value: Value, at: float) -> float:
    return value if isinstance(value, float) else _series(value).points[at]


def _power(base: float, exponent: float) -> float:
    value = base**exponent
    if isinstance(value, complex):
        raise ValueError
    return float(value)


def _aggregated(function: Callable[[list[float]], float]) -> Callable[[Value], Value]:
    """Of a series a number; of an array a series, of the points that there are at each time."""

    def aggregate(value: Value) -> Value:
        if isinstance(value, float):
            return value
        if isinstance(value, Series):
            return function(list(value.points.values())) if value.points else Series({}, value.period)
        times = sorted({at for one in value for at in one.points})
        period = value[0].period if value else 60
        return Series({at: function([s.points[at] for s in value if at in s.points]) for at in times}, period)

    return aggregate


def _along(step: Callable[[float, float, float], float]) -> Callable[[Value], Value]:
    """A series of what lies between neighbouring points: `step` of both values and the seconds between."""

    def differences(one: Series) -> Series:
        pairs = pairwise(sorted(one.points.items()))
        return Series({at: step(before, v, at - since) for (since, before), (at, v) in pairs}, one.period)

    return lambda value: _each(differences, value)


def _running_sum(one: Series) -> Series:
    times = sorted(one.points)
    sums = accumulate(one.points[at] for at in times)
    return Series(dict(zip(times, sums, strict=True)), one.period)


def _filled(one: Series, filler: Operand, window: tuple[float, float]) -> Series:
    if filler != "REPEAT" and not isinstance(filler, float):
        raise ExpressionError("FILL takes a number or REPEAT")
    points, last = {}, None
    at = window[0] // one.period * one.period
    while at < window[1]:
        value = one.points.get(at, last if filler == "REPEAT" else filler)
        if isinstance(value, float):
            points[at] = last = value
        at += one.period
    return Series(points, one.period)


def _chosen(condition: Value, yes: Value, no: Value) -> Value:
    if isinstance(condition, float):
        return yes if condition else no
    times = _times(_series(condition), yes, no)
    period = _series(condition).period
    return Series({at: _at(yes if _at(condition, at) else no, at) for at in times}, period)


def _period(value: Value) -> Value:
    return float(_series(value).period)


def _count(value: Value) -> Value:
    return float(len(_series(value).points))


def _unknown(*_: Value) -> Value:
    raise ExpressionError("there is no such function")


_RANKS: Sequence[Mapping[str, Callable[[float, float], float]]] = (
    {"OR": lambda a, b: bool(a or b), "||": lambda a, b: bool(a or b)},
    {"AND": lambda a, b: bool(a and b), "&&": lambda a, b: bool(a and b)},
    {
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.truediv},
)
"""Operators of two values, the loosest first."""

FUNCTIONS: Mapping[str, tuple[int, Callable[..., Value]]] = {
    "ABS": (1, lambda value: _mapped(abs, value)),
    "CEIL": (1, lambda value: _mapped(ceil, value)),
    "FLOOR": (1, lambda value: _mapped(floor, value)),
    "SUM": (1, _aggregated(sum)),
    "AVG": (1, _aggregated(lambda values: sum(values) / len(values))),
    "MIN": (1, _aggregated(min)),
    "MAX": (1, _aggregated(max)),
    "RATE": (1, _along(lambda before, after, seconds: (after - before) / seconds)),
    "DIFF": (1, _along(lambda before, after, seconds: after - before)),
    "RUNNING_SUM": (1, lambda value: _each(_running_sum, value)),
    "PERIOD": (1, _period),
    "DATAPOINT_COUNT": (1, _count),
    "IF": (3, _chosen),
}
"""How many values a function takes, and what it makes of them."""
