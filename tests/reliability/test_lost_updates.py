"""Many clients write to the same items at once, and no write gets lost.

By default each of eight clients does a few dozen rounds, to keep the suite quick; `ROUNDS=1000 pytest
tests/reliability` does the thousand that one would want to have seen once.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.live import LiveServer
from tests.oracle.client import Client, ServiceError

CLIENTS = 8
COUNTERS = 10
ROUNDS = int(os.environ.get("ROUNDS", "25"))


@pytest.fixture
def table(live: LiveServer) -> Iterator[str]:
    client, name = Client(live.endpoint), "counters"
    client(
        "CreateTable",
        {
            "TableName": name,
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    yield name
    client("DeleteTable", {"TableName": name})
    client.close()


def test_no_increment_is_lost(live: LiveServer, table: str) -> None:
    def increment(client: Client, _: int) -> None:
        for _ in range(ROUNDS):
            for counter in range(COUNTERS):
                client(
                    "UpdateItem",
                    {
                        "TableName": table,
                        "Key": key(counter),
                        "UpdateExpression": "ADD hits :one",
                        "ExpressionAttributeValues": {":one": {"N": "1"}},
                    },
                )

    together(live, increment)
    assert [stored(live, table, counter, "hits") for counter in range(COUNTERS)] == [
        CLIENTS * ROUNDS
    ] * COUNTERS


def test_every_increment_is_answered_with_a_value_of_its_own(live: LiveServer, table: str) -> None:
    answered: list[int] = []

    def increment(client: Client, _: int) -> None:
        for _ in range(ROUNDS):
            answer = client(
                "UpdateItem",
                {
                    "TableName": table,
                    "Key": key(0),
                    "UpdateExpression": "SET hits = if_not_exists(hits, :zero) + :one",
                    "ExpressionAttributeValues": {":zero": {"N": "0"}, ":one": {"N": "1"}},
                    "ReturnValues": "UPDATED_NEW",
                },
            )
            answered.append(int(answer["Attributes"]["hits"]["N"]))

    together(live, increment)
    assert sorted(answered) == list(range(1, CLIENTS * ROUNDS + 1))


def test_optimistic_locking_lets_one_writer_through_at_a_time(live: LiveServer, table: str) -> None:
    def advance(client: Client, _: int) -> None:
        done = 0
        while done < ROUNDS:
            item = client("GetItem", {"TableName": table, "Key": key(0), "ConsistentRead": True})["Item"]
            version = item["version"]
            done += accepted(
                client,
                {
                    "TableName": table,
                    "Item": key(0) | {"version": {"N": str(int(version["N"]) + 1)}},
                    "ConditionExpression": "version = :read",
                    "ExpressionAttributeValues": {":read": version},
                },
            )

    first = Client(live.endpoint)
    first("PutItem", {"TableName": table, "Item": key(0) | {"version": {"N": "0"}}})
    first.close()
    together(live, advance)
    assert stored(live, table, 0, "version") == CLIENTS * ROUNDS


def test_exactly_one_of_many_creates_an_item(live: LiveServer, table: str) -> None:
    winners: list[tuple[int, int]] = []

    def create(client: Client, number: int) -> None:
        for item in range(ROUNDS):
            put = {
                "TableName": table,
                "Item": key(item) | {"owner": {"N": str(number)}},
                "ConditionExpression": "attribute_not_exists(id)",
            }
            if accepted(client, put):
                winners.append((item, number))

    together(live, create)
    assert sorted(item for item, _ in winners) == list(range(ROUNDS))
    for item, winner in winners:
        assert stored(live, table, item, "owner") == winner


def accepted(client: Client, put: Mapping[str, object]) -> bool:
    """Whether a conditional put went through; anything but a failed condition is raised."""
    try:
        client("PutItem", put)
    except ServiceError as error:
        if error.code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def key(number: int) -> dict[str, dict[str, str]]:
    return {"id": {"S": f"item-{number}"}}


def stored(live: LiveServer, table: str, item: int, attribute: str) -> int:
    client = Client(live.endpoint)
    answer = client("GetItem", {"TableName": table, "Key": key(item), "ConsistentRead": True})
    client.close()
    return int(answer["Item"][attribute]["N"])


def together(live: LiveServer, work: Callable[[Client, int], None]) -> None:
    """Run `work` in every client at once. The first failure of any of them is raised."""
    failures: list[BaseException] = []
    start = threading.Barrier(CLIENTS)

    def run(number: int) -> None:
        client = Client(live.endpoint)
        try:
            start.wait()
            work(client, number)
        except BaseException as error:
            failures.append(error)
        finally:
            client.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
