"""A bank whose money only moves: TransactWriteItems transfer, TransactGetItems count.

The checker searches short histories for an order. Here is the opposite: a law so simple (every audit counts
the same sum, no balance is negative, each balance is what its acknowledged transfers make it) that it can be
held against as many transactions as one likes, and across as many kills.
"""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.linearizability.site import BROKEN
from tests.linearizability.workload import together
from tests.oracle.client import Client, ServiceError

TABLE = "accounts"
OPENING_BALANCE = 20

Answer = dict[str, Any]


def key(account: int) -> Answer:
    return {"account": {"N": str(account)}}


class Refused(Exception):
    """The money is not there."""


class Teller:
    """One client of the bank. It sends a request again until it is answered, wherever the server has gone."""

    def __init__(self, endpoint: str, moved: Callable[[str], str]) -> None:
        self._endpoint = endpoint
        self._moved = moved
        self._client = Client(endpoint)

    def close(self) -> None:
        self._client.close()

    def ask(self, operation: str, request: Answer) -> Answer:
        while True:
            try:
                return self._client(operation, request)
            except ServiceError as error:
                if error.code == "TransactionInProgressException":
                    continue
                if error.code != "TransactionCanceledException":
                    raise
                reasons: Any = error.body["CancellationReasons"]
                codes = {reason["Code"] for reason in reasons}
                if "TransactionConflict" not in codes:
                    assert codes == {"None", "ConditionalCheckFailed"}, codes
                    raise Refused from None
            except BROKEN:
                self._client.close()
                self._endpoint = self._moved(self._endpoint)
                self._client = Client(self._endpoint)

    def transfer(self, source: int, target: int, amount: int) -> None:
        """Move money, exactly once however often it is sent. Raises Refused when there is too little."""

        def add(account: int, number: int) -> Answer:
            return {
                "TableName": TABLE,
                "Key": key(account),
                "UpdateExpression": "ADD balance :n",
                "ExpressionAttributeValues": {":n": {"N": str(number)}},
            }

        withdrawal = add(source, -amount)
        withdrawal["ConditionExpression"] = "balance >= :least"
        withdrawal["ExpressionAttributeValues"][":least"] = {"N": str(amount)}
        self.ask(
            "TransactWriteItems",
            {
                "TransactItems": [{"Update": withdrawal}, {"Update": add(target, amount)}],
                "ClientRequestToken": str(uuid.uuid4()),
            },
        )

    def balances(self, accounts: int) -> list[int]:
        """All balances as of one moment."""
        gets = [{"Get": {"TableName": TABLE, "Key": key(account)}} for account in range(accounts)]
        said = self.ask("TransactGetItems", {"TransactItems": gets})
        return [int(response["Item"]["balance"]["N"]) for response in said["Responses"]]


@dataclass(slots=True)
class Books:
    """What all tellers together were told."""

    transfers: int = 0
    refusals: int = 0
    audits: list[list[int]] = field(default_factory=list)
    moved: Counter[int] = field(default_factory=Counter)
    """By account, the sum of the acknowledged transfers to it, less those from it."""


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank with this many accounts; every teller tries this many transfers, and audits now and then."""

    seed: int
    accounts: int = 4
    tellers: int = 6
    transfers_per_teller: int = 25

    def open(self, endpoint: str) -> None:
        client = Client(endpoint)
        client(
            "CreateTable",
            {
                "TableName": TABLE,
                "KeySchema": [{"AttributeName": "account", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "account", "AttributeType": "N"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        )
        balance = {"balance": {"N": str(OPENING_BALANCE)}}
        for account in range(self.accounts):
            client("PutItem", {"TableName": TABLE, "Item": key(account) | balance})
        client.close()

    def close(self, endpoint: str) -> None:
        client = Client(endpoint)
        client("DeleteTable", {"TableName": TABLE})
        client.close()

    def work(
        self, endpoint: str, moved: Callable[[str], str], progress: Callable[[], None] = lambda: None
    ) -> Books:
        books, lock = Books(), threading.Lock()

        def serve(number: int) -> None:
            with closing(Teller(endpoint, moved)) as teller:
                transact(random.Random(f"{self.seed} {number}"), teller)

        def transact(rng: random.Random, teller: Teller) -> None:
            for _ in range(self.transfers_per_teller):
                source, target = rng.sample(range(self.accounts), 2)
                amount = rng.randint(1, OPENING_BALANCE)
                try:
                    teller.transfer(source, target, amount)
                except Refused:
                    with lock:
                        books.refusals += 1
                else:
                    with lock:
                        books.transfers += 1
                        books.moved.update({source: -amount, target: amount})
                if rng.random() < 0.5:
                    books.audits.append(teller.balances(self.accounts))
                progress()

        together([partial(serve, number) for number in range(self.tellers)])
        return books

    def check(self, books: Books, final: list[int]) -> None:
        """Raises AssertionError where the books do not add up."""
        for balances in [*books.audits, final]:
            assert sum(balances) == self.accounts * OPENING_BALANCE, balances
            assert min(balances) >= 0, balances
        assert final == [OPENING_BALANCE + books.moved[account] for account in range(self.accounts)]
