"""A part of the crash matrix, and that it would find out a server that loses something.

It runs in a process of its own, because it forks and a process that runs tests has threads.
"""

import subprocess
import sys

import pytest

from tests.live import REPOSITORY
from tests.reliability.crash_books import Books, Lost

FORGETFUL = """
import sys
from dynalite.storage import {module}
from tests.reliability import crash_matrix
{mistake}
sys.exit(crash_matrix.main())
"""
MISTAKES = {
    "answers before the write": (
        "commit",
        "commit.Group.written = lambda group: group.loop.create_task(__import__('asyncio').sleep(0))",
        "seed 2: ",
    ),
    "a batch in two halves": (
        "commit",
        """
prepare = commit.Commit._prepare
def halved(self, rows):
    names = list(rows)
    prepare(self, {name: rows[name] for name in names[: len(names) // 2]}).write()
    return prepare(self, {name: rows[name] for name in names[len(names) // 2 :]})
commit.Commit._prepare = halved
""",
        "seed 2: ",
    ),
    "figures that do not count": ("engine", "engine.Batch.add = lambda *_: None", "says 0 items"),
}


def run(program: list[str], points: int, seed: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *program, "--points", str(points), "--seed", str(seed)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_server_that_is_killed_at_any_point_loses_nothing() -> None:
    ended = run(["-m", "tests.reliability.crash_matrix"], 10, seed=1)
    assert ended.returncode == 0, ended.stderr
    assert "nothing lost" in ended.stdout


@pytest.mark.parametrize("name", MISTAKES)
def test_a_server_with_a_mistake_is_found_out(name: str) -> None:
    module, mistake, words = MISTAKES[name]
    ended = run(["-c", FORGETFUL.format(module=module, mistake=mistake)], 30, seed=2)
    assert ended.returncode == 1, ended.stdout
    assert words in ended.stderr


class TestBooks:
    def test_what_was_acknowledged_must_be_there(self) -> None:
        books = Books()
        books.hear([b'{"begin":"w","facts":{"item 1":{"written":1,"ends":null}}}\n', b'{"done":"w"}\n'])
        with pytest.raises(Lost, match="item 1 is None"):
            books.compare({}, 0)

    def test_what_was_under_way_may_be_there_or_not(self) -> None:
        for found in ({}, {"item 1": 1, "item 2": 1}):
            books = Books()
            books.hear([b'{"begin":"w","facts":{"item 1":1,"item 2":1}}\n', b'{"done'])
            books.compare(found, 0)
            assert books.facts == found

    def test_but_not_half_of_it_unless_it_is_a_batch(self) -> None:
        begin = b'{"begin":"w","facts":{"item 1":1,"item 2":1}%s}\n'
        books = Books()
        books.hear([begin % b""])
        with pytest.raises(Lost, match="half"):
            books.compare({"item 1": 1}, 0)
        books = Books()
        books.hear([begin % b',"one_by_one":true'])
        books.compare({"item 1": 1}, 0)

    def test_what_nobody_did_is_not_there(self) -> None:
        with pytest.raises(Lost, match="item 1 is 1"):
            Books().compare({"item 1": 1}, 0)

    def test_what_was_refused_has_not_happened(self) -> None:
        books = Books()
        books.hear([b'{"begin":"w","facts":{"item 1":1}}\n', b'{"refused":"w"}\n'])
        with pytest.raises(Lost):
            books.compare({"item 1": 1}, 0)

    def test_an_item_that_has_expired_may_be_gone(self) -> None:
        item = {"written": 1, "ends": 50}
        books = Books({"item 1": item})
        books.compare({"item 1": item}, 60)
        books.compare({}, 60)
        books = Books({"item 1": item})
        with pytest.raises(Lost):
            books.compare({}, 40)
