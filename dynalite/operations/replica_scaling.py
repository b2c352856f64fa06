"""DescribeTableReplicaAutoScaling and UpdateTableReplicaAutoScaling: auto scaling by DynamoDB's own API.

It is a second way to the targets and policies of Application Auto Scaling (`capacity/tracking.py`). An update
replaces all that is set for one kind of units: the range and the policy must both be given, unless scaling is
being disabled, when neither may be. The answer shows the settings as they were before. What is refused by a
rule of Application Auto Scaling is answered in that service's words, with its name behind them.

The service knows these operations for global tables only and says of any other table that there is no global
table of that name. Here every table is a group of one replica, its own (decision 17); other regions are
refused as regions without a replica. Texts: captured in October 2026.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from dynalite.capacity.scaling import Policy, Resource, Target, Unit
from dynalite.capacity.tracking import Tracking, WrongScaling, metric, service_role
from dynalite.catalog.schema import Table
from dynalite.errors import ResourceNotFoundException, ValidationException
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request

Members: TypeAlias = Mapping[str, Any]
Update: TypeAlias = tuple[Resource, str, Members]
"""What is updated, the parameter that says so in the words of a refusal, and the settings."""

_REQUIRED = ("MaximumUnits", "ScalingPolicyUpdate", "MinimumUnits")
_REFUSED_WHEN_DISABLED = ("MaximumUnits", "MinimumUnits", "ScalingPolicyUpdate")
_FAILED = "Failed to update settings for global table with name"


async def describe_table_replica_auto_scaling(context: Context, request: Request) -> Answer:
    return {"TableAutoScalingDescription": _description(context, _table(context, request))}


async def update_table_replica_auto_scaling(context: Context, request: Request) -> Answer:
    table = _table(context, request)
    updates = _updates(table, request)
    _check(table, updates)
    before = _description(context, table)
    tracking, proposed = context.tracking, Tracking()
    proposed.targets, proposed.policies = dict(tracking.targets), dict(tracking.policies)
    try:
        for resource, _, settings in updates:
            _apply(context, proposed, resource, settings)
    except WrongScaling as wrong:
        raise ValidationException(
            f"{wrong} (Service: AWSApplicationAutoScaling; Status Code: 400; Error Code:"
            f" ValidationException; Request ID: {context.ids.uuid()}; Proxy: null)"
        ) from None
    tracking.targets, tracking.policies = proposed.targets, proposed.policies
    await tracking.keep(context.engine)
    return {"TableAutoScalingDescription": before}


def _table(context: Context, request: Request) -> Table:
    name = context.catalog.name(context.region, request["TableName"])
    table = context.catalog.find(context.region, name)
    if table is None:
        raise ResourceNotFoundException(f"Global table with name: '{name}' does not exist.")
    return table


# ------------------------------------------------------------------ what is asked for


def _updates(table: Table, request: Request) -> list[Update]:
    """One entry for each kind of units that the request speaks of."""
    everywhere = _of_owner(
        table,
        None,
        "Write",
        "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate",
        request.get("ProvisionedWriteCapacityAutoScalingUpdate"),
    )
    updates = list(everywhere)
    for index in request.get("GlobalSecondaryIndexUpdates", ()):
        updates += _of_index(table, index, "Write")
    for replica in request.get("ReplicaUpdates", ()):
        updates += _of_replica(table, replica)
    return updates


def _of_replica(table: Table, replica: Members) -> list[Update]:
    region = replica["RegionName"]
    if region != table.region:
        raise ResourceNotFoundException(
            f"{_FAILED}: ‘{table.name}’ because a replica does not exist in regions: ‘[{region}]’."
        )
    if len(replica) == 1:
        raise ValidationException(
            f"{_FAILED}: ‘{table.name}’ because at least one update parameter must be specified for"
            f" region: ‘{region}’."
        )
    parameter = "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate"
    settings = replica.get("ReplicaProvisionedReadCapacityAutoScalingUpdate")
    updates = list(_of_owner(table, None, "Read", parameter, settings))
    for index in replica.get("ReplicaGlobalSecondaryIndexUpdates", ()):
        updates += _of_index(table, index, "Read")
    return updates


def _of_index(table: Table, update: Members, unit: Unit) -> list[Update]:
    name = update.get("IndexName")
    if name not in {index.name for index in table.indexes if index.is_global}:
        raise ResourceNotFoundException(
            f"{_FAILED}: ‘{table.name}’ because the global secondary indexes with names: ‘[{name}]’ do not"
            " exist."
        )
    settings = update.get(f"Provisioned{unit}CapacityAutoScalingUpdate")
    whose = "GlobalTable" if unit == "Write" else "Replica"
    return list(_of_owner(table, name, unit, f"{whose}GlobalSecondaryIndexSettingsUpdate", settings))


def _of_owner(
    table: Table, index: str | None, unit: Unit, parameter: str, settings: Members | None
) -> Iterator[Update]:
    if settings is not None:
        yield Resource(table.region, table.name, index, unit), parameter, settings


def _check(table: Table, updates: list[Update]) -> None:
    """Refuse settings that are incomplete, or of a table on demand."""
    for _, parameter, settings in updates:
        if settings.get("AutoScalingDisabled"):
            given = [name for name in _REFUSED_WHEN_DISABLED if name in settings]
            if given:
                raise ValidationException(
                    f"{_FAILED} ‘{table.name}’: Parameters {_quoted(given)} must be left blank when disabling"
                    " auto scaling."
                )
            continue
        if table.billing_mode == "PAY_PER_REQUEST":
            raise ValidationException(
                f"Failed to update global table with name ‘{table.name}‘. Replicas '{table.region.upper()}'"
                " BillingMode is PayPerRequest. You must convert table's BillingMode to PROVISIONED to set"
                f" parameters: '{parameter}'."
            )
        missing = [name for name in _REQUIRED if name not in settings]
        if missing:
            raise ValidationException(
                f"{_FAILED}: ‘{table.name}’: Parameters {_quoted(missing)} are required unless auto"
                " scaling is being disabled."
            )


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _apply(context: Context, tracking: Tracking, resource: Resource, settings: Members) -> None:
    known = tracking.targets.get(resource)
    if settings.get("AutoScalingDisabled"):
        tracking.forget(resource)
        return
    now = context.clock.now()
    least, most = settings["MinimumUnits"], settings["MaximumUnits"]
    role = settings.get("AutoScalingRoleArn") or service_role(context.account)
    target = known or Target(resource, least, most, role, now)
    tracking.set_target(replace(target, minimum=least, maximum=most, role=role))
    update = settings["ScalingPolicyUpdate"]
    tracked = update["TargetTrackingScalingPolicyConfiguration"]
    for policy in list(tracking.policies_of(resource)):
        del tracking.policies[resource, policy.name]
    tracking.set_policy(
        Policy(
            update.get("PolicyName") or f"{metric(resource.unit)}:{resource.id}",
            context.ids.uuid(),
            resource,
            tracked["TargetValue"],
            now,
            tracked.get("ScaleOutCooldown"),
            tracked.get("ScaleInCooldown"),
            tracked.get("DisableScaleIn"),
        )
    )


# ------------------------------------------------------------------ what there is


def _description(context: Context, table: Table) -> Members:
    def settings(index: str | None, unit: Unit) -> Members:
        return _settings(context.tracking, table, Resource(table.region, table.name, index, unit))

    replica = {
        "RegionName": table.region,
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index.name,
                "IndexStatus": index.status,
                "ProvisionedReadCapacityAutoScalingSettings": settings(index.name, "Read"),
                "ProvisionedWriteCapacityAutoScalingSettings": settings(index.name, "Write"),
            }
            for index in table.indexes
            if index.is_global
        ],
        "ReplicaProvisionedReadCapacityAutoScalingSettings": settings(None, "Read"),
        "ReplicaProvisionedWriteCapacityAutoScalingSettings": settings(None, "Write"),
        "ReplicaStatus": table.status,
    }
    return {"TableName": table.name, "TableStatus": table.status, "Replicas": [replica]}


def _settings(tracking: Tracking, table: Table, resource: Resource) -> Members:
    """What is set for one kind of units. A table on demand keeps its settings, disabled."""
    target = tracking.targets.get(resource)
    if target is None:
        return {"AutoScalingDisabled": True, "ScalingPolicies": []}
    disabled = {"AutoScalingDisabled": True} if table.billing_mode == "PAY_PER_REQUEST" else {}
    return {
        "MinimumUnits": target.minimum,
        "MaximumUnits": target.maximum,
        **disabled,
        "AutoScalingRoleArn": target.role,
        "ScalingPolicies": [
            {"PolicyName": policy.name, "TargetTrackingScalingPolicyConfiguration": policy.configuration}
            for policy in tracking.policies_of(resource)
        ],
    }


OPERATIONS = (
    Operation(
        "DescribeTableReplicaAutoScaling",
        SHAPES["DescribeTableReplicaAutoScaling"],
        describe_table_replica_auto_scaling,
        "reads",
    ),
    Operation(
        "UpdateTableReplicaAutoScaling",
        SHAPES["UpdateTableReplicaAutoScaling"],
        update_table_replica_auto_scaling,
        "control",
    ),
)
