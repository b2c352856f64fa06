"""How far a dump or a load has come, noted in a small file beside the dump for whoever goes on with it.

A note says what it is about, and is worth nothing to anything else: a table that was made again meanwhile,
a file that has changed, another server.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import orjson

Subject: TypeAlias = Mapping[str, object]
Members: TypeAlias = dict[str, Any]

VERSION = 1


class Note:
    """The note at a path, about a subject."""

    def __init__(self, path: Path, subject: Subject) -> None:
        self._path = path
        self._subject = dict(subject)

    def read(self) -> Members | None:
        """What was noted; None when nothing was, or about something else."""
        try:
            found = orjson.loads(self._path.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return None
        if not isinstance(found, dict) or found.get("version") != VERSION:
            return None
        return found["done"] if found.get("about") == self._subject else None

    def write(self, done: Members) -> None:
        """Replace the note. It may be lost with the power, which only costs the work since the one before."""
        draft = self._path.with_name(self._path.name + ".new")
        draft.write_bytes(orjson.dumps({"version": VERSION, "about": self._subject, "done": done}))
        os.replace(draft, self._path)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
