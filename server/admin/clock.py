"""The endpoints that read and move the server's clock.

Everything follows it: time to live, the trimming of streams, iterators, idempotency tokens, transitions.
What becomes due by a move is done right away in the background; `POST /_admin/sweep` waits for it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dynalite.clock import Clock
from server import moments
from server.admin.endpoint import Admin, Endpoint, Parameter, Parameters, Refusal, moment, number, yes

LAST_SECOND: Final = 253_402_300_799.0
"""The end of the year 9999, and of what dates can say."""


_MOVES: Mapping[str, Callable[[Clock, Any], None]] = {
    "reset": lambda clock, _: clock.reset(),
    "freeze": lambda clock, _: clock.freeze(),
    "set": lambda clock, moment: clock.set(moment),
    "advance": lambda clock, seconds: clock.advance(seconds),
    "resume": lambda clock, _: clock.resume(),
}
"""In the order in which one request makes them."""


def described(clock: Clock) -> dict[str, object]:
    now = clock.now()
    return {
        "now": now,
        "time": moments.shown(now),
        "frozen": clock.frozen,
        "offset_seconds": 0.0 if abs(clock.offset_seconds) < 0.001 else clock.offset_seconds,
    }


async def show(admin: Admin, parameters: Parameters) -> object:
    return described(admin.database.clock)


async def move(admin: Admin, parameters: Parameters) -> object:
    database = admin.database
    clock = database.clock
    start = parameters.get("set", 0.0 if "reset" in parameters else clock.now())
    if not 0 <= start + parameters.get("advance", 0.0) <= LAST_SECOND:
        raise Refusal(400, "The clock goes from 1970 to the year 9999.")
    for name, make in _MOVES.items():
        if name in parameters:
            make(clock, parameters[name])
    database.catalog.work.set()
    database.changes.announce()
    return described(clock)


ENDPOINTS: Final = (
    Endpoint("GET", "/_admin/clock", "What time it is on the server.", show),
    Endpoint(
        "POST",
        "/_admin/clock",
        "Move the server's clock; everything that depends on time follows. Several moves may be asked for"
        " together and are made in this order.",
        move,
        (
            Parameter("reset", yes, "be the system's clock again"),
            Parameter("freeze", yes, "stand still"),
            Parameter("set", moment, "jump to a moment: seconds since 1970, or `2030-01-31T12:00:00Z`"),
            Parameter("advance", number, "jump forward by so many seconds (negative: back)"),
            Parameter("resume", yes, "run again, from where the clock stands"),
        ),
    ),
)
