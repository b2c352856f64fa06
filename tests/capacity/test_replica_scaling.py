"""Auto scaling by DynamoDB's own API: the same targets and policies as Application Auto Scaling's."""

from collections.abc import Iterator
from typing import Any

import pytest

from dynalite.capacity.scaling import Resource
from dynalite.settings import Settings
from tests.capacity.tables import by_kind, provisioned
from tests.live import local_server
from tests.operations.service import PLAIN, Service

WRITES = Resource("us-east-1", "Plain", None, "Write")
NOTHING = {"AutoScalingDisabled": True, "ScalingPolicies": []}
POLICY = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0}}
FULL = {"MinimumUnits": 5, "MaximumUnits": 100, "ScalingPolicyUpdate": POLICY}


@pytest.fixture
def plain() -> Iterator[Service]:
    """A provisioned table with a global index."""
    service = Service(Settings())
    service.call("CreateTable", **provisioned(5, 10, **by_kind(5, 10)))
    yield service
    service.close()


def update(service: Service, **members: Any) -> Any:
    return service.call("UpdateTableReplicaAutoScaling", TableName="Plain", **members)


def refused(service: Service, **members: Any) -> tuple[str, str]:
    error = service.refused("UpdateTableReplicaAutoScaling", TableName="Plain", **members)
    return error.code, error.message


def replica(service: Service) -> Any:
    described = service.call("DescribeTableReplicaAutoScaling", TableName="Plain")
    (only,) = described["TableAutoScalingDescription"]["Replicas"]
    return only


def reads(**settings: Any) -> dict[str, Any]:
    """The members that set the reads of the table's replica."""
    return {
        "ReplicaUpdates": [
            {"RegionName": "us-east-1", "ReplicaProvisionedReadCapacityAutoScalingUpdate": settings}
        ]
    }


def test_a_table_without_scaling_is_described_as_disabled(plain: Service) -> None:
    answer = plain.call("DescribeTableReplicaAutoScaling", TableName="Plain")
    described = answer["TableAutoScalingDescription"]
    assert (described["TableName"], described["TableStatus"]) == ("Plain", "ACTIVE")
    only = replica(plain)
    assert (only["RegionName"], only["ReplicaStatus"]) == ("us-east-1", "ACTIVE")
    assert only["ReplicaProvisionedReadCapacityAutoScalingSettings"] == NOTHING
    assert only["GlobalSecondaryIndexes"] == [
        {
            "IndexName": "by-kind",
            "IndexStatus": "ACTIVE",
            "ProvisionedReadCapacityAutoScalingSettings": NOTHING,
            "ProvisionedWriteCapacityAutoScalingSettings": NOTHING,
        }
    ]


def test_the_answer_to_an_update_shows_what_was_before(plain: Service) -> None:
    answer = update(plain, ProvisionedWriteCapacityAutoScalingUpdate=FULL)
    (before,) = answer["TableAutoScalingDescription"]["Replicas"]
    assert before["ReplicaProvisionedWriteCapacityAutoScalingSettings"] == NOTHING
    assert replica(plain)["ReplicaProvisionedWriteCapacityAutoScalingSettings"] == {
        "MinimumUnits": 5,
        "MaximumUnits": 100,
        "AutoScalingRoleArn": (
            "arn:aws:iam::000000000000:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/"
            "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
        ),
        "ScalingPolicies": [
            {
                "PolicyName": "DynamoDBWriteCapacityUtilization:table/Plain",
                "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0},
            }
        ],
    }


def test_every_kind_of_units_has_settings_of_its_own(plain: Service) -> None:
    index = {"IndexName": "by-kind"}
    update(
        plain,
        ProvisionedWriteCapacityAutoScalingUpdate=FULL | {"MinimumUnits": 1},
        GlobalSecondaryIndexUpdates=[
            index | {"ProvisionedWriteCapacityAutoScalingUpdate": FULL | {"MinimumUnits": 2}}
        ],
        ReplicaUpdates=[
            {
                "RegionName": "us-east-1",
                "ReplicaProvisionedReadCapacityAutoScalingUpdate": FULL | {"MinimumUnits": 3},
                "ReplicaGlobalSecondaryIndexUpdates": [
                    index | {"ProvisionedReadCapacityAutoScalingUpdate": FULL | {"MinimumUnits": 4}}
                ],
            }
        ],
    )
    found = {(t.resource.id, t.resource.unit): t.minimum for t in plain.database.tracking.targets.values()}
    assert found == {
        ("table/Plain", "Write"): 1,
        ("table/Plain/index/by-kind", "Write"): 2,
        ("table/Plain", "Read"): 3,
        ("table/Plain/index/by-kind", "Read"): 4,
    }


