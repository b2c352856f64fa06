"""The oracle itself: it agrees with the figures that the service is known to give, and it notices when an
answer is wrong.
"""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.live import local_server
from tests.oracle.client import Client
from tests.oracle.reading import Divergence
from tests.oracle.values import as_answered, canonical, item_size_bytes, size_bytes
from tests.oracle.walk import Walk

Answer = dict[str, Any]


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "naïve"}, 6),
        ({"B": "AAEC"}, 3),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"N": "0"}, 1),
        ({"N": "0.0000001"}, 2),
        ({"N": "100"}, 2),
        ({"N": "-100"}, 3),
        ({"N": "12345.678"}, 6),
        ({"SS": ["ab", "c"]}, 3),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}]}, 6),
        ({"M": {"key": {"S": "ab"}}}, 9),
    ],
)
def test_sizes(value: Answer, size: int) -> None:
    assert size_bytes(value) == size
    assert item_size_bytes({"name": value}) == size + 4


@pytest.mark.parametrize(
    ("written", "canonical_value"),
    [
        ({"N": "+1e3"}, {"N": "1000"}),
        ({"N": "-0.0"}, {"N": "0"}),
        ({"NS": ["10", "9", "-1.50"]}, {"NS": ["-1.5", "9", "10"]}),
        ({"L": [{"M": {"a": {"SS": ["b", "B"]}}}]}, {"L": [{"M": {"a": {"SS": ["B", "b"]}}}]}),
    ],
)
def test_canonical_form(written: Answer, canonical_value: Answer) -> None:
    assert canonical(written) == canonical_value


def test_an_answered_number_is_held_to_its_text() -> None:
    assert as_answered({"NS": ["2", "1.0"]}) == {"NS": ["1.0", "2"]}


# Falsifications: each takes an answer of one operation and spoils it, or leaves it alone when it cannot.


def cost_more(answer: Answer) -> None:
    if "ConsumedCapacity" in answer:
        answer["ConsumedCapacity"]["CapacityUnits"] += 1


def turn_round(answer: Answer) -> None:
    answer.get("Items", []).reverse()


def lose_one(answer: Answer) -> None:
    if answer.get("Items"):
        answer["Items"].pop()
        answer["Count"] -= 1


def end_early(answer: Answer) -> None:
    answer.pop("LastEvaluatedKey", None)


def forget_an_attribute(answer: Answer) -> None:
    attributes = answer.get("Attributes") or answer.get("Item") or {}
    attributes.pop(next(iter(attributes), None), None)


def spell_numbers_differently(answer: Answer) -> None:
    for value in answer.get("Item", {}).values():
        if "N" in value:
            value["N"] += "e0"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with local_server() as server:
        client = Client(server.endpoint)
        yield client
        client.close()


@pytest.mark.parametrize(
    ("operation", "falsify"),
    [
        ("UpdateItem", cost_more),
        ("Query", cost_more),
        ("Query", turn_round),
        ("Query", end_early),
        ("Query", lose_one),
        ("Scan", lose_one),
        ("Scan", end_early),
        ("UpdateItem", forget_an_attribute),
        ("GetItem", forget_an_attribute),
        ("GetItem", spell_numbers_differently),
    ],
)
def test_a_false_answer_is_noticed(client: Client, operation: str, falsify: Callable[[Answer], None]) -> None:
    def call(called: str, request: dict[str, object]) -> Answer:
        answer = client(called, request)
        if called == operation:
            falsify(answer)
        return answer

    walk, rng = Walk(call, f"false.{operation}.{falsify.__name__}"), random.Random(12)
    walk.new_table(rng)
    with pytest.raises(Divergence):
        take_steps(walk, rng)


def take_steps(walk: Walk, rng: random.Random) -> None:
    """Enough of them for any of the falsifications to matter."""
    for _ in range(600):
        rng.choice((walk.put, walk.change, walk.get, walk.read))(rng)
