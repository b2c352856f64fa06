"""From a table and an UpdateTable request to the table as it will be.

`revise` is pure, so it can decide inside an update. Each member of the request is one row of `_REVISIONS`;
what may be asked while something else is under way is a table, too (`_BUSY`). The request has passed
`requested.check`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from dynalite.catalog import features, indexing, lineage, throughput, vectors
from dynalite.catalog.requested import asked_for
from dynalite.catalog.rules import Members, invalid
from dynalite.catalog.schema import BillingMode, Table, TableStatus, Throughput
from dynalite.catalog.standing import IN_USE, check_standing
from dynalite.errors import ResourceInUseException, ValidationException

_TIMES_KEPT = 8  # of changes that a quota counts: more than any of them allows


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a revision needs from outside. The last two are for a stream that is being enabled."""

    now: float
    due_at: float
    stream_shards: int
    last_sequence: int


@dataclass(frozen=True, slots=True)
class Revision:
    """The table as it will be, and as the answer shows it: with some of what was before."""

    table: Table
    shown: Table


def revise(table: Table, request: Members, surroundings: Surroundings) -> Revision:
    """The table after a request.

    Raises what the service answers when the table, as it is, does not allow it.
    """
    check_standing(table)
    _check_free(table, request)
    revision = Revision(table, table)
    for member, change in _REVISIONS:
        if member in request:
            revision = change(revision, request, surroundings)
    return revision


def _check_free(table: Table, request: Members) -> None:
    """Refuse a change that must wait for what is under way."""
    under_way = set(table.applying)
    phases = {(index.status, index.backfilling): index.name for index in table.every_index}
    creating, deleting = phases.get(("CREATING", False)), phases.get(("DELETING", None))
    asked = asked_for(request)
    if (
        "ProvisionedThroughput" in asked
        or request.get("BillingMode", table.billing_mode) != table.billing_mode
    ):
        asked.add("IOPS")
    if indexing.actions(request) & {"Create", "Delete"}:
        asked.add("online index")
    states = {
        "IOPS": bool(under_way & {"ProvisionedThroughput", "BillingMode"}),
        "stream": "StreamSpecification" in under_way,
        "class": "TableClass" in under_way,
        "encryption": "SSESpecification" in under_way,
        "creating": creating is not None,
        "deleting": deleting is not None,
    }
    for state, member, refusal in _BUSY:
        if states[state] and member in asked:
            raise ResourceInUseException(
                IN_USE + refusal.format(table=table.name, index=creating if state == "creating" else deleting)
            )


_BUSY = (
    ("IOPS", "IOPS", "Table IOPS are currently being updated. Table: {table}"),
    (
        "IOPS",
        "OnDemandThroughput",
        "OnDemandThroughput cannot be updated while BillingMode update is in progress",
    ),
    (
        "IOPS",
        "StreamSpecification",
        "Can't enable or disable stream while table IOPS are being updated. Table: {table}",
    ),
    (
        "IOPS",
        "online index",
        "Can't create or delete indexes while table IOPS are being updated. Table: {table}",
    ),
    ("stream", "StreamSpecification", "Table is being updated: {table}"),
    ("stream", "online index", "Can't create or delete an index when stream status is being updated."),
    ("class", "TableClass", "Table is being updated: {table}"),
    ("class", "online index", "Can't create or delete an index when a table class update is in progress."),
    ("encryption", "SSESpecification", "Server-Side Encryption is still being updated"),
    ("creating", "StreamSpecification", "Can't change stream status when an index is being created"),
    (
        "creating",
        "IOPS",
        "Can't change table IOPS when an index is being created. Table: {table} Indexes: [{index}]",
    ),
    (
        "creating",
        "OnDemandThroughput",
        "OnDemandThroughput cannot be updated while index creation is in progress for indexes: [{index}]",
    ),
    (
        "deleting",
        "IOPS",
        "Can't change table IOPS when an index is being deleted. Table: {table} Indexes: [{index}]",
    ),
    (
        "deleting",
        "OnDemandThroughput",
        "OnDemandThroughput cannot be updated while index deletion is in progress for indexes: [{index}]",
    ),
)
"""What is under way, what is asked for, and the refusal. Other pairs go together."""


