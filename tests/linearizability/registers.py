"""What a handful of items must do when nobody else is there: the sequential specification.

An item is a register that holds a whole number, or None when there is no item. Everything that the data plane
does to items is one shape: a call touches some registers at once; each touch may require a value, may change
the value, and may have been told the value that it found. A GetItem is one touch that changes nothing, a
transaction is many touches, a failed condition is a touch that found something other than it required.

The state is a tuple with one value per register. Nothing here knows of time or of HTTP: `search` puts calls
in an order, and `after` says whether the answers fit it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

Value = int | None
State = tuple[Value, ...]


class Requires(Enum):
    """A requirement that is not a value."""

    NOTHING = "nothing"


class Change(Enum):
    """What a touch does to its register, with its number where it takes one."""

    NOTHING = "nothing"
    SET = "set"
    ADD = "add"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Touch:
    """What one call does to one register. Reads and condition checks change nothing."""

    register: int
    change: Change = Change.NOTHING
    number: int = 0
    requires: Value | Requires = Requires.NOTHING

    def allows(self, value: Value) -> bool:
        return self.requires is Requires.NOTHING or self.requires == value

    def leaves(self, value: Value) -> Value:
        """The value that the change makes of `value`."""
        match self.change:
            case Change.NOTHING:
                return value
            case Change.SET:
                return self.number
            case Change.ADD:
                return (value or 0) + self.number
            case Change.DELETE:
                return None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a client was told: what each register held when it was touched, as far as the answer says so, and
    which touches were refused. A call with a refused touch changes nothing.
    """

    found: Mapping[int, Value] = field(default_factory=dict)
    refused: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one client: sent at `start`, answered at `end`, in any unit that only grows.

    Without an outcome (the connection broke) it may have happened at any time after its start, or never, and
    `end` means nothing.
    """

    client: int
    touches: tuple[Touch, ...]
    start: int
    end: int
    outcome: Outcome | None


def changes_nothing(call: Call) -> bool:
    """Whether the call cannot have changed anything, whenever it happened."""
    if call.outcome is not None and call.outcome.refused:
        return True
    return all(touch.change is Change.NOTHING for touch in call.touches)


def after(state: State, call: Call) -> State | None:
    """The state that the call leaves when it happens in `state`; None when its answer says it did not."""
    outcome = call.outcome
    fine = True
    for touch in call.touches:
        value = state[touch.register]
        allowed = touch.allows(value)
        fine = fine and allowed
        if outcome is None:
            continue
        if allowed == (touch.register in outcome.refused):
            return None
        if touch.register in outcome.found and outcome.found[touch.register] != value:
            return None
    if not fine:
        return state
    left = list(state)
    for touch in call.touches:
        left[touch.register] = touch.leaves(left[touch.register])
    return tuple(left)
