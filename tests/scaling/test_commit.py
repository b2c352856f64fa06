"""Writes through a bad line, and beside those of other servers: each happens once, or its fate is said to be
unknown.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
import pytest

from dynalite.errors import InternalServerError
from dynalite.ids import Ids
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, decode_counter
from dynalite.storage.fence import Contention
from dynalite.storage.postgres import commit as commits
from dynalite.storage.postgres import connections, rows, statements
from dynalite.storage.postgres.engine import PostgresEngine
from dynalite.storage.postgres.group import Stale
from dynalite.storage.postgres.rows import Stored
from tests import postgres
from tests.scaling.line import Line, line
from tests.storage.scenarios import add, all_rows, append, on_loop, put, puts, records, row, value, writes

LOG = keyspace.log(1, 1)


@asynccontextmanager
async def engines(*dsns: str) -> AsyncIterator[list[PostgresEngine]]:
    """An engine on each of these databases, as a server has it."""
    opened = [postgres.engine(dsn) for dsn in dsns]
    try:
        yield opened
    finally:
        for engine in opened:
            await engine.close()


@asynccontextmanager
async def locked(dsn: str, name: str) -> AsyncIterator[Callable[[], Coroutine[Any, Any, None]]]:
    """Nobody can write a row meanwhile. What is given waits until somebody tries to."""
    locking = await asyncpg.connect(dsn)

    async def until_somebody_waits() -> None:
        while await locking.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0:
            await asyncio.sleep(0.001)

    try:
        await locking.execute("BEGIN")
        await locking.fetch("SELECT FROM dynalite_kv WHERE k = $1 FOR UPDATE", row(name))
        yield until_somebody_waits
    finally:
        await locking.close()


def increment(values: Sequence[bytes | None]) -> tuple[int, Batch]:
    number = int(values[0] or b"0") + 1
    batch = puts(n=str(number))
    batch.append(LOG, str(number).encode())
    batch.add(row("count"), 1)
    return number, batch


async def exactly(engine: PostgresEngine, number: int) -> None:
    """See that there were so many increments, in all that an increment leaves behind."""
    assert await value(engine, "n") == str(number)
    assert await records(engine, LOG) == [str(each) for each in range(1, number + 1)]
    assert decode_counter((await engine.read((row("count"),)))[0]) == number


class TestOtherServers:
    @on_loop
    async def test_no_increment_is_lost_between_three_servers(self, empty_database: str) -> None:
        async with engines(*[empty_database] * 3) as servers:

            async def work(engine: PostgresEngine) -> list[int]:
                return [await engine.update([row("n")], increment) for _ in range(20)]

            answers = await asyncio.gather(*(work(engine) for engine in servers for _ in range(3)))
            assert sorted(number for each in answers for number in each) == list(range(1, 181))
            await exactly(servers[0], 180)

    @pytest.mark.parametrize("there", [True, False])
    @on_loop
    async def test_two_servers_cannot_each_take_what_only_one_may_have(
        self, empty_database: str, there: bool
    ) -> None:
        """Write skew: each reads both rows and writes one. Where the rows are missing there is nothing that
        could be locked.
        """
        async with engines(empty_database, empty_database) as servers:
            for _ in range(20):
                batch = puts(a="on", b="on") if there else Batch()
                for name in () if there else "ab":
                    batch.delete(row(name))
                await servers[0].update((), writes(batch))

                def leave(values: Sequence[bytes | None], name: str) -> tuple[bool, Batch | None]:
                    if values[0] != values[1]:
                        return False, None
                    return True, puts(**{name: "off"})

                left = await asyncio.gather(
                    *(
                        engine.update([row("a"), row("b")], partial(leave, name=name))
                        for engine, name in zip(servers, "ab", strict=True)
                    )
                )
                assert sorted(left) == [False, True]

    @on_loop
    async def test_a_stale_update_does_not_take_the_others_of_its_group_with_it(
        self, empty_database: str
    ) -> None:
        async with engines(empty_database, empty_database) as (one, other):
            await put(one, a="1", b="1")
            known = {row("a"): Stored(b"1", ver=0)}  # as if it had been read before somebody wrote it
            group = one.commit.group()
            _, stale = group.join((row("a"),), known, puts(a="2"))
            _, fresh = group.join((), {}, puts(b="2"))
            await fresh
            with pytest.raises(Stale):
                await stale
            assert [await value(other, name) for name in "ab"] == ["1", "2"]

    @on_loop
    async def test_log_records_of_several_servers_are_in_one_order(self, empty_database: str) -> None:
        async with engines(*[empty_database] * 3) as servers:

            async def work(number: int, engine: PostgresEngine) -> None:
                for count in range(15):
                    await append(engine, LOG, f"{number}.{count}")

            await asyncio.gather(*(work(number, engine) for number, engine in enumerate(servers)))
            found = await servers[0].read_log(LOG, after=0, limit=999, max_bytes=10**6)
            assert [entry.sequence for entry in found] == list(range(1, 46))
            for number in range(3):
                own = [e.record.decode() for e in found if e.record.decode().startswith(f"{number}.")]
                assert own == [f"{number}.{count}" for count in range(15)]

    @on_loop
    async def test_a_reader_never_misses_a_record_below_one_that_it_has_seen(
        self, empty_database: str
    ) -> None:
        async with engines(*[empty_database] * 3) as servers:
            *writers, reader = servers
            seen: list[int] = []

            async def follow() -> None:
                while len(seen) < 60:
                    after = seen[-1] if seen else 0
                    entries = await reader.read_log(LOG, after=after, limit=99, max_bytes=10**6)
                    seen.extend(entry.sequence for entry in entries)

            async def work(engine: PostgresEngine) -> None:
                for _ in range(30):
                    await append(engine, LOG, "record")

            await asyncio.gather(follow(), *(work(engine) for engine in writers))
            assert seen == list(range(1, 61))

    @on_loop
    async def test_servers_add_to_a_counter_without_colliding(self, empty_database: str) -> None:
        async with engines(*[empty_database] * 2) as (one, other):
            while one.commit.slot == other.commit.slot:
                other = postgres.engine(empty_database)
            await asyncio.gather(*(add(engine, "n", 1) for engine in (one, other) for _ in range(50)))
            assert decode_counter((await one.read((row("n"),)))[0]) == 100
            await other.close()


class TestABadLine:
    @on_loop
    async def test_a_commit_whose_answer_is_lost_is_not_repeated(self, empty_database: str) -> None:
        async with line(empty_database) as bad, engines(bad.dsn, empty_database) as (engine, other):
            await engine.update([row("n")], increment)
            bad.answers = False
            writing = asyncio.ensure_future(_blind(engine))
            while await value(other, "n") != "2":
                await asyncio.sleep(0.001)
            await bad.hang_up()
            assert await writing == 2
            assert engine.contention == Contention(commits=2, doubtful=1)
            await exactly(other, 2)

    @on_loop
    async def test_a_commit_that_never_arrived_is_sent_again(self, empty_database: str) -> None:
        async with line(empty_database) as bad, engines(bad.dsn, empty_database) as (engine, other):
            await engine.update([row("n")], increment)
            bad.hears = False
            writing = asyncio.ensure_future(_blind(engine))
            while engine.commit.writing is None:
                await asyncio.sleep(0)
            await asyncio.sleep(0.01)
            await bad.hang_up()
            assert await writing == 2
            await exactly(other, 2)

    @on_loop
    async def test_a_commit_that_still_runs_after_its_connection_was_lost_does_not_happen_too(
        self, empty_database: str
    ) -> None:
        async with line(empty_database) as bad, engines(bad.dsn, empty_database) as (engine, other):
            await engine.update([row("n")], increment)
            locking = await asyncpg.connect(empty_database)
            await locking.execute("BEGIN; LOCK TABLE dynalite_kv IN EXCLUSIVE MODE")
            writing = asyncio.ensure_future(_blind(engine))
            waits = "SELECT count(*) FROM pg_locks WHERE relation = 'dynalite_kv'::regclass AND NOT granted"
            while await locking.fetchval(waits) < 1:
                await asyncio.sleep(0.001)
            await bad.hang_up()
            while await locking.fetchval(waits) < 2:  # the one whose connection is gone, and the next
                await asyncio.sleep(0.001)
            await locking.execute("COMMIT")
            assert await writing == 2
            await exactly(other, 2)
            await locking.close()

    @on_loop
    async def test_a_void_token_keeps_its_commit_from_ever_happening(self, empty_database: str) -> None:
        async with engines(empty_database) as [engine]:
            connection = await asyncpg.connect(empty_database)
            await connection.execute(statements.MAKE_VOID, b"token")
            statement = statements.COMMIT[False, False]
            arguments = {name: [] for name in statement.names} | {"token": b"token", "ver": 1}
            arguments |= {"put_member": [0], "put_key": [row("a")], "put_value": [b"1"]}
            with pytest.raises(asyncpg.UniqueViolationError):
                await connection.fetchval(statement.text, *(arguments[name] for name in statement.names))
            await connection.close()
            assert await value(engine, "a") is None

    @on_loop
    async def test_reads_go_on_over_another_connection(self, empty_database: str) -> None:
        async with line(empty_database) as bad, engines(bad.dsn) as [engine]:
            await put(engine, a="1")
            bad.answers = False
            reading = asyncio.ensure_future(value(engine, "a"))
            await asyncio.sleep(0.01)
            await bad.hang_up()
            assert await reading == "1"

    @on_loop
    async def test_a_connection_that_does_not_take_its_settings_is_closed(
        self, empty_database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It was open for ever, and the next attempt opened another."""
        opened = connections.Connections(empty_database, Ids())
        nonsense = statements.Dialect("PostgreSQL", settings={"no_such_setting": "on"})
        with pytest.raises(asyncpg.UndefinedObjectError):
            await opened.connect(connections.READS, dialect=nonsense)
        assert not opened._all
        monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.01)
        monkeypatch.setattr(asyncpg.Connection, "execute", lambda *_: asyncio.sleep(60))
        with pytest.raises(TimeoutError):
            await opened.connect(connections.READS, dialect=statements.POSTGRESQL)
        assert not opened._all
        opened.close()

    @on_loop
    async def test_a_line_that_breaks_again_and_again_loses_nothing_and_doubles_nothing(
        self, empty_database: str
    ) -> None:
        async with line(empty_database) as bad, engines(*[bad.dsn] * 3, empty_database) as opened:
            *servers, other = opened
            chance = random.Random(5)
            done = 0

            async def work(engine: PostgresEngine) -> None:
                nonlocal done
                for _ in range(10):
                    await engine.update([row("n")], increment)
                    done += 1

            async def break_it() -> None:
                while True:
                    before = done
                    while done < before + 6:
                        await asyncio.sleep(0.001)
                    bad.hears, bad.answers = chance.choice([(True, False), (False, True), (True, True)])
                    await asyncio.sleep(chance.uniform(0, 0.02))
                    await bad.hang_up()

            breaking = asyncio.ensure_future(break_it())
            await asyncio.gather(*(work(engine) for engine in servers for _ in range(2)))
            breaking.cancel()
            await exactly(other, 60)

    @on_loop
    async def test_when_nobody_can_be_asked_any_more_the_fate_is_said_to_be_unknown(
        self, empty_database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with line(empty_database) as bad, engines(bad.dsn) as [engine]:
            await put(engine, a="1")
            monkeypatch.setattr(commits, "PATIENCE_SECONDS", 0.0)
            bad.answers = False
            writing = asyncio.ensure_future(put(engine, a="2"))
            while engine.commit.writing is None:
                await asyncio.sleep(0)
            await asyncio.sleep(0.01)
            await _refuse(bad)
            with pytest.raises(InternalServerError, match="is not known"):
                await writing

    @on_loop
    async def test_a_request_that_is_cancelled_is_written_all_the_same(self, empty_database: str) -> None:
        async with engines(empty_database) as [engine]:
            await put(engine, a="1")
            writing = asyncio.ensure_future(put(engine, a="2"))
            await asyncio.sleep(0)
            writing.cancel()
            await put(engine, b="1")
            assert await value(engine, "a") == "2"


async def _blind(engine: PostgresEngine) -> int:
    """An increment from 1 that needs not be read first, so that only its commit meets the line."""
    number, batch = increment([b"1"])
    return await engine.update((), lambda values: (number, batch))


async def _refuse(bad: Line) -> None:
    """Break the line, and take no connections any more."""
    await bad.close()


@on_loop
async def test_a_key_that_the_database_cannot_hold_is_refused_and_nothing_else_is(
    empty_database: str,
) -> None:
    async with engines(empty_database) as [engine]:
        longest, longer = (row("k" * (statements.LONGEST_KEY_BYTES - 1 + more)) for more in (0, 1))
        batch = Batch()
        batch.put(longest, b"v")
        await engine.update((), writes(batch))
        batch = Batch()
        batch.put(longer, b"v")
        with pytest.raises(InternalServerError, match="2701 bytes"):
            await engine.update((), writes(batch))
        assert await engine.read((longest,)) == [b"v"]


@on_loop
async def test_who_reads_sees_an_order_that_writers_keep_to(empty_database: str) -> None:
    """One write checks a row and writes another; while it is on its way the row that it checked changes, and
    somebody reads both: the change, and not yet the write. So the write came after the change, and must have
    been decided from it. (A database that is asked to keep only writers in order lets it pass.)
    """
    async with engines(*[empty_database] * 3) as (one, other, reader):
        await put(one, checked="before", written="no")

        def decide(values: Sequence[bytes | None]) -> tuple[bytes | None, Batch]:
            return values[0], puts(written="yes")

        async with locked(empty_database, "written") as until_somebody_waits:
            writing = asyncio.ensure_future(one.update([row("checked")], decide))
            await until_somebody_waits()
            await put(other, checked="after")
            assert await reader.read([row("checked"), row("written")]) == [b"after", b"no"]
        assert await writing == b"after"


class TestGroups:
    @on_loop
    async def test_those_who_wait_for_one_item_are_written_together(self, empty_database: str) -> None:
        async with engines(empty_database) as [engine]:
            await engine.update([row("n")], increment)
            before = engine.contention.commits
            async with locked(empty_database, "n") as until_somebody_waits:
                updates = asyncio.gather(*(engine.update([row("n")], increment) for _ in range(50)))
                await until_somebody_waits()
                await engine.read([row("n")])  # asked after the updates have asked
            await updates
            assert engine.contention.commits - before <= 25
            await exactly(engine, 51)

    @on_loop
    async def test_an_update_of_two_rows_of_the_group_stands_on_both(self, empty_database: str) -> None:
        async with engines(empty_database) as [engine]:
            await put(engine, a="1", b="1")
            before = engine.contention.commits
            known = await rows.read(engine._connections.fetch, [row("a"), row("b")])

            def seen(values: Sequence[bytes | None]) -> tuple[list[bytes | None], Batch]:
                return list(values), puts(a="3", c="3")

            group = engine.commit.group()
            waiters = [
                group.join((row(name),), {row(name): known[row(name)]}, puts(**{name: "2"}))[1]
                for name in "ab"
            ]
            answer = await engine.update([row("a"), row("b")], seen)
            await asyncio.gather(*waiters)
            assert answer == [b"2", b"2"]
            assert engine.contention.commits - before == 1
            assert [await value(engine, name) for name in "abc"] == ["3", "2", "3"]

    @on_loop
    async def test_what_was_decided_on_top_of_a_stale_update_is_decided_again(
        self, empty_database: str
    ) -> None:
        async with engines(empty_database) as [engine]:
            await put(engine, a="there")
            known = {row("a"): Stored(b"gone", ver=0)}  # as if it had been read before somebody wrote it
            _, stale = engine.commit.group().join((row("a"),), known, puts(a="mistaken"))

            def refuse(values: Sequence[bytes | None]) -> tuple[None, Batch]:
                raise LookupError(values[0])

            with pytest.raises(LookupError, match="there"):
                await engine.update([row("a")], refuse)
            with pytest.raises(Stale):
                await stale
            assert await value(engine, "a") == "there"

    @pytest.mark.parametrize("refusing", [True, False])
    @on_loop
    async def test_an_answer_that_writes_nothing_is_not_judged_by_what_a_group_left_behind(
        self, empty_database: str, refusing: bool
    ) -> None:
        """The group was written, but its answer is on its way, and meanwhile another server has written the
        row again and said so. Who begins after that has to see it, though it waited for the group.
        """
        async with line(empty_database) as late, engines(late.dsn, empty_database) as (engine, other):
            await put(engine, a="0")
            late.slow = True
            writing = asyncio.ensure_future(put(engine, a="1"))
            while await value(other, "a") != "1":
                await asyncio.sleep(0.001)
            await put(other, a="2")

            def judge(values: Sequence[bytes | None]) -> tuple[bytes | None, Batch | None]:
                if refusing:
                    raise LookupError(values[0])
                return values[0], None

            judging = asyncio.ensure_future(engine.update([row("a")], judge))
            await asyncio.sleep(0.01)
            late.catch_up()
            await writing
            if refusing:
                with pytest.raises(LookupError, match="2"):
                    await judging
            else:
                assert await judging == b"2"

    @on_loop
    async def test_who_reads_a_counter_that_the_group_adds_to_waits_for_it(self, empty_database: str) -> None:
        async with engines(empty_database) as [engine]:
            await add(engine, "n", 5)
            adding = asyncio.ensure_future(add(engine, "n", 7))
            await asyncio.sleep(0)
            seen = await engine.update([row("n")], lambda values: (decode_counter(values[0]), puts(a="1")))
            await adding
            assert seen == 12

    @on_loop
    async def test_a_group_is_not_larger_than_the_database_likes(self, empty_database: str) -> None:
        async with engines(empty_database) as [engine]:
            before = engine.contention.commits
            await asyncio.gather(*(put(engine, **{f"n{number}": "v"}) for number in range(300)))
            assert engine.contention.commits - before >= 3
            assert len(await all_rows(engine)) == 300
