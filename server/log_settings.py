"""What a user may say about the log. Light: the command line reads it for `--help`."""

from dataclasses import dataclass
from typing import Final

FORMATS: Final = ("text", "json")
LEVELS: Final = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`access`: a line for every request, whatever the level."""

    format: str = "text"
    level: str = "warning"
    access: bool = False
