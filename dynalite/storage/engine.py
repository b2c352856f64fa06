"""What every storage engine promises: ordered bytes, and one verb that changes them.

An engine knows nothing of DynamoDB. It holds rows (key → value, both bytes, ordered by key as unsigned
bytes), logs (append-only sequences of records) and counters (rows whose value is a signed number). The one
verb that changes anything is `update`: the engine reads the named keys, calls the pure function `decide` with
their values, and makes the `Batch` it returns visible all or nothing, only if those keys have not changed
since they were read. An engine whose writers never overlap decides once; one that shares its store with
others decides again when a key went stale. So `decide` must have no effect but its return value, and may run
more than once.

`decide` may raise: then nothing is written and the exception reaches the caller. An answer, or an exception,
that was decided from rows still on their way to disk is held back until they are there, so that nobody is
ever shown a write that a power cut could take back.

Counters and log sequence numbers are not read before a write: the engine merges and assigns them at commit,
so two writers never collide on either. Both are ordinary rows once written: a counter under its own key, a
log record under the log's key and its sequence. So a log is dropped with `delete_range`, and a snapshot holds
the logs too.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

T = TypeVar("T")

Row: TypeAlias = tuple[bytes, bytes]


class LogEntry(NamedTuple):
    """One record of a log. Sequences start at 1, rise across all logs of an engine, and never come again."""

    sequence: int
    record: bytes


class Batch:
    """What one update changes: rows, log records and counters.

    A key put twice holds the last value. Log records keep the order in which they were appended. Where one
    batch both puts a row and adds to it as a counter, the sum starts from the row that was put.
    """

    __slots__ = ("appends", "counts", "rows")

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes | None] = {}
        self.appends: list[tuple[bytes, bytes]] = []
        self.counts: dict[bytes, int] = {}

    def put(self, key: bytes, value: bytes) -> None:
        self.rows[key] = value

    def delete(self, key: bytes) -> None:
        self.rows[key] = None

    def append(self, log: bytes, record: bytes) -> None:
        """Add a record at the end of a log; the engine chooses its sequence number at commit."""
        self.appends.append((log, record))

    def add(self, counter: bytes, amount: int) -> None:
        """Add to a counter (a missing one is 0)."""
        if amount:
            self.counts[counter] = self.counts.get(counter, 0) + amount

    def __bool__(self) -> bool:
        return bool(self.rows or self.appends or self.counts)


Decide: TypeAlias = Callable[[Sequence[bytes | None]], tuple[T, Batch | None]]
"""From the values of the named keys (None: no such row) to a result and what to write (None: nothing)."""


class Reader(Protocol):
    """The read side, common to a live engine and a snapshot of it."""

    async def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of `keys`, all as of one moment."""
        ...

    async def scan(
        self, start: bytes, stop: bytes, *, limit: int, max_bytes: int, reverse: bool = False
    ) -> list[Row]:
        """One page of rows with start <= key < stop, as of one moment, in key order (or its reverse).

        At most `limit` rows, ending with the row whose value takes the sum of value lengths to `max_bytes` or
        past it. An empty page means that the range holds nothing; a page that is not full by either bound
        ends the range.
        """
        ...


class Snapshot(Reader, Protocol):
    """The whole engine as of one moment, until closed."""

    def close(self) -> None: ...


class Savepoint(Reader, Protocol):
    """A moment that the engine can go back to, until closed. The rows are those of that moment."""

    async def restore(self, keeping: Collection[bytes]) -> None:
        """Make every row what it was, all at once, except the rows under `keeping`; return once durable.

        It is an update like any other: decided when it is begun, after all that was decided before. Sequences
        do not go back. It costs as much as what has changed since the savepoint, or since the last restore.
        """
        ...

    def close(self) -> None: ...


class Engine(Reader, Protocol):
    """A store of ordered bytes. `read` and `scan` show only what is durable under the engine's setting."""

    @property
    def refusal(self) -> str | None:
        """Why no write is taken any more, as a sentence; None while writes are taken."""
        ...

    async def update(self, keys: Sequence[bytes], decide: Decide[T]) -> T:
        """Read `keys`, decide, make the batch visible all or nothing, and return the result once durable."""
        ...

    async def read_log(self, log: bytes, *, after: int, limit: int, max_bytes: int) -> list[LogEntry]:
        """Entries of `log` with a sequence above `after`, oldest first; bounds as in `scan`."""
        ...

    async def trim_log(self, log: bytes, *, before: int, limit: int) -> bool:
        """Delete up to `limit` of the oldest entries below `before` (a sequence). True when none is left."""
        ...

    async def last_sequence(self) -> int:
        """The highest sequence number given out and durable; 0 before the first."""
        ...

    async def delete_range(self, start: bytes, stop: bytes, *, limit: int) -> bool:
        """Delete up to `limit` rows with start <= key < stop. True when the range is empty afterwards.

        For background use, on ranges that nobody reads or writes any more; resumed by calling it again.
        """
        ...

    def snapshot(self) -> Snapshot: ...

    def savepoint(self) -> Savepoint:
        """From here on the engine notes which rows change, so that it can put them back."""
        ...

    async def close(self) -> None:
        """Wait for what is in flight, then let go of the store. Closing twice is harmless."""
        ...


COUNTER_BYTES = 8
SEQUENCE_BYTES = 8


def encode_counter(value: int) -> bytes:
    """A counter's row value: eight bytes, signed, big-endian."""
    return value.to_bytes(COUNTER_BYTES, "big", signed=True)


def decode_counter(value: bytes | None) -> int:
    """The number in a counter's row; a missing row is 0."""
    return 0 if value is None else int.from_bytes(value, "big", signed=True)


def encode_sequence(sequence: int) -> bytes:
    """What follows a log's key in the key of a record: big-endian, so that records sort by age."""
    return sequence.to_bytes(SEQUENCE_BYTES, "big")


def entry_of(row: Row) -> LogEntry:
    """The log record that a row of a log holds."""
    key, record = row
    return LogEntry(int.from_bytes(key[-SEQUENCE_BYTES:], "big"), record)


async def write_batch(engine: Engine, batch: Batch) -> None:
    """Write what depends on nothing that is stored."""
    await engine.update([], lambda _: (None, batch))
