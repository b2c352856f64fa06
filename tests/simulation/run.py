"""The long run: `make sim SEED=1 STEPS=1000`.

One seed after another, on each engine, until something is wrong or the seeds are through. The seed of a
failure is printed; with it, the same number of steps and `--seeds 1` the same comes again.
"""

import argparse
import asyncio
import logging
import tempfile
from collections import Counter
from pathlib import Path

from tests.simulation.simulation import Simulation
from tests.simulation.site import Disk, Memory


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first")
    parser.add_argument("--steps", type=int, default=200, help="of what happens, in each run")
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    options = parser.parse_args()
    logging.disable(logging.ERROR)  # servers are made to fail
    happened: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.seeds):
        for kind in ("memory", "leveldb"):
            with tempfile.TemporaryDirectory() as folder:
                simulation = Simulation(seed, Memory() if kind == "memory" else Disk(Path(folder)))
                try:
                    asyncio.run(simulation.run(options.steps))
                except Exception:
                    print(f"seed {seed}, {options.steps} steps, {kind}: {dict(simulation.happened)}")
                    raise
                happened += simulation.happened
    print("\n".join(f"{count:>12,} {what}" for what, count in sorted(happened.items())))


if __name__ == "__main__":
    main()
