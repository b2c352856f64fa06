"""What an account has, and what is not there: quotas, endpoints, global tables of the first version, backups,
exports, imports and insights that were never made.
"""

from collections.abc import Iterator
from typing import Any

from tests.conformance.bases import ARN, BASES
from tests.conformance.cases import OMPVI, Case, Like, No, judge, table_of
from tests.conformance.schema import HASH_TABLE, NEW, TABLE
from tests.conformance.wire import Wire

NOT_GLOBAL = f"Global table with name: '{TABLE}' does not exist."
RETIRED = (
    f"{OMPVI}DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB global "
    "tables version 2019.11.21, instead of version 2017.11.29 (Legacy)."
)


def global_table(**members: Any) -> dict[str, Any]:
    return {"GlobalTableName": TABLE, **members}


ACCOUNT = (
    Case(
        "B15.20",
        "quotas",
        "DescribeLimits",
        {},
        {
            "AccountMaxReadCapacityUnits": 80000,
            "AccountMaxWriteCapacityUnits": 80000,
            "TableMaxReadCapacityUnits": 40000,
            "TableMaxWriteCapacityUnits": 40000,
        },
    ),
    Case(
        "B15.21",
        "endpoint",
        "DescribeEndpoints",
        {},
        {"Endpoints": [{"Address": "dynamodb.us-east-1.amazonaws.com", "CachePeriodInMinutes": 1440}]},
    ),
    Case(
        "B15.22",
        "insights of a table",
        "DescribeContributorInsights",
        {"TableName": HASH_TABLE},
        {"TableName": HASH_TABLE, "ContributorInsightsStatus": "DISABLED", "ContributorInsightsMode": None},
    ),
    Case("B15.30", "made", "CreateGlobalTable", BASES["CreateGlobalTable"], RETIRED),
    Case("B15.30", "extended", "UpdateGlobalTable", BASES["UpdateGlobalTable"], RETIRED),
    Case(
        "B15.30",
        "not changed",
        "UpdateGlobalTable",
        global_table(ReplicaUpdates=[]),
        "One or more parameter values were invalid",
    ),
    Case(
        "B15.31",
        "diminished",
        "UpdateGlobalTable",
        global_table(ReplicaUpdates=[{"Delete": {"RegionName": "eu-west-1"}}]),
        Like(("",), "GlobalTableNotFoundException"),
    ),
    Case(
        "B15.31",
        "described",
        "DescribeGlobalTable",
        global_table(),
        No("GlobalTableNotFoundException", f"Global table not found: {NOT_GLOBAL}"),
    ),
    *(
        Case("B15.31", "settings", operation, global_table(), No("GlobalTableNotFoundException", NOT_GLOBAL))
        for operation in ("DescribeGlobalTableSettings", "UpdateGlobalTableSettings")
    ),
    Case(
        "B15.32", "listed", "ListGlobalTables", {}, {"GlobalTables": [], "LastEvaluatedGlobalTableName": None}
    ),
)
MISSING = {
    "DescribeBackup": "Backup",
    "DeleteBackup": "Backup",
    "RestoreTableFromBackup": "Backup",
    "DescribeExport": "Export",
    "DescribeImport": "Import",
}
RECOVERY = (
    Case(
        "B13.10",
        "a table without recovery is not exported",
        "ExportTableToPointInTime",
        {"TableArn": ARN.replace(TABLE, HASH_TABLE), "S3Bucket": "conformance"},
        Like(("",), "PointInTimeRecoveryUnavailableException"),
    ),
    Case(
        "B13.10",
        "a table without recovery is not restored",
        "RestoreTableToPointInTime",
        {"SourceTableName": HASH_TABLE, "TargetTableName": NEW, "UseLatestRestorableTime": True},
        Like(("",), "PointInTimeRecoveryUnavailableException"),
    ),
    Case(
        "B13.11",
        "off",
        "DescribeContinuousBackups",
        {"TableName": HASH_TABLE},
        {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
            }
        },
    ),
)


def missing() -> Iterator[Case]:
    for operation, kind in MISSING.items():
        yield Case(
            "B13.03",
            kind,
            operation,
            BASES[operation],
            Like((f"{kind} not found: ",), f"{kind}NotFoundException"),
        )


@table_of(ACCOUNT, RECOVERY, missing())
def test_answered(wire: Wire, case: Case) -> None:
    judge(wire, case)
