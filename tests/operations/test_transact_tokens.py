"""Idempotency tokens: a transaction that is sent again answers again and changes nothing."""

from pathlib import Path
from typing import Any

import pytest

from dynalite.errors import ResourceNotFoundException
from tests.operations.service import Service, in_folder, item, padded
from tests.operations.test_transact_write import check, delete, put, put_plain, refused, update, write

TEN_MINUTES = 600


def counted(service: Service) -> dict[str, Any] | None:
    return service.get(pk="n", sk=0)


ADD = update("ADD n :one", "n", one=1)


def test_a_replay_changes_nothing(service: Service) -> None:
    for _ in range(3):
        assert write(service, ADD, ClientRequestToken="t") == {}
    assert counted(service) == item(pk="n", sk=0, n=1)
    write(service, ADD, ClientRequestToken="u")
    write(service, ADD)
    assert counted(service) == item(pk="n", sk=0, n=3)


def test_a_replay_does_not_look_at_conditions_any_more(service: Service) -> None:
    once = check("attribute_not_exists(pk)", "n")
    write(service, once, put_plain("i"), ClientRequestToken="t")
    write(service, ADD)
    assert write(service, once, put_plain("i"), ClientRequestToken="t") == {}


def test_what_to_return_may_differ_in_a_replay_and_nothing_else(service: Service) -> None:
    write(service, ADD, ClientRequestToken="t")
    write(service, ADD, ClientRequestToken="t", ReturnConsumedCapacity="TOTAL")
    for other in ([delete("n")], [ADD, put_plain("i")], [update("ADD n :one", "n", one=2)]):
        error = refused(service, *other, ClientRequestToken="t")
        assert error.code == "IdempotentParameterMismatchException"
    assert counted(service) == item(pk="n", sk=0, n=1)


def test_a_transaction_that_was_cancelled_leaves_no_token(service: Service) -> None:
    impossible = check("attribute_exists(pk)", "nobody")
    assert refused(service, impossible, ClientRequestToken="t").code == "TransactionCanceledException"
    assert write(service, ADD, ClientRequestToken="t") == {}


def test_a_token_is_remembered_for_ten_minutes(service: Service) -> None:
    write(service, ADD, ClientRequestToken="t")
    service.clock.advance(TEN_MINUTES - 1)
    write(service, ADD, ClientRequestToken="t")
    assert counted(service) == item(pk="n", sk=0, n=1)
    service.clock.advance(1)
    write(service, ADD, ClientRequestToken="t")
    assert counted(service) == item(pk="n", sk=0, n=2)


def test_a_token_survives_a_restart(tmp_path: Path) -> None:
    service = in_folder(tmp_path / "data")
    write(service, ADD, ClientRequestToken="t")
    service = service.reopened()
    write(service, ADD, ClientRequestToken="t")
    assert counted(service) == item(pk="n", sk=0, n=1)
    assert (
        refused(service, delete("n"), ClientRequestToken="t").code == "IdempotentParameterMismatchException"
    )
    service.clock.advance(TEN_MINUTES)
    service = service.reopened()
    write(service, ADD, ClientRequestToken="t")
    assert counted(service) == item(pk="n", sk=0, n=2)
    service.close()


def test_a_token_belongs_to_one_operation_of_one_region(service: Service) -> None:
    write(service, ADD, ClientRequestToken="t")
    statement = {"Statement": "INSERT INTO Plain VALUE {'id': 'i'}"}
    service.call("ExecuteTransaction", TransactStatements=[statement], ClientRequestToken="t")
    assert service.get("Plain", id="i") == item(id="i")
    request = {"TransactItems": [ADD], "ClientRequestToken": "t"}
    with pytest.raises(ResourceNotFoundException):
        service.wait(service.ask("TransactWriteItems", request, region="eu-west-1"))


def test_a_replay_is_charged_as_reads_of_what_the_first_call_saw(service: Service) -> None:
    service.put(padded(9 * 1024, pk="d", sk=0))
    actions = [{"Put": {"TableName": "Plain", "Item": padded(1500, id="i")}}, delete("d")]

    def cost() -> Any:
        answer = write(service, *actions, ClientRequestToken="t", ReturnConsumedCapacity="TOTAL")
        return answer["ConsumedCapacity"]

    assert cost() == [
        {"TableName": "Plain", "CapacityUnits": 4.0, "WriteCapacityUnits": 4.0},
        {"TableName": "Things", "CapacityUnits": 18.0, "WriteCapacityUnits": 18.0},
    ]
    service.call("DeleteItem", TableName="Plain", Key=item(id="i"))
    for _ in range(2):
        assert cost() == [
            {"TableName": "Plain", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0},
            {"TableName": "Things", "CapacityUnits": 6.0, "ReadCapacityUnits": 6.0},
        ]


def test_a_token_has_one_to_thirty_six_characters(service: Service) -> None:
    for token, constraint in (
        ("", "Member must have length greater than or equal to 1"),
        ("t" * 37, "Member must have length less than or equal to 36"),
    ):
        error = refused(service, put("a"), ClientRequestToken=token)
        assert error.message.endswith(f"at 'clientRequestToken' failed to satisfy constraint: {constraint}")
