"""How a database behaves, in one value handed down from the top. Every field has the default that a user
meets first.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Durability: TypeAlias = Literal["fsync", "os"]
Wording: TypeAlias = Literal["2026", "classic"]


@dataclass(frozen=True, slots=True)
class Settings:
    """`data_folder` None keeps everything in memory.

    `durability`: `fsync` answers a write once it is on the disk; `os` once the operating system has it, which
    survives a killed process but not a power cut. `wording` chooses between the validation messages of most
    regions since 2026 and the ones before. `transition_seconds` is how long a table stays CREATING, UPDATING
    or DELETING.
    """

    data_folder: Path | None = None
    durability: Durability = "fsync"
    wording: Wording = "2026"
    account: str = "000000000000"
    transition_seconds: float = 0.0
