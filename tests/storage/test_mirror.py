"""Two engines, one history: whatever is done to both, they agree on every answer and on every row."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine, Snapshot, decode_counter
from dynalite.storage.leveldb import LevelDBEngine
from dynalite.storage.memory import MemoryEngine
from tests.storage.scenarios import PLENTY

SPACE = b"\x10"
KEYS = st.binary(max_size=2).map(lambda tail: SPACE + tail) | st.sampled_from([SPACE + b"a", SPACE + b"\xff"])
COUNTERS = st.sampled_from([keyspace.statistic(1, 0, b"c"), keyspace.statistic(1, 0, b"s")])
LOGS = st.sampled_from([keyspace.log(1, 1), keyspace.log(1, 2)])
VALUES = st.binary(max_size=6)
LIMITS = st.integers(0, 5)
SIZES = st.integers(0, 12)

CHANGES = st.lists(
    st.tuples(st.just("put"), KEYS, VALUES)
    | st.tuples(st.just("delete"), KEYS)
    | st.tuples(st.just("append"), LOGS, VALUES)
    | st.tuples(st.just("add"), COUNTERS, st.integers(-5, 5))
    | st.tuples(st.just("delete"), COUNTERS),
    max_size=5,
)


def batch_of(changes: Sequence[tuple[Any, ...]]) -> Batch:
    batch = Batch()
    for verb, *arguments in changes:
        getattr(batch, verb)(*arguments)
    return batch


class Mirror(RuleBasedStateMachine):
    """A memory engine and a LevelDB engine side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.loop = asyncio.new_event_loop()
        self.memory = MemoryEngine()
        self.leveldb = LevelDBEngine.open(self.folder, "fsync")
        self.snapshots: list[tuple[Snapshot, Snapshot]] = []

    def teardown(self) -> None:
        self.loop.run_until_complete(self.leveldb.close())
        self.loop.close()
        shutil.rmtree(self.folder)

    def both(self, ask: Callable[[Engine], Awaitable[object]]) -> object:
        """Ask both engines the same and see that they answer the same."""
        answers = [self.loop.run_until_complete(_outcome(ask(each))) for each in (self.memory, self.leveldb)]
        assert answers[0] == answers[1]
        return answers[0]

    @rule(keys=st.lists(KEYS | COUNTERS, max_size=3), changes=CHANGES)
    def update(self, keys: list[bytes], changes: list[tuple[Any, ...]]) -> None:
        self.both(lambda engine: engine.update(keys, lambda values: (list(values), batch_of(changes))))

    @rule(key=KEYS, changes=CHANGES)
    def create(self, key: bytes, changes: list[tuple[Any, ...]]) -> None:
        """A conditional write, refused where the row exists."""

        def decide(values: Sequence[bytes | None]) -> tuple[None, Batch]:
            if values[0] is not None:
                raise FileExistsError(values[0])
            return None, batch_of([*changes, ("put", key, b"created")])

        self.both(lambda engine: engine.update([key], decide))

    @rule(together=st.lists(CHANGES, min_size=2, max_size=4), counter=COUNTERS)
    def update_concurrently(self, together: list[list[tuple[Any, ...]]], counter: bytes) -> None:
        """Updates that are on their way at the same time are decided in the order in which they came."""

        def decide_for(changes: list[tuple[Any, ...]]) -> Any:
            return lambda values: (decode_counter(values[0]), batch_of([*changes, ("add", counter, 1)]))

        async def all_at_once(engine: Engine) -> object:
            return await asyncio.gather(*(engine.update([counter], decide_for(each)) for each in together))

        self.both(all_at_once)

    @rule(keys=st.lists(KEYS | COUNTERS, max_size=4))
    def read(self, keys: list[bytes]) -> None:
        self.both(lambda engine: engine.read(keys))

    @rule(start=KEYS, stop=KEYS, limit=LIMITS, max_bytes=SIZES, reverse=st.booleans())
    def scan(self, start: bytes, stop: bytes, limit: int, max_bytes: int, reverse: bool) -> None:
        self.both(
            lambda engine: engine.scan(start, stop, limit=limit, max_bytes=max_bytes, reverse=reverse),
        )

    @rule(log=LOGS, after=st.integers(0, 20), limit=LIMITS, max_bytes=SIZES)
    def read_log(self, log: bytes, after: int, limit: int, max_bytes: int) -> None:
        self.both(lambda engine: engine.read_log(log, after=after, limit=limit, max_bytes=max_bytes))

    @rule(log=LOGS, before=st.integers(0, 20), limit=LIMITS)
    def trim_log(self, log: bytes, before: int, limit: int) -> None:
        self.both(lambda engine: engine.trim_log(log, before=before, limit=limit))

    @rule(start=KEYS, stop=KEYS)
    def delete_range(self, start: bytes, stop: bytes) -> None:
        """To the end, in pieces. What a piece takes is the engine's own affair where rows came in between."""
        for _ in range(100):
            done = [
                self.loop.run_until_complete(each.delete_range(start, stop, limit=2))
                for each in (self.memory, self.leveldb)
            ]
            if all(done):
                return
        raise AssertionError("the range is never empty")

    @rule()
    def take_snapshot(self) -> None:
        self.snapshots.append((self.memory.snapshot(), self.leveldb.snapshot()))

    @precondition(lambda self: self.snapshots)
    @rule()
    def read_the_oldest_snapshot_and_close_it(self) -> None:
        pair = self.snapshots.pop(0)
        contents = [self.loop.run_until_complete(_everything(snapshot)) for snapshot in pair]
        assert contents[0] == contents[1]
        for snapshot in pair:
            snapshot.close()

    @rule()
    def restart(self) -> None:
        """Only LevelDB: what it had it has still. Its snapshots end with it."""
        self.snapshots.clear()
        self.loop.run_until_complete(self.leveldb.close())
        self.leveldb = LevelDBEngine.open(self.folder, "fsync")

    @invariant()
    def they_hold_the_same_rows(self) -> None:
        self.both(_everything)
        self.both(lambda engine: engine.last_sequence())


async def _outcome(answer: Awaitable[object]) -> object:
    try:
        return await answer
    except FileExistsError as error:
        return "refused", error.args


async def _everything(reader: Engine | Snapshot) -> object:
    rows = await reader.scan(b"\x00", b"\xff", limit=PLENTY, max_bytes=PLENTY)
    return [row for row in rows if row[0] != keyspace.SEQUENCE]


TestMirror = Mirror.TestCase
TestMirror.settings = settings(max_examples=40, stateful_step_count=20)
