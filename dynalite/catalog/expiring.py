"""Time to live: what a table's setting says, how it may change, and where the rows that it needs are.

An item expires at the second of the epoch that a Number in its TTL attribute names. So that expired items are
found without reading any other, every such item has a row in the expiry space, under its second, written in
the same batch as the item (`items/expiry.py`). When TTL is enabled, the items that are there already get
their rows from a walk in the background (`jobs/expiry_rows.py`); until it is done the status is ENABLING.

Nothing is cleared up when TTL is disabled or a table is dropped: a row is only a hint where to look, and one
that no item bears out is deleted when its second comes.
"""

from dataclasses import replace

from dynalite.catalog.schema import Table, TimeToLive
from dynalite.errors import ValidationException
from dynalite.storage import keyspace

CHANGE_INTERVAL_SECONDS = 3600.0
"""How long the service takes to apply a change, and refuses another."""

NOTHING = b""
"""The cursor of a walk that has not begun."""

SWEPT = keyspace.job(0, b"expiry-swept")
"""The last expiry row that was handled. Everything up to it has been."""
LATE = keyspace.job(0, b"expiry-late")
"""The marks of rows that the sweep may have passed already, or may pass before they are durable."""

_MARK_SECONDS = 64


def late_mark(second: int) -> bytes:
    """The mark that makes the sweep return to a row of this second: one for a minute or so of rows."""
    return LATE + (second // _MARK_SECONDS).to_bytes(8, "big")


def marked(mark: bytes) -> int:
    """The first second that a mark stands for."""
    return int.from_bytes(mark[len(LATE) :], "big") * _MARK_SECONDS


def cursor_key(table: int) -> bytes:
    """Where the walk over a table's items notes how far it has come."""
    return keyspace.job(table, b"expire")


def changed(table: Table, attribute: str, enabled: bool, now: float) -> Table:
    """The table after UpdateTimeToLive. Raises what the service answers when that is not possible."""
    ttl = table.ttl
    if enabled and table.expiring is not None:
        if table.expiring == attribute:
            raise ValidationException("TimeToLive is already enabled")
        raise _another(table.expiring)
    if not enabled:
        if ttl is None or not ttl.enabled:
            raise ValidationException("TimeToLive is already disabled")
        if ttl.attribute != attribute:
            raise _another(ttl.attribute)
    if ttl is not None and 0 <= now - ttl.changed_at < CHANGE_INTERVAL_SECONDS:
        raise ValidationException("Time to live has been modified multiple times within a fixed interval")
    return replace(table, ttl=TimeToLive(attribute, enabled, now, filling=enabled))


def filled(table: Table, walked: TimeToLive) -> Table:
    """The table once the walk that `walked` began is done; unchanged when it has a later setting."""
    return replace(table, ttl=replace(walked, filling=False)) if table.ttl == walked else table


def status(ttl: TimeToLive | None) -> str:
    if ttl is None or not ttl.enabled:
        return "DISABLED"
    return "ENABLING" if ttl.filling else "ENABLED"


def _another(attribute: str) -> ValidationException:
    return ValidationException(
        f"TimeToLive is active on a different AttributeName: current AttributeName is {attribute}"
    )
