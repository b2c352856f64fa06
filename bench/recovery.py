"""How fast tables are restored, exported and imported, in how much memory, and what recovery costs a write.

    python -m bench.recovery [--items N] [--folder FOLDER]

Items are of 1 KB. Every figure is of one process, on LevelDB, with the database alone and no server between.
"""

import argparse
import asyncio
import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from dynalite.database import Caller, Database
from dynalite.settings import Settings

CALLER = Caller()
BATCH = 25
TABLE: dict[str, Any] = {
    "TableName": "Source",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


async def main(items: int, folder: Path) -> None:
    database = await Database.open(Settings(data_folder=folder, durability="os"))
    await database.execute("CreateTable", dict(TABLE), CALLER)
    await database.tick()
    await _fill(database, items)
    plain = await _fill(database, items)
    await database.execute(
        "UpdateContinuousBackups",
        {"TableName": "Source", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
        CALLER,
    )
    logged = await _fill(database, items)
    print(f"a write costs {logged / plain:.2f} times as much with recovery on")
    await _restore(database, items)
    export = await _export(database, items)
    await _import(database, items, export["ExportManifest"].rpartition("/")[0] + "/data/")
    await database.close()


async def _fill(database: Database, items: int) -> float:
    """Put all items, and return how long that took in seconds."""
    began = time.perf_counter()
    for start in range(0, items, BATCH):
        puts = [
            {
                "PutRequest": {
                    "Item": {"id": {"S": f"{number:012d}"}, "body": {"S": f"{began:.9f}".ljust(1000)}}
                }
            }
            for number in range(start, min(start + BATCH, items))
        ]
        await database.execute("BatchWriteItem", {"RequestItems": {"Source": puts}}, CALLER)
    return _said("put", items, began)


async def _restore(database: Database, items: int) -> None:
    began = time.perf_counter()
    request = {"SourceTableName": "Source", "TargetTableName": "Back", "UseLatestRestorableTime": True}
    await database.execute("RestoreTableToPointInTime", request, CALLER)
    await database.until_idle()
    _said("restored", items, began)


async def _export(database: Database, items: int) -> Any:
    began = time.perf_counter()
    table: Any = await database.execute("DescribeTable", {"TableName": "Source"}, CALLER)
    request = {"TableArn": table["Table"]["TableArn"], "S3Bucket": "bench"}
    started: Any = await database.execute("ExportTableToPointInTime", request, CALLER)
    arn = started["ExportDescription"]["ExportArn"]
    await database.until_idle()
    done: Any = await database.execute("DescribeExport", {"ExportArn": arn}, CALLER)
    _said("exported", items, began)
    return done["ExportDescription"]


async def _import(database: Database, items: int, prefix: str) -> None:
    began = time.perf_counter()
    request = {
        "S3BucketSource": {"S3Bucket": "bench", "S3KeyPrefix": prefix},
        "InputFormat": "DYNAMODB_JSON",
        "InputCompressionType": "GZIP",
        "TableCreationParameters": TABLE | {"TableName": "Into"},
    }
    started: Any = await database.execute("ImportTable", request, CALLER)
    arn = started["ImportTableDescription"]["ImportArn"]
    await database.until_idle()
    done: Any = await database.execute("DescribeImport", {"ImportArn": arn}, CALLER)
    assert done["ImportTableDescription"]["ImportedItemCount"] == items
    _said("imported", items, began)


def _said(what: str, items: int, began: float) -> float:
    seconds = time.perf_counter() - began
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{what}: {items / seconds:,.0f} items/s, {seconds:.1f} s, peak memory {peak_mib:.0f} MiB", flush=True
    )
    return seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp())
    try:
        asyncio.run(main(arguments.items, folder / "data"))
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder)
