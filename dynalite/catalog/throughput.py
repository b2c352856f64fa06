"""Billing mode and throughput: provisioned, on-demand ceilings, warm.

A table is PROVISIONED, with read and write units of its own and of each global index, or PAY_PER_REQUEST,
with none but perhaps ceilings (OnDemandThroughput). Warm throughput is what either serves at once; it never
goes down, so it follows the highest units ever provisioned, and a table that has once been on demand keeps
on-demand's initial 12,000 reads and 4,000 writes per second. These figures are kept, checked and described
here; who is throttled is decided elsewhere.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NoReturn, TypeAlias

from dynalite import limits
from dynalite.catalog.describe import decreases_today
from dynalite.catalog.rules import Members, invalid
from dynalite.catalog.schema import BillingMode, Throughput
from dynalite.errors import ResourceNotFoundException, ValidationException

Units: TypeAlias = Mapping[str, int]

REMOVED = -1
"""The value that takes an on-demand ceiling away; UpdateTable's answer echoes it."""

_ON_DEMAND_MEMBERS = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
_CAPACITY_MEMBERS = ("ReadCapacityUnits", "WriteCapacityUnits")
_WARM_MEMBERS = ("ReadUnitsPerSecond", "WriteUnitsPerSecond")
_PROVISIONED_MEMBER = {"ReadUnitsPerSecond": "ReadCapacityUnits", "WriteUnitsPerSecond": "WriteCapacityUnits"}
_INITIAL_ON_DEMAND: Units = {
    "ReadUnitsPerSecond": limits.ON_DEMAND_READ_UNITS,
    "WriteUnitsPerSecond": limits.ON_DEMAND_WRITE_UNITS,
}
_INITIAL_ON_DEMAND_URL = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
    "#on-demand-capacity-mode-initial"
)


# ------------------------------------------------------------------ a table that is being created


def check_new(request: Members) -> None:
    """The throughput members of a CreateTable request."""
    mode = request.get("BillingMode", "PROVISIONED")
    provisioned = request.get("ProvisionedThroughput")
    if mode == "PROVISIONED" and provisioned is None:
        invalid(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )
    if mode == "PAY_PER_REQUEST" and provisioned is not None:
        invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is"
            " PAY_PER_REQUEST"
        )
    check_bounds(request)
    _check_new_ceilings(request, mode, "", "table")
    check_new_warm(request, mode, "table")


def check_new_index(index: Members, mode: BillingMode) -> None:
    """The throughput members of a global index in a CreateTable request."""
    name, provisioned = index["IndexName"], index.get("ProvisionedThroughput")
    if mode == "PAY_PER_REQUEST" and provisioned is not None:
        invalid(
            f"ProvisionedThroughput should not be specified for index: {name} when BillingMode is"
            " PAY_PER_REQUEST"
        )
    if mode == "PROVISIONED" and provisioned is None:
        invalid(f"ProvisionedThroughput is not specified for index: {name}")
    check_bounds(index, f" for index {name}")
    _check_new_ceilings(index, mode, f" for index: {name}", f"index : {name}")
    check_new_warm(index, mode, f"index {name}")


def check_bounds(owner: Members, of: str = "") -> None:
    """No table and no index, new or not, is given more than there can be. `of` says which index it is."""
    units = owner.get("ProvisionedThroughput", {})
    for member in _named(_CAPACITY_MEMBERS, units):
        if units[member] > limits.PROVISIONED_UNITS:
            raise ValidationException(f"Given value {units[member]} for {member} is out of bounds{of}")


def _check_new_ceilings(owner: Members, mode: BillingMode, of: str, owned_by: str) -> None:
    ceilings = owner.get("OnDemandThroughput", {})
    if mode == "PROVISIONED":
        for member in _named(_ON_DEMAND_MEMBERS, ceilings):
            invalid(
                f"{member} for OnDemandThroughput{of} cannot be specified when table BillingMode is"
                " PROVISIONED."
            )
    _check_range(ceilings, owned_by, removable=False)


def _check_range(ceilings: Units, owned_by: str, *, removable: bool) -> None:
    """On-demand ceilings are positive; a change may also take one away."""
    for member in _named(_ON_DEMAND_MEMBERS, ceilings):
        if ceilings[member] < 1 and not (removable and ceilings[member] == REMOVED):
            invalid(f"Requested {member} for OnDemandThroughput for {owned_by} is outside of valid range")


