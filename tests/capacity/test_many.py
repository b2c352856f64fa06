"""Batches, transactions and PartiQL when capacity runs out in the middle of them."""

from typing import Any

from tests.capacity.tables import by_kind, provisioned, put, reasons, units, until_refused
from tests.operations.service import Service, item, padded


def exhausted(service: Service, left: int, **members: Any) -> None:
    """A table that has `left` of both units, and gains one a second."""
    service.call("CreateTable", **provisioned(1, 1, **members))
    for number in range(300 - left):
        put(service, f"used-{number}")
        service.get(table="Plain", id="used-0")


def writes(count: int) -> dict[str, Any]:
    return {"Plain": [{"PutRequest": {"Item": item(id=f"k{number}")}} for number in range(count)]}


def test_a_batch_of_writes_does_what_it_can_and_hands_back_the_rest(service: Service) -> None:
    exhausted(service, left=10)
    answer = service.call("BatchWriteItem", RequestItems=writes(25), ReturnConsumedCapacity="TOTAL")
    assert answer["UnprocessedItems"] == {"Plain": writes(25)["Plain"][10:]}
    assert answer["ConsumedCapacity"] == [{"TableName": "Plain", "CapacityUnits": 10}]
    assert service.database.capacity is not None
    service.clock.advance(15)
    again = service.call("BatchWriteItem", RequestItems=answer["UnprocessedItems"])
    assert again["UnprocessedItems"] == {}


def test_a_batch_of_reads_hands_back_keys_with_their_blocks_settings(service: Service) -> None:
    exhausted(service, left=4)
    keys = [item(id=f"used-{number}") for number in range(10)]
    block = {"Keys": keys, "ConsistentRead": True, "ProjectionExpression": "id"}
    answer = service.call("BatchGetItem", RequestItems={"Plain": block})
    assert [found["id"]["S"] for found in answer["Responses"]["Plain"]] == [
        "used-0",
        "used-1",
        "used-2",
        "used-3",
    ]
    assert answer["UnprocessedKeys"] == {"Plain": block | {"Keys": keys[4:]}}


def test_a_batch_of_which_nothing_is_admitted_is_refused(service: Service) -> None:
    exhausted(service, left=0)
    for operation, items in (
        ("BatchWriteItem", writes(3)),
        ("BatchGetItem", {"Plain": {"Keys": [item(id="a"), item(id="b")]}}),
    ):
        error = service.refused(operation, RequestItems=items)
        assert error.code == "ProvisionedThroughputExceededException"
        assert len(reasons(error)) == 1


def test_a_batch_leaves_out_what_an_index_has_no_capacity_for(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 100, **by_kind(1, 1)))
    until_refused(lambda number: put(service, f"x{number}", kind="x"), 298)
    requests = {
        "Plain": [{"PutRequest": {"Item": item(id=f"k{number}", kind="x")}} for number in range(5)]
        + [{"PutRequest": {"Item": item(id="plain")}}]
    }
    answer = service.call("BatchWriteItem", RequestItems=requests)
    assert answer["UnprocessedItems"] == {"Plain": requests["Plain"][2:5]}
    assert service.get(table="Plain", id="plain") is not None
    assert service.get(table="Plain", id="k2") is None


def test_a_transaction_is_cancelled_with_a_reason_for_each_member(service: Service) -> None:
    exhausted(service, left=0)
    service.call("CreateTable", **provisioned(10, 10, name="Other"))
    wanted = [{"Put": {"TableName": name, "Item": item(id="t")}} for name in ("Other", "Plain")]
    error = service.refused("TransactWriteItems", TransactItems=wanted)
    assert error.code == "TransactionCanceledException"
    assert error.message.endswith("[None, ProvisionedThroughputExceeded]")
    message = (
        "The level of configured provisioned throughput for the table was exceeded."
        " Consider increasing your provisioning level with the UpdateTable API."
    )
    refused = {"Code": "ProvisionedThroughputExceeded", "Message": message}
    assert error.fields == {"CancellationReasons": [{"Code": "None"}, refused]}
    assert service.get(table="Other", id="t") is None

    gets = [{"Get": {"TableName": name, "Key": item(id="t")}} for name in ("Plain", "Other")]
    error = service.refused("TransactGetItems", TransactItems=gets)
    assert error.message.endswith("[ProvisionedThroughputExceeded, None]")


def test_on_demand_a_transactions_reason_is_a_throttling_error(service: Service) -> None:
    table = provisioned(1, 1) | {"BillingMode": "PAY_PER_REQUEST"}
    del table["ProvisionedThroughput"]
    service.call("CreateTable", **table, OnDemandThroughput={"MaxWriteRequestUnits": 2})
    wanted = [{"Put": {"TableName": "Plain", "Item": item(id="t")}}]
    service.call("TransactWriteItems", TransactItems=wanted)
    error = service.refused("TransactWriteItems", TransactItems=wanted)
    assert error.message.endswith("[ThrottlingError]")


def test_a_transaction_is_cancelled_by_an_index_that_is_behind(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 100, **by_kind(1, 1)))
    until_refused(lambda number: put(service, f"x{number}", kind="x"), 301)
    wanted = [
        {"Put": {"TableName": "Plain", "Item": item(id="one")}},
        {"Put": {"TableName": "Plain", "Item": item(id="two", kind="x")}},
    ]
    error = service.refused("TransactWriteItems", TransactItems=wanted)
    assert error.message.endswith("[None, ProvisionedThroughputExceeded]")
    assert service.get(table="Plain", id="one") is None


def test_a_transaction_is_charged_twice_and_also_when_it_is_cancelled(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 1))
    big = {"Put": {"TableName": "Plain", "Item": padded(70 * 1024, id="a")}}
    service.call("TransactWriteItems", TransactItems=[big])
    refused = big["Put"] | {"ConditionExpression": "attribute_not_exists(id)"}
    for _ in range(2):
        error = service.refused("TransactWriteItems", TransactItems=[{"Put": refused}])
        assert error.message.endswith("[ConditionalCheckFailed]")
    # 3 × 140 of 300 units
    service.clock.advance(119)
    assert service.refused("PutItem", TableName="Plain", Item=item(id="b")).code.startswith("Provisioned")
    service.clock.advance(2)
    put(service)


def test_statements_of_a_batch_fail_one_by_one(service: Service) -> None:
    exhausted(service, left=2)
    statements = [{"Statement": f"INSERT INTO Plain VALUE {{'id': 's{number}'}}"} for number in range(4)]
    responses = service.call("BatchExecuteStatement", Statements=statements)["Responses"]
    assert [one.get("Error", {}).get("Code") for one in responses] == [
        None,
        None,
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceeded",
    ]
    error = service.refused("ExecuteStatement", Statement="INSERT INTO Plain VALUE {'id': 'z'}")
    assert error.code == "ProvisionedThroughputExceededException"


def test_more_throughput_is_felt_by_a_batch(service: Service) -> None:
    exhausted(service, left=0)
    service.call("UpdateTable", TableName="Plain", ProvisionedThroughput=units(1, 30))
    service.clock.advance(1)
    assert service.call("BatchWriteItem", RequestItems=writes(25))["UnprocessedItems"] == {}
