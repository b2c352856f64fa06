"""Which records go into a batch, and how far that brings a destination."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dynalite.catalog.schema import Shard
from dynalite.storage.engine import LogEntry
from dynalite.streams.feed import Page, Progress
from dynalite.streams.kinesis import Outgoing
from server.kinesis.parcel import BATCH_BYTES, BATCH_RECORDS, RECORD_BYTES, Parcel


def shard(number: int) -> Shard:
    return Shard(number, f"shardId-{number}", 0, 65535, 0.0, start=0)


def page(number: int, sequences: list[int]) -> Page:
    return Page(shard(number), [LogEntry(one, b"") for one in sequences], sequences[-1], False)


def parcel(*records: tuple[str, int]) -> Parcel:
    """One page of records, each with its item's name and its size."""
    sequences = list(range(1, len(records) + 1))
    outgoing = [Outgoing(at, name, bytes(size)) for at, (name, size) in enumerate(records, 1)]
    return Parcel([page(1, sequences)], outgoing)


def test_a_batch_has_at_most_500_records() -> None:
    assert len(parcel(*((str(number), 1) for number in range(600))).batch()) == BATCH_RECORDS


def test_a_batch_has_at_most_5_mb_with_its_keys() -> None:
    largest = RECORD_BYTES - 1
    assert len(parcel(*((str(number), largest) for number in range(6))).batch()) == 5
    assert len(parcel(("a", BATCH_BYTES // 6), *((name, largest) for name in "bcdef")).batch()) == 5


def test_a_record_is_too_large_by_its_key() -> None:
    assert len(parcel(("a", RECORD_BYTES - 1)).batch()) == 1
    assert parcel(("ab", RECORD_BYTES - 1)).batch() == []


names = st.lists(st.sampled_from("abcde"), min_size=1, max_size=30)


@given(names, st.randoms(use_true_random=False))
def test_whatever_is_refused_each_items_records_go_in_order_and_all_of_them_go(
    items: list[str], chance: Random
) -> None:
    sent = parcel(*((name, 1) for name in items))
    arrived: list[Outgoing] = []
    progress = Progress(0, {})
    while batch := sent.batch():
        assert len({record.partition_key for record in batch}) == len(batch)
        taken = [record for record in batch if chance.random() < 0.5]
        for record in taken:
            sent.delivered(record)
        arrived += taken
        progress = sent.progress(progress)
        there, reached = {record.sequence for record in arrived}, progress.shards.get(1, 0)
        assert all(sequence in there for sequence in range(1, reached + 1)), "nothing is passed over"
        assert reached == len(items) or reached + 1 not in there, "nothing is held back"
    for name in items:
        of_item = [record.sequence for record in arrived if record.partition_key == name]
        assert of_item == sorted(of_item)
    assert progress.shards == {1: len(items)}


def test_shards_come_as_far_as_their_own_records() -> None:
    pages = [page(1, [1, 3]), page(2, [2, 4])]
    sent = Parcel(pages, [Outgoing(at, str(at), b"") for at in (1, 2, 3, 4)])
    for record in sent.batch():
        if record.sequence != 3:
            sent.delivered(record)
    assert sent.progress(Progress(0, {})).shards == {1: 1, 2: 4}
