"""The GlobalSecondaryIndexUpdates of an UpdateTable request: create, update and delete an index of a living
table.

One index of a table may be created or deleted at a time; any number may have their throughput updated beside
it. A new index is CREATING, first allocated and then backfilled while the table is in use; only from the
backfill on can it be deleted again. The attribute definitions of the request count for an index that is
created, and for nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dynalite import limits
from dynalite.catalog import building, rules, throughput
from dynalite.catalog.rules import Members, invalid
from dynalite.catalog.schema import Index, Table, TableStatus
from dynalite.catalog.standing import IN_USE
from dynalite.errors import LimitExceededException, ResourceInUseException, ValidationException

_ACTIONS = ("Update", "Create", "Delete")
_LIMIT = "Subscriber limit exceeded: "
_UPDATED_ON_DEMAND = ("OnDemandThroughput", "WarmThroughput")


def actions(request: Members) -> frozenset[str]:
    """The kinds of action that the request asks for, of whichever kind of index."""
    entries = [*request.get("GlobalSecondaryIndexUpdates", ()), *request.get("VectorIndexUpdates", ())]
    return frozenset(action for entry in entries for action in entry)


def provisioned_by_updates(request: Members) -> frozenset[str]:
    """The indexes to whose throughput the request gives units."""
    return frozenset(
        entry["Update"]["IndexName"]
        for entry in request.get("GlobalSecondaryIndexUpdates", ())
        if "ProvisionedThroughput" in entry.get("Update", {})
    )


# ------------------------------------------------------------------ judged from the request alone


def check(request: Members) -> None:
    """Refuse entries that no table could accept."""
    entries = request.get("GlobalSecondaryIndexUpdates", ())
    for entry in entries:
        given = [action for action in _ACTIONS if action in entry]
        if not given:
            invalid(
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create,"
                " GlobalSecondaryIndexUpdate.Delete must not be null"
            )
        if len(given) > 1:
            invalid("Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object")
    named = [_only(entry)[1]["IndexName"] for entry in entries]
    for name in named:
        if named.count(name) > 1:
            invalid(
                f"Only one global secondary index update per index is allowed simultaneously. Index: {name}"
            )
    for entry in entries:
        action, members = _only(entry)
        if action == "Create":
            _check_create(members, request.get("AttributeDefinitions"))
        elif action == "Update":
            _check_update(members)


def _only(entry: Members) -> tuple[str, Members]:
    ((action, members),) = entry.items()
    return action, members


def _check_create(create: Members, definitions: Sequence[Members] | None) -> None:
    name = create["IndexName"]
    if not definitions:
        invalid(f"AttributeDefinitions is not specified for index: {name}")
    rules.check_new_index_keys_defined(create["KeySchema"], rules.names(definitions))
    rules.check_global_index(create)
    throughput.check_bounds(create, f" for index {name}")


def _check_update(update: Members) -> None:
    name = update["IndexName"]
    if update.get("WarmThroughput") == {}:
        invalid(
            "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for"
            f" index: {name}"
        )
    throughput.check_bounds(update, f" for index {name}")


# ------------------------------------------------------------------ judged against the table


def revise(table: Table, request: Members, now: float) -> tuple[Table, Table]:
    """The table after the request, and as the answer shows it (throughput as it was)."""
    entries = [_only(entry) for entry in request["GlobalSecondaryIndexUpdates"]]
    check_one_at_a_time(table, request)
    shown = table
    for action, members in entries:
        before = table.index(members["IndexName"])
        table = _APPLY[action](table, members, request, now)
        after = table.index(members["IndexName"])
        visible = after
        if action == "Update" and before is not None and after is not None and "BillingMode" not in request:
            visible = replace(after, throughput=before.throughput)
        shown = _with(replace(table, indexes=shown.indexes), members["IndexName"], visible)
    return table, shown


def check_one_at_a_time(table: Table, request: Members) -> None:
    """Refuse to create or delete more than one index at once, global or by vector."""
    entries = [*request.get("GlobalSecondaryIndexUpdates", ()), *request.get("VectorIndexUpdates", ())]
    asked = sum("Create" in entry or "Delete" in entry for entry in entries)
    under_way = {
        index.name
        for index in table.every_index
        if index.backfilling is not None or index.status == "DELETING"
    }
    for entry in entries:
        if "Delete" in entry:
            under_way.discard(entry["Delete"]["IndexName"])  # one that is being created may be given up
    if asked > 1 or (asked and under_way):
        raise LimitExceededException(
            f"{_LIMIT}Only 1 online index can be created or deleted simultaneously per table"
        )


def _create(table: Table, create: Members, request: Members, now: float) -> Table:
    name = create["IndexName"]
    if table.index(name) is not None or table.vector_index(name) is not None:
        raise ValidationException("Attempting to create an index which already exists")
    if sum(index.is_global for index in table.indexes) >= limits.GLOBAL_INDEXES_PER_TABLE:
        raise LimitExceededException(
            f"{_LIMIT}Number of global secondary indexes exceeds per-table limit of"
            f" {limits.GLOBAL_INDEXES_PER_TABLE}"
        )
    provisioned = create.get("ProvisionedThroughput")
    if table.billing_mode == "PROVISIONED" and provisioned is None:
        invalid(f"Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {name}")
    if table.billing_mode == "PAY_PER_REQUEST" and provisioned is not None:
        invalid(
            f"Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {name}"
            " when BillingMode is PAY_PER_REQUEST"
        )
    throughput.check_ceilings(create.get("OnDemandThroughput", {}), table.billing_mode, name, removable=False)
    throughput.check_new_warm(create, table.billing_mode, f"index {name}")
    known = {definition.name: definition for definition in table.definitions}
    definitions = {**building.attributes(request["AttributeDefinitions"]), **known}
    index = building.new_index(
        table.next_index_id,
        create,
        definitions,
        table.billing_mode,
        is_global=True,
        status="CREATING",
        backfilling=False,
    )
    indexes = (*table.indexes, index)
    rules.check_projected_count(one.projection.non_key_attributes for one in indexes)
    return replace(
        table,
        status="UPDATING",
        indexes=indexes,
        next_index_id=index.id + 1,
        definitions=tuple(
            {**known, **{attribute.name: attribute for attribute in index.keys.attributes}}.values()
        ),
    )


def _delete(table: Table, delete: Members, request: Members, now: float) -> Table:
    index = _existing(table, delete["IndexName"], "delete")
    if index.backfilling is False:
        raise ResourceInUseException(
            f"{IN_USE}Index creation is in resource allocation phase. Retry deletion during backfilling"
            f" phase or when the index is active. Table: {table.name} Index: {index.name}"
        )
    _refuse_busy(table, index, ("UPDATING", "DELETING"))
    after = replace(table, status="UPDATING")
    return _with(after, index.name, replace(index, status="DELETING", backfilling=None))


def _update(table: Table, update: Members, request: Members, now: float) -> Table:
    index = _existing(table, update["IndexName"], "update")
    _refuse_busy(table, index, ("CREATING", "UPDATING", "DELETING"))
    _check_allowed(table, update, index)
    applying: tuple[str, ...] = table.applying
    requested, ceilings, warm = (
        update.get(member) for member in ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
    )
    after = index
    if requested is not None:
        units = throughput.changed(index.throughput, requested, now)
        warmed = throughput.warm("PROVISIONED", units, {}, index.warm_throughput)
        after = replace(after, throughput=units, warm_throughput=warmed, status="UPDATING")
    if ceilings is not None:
        merged = throughput.in_force(throughput.merged(index.on_demand_throughput, ceilings))
        after = replace(after, on_demand_throughput=merged or None, status="UPDATING")
    if warm is not None:
        after = replace(after, warm_throughput=throughput.merged(after.warm_throughput, warm))
        applying = (*applying, f"WarmThroughput/{index.name}")
    return _with(replace(table, applying=applying), index.name, after)


def _check_allowed(table: Table, update: Members, index: Index) -> None:
    """An index is updated in what its table's billing mode has, and only to something new."""
    requested = update.get("ProvisionedThroughput")
    throughput.check_ceilings(update.get("OnDemandThroughput", {}), table.billing_mode, index.name)
    if table.billing_mode == "PAY_PER_REQUEST":
        if requested is not None or not any(update.get(member) for member in _UPDATED_ON_DEMAND):
            invalid(
                f"The only Updates for index: {index.name} when TableThroughputMode is PAY_PER_REQUEST"
                f" can be to {', '.join(_UPDATED_ON_DEMAND)}"
            )
    else:
        if requested is None and not update.get("WarmThroughput"):
            invalid(
                f"Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {index.name}"
            )
        if requested is not None and throughput.unchanged(index.throughput, requested):
            throughput.refuse_unchanged(index.throughput, f"index {index.name}", f"index {index.name}")
    if "WarmThroughput" in update:
        throughput.check_warm_raised(
            update["WarmThroughput"], index.warm_throughput or {}, f"index {index.name}"
        )


