"""A dump's compression, which its name's ending tells: `.gz`, `.zst`, or none.

Each page is a gzip member or a zstandard frame of its own. Any reader takes many for one, and a file that
ends with a page can be cut there and continued.
"""

import gzip
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, cast

from server.outcome import Failure


class Packing(NamedTuple):
    """One compression. `pack` makes a page of a file, `unpack` reads all of a file's."""

    pack: Callable[[bytes], bytes]
    unpack: Callable[[IO[bytes]], IO[bytes]]


def _gunzip(file: IO[bytes]) -> IO[bytes]:
    return cast(IO[bytes], io.BufferedReader(gzip.GzipFile(fileobj=file, mode="rb")))


def _zstd(content: bytes) -> bytes:
    packed: bytes = _zstandard().compress(content)
    return packed


def _unzstd(file: IO[bytes]) -> IO[bytes]:
    reader = _zstandard().ZstdDecompressor().stream_reader(file, read_across_frames=True)
    return cast(IO[bytes], io.BufferedReader(reader))


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise Failure(
            "A name that ends in .zst needs the library for zstandard: install dynalite[zstd]."
        ) from error
    return zstandard


_PLAIN: Final = Packing(lambda content: content, lambda file: file)
_BY_ENDING: Final[Mapping[str, Packing]] = {
    ".gz": Packing(lambda content: gzip.compress(content, 6, mtime=0), _gunzip),
    ".zst": Packing(_zstd, _unzstd),
}


def packing(path: Path) -> Packing:
    """The compression of a file of this name."""
    return _BY_ENDING.get(path.suffix, _PLAIN)
