"""Random requests against a whole database: nothing may end in an error of ours, hang, or stay behind.

A request goes the way that the door sends it (bytes, document, operation, answer, bytes), only without a
socket; or through the socket too, for a part of them. What may come of it is an answer or one of the
service's own refusals. Everything else is a `Find`, with the request that led there.

The database is taken back to its first state now and then, so that it stays small, and what its memory does
between two such moments is what requests leave behind.
"""

import asyncio
import gc
import http.client
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from dynalite.clock import Clock
from dynalite.database import Caller, Database
from dynalite.errors import ServiceError
from dynalite.ids import Ids
from dynalite.operations.catalogue import OPERATIONS
from dynalite.settings import Settings
from server import json_body, wire
from tests.fuzz.forge import TABLES, Forge
from tests.fuzz.mutation import mutated
from tests.live import local_server
from tests.server.rig import AUTHORIZATION

SLOW_SECONDS: Final = 2.0
"""A request that takes longer is a find: one that takes for ever is a hang."""
LIFE: Final = 5_000
"""Requests from one first state to the next."""
_TICK_EVERY: Final = 250
_OFTEN: Final = (
    "GetItem", "PutItem", "PutItem", "UpdateItem", "UpdateItem", "DeleteItem", "Query", "Query", "Scan",
    "BatchGetItem", "BatchWriteItem", "TransactWriteItems", "TransactWriteItems", "TransactGetItems",
    "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction", "GetShardIterator", "GetRecords",
    "SearchVectors",
)  # fmt: skip
_INDEX: Final = {"Projection": {"ProjectionType": "ALL"}}


class Find(AssertionError):
    """A request that did what no request may do."""


@dataclass
class Figures:
    """What a run came to."""

    requests: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    slowest_seconds: float = 0.0
    slowest: bytes = b""
    resident_kib: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        answered = self.outcomes["answered"]
        kinds = ", ".join(f"{name} {number:,}" for name, number in self.outcomes.most_common(12))
        resident = " ".join(f"{one // 1024}" for one in self.resident_kib)
        return (
            f"{self.requests:,} requests of {len(self.operations)} operations, {answered:,} answered\n"
            f"{kinds}\nslowest {1000 * self.slowest_seconds:.0f} ms: {self.slowest[:300]!r}\n"
            f"resident MiB, over time: {resident}"
        )


