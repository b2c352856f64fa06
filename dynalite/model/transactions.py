"""Requests for many items, all of them or none."""

from dynalite.model.fragments import (
    EXPRESSION,
    EXPRESSION_NAMES,
    EXPRESSION_VALUES,
    ITEM,
    KEY,
    RETURN_COLLECTION_METRICS,
    RETURN_CONSUMED_CAPACITY,
    RETURN_VALUES_ON_FAILURE,
    TABLE,
)
from dynalite.model.shape import ListOf, String, required, structure

REQUEST_TOKEN = String(1, 36)

GET = structure(
    "Get",
    Key=required(KEY),
    TableName=required(TABLE),
    ProjectionExpression=EXPRESSION,
    ExpressionAttributeNames=EXPRESSION_NAMES,
)
CONDITION_CHECK = structure(
    "ConditionCheck",
    Key=required(KEY),
    TableName=required(TABLE),
    ConditionExpression=required(EXPRESSION),
    ExpressionAttributeNames=EXPRESSION_NAMES,
    ExpressionAttributeValues=EXPRESSION_VALUES,
    ReturnValuesOnConditionCheckFailure=RETURN_VALUES_ON_FAILURE,
)
PUT = structure(
    "Put",
    Item=required(ITEM),
    TableName=required(TABLE),
    ConditionExpression=EXPRESSION,
    ExpressionAttributeNames=EXPRESSION_NAMES,
    ExpressionAttributeValues=EXPRESSION_VALUES,
    ReturnValuesOnConditionCheckFailure=RETURN_VALUES_ON_FAILURE,
)
DELETE = structure(
    "Delete",
    Key=required(KEY),
    TableName=required(TABLE),
    ConditionExpression=EXPRESSION,
    ExpressionAttributeNames=EXPRESSION_NAMES,
    ExpressionAttributeValues=EXPRESSION_VALUES,
    ReturnValuesOnConditionCheckFailure=RETURN_VALUES_ON_FAILURE,
)
UPDATE = structure(
    "Update",
    Key=required(KEY),
    UpdateExpression=required(EXPRESSION),
    TableName=required(TABLE),
    ConditionExpression=EXPRESSION,
    ExpressionAttributeNames=EXPRESSION_NAMES,
    ExpressionAttributeValues=EXPRESSION_VALUES,
    ReturnValuesOnConditionCheckFailure=RETURN_VALUES_ON_FAILURE,
)

REQUESTS = (
    structure(
        "TransactGetItems",
        TransactItems=required(ListOf(structure("TransactGetItem", Get=required(GET)), min=1, max=100)),
        ReturnConsumedCapacity=RETURN_CONSUMED_CAPACITY,
    ),
    structure(
        "TransactWriteItems",
        TransactItems=required(
            ListOf(
                structure(
                    "TransactWriteItem", ConditionCheck=CONDITION_CHECK, Put=PUT, Delete=DELETE, Update=UPDATE
                ),
                min=1,
                max=100,
            )
        ),
        ReturnConsumedCapacity=RETURN_CONSUMED_CAPACITY,
        ReturnItemCollectionMetrics=RETURN_COLLECTION_METRICS,
        ClientRequestToken=REQUEST_TOKEN,
    ),
)
