"""Connections to the database: a few for reads, one for commits, made when needed, and again when lost.

Reads are single statements that change nothing, so one whose connection breaks is asked again on another.
That goes on for `PATIENCE_SECONDS`, which is what a promoted standby may take to answer. Commits see to their
own trouble (`commit.py`).

A DSN may name several hosts. Then only the one that takes writes will do, and after its death a connection is
looked for until one of the others does.

No time limit is ever set on a commit in the database, and none is ever cancelled there: a primary that waits
for its standby and is told to give up keeps the commit, without knowing whether it would survive. Whoever
cannot wait any longer closes the connection.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Literal, NamedTuple, TypeAlias, TypeVar
from urllib.parse import urlsplit

import asyncpg
from asyncpg import exceptions as pg
from asyncpg.connect_utils import SessionAttribute

from dynalite.clock import Clock
from dynalite.errors import InternalServerError
from dynalite.ids import Ids
from dynalite.storage.folder import StoreError, StoreTooNew, StoreUnwritable
from dynalite.storage.postgres import place, statements
from dynalite.storage.postgres.statements import Dialect

T = TypeVar("T")
Found: TypeAlias = Sequence[asyncpg.Record]

PATIENCE_SECONDS: Final = 25.0
"""How long a request waits for a database that is not there; SDKs give up after 60 seconds."""
ANSWER_SECONDS: Final = 8.0
"""How long one statement may take before its connection counts as broken."""
_CONNECT_SECONDS: Final = 4.0
_READERS: Final = 8
_TRIM_SECONDS: Final = 300.0
_TOKEN_SECONDS: Final = 3600
"""How long it is known what became of a commit. Nobody asks after half a minute."""
_FIRST_PAUSE_SECONDS: Final = 0.002
_LONGEST_PAUSE_SECONDS: Final = 0.5


class Mode(NamedTuple):
    """What a connection is for, said once when it is made: no statement needs a transaction around it.

    Reads are serializable as well as commits. Otherwise somebody could see one write and not yet another that
    was decided as if the first were still to come; the database lets that pass where it does not know of the
    reader.
    """

    isolation: Literal["read committed", "repeatable read", "serializable"]
    read_only: bool


READS: Final = Mode("serializable", read_only=True)
COMMITS: Final = Mode("serializable", read_only=False)
MOMENTS: Final = Mode("repeatable read", read_only=True)
CHORES: Final = Mode("read committed", read_only=False)
"""For what touches no row that anybody else does."""

LOST: Final = (
    OSError,
    EOFError,
    TimeoutError,
    pg.PostgresConnectionError,
    pg.OperatorInterventionError,
    pg.ReadOnlySQLTransactionError,
    pg.StatementCompletionUnknownError,
    pg.TooManyConnectionsError,
    pg.InterfaceError,
    pg.InternalClientError,
)
"""What says that a connection is of no use any more, or that there is none: not what became of a commit."""

CONFLICTS: Final = (pg.SerializationError, pg.DeadlockDetectedError, pg.UniqueViolationError)
"""What says that a statement was undone because of another, and may be sent again."""


class Pauses:
    """Pauses that grow, each a random part of its length, so that those who collided do not do so again."""

    __slots__ = ("_ids", "_longest_seconds")

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._longest_seconds = _FIRST_PAUSE_SECONDS

    async def next(self) -> None:
        await asyncio.sleep(self._ids.fraction() * self._longest_seconds)
        self._longest_seconds = min(2 * self._longest_seconds, _LONGEST_PAUSE_SECONDS)


class Connections:
    """The connections of one server to one database."""

    def __init__(self, dsn: str, ids: Ids) -> None:
        self.dsn = dsn
        self.ids = ids
        self.dialect = statements.POSTGRESQL
        self._idle: dict[Mode, list[asyncpg.Connection]] = {READS: [], CHORES: []}
        self._places = asyncio.Semaphore(_READERS)
        self._all: set[asyncpg.Connection] = set()
        self._keeping: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """See that the database can be used, and make the tables that are missing. Raises StoreError."""
        try:
            await self._prepare()
        except StoreError:
            self.close()
            raise
        except (*LOST, pg.PostgresError, ValueError) as error:
            self.close()
            raise StoreError(f"{self._where()} cannot be used: {_reason(error)}.") from error

    async def _prepare(self) -> None:
        connection = await self.connect(CHORES, dialect=None)
        try:
            said = await connection.fetchval(statements.VERSION)
            self.dialect = next(
                (dialect for part, dialect in statements.DIALECTS if part in said), statements.POSTGRESQL
            )
            if await connection.fetchval(statements.READ_ONLY) == "on":
                raise StoreUnwritable(
                    f"{self._where()} is a read-only replica;"
                    " name the primary, or all hosts with commas between."
                )
            if await connection.fetchval(statements.FORMAT_TABLE) is None:
                await self._make_tables(connection)
            await connection.execute(statements.WRITE_FORMAT)
            found = await connection.fetchval(statements.STORED_FORMAT)
            if found > statements.FORMAT:
                raise StoreTooNew(
                    f"{self._where()} has format {found}, written by a later version; "
                    f"this version knows format {statements.FORMAT}."
                )
        finally:
            self.drop(connection)

    async def _make_tables(self, connection: asyncpg.Connection) -> None:
        """Make what is missing, also where another server is doing so at the same moment."""
        for statement in statements.tables(self.dialect):
            pauses = Pauses(self.ids)
            for _ in range(10):
                try:
                    await connection.execute(statement)
                    break
                except (*CONFLICTS, pg.DuplicateObjectError, pg.DuplicateTableError):
                    await pauses.next()

    # -------------------------------------------------------------- connections

    async def connect(self, mode: Mode, *, dialect: Dialect | None) -> asyncpg.Connection:
        """A new connection. Raises what LOST names, PostgresError or ValueError (a DSN that is none)."""
        # In a task of its own, because a request may run outside of any, and asyncpg sets a time limit.
        return await asyncio.create_task(self._connect(mode, dialect))

    async def _connect(self, mode: Mode, dialect: Dialect | None) -> asyncpg.Connection:
        several = "," in urlsplit(self.dsn).netloc
        connection: asyncpg.Connection = await asyncpg.connect(
            self.dsn,
            timeout=_CONNECT_SECONDS,
            target_session_attrs=SessionAttribute.primary if several else SessionAttribute.any,
            server_settings={
                "application_name": "dynalite",
                "default_transaction_isolation": mode.isolation,
                **({"default_transaction_read_only": "on"} if mode.read_only else {}),
            },
        )
        self._all.add(connection)
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())
        if dialect is not None and dialect.settings:
            told = "; ".join(f"SET {name} = {value}" for name, value in dialect.settings.items())
            try:
                await within(connection.execute(told), ANSWER_SECONDS)
            except BaseException:
                self.drop(connection)  # nobody else knows of it
                raise
        return connection

    def drop(self, connection: asyncpg.Connection | None) -> None:
        """Close a connection without asking anybody."""
        if connection is not None:
            self._all.discard(connection)
            connection.terminate()

    def close(self) -> None:
        """Close every connection."""
        for idle in self._idle.values():
            idle.clear()
        for connection in tuple(self._all):
            self.drop(connection)
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None

    async def _keep(self) -> None:
        """Forget old tokens from time to time. No connection outlives this task, nor it the event loop."""
        try:
            while True:
                await asyncio.sleep(_TRIM_SECONDS)
                with suppress(InternalServerError, pg.PostgresError):
                    await self.chore(statements.TRIM_TOKENS, _TOKEN_SECONDS)
        finally:
            self.close()

    # -------------------------------------------------------------- reading

    async def fetch(self, statement: str, *arguments: object) -> Found:
        """The rows that a statement reads. Raises InternalServerError."""
        return await self._patiently(READS, lambda connection: connection.fetch(statement, *arguments))

    async def chore(self, statement: str, *arguments: object) -> Found:
        """Do what may be done twice. Raises InternalServerError."""
        return await self._patiently(CHORES, lambda connection: connection.fetch(statement, *arguments))

    async def _patiently(self, mode: Mode, ask: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        """Ask something that may be asked twice, until there is an answer or patience is at its end."""
        idle = self._idle[mode]
        deadline = Clock.elapsed() + PATIENCE_SECONDS
        pauses = Pauses(self.ids)
        while True:
            async with self._places:
                connection = idle.pop() if idle else None
                try:
                    if connection is None:
                        connection = await self.connect(mode, dialect=self.dialect)
                    answer = await within(ask(connection), ANSWER_SECONDS)
                except CONFLICTS as error:
                    trouble: Exception = error
                except LOST as error:
                    self.drop(connection)
                    self._forget_idle()
                    connection, trouble = None, error
                except BaseException:
                    self.drop(connection)
                    raise
                else:
                    idle.append(connection)
                    return answer
                if connection is not None:
                    idle.append(connection)
            if Clock.elapsed() >= deadline:
                raise InternalServerError("The database does not answer.") from trouble
            await pauses.next()

    def _forget_idle(self) -> None:
        """What broke one connection has probably broken those that nobody is using too."""
        for idle in self._idle.values():
            while idle:
                self.drop(idle.pop())

    def _where(self) -> str:
        where = place(self.dsn)
        return where[0].upper() + where[1:]


async def within(asked: Awaitable[T], at_most_seconds: float) -> T:
    """The answer, or TimeoutError. What is asked is not cancelled: asyncpg would cancel it in the database,
    and the caller is to close the connection instead.
    """
    task = asyncio.ensure_future(asked)
    task.add_done_callback(hear_out)
    done, _ = await asyncio.wait((task,), timeout=at_most_seconds)
    if not done:
        raise TimeoutError
    return task.result()


def hear_out(task: "asyncio.Future[T]") -> None:
    """Nobody may be waiting any more."""
    if not task.cancelled():
        task.exception()


def _reason(error: Exception) -> str:
    """Why the database cannot be used, for whoever started the server."""
    match error:
        case pg.InvalidCatalogNameError():
            return "it does not exist; make it with createdb"
        case pg.InvalidAuthorizationSpecificationError():
            return "it does not let this user in; look at the user and the password"
        case pg.InsufficientPrivilegeError():
            return "this user may not make tables in it"
        case pg.TargetServerAttributeNotMatched():
            return "none of the hosts takes writes"
        case TimeoutError():
            return "it does not answer"
        case ConnectionRefusedError():
            return "nobody listens there"
        case OSError() if error.strerror:
            return error.strerror
        case _:
            return str(error).partition("\n")[0].rstrip(".")
