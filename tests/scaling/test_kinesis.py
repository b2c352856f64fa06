"""Kinesis destinations of a database that servers share: one of them delivers, and then another goes on."""

from dynalite.settings import Settings
from tests.kinesis.world import Streams, World
from tests.orders import TABLE
from tests.storage.scenarios import on_loop


@on_loop
async def test_one_server_delivers_what_all_have_written_and_another_goes_on(empty_database: str) -> None:
    settings = Settings(engine=empty_database, kinesis_endpoint="http://nowhere")
    streams = Streams("changes")
    one, other = [await World(settings, streams).open() for _ in range(2)]
    try:
        await one.ask("CreateTable", **TABLE)
        await one.enable()
        for number in range(1, 6):
            await one.put("a", n=2 * number - 1)
            await other.put("a", n=2 * number)
        await one.until(lambda: len(streams.seen) >= 10)
        assert streams.of_item("a") == list(range(1, 11))
        await one.close()
        for number in range(11, 16):
            await other.put("a", n=number)
        await other.until(lambda: len(streams.seen) >= 15)
        assert streams.of_item("a") == list(range(1, 16))
    finally:
        await other.close()
