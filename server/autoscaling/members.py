"""The members of the requests that are served, and what JSON has in their place."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

Members: TypeAlias = Mapping[str, Any]


class _Kind(NamedTuple):
    types: tuple[type, ...]
    said: str


_TEXT: Final = _Kind((str,), "a string")
_TEXTS: Final = _Kind((list,), "a list of strings")
_COUNT: Final = _Kind((int,), "an integer")
_NUMBER: Final = _Kind((int, float), "a number")
_FLAG: Final = _Kind((bool,), "a boolean")
_MEMBERS: Final = _Kind((dict,), "an object")

_KINDS: Final[Mapping[str, _Kind]] = {
    "ServiceNamespace": _TEXT,
    "ResourceId": _TEXT,
    "ResourceIds": _TEXTS,
    "ScalableDimension": _TEXT,
    "MinCapacity": _COUNT,
    "MaxCapacity": _COUNT,
    "RoleARN": _TEXT,
    "SuspendedState": _MEMBERS,
    "DynamicScalingInSuspended": _FLAG,
    "DynamicScalingOutSuspended": _FLAG,
    "ScheduledScalingSuspended": _FLAG,
    "PolicyName": _TEXT,
    "PolicyNames": _TEXTS,
    "PolicyType": _TEXT,
    "TargetTrackingScalingPolicyConfiguration": _MEMBERS,
    "PredefinedMetricSpecification": _MEMBERS,
    "PredefinedMetricType": _TEXT,
    "TargetValue": _NUMBER,
    "ScaleOutCooldown": _COUNT,
    "ScaleInCooldown": _COUNT,
    "DisableScaleIn": _FLAG,
    "MaxResults": _COUNT,
    "NextToken": _TEXT,
}
"""By name: none means two things."""


def present(members: Members) -> Members:
    """The members without those that are null, which says nothing. Raises TypeError for one of another kind;
    its message says so.
    """
    found = {}
    for name, value in members.items():
        if value is None:
            continue
        kind = _KINDS.get(name)
        if kind is not None:
            whole = type(value) in kind.types
            if not whole or (kind is _TEXTS and not all(isinstance(text, str) for text in value)):
                raise TypeError(f"{name} must be {kind.said}")
        found[name] = present(value) if kind is _MEMBERS else value
    return found
