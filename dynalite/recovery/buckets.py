"""S3 buckets: any server that speaks S3, or a folder per bucket beside the database, or memory.

One library reaches all three (obstore, an optional extra: it is imported when a bucket is first used). Its
calls block, so whoever serves others calls them from a thread. A bucket in a folder is made when something is
exported to it; one on a server has to be there.
"""

import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dynalite.errors import ValidationException

if TYPE_CHECKING:
    from obstore.store import ObjectStore, S3Credential

    from dynalite.recovery.reading import Reader

_CHUNK_BYTES = 1 << 20
_NO_SUCH_BUCKET = "<Code>NoSuchBucket</Code>"
_REGION = "us-east-1"  # a server for development has only one


class NoSuchBucket(Exception):
    """There is no bucket of this name."""


class Unreachable(Exception):
    """A bucket could not be read or written; the message says why."""


class Stored(NamedTuple):
    """What became of an object: its MD5 in base64, and the entity tag that its store gave it."""

    md5: str
    etag: str


class Found(NamedTuple):
    """An object in a bucket."""

    key: str
    size_bytes: int


class Buckets:
    """Where objects are. `endpoint` None: in `folder`, or in memory without one."""

    def __init__(self, folder: Path | None = None, endpoint: str | None = None) -> None:
        self._folder = folder
        self._endpoint = endpoint
        self.not_here = ""
        """Why these buckets are of no use, if so."""
        self._stores: dict[str, ObjectStore] = {}
        self.open_readers: dict[str, tuple[str, Reader]] = {}
        """The objects that transfers are in the middle of, each with its key, by the transfer's id."""

    def check(self) -> None:
        """Refuse what would begin to use them. Raises ValidationException."""
        if self.not_here:
            raise ValidationException(self.not_here)

    def put(self, bucket: str, key: str, content: bytes) -> Stored:
        """Write an object as a whole. Raises `NoSuchBucket` or `Unreachable`."""
        with _translated(bucket):
            result: Any = _obstore().put(self._open(bucket, make=True), key, content)
        digest = md5(content, usedforsecurity=False)
        etag = (result.get("e_tag") or digest.hexdigest()).strip('"')
        return Stored(b64encode(digest.digest()).decode(), etag)

    def read(self, bucket: str, key: str) -> Iterator[bytes]:
        """An object's content, piece by piece. Raises `Unreachable`, also between two pieces."""
        with _translated(bucket):
            found: Any = _obstore().get(self._open(bucket, make=False), key)
            for chunk in found.stream(min_chunk_size=_CHUNK_BYTES):
                yield bytes(chunk)

    def objects(self, bucket: str, prefix: str) -> list[Found]:
        """The objects whose keys begin with `prefix`, in the order of their keys. Raises `NoSuchBucket` or
        `Unreachable`.
        """
        # A store lists what is in a directory, so the rest of the prefix is compared here.
        directory = prefix.rpartition("/")[0]
        found: list[Found] = []
        with _translated(bucket):
            for page in _obstore().list(self._open(bucket, make=False), directory or None):
                found += [Found(one["path"], one["size"]) for one in page if one["path"].startswith(prefix)]
        return sorted(found)

    def _open(self, bucket: str, *, make: bool) -> "ObjectStore":
        store = self._stores.get(bucket)
        if store is None:
            store = self._stores[bucket] = self._connect(bucket, make)
        return store

    def _connect(self, bucket: str, make: bool) -> "ObjectStore":
        _obstore()
        from obstore.store import LocalStore, MemoryStore, S3Store

        if self._endpoint is not None:
            return S3Store(
                bucket,
                endpoint=self._endpoint,
                region=_REGION,
                virtual_hosted_style_request=False,
                client_options={"allow_http": True},
                credential_provider=_credentials(),
            )
        if self._folder is None:
            if not make:
                raise NoSuchBucket(bucket)
            return MemoryStore()
        if not make and not (self._folder / bucket).is_dir():
            raise NoSuchBucket(bucket)
        return LocalStore(self._folder / bucket, mkdir=True)


def _credentials() -> "Callable[[], S3Credential] | None":
    """None: the environment says. Where it does not, any key will do for a server for development."""
    if "AWS_ACCESS_KEY_ID" in os.environ:
        return None
    return lambda: {
        "access_key_id": "dynalite",
        "secret_access_key": "dynalite",
        "token": None,
        "expires_at": None,
    }


def require() -> None:
    """Refuse what needs the library when it is not there."""
    _obstore()


@contextmanager
def _translated(bucket: str) -> Iterator[None]:
    """Errors of the library as ours. It has no class for a bucket that is not there when it lists one: there,
    S3's error code stands in the text.
    """
    _obstore()
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError as error:
        raise NoSuchBucket(bucket) from error
    except (BaseError, OSError, ValueError) as error:  # a ValueError is about a key that no object can have
        if _NO_SUCH_BUCKET in str(error):
            raise NoSuchBucket(bucket) from error
        raise Unreachable(str(error).partition("\n")[0]) from error


def _obstore() -> Any:
    try:
        import obstore
    except ImportError as error:
        raise ValidationException(
            "This server cannot reach S3: install it with its extra, dynalite[s3]"
        ) from error
    return obstore
