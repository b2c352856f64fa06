"""TransactGetItems: several items as of one moment."""

from typing import Any

from tests.operations.service import LIMIT_BYTES, Service, item, padded
from tests.operations.test_transact_write import NONE, SCHEMA, reasons, validation


def get(pk: str, sk: Any = 0, **members: Any) -> dict[str, Any]:
    return {"Get": {"TableName": "Things", "Key": item(pk=pk, sk=sk)} | members}


def read(service: Service, *gets: dict[str, Any], **members: Any) -> Any:
    return service.call("TransactGetItems", TransactItems=list(gets), **members)


def test_every_get_has_its_answer_in_its_place(service: Service) -> None:
    service.put(item(pk="a", sk=0, v="v"), item(pk="b", sk=0, v="w"))
    service.put(item(id="i"), table="Plain")
    answer = read(
        service,
        get("b", ProjectionExpression="v"),
        get("nobody"),
        {"Get": {"TableName": "Plain", "Key": item(id="i")}},
        get("a"),
    )
    assert answer == {
        "Responses": [
            {"Item": item(v="w")},
            {},
            {"Item": item(id="i")},
            {"Item": item(pk="a", sk=0, v="v")},
        ]
    }


def test_a_projection_that_matches_nothing_leaves_no_item(service: Service) -> None:
    service.put(item(pk="a", sk=0))
    assert read(service, get("a", ProjectionExpression="nothing")) == {"Responses": [{}]}


def test_a_key_that_does_not_fit_cancels_it(service: Service) -> None:
    error = service.refused("TransactGetItems", TransactItems=[get("a"), get("a", sk="text")])
    assert reasons(error) == [NONE, validation(SCHEMA)]


def test_what_the_request_shows_is_refused_without_reasons(service: Service) -> None:
    def message(*gets: dict[str, Any]) -> str:
        error = service.refused("TransactGetItems", TransactItems=list(gets))
        assert error.code == "ValidationException"
        return error.message

    assert message(get("a"), get("a")) == "Transaction request cannot include multiple operations on one item"
    assert message(get("a", ProjectionExpression="v, v")).startswith("Invalid ProjectionExpression: ")
    assert message(get("a", ProjectionExpression="pk.x")).startswith("Key attributes must be scalars; ")
    assert "cannot contain an empty string value. Key: pk" in message(get("a"), get(""))
    nowhere = {"Get": {"TableName": "Nowhere", "Key": item(id="i")}}
    error = service.refused("TransactGetItems", TransactItems=[get("a"), nowhere])
    assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")


def test_four_megabytes_are_the_most(service: Service) -> None:
    service.put(*(padded(LIMIT_BYTES, pk="a", sk=n) for n in range(11)))
    gets = [get("a", sk=n) for n in range(11)]
    assert len(read(service, *gets[:10])["Responses"]) == 10
    assert service.refused("TransactGetItems", TransactItems=gets).code == "ValidationException"


def test_a_transactional_read_costs_twice(service: Service) -> None:
    service.put(padded(5000, pk="a", sk=0))
    plain = {"Get": {"TableName": "Plain", "Key": item(id="nobody")}}
    answer = read(service, get("a"), get("nobody"), plain, ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == [
        {
            "TableName": name,
            "CapacityUnits": units,
            "ReadCapacityUnits": units,
            "Table": {"CapacityUnits": units, "ReadCapacityUnits": units},
        }
        for name, units in (("Things", 6.0), ("Plain", 2.0))
    ]
