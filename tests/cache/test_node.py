"""DAX's rules, one by one: what is held, what is not, and what a reader sees."""

import asyncio
from typing import Any

import pytest

from dynalite import limits
from dynalite.cache.cluster import Tuning
from dynalite.database import Caller
from dynalite.errors import (
    ConditionalCheckFailedException,
    InternalServerError,
    ResourceNotFoundException,
    ValidationException,
)
from dynalite.expressions.parser import parse_condition
from dynalite.values.types import Parsed
from tests.cache.world import World, in_world, item, key

TTL_SECONDS = 300


def test_an_item_is_read_once_and_then_held() -> None:
    async def test(world: World) -> None:
        await world.put_past(1, "a")
        assert [await world.value(1) for _ in range(3)] == ["a"] * 3
        assert world.asked == ["GetItem"]
        figures = world.node.items.figures
        assert (figures.hits, figures.misses, figures.entries) == (2, 1, 1)
        assert figures.size_bytes > 0

    in_world(test)


def test_a_write_past_the_cache_is_invisible_until_the_time_is_over() -> None:
    async def test(world: World) -> None:
        await world.put_past(1, "a")
        assert await world.value(1) == "a"
        await world.put_past(1, "b")
        world.clock.advance(TTL_SECONDS - 1)
        assert await world.value(1) == "a"
        world.clock.advance(1)
        assert await world.value(1) == "b"

    in_world(test)


def test_an_item_that_is_not_there_is_held_as_such() -> None:
    async def test(world: World) -> None:
        assert await world.value(1) is None
        await world.put_past(1, "a")
        assert await world.value(1) is None
        assert world.asked == ["GetItem"]
        await world.put(1, "b")
        assert await world.value(1) == "b"

    in_world(test)


def test_a_write_through_the_cache_is_visible_at_once_and_starts_the_time_anew() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        world.clock.advance(TTL_SECONDS - 1)
        update = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": "b"}}}
        await world.ask("UpdateItem", TableName="Things", Key=key(1), **update)
        world.clock.advance(TTL_SECONDS - 1)
        assert await world.value(1) == "b"
        await world.ask("DeleteItem", TableName="Things", Key=key(1))
        assert await world.value(1) is None
        assert "GetItem" not in world.asked

    in_world(test)


def test_a_write_that_fails_changes_nothing() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        await world.put_past(1, "b")
        with pytest.raises(ConditionalCheckFailedException):
            await world.ask(
                "PutItem",
                TableName="Things",
                Item=item(1, "c"),
                ConditionExpression="attribute_not_exists(pk)",
            )
        assert await world.value(1) == "a"

    in_world(test)


def test_when_nobody_knows_whether_a_write_failed_its_item_is_forgotten() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        world.breaks = True
        with pytest.raises(InternalServerError):
            await world.put(1, "b")
        world.breaks = False
        assert await world.value(1) == "b"

    in_world(test)


def test_zero_means_that_items_never_become_too_old() -> None:
    async def test(world: World) -> None:
        assert await world.value(1) is None
        world.clock.advance(10**9)
        await world.put_past(1, "a")
        assert await world.value(1) is None

    in_world(test, Tuning(item_ttl_ms=0))


def test_zero_means_that_answers_are_not_held() -> None:
    async def test(world: World) -> None:
        assert (await world.ask("Scan", TableName="Things"))["Count"] == 0
        await world.put_past(1, "a")
        assert (await world.ask("Scan", TableName="Things"))["Count"] == 1
        assert world.node.queries.figures.entries == 0

    in_world(test, Tuning(query_ttl_ms=0))


def test_a_consistent_read_passes_by_and_leaves_nothing_behind() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        await world.put_past(1, "b")
        assert await world.value(1, ConsistentRead=True) == "b"
        assert await world.value(1) == "a"
        query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}
        await world.ask("Query", TableName="Things", ConsistentRead=True, **query)
        await world.ask("Scan", TableName="Things", ConsistentRead=True)
        await world.ask("BatchGetItem", RequestItems={"Things": {"Keys": [key(2)], "ConsistentRead": True}})
        assert world.node.queries.figures.entries == 0
        assert world.node.items.figures.entries == 1

    in_world(test)


