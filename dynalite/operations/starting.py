"""Starting an export, an import or a bulk put: of several requests with one client token, one starts it.

The token's row is written in the update that writes the transfer, and is what that update depends on. So of
two requests at the same time one is too late, and is answered with what the other has started. For eight
hours the row says which transfer the token stands for; then a job deletes it (`jobs/tokens.py`).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgpack

from dynalite.catalog.store import Beside
from dynalite.errors import ServiceError
from dynalite.operations import tokens
from dynalite.operations.context import Context
from dynalite.recovery import transfers
from dynalite.recovery.transfers import Kind, Transfer
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch
from dynalite.values.types import Request

_TOKEN_SECONDS = 8 * 3600.0
_APIS: Mapping[Kind, str] = {
    "export": "ExportTableToPointInTime",
    "import": "ImportTable",
    "bulk": "StartBulkPutItems",
}
_NOTHING_MORE: Mapping[bytes, bytes] = {}


class _TokenTaken(Exception):
    """Another request with the same client token was faster."""


async def once(
    context: Context,
    kind: Kind,
    request: Request,
    mismatch: type[ServiceError],
    start: Callable[[], Awaitable[Transfer]],
) -> Transfer:
    """The transfer that the request's client token stands for; where that is none, what `start` starts.
    Raises `mismatch` when the token stands for another request.
    """
    known = await _recalled(context, kind, request)
    if known is None:
        try:
            return await start()
        except (_TokenTaken, ServiceError):  # what was refused may be what the faster one has made
            known = await _recalled(context, kind, request)
            if known is None:
                raise
    if not transfers.same_request(known, request):
        raise mismatch("The client token was already used with different parameters")
    return known


async def _recalled(context: Context, kind: Kind, request: Request) -> Transfer | None:
    if "ClientToken" not in request:
        return None
    (stored,) = await context.engine.read([_key(context, kind, request)])
    if stored is None or tokens.expired(stored, context.clock.now()):
        return None
    _, id_ = msgpack.unpackb(stored)
    return await transfers.get(context.engine, kind, context.region, id_)


def beside(context: Context, transfer: Transfer, more: Mapping[bytes, bytes] = _NOTHING_MORE) -> Beside:
    """The rows that start a transfer, for the update that does. It is refused when the token is taken."""
    rows = {transfer.key: transfer.encode(), **more}
    if "ClientToken" not in transfer.request:
        return Beside((), lambda _: rows)
    now = context.clock.now()
    token = _key(context, transfer.kind, transfer.request)
    rows[token] = msgpack.packb((now + _TOKEN_SECONDS, transfer.id))

    def decide(values: Sequence[bytes | None]) -> Mapping[bytes, bytes]:
        if values[0] is not None and not tokens.expired(values[0], now):
            raise _TokenTaken
        return rows

    return Beside((token,), decide)


async def put(context: Context, transfer: Transfer, more: Mapping[bytes, bytes] = _NOTHING_MORE) -> None:
    """Start a transfer that no change of a table goes with."""
    started = beside(context, transfer, more)

    def decide(values: Sequence[bytes | None]) -> tuple[None, Batch]:
        batch = Batch()
        batch.rows.update(started.decide(values))
        return None, batch

    await context.engine.update(started.keys, decide)


def _key(context: Context, kind: Kind, request: Mapping[str, object]) -> bytes:
    return keyspace.token(context.account, context.region, _APIS[kind], str(request["ClientToken"]))
