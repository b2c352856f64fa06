"""Point-in-time recovery, backups, exports and bulk puts: what is refused, and what a table says that has
none.

What takes time to happen is in `tests/recovery`. Nothing here makes a bucket or writes to one.
"""

from typing import Any

from tests.conformance.cases import Case, Like, No, judge, table_of
from tests.conformance.schema import NEW, NOWHERE, TABLE, attributes, keys, on
from tests.conformance.wire import Wire

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/"
ID = "01600000000000-0123abcd"
BACKUP = f"{ARN}{TABLE}/backup/{ID}"
EXPORT = f"{ARN}{TABLE}/export/{ID}"
BULK = f"{ARN}{TABLE}/bulk-operation/{ID}"
WANTED = "Value null at '{}' failed to satisfy constraint: Member must not be null"
ONE_OF = "Member must satisfy enum value set: "
INPUT = {"S3Bucket": "bucket", "InputFormat": "DYNAMODB_JSON"}
OUTPUT = {"S3Bucket": "bucket", "OutputType": ["ERROR"]}


def recovery(**specification: Any) -> dict[str, Any]:
    return on(TABLE) | {"PointInTimeRecoverySpecification": specification}


def bulk(**members: Any) -> dict[str, Any]:
    request = {"InputS3Configuration": INPUT, "OutputS3Configuration": OUTPUT}
    return on(TABLE) | request | members


OFF = {
    "ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }
}
NO_TABLE = No("TableNotFoundException", f"Table not found: {NOWHERE}")

ROWS: tuple[tuple[str, str, str, dict[str, Any], Any], ...] = (
    ("B13.11", "off", "DescribeContinuousBackups", on(TABLE), OFF),
    ("B13.01", "describe", "DescribeContinuousBackups", on(NOWHERE), NO_TABLE),
    ("B13.01", "create", "CreateBackup", on(NOWHERE) | {"BackupName": "backup"}, NO_TABLE),
    (
        "B13.04",
        "period too long",
        "UpdateContinuousBackups",
        recovery(PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=36),
        Like(("", "Member must have value less than or equal to 35")),
    ),
    (
        "B13.04",
        "period too short",
        "UpdateContinuousBackups",
        recovery(PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=0),
        Like(("", "Member must have value greater than or equal to 1")),
    ),
    ("B13.03", "describe", "DescribeBackup", {"BackupArn": BACKUP}, Like(("",), "BackupNotFoundException")),
    ("B13.03", "delete", "DeleteBackup", {"BackupArn": BACKUP}, Like(("",), "BackupNotFoundException")),
    (
        "B13.10",
        "latest",
        "RestoreTableToPointInTime",
        {
            "SourceTableName": TABLE,
            "TargetTableName": "conformance-restored",
            "UseLatestRestorableTime": True,
        },
        Like(("",), "PointInTimeRecoveryUnavailableException"),
    ),
    (
        "B13.10",
        "export",
        "ExportTableToPointInTime",
        {"TableArn": ARN + TABLE, "S3Bucket": "bucket"},
        Like(("",), "PointInTimeRecoveryUnavailableException"),
    ),
    ("B13.03", "export", "DescribeExport", {"ExportArn": EXPORT}, Like(("",), "ExportNotFoundException")),
    (
        "B14.01",
        "describe",
        "DescribeBulkOperation",
        {"BulkOperationArn": BULK},
        Like(("",), "ResourceNotFoundException"),
    ),
    (
        "B14.01",
        "cancel",
        "CancelBulkOperation",
        {"BulkOperationArn": BULK},
        Like(("",), "ResourceNotFoundException"),
    ),
    (
        "B14.02",
        "no table",
        "StartBulkPutItems",
        bulk(TableName=NOWHERE),
        Like(("",), "ResourceNotFoundException"),
    ),
    (
        "B14.03",
        "no input",
        "StartBulkPutItems",
        bulk(InputS3Configuration=None),
        Like(("", WANTED.format("inputS3Configuration"))),
    ),
    (
        "B14.03",
        "CSV",
        "StartBulkPutItems",
        bulk(InputS3Configuration=INPUT | {"InputFormat": "CSV"}),
        Like(("", ONE_OF + "[DYNAMODB_JSON, ION]")),
    ),
    (
        "B14.03",
        "slow",
        "StartBulkPutItems",
        bulk(MaxWriteRequestUnits=1023),
        Like(("", "Member must have value greater than or equal to 1024")),
    ),
    (
        "B14.03",
        "a page too long",
        "ListBulkOperations",
        {"MaxResults": 26},
        Like(("", "Member must have value less than or equal to 25")),
    ),
)


@table_of([Case(*row) for row in ROWS])
def test_what_is_refused(wire: Wire, case: Case) -> None:
    judge(wire, case)


def test_recovery_that_is_on_says_how_far_back_it_reaches(new: Wire) -> None:
    """B13.12"""
    new.create(
        {
            "TableName": NEW,
            "KeySchema": keys("pk"),
            "AttributeDefinitions": attributes(pk="S"),
            "BillingMode": "PAY_PER_REQUEST",
        }
    )
    enabled = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    new("UpdateContinuousBackups", on(NEW, **enabled))
    described = new("DescribeContinuousBackups", on(NEW))["ContinuousBackupsDescription"]
    assert described["ContinuousBackupsStatus"] == "ENABLED"
    recovered = described["PointInTimeRecoveryDescription"]
    first, last = recovered.pop("EarliestRestorableDateTime"), recovered.pop("LatestRestorableDateTime")
    assert first <= last
    assert recovered == {"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 35}
