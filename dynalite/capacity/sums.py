"""Sums over an account's series, as reports ask for them.

Reports that go by the service's habits take a table's local indexes for part of the table: `own` does.
"""

from collections.abc import Callable, Iterator

from dynalite.capacity.account import TABLE, Account
from dynalite.capacity.figures import Figures, Series


def series(account: Account, index: str, operation: str | None = None) -> Iterator[Series]:
    """The series of a table (`TABLE`) or index, of one operation or of all."""
    for (of, by), one in list(account.series.items()):
        if of == index and operation in (None, by):
            yield one


def own(account: Account) -> list[str]:
    """The table and its local indexes: what uses the table's throughput."""
    return [TABLE, *(index.name for index in account.table.indexes if not index.is_global)]


def all_of(account: Account) -> list[str]:
    """The table and every index."""
    return [TABLE, *(index.name for index in account.table.indexes)]


def total(account: Account, indexes: list[str], operation: str | None = None) -> Figures:
    """Everything counted for some of an account's indexes."""
    result = Figures()
    for index in indexes:
        for one in series(account, index, operation):
            result.add(one.total())
    return result


def by_minute(
    account: Account,
    indexes: list[str],
    operation: str | None,
    start: float,
    end: float,
    value: Callable[[Figures], float],
) -> dict[float, float]:
    """A figure by the beginning of each minute (epoch seconds) in which anything was counted."""
    found: dict[float, float] = {}
    for index in indexes:
        for one in series(account, index, operation):
            for minute, figures in one.minutes(start, end):
                found[minute] = found.get(minute, 0.0) + value(figures)
    return found


def operations(account: Account) -> list[str]:
    """The operations that were counted on the table or any of its indexes."""
    return sorted({operation for _, operation in account.series})