_APPLY: Mapping[str, Callable[[Table, Members, Members, float], Table]] = {
    "Create": _create,
    "Delete": _delete,
    "Update": _update,
}

_BUSY: Mapping[TableStatus, str] = {
    "CREATING": "Index is being created. Table: {table} Index: {index}",
    "UPDATING": "Index is being updated. Table: {table} Index: {index}",
    "DELETING": "Index is being deleted. Table: {table} Index: {index}",
}


def _refuse_busy(table: Table, index: Index, statuses: Sequence[TableStatus]) -> None:
    if index.status in statuses:
        raise ResourceInUseException(IN_USE + _BUSY[index.status].format(table=table.name, index=index.name))


def _existing(table: Table, name: str, verb: str) -> Index:
    index = table.index(name)
    if index is None:
        raise throughput.index_not_found(name, table.name)
    if not index.is_global:
        raise ValidationException(f"Cannot {verb} an index that is not a GlobalSecondaryIndex: {name}")
    return index


def _with(table: Table, name: str, index: Index | None) -> Table:
    """The table with one index put in the place of its namesake, or added."""
    if index is None:
        return table
    if table.index(name) is None:
        return replace(table, indexes=(*table.indexes, index))
    return replace(
        table, indexes=tuple(index if present.name == name else present for present in table.indexes)
    )