def _table_requests() -> list[tuple[str, dict[str, Any]]]:
    made: list[tuple[str, dict[str, Any]]] = []
    for name, keys in TABLES.items():
        attributes = [{"AttributeName": attribute, "AttributeType": kind} for attribute, kind in keys.items()]
        schema = [
            {"AttributeName": attribute, "KeyType": role}
            for attribute, role in zip(keys, ("HASH", "RANGE"), strict=False)
        ]
        table: dict[str, Any] = {
            "TableName": name,
            "KeySchema": schema,
            "AttributeDefinitions": attributes,
            "BillingMode": "PAY_PER_REQUEST",
        }
        if name == "indexed":
            attributes.append({"AttributeName": "a", "AttributeType": "S"})
            attributes.append({"AttributeName": "n", "AttributeType": "N"})
            local = [schema[0], {"AttributeName": "n", "KeyType": "RANGE"}]
            table["LocalSecondaryIndexes"] = [{"IndexName": "local", "KeySchema": local, **_INDEX}]
            by_a = [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}]
            table["GlobalSecondaryIndexes"] = [{"IndexName": "global", "KeySchema": by_a, **_INDEX}]
            table["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        made.append(("CreateTable", table))
    return made


TABLE_REQUESTS: Final = _table_requests()
"""What makes the first state."""


def resident_kib() -> int:
    """How much memory this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


class Stream:
    """The requests that follow from a seed: operations with their bodies, some of them no longer JSON."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.forge = Forge(self.rng)
        self._often = [OPERATIONS[name] for name in _OFTEN]
        self._all = list(OPERATIONS.values())
        self._last = b"{}"

    def next(self) -> tuple[str, bytes]:
        rng = self.rng
        operation = rng.choice(self._often if rng.random() < 0.7 else self._all)
        body = json.dumps(self.forge.request(operation), ensure_ascii=False).encode()
        if rng.random() < 0.03:
            body = mutated(rng, body, [self._last])
        self._last = body
        return operation.name, body


async def in_process(
    count: int, seed: int, watch: Callable[[Figures], None] = lambda figures: None
) -> Figures:
    """So many requests against a database in memory. Raises Find."""
    clock = Clock()
    database = await Database.open(Settings(ttl_delay_seconds=0), clock, Ids(seed))
    figures, stream = Figures(), Stream(seed)
    try:
        for number in range(count):
            if number % LIFE == 0:
                await _begin_again(database, figures)
                watch(figures)
            if number % _TICK_EVERY == 0:
                clock.advance(stream.rng.choice((0.0, 0.0, 1.0, 60.0, 3600.0)))
                await database.tick()
            await _ask(database, stream, figures)
        await _begin_again(database, figures)
    finally:
        await database.close()
    return figures


async def _begin_again(database: Database, figures: Figures) -> None:
    await database.until_idle()
    await database.snapshots.reset()
    database.capacity.reset()
    database.buckets._stores.clear()  # reports are read as input again, so that they grow for ever
    for operation, request in TABLE_REQUESTS:
        await database.execute(operation, deepcopy(request), Caller())
    await database.until_idle()
    gc.collect()
    figures.resident_kib.append(resident_kib())


async def _ask(database: Database, stream: Stream, figures: Figures) -> None:
    operation, body = stream.next()
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(10 * SLOW_SECONDS):
            answer = await database.execute(operation, wire.document(body), Caller())
        told = orjson.dumps(answer, default=json_body.splice)
        outcome = "answered"
    except ServiceError as error:
        told, outcome = json_body.of_error(error), error.code
        if error.status >= 500:
            raise Find(f"{operation} {body!r}\nended in {outcome}: {error.message}") from error
    except Exception as error:
        raise Find(f"{operation} {body!r}\nended in {error!r}") from error
    _note(figures, operation, body, outcome, time.perf_counter() - begun)
    if outcome == "answered" and OPERATIONS[operation].effect != "writes":
        stream.forge.learn(orjson.loads(told))


def _note(figures: Figures, operation: str, body: bytes, outcome: str, seconds: float) -> None:
    figures.requests += 1
    figures.outcomes[outcome] += 1
    figures.operations[operation] += 1
    if seconds > figures.slowest_seconds:
        figures.slowest_seconds, figures.slowest = seconds, f"{operation} ".encode() + body
    if seconds > SLOW_SECONDS:
        raise Find(f"{operation} {body!r}\ntook {seconds:.1f} s")


def over_http(count: int, seed: int) -> Figures:
    """So many requests to a server in this process, through its door. Raises Find."""
    figures, stream = Figures(), Stream(seed)
    with local_server() as server:
        host, port = server.endpoint.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10 * SLOW_SECONDS)
        for number in range(count):
            if number % LIFE == 0:
                server.loop.run(lambda: _begin_again(server.app.database, figures))
            _post(connection, stream, figures)
        connection.close()
    return figures


def _post(connection: http.client.HTTPConnection, stream: Stream, figures: Figures) -> None:
    operation, body = stream.next()
    api = OPERATIONS[operation].api
    fields = {
        "X-Amz-Target": f"{api}.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": AUTHORIZATION.replace("eu-west-1", Caller().region),
        "X-Amz-Date": "20261008T120000Z",
    }
    begun = time.perf_counter()
    connection.request("POST", "/", body, fields)
    answer = connection.getresponse()
    told = orjson.loads(answer.read())
    outcome = "answered" if answer.status == 200 else told["__type"].rpartition("#")[2]
    if answer.status >= 500:
        raise Find(f"{operation} {body!r}\nended in {outcome}")
    _note(figures, operation, body, outcome, time.perf_counter() - begun)
    if answer.status == 200 and OPERATIONS[operation].effect != "writes":
        stream.forge.learn(told)
