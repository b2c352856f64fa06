"""What an account may reserve in a region: units per table, units in all, and tables.

A table or a global index may have 40,000 units of either kind, provisioned, warm or as an on-demand ceiling,
and everything provisioned in the region 80,000. There may be 2,500 tables. Only what a request raises is
judged by it, so what was there before the server began to enforce can be lowered step by step.

The quotas of an account can be raised on request; these are the defaults, as DescribeLimits reports them.
Source: the developer guide, "Quotas"; the texts of units are captured.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dynalite import limits
from dynalite.capacity.lanes import Kind
from dynalite.capacity.simultaneous import EXCEEDED
from dynalite.catalog.schema import Table, Throughput
from dynalite.errors import LimitExceededException

_REFER = " Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
_KINDS: tuple[Kind, ...] = ("Read", "Write")
_NONE: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class _Owner:
    """A table (`index` None) or one of its global indexes, with what it asks for."""

    index: str | None
    throughput: Throughput
    ceilings: Mapping[str, int]
    warm: Mapping[str, int]

    def units(self, kind: Kind) -> int:
        return self.throughput.read_units if kind == "Read" else self.throughput.write_units


def check(before: Table | None, after: Table, others: Sequence[Table]) -> None:
    """Raise LimitExceededException when a table that is made (`before` is None) or changed takes more than
    the account may have. `others` are the other tables of its region.
    """
    if before is None and len(others) >= limits.TABLES:
        raise LimitExceededException(f"{EXCEEDED}There is a limit of {limits.TABLES} tables per subscriber")
    known = {} if before is None else {owner.index: owner for owner in _owners(before)}
    for owner in _owners(after):
        _check_owner(
            known.get(owner.index, _Owner(owner.index, Throughput(), _NONE, _NONE)), owner, after.region
        )
    for kind in _KINDS:
        _check_sum(before, after, others, kind)


def _check_owner(before: _Owner, after: _Owner, region: str) -> None:
    most = limits.TABLE_CAPACITY_UNITS
    for kind in _KINDS:
        units = after.units(kind)
        if units > most and units > before.units(kind):
            what, owner = ("table", "") if after.index is None else ("index", f" for index {after.index}")
            raise LimitExceededException(
                f"The requested {kind}CapacityUnits{owner}, {units}, is above the per {what} maximum for the"
                f" account in {region}. Per {what} maximum: {most}.{_REFER}"
            )
        ceiling, warm = f"Max{kind}RequestUnits", f"{kind}UnitsPerSecond"
        of_ceiling = "table" if after.index is None else f"index : {after.index}"
        of_warm = "table" if after.index is None else f"index {after.index}"
        for member, named, present, wanted in (
            (ceiling, f"OnDemandThroughput for {of_ceiling}", before.ceilings, after.ceilings),
            (warm, f"WarmThroughput for {of_warm}", before.warm, after.warm),
        ):
            if wanted.get(member, 0) > max(most, present.get(member, 0)):
                raise LimitExceededException(
                    f"{EXCEEDED}Requested {member} for {named} exceeds TableMax{kind}CapacityUnits of the"
                    f" account in region {region}"
                )


def _check_sum(before: Table | None, after: Table, others: Sequence[Table], kind: Kind) -> None:
    present = 0 if before is None else _reserved(before, kind)
    requested = _reserved(after, kind) - present
    reserved = present + sum(_reserved(table, kind) for table in others)
    if requested > 0 and reserved + requested > limits.ACCOUNT_CAPACITY_UNITS:
        raise LimitExceededException(
            f"This request would have caused the {kind}CapacityUnits limit to be exceeded for the account in"
            f" {after.region}. Current {kind}CapacityUnits reserved by the account: {reserved}."
            f" Limit: {limits.ACCOUNT_CAPACITY_UNITS}. Requested: {requested}.{_REFER}"
        )


def _reserved(table: Table, kind: Kind) -> int:
    return sum(owner.units(kind) for owner in _owners(table))


def _owners(table: Table) -> Iterator[_Owner]:
    settings = table.settings
    yield _Owner(
        None,
        table.throughput,
        settings.get("OnDemandThroughput", _NONE),
        settings.get("WarmThroughput", _NONE),
    )
    for index in table.indexes:
        if index.is_global:
            ceilings, warm = index.on_demand_throughput or _NONE, index.warm_throughput or _NONE
            yield _Owner(index.name, index.throughput, ceilings, warm)