def test_what_one_api_sets_the_other_one_shows_and_the_engine_follows() -> None:
    with local_server() as server:
        server.clock.freeze()
        dynamodb, scaling = server.client(), server.client("application-autoscaling")
        dynamodb.create_table(**provisioned(5, 10))
        named = FULL | {
            "MinimumUnits": 20,
            "ScalingPolicyUpdate": {
                "PolicyName": "mine",
                "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 50.0, "ScaleInCooldown": 60},
            },
        }
        dynamodb.update_table_replica_auto_scaling(
            TableName="Plain", ProvisionedWriteCapacityAutoScalingUpdate=named
        )
        (target,) = scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
        assert (target["MinCapacity"], target["MaxCapacity"]) == (20, 100)
        (policy,) = scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
        assert policy["PolicyName"] == "mine"
        server.clock.advance(60)
        server.loop.run(server.app.database.tick)
        table = dynamodb.describe_table(TableName="Plain")["Table"]
        assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 20

        scaling.deregister_scalable_target(
            ServiceNamespace="dynamodb",
            ResourceId="table/Plain",
            ScalableDimension="dynamodb:table:WriteCapacityUnits",
        )
        answer = dynamodb.describe_table_replica_auto_scaling(TableName="Plain")
        (only,) = answer["TableAutoScalingDescription"]["Replicas"]
        assert only["ReplicaProvisionedWriteCapacityAutoScalingSettings"] == NOTHING


def test_an_update_replaces_the_policy_whatever_its_name(plain: Service) -> None:
    update(plain, ProvisionedWriteCapacityAutoScalingUpdate=FULL)
    named = FULL | {"ScalingPolicyUpdate": POLICY | {"PolicyName": "mine"}}
    update(plain, ProvisionedWriteCapacityAutoScalingUpdate=named)
    assert [policy.name for policy in plain.database.tracking.policies_of(WRITES)] == ["mine"]


def test_disabling_takes_the_target_away_and_leaves_the_other_kind(plain: Service) -> None:
    update(plain, ProvisionedWriteCapacityAutoScalingUpdate=FULL, **reads(**FULL))
    for _ in range(2):
        update(plain, ProvisionedWriteCapacityAutoScalingUpdate={"AutoScalingDisabled": True})
    only = replica(plain)
    assert only["ReplicaProvisionedWriteCapacityAutoScalingSettings"] == NOTHING
    assert only["ReplicaProvisionedReadCapacityAutoScalingSettings"]["MinimumUnits"] == 5
    assert plain.database.tracking.policies.keys() == {
        (Resource("us-east-1", "Plain", None, "Read"), "DynamoDBReadCapacityUtilization:table/Plain")
    }


FAILED = "Failed to update settings for global table with name"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {},
            f"{FAILED}: ‘Plain’: Parameters 'MaximumUnits', 'ScalingPolicyUpdate', 'MinimumUnits' are"
            " required unless auto scaling is being disabled.",
        ),
        (
            {"MinimumUnits": 1, "MaximumUnits": 2},
            f"{FAILED}: ‘Plain’: Parameters 'ScalingPolicyUpdate' are required unless auto scaling is being"
            " disabled.",
        ),
        (
            {"AutoScalingDisabled": True, "MinimumUnits": 1, "MaximumUnits": 2},
            f"{FAILED} ‘Plain’: Parameters 'MaximumUnits', 'MinimumUnits' must be left blank when disabling"
            " auto scaling.",
        ),
    ],
)
def test_settings_are_given_whole_or_not_at_all(
    plain: Service, settings: dict[str, Any], message: str
) -> None:
    for _ in range(2):
        assert refused(plain, **reads(**settings)) == ("ValidationException", message)
        update(plain, **reads(**FULL))  # which makes no difference


