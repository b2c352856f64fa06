"""Random histories against a naive model of DAX's rules, with a clock that jumps: every read is predicted
exactly, stale ones included.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.cache.cluster import Tuning
from tests.cache.world import World, item, key

ITEM_TTL_SECONDS = 10
QUERY_TTL_SECONDS = 4
KEYS = range(3)

numbers = st.sampled_from(KEYS)
values = st.sampled_from(["a", "b", "c"])
steps = st.one_of(
    st.tuples(st.just("put"), numbers, values),
    st.tuples(st.just("put past"), numbers, values),
    st.tuples(st.just("update"), numbers, values),
    st.tuples(st.just("delete"), numbers, values),
    st.tuples(st.just("delete past"), numbers, values),
    st.tuples(st.just("transact"), numbers, values),
    st.tuples(st.just("batch write"), numbers, values),
    st.tuples(st.just("get"), numbers, st.booleans()),
    st.tuples(st.just("batch get"), numbers, st.booleans()),
    st.tuples(st.just("query"), st.booleans(), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([1, 3, 5, 11]), st.none()),
)


@dataclass
class Model:
    """The table, and what the caches remember of it."""

    now: float = 0.0
    table: dict[int, str] = field(default_factory=dict)
    items: dict[int, tuple[str | None, float]] = field(default_factory=dict)
    queries: dict[bool, tuple[dict[int, str], float]] = field(default_factory=dict)

    def write(self, number: int, value: str | None, *, through: bool = True) -> None:
        if value is None:
            self.table.pop(number, None)
        else:
            self.table[number] = value
        if through:
            self.items[number] = value, self.now

    def get(self, number: int, consistent: bool) -> str | None:
        if consistent:
            return self.table.get(number)
        held = self.items.get(number)
        if held is None or held[1] + ITEM_TTL_SECONDS <= self.now:
            held = self.items[number] = self.table.get(number), self.now
        return held[0]

    def query(self, forward: bool, consistent: bool) -> dict[int, str]:
        if consistent:
            return dict(self.table)
        held = self.queries.get(forward)
        if held is None or held[1] + QUERY_TTL_SECONDS <= self.now:
            held = self.queries[forward] = dict(self.table), self.now
        return held[0]


class Pair:
    """The cache and its model, moved together."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.model = Model()

    async def step(self, kind: str, first: Any, second: Any) -> None:
        await getattr(self, "_" + kind.replace(" ", "_"))(first, second)

    async def _put(self, number: int, value: str) -> None:
        await self.world.put(number, value)
        self.model.write(number, value)

    async def _put_past(self, number: int, value: str) -> None:
        await self.world.put_past(number, value)
        self.model.write(number, value, through=False)

    async def _update(self, number: int, value: str) -> None:
        await self.world.ask(
            "UpdateItem",
            TableName="Things",
            Key=key(number),
            UpdateExpression="SET v = :v",
            ExpressionAttributeValues={":v": {"S": value}},
        )
        self.model.write(number, value)

    async def _delete(self, number: int, _: str) -> None:
        await self.world.ask("DeleteItem", TableName="Things", Key=key(number))
        self.model.write(number, None)

    async def _delete_past(self, number: int, _: str) -> None:
        await self.world.past("DeleteItem", TableName="Things", Key=key(number))
        self.model.write(number, None, through=False)

    async def _transact(self, number: int, value: str) -> None:
        put = {"Put": {"TableName": "Things", "Item": item(number, value)}}
        await self.world.ask("TransactWriteItems", TransactItems=[put])
        await self.world.cluster.settled()
        self.model.write(number, value)

    async def _batch_write(self, number: int, value: str) -> None:
        other = (number + 1) % len(KEYS)
        writes = [{"PutRequest": {"Item": item(number, value)}}, {"DeleteRequest": {"Key": key(other)}}]
        await self.world.ask("BatchWriteItem", RequestItems={"Things": writes})
        self.model.write(number, value)
        self.model.write(other, None)

    async def _get(self, number: int, consistent: bool) -> None:
        found = await self.world.value(number, ConsistentRead=consistent)
        assert found == self.model.get(number, consistent)

    async def _batch_get(self, number: int, consistent: bool) -> None:
        wanted = [number, (number + 1) % len(KEYS)]
        block = {"Keys": [key(one) for one in wanted], "ConsistentRead": consistent}
        answer = await self.world.ask("BatchGetItem", RequestItems={"Things": block})
        expected = {one: self.model.get(one, consistent) for one in wanted}
        assert _by_key(answer["Responses"]["Things"]) == {
            one: value for one, value in expected.items() if value is not None
        }

    async def _query(self, forward: bool, consistent: bool) -> None:
        answer = await self.world.ask(
            "Query",
            TableName="Things",
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": {"S": "p"}},
            ScanIndexForward=forward,
            ConsistentRead=consistent,
        )
        assert _by_key(answer["Items"]) == self.model.query(forward, consistent)

    async def _wait(self, seconds: int, _: None) -> None:
        self.world.clock.advance(seconds)
        self.model.now += seconds


def _by_key(items: list[dict[str, Any]]) -> dict[int, str]:
    return {int(one["sk"]["N"]): one["v"]["S"] for one in items}


@settings(max_examples=150)
@given(st.lists(steps, max_size=25))
def test_every_read_is_as_fresh_and_as_stale_as_the_rules_say(history: list[tuple[str, Any, Any]]) -> None:
    async def run() -> None:
        tuning = Tuning(item_ttl_ms=ITEM_TTL_SECONDS * 1000, query_ttl_ms=QUERY_TTL_SECONDS * 1000)
        pair = Pair(await World.open(tuning))
        for kind, first, second in history:
            await pair.step(kind, first, second)

    asyncio.run(run())
