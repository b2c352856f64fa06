"""Requests for what a table may have besides items: expiry, tags, policies, insights, Kinesis."""

from dynalite.model.fragments import (
    FLAG,
    INDEX_NAME,
    LONG_ARN,
    RESOURCE_ARN,
    SCHEMA_ATTRIBUTE_NAME,
    TABLE,
    TEXT,
)
from dynalite.model.shape import Integer, ListOf, Members, String, enum, required, structure

TAG_KEY = TAG_VALUE = TEXT  # captured: their lengths are judged in other words (`catalog/tagging.py`)
TAGS = ListOf(structure("Tag", Key=TAG_KEY, Value=TAG_VALUE))

RESOURCE_POLICY = TEXT
REVISION_ID = String(1, 255)

_PRECISION = enum("MILLISECOND", "MICROSECOND")
_KINESIS: Members = {
    "TableName": required(TABLE),
    "StreamArn": required(LONG_ARN),
    "EnableKinesisStreamingConfiguration": structure(
        "EnableKinesisStreamingConfiguration", ApproximateCreationDateTimePrecision=_PRECISION
    ),
}

REQUESTS = (
    structure("DescribeTimeToLive", TableName=required(TABLE)),
    structure(
        "UpdateTimeToLive",
        TableName=required(TABLE),
        TimeToLiveSpecification=required(
            structure(
                "TimeToLiveSpecification",
                Enabled=required(FLAG),
                AttributeName=required(SCHEMA_ATTRIBUTE_NAME),
            )
        ),
    ),
    structure("TagResource", ResourceArn=required(RESOURCE_ARN), Tags=required(TAGS)),
    structure("UntagResource", ResourceArn=required(RESOURCE_ARN), TagKeys=required(ListOf(TAG_KEY))),
    structure("ListTagsOfResource", ResourceArn=required(RESOURCE_ARN), NextToken=TEXT),
    structure("GetResourcePolicy", ResourceArn=required(RESOURCE_ARN)),
    structure(
        "PutResourcePolicy",
        ResourceArn=required(RESOURCE_ARN),
        Policy=required(RESOURCE_POLICY),
        ExpectedRevisionId=REVISION_ID,
        ConfirmRemoveSelfResourceAccess=FLAG,
    ),
    structure("DeleteResourcePolicy", ResourceArn=required(RESOURCE_ARN), ExpectedRevisionId=REVISION_ID),
    structure("DescribeContributorInsights", TableName=required(TABLE), IndexName=INDEX_NAME),
    structure("ListContributorInsights", TableName=TABLE, NextToken=TEXT, MaxResults=Integer(max=100)),
    structure(
        "UpdateContributorInsights",
        TableName=required(TABLE),
        IndexName=INDEX_NAME,
        ContributorInsightsAction=required(enum("ENABLE", "DISABLE")),
        ContributorInsightsMode=enum("ACCESSED_AND_THROTTLED_KEYS", "THROTTLED_KEYS"),
    ),
    structure("DescribeKinesisStreamingDestination", TableName=required(TABLE)),
    structure("EnableKinesisStreamingDestination", **_KINESIS),
    structure("DisableKinesisStreamingDestination", **_KINESIS),
    structure(
        "UpdateKinesisStreamingDestination",
        TableName=required(TABLE),
        StreamArn=required(LONG_ARN),
        UpdateKinesisStreamingConfiguration=structure(
            "UpdateKinesisStreamingConfiguration", ApproximateCreationDateTimePrecision=_PRECISION
        ),
    ),
)
