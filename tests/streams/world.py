"""A database with a clock that stands still, its table `Music`, and an application that reads its stream."""

from pathlib import Path
from typing import Any

import orjson

from dynalite.catalog.store import Catalog
from dynalite.clock import Clock
from dynalite.database import Caller, Database
from dynalite.errors import ServiceError
from dynalite.ids import Ids
from dynalite.settings import Settings
from dynalite.storage.engine import Engine
from dynalite.storage.leveldb import LevelDBEngine
from dynalite.storage.memory import MemoryEngine
from dynalite.values.types import Spliced

START = 1_800_000_000.0
SALT = bytes(range(16))
HOUR = 3600.0
BOTH = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
OFF = {"StreamEnabled": False}


def _spliced(value: object) -> Any:
    assert isinstance(value, Spliced)
    return orjson.loads(value.json)


def plain(answer: object) -> Any:
    """An answer as a client reads it."""
    return orjson.loads(orjson.dumps(answer, default=_spliced))


class World:
    """One opened database, in one region."""

    def __init__(self, database: Database, region: str = "eu-central-1") -> None:
        self.database = database
        self.region = region

    @property
    def clock(self) -> Clock:
        return self.database.clock

    async def call(self, operation: str, **request: Any) -> Any:
        return plain(await self.database.execute(operation, request, Caller(self.region)))

    async def refused(self, operation: str, **request: Any) -> ServiceError:
        try:
            await self.call(operation, **request)
        except ServiceError as error:
            return error
        raise AssertionError(f"{operation} was not refused")

    async def tick(self) -> None:
        await self.database.tick()

    async def create(self, stream: dict[str, Any] | None = BOTH, name: str = "Music", **members: Any) -> None:
        request: dict[str, Any] = {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        }
        if stream is not None:
            request["StreamSpecification"] = stream
        await self.call("CreateTable", **request | members)

    async def put(self, id_: str, **values: Any) -> None:
        item = {"id": {"S": id_}, **values}
        await self.call("PutItem", TableName="Music", Item=item)

    async def delete(self, id_: str) -> None:
        await self.call("DeleteItem", TableName="Music", Key={"id": {"S": id_}})

    async def get(self, id_: str) -> Any:
        return (await self.call("GetItem", TableName="Music", Key={"id": {"S": id_}})).get("Item")

    async def arn(self, name: str = "Music") -> str:
        """The ARN of the newest stream under a table's name."""
        found = (await self.call("ListStreams", TableName=name))["Streams"]
        return str(found[-1]["StreamArn"])

    async def describe(self, arn: str) -> Any:
        return (await self.call("DescribeStream", StreamArn=arn))["StreamDescription"]

    async def iterator(self, arn: str, shard: str, type_: str = "TRIM_HORIZON", **place: Any) -> str:
        answer = await self.call(
            "GetShardIterator", StreamArn=arn, ShardId=shard, ShardIteratorType=type_, **place
        )
        return str(answer["ShardIterator"])

    async def records(self, arn: str) -> list[Any]:
        """Everything that can be read, shard by shard."""
        found: list[Any] = []
        for shard in (await self.describe(arn))["Shards"]:
            place: str | None = await self.iterator(arn, shard["ShardId"])
            while place is not None:
                answer = await self.call("GetRecords", ShardIterator=place)
                found += answer["Records"]
                place = answer.get("NextShardIterator") if answer["Records"] else None
        return found


async def reopened(engine: Engine, clock: Clock | None = None, settings: Settings | None = None) -> World:
    """Open a database on an engine, perhaps one that was used before."""
    if clock is None:
        clock = Clock()
        clock.freeze()
        clock.set(START)
    settings = settings or Settings(stream_shards=2, ttl_delay_seconds=0)
    catalog = await Catalog.open(engine, clock, settings.account)
    return World(Database(engine, catalog, SALT, settings, clock, Ids(seed=1)))


async def a_world(settings: Settings | None = None) -> World:
    return await reopened(MemoryEngine(), settings=settings)


def on_disk(folder: Path) -> Engine:
    return LevelDBEngine.open(folder / "data", "fsync")


class Consumer:
    """Reads a stream as an application should: a lease on each shard, a parent to its end before its
    children, and a checkpoint after each page. `forget` is a crash: iterators are lost, checkpoints stay.
    """

    def __init__(self, world: World, arn: str, page: int = 3) -> None:
        self.world = world
        self.arn = arn
        self.page = page
        self.seen: list[Any] = []
        self._checkpoints: dict[str, str] = {}
        self._finished: set[str] = set()
        self._iterators: dict[str, str] = {}

    def forget(self, world: World) -> None:
        self.world = world
        self._iterators.clear()

    async def poll(self) -> None:
        """Read until every shard that may be read has nothing more."""
        busy = True
        while busy:
            busy = False
            shards = await self._shards()
            for shard in shards.values():
                parent = shard.get("ParentShardId")
                if shard["ShardId"] in self._finished or (parent in shards and parent not in self._finished):
                    continue
                busy |= await self._read(shard["ShardId"])

    async def _shards(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        request: dict[str, Any] = {"StreamArn": self.arn, "Limit": 3}
        while True:
            description = (await self.world.call("DescribeStream", **request))["StreamDescription"]
            found |= {shard["ShardId"]: shard for shard in description["Shards"]}
            if "LastEvaluatedShardId" not in description:
                return found
            request["ExclusiveStartShardId"] = description["LastEvaluatedShardId"]

    async def _read(self, shard: str) -> bool:
        place = self._iterators.get(shard)
        if place is None and shard in self._checkpoints:
            number = self._checkpoints[shard]
            place = await self.world.iterator(self.arn, shard, "AFTER_SEQUENCE_NUMBER", SequenceNumber=number)
        elif place is None:
            place = await self.world.iterator(self.arn, shard)
        answer = await self.world.call("GetRecords", ShardIterator=place, Limit=self.page)
        if answer["Records"]:
            self.seen += answer["Records"]
            self._checkpoints[shard] = answer["Records"][-1]["dynamodb"]["SequenceNumber"]
        if "NextShardIterator" in answer:
            self._iterators[shard] = answer["NextShardIterator"]
        else:
            self._finished.add(shard)
        return bool(answer["Records"]) or "NextShardIterator" not in answer
