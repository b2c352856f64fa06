"""A seeded day in the life of a table: clients write, a stream is read, and everything that can go wrong
does.

`Simulation(seed, storage).run(steps)` plays a table with a stream, TTL and two indexes under clients, a fleet
of workers, a poller and the background work. A director draws what happens next: time passes or jumps, shards
roll, calls fail, the server dies and comes back, workers die. Now and then, and at the end, everybody is held
still until all is calm, and the books are compared: the calls with the stream, the stream with the table, the
table with its indexes, its figures and its order of expiry.

The same seed gives the same run: all randomness is drawn from it, time is the simulation's own, and no thread
or timer takes part.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any

from dynalite.settings import Settings
from dynalite.storage import keyspace
from dynalite.values.size import item_size
from tests.checking.house import findings
from tests.simulation.clients import TABLE, Client
from tests.simulation.consumers import Poller, Workers, number_of, once
from tests.simulation.history import History, Key, Record, Violation, check, key_of, replayed
from tests.simulation.site import GONE, Site, Storage
from tests.streams.world import HOUR

CLIENTS = 4
PLENTY = 1_000_000

_CREATE: Mapping[str, Any] = {
    "TableName": TABLE,
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("p", "s", "by", "group")
    ],
    "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "by-mark",
            "KeySchema": [
                {"AttributeName": "p", "KeyType": "HASH"},
                {"AttributeName": "by", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-group",
            "KeySchema": [{"AttributeName": "group", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


class Simulation:
    def __init__(self, seed: int, storage: Storage) -> None:
        self._random = Random(seed)
        settings = Settings(stream_shards=2, shard_seconds=4 * HOUR, ttl_delay_seconds=0)
        self.site = Site(storage, self._own_random(), settings)
        self.history = History()
        self.happened: Counter[str] = Counter()
        self._clients = [Client(f"c{n}", self.site, self.history, self._own_random()) for n in range(CLIENTS)]
        self._held = False
        self._failed = False
        self._tasks: list[asyncio.Task[None]] = []
        events: Mapping[Callable[[], Awaitable[None]], int] = {
            self._pass_turns: 40,
            self._pass_time: 20,
            self._roll: 4,
            self._toggle_faults: 4,
            self._kill_worker: 3,
            self._crash: 5,
            self._set_back: 2,
            self._jump: 1,
        }
        self._events, self._weights = list(events), list(events.values())

    def _own_random(self) -> Random:
        """A source for one of those who take part, so that what it draws does not depend on the others."""
        return Random(self._random.getrandbits(64))

    @property
    def records(self) -> list[Record]:
        """What the workers have read."""
        return once(self._workers.processed)

    # -------------------------------------------------------------- the run

    async def run(self, steps: int) -> None:
        """Raises Violation, or whatever went wrong in the server."""
        self._tasks.append(asyncio.create_task(self._write(self._own_random())))
        await self.site.start()
        await self._open_table()
        turns: list[Callable[[], Awaitable[object]]] = [client.turn for client in self._clients]
        turns += [partial(self._workers.turn, worker) for worker in range(self._workers.count)]
        turns += [self._poller.turn, self._tick]
        self._tasks += [asyncio.create_task(self._act(turn, self._own_random())) for turn in turns]
        try:
            for _ in range(steps):
                if self._failed:  # somebody notices sooner or later, and starts the server again
                    await self._crash()
                [event] = self._random.choices(self._events, self._weights)
                await event()
                self.happened[event.__name__.strip("_").replace("_", " ")] += 1
                self._check_actors()
            await self._settle()
            self._check_actors()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self.site.crash()
        self._count()

    def _check_actors(self) -> None:
        for task in self._tasks:
            if task.done():
                task.result()

    def _count(self) -> None:
        fates = Counter(f"calls {call.fate}" for call in self.history.calls.values())
        kinds = Counter(
            "deleted by TTL" if "userIdentity" in record else "changes by callers" for record in self.records
        )
        self.happened.update(fates + kinds)
        self.happened["processed again"] = len(self._workers.processed) - kinds.total()

    async def _open_table(self) -> None:
        await self.site.call("CreateTable", **_CREATE)
        on = {"Enabled": True, "AttributeName": "ends"}
        await self.site.call("UpdateTimeToLive", TableName=TABLE, TimeToLiveSpecification=on)
        await self.site.run(self.site.database.until_idle)
        [stream] = (await self.site.call("ListStreams", TableName=TABLE))["Streams"]
        self._workers = Workers(self.site, stream["StreamArn"], self._own_random())
        self._poller = Poller(self.site, stream["StreamArn"], self._own_random())

    # -------------------------------------------------------------- those who act by themselves

    async def _act(self, turn: Callable[[], Awaitable[object]], random: Random) -> None:
        """Turn after turn with seeded pauses, unless everybody is held."""
        while True:
            for _ in range(random.randrange(1, 12)):
                await asyncio.sleep(0)
            if not self._held:
                await turn()

    async def _write(self, random: Random) -> None:
        while True:
            for _ in range(random.randrange(1, 5)):
                await asyncio.sleep(0)
            self._failed |= not self.site.storage.write(self.site.faults)

    async def _tick(self) -> None:
        with suppress(*GONE):  # a server tries again in its next period
            await self.site.run(self.site.database.tick)

    # -------------------------------------------------------------- what happens

    async def _pass_turns(self) -> None:
        for _ in range(self._random.randrange(1, 40)):
            await asyncio.sleep(0)

    async def _pass_time(self) -> None:
        self.site.clock.advance(self._random.choice((0.25, 1, 10, 60)))
        await self._pass_turns()

    async def _set_back(self) -> None:
        self.site.clock.advance(-self._random.choice((1, 30, 100)))
        await self._pass_turns()

    async def _roll(self) -> None:
        database = self.site.database
        with suppress(*GONE):  # it may have got half way
            await self.site.run(lambda: database.roll_shards("us-east-1", TABLE))

    async def _toggle_faults(self) -> None:
        self.site.faults.on = not self.site.faults.on
        await self._pass_turns()

    async def _kill_worker(self) -> None:
        survivor = self._random.randrange(self._workers.count)
        self._workers.take_over(survivor)
        await self._pass_turns()

    async def _crash(self) -> None:
        self.site.crash()
        await self._pass_turns()  # nobody answers
        faults, self.site.faults.on = self.site.faults.on, False
        self._failed = False
        await self.site.start()
        self.site.faults.on = faults

    async def _jump(self) -> None:
        """Most of a day passes, in which nobody reads: what was there has been read before."""
        await self._settle()
        self.site.clock.advance(self._random.uniform(2, 20) * HOUR)
        await self._settle()

    # -------------------------------------------------------------- the books

    async def _settle(self) -> None:
        """Hold everybody, let what is begun end, do what is due, read what is there, and compare."""
        self._held = True
        faults, self.site.faults.on = self.site.faults.on, False
        while self.site.busy:
            await asyncio.sleep(0)
        if self._failed:
            await self._crash()
        await self.site.run(self.site.database.until_idle)
        while any([await self._workers.turn(worker) for worker in range(self._workers.count)]):
            pass
        while await self._poller.turn():
            pass
        await self._compare()
        self.site.faults.on = faults
        self._held = False

    async def _compare(self) -> None:
        records = self.records
        check(self.history, records)
        numbers = sorted(number_of(record) for record in records)
        if numbers != sorted(map(number_of, self._poller.seen)):
            raise Violation("the poller has seen other records than the workers")
        once([*records, *self._poller.seen])
        items = {key_of(item): item for item in await self._scan()}
        _same("the table and the stream", items, replayed(records))
        await self._compare_indexes(items)
        await self._compare_figures(items)
        await self._compare_expiry(items)
        found = await findings(self.site.database.engine, self.site.database.vault)
        _same("the findings of a check", [str(finding) for finding in found], [])

    async def _scan(self, index: str | None = None) -> list[Any]:
        request = {"TableName": TABLE} if index is None else {"TableName": TABLE, "IndexName": index}
        items: list[Any] = (await self.site.call("Scan", **request))["Items"]
        return items

    async def _compare_indexes(self, items: Mapping[Key, Any]) -> None:
        by_group = {key_of(item): item for item in await self._scan("by-group")}
        _same("by-group", by_group, {key: item for key, item in items.items() if "group" in item})
        by_mark = {key_of(item): item for item in await self._scan("by-mark")}
        _same("by-mark", by_mark, {key: _marked(item) for key, item in items.items()})

    async def _compare_figures(self, items: Mapping[Key, Any]) -> None:
        description = (await self.site.call("DescribeTable", TableName=TABLE))["Table"]
        grouped = [item for item in items.values() if "group" in item]
        for what, figures, size_bytes, count in (
            ("table", description, "TableSizeBytes", items.values()),
            ("by-group", description["GlobalSecondaryIndexes"][0], "IndexSizeBytes", grouped),
            (
                "by-mark",
                description["LocalSecondaryIndexes"][0],
                "IndexSizeBytes",
                [_marked(item) for item in items.values()],
            ),
        ):
            told = figures["ItemCount"], figures[size_bytes]
            _same(f"the figures of {what}", told, (len(count), sum(map(item_size, count))))

    async def _compare_expiry(self, items: Mapping[Key, Any]) -> None:
        """Every item that will expire has its row, and none that has expired is left."""
        engine = self.site.database.engine
        rows = await engine.scan(
            keyspace.EXPIRY, keyspace.after(keyspace.EXPIRY), limit=PLENTY, max_bytes=PLENTY
        )
        ends = sorted(int(item["ends"]["N"]) for item in items.values() if "ends" in item)
        _same("the order of expiry", [int.from_bytes(row[1:9], "big") for row, _ in rows], ends)
        if ends and ends[0] <= self.site.clock.now():
            raise Violation(f"an item expired at {ends[0]}, and it is {self.site.clock.now()}")


def _marked(item: Any) -> Any:
    """What the index by-mark keeps of an item."""
    return {name: item[name] for name in ("p", "s", "by")}


def _same(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise Violation(f"{what}: {found}, not {wanted}")
