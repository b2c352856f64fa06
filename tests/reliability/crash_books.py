"""What must be found after a crash: every fact that was acknowledged, and of each call that was under way all
or nothing.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.reliability.crash_load import Facts
from tests.reliability.crash_points import Safe


class Lost(AssertionError):
    """Something acknowledged is not there, or something is there that nobody did."""


@dataclass
class Call:
    """A call that was announced, and not answered yet."""

    facts: Facts
    one_by_one: bool = False


@dataclass
class Books:
    """The facts, as the clients of a data folder have heard them."""

    facts: Facts = field(default_factory=dict)
    under_way: dict[str, Call] = field(default_factory=dict)
    acknowledged: int = 0
    safe: Safe = field(default_factory=Safe)

    def hear(self, said: Iterable[bytes]) -> None:
        """Enter what a process has said. Its last line may be cut short."""
        for line in said:
            if not line.endswith(b"\n"):
                return
            heard = json.loads(line)
            if "begin" in heard:
                self.under_way[heard["begin"]] = Call(heard["facts"], heard.get("one_by_one", False))
            elif "done" in heard:
                self.facts |= self.under_way.pop(heard["done"]).facts
                self.acknowledged += 1
            elif "refused" in heard:
                del self.under_way[heard["refused"]]
            else:
                self.safe = Safe(**heard["safe"])

    def compare(self, found: Mapping[str, Any], now: float) -> None:
        """Hold what was found after a restart against the facts. Items that have expired may be gone.

        Raises Lost. What was under way counts as done, or not, from now on.
        """
        for client, call in self.under_way.items():
            done = {name: _same(state, found.get(name), now) for name, state in call.facts.items()}
            undone = {name: _same(self.facts.get(name), found.get(name), now) for name in call.facts}
            if not all(done[name] or undone[name] for name in done):
                raise Lost(f"{client} was in the middle of {call.facts}; there is {_of(found, done)}")
            if not call.one_by_one and not all(done.values()) and not all(undone.values()):
                raise Lost(f"half of what {client} did is there: {call.facts}; {_of(found, done)}")
            self.facts |= {name: found.get(name) for name in done}
        self.under_way.clear()
        for name in self.facts.keys() | found.keys():
            if not _same(self.facts.get(name), found.get(name), now):
                raise Lost(f"{name} is {found.get(name)}, and was {self.facts.get(name)}")
        self.facts = dict(found)


def _of(found: Mapping[str, Any], names: Iterable[str]) -> Facts:
    return {name: found.get(name) for name in names}


def _same(wanted: Any, found: Any, now: float) -> bool:
    if wanted == found:
        return True
    expires = isinstance(wanted, dict) and wanted["ends"] is not None
    return found is None and expires and wanted["ends"] <= now
