"""CloudWatch's side of contributor insights: the rules that DynamoDB has made, and their reports.

A report is put together from a rule's minutes (`capacity/contributors.py`). A contributor's value in a period
is what its key used, or how often it was refused, in all minutes of the period; `Minimum`, `Maximum` and
`Average` are of single requests. What a rule does not remember, the small ones among many keys, has no part
in the contributors, but in all sums. The service says of its own reports that only the maximum and the
leading contributor mean something; here all figures do.

Rules of other services, and of one's own, there are none. How the service words the definition of a rule is
not published; here it says what is counted by what.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from dynalite.capacity import insights
from dynalite.capacity.contributors import Key, Minute
from dynalite.capacity.insights import Question, Rule
from dynalite.catalog.schema import Table
from dynalite.database import Database
from dynalite.operations import paging
from dynalite.values.types import Answer
from server.cloudwatch import complaints
from server.cloudwatch.complaints import (
    MINUTE,
    InvalidNextToken,
    InvalidParameterValueException,
    ResourceNotFoundException,
)

_CONTRIBUTORS = 10
_MOST_CONTRIBUTORS = 25  # of DynamoDB's rules
_RULES_PER_PAGE = 500
_SCHEMA = '{"Name":"ServiceLogRule","Version":1}'
_COUNTED: Mapping[Question, Mapping[str, str]] = {
    "accessed": {"AggregateOn": "Sum", "ValueOf": "ConsumedThroughputUnits"},
    "throttled": {"AggregateOn": "Count", "ValueOf": "ThrottleCount"},
}


@dataclass(slots=True)
class _Contributor:
    """What one key has used in a window, by period."""

    total: float = 0.0
    most: float = 0.0
    points: dict[float, float] = field(default_factory=dict)

    def add(self, at: float, units: float, most: float) -> None:
        self.total += units
        self.most = max(self.most, most)
        self.points[at] = self.points.get(at, 0.0) + units


_ORDERS: Final[Mapping[str, Callable[[_Contributor], float]]] = {
    "Sum": lambda one: one.total,
    "Maximum": lambda one: one.most,
}
"""What contributors are ranked by."""


# ------------------------------------------------------------------ GetInsightRuleReport


def report(database: Database, region: str, request: Mapping[str, Any]) -> Answer:
    name, start, end = request["RuleName"], request["StartTime"], request["EndTime"]
    period = complaints.check_period(request["Period"])
    complaints.check_window(start, end)
    most = request.get("MaxContributorCount", _CONTRIBUTORS)
    if not 1 <= most <= _MOST_CONTRIBUTORS:
        raise InvalidParameterValueException(
            f"The parameter MaxContributorCount must be between 1 and {_MOST_CONTRIBUTORS}."
        )
    order = request.get("OrderBy", "Sum")
    metrics = request.get("Metrics") or []
    for member, known, given in (("OrderBy", _ORDERS, [order]), ("Metrics", METRICS, metrics)):
        if not set(given) <= known.keys():
            raise InvalidParameterValueException(f"The parameter {member} must be one of {', '.join(known)}.")
    table, rule = _rule(database, region, name)
    minutes = list(_minutes(database, table, rule, start, end))
    contributors = _by_key(minutes, period)
    leading = sorted(contributors.items(), key=lambda one: (-_ORDERS[order](one[1]), one[0]))
    answer: Answer = {
        "KeyLabels": list(rule.labels),
        "AggregationStatistic": _COUNTED[rule.question]["AggregateOn"],
        "AggregateValue": sum(minute.total for minute in minutes),
        "ApproximateUniqueCount": _unique(minutes),
        "Contributors": [_described(key, one) for key, one in leading[:most]],
    }
    if metrics:
        answer["MetricDatapoints"] = [
            {"Timestamp": at, **{metric: METRICS[metric](found) for metric in metrics}}
            for at, found in _by_period(minutes, period).items()
        ]
    return answer


def _described(key: Key, contributor: _Contributor) -> Answer:
    return {
        "Keys": list(key),
        "ApproximateAggregateValue": contributor.total,
        "Datapoints": [
            {"Timestamp": at, "ApproximateValue": value} for at, value in sorted(contributor.points.items())
        ],
    }


def _minutes(database: Database, table: Table, rule: Rule, start: float, end: float) -> Iterator[Minute]:
    """What a rule has counted; nothing as long as no request has come since it was made."""
    account = database.capacity.accounts.get(table.uuid)
    counted = None if account is None else account.insights.get(rule.owner)
    contributors = None if counted is None else counted.contributors(rule.kind)
    if counted is not None and contributors is not None and counted.since == rule.since:
        yield from contributors.minutes(start // MINUTE * MINUTE, end)


def _by_key(minutes: Iterable[Minute], period: int) -> dict[Key, _Contributor]:
    found: dict[Key, _Contributor] = {}
    for minute in minutes:
        at = minute.begins // period * period
        for key, share in minute.shares.items():
            found.setdefault(key, _Contributor()).add(at, share.units, share.most)
    return found


def _by_period(minutes: Iterable[Minute], period: int) -> dict[float, list[Minute]]:
    found: dict[float, list[Minute]] = {}
    for minute in minutes:
        found.setdefault(minute.begins // period * period, []).append(minute)
    return dict(sorted(found.items()))


def _unique(minutes: Sequence[Minute]) -> int:
    """How many keys there were: those that are remembered, or the most of a minute, if these were more."""
    remembered = len({key for minute in minutes for key in minute.shares})
    return max([remembered, *(minute.contributors for minute in minutes)])


def _leading(minutes: Sequence[Minute]) -> float:
    found: dict[Key, float] = {}
    for minute in minutes:
        for key, share in minute.shares.items():
            found[key] = found.get(key, 0.0) + share.units
    return max(found.values())


METRICS: Final[Mapping[str, Callable[[Sequence[Minute]], float]]] = {
    "UniqueContributors": _unique,
    "MaxContributorValue": _leading,
    "SampleCount": lambda minutes: sum(minute.count for minute in minutes),
    "Sum": lambda minutes: sum(minute.total for minute in minutes),
    "Minimum": lambda minutes: min(minute.least for minute in minutes),
    "Maximum": lambda minutes: max(minute.most for minute in minutes),
    "Average": lambda minutes: (
        sum(minute.total for minute in minutes) / sum(minute.count for minute in minutes)
    ),
}
"""What may be asked for of each period, from its minutes."""


# ------------------------------------------------------------------ DescribeInsightRules


def rules(database: Database, region: str, request: Mapping[str, Any]) -> Answer:
    most = request.get("MaxResults", _RULES_PER_PAGE)
    if not 1 <= most <= _RULES_PER_PAGE:
        raise InvalidParameterValueException(
            f"The parameter MaxResults must be between 1 and {_RULES_PER_PAGE}."
        )
    wrong = InvalidNextToken("The parameter NextToken is not valid.")
    start = paging.start(request.get("NextToken"), wrong)
    found = sorted((rule for _, rule in _rules(database, region)), key=lambda rule: rule.name)
    shown, more = paging.page(found, start, most)
    return {
        "InsightRules": [
            {"Name": rule.name, "State": "ENABLED", "Schema": _SCHEMA, "Definition": _definition(rule)}
            for rule in shown
        ],
        **more,
    }


def _definition(rule: Rule) -> str:
    counted = _COUNTED[rule.question]
    contribution = {"Keys": list(rule.labels), "ValueOf": counted["ValueOf"]}
    return orjson.dumps({"AggregateOn": counted["AggregateOn"], "Contribution": contribution}).decode()


def _rules(database: Database, region: str) -> Iterator[tuple[Table, Rule]]:
    for table in database.catalog.tables():
        if table.region == region:
            for rule in insights.every_rule(table):
                yield table, rule


def _rule(database: Database, region: str, name: str) -> tuple[Table, Rule]:
    for table, rule in _rules(database, region):
        if rule.name == name:
            return table, rule
    raise ResourceNotFoundException(f"The Contributor Insights rule {name} does not exist.")