def test_a_transactional_read_passes_by() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        await world.put_past(1, "b")
        get = {"Get": {"TableName": "Things", "Key": key(1)}}
        answer = await world.ask("TransactGetItems", TransactItems=[get])
        assert answer["Responses"][0]["Item"]["v"] == {"S": "b"}
        assert await world.value(1) == "a"

    in_world(test)


def test_a_transactional_write_is_seen_once_the_background_has_come_to_it() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        await world.put(2, "x")
        absent = {"ConditionExpression": "attribute_not_exists(pk)"}
        await world.ask(
            "TransactWriteItems",
            TransactItems=[
                {"Put": {"TableName": "Things", "Item": item(1, "b")}},
                {"Delete": {"TableName": "Things", "Key": key(2)}},
                {"ConditionCheck": {"TableName": "Things", "Key": key(3), **absent}},
            ],
        )
        assert await world.value(1) == "a"
        await world.cluster.settled()
        assert [await world.value(1), await world.value(2)] == ["b", None]
        assert "GetItem" not in world.asked

    in_world(test)


def test_a_batch_of_writes_is_written_through() -> None:
    async def test(world: World) -> None:
        assert await world.value(1) is None
        await world.put(2, "x")
        writes = [{"PutRequest": {"Item": item(1, "a")}}, {"DeleteRequest": {"Key": key(2)}}]
        await world.ask("BatchWriteItem", RequestItems={"Things": writes})
        assert [await world.value(1), await world.value(2)] == ["a", None]
        assert world.asked.count("GetItem") == 1

    in_world(test)


def test_a_batch_get_takes_what_is_held_and_asks_for_the_rest() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        await world.put_past(1, "stale")
        await world.put_past(2, "b")
        keys = [key(1), key(2), key(3)]
        answer = await world.ask(
            "BatchGetItem", RequestItems={"Things": {"Keys": keys}}, ReturnConsumedCapacity="TOTAL"
        )
        assert answer["Responses"] == {"Things": [item(1, "a"), item(2, "b")]}
        assert answer["UnprocessedKeys"] == {}
        assert answer["ConsumedCapacity"] == [{"TableName": "Things", "CapacityUnits": 1.0}]
        again = await world.ask(
            "BatchGetItem", RequestItems={"Things": {"Keys": keys}}, ReturnConsumedCapacity="TOTAL"
        )
        assert again["Responses"] == answer["Responses"]
        assert again["ConsumedCapacity"] == [{"TableName": "Things", "CapacityUnits": 0.0}]
        assert world.asked.count("BatchGetItem") == 1
        assert [await world.value(2), await world.value(3)] == ["b", None]

    in_world(test)


def test_a_batch_is_as_large_as_its_items_weigh_not_as_their_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """Base64 made a third of a full batch of binary items unprocessed."""
    monkeypatch.setattr(limits, "BATCH_BYTES", 3_100)

    async def test(world: World) -> None:
        numbers = range(4)
        for number in numbers:
            binary = {**key(number), "v": {"B": "/w" + "/" * 1330}}  # 999 bytes
            await world.ask("PutItem", TableName="Things", Item=binary)
        batch = {"RequestItems": {"Things": {"Keys": [key(number) for number in numbers]}}}
        held = await world.ask("BatchGetItem", **batch)
        assert len(held["Responses"]["Things"]) == 3
        assert held == await world.past("BatchGetItem", **batch)

    in_world(test)


def test_the_parts_of_an_item_are_taken_from_the_whole() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        part = {"ProjectionExpression": "#v", "ExpressionAttributeNames": {"#v": "v"}}
        answer = await world.ask("GetItem", TableName="Things", Key=key(1), **part)
        assert answer == {"Item": {"v": {"S": "a"}}}
        block = {"Keys": [key(1), key(2)], **part}
        batch = await world.ask("BatchGetItem", RequestItems={"Things": block})
        assert batch["Responses"] == {"Things": [{"v": {"S": "a"}}]}
        assert await world.value(1) == "a"
        assert world.asked == ["PutItem", "BatchGetItem"]

    in_world(test)


