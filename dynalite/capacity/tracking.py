"""What is scaled, and how: the scalable targets and target tracking policies of a database.

Two APIs write here, Application Auto Scaling and DynamoDB's own for replicas, as they do at the service,
where the second calls the first; so what one of them sets, the other one shows. They share the rules as well,
but not the errors: a rule that is broken raises `WrongScaling`, and each API says it in its own way.

All of it is one row, read when the database is opened and written whenever it changes, so it outlives the
server. `jobs/scaling.py` does the scaling.
"""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import orjson

from dynalite.capacity.scaling import Policy, Resource, Target, Unit
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine, write_batch

_ROW = keyspace.job(0, b"scaling")
_LOWEST_UTILIZATION, _HIGHEST_UTILIZATION = 10.0, 90.0


class WrongScaling(Exception):
    """A target or a policy that cannot be; the text says why, in Application Auto Scaling's words."""


class Tracking:
    """The targets and policies of a database."""

    def __init__(self) -> None:
        self.targets: dict[Resource, Target] = {}
        self.policies: dict[tuple[Resource, str], Policy] = {}

    def policies_of(self, resource: Resource) -> Iterator[Policy]:
        return (policy for (of, _), policy in self.policies.items() if of == resource)

    def set_target(self, target: Target) -> None:
        """Register a target, or change it. Raises WrongScaling."""
        if target.maximum < target.minimum:
            raise WrongScaling("Maximum capacity cannot be less than minimum capacity")
        self.targets[target.resource] = target

    def set_policy(self, policy: Policy) -> Policy:
        """Add a policy to a target; one of the same name is replaced, and hands on its id and its birth.

        Raises WrongScaling.
        """
        check_utilization(policy.resource.unit, policy.utilization)
        known = self.policies.get((policy.resource, policy.name))
        if known is not None:
            policy = replace(policy, uuid=known.uuid, created_at=known.created_at)
        self.policies[policy.resource, policy.name] = policy
        return policy

    def forget(self, resource: Resource) -> Target | None:
        """Take a target away with its policies. Returns what it was; None when there was none."""
        for key in [key for key in self.policies if key[0] == resource]:
            del self.policies[key]
        return self.targets.pop(resource, None)

    # -------------------------------------------------------------- at rest

    async def load(self, engine: Engine) -> None:
        """Take up the targets and policies that were kept, instead of those at hand."""
        self.targets.clear()
        self.policies.clear()
        (row,) = await engine.read([_ROW])
        kept: dict[str, Any] = {"targets": [], "policies": []} if row is None else orjson.loads(row)
        for target in kept["targets"]:
            resource = Resource(**target.pop("resource"))
            self.targets[resource] = Target(resource, **target)
        for policy in kept["policies"]:
            resource = Resource(**policy.pop("resource"))
            self.policies[resource, policy["name"]] = Policy(resource=resource, **policy)

    async def keep(self, engine: Engine) -> None:
        """Write down the targets and policies as they are."""
        batch = Batch()
        kept = {
            "targets": [asdict(target) for target in self.targets.values()],
            "policies": [asdict(policy) for policy in self.policies.values()],
        }
        batch.put(_ROW, orjson.dumps(kept))
        await write_batch(engine, batch)


def check_utilization(unit: Unit, utilization: float) -> None:
    """Raise WrongScaling when nobody could track this."""
    if not _LOWEST_UTILIZATION <= utilization <= _HIGHEST_UTILIZATION:
        raise WrongScaling(
            f"For predefined metric type {metric(unit)}, target value must be between"
            f" '{_LOWEST_UTILIZATION}' and '{_HIGHEST_UTILIZATION}', but was '{float(utilization)}'."
        )


def metric(unit: Unit) -> str:
    """The predefined metric that a policy for these units tracks."""
    return f"DynamoDB{unit}CapacityUtilization"


def service_role(account: str) -> str:
    """The role that scales when no other is named."""
    return (
        f"arn:aws:iam::{account}:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
    )
