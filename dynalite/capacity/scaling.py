"""Target tracking: how many units a table should have for what it consumes. Pure arithmetic.

A policy names a utilization. Consumption above it for two minutes running raises the units at once to what
would put consumption at the target; consumption below it by a fifth for fifteen minutes running lowers them
likewise. Units never leave the target's range, and a cooldown keeps two changes of one direction apart.
Source: the developer guide, "Managing throughput capacity automatically with auto scaling".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal, TypeAlias

Unit: TypeAlias = Literal["Read", "Write"]

OUT_MINUTES: Final = 2
IN_MINUTES: Final = 15
_IN_BELOW = 0.8


@dataclass(frozen=True, slots=True)
class Resource:
    """What is scaled: one kind of units of a table, or of a global index of it."""

    region: str
    table: str
    index: str | None
    unit: Unit

    @property
    def id(self) -> str:
        of_index = "" if self.index is None else f"/index/{self.index}"
        return f"table/{self.table}{of_index}"

    @property
    def dimension(self) -> str:
        return f"dynamodb:{'table' if self.index is None else 'index'}:{self.unit}CapacityUnits"


@dataclass(frozen=True, slots=True)
class Target:
    """A resource that may be scaled, and how far. The times are when it was last scaled (epoch seconds)."""

    resource: Resource
    minimum: int
    maximum: int
    role: str
    created_at: float
    scaled_out_at: float = 0.0
    scaled_in_at: float = 0.0
    no_scale_out: bool = False
    no_scale_in: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """How a target is scaled. `utilization` is in percent of what is provisioned, cooldowns in seconds."""

    name: str
    uuid: str
    resource: Resource
    utilization: float
    created_at: float
    out_cooldown: float | None = None
    in_cooldown: float | None = None
    disable_scale_in: bool | None = None

    @property
    def configuration(self) -> dict[str, float | bool]:
        """What was configured, in the words of both APIs; what was not given is left out."""
        given = {
            "TargetValue": self.utilization,
            "ScaleOutCooldown": self.out_cooldown,
            "ScaleInCooldown": self.in_cooldown,
            "DisableScaleIn": self.disable_scale_in,
        }
        return {name: value for name, value in given.items() if value is not None}


def wanted(target: Target, policy: Policy, units: int, minutes: Sequence[float], now: float) -> int:
    """The units that a resource should have.

    `units` are provisioned now, `minutes` what was consumed in each of the last complete minutes, the latest
    one last.
    """
    within = min(max(units, target.minimum), target.maximum)
    if within != units:
        return within
    share = policy.utilization / 100
    per_second = [consumed / 60 for consumed in minutes]
    rising = per_second[-OUT_MINUTES:]
    if len(rising) == OUT_MINUTES and min(rising) > units * share:
        better = min(target.maximum, ceil(max(rising) / share))
        cool = now - target.scaled_out_at >= (policy.out_cooldown or 0)
        return better if better > units and cool and not target.no_scale_out else units
    falling = per_second[-IN_MINUTES:]
    if len(falling) == IN_MINUTES and max(falling) < units * share * _IN_BELOW:
        better = max(target.minimum, ceil(max(falling) / share))
        cool = now - max(target.scaled_in_at, target.scaled_out_at) >= (policy.in_cooldown or 0)
        allowed = cool and not (policy.disable_scale_in or target.no_scale_in)
        return better if better < units and allowed else units
    return units
