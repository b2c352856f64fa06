"""Where exports go and imports come from, as one writes it on a command line: `s3://bucket/prefix`."""

from typing import NamedTuple
from urllib.parse import urlsplit


class Place(NamedTuple):
    """A bucket, and what the keys in it begin with (perhaps nothing)."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


def place(text: str) -> Place | None:
    """The place that a URL names; None when it names none."""
    parts = urlsplit(text)
    if parts.scheme != "s3" or not parts.netloc:
        return None
    return Place(parts.netloc, parts.path.removeprefix("/"))
