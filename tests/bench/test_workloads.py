"""This server can do every workload, and a workload does what its name says."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench.client import Client, load
from bench.run import named
from bench.wire import Call
from bench.workloads import ALL, Draw, Workload
from dynalite.values.types import Item
from tests.live import LocalServer, local_server

ITEMS = 200
SEED = 1

PUTS = [one.name for one in ALL if one.name.startswith(("PutItem", "BatchWriteItem", "TransactWriteItems"))]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as started:
        tables = {table.name: table for workload in ALL for table in workload.tables}
        for table in tables.values():
            load(started.app.port, ITEMS, table)
        yield started


@pytest.mark.parametrize("workload", ALL, ids=lambda workload: workload.name)
def test_its_requests_are_answered(server: LocalServer, workload: Workload) -> None:
    client = Client(server.app.port)
    for call in replace(workload, requests=20).calls(Draw(SEED, ITEMS)):
        answer = client.ask(call)
        if call.operation == "GetItem":
            assert "Item" in answer
    client.close()


def _named(name: str) -> Workload:
    return next(workload for workload in ALL if workload.name == name)


def test_a_wide_page_ends_at_1_mb(server: LocalServer) -> None:
    client = Client(server.app.port)
    answer = client.ask(_named("Query, a page of 1 MB").calls(Draw(SEED, ITEMS))[0])
    client.close()
    assert "LastEvaluatedKey" in answer


def test_a_filtered_scan_returns_one_partition_only(server: LocalServer) -> None:
    client = Client(server.app.port)
    answer = client.ask(_named("Scan, 1 MB filtered").calls(Draw(SEED, ITEMS))[0])
    client.close()
    assert answer["ScannedCount"] == ITEMS
    assert answer["Count"] == 10


@pytest.mark.parametrize("name", PUTS)
def test_going_round_the_list_changes_the_items_again(name: str) -> None:
    """A put that changes nothing is no work for a server that sees it."""
    last: dict[str, object] = {}
    puts = changed = 0
    calls = _named(name).calls(Draw(SEED, 10_000))
    for call in calls + calls:
        for item in put(call):
            key = str((item["pk"], item["sk"]))
            puts += 1
            changed += last.get(key) != item
            last[key] = item
    assert changed >= 0.99 * puts


def put(call: Call) -> list[Item]:
    """The items that a request puts."""
    if call.operation == "PutItem":
        return [call.request["Item"]]
    if call.operation == "BatchWriteItem":
        return [each["PutRequest"]["Item"] for each in next(iter(call.request["RequestItems"].values()))]
    return [each["Put"]["Item"] for each in call.request["TransactItems"] if "Put" in each]


def test_the_same_seed_draws_the_same_requests() -> None:
    for workload in ALL:
        few = replace(workload, requests=20)
        assert few.calls(Draw(SEED, ITEMS)) == few.calls(Draw(SEED, ITEMS))
        assert len(few.calls(Draw(SEED, ITEMS))) == 20


def test_popularity_is_zipfian() -> None:
    draw = Draw(SEED, 1000)
    drawn = Counter(draw.popular() for _ in range(20_000))
    (_, first), (_, second) = drawn.most_common(2)
    assert 1.6 < first / second < 2.4  # the second is half as popular as the first, and so on
    assert first / 20_000 == pytest.approx(0.13, abs=0.02)


def test_the_latest_are_those_just_inserted() -> None:
    draw = Draw(SEED, 1000)
    inserted = draw.insert()
    drawn = Counter(draw.latest() for _ in range(2000))
    assert drawn.most_common(1)[0][0] == inserted == 1000


def test_transactions_near_each_other_share_no_item() -> None:
    calls = replace(_named("TransactWriteItems of 4"), requests=40).calls(Draw(SEED, ITEMS))
    keys = []
    for call in calls:
        for action in call.request["TransactItems"]:
            (members,) = action.values()
            key = members.get("Key", members.get("Item"))
            keys.append((key["pk"]["S"], key["sk"]["N"]))
    assert len(set(keys)) == len(keys) == 160


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["^getitem$"], ["GetItem"]),
        (["ycsb f", "transact"], ["TransactWriteItems of 4", "YCSB F, read-modify-write"]),
        ([""], [workload.name for workload in ALL]),
    ],
)
def test_workloads_are_chosen_by_parts_of_their_names_or_patterns(
    patterns: list[str], names: list[str]
) -> None:
    assert [workload.name for workload in named(patterns)] == names
