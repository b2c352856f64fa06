"""How many function calls a request costs: a figure that no noise of the machine reaches.

    python -m bench.calls

A fixed script of requests goes through the door, as bytes, into a database in memory, and every call of a
Python or C function is counted (`sys.setprofile`). The first requests of each kind, which fill caches, do not
count. It is no measure of time, but what makes a request slower without calling anything more is rare here,
and `tests/bench/test_calls.py` keeps the figures from growing unnoticed.
"""

import asyncio
import sys
from dataclasses import dataclass, field
from typing import cast

from bench.tables import ORDERS
from bench.wire import Call, http_request
from bench.workloads import (
    Draw,
    Maker,
    batch_get,
    get_item,
    put_item,
    query,
    scan_filtered,
    transact_write,
    update_item,
)
from dynalite.clock import Clock
from dynalite.database import Database
from dynalite.ids import Ids
from dynalite.settings import Settings
from server.dispatch import Dispatcher
from server.door import Door
from server.front import Front
from server.site import Site

ITEMS = 400
_UNCOUNTED = 3
_COUNTED = 20

SCRIPT: dict[str, Maker] = {
    "GetItem": get_item,
    "PutItem": put_item,
    "UpdateItem": update_item,
    "Query": query,
    "Scan": scan_filtered,
    "BatchGetItem": batch_get,
    "TransactWriteItems": transact_write,
}


@dataclass(slots=True)
class _Transport:
    """Where the door's answers go."""

    answers: list[bytes] = field(default_factory=list)

    def write(self, data: bytes) -> None:
        self.answers.append(data)

    def is_closing(self) -> bool:
        return False


@dataclass(slots=True)
class _Counter:
    calls: int = 0

    def __call__(self, frame: object, event: str, argument: object) -> None:
        if event in ("call", "c_call"):
            self.calls += 1


def calls_per_request() -> dict[str, float]:
    """The mean over the counted requests of each kind."""
    return asyncio.run(_counted())


async def _counted() -> dict[str, float]:
    clock, ids = Clock(), Ids()
    database = await Database.open(Settings(), clock, ids)
    door = Door(Front(Dispatcher(database), Site(), clock, ids))
    transport = _Transport()
    door.connection_made(cast("asyncio.Transport", transport))
    for call in (Call("CreateTable", ORDERS.create), *ORDERS.calls(ITEMS)):
        await _answer(door, transport, http_request(call))
        await database.until_idle()  # as the server's pulse sees to it
    draw = Draw(1, ITEMS)
    return {name: await _mean(door, transport, make, draw) for name, make in SCRIPT.items()}


async def _mean(door: Door, transport: _Transport, make: Maker, draw: Draw) -> float:
    counter = _Counter()
    requests = [http_request(call) for _ in range(_UNCOUNTED + _COUNTED) for call in make(draw)]
    for number, request in enumerate(requests):
        await _answer(door, transport, request, counter if number >= _UNCOUNTED else None)
    return counter.calls / _COUNTED


async def _answer(door: Door, transport: _Transport, request: bytes, counter: _Counter | None = None) -> None:
    """Send it in and wait for its answer; what is counted is the part that runs at once."""
    sys.setprofile(counter)
    door.data_received(request)
    door.take()
    door.flush()
    sys.setprofile(None)
    while not transport.answers:
        await asyncio.sleep(0)
    answer = transport.answers.pop()
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer.decode(errors="replace"))


if __name__ == "__main__":
    for name, calls in calls_per_request().items():
        print(f"{name:<20}{calls:>10,.1f} calls")
