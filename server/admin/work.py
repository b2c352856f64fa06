"""The endpoints that make the server do now what it would do later: background work, shards, deliveries."""

from typing import Final

from dynalite.sharing import OthersWork
from server.admin.endpoint import Admin, Endpoint, Parameter, Parameters, Refusal, number, text

_DRAIN_SECONDS: Final = 10.0


async def sweep(admin: Admin, parameters: Parameters) -> object:
    try:
        await admin.database.until_idle()
    except OthersWork:
        raise Refusal(409, "Another server of this database does the background work now.") from None
    return {}


async def roll(admin: Admin, parameters: Parameters) -> object:
    await admin.database.roll_shards(parameters.get("region", "us-east-1"), parameters["table"])
    return {}


async def drain(admin: Admin, parameters: Parameters) -> object:
    seconds = parameters.get("at_most_seconds", _DRAIN_SECONDS)
    feeders, clock = admin.feeders, admin.database.clock
    began = clock.elapsed()
    drained = await admin.triggers.drain(seconds)
    if feeders is not None:
        drained &= await feeders.drain(max(0.0, seconds - (clock.elapsed() - began)))
    if not drained:
        raise Refusal(504, f"Not everything was delivered within {seconds:g} seconds.")
    return {}


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/_admin/sweep",
        "Do all background work that is due, and answer when it is done: delete expired items, trim streams,"
        " fill indexes, finish transitions.",
        sweep,
    ),
    Endpoint(
        "POST",
        "/_admin/streams/roll",
        "Close the open shards of a table's stream, and continue each in a child.",
        roll,
        (
            Parameter("table", text, "the table's name", required=True),
            Parameter("region", text, "its region; `us-east-1` if left out"),
        ),
    ),
    Endpoint(
        "POST",
        "/_admin/drain",
        "Answer when everything that was written before has been delivered, by the triggers and to Kinesis"
        " streams.",
        drain,
        (Parameter("at_most_seconds", number, "how long to wait, in real time; 10 if left out"),),
    ),
)
