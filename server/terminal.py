"""What a person at a terminal sees, and a program does not: colours and progress.

Colours are used on a terminal only, and not where NO_COLOR is set to anything or the terminal is dumb.
Progress is one line on standard error that is drawn over itself, a few times a second at most.
"""

import json
import os
from collections.abc import Callable, Mapping
from typing import Final, TextIO, TypeAlias

from dynalite.clock import Clock
from server.outcome import printing

Paint: TypeAlias = Callable[[str, str], str]
"""From a colour's name and a text to the text in that colour, or as it is."""

Watch: TypeAlias = Callable[[float, float, int | None], None]
"""Told how far work has come, as `Progress.at` is."""

_CODES: Final = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "faint": "2"}
_DRAW_SECONDS: Final = 0.1
_BAR_CELLS: Final = 24
_CLEAR_LINE: Final = "\r\x1b[K"
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")


def coloured(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether colours belong there."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def paint(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Paint:
    """How to colour what is written to `stream`."""
    if not coloured(stream, environment):
        return lambda colour, text: text
    return lambda colour, text: f"\x1b[{_CODES[colour]}m{text}\x1b[0m"


def size(bytes_: float) -> str:
    """A number of bytes as one says it: `1.5 MiB`."""
    for unit in _UNITS:
        if bytes_ < 1024 or unit == _UNITS[-1]:
            break
        bytes_ /= 1024
    return f"{bytes_:.0f} {unit}" if unit == "B" else f"{bytes_:.1f} {unit}"


class Progress:
    """How far a piece of work has come, in a `with` block; nothing is drawn where nobody watches."""

    def __init__(self, stream: TextIO, what: str, clock: Clock) -> None:
        self._stream = stream
        self._watched = stream.isatty()
        self._what = what
        self._clock = clock
        self._began = clock.now()
        self._drawn = 0.0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            self._stream.write(_CLEAR_LINE)
            self._stream.flush()

    def at(self, done: float, total: float, items: int | None) -> None:
        """So much of the total is done (any unit; a total of 0 is not known), and so many items, if they can
        be counted.
        """
        now = self._clock.now()
        if not self._watched or now - self._drawn < _DRAW_SECONDS:
            return
        self._drawn = now
        share = min(1.0, done / total) if total > 0 else None
        self._stream.write(f"{_CLEAR_LINE}{self._what} {_bar(share)}{self._count(items, now)}")
        self._stream.flush()

    def _count(self, items: int | None, now: float) -> str:
        spent = now - self._began
        if items is None:
            return f"{spent:.0f} s"
        return f"{items:,} items" + (f", {items / spent:,.0f}/s" if items and spent > 1 else "")


def _bar(share: float | None) -> str:
    if share is None:
        return ""
    full = round(share * _BAR_CELLS)
    return f"[{'#' * full}{'.' * (_BAR_CELLS - full)}] {share:4.0%}  "


def report(as_json: bool, sentence: str, members: Mapping[str, object], stream: TextIO) -> None:
    """Say what was done: a sentence for people, or its members as a line of JSON for programs."""
    with printing():
        print(json.dumps(members, ensure_ascii=False) if as_json else sentence, file=stream)
