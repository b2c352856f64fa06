"""Auto scaling: the arithmetic of target tracking, and the API as boto3 speaks it, on the server's clock."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from dynalite.capacity.scaling import Policy, Resource, Target, wanted
from dynalite.settings import Settings
from tests.capacity.tables import by_kind, provisioned
from tests.live import LocalServer, local_server
from tests.operations.service import Service, padded

WRITES = Resource("us-east-1", "Plain", None, "Write")
TARGET = Target(WRITES, 5, 100, "role", 0)
POLICY = Policy("p", "u", WRITES, 70, 0)


def better(units: int, *minutes: float, target: Target = TARGET, policy: Policy = POLICY) -> int:
    """What is wanted after minutes of so many units a second."""
    return wanted(target, policy, units, [60 * rate for rate in minutes], now=1000)


def test_two_minutes_above_the_target_scale_out_to_it() -> None:
    assert better(10, 8) == 10
    assert better(10, 6, 8) == 10
    assert better(10, 8, 8) == 12  # 8 / 0.7, rounded up
    assert better(10, 8, 14) == 20
    assert better(10, 80, 99) == 100


def test_fifteen_minutes_well_below_the_target_scale_in() -> None:
    assert better(50, *[7] * 14) == 50
    assert better(50, *[7] * 15) == 10
    assert better(50, *[7] * 14, 30) == 50
    assert better(50, *[28.1] * 15) == 50  # above 80 % of the target
    assert better(50, *[0] * 15) == 5


def test_units_outside_the_range_are_brought_into_it() -> None:
    assert better(2) == 5
    assert better(500) == 100


def test_cooldowns_and_suspensions() -> None:
    cooling = replace(POLICY, out_cooldown=60, in_cooldown=60)
    assert better(10, 8, 8, target=replace(TARGET, scaled_out_at=950), policy=cooling) == 10
    assert better(10, 8, 8, target=replace(TARGET, scaled_out_at=940), policy=cooling) == 12
    assert better(50, *[7] * 15, target=replace(TARGET, scaled_in_at=950), policy=cooling) == 50
    assert better(50, *[7] * 15, policy=replace(POLICY, disable_scale_in=True)) == 50
    assert better(50, *[7] * 15, target=replace(TARGET, no_scale_in=True)) == 50
    assert better(10, 8, 8, target=replace(TARGET, no_scale_out=True)) == 10


# ------------------------------------------------------------------ the API

NAMES = {
    "ServiceNamespace": "dynamodb",
    "ResourceId": "table/Plain",
    "ScalableDimension": "dynamodb:table:WriteCapacityUnits",
}
TRACKING = {
    "TargetValue": 70.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBWriteCapacityUtilization"},
}


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with local_server() as running:
        running.clock.freeze()
        running.clock.set(1_900_000_000 // 60 * 60)
        running.client().create_table(**provisioned(5, 10, **by_kind(5, 10)))
        yield running


def tracked(server: LocalServer, **names: str) -> Any:
    scaling = server.client("application-autoscaling")
    scaling.register_scalable_target(**NAMES | names, MinCapacity=5, MaxCapacity=100)
    scaling.put_scaling_policy(
        **NAMES | names,
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=TRACKING,
    )
    return scaling


def writes(server: LocalServer, units_per_second: int, minutes: int) -> None:
    """Minutes in each of which so many units a second are written, with a tick at the end of each."""
    large = padded(60 * 1024, id="a")  # a write a minute for each unit a second
    for _ in range(minutes):
        for _ in range(units_per_second):
            server.client().put_item(TableName="Plain", Item=large)
        server.clock.advance(60)
        server.loop.run(server.app.database.tick)


def units_now(server: LocalServer) -> int:
    described = server.client().describe_table(TableName="Plain")["Table"]
    units: int = described["ProvisionedThroughput"]["WriteCapacityUnits"]
    return units


def test_a_table_follows_its_load(server: LocalServer) -> None:
    scaling = tracked(server)
    writes(server, 9, minutes=2)
    assert units_now(server) == 13
    writes(server, 0, minutes=14)
    assert units_now(server) == 13
    writes(server, 0, minutes=1)
    assert units_now(server) == 5
    activities = scaling.describe_scaling_activities(ServiceNamespace="dynamodb")["ScalingActivities"]
    assert [one["Description"] for one in activities] == [
        "Setting write capacity units to 5.",
        "Setting write capacity units to 13.",
    ]


def test_an_index_follows_its_own(server: LocalServer) -> None:
    tracked(
        server, ResourceId="table/Plain/index/by-kind", ScalableDimension="dynamodb:index:WriteCapacityUnits"
    )
    writes(server, 0, minutes=16)  # the first tick begins to count
    described = server.client().describe_table(TableName="Plain")["Table"]
    assert described["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"] == 5
    assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 10


def test_targets_and_policies_are_described_and_deleted(server: LocalServer) -> None:
    scaling = tracked(server)
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
    assert {name: target[name] for name in NAMES} == NAMES
    assert (target["MinCapacity"], target["MaxCapacity"]) == (5, 100)
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
    assert policy["PolicyName"] == "track"
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 70
    scaling.delete_scaling_policy(**NAMES, PolicyName="track")
    assert scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"] == []
    scaling.deregister_scalable_target(**NAMES)
    assert scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"] == []
    with pytest.raises(scaling.exceptions.ObjectNotFoundException):
        scaling.deregister_scalable_target(**NAMES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ServiceNamespace": "ecs"},
        {"ResourceId": "table/Missing"},
        {"ResourceId": "Plain"},
        {"ScalableDimension": "dynamodb:index:WriteCapacityUnits"},
    ],
)
def test_what_cannot_be_scaled_is_refused(server: LocalServer, wrong: dict[str, str]) -> None:
    scaling = server.client("application-autoscaling")
    with pytest.raises(ClientError) as refused:
        scaling.register_scalable_target(**NAMES | wrong, MinCapacity=1, MaxCapacity=2)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("page", [{"NextToken": "9" * 5000}, {"NextToken": "²"}, {"MaxResults": -1}])
def test_pages_that_cannot_be_are_refused(server: LocalServer, page: dict[str, Any]) -> None:
    """A token of thousands of digits, or of digits that are not decimal ones, was an internal error."""
    scaling = server.client("application-autoscaling")
    with pytest.raises(ClientError) as refused:
        scaling.describe_scalable_targets(ServiceNamespace="dynamodb", **page)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ResourceId": 5}, "ResourceId must be a string"),
        ({"MinCapacity": "1"}, "MinCapacity must be an integer"),
        ({"MaxCapacity": True}, "MaxCapacity must be an integer"),
        (
            {"SuspendedState": {"DynamicScalingInSuspended": 1}},
            "DynamicScalingInSuspended must be a boolean",
        ),
    ],
)
def test_members_of_another_type_are_refused(server: LocalServer, wrong: dict[str, Any], said: str) -> None:
    """They were internal errors, or kept and met later."""
    scaling = server.client("application-autoscaling", config=Config(parameter_validation=False))
    with pytest.raises(ClientError) as refused:
        scaling.register_scalable_target(**NAMES | {"MinCapacity": 1, "MaxCapacity": 2} | wrong)
    assert refused.value.response["Error"] == {"Code": "ValidationException", "Message": said}


def test_targets_outlive_the_server(tmp_path: Path) -> None:
    service = Service(Settings(data_folder=tmp_path / "data", durability="os"))
    service.database.tracking.targets[WRITES] = TARGET
    service.database.tracking.policies[WRITES, "p"] = POLICY
    service.wait(service.database.tracking.keep(service.database.engine))
    again = service.reopened()
    assert again.database.tracking.targets == {WRITES: TARGET}
    assert again.database.tracking.policies == {(WRITES, "p"): POLICY}
    again.close()
