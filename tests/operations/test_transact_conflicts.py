"""What happens to requests that meet a transaction on its way to the disk, and that none of them is ever
decided from half of it.

Requests of one batch are started together and decided in that order, before any of them is on the disk.
"""

import asyncio
from typing import Any

from dynalite.errors import ServiceError
from tests.operations.service import Service, in_memory, item
from tests.operations.test_transact_get import get
from tests.operations.test_transact_write import NONE, delete, put, put_plain, reasons, update

CONFLICT = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
ADD = update("ADD n :one", "n", one=1)


def together(service: Service, *requests: tuple[str, dict[str, Any]]) -> list[Any]:
    """The answers, or the errors, of requests that are in flight at the same time."""

    async def all_of_them() -> list[Any]:
        asked = [service.ask(operation, request) for operation, request in requests]
        return await asyncio.gather(*asked, return_exceptions=True)

    return service.wait(all_of_them())


def transaction(*actions: dict[str, Any], **members: Any) -> tuple[str, dict[str, Any]]:
    return "TransactWriteItems", {"TransactItems": list(actions)} | members


def single(pk: str) -> tuple[str, dict[str, Any]]:
    return "PutItem", {"TableName": "Things", "Item": item(pk=pk, sk=0, v="single")}


def test_two_transactions_on_one_item_conflict(synced: Service) -> None:
    first, second = together(
        synced, transaction(put("a", v="first"), put("b")), transaction(put("c"), delete("a"))
    )
    assert first == {}
    assert reasons(second) == [NONE, CONFLICT]
    assert synced.get(pk="c", sk=0) is None
    assert synced.get(pk="a", sk=0) == item(pk="a", sk=0, v="first")


def test_transactions_on_different_items_do_not(synced: Service) -> None:
    assert together(synced, transaction(put("a")), transaction(put("b"))) == [{}, {}]


def test_a_single_write_is_refused_while_a_transaction_has_its_item(synced: Service) -> None:
    requests = [
        single("a"),
        ("UpdateItem", {"TableName": "Things", "Key": item(pk="a", sk=0)}),
        ("DeleteItem", {"TableName": "Things", "Key": item(pk="a", sk=0)}),
    ]
    first, *refused, other = together(synced, transaction(put("a", v="first")), *requests, single("b"))
    assert (first, other) == ({}, {})
    for error in refused:
        assert isinstance(error, ServiceError)
        assert (error.code, error.message) == (
            "TransactionConflictException",
            "Transaction is ongoing for the item",
        )
    assert synced.get(pk="a", sk=0) == item(pk="a", sk=0, v="first")


def test_a_transactional_read_is_cancelled_while_a_transaction_has_its_item(synced: Service) -> None:
    read = ("TransactGetItems", {"TransactItems": [get("b"), get("a")]})
    first, error = together(synced, transaction(put("a")), read)
    assert first == {}
    assert reasons(error) == [NONE, CONFLICT]


def test_other_reads_are_not_disturbed(synced: Service) -> None:
    synced.put(item(pk="a", sk=0, v="before"))
    key = {"TableName": "Things", "Key": item(pk="a", sk=0), "ConsistentRead": True}
    _, answer = together(synced, transaction(put("a", v="after")), ("GetItem", key))
    assert answer["Item"]["v"]["S"] in ("before", "after")


def test_a_transaction_holds_nothing_once_it_is_answered(synced: Service) -> None:
    together(synced, transaction(put("a")), transaction(put("a"), delete("b")))
    assert together(synced, transaction(put("a"), delete("b"))) == [{}]
    assert together(synced, single("a"), single("b")) == [{}, {}]


def test_the_same_token_is_in_progress_until_it_is_answered(synced: Service) -> None:
    first, second = together(synced, *[transaction(ADD, ClientRequestToken="t")] * 2)
    assert first == {}
    assert isinstance(second, ServiceError)
    assert second.code == "TransactionInProgressException"
    assert together(synced, transaction(ADD, ClientRequestToken="t")) == [{}]
    assert synced.get(pk="n", sk=0) == item(pk="n", sk=0, n=1)


def test_a_replay_needs_nothing_of_items_that_another_transaction_has(synced: Service) -> None:
    together(synced, transaction(ADD, ClientRequestToken="t"))
    again = transaction(ADD, ClientRequestToken="t", ReturnConsumedCapacity="TOTAL")
    _, replayed = together(synced, transaction(ADD, put_plain("i")), again)
    assert [one["ReadCapacityUnits"] for one in replayed["ConsumedCapacity"]] == [2.0]
    assert synced.get(pk="n", sk=0) == item(pk="n", sk=0, n=2)


def test_a_mismatch_is_told_although_there_is_a_conflict(synced: Service) -> None:
    together(synced, transaction(ADD, ClientRequestToken="t"))
    _, error = together(synced, transaction(ADD), transaction(delete("n"), ClientRequestToken="t"))
    assert error.code == "IdempotentParameterMismatchException"


def test_of_many_transactions_at_once_the_survivors_are_counted(synced: Service) -> None:
    answers = together(synced, *[transaction(ADD, put_plain(str(n))) for n in range(20)])
    survivors = [number for number, answer in enumerate(answers) if answer == {}]
    assert survivors
    assert synced.get(pk="n", sk=0) == item(pk="n", sk=0, n=len(survivors))
    assert synced.call("Scan", TableName="Plain")["Count"] == len(survivors)


def test_in_memory_nothing_is_ever_in_flight() -> None:
    service = in_memory()
    assert together(service, transaction(ADD), transaction(ADD)) == [{}, {}]
    service.close()
