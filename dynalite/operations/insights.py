"""UpdateContributorInsights, DescribeContributorInsights and ListContributorInsights.

What is kept, with the table, is for which tables and indexes insights were asked for, in which mode, and
since when there are rules. What the rules count, and what they are called, is told in `capacity/insights.py`.
A mode is changed by enabling again, and a request without one asks for the default; asking for what there is
already changes nothing. Sources: the developer guide, "CloudWatch Contributor Insights for DynamoDB"; how a
change of mode is answered was published by somebody who asked the service in 2026.
"""

from dataclasses import replace
from typing import Any

from dynalite.capacity import insights
from dynalite.catalog.schema import INSIGHTS, Table
from dynalite.catalog.standing import not_found
from dynalite.catalog.throughput import index_not_found
from dynalite.errors import ValidationException
from dynalite.model.catalogue import SHAPES
from dynalite.operations import paging
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request

_PAGE = 100
_TABLE = ""


async def update_contributor_insights(context: Context, request: Request) -> Answer:
    catalog = context.catalog
    name, index = catalog.name(context.region, request["TableName"]), request.get("IndexName", _TABLE)
    enabled = request["ContributorInsightsAction"] == "ENABLE"
    mode = request.get("ContributorInsightsMode", insights.DEFAULT_MODE)
    now = context.clock.now()

    def decide(present: Table | None) -> tuple[Answer, Table]:
        if present is None:
            raise not_found(name)
        _check_index(present, index)
        before = insights.setting(present, index)
        on = before is not None and before.enabled
        shown = mode if enabled or before is None else before.mode
        described = {"ContributorInsightsMode": shown} if enabled or on else {}
        if before is not None and enabled and on and before.mode == mode:
            return _summary(name, index, "ENABLED") | described, present
        since = before.since if before is not None and on else now
        asked = insights.Setting(enabled, mode, now, since)._asdict()
        settings = {**present.settings, INSIGHTS: {**present.settings.get(INSIGHTS, {}), index: asked}}
        status = "ENABLING" if enabled else "DISABLING"
        return _summary(name, index, status) | described, replace(present, settings=settings)

    return await catalog.change(context.region, name, decide)


async def describe_contributor_insights(context: Context, request: Request) -> Answer:
    table = context.catalog.existing(context.region, request["TableName"])
    index = request.get("IndexName", _TABLE)
    _check_index(table, index)
    asked = insights.setting(table, index)
    if asked is None:
        return _summary(table.name, index, "DISABLED")
    answer = _summary(table.name, index, "ENABLED" if asked.enabled else "DISABLED")
    answer["LastUpdateDateTime"] = round(asked.at, 3)
    if asked.enabled:
        answer["ContributorInsightsMode"] = asked.mode
        answer["ContributorInsightsRuleList"] = [rule.name for rule in insights.rules(table, index)]
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
        for index, kept in sorted(table.settings.get(INSIGHTS, {}).items()):
            status = "ENABLED" if kept["enabled"] else "DISABLED"
            mode = {"ContributorInsightsMode": kept["mode"]} if kept["enabled"] else {}
            found.append(_summary(table.name, index, status) | mode)
    size = request.get("MaxResults") or _PAGE
    if size < 0:
        raise ValidationException("MaxResults must not be negative")
    start = paging.start(request.get("NextToken"), ValidationException("Invalid NextToken"))
    shown, more = paging.page(found, start, size)
    return {"ContributorInsightsSummaries": shown, **more}


def _check_index(table: Table, index: str) -> None:
    """Only global indexes have insights of their own."""
    if index and ((found := table.index(index)) is None or not found.is_global):
        raise index_not_found(index, table.name)


def _summary(table: str, index: str, status: str) -> Answer:
    named = {"IndexName": index} if index else {}
    return {"TableName": table, **named, "ContributorInsightsStatus": status}


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
