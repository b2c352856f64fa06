"""A request in order for every operation that is judged, to be broken one member at a time; and the SDK's
own model of the members.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.loaders import Loader

from tests.conformance.schema import KEY, NEW, TABLE, attributes, keys

ARN = f"arn:aws:dynamodb:us-east-1:000000000000:table/{TABLE}"
JOB = "01489602797149-73d8d5bc"
"""The last part of the ARN of a backup, an export or an import that there never was."""
KINESIS = "arn:aws:kinesis:us-east-1:000000000000:stream/conformance"
STATEMENT = f"SELECT * FROM \"{TABLE}\" WHERE pk = 'never written' AND sk = 1"

BASES: Mapping[str, dict[str, Any]] = {
    "GetItem": {"TableName": TABLE, "Key": KEY},
    "PutItem": {"TableName": TABLE, "Item": KEY},
    "UpdateItem": {"TableName": TABLE, "Key": KEY},
    "DeleteItem": {"TableName": TABLE, "Key": KEY},
    "Query": {
        "TableName": TABLE,
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "a"}},
    },
    "Scan": {"TableName": TABLE},
    "BatchGetItem": {"RequestItems": {TABLE: {"Keys": [KEY]}}},
    "BatchWriteItem": {"RequestItems": {TABLE: [{"DeleteRequest": {"Key": KEY}}]}},
    "TransactGetItems": {"TransactItems": [{"Get": {"TableName": TABLE, "Key": KEY}}]},
    "TransactWriteItems": {"TransactItems": [{"Delete": {"TableName": TABLE, "Key": KEY}}]},
    "ExecuteStatement": {"Statement": STATEMENT},
    "BatchExecuteStatement": {"Statements": [{"Statement": STATEMENT}]},
    "ExecuteTransaction": {"TransactStatements": [{"Statement": STATEMENT}]},
    "CreateTable": {
        "TableName": NEW,
        "KeySchema": keys("pk"),
        "AttributeDefinitions": attributes(pk="S"),
        "BillingMode": "PAY_PER_REQUEST",
    },
    "UpdateTable": {"TableName": TABLE, "DeletionProtectionEnabled": False},
    "DeleteTable": {"TableName": "conformance-nowhere"},
    "DescribeTable": {"TableName": TABLE},
    "ListTables": {},
    "TagResource": {"ResourceArn": ARN, "Tags": [{"Key": "k", "Value": "v"}]},
    "UntagResource": {"ResourceArn": ARN, "TagKeys": ["k"]},
    "ListTagsOfResource": {"ResourceArn": ARN},
    "PutResourcePolicy": {"ResourceArn": ARN, "Policy": "{}"},
    "GetResourcePolicy": {"ResourceArn": ARN},
    "DeleteResourcePolicy": {"ResourceArn": ARN},
    "DescribeLimits": {},
    "DescribeEndpoints": {},
    "DescribeTimeToLive": {"TableName": TABLE},
    "UpdateTimeToLive": {
        "TableName": TABLE,
        "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ends"},
    },
    "DescribeContinuousBackups": {"TableName": TABLE},
    "UpdateContinuousBackups": {
        "TableName": TABLE,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    },
    "CreateBackup": {"TableName": TABLE, "BackupName": "conformance"},
    "DescribeBackup": {"BackupArn": f"{ARN}/backup/{JOB}"},
    "DeleteBackup": {"BackupArn": f"{ARN}/backup/{JOB}"},
    "ListBackups": {},
    "RestoreTableFromBackup": {"TargetTableName": NEW, "BackupArn": f"{ARN}/backup/{JOB}"},
    "RestoreTableToPointInTime": {"SourceTableName": TABLE, "TargetTableName": NEW},
    "ExportTableToPointInTime": {"TableArn": ARN, "S3Bucket": "conformance"},
    "DescribeExport": {"ExportArn": f"{ARN}/export/{JOB}"},
    "ListExports": {},
    "ImportTable": {
        "S3BucketSource": {"S3Bucket": "conformance"},
        "InputFormat": "DYNAMODB_JSON",
        "TableCreationParameters": {
            "TableName": NEW,
            "AttributeDefinitions": attributes(pk="S"),
            "KeySchema": keys("pk"),
        },
    },
    "DescribeImport": {"ImportArn": f"{ARN}/import/{JOB}"},
    "ListImports": {},
    "DescribeContributorInsights": {"TableName": TABLE},
    "UpdateContributorInsights": {"TableName": TABLE, "ContributorInsightsAction": "DISABLE"},
    "ListContributorInsights": {},
    "EnableKinesisStreamingDestination": {"TableName": TABLE, "StreamArn": KINESIS},
    "DisableKinesisStreamingDestination": {"TableName": TABLE, "StreamArn": KINESIS},
    "UpdateKinesisStreamingDestination": {
        "TableName": TABLE,
        "StreamArn": KINESIS,
        "UpdateKinesisStreamingConfiguration": {"ApproximateCreationDateTimePrecision": "MICROSECOND"},
    },
    "DescribeKinesisStreamingDestination": {"TableName": TABLE},
    "SearchVectors": {"TableName": TABLE, "IndexName": "gsi", "SearchVector": [{"N": "1"}], "TopK": 1},
    "CreateGlobalTable": {"GlobalTableName": TABLE, "ReplicationGroup": [{"RegionName": "us-east-1"}]},
    "UpdateGlobalTable": {
        "GlobalTableName": TABLE,
        "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}],
    },
    "DescribeGlobalTable": {"GlobalTableName": TABLE},
    "DescribeGlobalTableSettings": {"GlobalTableName": TABLE},
    "UpdateGlobalTableSettings": {"GlobalTableName": TABLE},
    "ListGlobalTables": {},
}

_MODEL: Mapping[str, Any] = Loader().load_service_model("dynamodb", "service-2", "2012-08-10")


def shape_of(operation: str) -> Mapping[str, Any]:
    """The shape of an operation's request, as the SDK ships it."""
    shape: Mapping[str, Any] = _MODEL["shapes"][_MODEL["operations"][operation]["input"]["shape"]]
    return shape


def members_of(operation: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The members of a request, each with its shape."""
    for name, reference in shape_of(operation).get("members", {}).items():
        yield name, _MODEL["shapes"][reference["shape"]]


def lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]
