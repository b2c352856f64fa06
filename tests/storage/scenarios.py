"""What the storage tests share: a way to write them as coroutines, and the updates they are made of."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, get_args

from dynalite.settings import Durability
from dynalite.storage.binding import plyvel
from dynalite.storage.engine import Batch, Decide, Engine, Reader, Row

P = ParamSpec("P")

PLENTY = 1_000_000
EVERYTHING = (b"\x10", b"\x11")
"""The range that the tests put their rows in."""
DURABILITIES: tuple[Durability, ...] = get_args(Durability)


def new_store(folder: Path) -> Any:
    """A plyvel database of its own, to be wrapped."""
    return plyvel.DB(str(folder / "rows"), create_if_missing=True)


def on_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A test written as a coroutine, run on an event loop of its own."""

    @wraps(test)
    def run(*arguments: P.args, **named: P.kwargs) -> None:
        asyncio.run(test(*arguments, **named))

    return run


def row(name: str) -> bytes:
    return EVERYTHING[0] + name.encode()


def writes(batch: Batch) -> Decide[None]:
    """The decision to write `batch`, whatever the values."""
    return lambda values: (None, batch)


def puts(**rows: str) -> Batch:
    batch = Batch()
    for name, value in rows.items():
        batch.put(row(name), value.encode())
    return batch


async def put(engine: Engine, **rows: str) -> None:
    await engine.update((), writes(puts(**rows)))


async def append(engine: Engine, log: bytes, *records: str) -> None:
    batch = Batch()
    for record in records:
        batch.append(log, record.encode())
    await engine.update((), writes(batch))


async def add(engine: Engine, name: str, amount: int) -> None:
    batch = Batch()
    batch.add(row(name), amount)
    await engine.update((), writes(batch))


async def value(reader: Reader, name: str) -> str | None:
    [found] = await reader.read((row(name),))
    return None if found is None else found.decode()


async def all_rows(reader: Reader) -> list[Row]:
    return await reader.scan(*EVERYTHING, limit=PLENTY, max_bytes=PLENTY)


async def names(
    reader: Reader, *, limit: int = PLENTY, max_bytes: int = PLENTY, reverse: bool = False
) -> str:
    """The names of the rows of one page, put together."""
    page = await reader.scan(*EVERYTHING, limit=limit, max_bytes=max_bytes, reverse=reverse)
    return "".join(key[1:].decode() for key, _ in page)


async def records(engine: Engine, log: bytes, *, after: int = 0, limit: int = PLENTY) -> list[str]:
    entries = await engine.read_log(log, after=after, limit=limit, max_bytes=PLENTY)
    return [entry.record.decode() for entry in entries]