# ------------------------------------------------------------------ the changes, one member each


def _provision(revision: Revision, request: Members, at: Surroundings) -> Revision:
    """BillingMode and ProvisionedThroughput. The answer to a change of units still shows those before."""
    table = revision.table
    requested = request.get("ProvisionedThroughput")
    if request.get("BillingMode", table.billing_mode) != table.billing_mode:
        switched = _to_provisioned if requested else _to_on_demand
        table = switched(table, request, at)
        return Revision(table, table)
    if requested is None:  # on demand already: accepted, and nothing comes of it
        return revision
    if table.billing_mode == "PAY_PER_REQUEST":
        invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is"
            " PAY_PER_REQUEST"
        )
    if throughput.unchanged(table.throughput, requested):
        throughput.refuse_unchanged(table.throughput, "table", "the table")
    units = throughput.changed(table.throughput, requested, at.now)
    after = replace(table, throughput=units, settings=_warmed(table, units, "PROVISIONED"))
    after = _busy(after, at, "ProvisionedThroughput", status="UPDATING")
    return Revision(after, replace(after, throughput=table.throughput))


def _warmed(table: Table, units: Throughput, mode: BillingMode) -> Members:
    present = table.settings["WarmThroughput"]
    return {**table.settings, "WarmThroughput": throughput.warm(mode, units, {}, present)}


def _to_on_demand(table: Table, request: Members, at: Surroundings) -> Table:
    indexes = tuple(
        replace(
            index,
            throughput=throughput.released(index.throughput),
            warm_throughput=throughput.warm("PAY_PER_REQUEST", index.throughput, {}, index.warm_throughput),
        )
        if index.is_global
        else index
        for index in table.indexes
    )
    units = throughput.released(table.throughput)
    after = replace(
        table,
        billing_mode="PAY_PER_REQUEST",
        throughput=units,
        indexes=indexes,
        on_demand_since=at.now,
        went_on_demand=(*table.went_on_demand, at.now)[-_TIMES_KEPT:],
        settings=_warmed(table, units, "PAY_PER_REQUEST"),
    )
    return _busy(after, at, "BillingMode", status="UPDATING")


def _to_provisioned(table: Table, request: Members, at: Surroundings) -> Table:
    """Every index needs its throughput in the same request; ceilings go, for they belong to on-demand."""
    vectors.check_billing(table, "PROVISIONED")
    given = indexing.provisioned_by_updates(request)
    lacking = [
        index.name
        for index in table.indexes
        if index.is_global and index.status != "DELETING" and index.name not in given
    ]
    if lacking:
        invalid(f"ProvisionedThroughput must be specified for index: {','.join(lacking)}")
    units = throughput.changed(table.throughput, request["ProvisionedThroughput"], at.now)
    settings = _warmed(table, units, "PROVISIONED")
    settings.pop("OnDemandThroughput", None)
    indexes = tuple(replace(index, on_demand_throughput=None) for index in table.indexes)
    after = replace(table, billing_mode="PROVISIONED", throughput=units, indexes=indexes, settings=settings)
    return _busy(after, at, "BillingMode", status="UPDATING")


def _ceilings(revision: Revision, request: Members, at: Surroundings) -> Revision:
    """OnDemandThroughput takes effect at once; the answer echoes a removed ceiling, the table has none."""
    table, requested = revision.table, request["OnDemandThroughput"]
    throughput.check_ceilings(requested, table.billing_mode)
    merged = throughput.merged(table.settings.get("OnDemandThroughput"), requested)
    kept = {**table.settings, "OnDemandThroughput": throughput.in_force(merged)}
    shown = {**table.settings, "OnDemandThroughput": merged}
    return Revision(replace(table, settings=kept), replace(table, settings=shown))


def _warm_throughput(revision: Revision, request: Members, at: Surroundings) -> Revision:
    table, requested = revision.table, request["WarmThroughput"]
    present = table.settings["WarmThroughput"]
    throughput.check_warm_raised(requested, present, "table")
    if throughput.merged(present, requested) == present:
        return revision
    settings = {**table.settings, "WarmThroughput": throughput.merged(present, requested)}
    after = _busy(replace(table, settings=settings), at, "WarmThroughput")
    return Revision(after, replace(after, settings=table.settings))


