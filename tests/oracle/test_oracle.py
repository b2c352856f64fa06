"""The oracle itself: it agrees with the figures that the service is known to give, and it notices when an
answer is wrong.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest

from tests.live import local_server
from tests.oracle import walk
from tests.oracle.answers import Divergence
from tests.oracle.client import Client, ServiceError
from tests.oracle.values import as_answered, canonical, item_size_bytes, size_bytes
from tests.oracle.world import World

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


# Falsifications: servers that are wrong in one way, which the oracle must notice.


Call = Callable[[str, Answer], Answer]


def cost_more(answer: Answer) -> None:
    consumed = answer.get("ConsumedCapacity", [])
    for report in consumed[-1:] if isinstance(consumed, list) else [consumed]:
        report["CapacityUnits"] += 1


def turn_round(answer: Answer) -> None:
    for member in ("Items", "Responses", "Records"):
        found = answer.get(member)
        if isinstance(found, list):
            found.reverse()


def lose_one(answer: Answer) -> None:
    if answer.get("Items"):
        answer["Items"].pop()
        if "Count" in answer:
            answer["Count"] -= 1
    if answer.get("Records"):
        answer["Records"].pop()
    if isinstance(answer.get("Responses"), dict):
        found = next(iter(answer["Responses"].values()))
        del found[:1]


def repeat_one(answer: Answer) -> None:
    answer["Records"] += answer["Records"][-1:]


def end_early(answer: Answer) -> None:
    answer.pop("LastEvaluatedKey", None)
    answer.pop("NextToken", None)


def forget_an_attribute(answer: Answer) -> None:
    attributes = answer.get("Attributes") or answer.get("Item") or {}
    attributes.pop(next(iter(attributes), None), None)


def spell_numbers_differently(answer: Answer) -> None:
    for value in answer.get("Item", {}).values():
        if "N" in value:
            value["N"] += "e0"


def blame_another(error: Answer) -> None:
    error.get("CancellationReasons", []).reverse()


def hide_the_item(error: Answer) -> None:
    for reason in error.get("CancellationReasons", []):
        reason.pop("Item", None)


def answers_with(call: Call, operation: str, falsify: Callable[[Answer], None]) -> Call:
    """A server whose answers to `operation` are spoilt, or left alone where they cannot be."""

    def falsified(called: str, request: Answer) -> Answer:
        answer = call(called, request)
        if called == operation:
            falsify(answer)
        return answer

    return falsified


def refuses_with(call: Call, operation: str, falsify: Callable[[Answer], None]) -> Call:
    """The same for its errors."""

    def falsified(called: str, request: Answer) -> Answer:
        try:
            return call(called, request)
        except ServiceError as error:
            if called == operation:
                falsify(error.body)
            raise

    return falsified


def overlooks(call: Call, operation: str, member: str) -> Call:
    """A server that does not see one member of a request."""

    def falsified(called: str, request: Answer) -> Answer:
        seen = {name: value for name, value in request.items() if name != member or called != operation}
        return call(called, seen)

    return falsified


def does_half(call: Call, operation: str, members: str) -> Call:
    """A server that does the first action of a transaction although it is cancelled."""

    def falsified(called: str, request: Answer) -> Answer:
        try:
            return call(called, request)
        except ServiceError as error:
            if called == operation and error.code == "TransactionCanceledException":
                with suppress(ServiceError):
                    call(called, {members: request[members][:1]})
            raise

    return falsified


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with local_server() as server:
        client = Client(server.endpoint)
        yield client
        client.close()


ANSWERS = [
    ("UpdateItem", cost_more, (walk.put, walk.change)),
    ("UpdateItem", forget_an_attribute, (walk.put, walk.change)),
    ("GetItem", forget_an_attribute, (walk.put, walk.get)),
    ("GetItem", spell_numbers_differently, (walk.put, walk.get)),
    ("Query", cost_more, (walk.put, walk.read)),
    ("Query", turn_round, (walk.put, walk.read)),
    ("Query", end_early, (walk.put, walk.read)),
    ("Query", lose_one, (walk.put, walk.read)),
    ("Scan", lose_one, (walk.put, walk.read)),
    ("Scan", end_early, (walk.put, walk.read)),
    ("BatchGetItem", lose_one, (walk.put, walk.batch_get)),
    ("BatchGetItem", cost_more, (walk.put, walk.batch_get)),
    ("BatchWriteItem", cost_more, (walk.batch_write,)),
    ("TransactGetItems", turn_round, (walk.put, walk.transact_get)),
    ("TransactGetItems", cost_more, (walk.put, walk.transact_get)),
    ("TransactWriteItems", cost_more, (walk.put, walk.transact_write)),
    ("ExecuteStatement", lose_one, (walk.put, walk.select)),
    ("ExecuteStatement", end_early, (walk.put, walk.select)),
    ("ExecuteStatement", cost_more, (walk.put, walk.execute)),
    ("BatchExecuteStatement", turn_round, (walk.put, walk.batch_execute)),
    ("BatchExecuteStatement", cost_more, (walk.put, walk.batch_execute)),
    ("ExecuteTransaction", cost_more, (walk.put, walk.execute_transaction)),
    ("ExecuteTransaction", turn_round, (walk.put, walk.execute_transaction)),
    ("GetRecords", lose_one, (walk.put, walk.transact_write)),
    ("GetRecords", repeat_one, (walk.put, walk.batch_write)),
    ("GetRecords", turn_round, (walk.put, walk.execute)),
]


@pytest.mark.parametrize(("operation", "falsify", "steps"), ANSWERS)
def test_a_false_answer_is_noticed(
    client: Client, operation: str, falsify: Callable[[Answer], None], steps: Sequence[walk.Step]
) -> None:
    expect_noticed(answers_with(client, operation, falsify), steps)


@pytest.mark.parametrize("falsify", [blame_another, hide_the_item])
@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("TransactWriteItems", walk.transact_write),
        ("ExecuteTransaction", walk.execute_transaction),
    ],
)
def test_a_false_reason_is_noticed(
    client: Client, operation: str, action: walk.Step, falsify: Callable[[Answer], None]
) -> None:
    expect_noticed(refuses_with(client, operation, falsify), (walk.put, action))


@pytest.mark.parametrize(
    ("operation", "member", "steps"),
    [
        ("PutItem", "Expected", (walk.put,)),
        ("PutItem", "ConditionalOperator", (walk.put,)),
        ("UpdateItem", "AttributeUpdates", (walk.change,)),
        ("Query", "QueryFilter", (walk.put, walk.read)),
        ("Scan", "ScanFilter", (walk.put, walk.read)),
        ("GetItem", "AttributesToGet", (walk.put, walk.get)),
        ("TransactWriteItems", "ClientRequestToken", (walk.transact_write, walk.transact_again)),
        ("ExecuteTransaction", "ClientRequestToken", (walk.execute_transaction, walk.transact_again)),
        ("ExecuteStatement", "Limit", (walk.put, walk.select)),
        ("ExecuteStatement", "ConsistentRead", (walk.put, walk.select)),
        ("Query", "ScanIndexForward", (walk.put, walk.read)),
    ],
)
def test_what_a_server_overlooks_is_noticed(
    client: Client, operation: str, member: str, steps: Sequence[walk.Step]
) -> None:
    expect_noticed(overlooks(client, operation, member), steps)


@pytest.mark.parametrize(
    ("operation", "members", "action"),
    [
        ("TransactWriteItems", "TransactItems", walk.transact_write),
        ("ExecuteTransaction", "TransactStatements", walk.execute_transaction),
    ],
)
def test_half_a_transaction_is_noticed(
    client: Client, operation: str, members: str, action: walk.Step
) -> None:
    expect_noticed(does_half(client, operation, members), (walk.put, action))


def expect_noticed(call: Call, steps: Sequence[walk.Step]) -> None:
    """That nothing is noticed without a falsification is for `test_machine` to say."""
    with pytest.raises(Divergence):
        take(steps, World(call, "false"), random.Random(12))


def take(steps: Sequence[walk.Step], world: World, rng: random.Random) -> None:
    """Enough steps for any of the falsifications to matter."""
    for _ in range(10):
        world.new_table(rng)
        for _ in range(90):
            rng.choice(steps)(world, rng)
        walk.everything(world)
