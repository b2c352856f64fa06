"""BatchGetItem and BatchWriteItem: what one request may hold, what comes back, what is left undone."""

from typing import Any

import pytest

from dynalite.values.types import Request
from tests.operations.service import LIMIT_BYTES, OMPVI, Service, item, keys_of, padded
from tests.operations.test_capacity import arms

DUPLICATES = "Provided list of item keys contains duplicates"
SCHEMA = "The provided key element does not match the schema"
MIXED = (
    "Can not use both expression and non-expression parameters in the same request:"
    " Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"
)


def batch_get(service: Service, **blocks: Any) -> Any:
    return service.call("BatchGetItem", RequestItems=blocks)


def keys(count: int) -> list[dict[str, Any]]:
    return [item(pk="a", sk=n) for n in range(count)]


def puts(*items: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": one}} for one in items]


def deletes(*asked: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"DeleteRequest": {"Key": one}} for one in asked]


# ------------------------------------------------------------------ BatchGetItem


def test_a_batch_reads_from_several_tables(service: Service) -> None:
    service.put(item(pk="a", sk=0, v="v"), item(pk="a", sk=1))
    service.put(item(id="i"), table="Plain")
    answer = batch_get(service, Things={"Keys": keys(3)}, Plain={"Keys": [item(id="i"), item(id="j")]})
    assert answer["UnprocessedKeys"] == {}
    assert sorted(keys_of(answer["Responses"]["Things"])) == [("a", "0"), ("a", "1")]
    assert answer["Responses"]["Plain"] == [item(id="i")]


def test_a_batch_that_finds_nothing_names_its_tables(service: Service) -> None:
    assert batch_get(service, Things={"Keys": keys(2)}) == {
        "Responses": {"Things": []},
        "UnprocessedKeys": {},
    }


def test_each_table_has_a_projection_of_its_own(service: Service) -> None:
    service.put(item(pk="a", sk=0, v="v", w="w"))
    service.put(item(id="i", v="v"), table="Plain")
    answer = batch_get(
        service,
        Things={
            "Keys": keys(1),
            "ProjectionExpression": "#w, nothing",
            "ExpressionAttributeNames": {"#w": "w"},
        },
        Plain={"Keys": [item(id="i")]},
    )
    assert answer["Responses"] == {"Things": [item(w="w")], "Plain": [item(id="i", v="v")]}
    answer = batch_get(service, Things={"Keys": keys(1), "ProjectionExpression": "nothing"})
    assert answer["Responses"] == {"Things": [{}]}


def test_a_hundred_keys_are_the_most(service: Service) -> None:
    many = [item(id=str(n)) for n in range(60)]
    batch_get(service, Things={"Keys": keys(40)}, Plain={"Keys": many})
    error = service.refused(
        "BatchGetItem", RequestItems={"Things": {"Keys": keys(41)}, "Plain": {"Keys": many}}
    )
    assert error.message == "Too many items requested for the BatchGetItem call"


BAD_GETS: list[tuple[str, dict[str, Any], str]] = [
    ("the same key twice in no table", {"Nowhere": {"Keys": [item(pk="a"), item(pk="a")]}}, DUPLICATES),
    ("the same key twice", {"Things": {"Keys": [*keys(2), item(pk="a", sk={"N": "1.0"})]}}, DUPLICATES),
    ("a key of another type", {"Things": {"Keys": [item(pk="a", sk="1")]}}, SCHEMA),
    ("half a key", {"Things": {"Keys": [item(pk="a")]}}, SCHEMA),
    (
        "a bad projection in one block",
        {"Things": {"Keys": keys(1)}, "Plain": {"Keys": [item(id="nobody")], "ProjectionExpression": "a."}},
        'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: "."',
    ),
    (
        "both styles in one block",
        {"Things": {"Keys": keys(1), "AttributesToGet": ["a"], "ProjectionExpression": "a"}},
        MIXED,
    ),
    (
        "each style in a block of its own",
        {
            "Things": {"Keys": keys(1), "AttributesToGet": ["a"]},
            "Plain": {"Keys": [item(id="i")], "ProjectionExpression": "a"},
        },
        MIXED,
    ),
]


