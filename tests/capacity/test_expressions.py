"""Metric math, expression by expression."""

import pytest

from server.cloudwatch.expressions import ExpressionError, Series, Value, evaluate

M1 = Series({0: 1.0, 60: 2.0, 120: 4.0}, 60)
M2 = Series({60: 10.0, 120: 0.0, 180: 30.0}, 60)
VALUES: dict[str, Value] = {"m1": M1, "m2": M2, "none": Series({}, 60)}


def value_of(name: str) -> Value:
    if name not in VALUES:
        raise ExpressionError(f"there is no query with the id {name}")
    return VALUES[name]


def result(text: str) -> Value:
    return evaluate(text, value_of, lambda part: [s for s in (M1, M2) if part in ("", "m")], (0, 240))


def points(text: str) -> object:
    series = result(text)
    assert isinstance(series, Series)
    return dict(series.points)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("7 - 2 - 1", 4),
        ("8 / 4 / 2", 1),
        ("1.5 * 2", 3),
        ("1 + 1 == 2", 1),
        ("1 > 2 OR 2 > 1 AND 0 > 1", 0),
        ("1 != 1 || 1 <= 1 && 1 >= 1", 1),
        ("SUM(m1)", 7),
        ("AVG(m1)", 7 / 3),
        ("MIN(m1) + MAX(m1)", 5),
        ("PERIOD(m1)", 60),
        ("DATAPOINT_COUNT(m2)", 3),
    ],
)
def test_numbers(text: str, expected: float) -> None:
    assert result(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1 * 10 + 1", {0: 11, 60: 21, 120: 41}),
        ("100 - m1", {0: 99, 60: 98, 120: 96}),
        ("m1 + m2", {60: 12, 120: 4}),
        ("m1 / m2", {60: 0.2}),  # a division by zero has no point
        ("-m1", {0: -1, 60: -2, 120: -4}),
        ("m1 >= 2", {0: 0, 60: 1, 120: 1}),
        ("m1 / PERIOD(m1)", {0: 1 / 60, 60: 2 / 60, 120: 4 / 60}),
        ("m1 / SUM(m1) * 100", {0: 100 / 7, 60: 200 / 7, 120: 400 / 7}),
        ("SUM([m1, m2])", {0: 1, 60: 12, 120: 4, 180: 30}),
        ("sum(metrics())", {0: 1, 60: 12, 120: 4, 180: 30}),
        ('MAX(METRICS("m"))', {0: 1, 60: 10, 120: 4, 180: 30}),
        ("AVG([m1, m2])", {0: 1, 60: 6, 120: 2, 180: 30}),
        ("ABS(m1 - 3)", {0: 2, 60: 1, 120: 1}),
        ("CEIL(m1 / 4)", {0: 1, 60: 1, 120: 1}),
        ("FLOOR(m1 / 4)", {0: 0, 60: 0, 120: 1}),
        ("DIFF(m1)", {60: 1, 120: 2}),
        ("RATE(m1)", {60: 1 / 60, 120: 2 / 60}),
        ("RUNNING_SUM(m1)", {0: 1, 60: 3, 120: 7}),
        ("FILL(m1, 0)", {0: 1, 60: 2, 120: 4, 180: 0}),
        ("FILL(m2, REPEAT)", {60: 10, 120: 0, 180: 30}),
        ("FILL(m1, REPEAT)", {0: 1, 60: 2, 120: 4, 180: 4}),
        ("IF(m1 > 1, m1, 0)", {0: 0, 60: 2, 120: 4}),
        ("IF(m2, m1, 7)", {60: 2, 120: 7}),
        ("none + 1", {}),
        ("SUM(none) * 2", {}),
        ("m1 * IF(1, 2, 3)", {0: 2, 60: 4, 120: 8}),
    ],
)
def test_series(text: str, expected: dict[int, float]) -> None:
    assert points(text) == pytest.approx(expected)


def test_an_array_is_taken_series_by_series() -> None:
    doubled = result("[m1, m2] * 2")
    assert isinstance(doubled, list)
    assert [dict(series.points) for series in doubled] == [
        {0: 2, 60: 4, 120: 8},
        {60: 20, 120: 0, 180: 60},
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "ends too early"),
        ("1 +", "ends too early"),
        ("1 2", "unexpected 2"),
        ("(1", r"\) is missing"),
        ("m1 $ m2", r"unexpected \$"),
        ("nobody + 1", "no query with the id nobody"),
        ("SEARCH('x')", "no function SEARCH"),
        ("SUM(m1, m2)", "no function SUM of 2"),
        ("[1, m1]", "made of time series"),
        ("1 / 0", "divided by zero"),
        ("RATE(1)", "a time series is needed"),
        ("FILL(m1, m2)", "a number or REPEAT"),
        ("'text' + 1", "is not a value"),
        ("(" * 60 + "1" + ")" * 60, "nested too deeply"),
    ],
)
def test_what_cannot_be_computed_is_said(text: str, complaint: str) -> None:
    with pytest.raises(ExpressionError, match=complaint):
        result(text)
