"""Requests for backups, continuous backups, and restoring from either."""

from dynalite.model.fragments import (
    BACKUP_NAME,
    BILLING_MODE,
    FLAG,
    LONG_ARN,
    NAME,
    SSE_SPECIFICATION,
    TABLE,
    TIMESTAMP,
)
from dynalite.model.indexes import (
    GLOBAL_INDEXES,
    LOCAL_INDEXES,
    ON_DEMAND_THROUGHPUT,
    PROVISIONED_THROUGHPUT,
    VECTOR_INDEXES,
)
from dynalite.model.shape import Integer, Members, enum, required, structure

_OVERRIDES: Members = {
    "BillingModeOverride": BILLING_MODE,
    "GlobalSecondaryIndexOverride": GLOBAL_INDEXES,
    "LocalSecondaryIndexOverride": LOCAL_INDEXES,
    "ProvisionedThroughputOverride": PROVISIONED_THROUGHPUT,
    "OnDemandThroughputOverride": ON_DEMAND_THROUGHPUT,
    "SSESpecificationOverride": SSE_SPECIFICATION,
    "VectorIndexOverride": VECTOR_INDEXES,
}

REQUESTS = (
    structure("CreateBackup", TableName=required(TABLE), BackupName=required(BACKUP_NAME)),
    structure("DescribeBackup", BackupArn=required(LONG_ARN)),
    structure("DeleteBackup", BackupArn=required(LONG_ARN)),
    structure(
        "ListBackups",
        TableName=TABLE,
        Limit=Integer(min=1, max=100),
        TimeRangeLowerBound=TIMESTAMP,
        TimeRangeUpperBound=TIMESTAMP,
        ExclusiveStartBackupArn=LONG_ARN,
        BackupType=enum("USER", "SYSTEM", "AWS_BACKUP", "ALL"),
    ),
    structure("DescribeContinuousBackups", TableName=required(TABLE)),
    structure(
        "UpdateContinuousBackups",
        TableName=required(TABLE),
        PointInTimeRecoverySpecification=required(
            structure(
                "PointInTimeRecoverySpecification",
                PointInTimeRecoveryEnabled=required(FLAG),
                RecoveryPeriodInDays=Integer(min=1, max=35),
            )
        ),
    ),
    structure(
        "RestoreTableFromBackup",
        TargetTableName=required(NAME),
        BackupArn=required(LONG_ARN),
        **_OVERRIDES,
    ),
    structure(
        "RestoreTableToPointInTime",
        SourceTableArn=TABLE,
        SourceTableName=NAME,
        TargetTableName=required(NAME),
        UseLatestRestorableTime=FLAG,
        RestoreDateTime=TIMESTAMP,
        **_OVERRIDES,
    ),
)
