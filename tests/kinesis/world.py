"""A table, a Kinesis server that remembers what it was given, and feeders in between, on a frozen clock."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from dynalite.database import Database
from dynalite.settings import Settings
from dynalite.streams.kinesis import Outgoing
from server.kinesis.collection import Feeders
from server.kinesis.endpoint import Summary, Unavailable
from tests.orders import PATIENCE_SECONDS, TABLE, Orders, in_a, named

ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/"
CHANGES = f"{ARN}changes"


class Streams:
    """A Kinesis server with streams of one region, that can be away or refuse single records."""

    def __init__(self, *names: str) -> None:
        self.statuses = dict.fromkeys(names, "ACTIVE")
        self.batches: list[list[Outgoing]] = []
        """Every batch that was answered, with what was taken of it."""
        self.away = False
        self.asked = 0
        self.refuses: Callable[[Outgoing], bool] = lambda record: False

    async def summary(self, region: str, stream: str) -> Summary | None:
        self._answer()
        if stream not in self.statuses:
            return None
        return Summary(f"arn:aws:kinesis:{region}:000000000000:stream/{stream}", self.statuses[stream])

    async def put(self, region: str, stream: str, records: Sequence[Outgoing]) -> list[str | None]:
        self._answer()
        if stream not in self.statuses:
            raise Unavailable("ResourceNotFoundException")
        refused = [self.refuses(record) for record in records]
        self.batches.append([record for record, no in zip(records, refused, strict=True) if not no])
        return ["ProvisionedThroughputExceededException" if no else None for no in refused]

    async def close(self) -> None: ...

    def _answer(self) -> None:
        self.asked += 1
        if self.away:
            raise Unavailable("nobody answers")

    @property
    def records(self) -> list[dict[str, Any]]:
        return [orjson.loads(record.data) for batch in self.batches for record in batch]

    @property
    def seen(self) -> list[str]:
        """`id` of every item delivered, with its value `n` where it has one, in order of delivery."""
        return [named(record["dynamodb"]) for record in self.records]

    def of_item(self, name: str) -> list[int]:
        """The values `n` of an item, in order of delivery."""
        changes = (record["dynamodb"] for record in self.records)
        return [int(one["NewImage"]["n"]["N"]) for one in changes if one["Keys"]["id"]["S"] == name]


class World(Orders):
    """Background work runs when `advance` is called; feeders run whenever the test waits."""

    def __init__(self, settings: Settings | None = None, streams: Streams | None = None) -> None:
        super().__init__(settings or Settings(kinesis_endpoint="http://nowhere"))
        self.streams = streams or Streams("changes", "others")

    async def open(self) -> "World":
        self.database = await Database.open(self.settings, self.clock)
        self.feeders = Feeders(self.database, self.streams)
        self.database.snapshots.rewound.append(self.feeders.restart)
        self.feeders.start()
        return self

    async def close(self) -> None:
        await self.feeders.close()
        await self.database.close()

    async def make_table(self) -> None:
        await self.ask("CreateTable", **TABLE)

    async def enable(self, arn: str = CHANGES, **members: Any) -> None:
        """Enable a destination and wait until it is ACTIVE."""
        await self.ask("EnableKinesisStreamingDestination", TableName="Orders", StreamArn=arn, **members)
        await self.until_status("ACTIVE", arn)

    async def disable(self, arn: str = CHANGES) -> None:
        await self.ask("DisableKinesisStreamingDestination", TableName="Orders", StreamArn=arn)

    async def set_stream(self, enabled: bool) -> None:
        view = {"StreamViewType": "KEYS_ONLY"} if enabled else {}
        specification = {"StreamEnabled": enabled, **view}
        await self.ask("UpdateTable", TableName="Orders", StreamSpecification=specification)
        await self.database.until_idle()

    async def described(self) -> list[dict[str, Any]]:
        answer = await self.ask("DescribeKinesisStreamingDestination", TableName="Orders")
        found: list[dict[str, Any]] = answer["KinesisDataStreamDestinations"]
        return found

    async def statuses(self) -> dict[str, str]:
        return {
            one["StreamArn"].rpartition("/")[2]: one["DestinationStatus"] for one in await self.described()
        }

    async def until_status(self, status: str, arn: str = CHANGES) -> None:
        name = arn.rpartition("/")[2]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await self.statuses()).get(name) != status:
                await self.database.until_idle()
                await asyncio.sleep(0.001)

    async def caught_up(self) -> None:
        """Wait until everything written so far has been delivered."""
        await self.database.until_idle()
        assert await self.feeders.drain(PATIENCE_SECONDS)

    async def asked_again(self) -> None:
        """Wait until the Kinesis server has been asked once more."""
        asked = self.streams.asked
        await self.until(lambda: self.streams.asked > asked)


in_world = in_a(World)


def twice(values: Sequence[Any]) -> list[Any]:
    """What is among the values more than once."""
    return [value for value, times in Counter(values).items() if times > 1]
