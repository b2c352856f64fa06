"""Contributor insights: which keys of a table or an index are used most, and which are throttled most.

While they are on, a rule for each question counts, by the minute (`contributors.py`):

    PKC   partition keys, by what they consumed       SKC   whole keys, where there is a sort key: likewise
    PKT   partition keys, by how often refused        SKT   likewise

Consumption is in the service's ConsumedThroughputUnits, three for a write unit and one for a read unit. A
Query counts for its partition key only, a Scan for none, a write for the table and for each index that it
touches; a write that an index refuses is counted nowhere, and requests in PartiQL neither. CloudWatch answers
with what the rules have counted.

What is off costs nothing: a table whose insights are on has other counters than it had before
(`Table.metered_as`), which tell the rules in passing. A change of the mode keeps the rules that both modes
have. What they have counted ends with the server. Source: the developer guide, "CloudWatch Contributor
Insights for DynamoDB: How it works".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, Protocol, TypeAlias

from dynalite.capacity.contributors import Contributors
from dynalite.capacity.heat import Heat
from dynalite.catalog.schema import INSIGHTS, KeySchema, Table
from dynalite.clock import Clock
from dynalite.values.types import Item

Question: TypeAlias = Literal["accessed", "throttled"]

MODES: Final[Mapping[str, tuple[Question, ...]]] = {
    "ACCESSED_AND_THROTTLED_KEYS": ("accessed", "throttled"),
    "THROTTLED_KEYS": ("throttled",),
}
DEFAULT_MODE: Final = "ACCESSED_AND_THROTTLED_KEYS"
READ_WEIGHT: Final = 1.0
WRITE_WEIGHT: Final = 3.0
"""ConsumedThroughputUnits of a unit."""

_ALWAYS: Mapping[Question, str] = {"accessed": "PKC", "throttled": "PKT"}
_SORTED: Mapping[Question, str] = {"accessed": "SKC", "throttled": "SKT"}
_UNSEEN = frozenset({"", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})
"""Operations whose requests are counted by no rule: the server's own, and PartiQL's."""


class Setting(NamedTuple):
    """What was last asked for, `at` a time, for a table or an index. The rules were made at `since`."""

    enabled: bool
    mode: str
    at: float
    since: float


class Rule(NamedTuple):
    """A rule as CloudWatch knows it, of the table (`owner` is "") or of an index. `labels` are the attributes
    of the keys that it counts.
    """

    name: str
    kind: str
    question: Question
    owner: str
    labels: tuple[str, ...]
    since: float


def setting(table: Table, index: str) -> Setting | None:
    """What was asked for the table ("") or an index; None when nothing ever was."""
    kept: Mapping[str, Any] | None = table.settings.get(INSIGHTS, {}).get(index)
    if kept is None:
        return None
    return Setting(kept["enabled"], kept["mode"], kept["at"], kept.get("since", kept["at"]))


def rules(table: Table, index: str) -> Iterator[Rule]:
    """The rules that there are for the table ("") or an index: none unless insights are on."""
    asked, keys = setting(table, index), _keys(table, index)
    if asked is None or not asked.enabled or keys is None:
        return
    partition = tuple(attribute.name for attribute in keys.partition)
    schemes = [(_ALWAYS, partition)]
    if keys.sort:
        schemes.append((_SORTED, tuple(attribute.name for attribute in keys.attributes)))
    resource = f"{table.name}-{index}" if index else table.name
    for kinds, labels in schemes:
        for question in MODES[asked.mode]:
            name = f"DynamoDBContributorInsights-{kinds[question]}-{resource}-{asked.since * 1000:.0f}"
            yield Rule(name, kinds[question], question, index, labels, asked.since)


def _keys(table: Table, index: str) -> KeySchema | None:
    if not index:
        return table.keys
    found = table.index(index)
    return None if found is None else found.keys


def every_rule(table: Table) -> Iterator[Rule]:
    """The rules of a table and of its indexes."""
    for index in sorted(table.settings.get(INSIGHTS, {})):
        yield from rules(table, index)


@dataclass(frozen=True, slots=True)
class _Counting:
    """A rule at work: the attributes that it tells keys apart by, and what it has counted."""

    labels: tuple[str, ...]
    contributors: Contributors


class Image(Protocol):
    """One of the states of an item that a write has changed."""

    @property
    def item(self) -> Item: ...


class Images(Protocol):
    """What a write has changed: an item before and after, None where it was not there."""

    @property
    def before(self) -> Image | None: ...

    @property
    def after(self) -> Image | None: ...


class Insights:
    """The rules of one table or index at work."""

    __slots__ = ("_keys", "_rules", "at", "since")

    def __init__(self, asked: Setting, keys: KeySchema) -> None:
        self.at = asked.at
        self.since = asked.since
        self._keys = keys
        self._rules: dict[str, _Counting] = {}

    def agree(self, asked: Setting, wanted: Iterator[Rule]) -> None:
        """Go by these rules from now on. Those that there were before go on counting."""
        self.at = asked.at
        self._rules = {
            rule.kind: self._rules.get(rule.kind) or _Counting(rule.labels, Contributors()) for rule in wanted
        }

    def contributors(self, kind: str) -> Contributors | None:
        counting = self._rules.get(kind)
        return None if counting is None else counting.contributors

    def used(self, item: Item, units: float, now: float) -> None:
        """Units were consumed by a request for a key; `item` has it. Where it has no more than the partition
        key, no whole key is meant.
        """
        self._count("accessed", item, units, now)

    def refused(self, item: Item, now: float) -> None:
        """A request for a key was refused."""
        self._count("throttled", item, 1.0, now)

    def wrote(self, images: Images, units: float, now: float) -> None:
        """A write has touched the index: where the item is now, or else where it was."""
        for image in (images.after, images.before):
            if image is not None and self._keys.names <= image.item.keys():
                self.used(image.item, WRITE_WEIGHT * units, now)
                return

    def _count(self, question: Question, item: Item, units: float, now: float) -> None:
        for kinds in (_ALWAYS, _SORTED):
            counting = self._rules.get(kinds[question])
            if counting is not None and all(name in item for name in counting.labels):
                key = tuple(_text(item[name]) for name in counting.labels)
                counting.contributors.add(key, units, now)


class Watched:
    """Stands before a `Heat`, and tells the insights of whatever is told to it."""

    __slots__ = ("_clock", "_heat", "_insights", "_weight")

    def __init__(self, heat: Heat, insights: Insights, weight: float, clock: Clock) -> None:
        self._heat = heat
        self._insights = insights
        self._weight = weight
        self._clock = clock

    def add(self, hash_: bytes, units: float, keys: KeySchema, item: Item) -> None:
        self._heat.add(hash_, units, keys, item)
        self._insights.used(item, self._weight * units, self._clock.now())

    enter = add


def of(known: dict[str, Insights], table: Table, index: str, operation: str) -> Insights | None:
    """What counts for an operation on the table ("") or an index; None while insights are off.

    `known` are the insights of the table by index, and brought up to date. A request that began before the
    setting was changed has the descriptor from then: it changes nothing, and where nothing had been asked for
    yet it is not counted.
    """
    asked, present = setting(table, index), known.get(index)
    keys = _keys(table, index)
    if asked is None or keys is None:
        return None
    if present is None or present.at <= asked.at:
        if not asked.enabled:
            known.pop(index, None)
            return None
        if present is None or present.since != asked.since:
            present = known[index] = Insights(asked, keys)
        present.agree(asked, rules(table, index))
    return None if operation in _UNSEEN else present


def _text(value: Mapping[str, Any]) -> str:
    """The text of a key attribute's value, as requests have it: a number's digits, bytes in base64."""
    (text,) = value.values()
    return str(text)
