"""How far a trigger has come: one row of the database, as JSON.

    {"stream": ARN or null, "shards": {shard id: place}}

A place is one of `{"after": sequence number}`, `{"since": seconds}` and `{"done": true}`.

A shard that is not mentioned has not been read: it begins at its trim horizon. `since` stands for LATEST, as
the time at which it was asked for, until the first record has been delivered. Because the row lies in the
database, a snapshot holds it too: after a restore a trigger goes on from where it was then.
"""

from typing import Any

import orjson

from dynalite.database import Database
from server.triggers.source import StreamShard


class Progress:
    """The row of one trigger, in memory and in the database. Made by `load`."""

    def __init__(self, database: Database, name: str, row: bytes | None) -> None:
        self._database = database
        self._row_name = b"trigger " + name.encode()
        self.is_new = row is None
        stored: dict[str, Any] = {"stream": None, "shards": {}} if row is None else orjson.loads(row)
        self.stream: str | None = stored["stream"]
        self._shards: dict[str, dict[str, Any]] = stored["shards"]

    @classmethod
    async def load(cls, database: Database, name: str) -> "Progress":
        return cls(database, name, await database.remembered(b"trigger " + name.encode()))

    async def begin(self, stream: str | None, since: dict[str, float]) -> None:
        """Follow a stream from its beginning, except in shards that are to be read since a time."""
        self.stream = stream
        self.is_new = False
        self._shards = {shard: {"since": seconds} for shard, seconds in since.items()}
        await self._save()

    def done(self, shard: str) -> bool:
        return "done" in self._shards.get(shard, ())

    def place(self, shard: str) -> tuple[str, dict[str, object]]:
        """The iterator type, and its parameters, with which reading the shard goes on."""
        place = self._shards.get(shard, {})
        if "after" in place:
            return "AFTER_SEQUENCE_NUMBER", {"SequenceNumber": place["after"]}
        if "since" in place:
            return "AT_TIMESTAMP", {"Timestamp": place["since"]}
        return "TRIM_HORIZON", {}

    async def reached(self, shard: str, sequence_number: str) -> None:
        """Everything in the shard up to this record is dealt with."""
        self._shards[shard] = {"after": sequence_number}
        await self._save()

    async def finish(self, shard: str) -> None:
        self._shards[shard] = {"done": True}
        await self._save()

    def ready(self, shards: list[StreamShard]) -> list[str]:
        """The shards that may be read now: not done, and no parent that is not done. Shards that no longer
        exist are forgotten.
        """
        existing = {shard.id for shard in shards}
        self._shards = {shard: place for shard, place in self._shards.items() if shard in existing}
        return [
            shard.id
            for shard in shards
            if not self.done(shard.id) and (shard.parent not in existing or self.done(str(shard.parent)))
        ]

    async def forget(self) -> None:
        """Take the row away: the trigger is removed."""
        await self._database.remember(self._row_name, None)

    async def _save(self) -> None:
        row = orjson.dumps({"stream": self.stream, "shards": self._shards})
        await self._database.remember(self._row_name, row)