@pytest.mark.parametrize(("blocks", "complaint"), [row[1:] for row in BAD_GETS], ids=[r[0] for r in BAD_GETS])
def test_a_batch_of_gets_is_judged_as_a_whole(
    service: Service, blocks: dict[str, Any], complaint: str
) -> None:
    assert service.refused("BatchGetItem", RequestItems=blocks).message == complaint


def test_what_is_wrong_with_a_request_comes_before_whether_its_tables_exist(service: Service) -> None:
    blocks: dict[str, Request] = {"Nowhere": {"Keys": [item(id="i")]}, "Plain": {"Keys": [item(id="i")]}}
    error = service.refused("BatchGetItem", RequestItems=blocks)
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")
    blocks["Plain"]["ProjectionExpression"] = "a."
    assert service.refused("BatchGetItem", RequestItems=blocks).code == "ValidationException"


def test_what_does_not_fit_into_sixteen_megabytes_is_handed_back_with_its_settings(service: Service) -> None:
    fitting = 16_000_000 // LIMIT_BYTES
    for n in range(fitting + 2):
        service.put(padded(LIMIT_BYTES, pk="a", sk=n))
    service.put(item(id="small"), table="Plain")
    block = {
        "Keys": keys(fitting + 2),
        "ConsistentRead": True,
        "ProjectionExpression": "#k, sk",
        "ExpressionAttributeNames": {"#k": "pk"},
    }
    answer = service.call("BatchGetItem", RequestItems={"Things": block}, ReturnConsumedCapacity="TOTAL")
    assert len(answer["Responses"]["Things"]) == fitting
    assert answer["UnprocessedKeys"] == {"Things": block | {"Keys": keys(fitting + 2)[fitting:]}}
    assert answer["ConsumedCapacity"] == [{"TableName": "Things", "CapacityUnits": fitting * 100.0}]
    again = service.call("BatchGetItem", RequestItems=answer["UnprocessedKeys"])
    assert (len(again["Responses"]["Things"]), again["UnprocessedKeys"]) == (2, {})


def test_of_a_hundred_items_of_300_kb_a_batch_answers_52(service: Service) -> None:
    """The API reference's own example."""
    for n in range(54):
        service.put(padded(300 * 1024, pk="a", sk=n))
    answer = batch_get(service, Things={"Keys": keys(100)})
    assert len(answer["Responses"]["Things"]) == 52
    assert answer["UnprocessedKeys"]["Things"]["Keys"][:2] == keys(54)[52:]


