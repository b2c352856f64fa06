"""Writing files so that a power cut cannot take them back: beside the store, there are a few of our own."""

import os
from pathlib import Path
from typing import Final

DRAFT: Final = ".new"
"""What a file is called behind its name until it is whole."""


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file so that it holds all of the old content or all of the new, power cut or not."""
    draft = path.with_name(path.name + DRAFT)
    try:
        with open(draft, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError:  # on a full disk it would take the room that everybody else still had
        draft.unlink(missing_ok=True)
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Put a file's content, or the names in a folder, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
