"""Makes the data folder of the present format that every later version must open.

    python -m tests.reliability.formats.make tests/reliability/formats/1

It is done once for each released format, by the version that releases it, and never again: a folder that a
later version made proves nothing. `expected.json` beside the data says what is in it.
"""

import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from dynalite.settings import Settings
from tests.checking.house import furnish, opened
from tests.streams.world import World

INDEXES = ("by-label", "by-genre")
DELETED = {"artist": {"S": "artist 3"}, "title": {"S": "title 13"}}


async def contents(world: World) -> dict[str, Any]:
    """What a client can see of the database."""
    found: dict[str, Any] = {"items": (await world.call("Scan", TableName="Music"))["Items"]}
    for index in INDEXES:
        found[index] = (await world.call("Scan", TableName="Music", IndexName=index))["Items"]
    described = (await world.call("DescribeTable", TableName="Music"))["Table"]
    found["figures"] = [described["ItemCount"], described["TableSizeBytes"]]
    found["TTL"] = (await world.call("DescribeTimeToLive", TableName="Music"))["TimeToLiveDescription"]
    found["changes"] = await _changes(world)
    found["backups"] = [b["BackupName"] for b in (await world.call("ListBackups"))["BackupSummaries"]]
    return found


async def _changes(world: World) -> list[Any]:
    """Every record of the table's stream, by sequence number."""
    [stream] = (await world.call("ListStreams", TableName="Music"))["Streams"]
    arn = {"StreamArn": stream["StreamArn"]}
    records = []
    for shard in (await world.call("DescribeStream", **arn))["StreamDescription"]["Shards"]:
        where = {"ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = (await world.call("GetShardIterator", **arn, **where))["ShardIterator"]
        records += (await world.call("GetRecords", ShardIterator=iterator))["Records"]
    changes = [record["dynamodb"] for record in records]
    return sorted(changes, key=lambda change: str(change["SequenceNumber"]))


async def _make(folder: Path) -> None:
    world = await opened(Settings(folder / "data", stream_shards=2))
    await furnish(world)
    # The rest is in LevelDB's log only, as a killed server leaves it; what is above, in a table file too.
    await world.database.close()
    world = await opened(Settings(folder / "data", stream_shards=2))
    world.clock.advance(30 * 3600)
    await world.call("DeleteItem", TableName="Music", Key=DELETED)
    expected = await contents(world)
    shutil.copytree(folder / "data", folder / "killed")
    await world.database.close()
    shutil.rmtree(folder / "data")
    (folder / "killed").rename(folder / "data")
    (folder / "data" / "LOCK").unlink()
    for name in ("LOCK", "LOG", "LOG.old"):
        (folder / "data" / "rows" / name).unlink(missing_ok=True)
    (folder / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.mkdir(parents=True)
    asyncio.run(_make(place))
