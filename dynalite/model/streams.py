"""The four requests of DynamoDB Streams, an API of its own beside the tables'."""

from dynalite.model.fragments import LONG_ARN, NAME, POSITIVE_INTEGER, TIMESTAMP
from dynalite.model.shape import String, enum, required, structure

SHARD_ID = String(28, 65)

REQUESTS = (
    structure(
        "DescribeStream",
        StreamArn=required(LONG_ARN),
        Limit=POSITIVE_INTEGER,
        ExclusiveStartShardId=SHARD_ID,
        ShardFilter=structure("ShardFilter", Type=enum("CHILD_SHARDS"), ShardId=SHARD_ID),
    ),
    structure(
        "GetShardIterator",
        StreamArn=required(LONG_ARN),
        ShardId=required(SHARD_ID),
        ShardIteratorType=required(
            enum("TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "AT_TIMESTAMP")
        ),
        SequenceNumber=String(21, 40),
        Timestamp=TIMESTAMP,
    ),
    structure("GetRecords", ShardIterator=required(String(1, 2048)), Limit=POSITIVE_INTEGER),
    structure("ListStreams", TableName=NAME, Limit=POSITIVE_INTEGER, ExclusiveStartStreamArn=LONG_ARN),
)
