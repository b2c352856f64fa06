"""Exports, imports and bulk puts: what they were asked to do, what they say of themselves, and how far they
are.

Each has a row with two parts: its description, by the API's names, which is what the operations that
describe them answer, and its state, which is what its job needs to go on. Rows are kept for ever, as the
record of what was done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import orjson

from dynalite.catalog import backup
from dynalite.ids import Ids
from dynalite.recovery.window import DAY_SECONDS
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine, Reader, write_batch
from dynalite.values.types import Request

Kind: TypeAlias = Literal["export", "import", "bulk"]
Members: TypeAlias = Mapping[str, Any]

VERSION = 1

_LISTED_DAYS = 90
_ROWS_PER_PAGE = 100
_PAGE_BYTES = 1 << 20


class UnknownVersion(Exception):
    """A transfer was written by a newer server."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """An export, an import or a bulk put. `id` sorts by age; `request` is what was asked for."""

    kind: Kind
    region: str
    id: str
    arn: str
    request: Members
    description: Members
    state: Members

    @property
    def key(self) -> bytes:
        return keyspace.transfer(self.region, self.kind, self.id)

    def encode(self) -> bytes:
        members = {
            "version": VERSION,
            "arn": self.arn,
            "request": self.request,
            "description": self.description,
            "state": self.state,
        }
        return orjson.dumps(members)


def identifier(ids: Ids, now: float) -> str:
    """The last part of an ARN, made as that of a backup."""
    return backup.identifier(now, ids.hex(backup.ID_DIGITS))


def decode(kind: Kind, region: str, id_: str, stored: bytes) -> Transfer:
    """The transfer that a row describes. Raises `UnknownVersion` on a newer format."""
    members = orjson.loads(stored)
    if members.pop("version") > VERSION:
        raise UnknownVersion(f"the {kind} {id_} was written by a newer server")
    return Transfer(kind, region, id_, **members)


async def put(engine: Engine, transfer: Transfer) -> None:
    batch = Batch()
    batch.put(transfer.key, transfer.encode())
    await write_batch(engine, batch)


async def change(engine: Engine, transfer: Transfer, decide: Callable[[Transfer], Transfer]) -> Transfer:
    """Change a transfer as it is at this moment, and return what it has become. `decide` is pure; what it
    raises reaches the caller and nothing is changed.
    """

    def update(values: Sequence[bytes | None]) -> tuple[Transfer, Batch]:
        present = transfer
        if values[0] is not None:
            present = decode(transfer.kind, transfer.region, transfer.id, values[0])
        changed = decide(present)
        batch = Batch()
        batch.put(changed.key, changed.encode())
        return changed, batch

    return await engine.update([transfer.key], update)


async def get(reader: Reader, kind: Kind, region: str, id_: str) -> Transfer | None:
    (stored,) = await reader.read([keyspace.transfer(region, kind, id_)])
    return None if stored is None else decode(kind, region, id_, stored)


async def find(reader: Reader, kind: Kind, region: str, arn: str) -> Transfer | None:
    """The transfer of an ARN; None when there is none."""
    found = await get(reader, kind, region, arn.rpartition("/")[2])
    return found if found is not None and found.arn == arn else None


async def listed(reader: Reader, kind: Kind, region: str, now: float) -> list[Transfer]:
    """Those of a kind in a region that are young enough to be listed, the newest first."""
    since = now - _LISTED_DAYS * DAY_SECONDS
    return [one for one in await _of_region(reader, kind, region) if one.description["StartTime"] > since]


async def _of_region(reader: Reader, kind: Kind, region: str) -> list[Transfer]:
    found: list[Transfer] = []
    start = keyspace.transfer(region, kind, "")
    stop = keyspace.after(start)
    prefix = len(start)
    while rows := await reader.scan(start, stop, limit=_ROWS_PER_PAGE, max_bytes=_PAGE_BYTES):
        found += [decode(kind, region, key[prefix:].decode(), value) for key, value in rows]
        start = rows[-1][0] + b"\x00"
    return found[::-1]


def page(
    found: Sequence[Transfer], token: str | None, limit: int, token_digits: int
) -> tuple[Sequence[Transfer], Members]:
    """What of a list follows the page that ended with a token, and the NextToken of this one, if there is
    more: hexadecimal digits, as many as the operation is to answer.
    """
    if token is not None:
        last = bytes.fromhex(token).lstrip(b"\x00").decode(errors="replace")
        found = [one for one in found if one.id < last]
    if len(found) <= limit:
        return found, {}
    return found[:limit], {"NextToken": found[limit - 1].id.encode().hex().rjust(token_digits, "0")}


def same_request(transfer: Transfer, request: Request) -> bool:
    return dict(transfer.request) == request


def moment(epoch_seconds: float) -> str:
    """A time as manifests have it."""
    text = datetime.fromtimestamp(epoch_seconds, UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return text + "Z"
