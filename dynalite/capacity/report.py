"""`ConsumedCapacity`: what a request cost, in the shape that the caller asked for.

`TOTAL` gives the sum, `INDEXES` an arm for the table and for each index that was touched. Transactional calls
also say how much of it was read and written; others do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dynalite.catalog.schema import Table
from dynalite.values.types import Answer, Request

_NO_UNITS: Mapping[str, float] = {}


def consumed(
    mode: str | None,
    table: Table,
    table_units: float,
    index_units: Mapping[str, float] = _NO_UNITS,
    vector_bytes: Mapping[str, float] = _NO_UNITS,
) -> dict[str, Any] | None:
    """The ConsumedCapacity of one table; None when it was not asked for (`mode` is ReturnConsumedCapacity).

    `index_units` are by index name, only of the indexes that were touched. The total is the sum of all arms.
    `vector_bytes`, of vector indexes, are no units and in no total.
    """
    if mode is None or mode == "NONE":
        return None
    report: dict[str, Any] = {
        "TableName": table.name,
        "CapacityUnits": table_units + sum(index_units.values()),
    }
    if mode == "INDEXES":
        report["Table"] = {"CapacityUnits": table_units}
        for index in table.indexes:
            units = index_units.get(index.name)
            if units is not None:
                arm = "GlobalSecondaryIndexes" if index.is_global else "LocalSecondaryIndexes"
                report.setdefault(arm, {})[index.name] = {"CapacityUnits": units}
        if vector_bytes:
            report["VectorIndexes"] = {
                name: {"VectorWriteRequestBytes": spent} for name, spent in vector_bytes.items()
            }
    return report


def into(
    answer: Answer,
    request: Request,
    table: Table,
    table_units: float,
    index_units: Mapping[str, float] = _NO_UNITS,
    vector_bytes: Mapping[str, float] = _NO_UNITS,
) -> None:
    """Add the ConsumedCapacity of one table to an answer whose request asked for it."""
    mode = request.get("ReturnConsumedCapacity")
    if mode is not None and mode != "NONE":
        answer["ConsumedCapacity"] = consumed(mode, table, table_units, index_units, vector_bytes)


@dataclass(slots=True)
class _Account:
    """What one table has been charged: units read and written on the table's arm, units per index."""

    table: Table
    read: float = 0.0
    written: float = 0.0
    indexes: dict[str, float] = field(default_factory=dict)
    vectors: dict[str, float] = field(default_factory=dict)


class Ledger:
    """What a request that touches several tables costs: one entry a table, in the order in which they were
    touched.
    """

    __slots__ = ("_accounts",)

    def __init__(self) -> None:
        self._accounts: dict[int, _Account] = {}

    def reads(self, table: Table, units: float) -> None:
        self._account(table).read += units

    def writes(
        self,
        table: Table,
        units: float,
        index_units: Mapping[str, float] = _NO_UNITS,
        vector_bytes: Mapping[str, float] = _NO_UNITS,
    ) -> None:
        account = self._account(table)
        account.written += units
        for arm, spending in ((account.indexes, index_units), (account.vectors, vector_bytes)):
            for name, spent in spending.items():
                arm[name] = arm.get(name, 0.0) + spent

    def into(self, answer: Answer, request: Request, *, transactional: bool = False) -> None:
        """Add the ConsumedCapacity list to an answer whose request asked for it."""
        mode = request.get("ReturnConsumedCapacity")
        if mode is None or mode == "NONE":
            return
        answer["ConsumedCapacity"] = [
            self._report(mode, account, transactional) for account in self._accounts.values()
        ]

    def _account(self, table: Table) -> _Account:
        account = self._accounts.get(table.id)
        if account is None:
            account = self._accounts[table.id] = _Account(table)
        return account

    @staticmethod
    def _report(mode: str, account: _Account, transactional: bool) -> dict[str, Any] | None:
        units = account.read + account.written
        report = consumed(mode, account.table, units, account.indexes, account.vectors)
        if transactional and report is not None:
            on_indexes = sum(account.indexes.values())
            for arm, more in ((report, on_indexes), (report.get("Table"), 0.0)):
                if arm is not None:
                    if account.read:
                        arm["ReadCapacityUnits"] = account.read
                    if account.written:
                        arm["WriteCapacityUnits"] = account.written + more
        return report
