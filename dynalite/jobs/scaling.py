"""Auto scaling at work: the targets and policies of a database, and the step that follows them.

Once a minute of the server's clock every target with a policy is looked at (`capacity/scaling.py` says what
it should have) and its table is updated as a client would update it. Targets and policies outlive the server
(`capacity/tracking.py`); what was consumed does not, so a server that starts again waits until it has seen
enough minutes.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dynalite.capacity import sums
from dynalite.capacity.account import Account
from dynalite.capacity.meter import Capacity
from dynalite.capacity.scaling import IN_MINUTES, Policy, Resource, Target, wanted
from dynalite.catalog.schema import Table, Throughput
from dynalite.errors import ServiceError
from dynalite.operations.context import Context
from dynalite.values.types import Request

_ACTIVITIES = 1000


@dataclass(frozen=True, slots=True)
class Activity:
    """One change that was made, or refused: `error` says why."""

    resource: Resource
    before: int
    after: int
    at: float
    error: str | None = None


class Scaling:
    """What is done about the targets of a database, and what was."""

    def __init__(self, capacity: Capacity) -> None:
        self.activities: deque[Activity] = deque(maxlen=_ACTIVITIES)
        """The latest first."""
        self._capacity = capacity
        self._looked_at_minute = 0

    async def step(self, context: Context) -> None:
        """Scale what has to be scaled, at most once a minute."""
        now = context.clock.now()
        minute = int(now // 60)
        tracking = context.tracking
        if minute == self._looked_at_minute or not tracking.policies:
            return
        self._looked_at_minute = minute
        for policy in list(tracking.policies.values()):
            target = tracking.targets.get(policy.resource)
            table = context.catalog.find(policy.resource.region, policy.resource.table)
            if target is not None and table is not None and table.status == "ACTIVE":
                await self._follow(context, target, policy, table, now)

    async def _follow(
        self, context: Context, target: Target, policy: Policy, table: Table, now: float
    ) -> None:
        resource = policy.resource
        throughput = _throughput(table, resource)
        if throughput is None or table.billing_mode != "PROVISIONED":
            return
        units = throughput.read_units if resource.unit == "Read" else throughput.write_units
        minutes = _consumed(self._capacity.account(table), resource, now)
        better = wanted(target, policy, units, minutes, now)
        if better == units:
            return
        from dynalite.operations.tables_update import update_table  # not before there is something to scale

        error = None
        try:
            await update_table(
                replace(context, region=resource.region), _update(resource, throughput, better)
            )
        except ServiceError as refused:
            error = refused.message
        else:
            context.tracking.targets[resource] = (
                replace(target, scaled_out_at=now) if better > units else replace(target, scaled_in_at=now)
            )
            await context.tracking.keep(context.engine)
        self.activities.appendleft(Activity(resource, units, better, now, error))


def _throughput(table: Table, resource: Resource) -> Throughput | None:
    if resource.index is None:
        return table.throughput
    index = table.index(resource.index)
    return None if index is None or not index.is_global else index.throughput


def _consumed(account: Account, resource: Resource, now: float) -> list[float]:
    """The units of the last complete minutes, as many as matter and have been since counting began."""
    end = now // 60 * 60
    start = max(end - 60 * IN_MINUTES, account.counting_since // 60 * 60)
    arms = sums.own(account) if resource.index is None else [resource.index]
    reads = resource.unit == "Read"
    by_minute = sums.by_minute(
        account, arms, None, start, end, lambda figures: figures.read_units if reads else figures.write_units
    )
    return [by_minute.get(start + 60 * number, 0.0) for number in range(int(end - start) // 60)]


def _update(resource: Resource, present: Throughput, units: int) -> Request:
    """The UpdateTable request that gives a resource its units."""
    reads = units if resource.unit == "Read" else present.read_units
    writes = units if resource.unit == "Write" else present.write_units
    throughput: Mapping[str, Any] = {
        "ProvisionedThroughput": {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}
    }
    if resource.index is None:
        return {"TableName": resource.table, **throughput}
    update = {"Update": {"IndexName": resource.index, **throughput}}
    return {"TableName": resource.table, "GlobalSecondaryIndexUpdates": [update]}
