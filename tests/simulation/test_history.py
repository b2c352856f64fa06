"""The judge of a simulation can say no: each history here is a true one that was falsified in one place."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.simulation.history import NOBODY, Call, History, Image, Record, Violation, check, replayed

ONE, TWO = ("a", "1"), ("a", "2")
NOW = 1000


def image(key: tuple[str, str], call: Call, after: str | None = None, **more: Any) -> Image:
    found: Image = {"p": {"S": key[0]}, "s": {"S": key[1]}, "by": {"S": call.mark}, **more}
    if after is not None:
        found["after"] = {"S": after}
    return found


def record(before: Image | None, after: Image | None, by_ttl: bool = False) -> Record:
    present: Any = after or before
    change = {
        "Keys": {"p": present["p"], "s": present["s"]},
        "ApproximateCreationDateTime": NOW,
        **({"OldImage": before} if before is not None else {}),
        **({"NewImage": after} if after is not None else {}),
    }
    name = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
    return {"eventName": name, "dynamodb": change, **({"userIdentity": {}} if by_ttl else {})}


class Story:
    """A true history of two items, and what a stream says of it:

    0 a put, 1 an update, 2 a delete of the one item; 3 its new put and 4 the other's, in one transaction; 5 a
    put whose answer was lost, 6 the other's expiry. A refused put and a delete of nothing left no record.
    """

    def __init__(self) -> None:
        self.history = history = History()
        self.put = history.sent("c", {ONE: "put"})
        history.answered(self.put, "done")
        self.update = history.sent("c", {ONE: "update"})
        history.answered(self.update, "done")
        self.refused = history.sent("c", {ONE: "put"})
        history.answered(self.refused, "refused")
        first = image(ONE, self.put)
        second = image(ONE, self.update, after=self.put.mark)
        self.delete = history.sent("c", {ONE: "delete"})
        history.answered(self.delete, "done", second)
        self.nothing = history.sent("c", {ONE: "delete"})
        history.answered(self.nothing, "done")
        self.both = history.sent("c", {ONE: "put", TWO: "put"})
        history.answered(self.both, "done")
        self.lost = history.sent("c", {ONE: "put"})
        third, other = image(ONE, self.both), image(TWO, self.both, ends={"N": str(NOW)})
        self.records = [
            record(None, first),
            record(first, second),
            record(second, None),
            record(None, third),
            record(None, other),
            record(third, image(ONE, self.lost)),
            record(other, None, by_ttl=True),
        ]


def test_a_true_history_is_believed() -> None:
    story = Story()
    check(story.history, story.records)
    assert replayed(story.records) == {ONE: image(ONE, story.lost)}


def test_what_was_lost_may_have_had_no_effect() -> None:
    story = Story()
    del story.records[5]
    check(story.history, story.records)


def test_items_may_be_told_in_any_order() -> None:
    story = Story()
    check(story.history, [story.records[4], story.records[6], *story.records[:4], story.records[5]])


def without(*positions: int) -> Callable[[Story], None]:
    def falsify(story: Story) -> None:
        story.records = [record for at, record in enumerate(story.records) if at not in positions]

    return falsify


def the_last_put_is_missing(story: Story) -> None:
    story.history.answered(story.lost, "done")
    del story.records[5]


def twice(story: Story) -> None:
    story.records.insert(1, story.records[0])


def swapped(story: Story) -> None:
    story.records[0], story.records[1] = story.records[1], story.records[0]


def invented(story: Story) -> None:
    forged = deepcopy(story.records[5])
    forged["dynamodb"]["NewImage"]["by"]["S"] = "nobody-9"
    story.records[5] = forged


def refused_but_there(story: Story) -> None:
    story.records[5] = record(image(ONE, story.both), image(ONE, story.refused))


def made_of_another_item(story: Story) -> None:
    for at, member in ((1, "NewImage"), (2, "OldImage")):
        story.records[at] = deepcopy(story.records[at])
        story.records[at]["dynamodb"][member]["after"]["S"] = NOBODY


def wrongly_called(story: Story) -> None:
    story.records[1] = story.records[1] | {"eventName": "INSERT"}


def expired_too_early(story: Story) -> None:
    for at, member in ((4, "NewImage"), (6, "OldImage")):
        story.records[at] = deepcopy(story.records[at])
        story.records[at]["dynamodb"][member]["ends"]["N"] = str(NOW + 1)


def deleted_by_nobody(story: Story) -> None:
    story.records.append(record(image(ONE, story.lost), None))


def answered_before_the_other_was_sent(story: Story) -> None:
    late = story.history.sent("c", {TWO: "put"})
    story.history.answered(late, "done")
    early, other = image(TWO, late), image(TWO, story.both, ends={"N": str(NOW)})
    story.records[4:5] = [record(None, early), record(early, other)]


@pytest.mark.parametrize(
    "falsify",
    [
        without(0),
        without(1),
        without(2),
        without(3, 5),
        without(4, 6),
        without(0, 1, 2),
        the_last_put_is_missing,
        twice,
        swapped,
        invented,
        refused_but_there,
        made_of_another_item,
        wrongly_called,
        expired_too_early,
        deleted_by_nobody,
        answered_before_the_other_was_sent,
    ],
)
def test_a_falsified_one_is_not(falsify: Callable[[Story], None]) -> None:
    story = Story()
    falsify(story)
    with pytest.raises(Violation):
        check(story.history, story.records)
