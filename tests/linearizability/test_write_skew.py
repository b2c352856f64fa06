"""Two doctors are on call, and each may leave as long as the other stays. Both look, both see the other, both
leave: that is write skew, which snapshot isolation allows. A ConditionCheck on the other's item prevents it.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.linearizability.workload import together
from tests.live import LiveServer
from tests.oracle.client import Client, ServiceError

TABLE = "doctors"
ROUNDS = 25


def doctor(name: str) -> dict[str, Any]:
    return {"TableName": TABLE, "Key": {"name": {"S": name}}}


def leaves(client: Client, name: str, other: str) -> bool:
    """Leave unless the other one has left. Retries while the other's transaction is under way."""
    check = {
        "ConditionExpression": "place = :call",
        "ExpressionAttributeValues": {":call": {"S": "on call"}},
    }
    update = {
        "UpdateExpression": "SET place = :home",
        "ExpressionAttributeValues": {":home": {"S": "at home"}},
    }
    actions = [{"ConditionCheck": doctor(other) | check}, {"Update": doctor(name) | update}]
    while True:
        try:
            client("TransactWriteItems", {"TransactItems": actions})
        except ServiceError as error:
            if error.code != "TransactionCanceledException":
                raise
            reasons: Any = error.body["CancellationReasons"]
            if "TransactionConflict" not in {reason["Code"] for reason in reasons}:
                return False
        else:
            return True


@pytest.fixture
def clients(live: LiveServer) -> Iterator[list[Client]]:
    """A client for each doctor, and a table."""
    with closing(Client(live.endpoint)) as ann, closing(Client(live.endpoint)) as bob:
        ann(
            "CreateTable",
            {
                "TableName": TABLE,
                "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "name", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        )
        yield [ann, bob]
        ann("DeleteTable", {"TableName": TABLE})


def test_a_condition_check_prevents_write_skew(clients: list[Client]) -> None:
    ann, bob = clients
    left: list[str] = []

    def leave(client: Client, name: str, other: str) -> None:
        if leaves(client, name, other):
            left.append(name)

    for number in range(ROUNDS):
        for name in ("ann", "bob"):
            ann("PutItem", {"TableName": TABLE, "Item": {"name": {"S": name}, "place": {"S": "on call"}}})
        together([lambda: leave(ann, "ann", "bob"), lambda: leave(bob, "bob", "ann")])
        assert len(left) == number + 1, "exactly one of them may leave"
