"""What the clients of a simulation did, as far as they know, and whether a stream tells the same.

Every write leaves a mark of its own in the item, so that a record of the stream says which write made it. A
client knows of its call that it was done, that it was refused, or, when the answer was lost, nothing. The
laws:

1. Each change that was acknowledged is in the stream once; one whose answer was lost, at most once; one that
   was refused, never. Nothing else is in the stream but what TTL deleted, and that had expired.
2. The records of an item are a chain: each begins with the image that the one before ends with. They keep the
   order of the calls: a call that was answered before another was sent comes first.
3. A transaction's changes are there together or not at all.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Key: TypeAlias = tuple[str, str]
Image: TypeAlias = dict[str, Any]
Record: TypeAlias = dict[str, Any]
Effect: TypeAlias = Literal["put", "update", "delete"]
Fate: TypeAlias = Literal["unknown", "done", "refused"]

UNANSWERED = float("inf")
NOBODY = "nobody"
"""What an update notes as the mark of a missing item."""


class Violation(AssertionError):
    """A law was broken."""


@dataclass(slots=True)
class Call:
    """A call that changes items. `mark` is what its puts and updates leave in the attribute `by`.

    `found` is the item that a single delete says it deleted.
    """

    mark: str
    effects: Mapping[Key, Effect]
    sent: int
    fate: Fate = "unknown"
    answered: float = UNANSWERED
    found: Image | None = None

    def __str__(self) -> str:
        effects = ", ".join(f"{effect} {key}" for key, effect in self.effects.items())
        return f"{self.mark} ({effects}; {self.fate})"


@dataclass(slots=True)
class History:
    """All calls, in the order in which they were sent."""

    calls: dict[str, Call] = field(default_factory=dict)
    _moment: int = 0

    def sent(self, client: str, effects: Mapping[Key, Effect]) -> Call:
        self._moment += 1
        call = Call(f"{client}-{self._moment}", effects, self._moment)
        self.calls[call.mark] = call
        return call

    def answered(self, call: Call, fate: Fate, found: Image | None = None) -> None:
        self._moment += 1
        call.fate, call.found, call.answered = fate, found, self._moment


def key_of(image: Image) -> Key:
    return image["p"]["S"], image["s"]["S"]


def by_item(records: Iterable[Record]) -> dict[Key, list[Record]]:
    found: dict[Key, list[Record]] = defaultdict(list)
    for record in records:
        found[key_of(record["dynamodb"]["Keys"])].append(record)
    return found


def replayed(records: Iterable[Record]) -> dict[Key, Image]:
    """The items that a stream, from its beginning, leaves behind."""
    items: dict[Key, Image] = {}
    for record in records:
        change = record["dynamodb"]
        key = key_of(change["Keys"])
        if "NewImage" in change:
            items[key] = change["NewImage"]
        else:
            del items[key]
    return items


def check(history: History, records: Sequence[Record]) -> None:
    """Raise `Violation` when the records, in the order in which a consumer met them, break a law."""
    _Judge(history, records).judge()


class _Judge:
    def __init__(self, history: History, records: Sequence[Record]) -> None:
        self._history = history
        self._records = records
        self._made: dict[str, set[Key]] = defaultdict(set)  # by mark: which items the call's records are of
        self._deletes: Counter[Key] = Counter()  # records of deletes that no call claims by what it found
        self._claims = {
            (key, call.found["by"]["S"]): call
            for call in history.calls.values()
            if call.found is not None
            for key in call.effects
        }

    def judge(self) -> None:
        for key, records in by_item(self._records).items():
            self._judge_item(key, records)
        for call in self._history.calls.values():
            self._judge_call(call)
        self._judge_deletes()

    def _judge_item(self, key: Key, records: Sequence[Record]) -> None:
        before: Image | None = None
        latest_sent = 0
        for record in records:
            change = record["dynamodb"]
            if change.get("OldImage") != before:
                raise Violation(f"{key}: {change} does not continue {before}")
            after = change.get("NewImage")
            call = self._maker(key, record, before, after)
            if call is not None:
                if call.answered < latest_sent:
                    raise Violation(f"{key}: {call} comes after a call that was sent when it was answered")
                latest_sent = max(latest_sent, call.sent)
            before = after

    def _maker(self, key: Key, record: Record, before: Image | None, after: Image | None) -> Call | None:
        """The call that made a record; None when nobody can tell."""
        if record["eventName"] != _event_name(before, after):
            raise Violation(f"{key}: {record} is called by a wrong name")
        if after is None:
            return self._deleter(key, record, before)
        if "userIdentity" in record:
            raise Violation(f"{key}: the service wrote {after}")
        call = self._history.calls.get(after["by"]["S"])
        effect = call.effects.get(key) if call is not None else None
        if call is None or effect not in ("put", "update"):
            raise Violation(f"{key}: nobody wrote {after}")
        if key in self._made[call.mark]:
            raise Violation(f"{key}: {call} is there twice")
        self._made[call.mark].add(key)
        if effect == "update":
            was = NOBODY if before is None else before["by"]["S"]
            if after["after"]["S"] != was:
                raise Violation(f"{key}: {call} was made from another item than {before}")
        return call

    def _deleter(self, key: Key, record: Record, before: Image | None) -> Call | None:
        assert before is not None
        if "userIdentity" in record:
            ends = before.get("ends")
            if ends is None or int(ends["N"]) > record["dynamodb"]["ApproximateCreationDateTime"]:
                raise Violation(f"{key}: {before} had not expired: {record}")
            return None
        call = self._claims.get((key, before["by"]["S"]))
        if call is None:
            self._deletes[key] += 1
            return None
        if key in self._made[call.mark]:
            raise Violation(f"{key}: {call} is there twice")
        self._made[call.mark].add(key)
        return call

    def _judge_call(self, call: Call) -> None:
        made = self._made[call.mark]
        writes = {key for key, effect in call.effects.items() if effect != "delete" or call.found is not None}
        if call.fate == "refused" and made:
            raise Violation(f"{call} was refused, and is there")
        if call.fate == "done" and made != writes:
            raise Violation(f"{call} was acknowledged, and only {made or 'nothing'} is there")
        if made and made != writes:
            raise Violation(f"only {made} of {call} is there")

    def _judge_deletes(self) -> None:
        """Deletes in transactions do not say what they deleted: they are counted."""
        least: Counter[Key] = Counter()
        most: Counter[Key] = Counter()
        for call in self._history.calls.values():
            if call.fate == "refused" or call.found is not None:
                continue
            for key, effect in call.effects.items():
                if effect == "delete" and (call.fate == "unknown" or len(call.effects) > 1):
                    most[key] += 1
                    least[key] += call.fate == "done"
        for key in most.keys() | self._deletes.keys():
            if not least[key] <= self._deletes[key] <= most[key]:
                raise Violation(
                    f"{key}: {self._deletes[key]} deletes that nobody claims, not {least[key]} to {most[key]}"
                )


def _event_name(before: Image | None, after: Image | None) -> str:
    if before is None:
        return "INSERT"
    return "REMOVE" if after is None else "MODIFY"
