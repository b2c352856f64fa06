"""The kept examples: one file for each target, a line for each example.

A line is the example's bytes as a JSON string, each byte a character: text can be read, and everything can be
kept. What was found by a run is added by hand, and tried whenever the tests run.
"""

import json
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "corpus"


def names() -> list[str]:
    """The targets that have one."""
    return sorted(file.stem for file in FOLDER.glob("*.jsonl"))


def examples(target: str) -> list[bytes]:
    """What is kept for a target."""
    lines = (FOLDER / f"{target}.jsonl").read_text().splitlines()
    return [json.loads(line).encode("latin-1") for line in lines]


def line(example: bytes) -> str:
    """An example as a corpus keeps it."""
    return json.dumps(example.decode("latin-1"))
