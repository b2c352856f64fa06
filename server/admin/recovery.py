"""The endpoint that shows what a restore to a moment would bring, and leaves nothing behind."""

from typing import Any, Final

import orjson

from dynalite.items.record import Record
from dynalite.operations import pitr
from dynalite.recovery import preview, window
from server.admin.endpoint import Admin, Endpoint, Parameter, Parameters, Refusal, count, moment, text

_SHOWN: Final = 100


async def look(admin: Admin, parameters: Parameters) -> object:
    database = admin.database
    context = database.context(parameters.get("region", "us-east-1"))
    table = pitr.existing(context, parameters["table"])
    at = parameters["at"]
    snapshot = database.engine.snapshot()
    try:
        lag_seconds = context.settings.pitr_lag_seconds
        found = await window.of(snapshot, table, context.clock.now(), lag_seconds)
        if found is None:
            raise pitr.unavailable(table)
        if not found.earliest <= at <= found.latest:
            raise Refusal(400, f"at must be from {found.earliest:.3f} to {found.latest:.3f}.")
        seen = await preview.look(snapshot, table, at, parameters.get("limit", _SHOWN))
    except preview.TooMuchHasChanged as error:
        raise Refusal(
            413,
            f"More than {preview.MOST_CHANGES} changes, or {preview.MOST_BYTES >> 20} MiB of them, were made"
            " since: too much for a look. Restoring has no such limit.",
        ) from error
    finally:
        snapshot.close()
    return {
        "at": at,
        "changes": seen.changes,
        "gone": seen.gone,
        "new": seen.new,
        "different": seen.different,
        "item_count": seen.item_count,
        "differences": [{"then": _item(one.then), "now": _item(one.now)} for one in seen.differences],
        "items": [_item(record) for record in seen.items],
    }


def _item(record: Record | None) -> Any:
    return None if record is None else orjson.Fragment(record.json)


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/_admin/recovery/preview",
        "What a table was at a moment of its recovery period, and what has changed since; nothing is"
        " restored.",
        look,
        (
            Parameter("table", text, "the table's name", required=True),
            Parameter(
                "at", moment, "seconds since 1970, or a time such as `2030-01-31T12:00:00Z`", required=True
            ),
            Parameter("region", text, "its region; `us-east-1` if left out"),
            Parameter("limit", count, "how many items and how many differences to show; 100 if left out"),
        ),
    ),
)
