"""Whether an answer is the one that the oracle expects.

Attributes are compared by what they say, because sets come in no particular order; so do the tables in a
list of ConsumedCapacity, and the items of a batch.
"""

from collections.abc import Callable, Mapping, Sequence

from tests.oracle.client import ServiceError
from tests.oracle.model import ANYTHING, Answer
from tests.oracle.values import REASONS, Cancelled, Item, Refused, fingerprint


class Divergence(AssertionError):
    """The server's answer is not the oracle's."""


def expect(holds: bool, what: str, *details: object) -> None:
    if not holds:
        raise Divergence("\n".join([what, *(f"  {detail!r}" for detail in details)]))


def compare(expected: Answer, answer: Answer, told: Sequence[object]) -> None:
    """`told` is what was asked, for whoever reads about a difference."""
    wanted, got = _comparable(expected), _comparable(answer)
    got.pop("ItemCollectionMetrics", None)
    for member in [name for name, value in wanted.items() if value is ANYTHING]:
        del wanted[member]
        got.pop(member, None)
    for member in sorted(wanted.keys() | got.keys()):
        one, other = wanted.get(member), got.get(member)
        expect(one == other, member, *told, f"expected {one}", f"got      {other}")


def _comparable(answer: Answer) -> Answer:
    return {member: _MEMBERS.get(member, _as_it_is)(value) for member, value in answer.items()}


def _as_it_is(value: object) -> object:
    return value


def _item(value: object) -> object:
    return fingerprint(value) if isinstance(value, dict) else value


def _list(value: object) -> object:
    return list(map(_item, value)) if isinstance(value, list) else value


def _responses(value: object) -> object:
    if isinstance(value, dict):  # of a BatchGetItem: items by table
        return {table: sorted(map(fingerprint, items)) for table, items in value.items()}
    return list(map(_comparable, value)) if isinstance(value, list) else value


def _capacity(value: object) -> object:
    return sorted(value, key=lambda report: str(report["TableName"])) if isinstance(value, list) else value


_MEMBERS: Mapping[str, Callable[[object], object]] = {
    "Item": _item,
    "Attributes": _item,
    "Items": _list,
    "Responses": _responses,
    "ConsumedCapacity": _capacity,
}


def check_refusal(refused: Refused, error: ServiceError, told: Sequence[object]) -> None:
    expect(
        error.code in refused.codes, f"expected an error of {sorted(refused.codes)}", *told, error, error.body
    )
    if error.code == "ConditionalCheckFailedException":
        _check_item(refused.item, error.body.get("Item"), told)
    if isinstance(refused, Cancelled) and error.code == "TransactionCanceledException":
        _check_reasons(refused.reasons, error, told)


def _check_item(item: Item | None, shown: object, told: Sequence[object]) -> None:
    expected = None if item is None else fingerprint(item)
    found = fingerprint(shown) if isinstance(shown, dict) else None
    expect(found == expected, "the Item beside a failed condition", *told, expected, found)


def _check_reasons(wanted: Sequence[Refused | None], error: ServiceError, told: Sequence[object]) -> None:
    reasons = error.body.get("CancellationReasons")
    assert isinstance(reasons, list)
    expect(len(reasons) == len(wanted), "one reason for each member", *told, error.body)
    for refused, reason in zip(wanted, reasons, strict=True):
        check_reason(refused, reason, told)
        if refused is None or reason["Code"] == "ConditionalCheckFailed":
            _check_item(None if refused is None else refused.item, reason.get("Item"), told)
    codes = ", ".join(reason["Code"] for reason in reasons)
    expect(str(error.message).endswith(f" [{codes}]"), "the message lists the codes", *told, error.body)


def check_reason(refused: Refused | None, reason: Answer, told: Sequence[object]) -> None:
    """One member's Code and Message: `refused` is why it fails, None for a member that does not."""
    codes = {"None"} if refused is None else {REASONS[code] for code in refused.codes}
    expect(reason["Code"] in codes, f"expected a reason of {sorted(codes)}", *told, reason)
    expect(
        ("Message" in reason) == (refused is not None),
        "a Message with a reason, and only then",
        *told,
        reason,
    )
