"""A server process is killed in the middle of each job, started again on the same folder, and asked what
became of it: the job has gone on and ended, and nothing is lost, counted twice or written twice.

Each job is killed once. `DYNALITE_JOB_KILLS` in the environment says how often, for longer runs.
"""

import gzip
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.live import LiveServer, start_server
from tests.oracle.client import Client

KILLS = int(os.environ.get("DYNALITE_JOB_KILLS", "1"))
ITEMS = 3000
BAD = 7
IN, OUT = "incoming", "outgoing"
TABLE = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "shelf", "AttributeType": "S"},
    ],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-shelf",
            "KeySchema": [
                {"AttributeName": "shelf", "KeyType": "HASH"},
                {"AttributeName": "id", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}

Contents = dict[str, dict[str, Any]]
Share = Callable[["Site"], float]
"""How much of a job is done: 1.0 is all of it."""


def made(number: int, version: int) -> dict[str, Any]:
    return {
        "id": {"S": f"item-{number:05d}"},
        "shelf": {"S": f"shelf-{(number + version) % 7}"},
        "version": {"N": str(version)},
        "padding": {"S": "x" * (number % 300)},
    }


def by_id(items: Iterator[dict[str, Any]]) -> Contents:
    return {one["id"]["S"]: one for one in items}


class Site:
    """A data folder and the server on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jobs = self.interrupted = 0
        self._random = random.Random(6)
        self._start()

    def _start(self) -> None:
        self._server: LiveServer = start_server("--data", str(self.folder), "--durability", "os")
        self._client = Client(self._server.endpoint)

    def __call__(self, operation: str, **request: Any) -> Any:
        return self._client(operation, request)

    def kill(self) -> None:
        self._client.close()
        self._server.kill()
        self._start()

    def stop(self) -> None:
        self._client.close()
        self._server.stop()

    def finish(self, share: Share, at: tuple[float, float] = (0.01, 0.5)) -> None:
        """Wait for a job, and kill the server whenever a share of it, drawn from a span, has been done.

        On a busy machine a job may be over before this process looks again. Then it was not interrupted.
        """
        kills = 0
        for threshold in sorted(self._random.uniform(*at) for _ in range(KILLS)):
            done = share(self)
            while done < threshold:
                done = share(self)
            if done == 1.0:
                break
            self.kill()
            kills += 1
        while share(self) < 1.0:
            pass
        self.jobs += 1
        self.interrupted += kills > 0

    # -------------------------------------------------------------- what is there

    def put(self, key: str, lines: list[bytes]) -> None:
        path = self.folder / "buckets" / IN / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\n".join(lines))

    def contents(self, table: str, index: str | None = None) -> Contents:
        found: Contents = {}
        request: dict[str, Any] = {"TableName": table} | ({} if index is None else {"IndexName": index})
        while True:
            page = self("Scan", **request)
            for one in page["Items"]:
                assert one["id"]["S"] not in found, "an item is there twice"
                found[one["id"]["S"]] = one
            if "LastEvaluatedKey" not in page:
                return found
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def check(self, table: str, expected: Contents) -> None:
        """The table has these items and no others, its index too, and its figures say so."""
        assert self.contents(table) == expected
        assert {id_: one["shelf"] for id_, one in self.contents(table, "by-shelf").items()} == {
            id_: one["shelf"] for id_, one in expected.items()
        }
        described = self("DescribeTable", TableName=table)["Table"]
        assert described["ItemCount"] == len(expected)
        assert described["GlobalSecondaryIndexes"][0]["ItemCount"] == len(expected)

    def filled(self, table: str) -> float:
        """How much of a table that is being made is there, as far as its item count tells."""
        described = self("DescribeTable", TableName=table)["Table"]
        return 1.0 if described["TableStatus"] == "ACTIVE" else min(0.99, described["ItemCount"] / ITEMS)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With a table `Source`, which an import that was killed has made, and which can be restored."""
    site = Site(tmp_path_factory.mktemp("data"))
    lines = [orjson.dumps({"Item": made(number, 1)}) for number in range(ITEMS)]
    site.put("first/a", [*lines[: ITEMS // 3], *[b"bad"] * BAD])
    site.put("first/b", lines[ITEMS // 3 :])
    arn = site(
        "ImportTable",
        S3BucketSource={"S3Bucket": IN, "S3KeyPrefix": "first/"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters=TABLE | {"TableName": "Source"},
    )["ImportTableDescription"]["ImportArn"]

    def share(site: Site) -> float:
        described = site("DescribeImport", ImportArn=arn)["ImportTableDescription"]
        return float(
            described["ImportStatus"] != "IN_PROGRESS"
            or min(0.99, described["ProcessedItemCount"] / (ITEMS + BAD))
        )

    site.finish(share)
    described = site("DescribeImport", ImportArn=arn)["ImportTableDescription"]
    figures = [described[name] for name in ("ProcessedItemCount", "ImportedItemCount", "ErrorCount")]
    assert figures == [ITEMS + BAD, ITEMS, BAD]
    logged = [
        orjson.loads(line)["itemS3Pointer"]["itemIndex"]
        for file in sorted((site.folder / "logs").glob("*/error-*.json"))
        for line in file.read_bytes().splitlines()
    ]
    assert logged == list(range(ITEMS // 3, ITEMS // 3 + BAD))
    site(
        "UpdateContinuousBackups",
        TableName="Source",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    for number in range(200):
        site("PutItem", TableName="Source", Item=made(number, 2))
    yield site
    site.stop()


@pytest.fixture(scope="module")
def source(site: Site) -> Contents:
    """What `Source` holds: the last writes of it were after its recovery began."""
    return by_id(made(number, 2 if number < 200 else 1) for number in range(ITEMS))


def test_an_import(site: Site, source: Contents) -> None:
    site.check("Source", source)


def test_a_restore(site: Site, source: Contents) -> None:
    site(
        "RestoreTableToPointInTime",
        SourceTableName="Source",
        TargetTableName="Restored",
        UseLatestRestorableTime=True,
    )
    site.finish(lambda site: site.filled("Restored"))
    site.check("Restored", source)


def test_a_backup_and_what_is_made_of_it(site: Site, source: Contents) -> None:
    details = site("CreateBackup", TableName="Source", BackupName="kept")["BackupDetails"]
    arn = details["BackupArn"]

    def share(site: Site) -> float:
        described = site("DescribeBackup", BackupArn=arn)["BackupDescription"]["BackupDetails"]
        return float(described["BackupStatus"] == "AVAILABLE")

    site.finish(share, at=(0.0, 0.0))
    described = site("DescribeBackup", BackupArn=arn)["BackupDescription"]["SourceTableDetails"]
    assert described["ItemCount"] == ITEMS
    site("RestoreTableFromBackup", BackupArn=arn, TargetTableName="Loaded")
    site.finish(lambda site: site.filled("Loaded"))
    site.check("Loaded", source)


def test_an_export(site: Site, source: Contents) -> None:
    table = site("DescribeTable", TableName="Source")["Table"]["TableArn"]
    request = {"TableArn": table, "S3Bucket": OUT}
    arn = site("ExportTableToPointInTime", **request)["ExportDescription"]["ExportArn"]

    def share(site: Site) -> float:
        described = site("DescribeExport", ExportArn=arn)["ExportDescription"]
        started = (site.folder / "buckets" / OUT).exists()
        return 1.0 if described["ExportStatus"] == "COMPLETED" else 0.5 if started else 0.0

    site.finish(share, at=(0.0, 0.5))
    described = site("DescribeExport", ExportArn=arn)["ExportDescription"]
    assert described["ItemCount"] == ITEMS
    bucket = site.folder / "buckets" / OUT
    summary = orjson.loads((bucket / described["ExportManifest"]).read_bytes())
    files = (bucket / summary["manifestFilesS3Key"]).read_bytes().splitlines()
    lines = [
        line
        for file in files
        for line in gzip.decompress((bucket / orjson.loads(file)["dataFileS3Key"]).read_bytes()).splitlines()
    ]
    assert len(lines) == ITEMS
    assert by_id(orjson.loads(line)["Item"] for line in lines) == source


def test_a_bulk_put(site: Site, source: Contents) -> None:
    """Half of its lines only put what is not there: of those each is put once, or reported once."""
    once = {"ConditionExpression": "attribute_not_exists(id)"}
    fresh = [orjson.dumps({"Item": made(ITEMS + number, 3)} | once) for number in range(ITEMS // 2)]
    known = [orjson.dumps({"Item": made(number, 3)} | once) for number in range(ITEMS // 2)]
    site.put("second/a", [*fresh, *[b"bad"] * BAD, *known])
    arn = site(
        "StartBulkPutItems",
        TableName="Source",
        InputS3Configuration={"S3Bucket": IN, "S3KeyPrefix": "second/", "InputFormat": "DYNAMODB_JSON"},
        OutputS3Configuration={"S3Bucket": OUT, "OutputType": ["ERROR", "CONDITION_CHECK_FAILURE"]},
    )["BulkOperationDescription"]["BulkOperationArn"]

    def described(site: Site) -> Any:
        return site("DescribeBulkOperation", BulkOperationArn=arn)["BulkOperationDescription"]

    def share(site: Site) -> float:
        found = described(site)
        ended = found["BulkOperationStatus"] != "IN_PROGRESS"
        return 1.0 if ended else min(0.99, found["ProcessedItemCount"] / ITEMS)

    site.finish(share)
    done = described(site)
    assert done["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS"
    assert (done["ProcessedItemCount"], done["FailedItemCount"]) == (ITEMS + BAD, BAD)
    added = by_id(made(ITEMS + number, 3) for number in range(ITEMS // 2))
    site.check("Source", source | added)
    folder = site.folder / "buckets" / OUT / "AWSDynamoDB" / arn.rpartition("/")[2] / "reports"
    lines = [line for file in sorted(folder.iterdir()) for line in file.read_bytes().splitlines()]
    indexes = [orjson.loads(line)["itemS3Pointer"]["itemIndex"] for line in lines]
    assert indexes == list(range(ITEMS // 2, ITEMS + BAD))


def test_most_of_them_were_interrupted(site: Site) -> None:
    assert site.jobs < 4 or site.interrupted / site.jobs >= 0.5
