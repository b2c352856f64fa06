"""Several nodes: one is written through, the others follow."""

from dynalite.cache.cluster import Tuning
from dynalite.cache.node import _CHANGES_BEHIND
from tests.cache.world import World, in_world, key


def test_a_replica_shows_a_write_when_it_has_come_there() -> None:
    async def test(world: World) -> None:
        primary, replica = world.cluster.nodes
        await world.put(1, "a")
        world.clock.advance(1)
        assert await world.value(1, replica) == "a"
        await world.put(1, "b")
        assert [await world.value(1, primary), await world.value(1, replica)] == ["b", "a"]
        world.clock.advance(0.5)
        assert await world.value(1, replica) == "b"
        assert "GetItem" not in world.asked

    in_world(test, Tuning(nodes=2, replica_lag_seconds=0.5))


def test_a_write_to_a_replica_goes_through_the_primary() -> None:
    async def test(world: World) -> None:
        primary, replica = world.cluster.nodes
        await world.ask("DeleteItem", replica, TableName="Things", Key=key(1))
        assert await world.value(1, primary) is None
        assert primary.items.figures.hits == 1

    in_world(test, Tuning(nodes=2, replica_lag_seconds=9))


def test_each_node_has_caches_of_its_own() -> None:
    async def test(world: World) -> None:
        primary, replica = world.cluster.nodes
        assert (await world.ask("Scan", primary, TableName="Things"))["Count"] == 0
        await world.put_past(1, "a")
        assert (await world.ask("Scan", replica, TableName="Things"))["Count"] == 1
        assert await world.value(1, replica) == "a"
        assert primary.items.figures.entries == 0

    in_world(test, Tuning(nodes=2))


def test_what_waits_for_a_replica_is_bounded() -> None:
    async def test(world: World) -> None:
        _, replica = world.cluster.nodes
        for _ in range(3):
            await world.put(1, "a")
        for _ in range(_CHANGES_BEHIND):
            replica.receive(replica._behind[0]._replace(key=replica._behind[0].key), world.clock.now())
        assert len(replica._behind) == _CHANGES_BEHIND

    in_world(test, Tuning(nodes=2, replica_lag_seconds=1e9))


def test_nodes_come_and_go() -> None:
    async def test(world: World) -> None:
        world.cluster.add_node()
        await world.put(1, "a")
        first = world.node
        world.cluster.remove_node(0)
        assert world.node is not first
        assert await world.value(1) == "a"
        await world.put(1, "b")
        assert await world.value(1) == "b"

    in_world(test)


def test_new_times_to_live_reach_nodes_that_come_later() -> None:
    async def test(world: World) -> None:
        world.cluster.live_for(item_ttl_ms=1000, query_ttl_ms=0)
        world.cluster.add_node()
        for node in world.cluster.nodes:
            await world.put_past(1, "a")
            assert await world.value(1, node) == "a"
            await world.put_past(1, "b")
            world.clock.advance(1)
            assert await world.value(1, node) == "b"
            assert not node.queries.holds_answers

    in_world(test)
