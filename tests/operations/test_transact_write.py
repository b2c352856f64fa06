"""TransactWriteItems: all of it or nothing, and a reason for every action."""

from typing import Any

import pytest

from dynalite.errors import ServiceError
from tests.operations.service import LIMIT_BYTES, OMPVI, Service, item, padded, plain
from tests.operations.test_single import TOO_DEEP, UPDATE_TOO_LARGE, nested

FAILED = "The conditional request failed"
SCHEMA = "The provided key element does not match the schema"
EMPTY_KEY = (
    "One or more parameter values are not valid. "
    "The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"
)


def put(pk: str, sk: Any = 0, **attributes: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "Things", "Item": item(pk=pk, sk=sk, **attributes)}}


def put_plain(id_: str, **attributes: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "Plain", "Item": item(id=id_, **attributes)}}


def delete(pk: str, sk: Any = 0) -> dict[str, Any]:
    return {"Delete": {"TableName": "Things", "Key": item(pk=pk, sk=sk)}}


def update(expression: str, pk: str, sk: Any = 0, **values: Any) -> dict[str, Any]:
    member = {"TableName": "Things", "Key": item(pk=pk, sk=sk), "UpdateExpression": expression}
    if values:
        member["ExpressionAttributeValues"] = {f":{name}": item(v=v)["v"] for name, v in values.items()}
    return {"Update": member}


def check(condition: str, pk: str, sk: Any = 0, **members: Any) -> dict[str, Any]:
    key = item(pk=pk, sk=sk)
    return {"ConditionCheck": {"TableName": "Things", "Key": key, "ConditionExpression": condition} | members}


def only_if(condition: str, action: dict[str, Any], **members: Any) -> dict[str, Any]:
    ((name, member),) = action.items()
    return {name: member | {"ConditionExpression": condition} | members}


def write(service: Service, *actions: dict[str, Any], **members: Any) -> Any:
    return service.call("TransactWriteItems", TransactItems=list(actions), **members)


def refused(service: Service, *actions: dict[str, Any], **members: Any) -> ServiceError:
    return service.refused("TransactWriteItems", TransactItems=list(actions), **members)


def reasons(error: ServiceError) -> list[Any]:
    assert error.code == "TransactionCanceledException", error
    found = plain(error.fields["CancellationReasons"])
    codes = ", ".join(reason["Code"] for reason in found)
    assert error.message == (
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    )
    return list(found)


def validation(message: str) -> dict[str, str]:
    return {"Code": "ValidationError", "Message": message}


NONE = {"Code": "None"}


# ------------------------------------------------------------------ all


def test_a_transaction_does_all_of_it(service: Service) -> None:
    service.put(item(pk="u", sk=0, n=1), item(pk="d", sk=0), item(pk="c", sk=0))
    answer = write(
        service,
        put("p", v="v"),
        update("SET n = n + :one", "u", one=1),
        delete("d"),
        check("attribute_exists(pk)", "c"),
        put_plain("i"),
        update("SET n = :one", "new", one=1),
    )
    assert answer == {}
    assert service.get(pk="p", sk=0) == item(pk="p", sk=0, v="v")
    assert service.get(pk="u", sk=0) == item(pk="u", sk=0, n=2)
    assert service.get(pk="d", sk=0) is None
    assert service.get(pk="c", sk=0) == item(pk="c", sk=0)
    assert service.get("Plain", id="i") == item(id="i")
    assert service.get(pk="new", sk=0) == item(pk="new", sk=0, n=1)


def test_its_tables_may_be_named_by_arn(service: Service) -> None:
    arn = service.call("DescribeTable", TableName="Plain")["Table"]["TableArn"]
    write(service, {"Put": {"TableName": arn, "Item": item(id="i")}})
    assert service.get("Plain", id="i") == item(id="i")


# ------------------------------------------------------------------ or nothing


def test_one_failed_condition_undoes_everything_in_every_table_and_index(service: Service) -> None:
    service.put(item(pk="u", sk=0, kind="k"))
    error = refused(
        service,
        put("p", kind="k"),
        put_plain("i"),
        update("REMOVE kind", "u"),
        check("attribute_exists(pk)", "nobody"),
    )
    assert reasons(error) == [NONE, NONE, NONE, {"Code": "ConditionalCheckFailed", "Message": FAILED}]
    for table, left in (("Things", 1), ("Plain", 0)):
        description = service.call("DescribeTable", TableName=table)["Table"]
        assert service.call("Scan", TableName=table)["Count"] == description["ItemCount"] == left
    indexed = service.call("Scan", TableName="Things", IndexName="by-kind")["Items"]
    assert indexed == [item(pk="u", sk=0, kind="k")]