@pytest.mark.parametrize(
    ("settings", "opening"),
    [
        ({"MinimumUnits": 101}, "Maximum capacity cannot be less than minimum capacity (Service:"),
        (
            {"ScalingPolicyUpdate": {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 90.1}}},
            "For predefined metric type DynamoDBReadCapacityUtilization, target value must be between '10.0'"
            " and '90.0', but was '90.1'. (Service: AWSApplicationAutoScaling; Status Code: 400; Error Code:"
            " ValidationException; Request ID: ",
        ),
    ],
)
def test_the_rules_of_application_auto_scaling_pass_through(
    plain: Service, settings: dict[str, Any], opening: str
) -> None:
    code, message = refused(plain, ProvisionedWriteCapacityAutoScalingUpdate=FULL, **reads(**FULL | settings))
    assert code == "ValidationException"
    assert message.startswith(opening)
    assert message.endswith("; Proxy: null)")
    assert plain.database.tracking.targets == {}  # all of an update is done, or nothing


def test_other_regions_and_unknown_indexes_are_refused(plain: Service) -> None:
    foreign = {"RegionName": "eu-west-1", "ReplicaProvisionedReadCapacityAutoScalingUpdate": FULL}
    assert refused(plain, ReplicaUpdates=[foreign]) == (
        "ResourceNotFoundException",
        f"{FAILED}: ‘Plain’ because a replica does not exist in regions: ‘[eu-west-1]’.",
    )
    assert refused(plain, ReplicaUpdates=[{"RegionName": "us-east-1"}]) == (
        "ValidationException",
        f"{FAILED}: ‘Plain’ because at least one update parameter must be specified for region: ‘us-east-1’.",
    )
    unknown = {"IndexName": "nope", "ProvisionedWriteCapacityAutoScalingUpdate": FULL}
    assert refused(plain, GlobalSecondaryIndexUpdates=[unknown]) == (
        "ResourceNotFoundException",
        f"{FAILED}: ‘Plain’ because the global secondary indexes with names: ‘[nope]’ do not exist.",
    )
    for operation in ("DescribeTableReplicaAutoScaling", "UpdateTableReplicaAutoScaling"):
        error = plain.refused(operation, TableName="Missing")
        assert (error.code, error.message) == (
            "ResourceNotFoundException",
            "Global table with name: 'Missing' does not exist.",
        )


def test_a_table_on_demand_cannot_be_scaled_but_keeps_its_settings(plain: Service) -> None:
    update(plain, ProvisionedWriteCapacityAutoScalingUpdate=FULL)
    plain.call("UpdateTable", TableName="Plain", BillingMode="PAY_PER_REQUEST")
    code, message = refused(plain, ProvisionedWriteCapacityAutoScalingUpdate=FULL)
    assert code == "ValidationException"
    assert message == (
        "Failed to update global table with name ‘Plain‘. Replicas 'US-EAST-1' BillingMode is PayPerRequest."
        " You must convert table's BillingMode to PROVISIONED to set parameters:"
        " 'GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate'."
    )
    kept = replica(plain)["ReplicaProvisionedWriteCapacityAutoScalingSettings"]
    assert (kept["AutoScalingDisabled"], kept["MinimumUnits"]) == (True, 5)
    update(plain, ProvisionedWriteCapacityAutoScalingUpdate={"AutoScalingDisabled": True})
    assert replica(plain)["ReplicaProvisionedWriteCapacityAutoScalingSettings"] == NOTHING


def test_a_table_may_be_named_by_its_arn() -> None:
    service = Service(Settings())
    service.call("CreateTable", **PLAIN)
    name = "arn:aws:dynamodb:us-east-1:000000000000:table/Plain"
    answer = service.call("DescribeTableReplicaAutoScaling", TableName=name)
    assert answer["TableAutoScalingDescription"]["TableName"] == "Plain"
    service.close()
