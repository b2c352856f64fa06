"""Requests for many items of many tables, each on its own."""

from dynalite.model.fragments import (
    ATTRIBUTE_NAMES,
    EXPRESSION,
    EXPRESSION_NAMES,
    FLAG,
    ITEM,
    KEY,
    RETURN_COLLECTION_METRICS,
    RETURN_CONSUMED_CAPACITY,
    TABLE,
)
from dynalite.model.shape import ListOf, MapOf, Structure, required, structure

KEYS_AND_ATTRIBUTES = structure(
    "KeysAndAttributes",
    Keys=required(ListOf(KEY, min=1, max=100)),
    AttributesToGet=ATTRIBUTE_NAMES,
    ConsistentRead=FLAG,
    ProjectionExpression=EXPRESSION,
    ExpressionAttributeNames=EXPRESSION_NAMES,
)

WRITE_REQUEST = structure(
    "WriteRequest",
    PutRequest=Structure("PutRequest", {"Item": required(ITEM)}, unmodelled=("WorkloadProfileName",)),
    DeleteRequest=structure("DeleteRequest", Key=required(KEY)),
)

REQUESTS = (
    structure(
        "BatchGetItem",
        RequestItems=required(MapOf(TABLE, KEYS_AND_ATTRIBUTES, min=1, max=100)),
        ReturnConsumedCapacity=RETURN_CONSUMED_CAPACITY,
    ),
    structure(
        "BatchWriteItem",
        RequestItems=required(MapOf(TABLE, ListOf(WRITE_REQUEST, min=1, max=25), min=1, max=25)),
        ReturnConsumedCapacity=RETURN_CONSUMED_CAPACITY,
        ReturnItemCollectionMetrics=RETURN_COLLECTION_METRICS,
    ),
)
