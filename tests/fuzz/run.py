"""The long runs: `make fuzz`, `make fuzz TARGET=partiql COUNT=1000000 SEED=7`.

    requests   random requests of the declared shapes against a database in this process, then a tenth as many
               through the HTTP door (`database.py`)
    others     bytes into one parser or codec (`targets.py`): kept examples, changed in a few places; with
               --atheris its libFuzzer, which sees what the code does with them, makes the changes

All of it follows from the seed, but for atheris, and ends with status 1 at the first find.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.fuzz import corpus
from tests.fuzz.mutation import mutated

if TYPE_CHECKING:
    from tests.fuzz.database import Figures
    from tests.fuzz.targets import Target

REQUESTS: Final = "requests"
_LONGEST_BYTES: Final = 4096
_HTTP_SHARE: Final = 10
_TOLD_EVERY: Final = 100_000


def run_requests(count: int, seed: int) -> None:
    """Requests, in this process and over HTTP, with figures."""
    from tests.fuzz import database

    begun = time.monotonic()
    print(asyncio.run(database.in_process(count, seed, _tell)))
    print(f"in {time.monotonic() - begun:.0f} s; over HTTP:")
    print(database.over_http(count // _HTTP_SHARE, seed + 1))


def _tell(figures: "Figures") -> None:
    if figures.requests % _TOLD_EVERY == 0:
        print(f"{figures.requests:,} requests, {figures.resident_kib[-1] // 1024} MiB", flush=True)


def run_target(target: "Target", count: int, seed: int) -> None:
    """Mutated examples into one target. Raises what it raised, with the bytes."""
    rng = random.Random(seed)
    pool = corpus.examples(target.name)
    for _ in range(count):
        example = mutated(rng, rng.choice(pool), pool)
        try:
            target.run(example)
        except Exception as error:
            error.add_note(f"{target.name}: {corpus.line(example)}")
            raise
        if rng.random() < 0.01:
            pool[rng.randrange(len(pool))] = example  # wander off


def run_atheris(name: str, count: int, seed: int) -> None:
    """libFuzzer with the code's own branches as its guide. It ends the process."""
    import atheris

    with atheris.instrument_imports(include=["dynalite", "server"]):  # so nothing may be loaded before
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    with tempfile.TemporaryDirectory() as folder:
        for number, example in enumerate(corpus.examples(target.name)):
            (Path(folder) / str(number)).write_bytes(example)
        options = [f"-runs={count}", f"-seed={seed + 1}", f"-max_len={_LONGEST_BYTES}", folder]
        atheris.Setup([sys.argv[0], *options], target.run)
        atheris.Fuzz()


def main() -> None:
    names = corpus.names()
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--target", choices=(REQUESTS, *names), help="only this; otherwise one after another")
    parser.add_argument("--count", type=int, default=20_000, help="how many inputs of each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atheris", action="store_true", help="with --target: let atheris choose the inputs")
    options = parser.parse_args()
    if options.atheris:
        if options.target not in names:
            parser.error("--atheris needs a --target of bytes")
        run_atheris(options.target, options.count, options.seed)
    for name in (options.target,) if options.target else (REQUESTS, *names):
        begun = time.monotonic()
        try:
            run(name, options.count, options.seed)
        except Exception:
            traceback.print_exc()
            sys.exit(1)
        seconds = time.monotonic() - begun
        print(f"{name}: {options.count:,} inputs in {seconds:.0f} s, nothing found", flush=True)


def run(name: str, count: int, seed: int) -> None:
    """One run by its name. Raises what was found."""
    if name == REQUESTS:
        run_requests(count, seed)
        return
    from tests.fuzz.targets import TARGETS

    run_target(TARGETS[name], count, seed)


if __name__ == "__main__":
    main()
