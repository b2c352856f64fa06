"""How fast tables are restored, backed up, exported, imported and put in bulk, and in how much memory.

    python -m bench.recovery [--items N] [--folder FOLDER]

Items are of 1 KB, of text that does not compress well. Every figure is of one process, on LevelDB, with the
database alone and no server between. Memory is what the process has of its own (Linux only: RssAnon), before
a job and at most during it, looked at fifty times a second. A job whose memory is flat takes no more for ten
times the items.

What recovery costs a write is another question: `python -m bench.streams --reader recovery`.
"""

import argparse
import asyncio
import random
import shutil
import string
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from dynalite.database import Caller, Database
from dynalite.settings import Settings

CALLER = Caller()
BATCH = 25
BODY_BYTES = 980
SAMPLE_SECONDS = 0.02
STATUS = Path("/proc/self/status")
BUCKET = "bench"
TABLE: dict[str, Any] = {
    "TableName": "Source",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}
TEXT = "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=1 << 20))


def used_mib() -> float:
    """What the process has of its own. Files that LevelDB has mapped are the system's to keep or to drop."""
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) / 1024


class Memory:
    """What the process uses at most, while it is watched."""

    def __init__(self) -> None:
        self.before_mib = self.peak_mib = used_mib()
        self._over = threading.Event()
        self._watching = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self.peak_mib = max(self.peak_mib, used_mib())

    def __enter__(self) -> "Memory":
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watching.join()


async def measured(what: str, items: int, work: Callable[[], Awaitable[Any]]) -> Any:
    """Do it, and print how fast it was and what it took."""
    began = time.perf_counter()
    with Memory() as memory:
        result = await work()
    seconds = time.perf_counter() - began
    print(
        f"{what:12} {items / seconds:10,.0f} items/s {seconds:8.1f} s"
        f" {memory.before_mib:8.0f} MiB before {memory.peak_mib - memory.before_mib:8.0f} MiB more at most",
        flush=True,
    )
    return result


class Bench:
    """One database with a table of so many items."""

    def __init__(self, database: Database, items: int) -> None:
        self._database = database
        self._items = items
        self._exported = ""

    async def ask(self, operation: str, **request: Any) -> Any:
        return await self._database.execute(operation, request, CALLER)

    async def run(self) -> None:
        await self.ask("CreateTable", **TABLE)
        await self._database.until_idle()
        await self.ask(
            "UpdateContinuousBackups",
            TableName="Source",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        jobs = (self.put, self.restore, self.back_up, self.load, self.export, self.import_, self.put_in_bulk)
        for job in jobs:
            await measured(job.__name__.strip("_").replace("_", " "), self._items, job)

    async def put(self) -> None:
        for start in range(0, self._items, BATCH):
            puts = [
                {"PutRequest": {"Item": self._item(number)}}
                for number in range(start, min(start + BATCH, self._items))
            ]
            await self.ask("BatchWriteItem", RequestItems={"Source": puts})

    def _item(self, number: int) -> dict[str, Any]:
        start = number * 9973 % (len(TEXT) - BODY_BYTES)
        return {"id": {"S": f"{number:012d}"}, "body": {"S": TEXT[start : start + BODY_BYTES]}}

    async def restore(self) -> None:
        await self.ask(
            "RestoreTableToPointInTime",
            SourceTableName="Source",
            TargetTableName="Back",
            UseLatestRestorableTime=True,
        )
        await self._settled("Back")

    async def back_up(self) -> None:
        await self.ask("CreateBackup", TableName="Source", BackupName="bench")
        await self._database.until_idle()

    async def load(self) -> None:
        (backup,) = (await self.ask("ListBackups"))["BackupSummaries"]
        await self.ask("RestoreTableFromBackup", BackupArn=backup["BackupArn"], TargetTableName="Loaded")
        await self._settled("Loaded")

    async def export(self) -> None:
        table = (await self.ask("DescribeTable", TableName="Source"))["Table"]["TableArn"]
        started = await self.ask("ExportTableToPointInTime", TableArn=table, S3Bucket=BUCKET)
        await self._database.until_idle()
        arn = started["ExportDescription"]["ExportArn"]
        done = (await self.ask("DescribeExport", ExportArn=arn))["ExportDescription"]
        assert done["ItemCount"] == self._items
        self._exported = done["ExportManifest"].rpartition("/")[0] + "/data/"

    async def import_(self) -> None:
        await self.ask(
            "ImportTable",
            S3BucketSource={"S3Bucket": BUCKET, "S3KeyPrefix": self._exported},
            InputFormat="DYNAMODB_JSON",
            InputCompressionType="GZIP",
            TableCreationParameters=TABLE | {"TableName": "Into"},
        )
        await self._settled("Into")

    async def put_in_bulk(self) -> None:
        """Over the items that the import has just made: each is read and found to be the same."""
        await self.ask(
            "StartBulkPutItems",
            TableName="Into",
            InputS3Configuration={
                "S3Bucket": BUCKET,
                "S3KeyPrefix": self._exported,
                "InputFormat": "DYNAMODB_JSON",
                "InputCompressionType": "GZIP",
            },
            OutputS3Configuration={"S3Bucket": BUCKET, "OutputType": ["ERROR"]},
        )
        await self._settled("Into")

    async def _settled(self, table: str) -> None:
        """Wait until all is done, and the table is there with all of its items."""
        await self._database.until_idle()
        described = (await self.ask("DescribeTable", TableName=table))["Table"]
        assert (described["TableStatus"], described["ItemCount"]) == ("ACTIVE", self._items)


async def main(items: int, folder: Path) -> None:
    database = await Database.open(Settings(data_folder=folder, durability="os"))
    await Bench(database, items).run()
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.recovery")
    parser.add_argument("--items", type=int, default=40_000)
    parser.add_argument("--folder", type=Path, help="on which disk to measure")
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        asyncio.run(main(options.items, scratch / "data"))
    finally:
        shutil.rmtree(scratch)
