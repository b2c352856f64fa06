"""Idempotency tokens: a transaction that is sent again within ten minutes answers again and changes nothing.

The token's row is written in the transaction's own Batch, so it exists exactly when the transaction does,
also after a crash. It remembers a digest of the request, to tell a retry from another request under the same
token, and what a replay reports as consumed. Rows that have expired are treated as absent and deleted by a
job (`jobs/`).
"""

from dataclasses import dataclass
from hashlib import blake2b

import msgpack
import orjson

from dynalite.errors import IdempotentParameterMismatchException
from dynalite.limits import TOKEN_SECONDS
from dynalite.storage import keyspace

_MISMATCH = "The provided client token was already used with different parameters"


@dataclass(frozen=True, slots=True)
class Token:
    """A request's token: where its row lives, and the digest of the request that it stands for."""

    key: bytes
    digest: bytes


def of(api: str, account: str, region: str, client_token: str | None, essence: object) -> Token | None:
    """The token of a request; None when it carries none. `essence` is what must be the same in a retry."""
    if client_token is None:
        return None
    digest = blake2b(orjson.dumps(essence, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
    return Token(keyspace.token(account, region, api, client_token), digest)


def recall(token: Token, row: bytes | None, now: float) -> list[tuple[int, float]] | None:
    """What a replay of a remembered transaction reports: (table id, read units) pairs; None when it is a new
    one.

    Raises IdempotentParameterMismatchException when the token stands for another request.
    """
    if row is None:
        return None
    expires_at, digest, units = msgpack.unpackb(row)
    if expires_at <= now:
        return None
    if digest != token.digest:
        raise IdempotentParameterMismatchException(_MISMATCH)
    return [(table, spent) for table, spent in units]


def row(token: Token, now: float, units: list[tuple[int, float]]) -> bytes:
    """The row that remembers a transaction from `now` on."""
    packed: bytes = msgpack.packb((now + TOKEN_SECONDS, token.digest, units))
    return packed


def expired(row: bytes, now: float) -> bool:
    return bool(msgpack.unpackb(row)[0] <= now)
