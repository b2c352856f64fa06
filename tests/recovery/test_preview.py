"""A look at a moment shows what a restore would bring, and leaves nothing behind."""

from typing import Any

import orjson
import pytest

from dynalite.items.record import Record
from dynalite.recovery import preview
from dynalite.recovery.preview import Preview, TooMuchHasChanged
from tests.operations.service import START, Service, item
from tests.recovery.recording import Writer, contents, enable

EVERYTHING = 10_000


def look(service: Service, at: float, limit: int = EVERYTHING) -> Preview:
    database = service.database
    snapshot = database.engine.snapshot()
    try:
        table = database.catalog.existing("us-east-1", "Things")
        return service.wait(preview.look(snapshot, table, at, limit))
    finally:
        snapshot.close()


def texts(records: list[Record]) -> list[str]:
    return sorted(orjson.dumps(record.item, option=orjson.OPT_SORT_KEYS).decode() for record in records)


def by_key(items: list[str]) -> dict[tuple[str, str], Any]:
    return {(one["pk"]["S"], one["sk"]["N"]): one for one in map(orjson.loads, items)}


@pytest.mark.parametrize("seed", range(4))
def test_it_shows_what_the_table_was_at_every_second(service: Service, seed: int) -> None:
    writer = Writer(seed)
    enable(service)
    held = {}
    for second in range(12):
        for _ in range(writer.random.randrange(4)):
            writer.write(service)
        held[START + second] = contents(service, "Things")
        if second == 6:
            service.wait(service.database.roll_shards("us-east-1", "Things"))
        service.clock.advance(1)
    now = by_key(contents(service, "Things"))
    for at, expected in held.items():
        seen, then = look(service, at), by_key(expected)
        assert (texts(seen.items), seen.item_count) == (expected, len(expected))
        assert seen.gone == len(then.keys() - now.keys())
        assert seen.new == len(now.keys() - then.keys())
        assert seen.different == sum(now[key] != then[key] for key in now.keys() & then.keys())
        assert len(seen.differences) == seen.gone + seen.new + seen.different
        for was, became in seen.differences:
            known = was or became
            assert known is not None
            [key] = by_key(texts([known]))
            assert (then.get(key), now.get(key)) == (was and was.item, became and became.item)
        first = look(service, at, 3)
        assert [one.item for one in first.items] == [one.item for one in seen.items[:3]]
        assert len(first.differences) == min(3, len(seen.differences))
        assert (first.changes, first.item_count) == (seen.changes, seen.item_count)


def test_a_clock_that_was_set_back_means_the_last_time_that_it_stood_there(service: Service) -> None:
    enable(service)
    service.clock.advance(10)
    service.put(item(pk="later", sk=1))
    service.clock.advance(-5)
    service.put(item(pk="earlier", sk=1))
    service.clock.advance(20)
    service.put(item(pk="last", sk=1))
    seen = look(service, START + 6)
    assert sorted(record.item["pk"]["S"] for record in seen.items) == ["earlier", "later"]
    assert seen.changes == 1


def test_nothing_is_written(service: Service) -> None:
    enable(service)
    service.put(item(pk="a", sk=1))
    service.clock.advance(1)
    before = service.wait(service.database.engine.last_sequence())
    look(service, START)
    assert service.wait(service.database.engine.last_sequence()) == before
    assert service.call("ListTables")["TableNames"].count("Things") == 1
    assert not [t for t in service.database.catalog.stored() if t.restore is not None]


@pytest.mark.parametrize(("bound", "value"), [("MOST_CHANGES", 3), ("MOST_BYTES", 200)])
def test_what_would_take_too_long_is_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    enable(service)
    service.clock.advance(1)
    for number in range(5):
        service.put(item(pk="a", sk=number))
    monkeypatch.setattr(preview, bound, value)
    with pytest.raises(TooMuchHasChanged):
        look(service, START)
    assert look(service, START + 1).changes == 0