def test_every_action_gets_a_reason_in_its_place(service: Service) -> None:
    service.put(item(pk="a", sk=0, v="there"))
    shown = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    absent = "attribute_not_exists(pk)"
    error = refused(
        service,
        put("fine"),
        only_if(absent, put("a"), **shown),
        check("attribute_exists(pk)", "nobody", **shown),
        update("SET w = nothing", "b"),
        delete("c", sk="of another type"),
    )
    failed = {"Code": "ConditionalCheckFailed", "Message": FAILED}
    assert reasons(error) == [
        NONE,
        failed | {"Item": item(pk="a", sk=0, v="there")},
        failed,
        validation("The provided expression refers to an attribute that does not exist in the item"),
        validation(SCHEMA),
    ]


REASONS: list[tuple[str, dict[str, Any], str]] = [
    ("put: key of another type", put("a", sk="1"), f"{OMPVI}Type mismatch for key sk expected: N actual: S"),
    (
        "put: half a key",
        {"Put": {"TableName": "Things", "Item": item(pk="a")}},
        f"{OMPVI}Missing the key sk in the item",
    ),
    (
        "put: index key of another type",
        put("a", kind=1),
        f"{OMPVI}Type mismatch for Index Key kind Expected: S Actual: N IndexName: by-kind",
    ),
    ("delete: key of another type", delete("a", sk="1"), SCHEMA),
    ("check: key of another type", check("attribute_exists(pk)", "a", sk="1"), SCHEMA),
    ("update: key of another type", update("REMOVE v", "a", sk="1"), SCHEMA),
    (
        "update: index key of another type",
        update("SET kind = :k", "a", k=1),
        f"{OMPVI}Type mismatch for Index Key kind Expected: S Actual: N IndexName: by-kind",
    ),
    (
        "update: index key of the type of another attribute",
        update("SET kind = if_not_exists(kind, :k)", "a", k=1),
        "The update expression attempted to update the secondary index key to unsupported type",
    ),
    (
        "update: wrong operand",
        update("SET v = v + :one", "there", one=1),
        "An operand in the update expression has an incorrect data type",
    ),
    (
        "update: no parent",
        update("SET w.x = :one", "there", one=1),
        "The document path provided in the update expression is invalid for update",
    ),
    ("update: too deep", update("SET v = :v", "a", v=nested(32)), TOO_DEEP),
    ("update: built too deep", update("SET m.m = :v", "there", v=nested(31)), TOO_DEEP),
    (
        "update: overflow",
        update("SET n = n + n", "there"),
        "Number overflow. Attempting to store a number with magnitude larger than supported range",
    ),
]


@pytest.mark.parametrize(
    ("action", "complaint"), [row[1:] for row in REASONS], ids=[row[0] for row in REASONS]
)
def test_what_the_table_or_the_item_shows_is_a_reason(
    service: Service, action: dict[str, Any], complaint: str
) -> None:
    service.put(item(pk="there", sk=0, v="text", n={"N": "9e125"}, m=nested(1)))
    assert reasons(refused(service, put_plain("i"), action)) == [NONE, validation(complaint)]


def test_an_update_is_judged_by_the_item_alone(service: Service) -> None:
    service.put(padded(LIMIT_BYTES - 3, pk="u", sk=0))  # `v` and one letter more make two bytes
    write(service, update("SET v = :v", "u", v="xx"))
    found = reasons(refused(service, update("SET v = :v", "u", v="xxx")))
    assert found == [validation(UPDATE_TOO_LARGE)]


# ------------------------------------------------------------------ what is refused without reasons


TOP_LEVEL: list[tuple[str, list[dict[str, Any]], str]] = [
    (
        "two actions on one item",
        [put("a"), delete("a")],
        "Transaction request cannot include multiple operations on one item",
    ),
    (
        "an action and its own check",
        [put("a"), check("attribute_exists(pk)", "a", sk={"N": "0.0"})],
        "Transaction request cannot include multiple operations on one item",
    ),
    (
        "two actions in a member",
        [put("a") | delete("b")],
        "TransactItems can only contain one of Check, Put, Update or Delete",
    ),
    (
        "a member without action",
        [put("a"), {}],
        "TransactItems can only contain one of Check, Put, Update or Delete",
    ),
    ("an empty key", [put_plain("i"), put("")], EMPTY_KEY),
    ("an empty key looked up", [put_plain("i"), delete("")], EMPTY_KEY),
    (
        "an empty index key",
        [put_plain("i"), put("a", kind="")],
        "One or more parameter values are not valid. A value specified for a secondary index key is not"
        " supported. The AttributeValue for a key attribute cannot contain an empty string value."
        " IndexName: by-kind, IndexKey: kind",
    ),
    (
        "an index key made empty",
        [put_plain("i"), update("SET kind = :k", "a", k="")],
        "One or more parameter values are not valid. The update expression attempted to update a secondary"
        " index key to a value that is not supported. The AttributeValue for a key attribute cannot contain"
        " an empty string value.",
    ),
    (
        "an item too large",
        [put_plain("i"), {"Put": {"TableName": "Things", "Item": padded(LIMIT_BYTES + 1, pk="a", sk=0)}}],
        "Item size has exceeded the maximum allowed size",
    ),
    ("an item too deep", [put_plain("i"), put("a", v=nested(32))], TOO_DEEP),
    (
        "an expression too long",
        [put_plain("i"), check("a = b" + " " * 4092, "a")],
        "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size;",
    ),
    (
        "an expression that makes no sense",
        [put_plain("i"), check("a = ", "a")],
        'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="',
    ),
]


