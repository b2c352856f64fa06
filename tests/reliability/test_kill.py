"""A server killed in the middle of its work loses nothing that it has acknowledged, and leaves nothing half
done.

Writers put, update and delete items of their own. Each knows the last state of every item that was
acknowledged, and the one write that was under way when the server died; that write may have happened or
not, but nothing else is open. A state is a number: everything else in an item follows from it, so that an
item made of two writes would show.
"""

import asyncio
import http.client
import random
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.linearizability.kills import Milestones
from tests.live import LiveServer, live_server
from tests.oracle.client import Client
from tests.reliability.crash_matrix import findings

TABLE = "orders"
WRITERS = 4
ITEMS_PER_WRITER = 12
ROUNDS = 3

Item = dict[str, dict[str, Any]]
State = int | None
"""The number of the write that an item was last written by; None when it was deleted."""


@dataclass
class Writer:
    number: int
    acknowledged: dict[int, State] = field(default_factory=dict)
    under_way: tuple[int, State] | None = None
    writes: int = 0

    def run(self, endpoint: str, milestones: Milestones) -> None:
        """Write until the server is gone."""
        client, rng = Client(endpoint), random.Random(self.number * 1_000_000 + self.writes)
        try:
            with closing(client), suppress(OSError, http.client.HTTPException):
                while True:
                    self._write(client, rng)
                    milestones.passed()
        finally:
            milestones.over()

    def _write(self, client: Client, rng: random.Random) -> None:
        self.writes += 1
        number = rng.randrange(ITEMS_PER_WRITER)
        operation = rng.choice(("PutItem", "PutItem", "UpdateItem", "UpdateItem", "DeleteItem"))
        state = None if operation == "DeleteItem" else self.writes
        self.under_way = (number, state)
        client(operation, {"TableName": TABLE, **self._members(operation, number)})
        self.acknowledged[number] = state
        self.under_way = None

    def _members(self, operation: str, number: int) -> dict[str, object]:
        if operation == "PutItem":
            return {"Item": self.item(number, self.writes)}
        if operation == "DeleteItem":
            return {"Key": self.key(number)}
        item = self.item(number, self.writes)
        return {
            "Key": self.key(number),
            "UpdateExpression": "SET written = :w, shelf = :s, padding = :p",
            "ExpressionAttributeValues": {
                ":w": item["written"],
                ":s": item["shelf"],
                ":p": item["padding"],
            },
        }

    def key(self, number: int) -> Item:
        return {"writer": {"N": str(self.number)}, "number": {"N": str(number)}}

    def item(self, number: int, written: int) -> Item:
        return self.key(number) | {
            "written": {"N": str(written)},
            "shelf": {"S": f"shelf-{written % 5}"},
            "padding": {"S": "x" * (written % 700)},
        }

    def check(self, stored: list[Item]) -> None:
        """Every item is as acknowledged, or as the write under way would have left it."""
        mine = {int(item["number"]["N"]): item for item in stored if item["writer"]["N"] == str(self.number)}
        for number in range(ITEMS_PER_WRITER):
            allowed = [self.acknowledged.get(number)]
            if self.under_way is not None and self.under_way[0] == number:
                allowed.append(self.under_way[1])
            possible = [None if state is None else self.item(number, state) for state in allowed]
            assert mine.get(number) in possible, f"item {number} of writer {self.number}"
            self.acknowledged[number] = int(mine[number]["written"]["N"]) if number in mine else None
        self.under_way = None


@pytest.mark.parametrize("durability", ["fsync", "os"])
def test_a_killed_server_keeps_what_it_acknowledged(tmp_path: Path, durability: str) -> None:
    kill_again_and_again(tmp_path, durability, ROUNDS, random.Random(durability))


def kill_again_and_again(folder: Path, durability: str, kills: int, rng: random.Random) -> int:
    """Kill a server while its clients write, look what is left, and start it again. Returns how many writes
    were acknowledged.
    """
    writers = [Writer(number) for number in range(WRITERS)]
    for number in range(kills):
        with live_server("--data", str(folder), "--durability", durability) as live:
            client = Client(live.endpoint)
            if number == 0:
                create_table(client)
            check(client, writers)
            client.close()
            write_until_killed(live, writers, after_writes=rng.randint(20, 400))
        assert asyncio.run(findings(folder)) == []
    with live_server("--data", str(folder), "--durability", durability) as live:
        client = Client(live.endpoint)
        check(client, writers)
        client.close()
    return sum(writer.writes for writer in writers)


def write_until_killed(live: LiveServer, writers: list[Writer], after_writes: int) -> None:
    milestones = Milestones()
    threads = [threading.Thread(target=writer.run, args=(live.endpoint, milestones)) for writer in writers]
    for thread in threads:
        thread.start()
    reached = milestones.reached(after_writes)
    live.kill()
    for thread in threads:
        thread.join()
    assert reached, "a writer ended while the server was there"


def create_table(client: Client) -> None:
    client(
        "CreateTable",
        {
            "TableName": TABLE,
            "KeySchema": [
                {"AttributeName": "writer", "KeyType": "HASH"},
                {"AttributeName": "number", "KeyType": "RANGE"},
            ],
            "AttributeDefinitions": [
                {"AttributeName": "writer", "AttributeType": "N"},
                {"AttributeName": "number", "AttributeType": "N"},
                {"AttributeName": "written", "AttributeType": "N"},
                {"AttributeName": "shelf", "AttributeType": "S"},
            ],
            "LocalSecondaryIndexes": [
                {
                    "IndexName": "by-written",
                    "KeySchema": [
                        {"AttributeName": "writer", "KeyType": "HASH"},
                        {"AttributeName": "written", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "by-shelf",
                    "KeySchema": [
                        {"AttributeName": "shelf", "KeyType": "HASH"},
                        {"AttributeName": "written", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )


def check(client: Client, writers: list[Writer]) -> None:
    items = scan(client, {})
    for writer in writers:
        writer.check(items)
    for index in ("by-written", "by-shelf"):
        assert scan(client, {"IndexName": index}) == items, index
    described = client("DescribeTable", {"TableName": TABLE})["Table"]
    assert described["ItemCount"] == len(items)


def scan(client: Client, members: dict[str, object]) -> list[Item]:
    """All rows; every item is small, so that they fit on one page."""
    answer = client("Scan", {"TableName": TABLE, **members})
    assert "LastEvaluatedKey" not in answer
    items: list[Item] = answer["Items"]
    return sorted(items, key=lambda item: (item["writer"]["N"], int(item["number"]["N"])))
