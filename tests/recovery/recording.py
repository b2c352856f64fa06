"""A service whose tables are written to at random, and a record of what they held at every moment.

The record is the oracle: it knows nothing of logs. It reads the table through the API and keeps the items, by
the time at which they were so.
"""

import asyncio
import random
from typing import Any

import orjson

from tests.operations.service import Service, item

COLOURS = ("red", "green", "blue")
KINDS = ("a", "b", "c", None)
KEYS = [(f"p{number % 5}", number % 4) for number in range(20)]


def contents(service: Service, table: str, index: str | None = None) -> list[str]:
    """Everything in a table or an index, as sorted JSON texts."""
    items: list[dict[str, Any]] = []
    request: dict[str, Any] = {"TableName": table} | ({"IndexName": index} if index else {})
    while True:
        page = service.call("Scan", **request)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return sorted(orjson.dumps(one, option=orjson.OPT_SORT_KEYS).decode() for one in items)
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def settle(service: Service) -> None:
    """Run background work until there is none left."""
    for _ in range(200):
        service.wait(service.database.tick())
        if not service.database.catalog.work.is_set():
            return
    raise AssertionError("background work does not end")


def at_once(service: Service, operation: str, requests: list[dict[str, Any]]) -> list[Any]:
    """What simultaneous requests are answered, in their order; errors are among the answers."""

    async def ask() -> list[Any]:
        return await asyncio.gather(
            *(service.ask(operation, request) for request in requests), return_exceptions=True
        )

    return service.wait(ask())


class Writer:
    """Writes to `Things` at random: puts, updates, deletes, batches and transactions."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def an_item(self, service: Service) -> dict[str, Any]:
        pk, sk = self.random.choice(KEYS)
        made = item(pk=pk, sk=sk, size=self.random.randrange(5), colour=self.random.choice(COLOURS))
        if self.random.random() < 0.3:
            made |= item(ttl=int(service.clock.now()) + self.random.randrange(20))
        kind = self.random.choice(KINDS)
        return made if kind is None else made | item(kind=kind, when=str(self.random.randrange(9)))

    def a_key(self) -> dict[str, Any]:
        pk, sk = self.random.choice(KEYS)
        return item(pk=pk, sk=sk)

    def write(self, service: Service) -> None:
        """One write of any kind."""
        self.random.choice((self._put, self._update, self._delete, self._batch, self._transaction))(service)

    def _put(self, service: Service) -> None:
        service.put(self.an_item(service))

    def _update(self, service: Service) -> None:
        service.update("ADD hits :one", self.a_key(), item(one=1))

    def _delete(self, service: Service) -> None:
        service.call("DeleteItem", TableName="Things", Key=self.a_key())

    def _batch(self, service: Service) -> None:
        puts = {(one["pk"]["S"], one["sk"]["N"]): one for one in (self.an_item(service) for _ in range(4))}
        requests = [{"PutRequest": {"Item": one}} for one in puts.values()]
        service.call("BatchWriteItem", RequestItems={"Things": requests})

    def _transaction(self, service: Service) -> None:
        put, key = self.an_item(service), self.a_key()
        actions: list[dict[str, Any]] = [{"Put": {"TableName": "Things", "Item": put}}]
        if (key["pk"], key["sk"]) != (put["pk"], put["sk"]):
            actions.append({"Delete": {"TableName": "Things", "Key": key}})
        service.call("TransactWriteItems", TransactItems=actions)


def enable(service: Service, table: str = "Things", **specification: Any) -> dict[str, Any]:
    """Enable point-in-time recovery. Returns how it is described then."""
    answer = service.call(
        "UpdateContinuousBackups",
        TableName=table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, **specification},
    )
    return described(answer)


def disable(service: Service, table: str = "Things") -> dict[str, Any]:
    answer = service.call(
        "UpdateContinuousBackups",
        TableName=table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )
    return described(answer)


def window(service: Service, table: str = "Things") -> dict[str, Any]:
    return described(service.call("DescribeContinuousBackups", TableName=table))


def described(answer: dict[str, Any]) -> dict[str, Any]:
    backups = answer["ContinuousBackupsDescription"]
    assert backups["ContinuousBackupsStatus"] == "ENABLED"
    found: dict[str, Any] = backups["PointInTimeRecoveryDescription"]
    return found


def restore(service: Service, at: float | None = None, target: str = "Back", **members: Any) -> Any:
    """Ask for a restore of `Things`, to a time or to the latest."""
    moment = {"UseLatestRestorableTime": True} if at is None else {"RestoreDateTime": at}
    request = {"SourceTableName": "Things", "TargetTableName": target} | moment | members
    return service.call("RestoreTableToPointInTime", **request)["TableDescription"]


def describe(service: Service, table: str = "Back") -> Any:
    return service.call("DescribeTable", TableName=table)["Table"]


INDEXES = ("by-when", "by-kind", "by-size")


def check_indexes(service: Service, table: str, names: tuple[str, ...] = INDEXES) -> None:
    """Each index holds the same as the source's would, and the figures are right."""
    items = [orjson.loads(text) for text in contents(service, table)]
    by_kind = {name: len(contents(service, table, name)) for name in names}
    expected = {
        "by-when": sum("when" in one for one in items),
        "by-kind": sum("kind" in one for one in items),
        "by-size": sum("kind" in one and "size" in one for one in items),
    }
    assert by_kind == {name: expected[name] for name in names}
    assert describe(service, table)["ItemCount"] == len(items)