def test_a_projection_that_the_database_refuses_is_refused_of_what_is_held_too() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        refused: list[tuple[str, dict[str, Any]]] = [
            ("GetItem", {"TableName": "Things", "Key": key(1), "ProjectionExpression": "pk.a"}),
            (
                "BatchGetItem",
                {"RequestItems": {"Things": {"Keys": [key(1)], "ProjectionExpression": "sk[0]"}}},
            ),
        ]
        for operation, request in refused:
            with pytest.raises(ValidationException, match="Key attributes must be scalars"):
                await world.ask(operation, **request)

    in_world(test)


def test_a_batch_with_projections_of_both_styles_is_refused_of_what_is_held_too() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        by_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Things"
        with pytest.raises(ValidationException, match="Can not use both expression and non-expression"):
            await world.ask(
                "BatchGetItem",
                RequestItems={
                    "Things": {"Keys": [key(1)], "ProjectionExpression": "v"},
                    by_arn: {"Keys": [key(2)], "AttributesToGet": ["v"]},
                },
            )

    in_world(test)


def test_one_key_has_one_entry_however_it_is_spelled() -> None:
    async def test(world: World) -> None:
        await world.put(10, "a")
        for spelled in ("10", "1e1", "10.00"):
            answer = await world.ask(
                "GetItem", TableName="Things", Key={"pk": {"S": "p"}, "sk": {"N": spelled}}
            )
            assert answer["Item"]["v"] == {"S": "a"}
        assert "GetItem" not in world.asked

    in_world(test)


def test_an_answer_from_the_cache_has_cost_nothing() -> None:
    async def test(world: World) -> None:
        await world.put_past(1, "a")
        costs = []
        for _ in range(2):
            for operation, request in (
                ("GetItem", {"Key": key(1)}),
                ("Scan", {}),
            ):
                answer = await world.ask(
                    operation, TableName="Things", ReturnConsumedCapacity="TOTAL", **request
                )
                costs.append(answer["ConsumedCapacity"]["CapacityUnits"])
        assert costs == [0.5, 0.5, 0.0, 0.0]

    in_world(test)


def test_queries_are_held_by_their_request_and_no_write_touches_them() -> None:
    async def test(world: World) -> None:
        def query(**more: Any) -> Any:
            values = {":p": {"S": "p"}}
            expression = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": values}
            return world.ask("Query", TableName="Things", **expression, **more)

        assert (await query())["Count"] == 0
        await world.put(1, "a")
        assert (await query())["Count"] == 0
        assert (await query(ScanIndexForward=False))["Count"] == 1
        assert (await query(ReturnConsumedCapacity="TOTAL"))["Count"] == 0
        world.clock.advance(TTL_SECONDS)
        assert (await query())["Items"] == [item(1, "a")]

    in_world(test)


def test_a_query_leaves_nothing_in_the_item_cache() -> None:
    async def test(world: World) -> None:
        await world.put_past(1, "a")
        assert (await world.ask("Scan", TableName="Things"))["Items"] == [item(1, "a")]
        assert world.node.items.figures.entries == 0

    in_world(test)


def test_queries_with_values_that_are_equal_are_equal() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        for spelled in ("1", "1.0"):
            await world.ask(
                "Query",
                TableName="Things",
                KeyConditionExpression="pk = :p AND sk = :s",
                ExpressionAttributeValues={":p": {"S": "p"}, ":s": {"N": spelled}},
            )
        assert world.asked.count("Query") == 1

    in_world(test)


def test_a_query_is_held_however_long_its_tree_was_on_the_way() -> None:
    """1.0 takes more bytes than 1: DAX clients send the values in one piece with the tree."""

    def request(size_bytes: int) -> dict[str, object]:
        return {
            "TableName": "Things",
            "KeyConditionExpression": Parsed(parse_condition("pk = :p AND sk = :s"), size_bytes),
            "ExpressionAttributeValues": {":p": {"S": "p"}, ":s": {"N": "1"}},
        }

    async def test(world: World) -> None:
        for size_bytes in (30, 33):
            await world.node.execute("Query", request(size_bytes), Caller())
        assert world.asked == ["Query"]

    in_world(test)


