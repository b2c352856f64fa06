"""How much an account may have under way in a region at one time: changes of tables, and what fills or copies
whole ones.

500 tables may be on their way: being made, changed, filled or dropped. Of these 50 may be filled by restores
of any kind and 50 by imports, and 250 may be new ones with indexes. 300 exports may be written beside them. A
table counts by what its descriptor says of it, so what a server that was killed had under way counts again
when it goes on with it. Sources: the API reference, "LimitExceededException"; the developer guide, "Quotas".
Of the texts, those of changes and of indexed tables are known from issue reports, the others are written
after their pattern.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dynalite import limits
from dynalite.catalog.schema import Table
from dynalite.errors import LimitExceededException

EXCEEDED = "Subscriber limit exceeded: "
EXPORTED_FROM, IMPORTED_BY = "ExportedFrom", "ImportedBy"
"""Settings of tables: the region of the table whose state it holds for an export, the import that fills
it.
"""


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work that there may be `most` of at one time. `told` is how a refusal says it."""

    is_for: Callable[[Table], bool]
    most: int
    told: str


def _restored(table: Table) -> bool:
    return table.restore is not None and not table.restore.done


def _made_with_indexes(table: Table) -> bool:
    return table.status == "CREATING" and bool(table.every_index)


WORK = (
    Work(
        lambda table: EXPORTED_FROM in table.settings,
        limits.SIMULTANEOUS_EXPORTS,
        f"Only {limits.SIMULTANEOUS_EXPORTS} tables can be exported simultaneously",
    ),
    Work(
        lambda table: IMPORTED_BY in table.settings and table.status == "CREATING",
        limits.SIMULTANEOUS_IMPORTS,
        f"Only {limits.SIMULTANEOUS_IMPORTS} tables can be imported simultaneously",
    ),
    Work(
        _restored,
        limits.SIMULTANEOUS_RESTORES,
        f"Only {limits.SIMULTANEOUS_RESTORES} tables can be restored simultaneously",
    ),
    Work(
        _made_with_indexes,
        limits.SIMULTANEOUS_INDEXED_CREATIONS,
        "You have exceeded the maximum number of indexed tables that can be created simultaneously",
    ),
)
"""What a table is made for: the first that it is."""


def check(before: Table | None, after: Table | None, others: Sequence[Table], now: float) -> None:
    """Raise LimitExceededException when too much is going on for a table to be made (`before` is None),
    changed or dropped (`after` is None). `others` are those that it shares its quotas with.
    """
    running = [table for table in others if _under_way(table, now)]
    if len(running) >= limits.SIMULTANEOUS_CHANGES:
        raise LimitExceededException(
            f"{EXCEEDED}Only {limits.SIMULTANEOUS_CHANGES} tables can be created, updated, or deleted"
            " simultaneously"
        )
    if before is not None or after is None:
        return
    work = _work(after)
    if work is not None and sum(_work(table) is work for table in running) >= work.most:
        raise LimitExceededException(EXCEEDED + work.told)


def together(table: Table) -> tuple[str, object]:
    """What tables have in common that share quotas: the region. Those that exports are written from are
    nobody's tables, and go by the region exported from.
    """
    return table.region, table.settings.get(EXPORTED_FROM)


def _under_way(table: Table, now: float) -> bool:
    """An export goes on when its table's state is there; it ends with the table."""
    return EXPORTED_FROM in table.settings or (table.due_at is not None and table.due_at > now)


def _work(table: Table) -> Work | None:
    return next((work for work in WORK if work.is_for(table)), None)