def check_new_warm(owner: Members, mode: BillingMode, owned_by: str) -> None:
    """The warm throughput of a new table or index: not below what it has anyway."""
    requested = owner.get("WarmThroughput", {})
    for member in _named(_WARM_MEMBERS, requested):
        opening = f"Requested {member} for WarmThroughput for {owned_by} is lower than "
        if mode == "PAY_PER_REQUEST" and requested[member] < _INITIAL_ON_DEMAND[member]:
            invalid(f"{opening}initial throughput for OnDemand. See: {_INITIAL_ON_DEMAND_URL}")
        if mode == "PROVISIONED":
            source = _PROVISIONED_MEMBER[member]
            if requested[member] < owner["ProvisionedThroughput"][source]:
                invalid(f"{opening}{source} of ProvisionedThroughput")


def _named(members: tuple[str, ...], given: Units) -> list[str]:
    return [member for member in members if member in given]


# ------------------------------------------------------------------ a table that changes


def check_ceilings(
    ceilings: Units, mode: BillingMode, index: str | None = None, *, removable: bool = True
) -> None:
    """Only what is on demand has ceilings to change: the table, or the index named."""
    if mode == "PROVISIONED":
        of = "" if index is None else f" for index : {index}"
        for member in _named(_ON_DEMAND_MEMBERS, ceilings):
            invalid(
                f"{member} for OnDemandThroughput{of} cannot be specified when the table BillingMode is"
                " PROVISIONED"
            )
    _check_range(ceilings, "table" if index is None else f"index : {index}", removable=removable)


def check_warm_raised(requested: Units, present: Units, owned_by: str) -> None:
    """Warm throughput can only be raised; asking for what is there already is fine."""
    for member in _named(_WARM_MEMBERS, requested):
        if requested[member] < present[member]:
            invalid(
                f"Requested {member} for WarmThroughput for {owned_by} is lower than current WarmThroughput,"
                " decreasing WarmThroughput is not supported"
            )


def unchanged(present: Throughput, requested: Members) -> bool:
    units = (requested["ReadCapacityUnits"], requested["WriteCapacityUnits"])
    return units == (present.read_units, present.write_units)


def refuse_unchanged(present: Throughput, owner: str, provisioned_for: str) -> NoReturn:
    """Refuse the throughput that is there already. `owner` and `provisioned_for` name whose it is."""
    raise ValidationException(
        f"The provisioned throughput for the {owner} will not change."
        " The requested value equals the current value."
        f" Current ReadCapacityUnits provisioned for {provisioned_for}: {present.read_units}."
        f" Requested ReadCapacityUnits: {present.read_units}."
        f" Current WriteCapacityUnits provisioned for {provisioned_for}: {present.write_units}."
        f" Requested WriteCapacityUnits: {present.write_units}."
        " Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )


def index_not_found(index: str, table: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Requested resource not found: Index {index} for table {table}")


# ------------------------------------------------------------------ the values


def provisioned(requested: Mapping[str, Any] | None) -> Throughput:
    """A new table's or index's throughput: 0/0 on demand."""
    if requested is None:
        return Throughput()
    return Throughput(requested["ReadCapacityUnits"], requested["WriteCapacityUnits"])


def changed(present: Throughput, requested: Members, now: float) -> Throughput:
    """The throughput after a change, with its times; a change that lowers both members is one decrease."""
    reads, writes = requested["ReadCapacityUnits"], requested["WriteCapacityUnits"]
    result = replace(present, read_units=reads, write_units=writes)
    if reads > present.read_units or writes > present.write_units:
        result = replace(result, increased_at=now)
    if reads < present.read_units or writes < present.write_units:
        result = replace(result, decreased_at=now, decreases_today=decreases_today(present, now) + 1)
    return result


def released(present: Throughput) -> Throughput:
    """The throughput of what has gone on demand: no units, the same history."""
    return replace(present, read_units=0, write_units=0)


def warm(
    mode: BillingMode, units: Throughput, requested: Units, present: Units | None = None
) -> dict[str, int]:
    """What is warm: the highest of what was requested, what the mode gives from the start, and what was."""
    floor: Units = _INITIAL_ON_DEMAND
    if mode == "PROVISIONED":
        floor = {"ReadUnitsPerSecond": units.read_units, "WriteUnitsPerSecond": units.write_units}
    before = present or {}
    return {
        member: max(floor[member], requested.get(member, 0), before.get(member, 0))
        for member in _WARM_MEMBERS
    }


def merged(present: Units | None, requested: Units) -> dict[str, int]:
    """Figures after a change: members not named stay; a removed on-demand ceiling is shown as `REMOVED`."""
    return {**(present or {}), **requested}


def in_force(ceilings: Units | None) -> dict[str, int]:
    """The ceilings that remain once the removed ones are gone."""
    return {member: units for member, units in (ceilings or {}).items() if units != REMOVED}