def test_every_key_is_charged_by_itself(service: Service) -> None:
    service.put(padded(5000, pk="a", sk=0), padded(100, pk="a", sk=1))
    answer = service.call(
        "BatchGetItem",
        RequestItems={
            "Things": {"Keys": keys(3)},
            "Plain": {"Keys": [item(id="nobody")], "ConsistentRead": True},
        },
        ReturnConsumedCapacity="INDEXES",
    )
    assert answer["ConsumedCapacity"] == [
        {"TableName": "Things", "CapacityUnits": 2.0, "Table": {"CapacityUnits": 2.0}},
        {"TableName": "Plain", "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}},
    ]


# ------------------------------------------------------------------ BatchWriteItem


def test_a_batch_puts_and_deletes_in_several_tables(service: Service) -> None:
    service.put(item(pk="a", sk=1, v="old"), item(pk="a", sk=2))
    answer = service.call(
        "BatchWriteItem",
        RequestItems={
            "Things": [*puts(item(pk="a", sk=1, v="new")), *deletes(item(pk="a", sk=2), item(pk="z", sk=0))],
            "Plain": puts(item(id="i")),
        },
    )
    assert answer == {"UnprocessedItems": {}}
    assert service.get(pk="a", sk=1) == item(pk="a", sk=1, v="new")
    assert service.get(pk="a", sk=2) is None
    assert service.get("Plain", id="i") == item(id="i")


def test_twenty_five_writes_are_the_most(service: Service) -> None:
    many = [item(pk="a", sk=n) for n in range(26)]
    service.call("BatchWriteItem", RequestItems={"Things": puts(*many[:25])})
    error = service.refused("BatchWriteItem", RequestItems={"Things": puts(*many)})
    assert error.message.endswith(
        "at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have"
        " length less than or equal to 25, Member must have length greater than or equal to 1]"
    )


BAD_WRITES: list[tuple[str, list[dict[str, Any]], str]] = [
    ("two puts of one item", puts(item(pk="a", sk=1), item(pk="a", sk=1, v="v")), DUPLICATES),
    ("a put and a delete of one item", puts(item(pk="a", sk=1)) + deletes(item(pk="a", sk=1)), DUPLICATES),
    ("a put with a key of another type", puts(item(pk="a", sk="1")), SCHEMA),
    ("a put with half a key", puts(item(pk="a")), SCHEMA),
    ("a delete with half a key", deletes(item(pk="a")), SCHEMA),
    (
        "an empty key",
        puts(item(pk="", sk=1)),
        "One or more parameter values are not valid. "
        "The AttributeValue for a key attribute cannot contain an empty string value. Key: pk",
    ),
    (
        "an index key of another type",
        puts(item(pk="a", sk=1, kind=1)),
        f"{OMPVI}Type mismatch for Index Key kind Expected: S Actual: N IndexName: by-kind",
    ),
    (
        "a put and a delete in one",
        [puts(item(pk="a", sk=1))[0] | deletes(item(pk="a", sk=1))[0]],
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported"
        " datatypes",
    ),
    (
        "neither",
        [{}],
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
    ),
    (
        "an item too large",
        puts(padded(LIMIT_BYTES + 1, pk="a", sk=1)),
        "Item size has exceeded the maximum allowed size",
    ),
    (
        "a bad value",
        puts(item(pk="a", sk=1, n={"N": "x"})),
        "The parameter cannot be converted to a numeric value: x",
    ),
]


@pytest.mark.parametrize(
    ("writes", "complaint"), [row[1:] for row in BAD_WRITES], ids=[row[0] for row in BAD_WRITES]
)
def test_a_batch_of_writes_is_judged_before_anything_is_written(
    service: Service, writes: list[dict[str, Any]], complaint: str
) -> None:
    good = puts(item(id="good"))
    error = service.refused("BatchWriteItem", RequestItems={"Plain": good, "Things": writes})
    assert (error.code, error.message) == ("ValidationException", complaint)
    assert service.get("Plain", id="good") is None


def test_a_batch_for_a_table_that_does_not_exist_writes_nothing(service: Service) -> None:
    error = service.refused(
        "BatchWriteItem", RequestItems={"Plain": puts(item(id="i")), "Nowhere": puts(item(id="i"))}
    )
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")
    assert service.get("Plain", id="i") is None


def test_writes_are_charged_each_by_itself_and_added_up_by_table(service: Service) -> None:
    service.put(padded(3000, pk="a", sk=1))
    answer = service.call(
        "BatchWriteItem",
        RequestItems={
            "Things": [*puts(item(pk="a", sk=0, kind="k")), *deletes(item(pk="a", sk=1), item(pk="a", sk=2))],
            "Plain": puts(padded(2000, id="i")),
        },
        ReturnConsumedCapacity="INDEXES",
    )
    assert [(one["TableName"], arms(one)) for one in answer["ConsumedCapacity"]] == [
        ("Things", {"total": 6, "table": 5, "by-kind": 1}),
        ("Plain", {"total": 2, "table": 2}),
    ]


def test_each_collection_is_measured_once(service: Service) -> None:
    answer = service.call(
        "BatchWriteItem",
        RequestItems={
            "Things": puts(item(pk="a", sk=1), item(pk="a", sk=2), item(pk="b", sk=1)),
            "Plain": puts(item(id="i")),
        },
        ReturnItemCollectionMetrics="SIZE",
    )
    assert answer["ItemCollectionMetrics"] == {
        "Things": [{"ItemCollectionKey": item(pk=pk), "SizeEstimateRangeGB": [0.0, 1.0]} for pk in ("a", "b")]
    }
    answer = service.call(
        "BatchWriteItem", RequestItems={"Plain": puts(item(id="i"))}, ReturnItemCollectionMetrics="SIZE"
    )
    assert "ItemCollectionMetrics" not in answer, "there is no local index"
