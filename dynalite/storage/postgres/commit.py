"""The way of every batch into the database: optimistic, in groups, and never twice.

A server has one group on its way at a time, so its own writers never collide in the database; those of other
servers may. The rules:

1. An update reads its keys, is decided, and joins the group that is filling. The group's statement writes it
   only if what it was decided from is still there; otherwise it is stale, and decided again.
2. Whoever wants a row that a group on its way writes waits for it in line, and then knows it without asking.
   Whoever wants a row of the group that is filling is decided on top of it (`group.py`).
3. A group that the database undoes because of another server's (40001, 40P01, 23505) is sent again after a
   pause of a random length.
4. When the connection is lost before an answer is there, nobody knows what became of the group, and it is not
   simply sent again: that could write it twice. Each sending has a token of its own, written with the group.
   On a new connection the token is made void. If that works, the group was not written and never will be,
   even if its statement still runs somewhere, and it is sent again with another token. If the token is there
   already, so is the group, and beside it what the lost answer said.

A group is sent by a task of its own: a request that is cancelled takes nobody with it.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import asyncpg

from dynalite.clock import Clock
from dynalite.errors import InternalServerError
from dynalite.storage import keyspace
from dynalite.storage.fence import Contention, Fenced
from dynalite.storage.postgres import statements
from dynalite.storage.postgres.connections import (
    ANSWER_SECONDS,
    COMMITS,
    CONFLICTS,
    LOST,
    PATIENCE_SECONDS,
    Connections,
    Pauses,
    within,
)
from dynalite.storage.postgres.group import Group

_TOKEN_BYTES: Final = 16
_SLOTS: Final = 64
_NOT_WRITTEN: Final = "The database did not take the write."
_UNKNOWN: Final = "The database does not answer; whether the write was stored is not known."


class Commit:
    """The groups of one server. `believed` says what the guard's value is as far as the server knows."""

    def __init__(self, connections: Connections, believed: Callable[[], bytes | None]) -> None:
        self._connections = connections
        self._believed = believed
        self._ids = connections.ids
        self.slot = int.from_bytes(self._ids.token(2), "big") % _SLOTS
        self._connection: asyncpg.Connection | None = None
        self.filling: Group | None = None
        self._sending: asyncio.Task[None] | None = None
        self.writing: Group | None = None
        self.closed = False
        self.contention = Contention()

    # -------------------------------------------------------------- groups

    def group(self) -> Group:
        """The group that takes updates now. It departs when whatever is ready to run has joined it."""
        if self.closed:
            raise InternalServerError("The store is closed.")
        group = self.filling
        if group is None:
            loop = asyncio.get_running_loop()
            group = self.filling = Group(loop, int.from_bytes(self._ids.token(8), "big", signed=True))
            if self.writing is None:
                loop.call_soon(self._depart)
        return group

    def touching(self, keys: Iterable[bytes]) -> Group | None:
        """The group on its way, if it changes a row or counter at one of these keys."""
        group = self.writing
        if group is None or not (group.counts(keys) or any(key in group for key in keys)):
            return None
        return group

    async def until_written(self) -> None:
        """Wait for every update that has joined a group by now."""
        for group in (self.writing, self.filling):
            if group is not None:
                await group.until_settled()

    def _depart(self) -> None:
        """Send the group that was filling on its way."""
        group = self.filling
        if group is None or self.writing is not None:
            return
        self.filling, self.writing = None, group
        believed = self._believed()
        for member in tuple(group.members):
            if member.fenced and member.believed != believed:
                group.dismiss(member, Fenced())
        self._sending = asyncio.create_task(self._send(group))

    async def _send(self, group: Group) -> None:
        try:
            stale: Sequence[int] = (await self._written(group) or ()) if group.members else ()
        except asyncio.CancelledError:
            group.fail(InternalServerError(_UNKNOWN))
            raise
        except Exception as error:
            self._drop()
            failure = error if isinstance(error, InternalServerError) else InternalServerError(_NOT_WRITTEN)
            failure.__cause__ = failure.__cause__ or error
            self._next()
            group.fail(failure)
        else:
            self.contention.commits += bool(group.members)
            self.contention.stale += len(stale)
            self._next()
            group.settle(stale)

    def _next(self) -> None:
        """Start the next group before anybody hears of this one."""
        self.writing = None
        self._depart()

    # -------------------------------------------------------------- one group

    async def _written(self, group: Group) -> Sequence[int] | None:
        """Write a group. Returns the places of its stale members."""
        statement, arguments = self._statement(group)
        deadline = Clock.elapsed() + PATIENCE_SECONDS
        pauses = Pauses(self._ids)
        while True:
            arguments["token"] = token = self._ids.token(_TOKEN_BYTES)
            told = [arguments[name] for name in statement.names]
            begun = False
            try:
                connection = await self._connected()
                begun = True
                return await within(connection.fetchval(statement.text, *told), ANSWER_SECONDS)
            except CONFLICTS:
                self.contention.conflicts += 1
            except LOST:
                self._drop()
                if begun:
                    self.contention.doubtful += 1
                    stale = await self._outcome(token, deadline)
                    if stale != statements.VOID:
                        return stale
            if Clock.elapsed() >= deadline:
                raise InternalServerError(_NOT_WRITTEN)
            await pauses.next()

    def _statement(self, group: Group) -> tuple[statements.Statement, dict[str, Any]]:
        arguments: dict[str, Any] = dict(group.columns())
        counts, appends = bool(arguments["count_member"]), bool(arguments["append_member"])
        arguments |= {"ver": group.ver, "slot": self.slot, "sequence": keyspace.SEQUENCE}
        return statements.COMMIT[counts, appends], arguments

    async def _outcome(self, token: bytes, deadline: float) -> Sequence[int] | None:
        """What became of the sending with this token: the places of the stale members, or VOID when nothing
        of it was written and nothing ever will be.
        """
        pauses = Pauses(self._ids)
        while True:
            try:
                connection = await self._connected()
                await within(connection.execute(statements.MAKE_VOID, token), ANSWER_SECONDS)
                return await within(connection.fetchval(statements.OUTCOME, token), ANSWER_SECONDS)
            except CONFLICTS:
                pass
            except LOST:
                self._drop()
            if Clock.elapsed() >= deadline:
                raise InternalServerError(_UNKNOWN)
            await pauses.next()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None:
            connections = self._connections
            self._connection = await connections.connect(COMMITS, dialect=connections.dialect)
        return self._connection

    def _drop(self) -> None:
        self._connections.drop(self._connection)
        self._connection = None

    async def close(self) -> None:
        """Take nothing more, and wait for what is on its way."""
        self.closed = True
        loop = asyncio.get_running_loop()
        while (group := self.writing or self.filling) is not None and group.loop is loop:
            await group.until_settled()
        self._drop()