def test_pages_are_held_one_by_one() -> None:
    async def test(world: World) -> None:
        for number in range(3):
            await world.put_past(number, "a")
        for _ in range(2):
            start: dict[str, Any] = {}
            seen = []
            while True:
                page = await world.ask("Scan", TableName="Things", Limit=1, **start)
                seen += page["Items"]
                if "LastEvaluatedKey" not in page:
                    break
                start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
            assert seen == [item(number, "a") for number in range(3)]
        assert world.asked.count("Scan") == 4

    in_world(test)


def test_a_table_that_is_made_again_shares_nothing_with_the_one_before() -> None:
    async def test(world: World) -> None:
        from tests.cache.world import TABLE

        await world.put(1, "a")
        await world.ask("Scan", TableName="Things")
        await world.ask("DeleteTable", TableName="Things")
        await world.database.tick()
        with pytest.raises(ResourceNotFoundException):
            await world.value(1)
        await world.ask("CreateTable", **TABLE)
        await world.database.tick()
        assert await world.value(1) is None
        assert (await world.ask("Scan", TableName="Things"))["Count"] == 0

    in_world(test)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("GetItem", {"TableName": "Things", "Key": {"pk": {"S": "p"}}}),
        ("GetItem", {"TableName": "Things", "Key": {**key(1), "sk": {"N": "x"}}}),
        ("GetItem", {"TableName": "Things", "Key": key(1), "ProjectionExpression": "a b"}),
        ("GetItem", {"TableName": "Things"}),
        ("GetItem", {"TableName": "Things", "Key": {"pk": {"S": ""}, "sk": {"N": "1"}}}),
        ("BatchGetItem", {"RequestItems": {"Things": {"Keys": [key(1), key(1)]}}}),
        ("Query", {"TableName": "Things"}),
        ("Scan", {"TableName": "Things", "Limit": 0}),
        ("Scan", {"TableName": "Things", "Segment": 3}),
    ],
)
def test_what_is_wrong_is_said_in_the_databases_words(operation: str, request_: dict[str, Any]) -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        with pytest.raises(ValidationException) as through:
            await world.ask(operation, **request_)
        with pytest.raises(ValidationException) as past:
            await world.past(operation, **request_)
        assert through.value.message == past.value.message

    in_world(test)


def test_nulls_are_members_that_are_not_there() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        answer = await world.ask("GetItem", TableName="Things", Key=key(1), ProjectionExpression=None)
        assert answer["Item"] == item(1, "a")
        await world.ask("DeleteItem", TableName="Things", Key=key(1), ConditionExpression=None)
        assert await world.value(1) is None

    in_world(test)


def test_a_read_that_a_write_has_overtaken_does_not_bring_the_past_back() -> None:
    async def test(world: World) -> None:
        await world.put_past(1, "old")
        world.delay = gate = asyncio.Event()
        reading = asyncio.create_task(world.value(1))
        await asyncio.sleep(0)
        await world.put(1, "new")
        gate.set()
        assert await reading == "old"
        assert await world.value(1) == "new"

    in_world(test)


def test_the_least_used_items_make_room() -> None:
    async def test(world: World) -> None:
        for number in range(10):
            await world.put(number, "x" * 100)
        figures = world.node.items.figures
        assert figures.evictions > 0
        assert figures.size_bytes <= 2000
        assert await world.value(9) == "x" * 100
        assert "GetItem" not in world.asked
        await world.value(0)
        assert world.asked[-1] == "GetItem"

    in_world(test, Tuning(item_capacity_bytes=2000))


def test_each_region_is_a_world_of_its_own() -> None:
    async def test(world: World) -> None:
        await world.put(1, "a")
        with pytest.raises(ResourceNotFoundException):
            await world.node.execute("GetItem", {"TableName": "Things", "Key": key(1)}, Caller("eu-west-1"))

    in_world(test)
