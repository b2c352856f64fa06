"""Requests that make, change, describe and drop tables."""

from dynalite.model.features import RESOURCE_POLICY, TAGS
from dynalite.model.fragments import (
    BILLING_MODE,
    FLAG,
    NAME,
    NEW_TABLE,
    SSE_SPECIFICATION,
    TABLE,
    TABLE_CLASS,
)
from dynalite.model.indexes import (
    ATTRIBUTE_DEFINITIONS,
    GLOBAL_INDEX_UPDATES,
    GLOBAL_INDEXES,
    INDEX_KEY_SCHEMA,
    LOCAL_INDEXES,
    ON_DEMAND_THROUGHPUT,
    PROVISIONED_THROUGHPUT,
    VECTOR_INDEX_UPDATES,
    VECTOR_INDEXES,
    WARM_THROUGHPUT,
)
from dynalite.model.replication import REPLICA_UPDATES, SETTINGS_REPLICATION_MODE, WITNESS_UPDATES
from dynalite.model.shape import Integer, enum, required, structure

STREAM_SPECIFICATION = structure(
    "StreamSpecification",
    StreamEnabled=required(FLAG),
    StreamViewType=enum("NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"),
)

REQUESTS = (
    structure(
        "CreateTable",
        AttributeDefinitions=ATTRIBUTE_DEFINITIONS,
        TableName=required(NEW_TABLE),
        KeySchema=INDEX_KEY_SCHEMA,  # that two are enough is judged after the throughput (`catalog/rules.py`)
        LocalSecondaryIndexes=LOCAL_INDEXES,
        GlobalSecondaryIndexes=GLOBAL_INDEXES,
        BillingMode=BILLING_MODE,
        ProvisionedThroughput=PROVISIONED_THROUGHPUT,
        StreamSpecification=STREAM_SPECIFICATION,
        SSESpecification=SSE_SPECIFICATION,
        Tags=TAGS,
        TableClass=TABLE_CLASS,
        DeletionProtectionEnabled=FLAG,
        WarmThroughput=WARM_THROUGHPUT,
        ResourcePolicy=RESOURCE_POLICY,
        OnDemandThroughput=ON_DEMAND_THROUGHPUT,
        GlobalTableSourceArn=TABLE,
        GlobalTableSettingsReplicationMode=SETTINGS_REPLICATION_MODE,
        VectorIndexes=VECTOR_INDEXES,
    ),
    structure(
        "UpdateTable",
        AttributeDefinitions=ATTRIBUTE_DEFINITIONS,
        TableName=required(TABLE),
        BillingMode=BILLING_MODE,
        ProvisionedThroughput=PROVISIONED_THROUGHPUT,
        GlobalSecondaryIndexUpdates=GLOBAL_INDEX_UPDATES,
        StreamSpecification=STREAM_SPECIFICATION,
        SSESpecification=SSE_SPECIFICATION,
        ReplicaUpdates=REPLICA_UPDATES,
        TableClass=TABLE_CLASS,
        DeletionProtectionEnabled=FLAG,
        MultiRegionConsistency=enum("EVENTUAL", "STRONG"),
        GlobalTableWitnessUpdates=WITNESS_UPDATES,
        OnDemandThroughput=ON_DEMAND_THROUGHPUT,
        WarmThroughput=WARM_THROUGHPUT,
        GlobalTableSettingsReplicationMode=SETTINGS_REPLICATION_MODE,
        DisassociationProtectionEnabled=FLAG,
        VectorIndexUpdates=VECTOR_INDEX_UPDATES,
    ),
    structure("DeleteTable", TableName=required(TABLE)),
    structure("DescribeTable", TableName=required(TABLE)),
    structure("ListTables", ExclusiveStartTableName=NAME, Limit=Integer(min=1, max=100)),
    structure("DescribeLimits"),
    structure("DescribeEndpoints"),
)
