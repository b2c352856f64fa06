"""Items on their way into a table: 25 at a time, several batches at once.

Batches land in the order in which they left, so what has been put is always the beginning of a file. Items
with the same key are never on their way together: the later one stays, as it would if the lines were put
one by one. A batch that is refused as a whole is put item by item, which finds the line that is to blame.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import orjson

from dynalite.errors import ValidationException
from dynalite.limits import MIB
from server.client.patient import Patient
from server.dumps.source import Line
from server.outcome import Refused

_BATCH_ITEMS: Final = 25
_BATCH_BYTES: Final = 4 * MIB

Landed: TypeAlias = Callable[[int, int], None]
"""Told the number of the last line that has been put, and how many items a batch had."""


@dataclass(slots=True)
class _Batch:
    lines: list[Line] = field(default_factory=list)
    keys: set[bytes] = field(default_factory=set)
    size_bytes: int = 0


class Batches:
    """Up to `at_once` batches on their way to a table."""

    def __init__(self, api: Patient, table: str, key: Sequence[str], at_once: int, landed: Landed) -> None:
        self._api = api
        self._table = table
        self._key = key
        self._at_once = at_once
        self._landed = landed
        self._next = _Batch()
        self._flying: deque[tuple[asyncio.Task[None], _Batch]] = deque()

    async def add(self, line: Line) -> None:
        """Put a line's item, now or with those that follow. Raises what became of an earlier batch."""
        item = line.members["Item"]
        key = orjson.dumps([item.get(name) for name in self._key])
        if key in self._next.keys or any(key in batch.keys for _, batch in self._flying):
            await self.finish()
        batch = self._next
        batch.lines.append(line)
        batch.keys.add(key)
        batch.size_bytes += line.size_bytes
        if len(batch.lines) == _BATCH_ITEMS or batch.size_bytes >= _BATCH_BYTES:
            await self._send()

    async def finish(self) -> None:
        """Wait until all that was added is put."""
        if self._next.lines:
            await self._send()
        while self._flying:
            await self._land()

    async def abandon(self) -> None:
        """Stop what is on its way."""
        for task, _ in self._flying:
            task.cancel()
        await asyncio.gather(*(task for task, _ in self._flying), return_exceptions=True)

    async def _send(self) -> None:
        if len(self._flying) == self._at_once:
            await self._land()
        batch, self._next = self._next, _Batch()
        self._flying.append((asyncio.create_task(self._put(batch.lines)), batch))

    async def _land(self) -> None:
        task, batch = self._flying[0]
        await task
        self._flying.popleft()
        self._landed(batch.lines[-1].number, len(batch.lines))

    async def _put(self, lines: Sequence[Line]) -> None:
        try:
            await self._api.write(self._table, [line.members["Item"] for line in lines])
        except Refused as error:
            if error.code != ValidationException.code:
                raise
            await self._put_singly(lines)

    async def _put_singly(self, lines: Sequence[Line]) -> None:
        for line in lines:
            try:
                await self._api.call("PutItem", {"TableName": self._table, "Item": line.members["Item"]})
            except Refused as error:
                raise Refused(f"{error.sentence} (line {line.number})", error.code) from error
