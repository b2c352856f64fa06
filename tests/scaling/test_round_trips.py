"""What an operation costs in round trips to the database, counted on the line."""

from contextlib import suppress
from typing import Any

import pytest

from dynalite.database import Database
from dynalite.errors import ConditionalCheckFailedException
from dynalite.settings import Settings
from tests.scaling.line import line
from tests.scaling.requests import TABLE, ask, item, make_table
from tests.storage.scenarios import on_loop

PUT = {"Put": {"TableName": TABLE, "Item": item("a")}}
EXISTS = {"TableName": TABLE, "Key": item("b"), "ConditionExpression": "attribute_exists(id)"}

COSTS: list[tuple[str, dict[str, Any], int]] = [
    ("GetItem", {"Key": item("a"), "ConsistentRead": True}, 1),
    ("PutItem", {"Item": item("a")}, 2),
    ("PutItem", {"Item": item("new"), "ConditionExpression": "attribute_not_exists(id)"}, 2),
    (
        "UpdateItem",
        {
            "Key": item("a"),
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        },
        2,
    ),
    ("DeleteItem", {"Key": item("a")}, 2),
    ("DeleteItem", {"Key": item("missing")}, 1),
    ("PutItem", {"Item": item("a"), "ConditionExpression": "attribute_not_exists(id)"}, 1),
    ("TransactWriteItems", {"TransactItems": [PUT, {"ConditionCheck": EXISTS}]}, 2),
    ("Query", {"KeyConditionExpression": "id = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}, 1),
    ("DescribeTable", {}, 2),
]


@pytest.mark.parametrize("log", [False, True], ids=["without a stream", "with a stream"])
@pytest.mark.parametrize(("operation", "members", "round_trips"), COSTS)
@on_loop
async def test_an_operation_costs_so_many_round_trips(
    empty_database: str, operation: str, members: dict[str, Any], round_trips: int, log: bool
) -> None:
    async with line(empty_database) as counting:
        database = await Database.open(Settings(engine=counting.dsn))
        stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
        await make_table(database, **({"StreamSpecification": stream} if log else {}))
        for name in "ab":
            for _ in range(2):  # so that the statements are prepared
                await ask(database, "PutItem", Item=item(name, n={"N": "0"}))
        await ask(database, "Scan")
        counting.round_trips = 0
        with suppress(ConditionalCheckFailedException):
            await ask(database, operation, **members)
        assert counting.round_trips == round_trips
        await database.close()