@pytest.mark.parametrize(
    ("actions", "complaint"), [row[1:] for row in TOP_LEVEL], ids=[row[0] for row in TOP_LEVEL]
)
def test_what_the_request_shows_is_refused_without_reasons(
    service: Service, actions: list[dict[str, Any]], complaint: str
) -> None:
    error = refused(service, *actions)
    assert (error.code, error.message) == ("ValidationException", complaint)
    assert service.get("Plain", id="i") is None


def test_a_table_that_does_not_exist_is_told_without_reasons(service: Service) -> None:
    nowhere = {"Delete": {"TableName": "Nowhere", "Key": item(id="i")}}
    error = refused(service, check("attribute_exists(pk)", "nobody"), nowhere)
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")
    too_long = check("a = b" + " " * 4092, "a")
    assert refused(service, nowhere, too_long).code == "ValidationException"


def test_a_hundred_actions_are_the_most(service: Service) -> None:
    write(service, *(put_plain(str(n)) for n in range(100)))
    error = refused(service, *(put_plain(str(n)) for n in range(101)))
    assert error.message.endswith(
        "at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100"
    )
    assert refused(service).message == (
        "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint:"
        " Member must have length greater than or equal to 1"
    )


def test_four_megabytes_are_the_most(service: Service) -> None:
    def large(count: int) -> list[dict[str, Any]]:
        items = [padded(LIMIT_BYTES, pk="a", sk=n) for n in range(count)]
        return [{"Put": {"TableName": "Things", "Item": one}} for one in items]

    write(service, *large(10))
    assert refused(service, *large(11)).code == "ValidationException"
    service.put(padded(LIMIT_BYTES, pk="a", sk=10))
    touching = [check("attribute_exists(pk)", "a", sk=n) for n in range(11)]
    assert refused(service, *touching).code == "ValidationException"
    write(service, *touching[:10])


# ------------------------------------------------------------------ what it costs


def test_a_transaction_costs_twice_on_the_table_and_once_on_an_index(service: Service) -> None:
    service.put(padded(1500, pk="d", sk=0), padded(1500, pk="c", sk=0))
    answer = write(
        service,
        put("p", kind="k", filler="x" * 1500),
        delete("d"),
        check("attribute_exists(pk)", "c"),
        check("attribute_not_exists(pk)", "nobody"),
        put_plain("i"),
        ReturnConsumedCapacity="INDEXES",
    )
    assert answer["ConsumedCapacity"] == [
        {
            "TableName": "Things",
            "CapacityUnits": 15.0,
            "WriteCapacityUnits": 15.0,
            "Table": {"CapacityUnits": 14.0, "WriteCapacityUnits": 14.0},
            "GlobalSecondaryIndexes": {"by-kind": {"CapacityUnits": 1.0}},
        },
        {
            "TableName": "Plain",
            "CapacityUnits": 2.0,
            "WriteCapacityUnits": 2.0,
            "Table": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0},
        },
    ]


def test_a_cancelled_transaction_reports_no_cost(service: Service) -> None:
    error = refused(service, check("attribute_exists(pk)", "nobody"), ReturnConsumedCapacity="TOTAL")
    assert set(error.fields) == {"CancellationReasons"}


def test_each_collection_that_it_touches_is_measured_once(service: Service) -> None:
    answer = write(
        service,
        put("a", sk=1),
        put("a", sk=2),
        put_plain("i"),
        check("attribute_not_exists(pk)", "only-checked"),
        ReturnItemCollectionMetrics="SIZE",
    )
    assert answer["ItemCollectionMetrics"] == {
        "Things": [{"ItemCollectionKey": item(pk="a"), "SizeEstimateRangeGB": [0.0, 1.0]}]
    }
    answer = write(service, put_plain("j"), ReturnItemCollectionMetrics="SIZE")
    assert "ItemCollectionMetrics" not in answer, "there is no local index"
