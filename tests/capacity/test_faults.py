"""Faults on purpose: what they strike, how often, and what the caller sees."""

from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from dynalite.errors import AnswerDropped
from dynalite.operations.faults import Fault, Script
from tests.admin.desk import Desk
from tests.capacity.tables import provisioned, put, reasons
from tests.live import local_server
from tests.operations.service import THINGS, Service, item


@pytest.fixture
def plain(service: Service) -> Service:
    service.call("CreateTable", **provisioned(100, 100))
    return service


def strike(service: Service, kind: Any, **members: Any) -> Script:
    return service.database.faults.add(Fault(kind, **members))


def test_the_next_calls_are_struck_and_then_no_more(plain: Service) -> None:
    script = strike(plain, "error", operation="PutItem", skip=1, times=2)
    put(plain)
    for _ in range(2):
        error = plain.refused("PutItem", TableName="Plain", Item=item(id="b"))
        assert (error.code, error.status) == ("InternalServerError", 500)
    put(plain)
    assert plain.get(table="Plain", id="b") is None
    assert (script.met, script.struck) == (3, 2)


def test_a_fault_strikes_only_its_operation_table_and_key(plain: Service) -> None:
    plain.call("CreateTable", **THINGS)
    strike(plain, "error", operation="PutItem", table="Plain", key=item(id="bad"), times=100)
    put(plain, "good")
    plain.put(item(pk="bad", sk=1, id="bad"))
    assert plain.get(table="Plain", id="bad") is None
    assert plain.refused("PutItem", TableName="Plain", Item=item(id="bad", v=1)).code == "InternalServerError"
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Plain"
    assert plain.refused("PutItem", TableName=arn, Item=item(id="bad")).code == "InternalServerError"


def test_a_throttle_has_the_form_of_the_tables_billing_mode(plain: Service) -> None:
    plain.call("CreateTable", **THINGS)
    strike(plain, "throttle", times=2)
    error = plain.refused("GetItem", TableName="Plain", Key=item(id="a"))
    assert error.code == "ProvisionedThroughputExceededException"
    assert reasons(error)[0]["reason"] == "TableReadProvisionedThroughputExceeded"
    error = plain.refused("PutItem", TableName="Things", Item=item(pk="a", sk=1))
    assert error.code == "ThrottlingException"
    assert reasons(error)[0]["reason"] == "TableWriteKeyRangeThroughputExceeded"


def test_a_conflict_refuses_a_write_and_cancels_a_transaction(plain: Service) -> None:
    strike(plain, "conflict", operation="UpdateItem")
    error = plain.refused("UpdateItem", TableName="Plain", Key=item(id="a"))
    assert (error.code, error.message) == (
        "TransactionConflictException",
        "Transaction is ongoing for the item",
    )
    strike(plain, "conflict", operation="TransactWriteItems", key=item(id="b"))
    members = [{"Put": {"TableName": "Plain", "Item": item(id=key)}} for key in "ab"]
    error = plain.refused("TransactWriteItems", TransactItems=members)
    assert error.code == "TransactionCanceledException"
    assert error.message.endswith("[None, TransactionConflict]")
    plain.call("TransactWriteItems", TransactItems=members)


def test_half_a_batch_is_handed_back(plain: Service) -> None:
    plain.call("CreateTable", **THINGS)
    strike(plain, "partial", times=2)
    writes = {
        "Plain": [{"PutRequest": {"Item": item(id=f"k{number}")}} for number in range(3)],
        "Things": [
            {"PutRequest": {"Item": item(pk="a", sk=1)}},
            {"PutRequest": {"Item": item(pk="a", sk=2)}},
        ],
    }
    answer = plain.call("BatchWriteItem", RequestItems=writes)
    assert answer["UnprocessedItems"] == {"Things": writes["Things"]}
    keys = [item(id=f"k{number}") for number in range(3)]
    block = {"Keys": keys, "ProjectionExpression": "id"}
    answer = plain.call("BatchGetItem", RequestItems={"Plain": block})
    assert answer == {
        "Responses": {"Plain": keys[:2]},
        "UnprocessedKeys": {"Plain": {"Keys": keys[2:], "ProjectionExpression": "id"}},
    }
    put(plain)  # nothing but a batch can be done by half


def test_a_chance_strikes_the_same_calls_again(plain: Service) -> None:
    def struck(seed: int) -> list[bool]:
        plain.database.faults.scripts.clear()
        strike(plain, "error", chance=0.5, times=1000, seed=seed)
        return [_fails(plain) for _ in range(60)]

    first = struck(1)
    assert 10 < sum(first) < 50
    assert struck(1) == first
    assert struck(2) != first


def _fails(service: Service) -> bool:
    try:
        put(service)
    except Exception:
        return True
    return False


def test_a_dropped_answer_was_done_all_the_same(plain: Service) -> None:
    strike(plain, "drop")
    with pytest.raises(AnswerDropped):
        put(plain)
    assert plain.get(table="Plain", id="a") == item(id="a")


def test_over_http() -> None:
    with local_server() as server:
        desk, client = Desk(server.endpoint), server.client()
        client.create_table(**provisioned(5, 5))
        made = desk.post("/_admin/faults", kind="drop", operation="PutItem", table="Plain")
        with pytest.raises(ConnectionClosedError):
            client.put_item(TableName="Plain", Item=item(id="a"))
        assert client.get_item(TableName="Plain", Key=item(id="a"))["Item"] == item(id="a")
        (told,) = desk.get("/_admin/faults")["faults"]
        assert told == made | {"met": 1, "struck": 1}

        desk.post("/_admin/faults", kind="delay", seconds=0.01)
        client.get_item(TableName="Plain", Key=item(id="a"))
        desk.post("/_admin/faults", kind="error", times=3)
        patient = server.client(config=None)
        answer = patient.get_item(TableName="Plain", Key=item(id="a"))
        assert answer["ResponseMetadata"]["RetryAttempts"] == 3

        assert desk.ask("POST", "/_admin/faults", {"kind": "quake"})[0] == 400
        assert desk.ask("DELETE", "/_admin/faults")[0] == 200
        assert desk.get("/_admin/faults") == {"faults": []}
        assert desk.ask("DELETE", "/_admin/faults/1")[0] == 404
