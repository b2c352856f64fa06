"""How rounds become figures, ratios and a chart."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import chart, report
from bench.measure import Result
from bench.rounds import OUR_NAME, Row


def result(rate: float, p99: float = 1.0) -> Result:
    return Result(rate, p99 / 2, p99, p99 * 2)


def row(latency: bool = False, **rounds: list[Result]) -> Row:
    ours = {OUR_NAME if name == "ours" else name: results for name, results in rounds.items()}
    return Row("memory", "GetItem", 16, latency, ours, {})


def test_the_best_peer_answers_most() -> None:
    assert row(ours=[result(9)], slow=[result(1)], fast=[result(3)]).best_peer() == "fast"


def test_where_latency_counts_the_best_peer_has_the_least() -> None:
    found = row(True, ours=[result(1, 2)], late=[result(9, 9)], prompt=[result(1, 6)])
    assert found.best_peer() == "prompt"
    assert found.ratio() == 3


def test_the_ratio_compares_rounds_with_rounds() -> None:
    """In the second round the machine was busy, for both."""
    found = row(ours=[result(200), result(20), result(200)], peer=[result(100), result(10), result(100)])
    assert found.ratio() == 2


def test_without_a_peer_there_is_no_ratio() -> None:
    assert row(ours=[result(1)]).ratio() is None
    assert row(peer=[result(1)]).ratio() is None


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=7))
def test_a_figure_lies_between_its_rounds(rates: list[float]) -> None:
    found = row(ours=[result(rate) for rate in rates])
    figure = found.figure(OUR_NAME)
    assert figure is not None
    assert min(rates) <= figure <= max(rates)
    assert report.medians(found.results[OUR_NAME]).requests_per_second == figure


def test_what_a_peer_cannot_do_is_a_dash() -> None:
    found = row(ours=[result(2)])
    found.cannot["peer"] = "TransactWriteItems: 400"
    assert report.line(found, [OUR_NAME, "peer"]).split()[-2:] == ["–", "–"]
    assert report.as_json(found)["servers"]["peer"] == {"cannot": "TransactWriteItems: 400"}


def test_the_chart_has_a_bar_for_every_figure_and_the_best_is_the_longest() -> None:
    drawn = chart.svg("a & b", [row(ours=[result(9)], peer=[result(3)]), row(ours=[result(9)])])
    root = ElementTree.fromstring(drawn)
    widths = [
        float(bar.get("width", ""))
        for bar in root.iter("{http://www.w3.org/2000/svg}rect")
        if bar.get("height") == "8"
    ]
    assert len(widths) == 3
    assert widths[0] == pytest.approx(3 * widths[1], rel=0.01)
    assert "a & b" in "".join(root.itertext())
