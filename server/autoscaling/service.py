"""Application Auto Scaling: scalable targets and target tracking policies for tables and
their global indexes. `dynalite/jobs/scaling.py` does the scaling.

Other namespaces than `dynamodb` and other kinds of policies are refused; scheduled actions are not served.
The alarms in the answers are names only: there is nothing to look at behind them.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from dynalite.capacity.scaling import Policy, Resource, Target
from dynalite.capacity.tracking import WrongScaling, metric, service_role
from dynalite.database import Database
from dynalite.errors import ServiceError
from dynalite.jobs.scaling import Activity
from dynalite.operations import paging
from dynalite.sharing import ONE_SCALES
from dynalite.values.types import Answer
from server.autoscaling.members import Members, present

_RESOURCE = re.compile(r"table/([A-Za-z0-9_.-]+)(?:/index/([A-Za-z0-9_.-]+))?")
_DIMENSION = re.compile(r"dynamodb:(table|index):(Read|Write)CapacityUnits")
_PAGE = 50


class AutoScalingError(ServiceError):
    namespace = "com.amazonaws.autoscaling"
    message_member = "Message"


class ValidationException(AutoScalingError):
    """The request is wrong, or asks for another namespace than `dynamodb` or for another kind of policy."""


class ObjectNotFoundException(AutoScalingError):
    """There is no such scalable target or policy."""


class Service:
    """Its operations, for one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tracking = database.tracking

    def serves(self, operation: str) -> bool:
        return operation in OPERATIONS

    async def execute(self, operation: str, request: Members, region: str) -> Answer:
        if self._database.sharing is not None:
            raise ValidationException(ONE_SCALES)
        try:
            request = present(request)
        except TypeError as wrong_type:
            raise ValidationException(str(wrong_type)) from None
        if request.get("ServiceNamespace") != "dynamodb":
            raise ValidationException("Only the service namespace dynamodb is supported by this server")
        try:
            return await OPERATIONS[operation](self, region, request)
        except KeyError as missing:
            raise ValidationException(f"{missing.args[0]} is required") from None
        except WrongScaling as wrong:
            raise ValidationException(str(wrong)) from None

    # -------------------------------------------------------------- targets

    async def register(self, region: str, request: Members) -> Answer:
        resource = _resource(region, request)
        known = self._tracking.targets.get(resource)
        self._check_exists(resource)
        least = request.get("MinCapacity", None if known is None else known.minimum)
        most = request.get("MaxCapacity", None if known is None else known.maximum)
        if least is None or most is None:
            raise ValidationException("Both MinCapacity and MaxCapacity must be given for a new target")
        if least < 1:
            raise ValidationException("Minimum capacity must be at least 1")
        now = self._database.clock.now()
        target = known or Target(resource, least, most, self._role(request), now)
        suspended = request.get("SuspendedState", {})
        self._tracking.set_target(
            replace(
                target,
                minimum=least,
                maximum=most,
                role=self._role(request) if "RoleARN" in request else target.role,
                no_scale_in=suspended.get("DynamicScalingInSuspended", target.no_scale_in),
                no_scale_out=suspended.get("DynamicScalingOutSuspended", target.no_scale_out),
            )
        )
        await self._tracking.keep(self._database.engine)
        return {"ScalableTargetARN": self._target_arn(resource)}

    async def deregister(self, region: str, request: Members) -> Answer:
        resource = _resource(region, request)
        if self._tracking.forget(resource) is None:
            raise _no_target(resource)
        await self._tracking.keep(self._database.engine)
        return {}

    async def describe_targets(self, region: str, request: Members) -> Answer:
        ids = request.get("ResourceIds")
        found = [
            self._target(target)
            for resource, target in self._tracking.targets.items()
            if resource.region == region
            and (not ids or resource.id in ids)
            and request.get("ScalableDimension") in (None, resource.dimension)
        ]
        return _page("ScalableTargets", found, request)

    def _target(self, target: Target) -> Members:
        return {
            **_named(target.resource),
            "MinCapacity": target.minimum,
            "MaxCapacity": target.maximum,
            "RoleARN": target.role,
            "CreationTime": target.created_at,
            "SuspendedState": {
                "DynamicScalingInSuspended": target.no_scale_in,
                "DynamicScalingOutSuspended": target.no_scale_out,
                "ScheduledScalingSuspended": False,
            },
            "ScalableTargetARN": self._target_arn(target.resource),
        }

    # -------------------------------------------------------------- policies

    async def put_policy(self, region: str, request: Members) -> Answer:
        resource, name = _resource(region, request), request["PolicyName"]
        if resource not in self._tracking.targets:
            raise _no_target(resource)
        tracking = request.get("TargetTrackingScalingPolicyConfiguration")
        if request.get("PolicyType", "TargetTrackingScaling") != "TargetTrackingScaling" or tracking is None:
            raise ValidationException("Only target tracking policies are supported by this server")
        tracked = tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
        if tracked != metric(resource.unit):
            raise ValidationException(f"The metric {tracked} does not fit {resource.dimension}")
        policy = self._tracking.set_policy(
            Policy(
                name,
                self._database.ids.uuid(),
                resource,
                tracking["TargetValue"],
                self._database.clock.now(),
                tracking.get("ScaleOutCooldown"),
                tracking.get("ScaleInCooldown"),
                tracking.get("DisableScaleIn"),
            )
        )
        await self._tracking.keep(self._database.engine)
        return {"PolicyARN": self._policy_arn(policy), "Alarms": self._alarms(policy)}

    async def delete_policy(self, region: str, request: Members) -> Answer:
        resource, name = _resource(region, request), request["PolicyName"]
        if self._tracking.policies.pop((resource, name), None) is None:
            raise ObjectNotFoundException(f"No scaling policy found for {resource.id} and name {name}")
        await self._tracking.keep(self._database.engine)
        return {}

    async def describe_policies(self, region: str, request: Members) -> Answer:
        names = request.get("PolicyNames")
        found = [
            self._policy(policy)
            for (resource, name), policy in self._tracking.policies.items()
            if resource.region == region and (not names or name in names) and _asked(resource, request)
        ]
        return _page("ScalingPolicies", found, request)

    def _policy(self, policy: Policy) -> Members:
        return {
            **_named(policy.resource),
            "PolicyARN": self._policy_arn(policy),
            "PolicyName": policy.name,
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {
                "PredefinedMetricSpecification": {"PredefinedMetricType": metric(policy.resource.unit)},
                **policy.configuration,
            },
            "Alarms": self._alarms(policy),
            "CreationTime": policy.created_at,
        }

    async def describe_activities(self, region: str, request: Members) -> Answer:
        found = [
            _activity(activity)
            for activity in self._database.scaling.activities
            if activity.resource.region == region and _asked(activity.resource, request)
        ]
        return _page("ScalingActivities", found, request)

    # -------------------------------------------------------------- names

    def _check_exists(self, resource: Resource) -> None:
        table = self._database.catalog.find(resource.region, resource.table)
        if table is None or (resource.index is not None and table.index(resource.index) is None):
            raise ValidationException(f"DynamoDB {resource.id} does not exist")

    def _role(self, request: Members) -> str:
        return request.get("RoleARN") or service_role(self._database.settings.account)

    def _target_arn(self, resource: Resource) -> str:
        account = self._database.settings.account
        return (
            f"arn:aws:application-autoscaling:{resource.region}:{account}:scalable-target/"
            f"{resource.dimension}/{resource.id}"
        )

    def _policy_arn(self, policy: Policy) -> str:
        region, account = policy.resource.region, self._database.settings.account
        return (
            f"arn:aws:autoscaling:{region}:{account}:scalingPolicy:{policy.uuid}:resource/dynamodb/"
            f"{policy.resource.id}:policyName/{policy.name}"
        )

    def _alarms(self, policy: Policy) -> list[Members]:
        region, account = policy.resource.region, self._database.settings.account
        names = [
            f"TargetTracking-{policy.resource.id}-Alarm{which}-{policy.uuid}" for which in ("High", "Low")
        ]
        return [
            {"AlarmName": name, "AlarmARN": f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"}
            for name in names
        ]


OPERATIONS: Final[Mapping[str, Callable[[Service, str, Members], Awaitable[Answer]]]] = {
    "RegisterScalableTarget": Service.register,
    "DeregisterScalableTarget": Service.deregister,
    "DescribeScalableTargets": Service.describe_targets,
    "PutScalingPolicy": Service.put_policy,
    "DeleteScalingPolicy": Service.delete_policy,
    "DescribeScalingPolicies": Service.describe_policies,
    "DescribeScalingActivities": Service.describe_activities,
}


def _resource(region: str, request: Members) -> Resource:
    named = _RESOURCE.fullmatch(request["ResourceId"])
    dimension = _DIMENSION.fullmatch(request["ScalableDimension"])
    if named is None or dimension is None or (named[2] is None) != (dimension[1] == "table"):
        raise ValidationException(
            "ResourceId and ScalableDimension do not name a table's or an index's units"
        )
    return Resource(region, named[1], named[2], "Read" if dimension[2] == "Read" else "Write")


def _no_target(resource: Resource) -> ObjectNotFoundException:
    return ObjectNotFoundException(
        f"No scalable target registered for service namespace: dynamodb, resource ID: {resource.id},"
        f" scalable dimension: {resource.dimension}"
    )


def _named(resource: Resource) -> Members:
    return {
        "ServiceNamespace": "dynamodb",
        "ResourceId": resource.id,
        "ScalableDimension": resource.dimension,
    }


def _asked(resource: Resource, request: Members) -> bool:
    return request.get("ResourceId") in (None, resource.id) and request.get("ScalableDimension") in (
        None,
        resource.dimension,
    )


def _activity(activity: Activity) -> Members:
    unit = activity.resource.unit.lower()
    failed = activity.error is not None
    return {
        **_named(activity.resource),
        "ActivityId": f"{activity.at:.0f}-{activity.resource.id}-{unit}",
        "Description": f"Setting {unit} capacity units to {activity.after}.",
        "Cause": f"consumption does not fit {activity.before} {unit} capacity units",
        "StartTime": activity.at,
        "EndTime": activity.at,
        "StatusCode": "Failed" if failed else "Successful",
        "StatusMessage": activity.error
        or f"Successfully set {unit} capacity units to {activity.after}."
        " Change successfully fulfilled by dynamodb.",
    }


def _page(member: str, found: list[Members], request: Members) -> Answer:
    token, size = request.get("NextToken"), request.get("MaxResults", _PAGE)
    if not 1 <= size <= _PAGE:
        raise ValidationException(f"MaxResults must be from 1 to {_PAGE}")
    wrong = ValidationException("NextToken is not valid")
    shown, more = paging.page(found, paging.start(token, wrong), size)
    return {member: shown, **more}
