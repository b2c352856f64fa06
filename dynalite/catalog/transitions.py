"""What becomes of tables and indexes whose time has come.

A status such as CREATING is not an event that something must remember to end: it is a descriptor with a due
time, and what it turns into is a pure function of the descriptor and the clock. So a table is ACTIVE from the
very moment it is due, whoever looks first; a background job only writes down later what is true already.

One index status does not end by time: CREATING with `backfilling` True ends when the backfill does. (A vector
index has nothing to fill: the job that fills indexes ends it when it comes by.)
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias, TypeVar

from dynalite.catalog.schema import (
    INSIGHTS,
    Index,
    IndexStatus,
    KeyAttribute,
    Table,
    TableStatus,
    VectorIndex,
)

AnyIndex = TypeVar("AnyIndex", Index, VectorIndex)
IndexState: TypeAlias = tuple[IndexStatus, bool | None]
"""An index's status and its `backfilling`."""

TABLE_STEPS: Mapping[TableStatus, TableStatus | None] = {
    "CREATING": "ACTIVE",
    "UPDATING": "ACTIVE",
    "ACTIVE": "ACTIVE",
    "DELETING": None,
}
INDEX_STEPS: Mapping[IndexState, IndexState | None] = {
    ("CREATING", None): ("ACTIVE", None),  # made together with its table: nothing to fill
    ("CREATING", False): ("CREATING", True),
    ("CREATING", True): ("CREATING", True),
    ("UPDATING", None): ("ACTIVE", None),
    ("ACTIVE", None): ("ACTIVE", None),
    ("DELETING", None): None,
}
"""What follows when a table is due. None: it is gone."""


def settled(table: Table, now: float) -> Table | None:
    """The table as it is at `now` (epoch seconds): itself, what it has become, or None when it is gone."""
    if table.due_at is None or now < table.due_at:
        return table
    status = TABLE_STEPS[table.status]
    if status is None:
        return None
    indexes = _stepped(table.indexes)
    vectors = _stepped(table.vector_indexes)
    settings = dict(table.settings)
    if "SSESpecification" in table.applying and not settings["SSESpecification"]["Enabled"]:
        del settings["SSESpecification"]
    if INSIGHTS in settings:
        names = {"", *(index.name for index in indexes)}
        settings[INSIGHTS] = {of: asked for of, asked in settings[INSIGHTS].items() if of in names}
    return replace(
        table,
        status=status,
        due_at=None,
        applying=(),
        indexes=indexes,
        vector_indexes=vectors,
        definitions=used(table, indexes, vectors),
        settings=settings,
    )


def _stepped(indexes: tuple[AnyIndex, ...]) -> tuple[AnyIndex, ...]:
    return tuple(stepped for index in indexes if (stepped := _step(index)) is not None)


def _step(index: AnyIndex) -> AnyIndex | None:
    state = INDEX_STEPS[index.status, index.backfilling]
    if state is None:
        return None
    return replace(index, status=state[0], backfilling=state[1])


def used(
    table: Table, indexes: tuple[Index, ...], vectors: tuple[VectorIndex, ...]
) -> tuple[KeyAttribute, ...]:
    """The attribute definitions that some schema uses: an index takes its own along when it goes."""
    names = table.keys.names.union(
        *(index.keys.names for index in indexes),
        *({attribute.name for attribute in index.search} for index in vectors),
    )
    return tuple(definition for definition in table.definitions if definition.name in names)
