"""How tables and indexes describe themselves (keys, projections, throughput), and the search by vector."""

from dynalite.model.fragments import (
    ATTRIBUTE,
    ATTRIBUTE_NAME,
    EXPRESSION,
    EXPRESSION_NAMES,
    EXPRESSION_VALUES,
    INDEX_NAME,
    LONG,
    POSITIVE_INTEGER,
    POSITIVE_LONG,
    RETURN_CONSUMED_CAPACITY,
    SCHEMA_ATTRIBUTE_NAME,
    TABLE,
)
from dynalite.model.shape import ListOf, Members, String, enum, required, structure

# ------------------------------------------------------------------ keys

ATTRIBUTE_DEFINITIONS = ListOf(
    structure(
        "AttributeDefinition",
        AttributeName=required(SCHEMA_ATTRIBUTE_NAME),
        AttributeType=required(enum("B", "N", "S")),
    )
)
KEY_SCHEMA_ELEMENT = structure(
    "KeySchemaElement",
    AttributeName=required(SCHEMA_ATTRIBUTE_NAME),
    KeyType=required(enum("HASH", "RANGE")),
)
TABLE_KEY_SCHEMA = ListOf(KEY_SCHEMA_ELEMENT, min=1, max=2)
"""Of a table. (Captured: the service refuses a third element by its length.)"""
INDEX_KEY_SCHEMA = ListOf(KEY_SCHEMA_ELEMENT, min=1)
"""Of an index. How many elements it may have depends on its kind and is judged with its other rules."""

PROJECTION = structure(
    "Projection",
    ProjectionType=enum("ALL", "INCLUDE", "KEYS_ONLY"),
    NonKeyAttributes=ListOf(String(1, 255), min=1, max=20),
)

# ------------------------------------------------------------------ throughput

PROVISIONED_THROUGHPUT = structure(
    "ProvisionedThroughput",
    WriteCapacityUnits=required(POSITIVE_LONG),  # captured: reported first
    ReadCapacityUnits=required(POSITIVE_LONG),
)
ON_DEMAND_THROUGHPUT = structure("OnDemandThroughput", MaxReadRequestUnits=LONG, MaxWriteRequestUnits=LONG)
WARM_THROUGHPUT = structure("WarmThroughput", ReadUnitsPerSecond=LONG, WriteUnitsPerSecond=LONG)

# ------------------------------------------------------------------ indexes

LOCAL_INDEXES = ListOf(
    structure(
        "LocalSecondaryIndex",
        IndexName=required(INDEX_NAME),
        KeySchema=required(INDEX_KEY_SCHEMA),
        Projection=required(PROJECTION),
    )
)

_GLOBAL_INDEX: Members = {
    "IndexName": required(INDEX_NAME),
    "KeySchema": required(INDEX_KEY_SCHEMA),
    "Projection": required(PROJECTION),
    "ProvisionedThroughput": PROVISIONED_THROUGHPUT,
    "OnDemandThroughput": ON_DEMAND_THROUGHPUT,
    "WarmThroughput": WARM_THROUGHPUT,
}
_DELETE: Members = {"IndexName": required(INDEX_NAME)}

GLOBAL_INDEXES = ListOf(structure("GlobalSecondaryIndex", **_GLOBAL_INDEX))
GLOBAL_INDEX_UPDATES = ListOf(
    structure(
        "GlobalSecondaryIndexUpdate",
        Update=structure(
            "UpdateGlobalSecondaryIndexAction",
            IndexName=required(INDEX_NAME),
            ProvisionedThroughput=PROVISIONED_THROUGHPUT,
            OnDemandThroughput=ON_DEMAND_THROUGHPUT,
            WarmThroughput=WARM_THROUGHPUT,
        ),
        Create=structure("CreateGlobalSecondaryIndexAction", **_GLOBAL_INDEX),
        Delete=structure("DeleteGlobalSecondaryIndexAction", **_DELETE),
    )
)

_VECTOR_INDEX: Members = {
    "IndexName": required(INDEX_NAME),
    "VectorAttribute": required(
        structure("VectorAttributeDefinition", AttributeName=required(SCHEMA_ATTRIBUTE_NAME))
    ),
    "SearchSchema": ListOf(
        structure(
            "SearchSchemaElement",
            AttributeName=required(ATTRIBUTE_NAME),
            SearchSchemaElementType=required(enum("HASH", "INLINE_FILTER")),
        ),
        min=1,
    ),
    "Projection": required(PROJECTION),
    "Dimensions": required(POSITIVE_LONG),
    "DistanceFunction": required(enum("COSINE", "DOT_PRODUCT", "EUCLIDEAN")),
}

VECTOR_INDEXES = ListOf(structure("VectorIndex", **_VECTOR_INDEX))
VECTOR_INDEX_UPDATES = ListOf(
    structure(
        "VectorIndexUpdate",
        Create=structure("CreateVectorIndexAction", **_VECTOR_INDEX),
        Delete=structure("DeleteVectorIndexAction", **_DELETE),
    )
)

REQUESTS = (
    structure(
        "SearchVectors",
        TableName=required(TABLE),
        IndexName=required(INDEX_NAME),
        ReturnConsumedCapacity=RETURN_CONSUMED_CAPACITY,
        ExpressionAttributeNames=EXPRESSION_NAMES,
        ExpressionAttributeValues=EXPRESSION_VALUES,
        ProjectionExpression=EXPRESSION,
        SearchVector=required(ListOf(ATTRIBUTE, min=1, max=4096)),
        SearchConditionExpression=EXPRESSION,
        TopK=required(POSITIVE_INTEGER),
    ),
)
