"""The requests of the `dax` API, after its published model (2017-04-19)."""

from collections.abc import Mapping

from dynalite.model.shape import (
    Boolean,
    Integer,
    ListOf,
    Members,
    Real,
    String,
    Structure,
    enum,
    required,
    structure,
)

_TEXT = String()
_TEXTS = ListOf(_TEXT)
_COUNT = Integer()
_TIME = Real("Date")
_TAGS = ListOf(structure("Tag", Key=_TEXT, Value=_TEXT))
_PAGE: Members = {"MaxResults": _COUNT, "NextToken": _TEXT}

_REQUESTS = (
    structure(
        "CreateCluster",
        ClusterName=required(_TEXT),
        NodeType=required(_TEXT),
        Description=_TEXT,
        ReplicationFactor=required(_COUNT),
        AvailabilityZones=_TEXTS,
        SubnetGroupName=_TEXT,
        SecurityGroupIds=_TEXTS,
        PreferredMaintenanceWindow=_TEXT,
        NotificationTopicArn=_TEXT,
        IamRoleArn=required(_TEXT),
        ParameterGroupName=_TEXT,
        Tags=_TAGS,
        SSESpecification=structure("SSESpecification", Enabled=required(Boolean())),
        ClusterEndpointEncryptionType=enum("NONE", "TLS"),
        NetworkType=enum("ipv4", "ipv6", "dual_stack"),
    ),
    structure("DeleteCluster", ClusterName=required(_TEXT)),
    structure("DescribeClusters", ClusterNames=_TEXTS, **_PAGE),
    structure(
        "UpdateCluster",
        ClusterName=required(_TEXT),
        Description=_TEXT,
        PreferredMaintenanceWindow=_TEXT,
        NotificationTopicArn=_TEXT,
        NotificationTopicStatus=_TEXT,
        ParameterGroupName=_TEXT,
        SecurityGroupIds=_TEXTS,
    ),
    structure(
        "IncreaseReplicationFactor",
        ClusterName=required(_TEXT),
        NewReplicationFactor=required(_COUNT),
        AvailabilityZones=_TEXTS,
    ),
    structure(
        "DecreaseReplicationFactor",
        ClusterName=required(_TEXT),
        NewReplicationFactor=required(_COUNT),
        AvailabilityZones=_TEXTS,
        NodeIdsToRemove=_TEXTS,
    ),
    structure("RebootNode", ClusterName=required(_TEXT), NodeId=required(_TEXT)),
    structure("CreateParameterGroup", ParameterGroupName=required(_TEXT), Description=_TEXT),
    structure("DeleteParameterGroup", ParameterGroupName=required(_TEXT)),
    structure("DescribeParameterGroups", ParameterGroupNames=_TEXTS, **_PAGE),
    structure(
        "UpdateParameterGroup",
        ParameterGroupName=required(_TEXT),
        ParameterNameValues=required(
            ListOf(structure("ParameterNameValue", ParameterName=_TEXT, ParameterValue=_TEXT))
        ),
    ),
    structure("DescribeParameters", ParameterGroupName=required(_TEXT), Source=_TEXT, **_PAGE),
    structure("DescribeDefaultParameters", **_PAGE),
    structure(
        "CreateSubnetGroup", SubnetGroupName=required(_TEXT), Description=_TEXT, SubnetIds=required(_TEXTS)
    ),
    structure("DeleteSubnetGroup", SubnetGroupName=required(_TEXT)),
    structure("DescribeSubnetGroups", SubnetGroupNames=_TEXTS, **_PAGE),
    structure("UpdateSubnetGroup", SubnetGroupName=required(_TEXT), Description=_TEXT, SubnetIds=_TEXTS),
    structure(
        "DescribeEvents",
        SourceName=_TEXT,
        SourceType=enum("CLUSTER", "PARAMETER_GROUP", "SUBNET_GROUP"),
        StartTime=_TIME,
        EndTime=_TIME,
        Duration=_COUNT,
        **_PAGE,
    ),
    structure("ListTags", ResourceName=required(_TEXT), NextToken=_TEXT),
    structure("TagResource", ResourceName=required(_TEXT), Tags=required(_TAGS)),
    structure("UntagResource", ResourceName=required(_TEXT), TagKeys=required(_TEXTS)),
)

SHAPES: Mapping[str, Structure] = {shape.name: shape for shape in _REQUESTS}
