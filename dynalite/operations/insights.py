"""UpdateContributorInsights, DescribeContributorInsights and ListContributorInsights.

Insights only switch a report on: the keys that use a table most are always counted, and shown by the capacity
report (`capacity/explain.py`). What is kept here, with the table, is for which tables and indexes they were
asked for, and the names of CloudWatch's rules that the service would make. Source: the developer guide,
"CloudWatch Contributor Insights for DynamoDB".
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dynalite.catalog.schema import Table
from dynalite.catalog.store import not_found
from dynalite.catalog.throughput import index_not_found
from dynalite.errors import ValidationException
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request

_SETTING = "ContributorInsights"
_DEFAULT_MODE = "ACCESSED_AND_THROTTLED_KEYS"
_PAGE = 100
_TABLE = ""
_RULES: Mapping[str, tuple[str, ...]] = {
    "ACCESSED_AND_THROTTLED_KEYS": ("PKC", "PKT"),
    "THROTTLED_KEYS": ("PKT",),
}
_SORTED_RULES: Mapping[str, str] = {"PKC": "SKC", "PKT": "SKT"}
"""The rules for partition keys, and for whole keys where there is a sort key: consumed and throttled."""


async def update_contributor_insights(context: Context, request: Request) -> Answer:
    catalog = context.catalog
    name, index = catalog.name(context.region, request["TableName"]), request.get("IndexName", _TABLE)
    enabled = request["ContributorInsightsAction"] == "ENABLE"
    mode = request.get("ContributorInsightsMode", _DEFAULT_MODE)
    now = context.clock.now()

    def decide(present: Table | None) -> tuple[None, Table]:
        if present is None:
            raise not_found(name)
        _check_index(present, index)
        insights = {
            **present.settings.get(_SETTING, {}),
            index: {"enabled": enabled, "mode": mode, "at": now},
        }
        return None, replace(present, settings={**present.settings, _SETTING: insights})

    await catalog.change(context.region, name, decide)
    answer = _summary(name, index, "ENABLING" if enabled else "DISABLING")
    return answer | ({"ContributorInsightsMode": mode} if enabled else {})


async def describe_contributor_insights(context: Context, request: Request) -> Answer:
    table = context.catalog.existing(context.region, request["TableName"])
    index = request.get("IndexName", _TABLE)
    _check_index(table, index)
    kept = table.settings.get(_SETTING, {}).get(index)
    if kept is None:
        return _summary(table.name, index, "DISABLED")
    answer = _summary(table.name, index, "ENABLED" if kept["enabled"] else "DISABLED")
    answer["LastUpdateDateTime"] = round(kept["at"], 3)
    if kept["enabled"]:
        answer["ContributorInsightsMode"] = kept["mode"]
        answer["ContributorInsightsRuleList"] = _rules(table, index, kept)
    return answer


async def list_contributor_insights(context: Context, request: Request) -> Answer:
    catalog = context.catalog
    asked = request.get("TableName")
    if asked is None:
        tables = [catalog.existing(context.region, name) for name in catalog.names(context.region)]
    else:
        tables = [catalog.existing(context.region, asked)]
    found: list[dict[str, Any]] = []
    for table in tables:
        for index, kept in sorted(table.settings.get(_SETTING, {}).items()):
            status = "ENABLED" if kept["enabled"] else "DISABLED"
            mode = {"ContributorInsightsMode": kept["mode"]} if kept["enabled"] else {}
            found.append(_summary(table.name, index, status) | mode)
    start, size = _start(request.get("NextToken")), request.get("MaxResults") or _PAGE
    answer: Answer = {"ContributorInsightsSummaries": found[start : start + size]}
    if start + size < len(found):
        answer["NextToken"] = str(start + size)
    return answer


def _start(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isascii() or not token.isdecimal():
        raise ValidationException("Invalid NextToken")
    return int(token)


def _check_index(table: Table, index: str) -> None:
    if index and table.index(index) is None:
        raise index_not_found(index, table.name)


def _summary(table: str, index: str, status: str) -> Answer:
    named = {"IndexName": index} if index else {}
    return {"TableName": table, **named, "ContributorInsightsStatus": status}


def _rules(table: Table, index: str, kept: Mapping[str, Any]) -> list[str]:
    """The names of the rules: what they watch, whose it is, and when they were made, in milliseconds."""
    found = table.index(index) if index else None
    keys = table.keys if found is None else found.keys
    watched = list(_RULES[kept["mode"]])
    if keys.sort:
        watched += [_SORTED_RULES[kind] for kind in watched]
    owner = f"{table.name}-{index}" if index else table.name
    return [f"DynamoDBContributorInsights-{kind}-{owner}-{kept['at'] * 1000:.0f}" for kind in watched]


OPERATIONS = (
    Operation(
        "UpdateContributorInsights",
        SHAPES["UpdateContributorInsights"],
        update_contributor_insights,
        "control",
    ),
    Operation(
        "DescribeContributorInsights",
        SHAPES["DescribeContributorInsights"],
        describe_contributor_insights,
        "reads",
    ),
    Operation(
        "ListContributorInsights", SHAPES["ListContributorInsights"], list_contributor_insights, "reads"
    ),
)