def _stream(revision: Revision, request: Members, at: Surroundings) -> Revision:
    table, specification = revision.table, request["StreamSpecification"]
    if specification["StreamEnabled"]:
        if table.stream is not None:
            raise ValidationException(f"Table already has an enabled stream: TableName: {table.name}")
        view_type = specification["StreamViewType"]
        after = lineage.with_stream(table, view_type, at.stream_shards, at.now, at.last_sequence)
    else:
        if table.stream is None:
            raise ValidationException(f"Table has no stream to disable: TableName: {table.name}")
        after = lineage.without_stream(table, at.now)
    after = _busy(after, at, "StreamSpecification", status="UPDATING")
    return Revision(after, after)


def _encryption(revision: Revision, request: Members, at: Surroundings) -> Revision:
    table, specification = revision.table, request["SSESpecification"]
    present = table.settings.get("SSESpecification")
    if not features.asks_for_encryption(specification):
        if present is None:
            invalid("Table is already encrypted by default")
        wanted = {**present, "Enabled": False}
    else:
        if present is not None and specification.get("KMSMasterKeyId") == present["KMSMasterKeyArn"]:
            invalid(
                "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you"
                " want to change Master Key"
            )
        wanted = features.encryption(specification, table.region, table.account)
    after = replace(table, settings={**table.settings, "SSESpecification": wanted})
    after = _busy(after, at, "SSESpecification")
    return Revision(after, after)


def _table_class(revision: Revision, request: Members, at: Surroundings) -> Revision:
    table, wanted = revision.table, request["TableClass"]
    present = table.settings.get("TableClassSummary", {}).get("TableClass", "STANDARD")
    if wanted == present:
        return revision
    summary = {"TableClass": wanted, "LastUpdateDateTime": round(at.now, 3)}
    after = replace(
        table,
        settings={**table.settings, "TableClassSummary": summary},
        class_changes=(*table.class_changes, at.now)[-_TIMES_KEPT:],
    )
    after = _busy(after, at, "TableClass", status="UPDATING")
    return Revision(after, after)


def _deletion_protection(revision: Revision, request: Members, at: Surroundings) -> Revision:
    after = replace(revision.table, deletion_protection=request["DeletionProtectionEnabled"])
    return Revision(after, after)


def _indexes(revision: Revision, request: Members, at: Surroundings) -> Revision:
    table, shown = indexing.revise(revision.table, request, at.now)
    if table is not revision.table:
        table = replace(table, due_at=at.due_at)
    return Revision(table, replace(shown, due_at=table.due_at, throughput=revision.shown.throughput))


def _vector_indexes(revision: Revision, request: Members, at: Surroundings) -> Revision:
    if not request["VectorIndexUpdates"]:
        return revision
    vectors.check_names(revision.table, request)
    indexing.check_one_at_a_time(revision.table, request)
    table = replace(vectors.revise(revision.table, request), due_at=at.due_at)
    return Revision(table, table)


def _busy(table: Table, at: Surroundings, applying: str, status: TableStatus | None = None) -> Table:
    """The table while a change is being applied, in the status that the change gives it, or in its own."""
    names = dict.fromkeys([*table.applying, applying])
    return replace(table, status=status or table.status, due_at=at.due_at, applying=tuple(names))


def _billing_only(revision: Revision, request: Members, at: Surroundings) -> Revision:
    return revision if "ProvisionedThroughput" in request else _provision(revision, request, at)


Change: TypeAlias = Callable[[Revision, Members, Surroundings], Revision]

_REVISIONS: tuple[tuple[str, Change], ...] = (
    ("ProvisionedThroughput", _provision),
    ("BillingMode", _billing_only),
    ("OnDemandThroughput", _ceilings),
    ("WarmThroughput", _warm_throughput),
    ("StreamSpecification", _stream),
    ("SSESpecification", _encryption),
    ("TableClass", _table_class),
    ("DeletionProtectionEnabled", _deletion_protection),
    ("GlobalSecondaryIndexUpdates", _indexes),
    ("VectorIndexUpdates", _vector_indexes),
)
"""How each member changes a table, in the order in which they are applied."""
