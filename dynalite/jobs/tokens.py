"""Deletes idempotency tokens that have expired.

An expired token is treated as absent by whoever meets it (`operations/tokens.py`), so nothing depends on this
job but the space that tokens take. It walks all of them, a page in each step, and begins anew a minute after
it has finished. Where it is, or when it begins, is a row of its own, which is there only when there are
tokens: a database without transactions is not written to.

A token may have come to life again between the page and the update: what the update itself reads decides.
"""

from collections.abc import Sequence

import msgpack

from dynalite.operations import tokens
from dynalite.operations.context import Context
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, write_batch

_ROWS_PER_STEP = 500
_PAGE_BYTES = 1 << 20
_PAUSE_SECONDS = 60.0
_PROGRESS = keyspace.job(0, b"tokens")


async def step(context: Context) -> bool:
    now = context.clock.now()
    (progress,) = await context.engine.read([_PROGRESS])
    begins_at, start = (now, keyspace.TOKEN) if progress is None else msgpack.unpackb(progress)
    if now < begins_at <= now + _PAUSE_SECONDS:  # later than that: the clock was set back since
        return False
    rows = await context.engine.scan(
        start, keyspace.after(keyspace.TOKEN), limit=_ROWS_PER_STEP, max_bytes=_PAGE_BYTES
    )
    if not rows and start == keyspace.TOKEN:
        if progress is not None:
            await write_batch(context.engine, _forgetting())
        return False
    full = len(rows) == _ROWS_PER_STEP or sum(len(value) for _, value in rows) >= _PAGE_BYTES
    reached = (now, rows[-1][0] + b"\x00") if full else (now + _PAUSE_SECONDS, keyspace.TOKEN)
    expired = [key for key, value in rows if tokens.expired(value, now)]

    def decide(values: Sequence[bytes | None]) -> tuple[None, Batch]:
        batch = Batch()
        batch.put(_PROGRESS, msgpack.packb(reached))
        for key, value in zip(expired, values, strict=True):
            if value is not None and tokens.expired(value, now):
                batch.delete(key)
        return None, batch

    await context.engine.update(expired, decide)
    return True


def _forgetting() -> Batch:
    batch = Batch()
    batch.delete(_PROGRESS)
    return batch
