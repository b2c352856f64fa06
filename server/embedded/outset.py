"""Everything of a running server that a test may have changed, remembered and put back.

The database remembers itself (`dynalite/snapshots.py`). What lies beside it is small: how the clock was set,
which faults were scripted, which triggers there were. Counters of consumed capacity are left alone, for who
looks at them wants to know what it cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dynalite.clock import Clock
from dynalite.operations.faults import Script
from dynalite.snapshots import Mark
from server.app import App
from server.triggers.collection import Triggers
from server.triggers.definition import Definition

_NO_MOVE_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Outset:
    """A server's state at some moment. `clock_seconds` is where a frozen clock stood, how far one that runs
    was ahead.
    """

    mark: Mark
    clock_frozen: bool
    clock_seconds: float
    faults: Mapping[str, Script]
    triggers: Mapping[str, Definition]


def taken(app: App) -> Outset:
    """The state as it is. Call it on the server's event loop."""
    database = app.database
    clock = database.clock
    return Outset(
        database.snapshots.mark(),
        clock.frozen,
        clock.now() if clock.frozen else clock.offset_seconds,
        dict(database.faults.scripts),
        {follower.name: follower.definition for follower in app.triggers.all()},
    )


async def returned_to(outset: Outset, app: App) -> None:
    """Make everything what it was, the latest outset first."""
    database = app.database
    database.faults.scripts.clear()
    database.faults.scripts.update(outset.faults)
    await _set_triggers(app.triggers, outset.triggers)
    _set_clock(database.clock, outset)
    async with app.triggers.paused():
        await database.snapshots.undo(outset.mark)


def _set_clock(clock: Clock, outset: Outset) -> None:
    clock.reset()
    if outset.clock_frozen:
        clock.freeze()
        clock.set(outset.clock_seconds)
    elif abs(outset.clock_seconds) > _NO_MOVE_SECONDS:
        clock.advance(outset.clock_seconds)


async def _set_triggers(triggers: Triggers, wanted: Mapping[str, Definition]) -> None:
    present = {follower.name: follower.definition for follower in triggers.all()}
    for name in present.keys() - wanted.keys():
        await triggers.remove(name)
    for name, definition in wanted.items():
        if present.get(name) is not definition:
            await triggers.add(name, definition)
