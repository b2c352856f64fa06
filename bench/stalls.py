"""How long one request keeps all others waiting: the longest stretch of the event loop that it takes.

    python -m bench.stalls

Requests run in process, from their parsed JSON to the answer's bytes, and each stretch between two moments at
which others have their turn is measured in CPU time of the thread, so that other work on the machine hardly
shows. The garbage collector is off. A request that waits for the disk is not measured; those here read from
memory.

Then GetItems are asked for while two clients scan megabytes with a filter and never pause. The loop is never
idle then, so the CPU time between asking and the answer is the latency on a core of one's own.
"""

import asyncio
import gc
import statistics
import time
from collections.abc import Callable, Iterator

import orjson

from bench.tables import ORDERS, WIDE, Table
from bench.wire import Call
from bench.workloads import Draw, batch_get, get_item, query_wide, scan_filtered
from dynalite.database import Caller, Database
from dynalite.settings import Settings
from dynalite.values.types import Item, Request
from server.json_body import splice

_ITEMS = 5_000
_TINY_ITEMS = 50_000
_ROUNDS = 20
_SCANNERS = 2
_ASKED = 5_000
_CALLER = Caller("us-east-1")


def _tiny(count: int) -> Iterator[Item]:
    return ({"pk": {"S": f"p{number}"}, "sk": {"N": "0"}} for number in range(count))


TINY = Table("tiny", {**ORDERS.create, "TableName": "tiny"}, _tiny)
_TINY_SCAN: Request = {"TableName": TINY.name}
_TINY_FILTER: Request = {
    **_TINY_SCAN,
    "FilterExpression": "begins_with(pk, :p)",
    "ExpressionAttributeValues": {":p": {"S": "p12"}},
}
_ORDERS_PROJECTED: Request = {"TableName": ORDERS.name, "ProjectionExpression": "pk, address.city"}

KINDS: dict[str, Callable[[Draw], tuple[Call, ...]]] = {
    "Scan, 1 MB of 1 KB": lambda _: (Call("Scan", {"TableName": ORDERS.name}),),
    "Scan, 1 MB of 1 KB, filtered": scan_filtered,
    "Scan, 1 MB of 1 KB, projected": lambda _: (Call("Scan", _ORDERS_PROJECTED),),
    "Scan, 1 MB of 10 B": lambda _: (Call("Scan", _TINY_SCAN),),
    "Scan, 1 MB of 10 B, filtered": lambda _: (Call("Scan", _TINY_FILTER),),
    "Scan, 1 MB of 10 B, counted": lambda _: (Call("Scan", {**_TINY_SCAN, "Select": "COUNT"}),),
    "Query, a page of 1 MB": query_wide,
    "BatchGetItem of 100": batch_get,
}


async def main() -> None:
    database = await Database.open(Settings())
    for table, items in ((ORDERS, _ITEMS), (WIDE, _ITEMS), (TINY, _TINY_ITEMS)):
        await database.execute("CreateTable", table.create, _CALLER)
        await database.until_idle()
        for call in table.calls(items):
            await database.execute(call.operation, call.request, _CALLER)
    draw = Draw(1, _ITEMS)
    gc.collect()
    gc.disable()
    print(f"{'':32}{'stretches':>10}{'CPU':>12}{'longest stretch':>18}")
    for name, make in KINDS.items():
        rounds = [_stretches_seconds(database, call) for _ in range(_ROUNDS) for call in make(draw)]
        total = statistics.median(sum(stretches) for stretches in rounds)
        longest = statistics.median(max(stretches) for stretches in rounds)
        print(f"{name:32}{len(rounds[0]):>10}{total * 1e3:>9.2f} ms{longest * 1e3:>15.2f} ms", flush=True)
        gc.collect()
    latencies = await _beside_scans_seconds(database, draw)
    p50, p99, longest = (latencies[int(len(latencies) * share)] * 1e3 for share in (0.5, 0.99, 0.9999))
    print(
        f"\nGetItem beside {_SCANNERS} filtered Scans: p50 {p50:.2f}, p99 {p99:.2f}, longest {longest:.2f} ms"
    )
    await database.close()


def _stretches_seconds(database: Database, call: Call) -> list[float]:
    """The CPU time of each stretch of one request."""
    request = orjson.loads(orjson.dumps(call.request))
    running = database.execute(call.operation, request, _CALLER)
    stretches = []
    while True:
        started = time.thread_time()
        try:
            waits_for = running.send(None)
        except StopIteration as stop:
            orjson.dumps(stop.value, default=splice)
            stretches.append(time.thread_time() - started)
            return stretches
        stretches.append(time.thread_time() - started)
        assert waits_for is None, "a read from memory waits for nothing"


async def _beside_scans_seconds(database: Database, draw: Draw) -> list[float]:
    """How long GetItems take, one after the other, the shortest first."""

    async def ask(call: Call) -> None:
        await database.execute(call.operation, orjson.loads(orjson.dumps(call.request)), _CALLER)

    async def scan_for_ever() -> None:
        while True:
            await ask(*scan_filtered(draw))

    scanners = [asyncio.create_task(scan_for_ever()) for _ in range(_SCANNERS)]
    latencies = []
    for _ in range(_ASKED):
        wanted = time.thread_time()
        await asyncio.sleep(0)  # as a request that has just come in waits for the loop to come round
        await ask(*get_item(draw))
        latencies.append(time.thread_time() - wanted)
    for scanner in scanners:
        scanner.cancel()
    return sorted(latencies)


if __name__ == "__main__":
    asyncio.run(main())
