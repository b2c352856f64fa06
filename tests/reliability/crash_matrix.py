"""Kill a server at many points of a mixed load, start it again each time, and see whether anything is lost.

    python -m tests.reliability.crash_matrix --points 1000 --seed 0

One process stays alive: it forks the ones that die (`crash_load.py`), hears through a pipe what their clients
were told, takes away what a power cut would take, and forks another that opens the folder again and looks
(`_look`). Forking saves the start of an interpreter; this process itself never opens a folder, so that no
thread of LevelDB's is missing in its children.

A folder goes through many deaths, each from where the last one left it. Then the next one begins, new. The
same seed draws the same points and the same calls; how calls and threads interleave it does not decide.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from dynalite.checking.offline import check_folder
from dynalite.clock import Clock
from dynalite.database import Caller, Database
from dynalite.errors import ServiceError
from dynalite.settings import Settings
from tests.reliability import crash_load
from tests.reliability.crash_books import Books, Lost
from tests.reliability.crash_load import IMPORTED, REGION, TABLE, Facts
from tests.reliability.crash_points import ENDS, POWER_CUTS, Point, cut_power, install
from tests.streams.world import START, plain

POINTS_PER_FOLDER = 40
MOST_WRITES = 60
"""The last write of a life at which it may end."""
MOST_SAID = 2000
"""A life that says more than this has passed its point, which can only happen from outside."""
OUTSIDE = 0.1
"""The share of deaths that come from outside, at no point in particular."""


class Matrix:
    """Folders and the deaths in them. `happened` counts both."""

    def __init__(self, seed: int, place: Path) -> None:
        self._random = Random(seed)
        self._place = place
        self._folders = 0
        self.happened: Counter[str] = Counter()

    def run(self, points: int) -> None:
        """Raises Lost at the first thing that is lost, or whatever else went wrong in a process."""
        left = points
        while left:
            here = min(left, POINTS_PER_FOLDER)
            self._go_through(here)
            left -= here

    def kill_over_http(self, kills: int) -> None:
        """The same from outside alone: a server as users start it, killed while clients write over HTTP."""
        from tests.reliability.test_kill import kill_again_and_again

        folder = self._place / "http"
        self.happened["writes over HTTP"] += kill_again_and_again(folder, "fsync", kills, self._random)
        self.happened["killed over HTTP"] += kills

    def _go_through(self, deaths: int) -> None:
        self._folders += 1
        folder = self._place / f"{self._folders}"
        crash_load.prepare(folder)
        books, now = Books(), START
        for _ in range(deaths):
            outside = self._random.random() < OUTSIDE
            end = self._random.choice(ENDS)
            point = Point(0 if outside else 1 + self._random.randrange(MOST_WRITES), end)
            self._die(folder, books, now, point)
            now += self._random.choice((0.0, 1.0, 600.0, 5 * 3600.0, 30 * 3600.0))
            settle = self._random.random() < 0.25
            seen = _in_child(partial(_look, folder, now, books.facts, settle=settle))
            if seen["findings"]:
                raise Lost(f"{folder} after {point}: {seen['findings']}")
            books.compare(seen["facts"], now)
            self.happened["settled"] += settle
        self.happened["folders"] += 1
        self.happened["calls acknowledged"] += books.acknowledged

    def _die(self, folder: Path, books: Books, now: float, point: Point) -> None:
        """A life and its end."""
        last_words = self._random.randrange(10, 300) if point.number == 0 else MOST_SAID
        seed = self._random.getrandbits(64)

        def life(pipe: int) -> None:
            say = crash_load.speaker(pipe)
            install(point, lambda safe: say({"safe": asdict(safe)}))
            asyncio.run(crash_load.live(folder, seed, now, say))

        said = _last_words(life, last_words)
        books.hear(said)
        reached = len(said) < last_words
        self.happened[f"killed {point.end}" if reached else "killed from outside"] += 1
        self.happened["calls under way"] += len(books.under_way)
        if reached and point.end in POWER_CUTS:
            self.happened["bytes taken by power cuts"] += cut_power(
                folder, books.safe, point.end, self._random
            )


# ------------------------------------------------------------------ processes


def _fork(work: Callable[[int], None]) -> tuple[int, int]:
    """Do something in a child that ends afterwards. Returns its id, and the end of a pipe that it writes."""
    outlet, inlet = os.pipe()
    child = os.fork()
    if child:
        os.close(inlet)
        return child, outlet
    os.close(outlet)
    status = 1
    try:
        work(inlet)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _last_words(life: Callable[[int], None], at_most: int) -> list[bytes]:
    """What a child says before it is killed, by itself or, when it has said so many lines, by us."""
    child, outlet = _fork(life)
    said = []
    with os.fdopen(outlet, "rb") as lines:
        for line in lines:
            said.append(line)
            if len(said) == at_most:
                os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
        raise Lost(f"a server ended by itself, with status {status}")
    return said


def _in_child(work: Callable[[], Awaitable[Any]]) -> Any:
    """What a coroutine returns that runs in a child."""

    async def awaited() -> Any:
        return await work()

    def answer(pipe: int) -> None:
        with os.fdopen(pipe, "wb") as file:
            file.write(json.dumps(asyncio.run(awaited())).encode())

    child, outlet = _fork(answer)
    with os.fdopen(outlet, "rb") as file:
        answered = file.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise Lost("a server did not come back")
    return json.loads(answered)


# ------------------------------------------------------------------ looking


async def _look(folder: Path, now: float, known: Facts, *, settle: bool) -> Any:
    """The facts in a folder after a death, and what a check finds, at once and when all work is done."""
    found = await findings(folder)
    clock = Clock()
    clock.freeze()
    clock.set(now)
    database = await Database.open(Settings(folder, ttl_delay_seconds=0), clock)
    if settle:
        await database.until_idle()
        found += await _unfinished_imports(database)
    facts = await _facts(database, known)
    await database.close()
    if settle:
        found += await findings(folder)
    return {"findings": found, "facts": facts}


async def findings(folder: Path) -> list[str]:
    """What a check says of a folder."""
    async with aclosing(check_folder(folder, lambda rows: None)) as outcomes:
        return [str(outcome.finding) async for outcome in outcomes]


async def _call(database: Database, operation: str, **request: Any) -> Any:
    return plain(await database.execute(operation, request, Caller(REGION)))


async def _facts(database: Database, known: Facts) -> Facts:
    facts: Facts = {}
    names = (await _call(database, "ListTables"))["TableNames"]
    facts |= {f"table {name}": "there" for name in names}
    if TABLE in names:
        for stored in (await _call(database, "Scan", TableName=TABLE))["Items"]:
            name = f"item {stored['writer']['N']} {stored['number']['N']}"
            ends = int(stored["ends"]["N"]) if "ends" in stored else None
            facts[name] = {"written": int(stored["written"]["N"]), "ends": ends}
            if crash_load.item(name, facts[name]) != stored:
                facts[name] = stored
        described = (await _call(database, "DescribeTable", TableName=TABLE))["Table"]
        for index in described["GlobalSecondaryIndexes"]:
            if index["IndexName"] == "by-padding" and index["IndexStatus"] != "DELETING":
                facts["index by-padding"] = "there"
    for name in known:
        if name.startswith("backup "):
            try:
                await _call(database, "DescribeBackup", BackupArn=name.removeprefix("backup "))
                facts[name] = "there"
            except ServiceError:
                continue
    return facts


async def _unfinished_imports(database: Database) -> list[str]:
    """Imported tables that do not hold what was imported, when all work is done."""
    wrong = []
    for name in (await _call(database, "ListTables"))["TableNames"]:
        if name.startswith("Imported"):
            count = (await _call(database, "Scan", TableName=name, Select="COUNT"))["Count"]
            if count != IMPORTED:
                wrong.append(f"{name} has {count} of {IMPORTED} items")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill a server at many points, and see if anything is lost.")
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--http", type=int, default=0, help="kills of a server that is used over HTTP")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crash-matrix-") as place:
        matrix = Matrix(options.seed, Path(place))
        try:
            matrix.run(options.points)
            if options.http:
                matrix.kill_over_http(options.http)
        except Lost as lost:
            print(f"seed {options.seed}: {lost}", file=sys.stderr)
            return 1
    for what, count in sorted(matrix.happened.items()):
        print(f"{what}: {count:,}")
    print(f"nothing lost in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
