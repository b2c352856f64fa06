"""Streams and TTL keep their promises through whatever a seed makes happen, and the simulation would notice
if they did not.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dynalite.items import write
from dynalite.jobs import shards
from dynalite.operations import tokens
from dynalite.storage.commit import Group
from tests.simulation.history import Violation
from tests.simulation.simulation import Simulation
from tests.simulation.site import Disk, Memory, Storage, Unsynced

STEPS = 60
SEEDS = range(3)
MOST_SEEDS = 12
"""Within so many seeds a simulation finds each of the mistakes below."""


def play(seed: int, storage: Storage, steps: int = STEPS) -> Simulation:
    simulation = Simulation(seed, storage)
    asyncio.run(simulation.run(steps))
    return simulation


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ["memory", "leveldb"])
def test_the_books_agree(kind: str, seed: int, tmp_path: Path) -> None:
    simulation = play(seed, Memory() if kind == "memory" else Disk(tmp_path))
    assert simulation.happened["calls done"] > 100
    assert simulation.happened["deleted by TTL"] > 0


def test_a_seed_tells_the_whole_run(tmp_path: Path) -> None:
    one, other = (play(7, Disk(tmp_path / name), 30) for name in ("one", "other"))
    assert one.history == other.history
    assert one.records == other.records


# ------------------------------------------------------------------ what it would notice


def seal_at_once(patch: pytest.MonkeyPatch) -> None:
    """A shard ends without waiting for the writes on their way to it."""

    async def settle(context: Any) -> None: ...

    patch.setattr(shards, "_settle_writes", settle)


def forget_what_expired(patch: pytest.MonkeyPatch) -> None:
    """What TTL deletes is not recorded."""
    _after_expiry(patch, lambda batch: batch.appends.clear())


def miscount_what_expired(patch: pytest.MonkeyPatch) -> None:
    """What TTL deletes is still counted."""
    _after_expiry(patch, lambda batch: batch.counts.clear())


def _after_expiry(patch: pytest.MonkeyPatch, spoil: Callable[[Any], None]) -> None:
    apply = write.apply

    def spoiled(batch: Any, change: write.Change, hash: Any) -> write.Written:
        written = apply(batch, change, hash)
        if change.cause == "ttl":
            spoil(batch)
        return written

    patch.setattr(write, "apply", spoiled)


def forget_tokens(patch: pytest.MonkeyPatch) -> None:
    """A transaction that is sent again has its effect again."""
    patch.setattr(tokens, "of", lambda *_: None)


def write_row_by_row(patch: pytest.MonkeyPatch) -> None:
    """A batch can be torn by a crash."""

    class Rows:
        def __init__(self, db: Any) -> None:
            self._db = db
            self._rows: list[tuple[bytes, bytes | None]] = []

        def put(self, key: bytes, value: bytes) -> None:
            self._rows.append((key, value))

        def delete(self, key: bytes) -> None:
            self._rows.append((key, None))

        def write(self) -> None:
            for key, value in self._rows:
                if value is None:
                    self._db.delete(key)
                else:
                    self._db.put(key, value)

    patch.setattr(Unsynced, "write_batch", lambda self, sync: Rows(self))


def answer_at_once(patch: pytest.MonkeyPatch) -> None:
    """A write is acknowledged before it is durable."""

    def written(group: Group) -> asyncio.Future[None]:
        future = group.loop.create_future()
        future.set_result(None)
        return future

    patch.setattr(Group, "written", written)


MISTAKES = [
    seal_at_once,
    forget_what_expired,
    miscount_what_expired,
    forget_tokens,
    write_row_by_row,
    answer_at_once,
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found(
    mistake: Callable[[pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(monkeypatch)
    for seed in range(MOST_SEEDS):
        try:
            play(seed, Disk(tmp_path / str(seed)))
        except Violation:
            return
    pytest.fail(f"nothing was wrong although: {mistake.__doc__}")
