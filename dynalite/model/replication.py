"""Requests of global tables, in both versions, and of the scaling of replicas.

Version 2017.11.29 has operations of its own; version 2019.11.21 is part of UpdateTable, whose fragments are
here too.
"""

from dynalite.model.fragments import (
    BILLING_MODE,
    DOUBLE,
    FLAG,
    INDEX_NAME,
    INTEGER,
    KMS_KEY,
    LONG,
    NAME,
    POSITIVE_INTEGER,
    POSITIVE_LONG,
    REGION,
    TABLE,
    TABLE_CLASS,
)
from dynalite.model.shape import ListOf, Members, String, enum, required, structure

SETTINGS_REPLICATION_MODE = enum("ENABLED", "DISABLED", "ENABLED_WITH_OVERRIDES")

# ------------------------------------------------------------------ UpdateTable: replicas and witnesses

_PROVISIONED_OVERRIDE = structure("ProvisionedThroughputOverride", ReadCapacityUnits=POSITIVE_LONG)
_ON_DEMAND_OVERRIDE = structure("OnDemandThroughputOverride", MaxReadRequestUnits=LONG)
_REPLICA: Members = {
    "RegionName": required(REGION),
    "KMSMasterKeyId": KMS_KEY,
    "ProvisionedThroughputOverride": _PROVISIONED_OVERRIDE,
    "OnDemandThroughputOverride": _ON_DEMAND_OVERRIDE,
    "GlobalSecondaryIndexes": ListOf(
        structure(
            "ReplicaGlobalSecondaryIndex",
            IndexName=required(INDEX_NAME),
            ProvisionedThroughputOverride=_PROVISIONED_OVERRIDE,
            OnDemandThroughputOverride=_ON_DEMAND_OVERRIDE,
        ),
        min=1,
    ),
    "TableClassOverride": TABLE_CLASS,
}

REPLICA_UPDATES = ListOf(
    structure(
        "ReplicationGroupUpdate",
        Create=structure("CreateReplicationGroupMemberAction", **_REPLICA),
        Update=structure("UpdateReplicationGroupMemberAction", **_REPLICA),
        Delete=structure("DeleteReplicationGroupMemberAction", RegionName=required(REGION)),
        Disassociate=structure(
            "DisassociateReplicationGroupMemberAction",
            RegionName=required(REGION),
            DisassociationMode=required(enum("WAIT_FOR_REPLICATION")),
        ),
    ),
    min=1,
)
WITNESS_UPDATES = ListOf(
    structure(
        "GlobalTableWitnessGroupUpdate",
        Create=structure("CreateGlobalTableWitnessGroupMemberAction", RegionName=required(REGION)),
        Delete=structure("DeleteGlobalTableWitnessGroupMemberAction", RegionName=required(REGION)),
    ),
    min=1,
    max=1,
)

# ------------------------------------------------------------------ scaling

_SCALING = structure(
    "AutoScalingSettingsUpdate",
    MinimumUnits=POSITIVE_LONG,
    MaximumUnits=POSITIVE_LONG,
    AutoScalingDisabled=FLAG,
    AutoScalingRoleArn=String(1, 1600, r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*"),
    ScalingPolicyUpdate=structure(
        "AutoScalingPolicyUpdate",
        PolicyName=String(1, 256, r"\p{Print}+"),
        TargetTrackingScalingPolicyConfiguration=required(
            structure(
                "AutoScalingTargetTrackingScalingPolicyConfigurationUpdate",
                DisableScaleIn=FLAG,
                ScaleInCooldown=INTEGER,
                ScaleOutCooldown=INTEGER,
                TargetValue=required(DOUBLE),
            )
        ),
    ),
)

_GLOBAL_SETTINGS = structure(
    "UpdateGlobalTableSettings",
    GlobalTableName=required(NAME),
    GlobalTableBillingMode=BILLING_MODE,
    GlobalTableProvisionedWriteCapacityUnits=POSITIVE_LONG,
    GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate=_SCALING,
    GlobalTableGlobalSecondaryIndexSettingsUpdate=ListOf(
        structure(
            "GlobalTableGlobalSecondaryIndexSettingsUpdate",
            IndexName=required(INDEX_NAME),
            ProvisionedWriteCapacityUnits=POSITIVE_LONG,
            ProvisionedWriteCapacityAutoScalingSettingsUpdate=_SCALING,
        ),
        min=1,
        max=20,
    ),
    ReplicaSettingsUpdate=ListOf(
        structure(
            "ReplicaSettingsUpdate",
            RegionName=required(REGION),
            ReplicaProvisionedReadCapacityUnits=POSITIVE_LONG,
            ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate=_SCALING,
            ReplicaGlobalSecondaryIndexSettingsUpdate=ListOf(
                structure(
                    "ReplicaGlobalSecondaryIndexSettingsUpdate",
                    IndexName=required(INDEX_NAME),
                    ProvisionedReadCapacityUnits=POSITIVE_LONG,
                    ProvisionedReadCapacityAutoScalingSettingsUpdate=_SCALING,
                ),
                min=1,
                max=20,
            ),
            ReplicaTableClass=TABLE_CLASS,
        ),
        min=1,
        max=50,
    ),
)

_REPLICA_SCALING = structure(
    "UpdateTableReplicaAutoScaling",
    GlobalSecondaryIndexUpdates=ListOf(
        structure(
            "GlobalSecondaryIndexAutoScalingUpdate",
            IndexName=INDEX_NAME,
            ProvisionedWriteCapacityAutoScalingUpdate=_SCALING,
        ),
        min=1,
    ),
    TableName=required(TABLE),
    ProvisionedWriteCapacityAutoScalingUpdate=_SCALING,
    ReplicaUpdates=ListOf(
        structure(
            "ReplicaAutoScalingUpdate",
            RegionName=required(REGION),
            ReplicaGlobalSecondaryIndexUpdates=ListOf(
                structure(
                    "ReplicaGlobalSecondaryIndexAutoScalingUpdate",
                    IndexName=INDEX_NAME,
                    ProvisionedReadCapacityAutoScalingUpdate=_SCALING,
                )
            ),
            ReplicaProvisionedReadCapacityAutoScalingUpdate=_SCALING,
        ),
        min=1,
    ),
)

REQUESTS = (
    structure(
        "CreateGlobalTable",
        GlobalTableName=required(NAME),
        ReplicationGroup=required(ListOf(structure("Replica", RegionName=REGION))),
    ),
    structure("DescribeGlobalTable", GlobalTableName=required(NAME)),
    structure("DescribeGlobalTableSettings", GlobalTableName=required(NAME)),
    structure(
        "ListGlobalTables", ExclusiveStartGlobalTableName=NAME, Limit=POSITIVE_INTEGER, RegionName=REGION
    ),
    structure(
        "UpdateGlobalTable",
        GlobalTableName=required(NAME),
        ReplicaUpdates=required(
            ListOf(
                structure(
                    "ReplicaUpdate",
                    Create=structure("CreateReplicaAction", RegionName=required(REGION)),
                    Delete=structure("DeleteReplicaAction", RegionName=required(REGION)),
                )
            )
        ),
    ),
    _GLOBAL_SETTINGS,
    structure("DescribeTableReplicaAutoScaling", TableName=required(TABLE)),
    _REPLICA_SCALING,
)
