"""What reads and writes of single items cost, on the table and on each of its indexes."""

from typing import Any

import pytest

from tests.operations.service import LIMIT_BYTES, Service, item, padded

KEY = item(pk="a", sk=1)
KIB = 1024


def spent(service: Service, operation: str, **members: Any) -> dict[str, Any]:
    """ConsumedCapacity by arm, without the names of tables and units."""
    request = {"TableName": "Things", "ReturnConsumedCapacity": "INDEXES"} | members
    return arms(service.call(operation, **request)["ConsumedCapacity"])


def arms(consumed: dict[str, Any]) -> dict[str, Any]:
    found = {"total": consumed["CapacityUnits"], "table": consumed["Table"]["CapacityUnits"]}
    for arm in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        for name, units in consumed.get(arm, {}).items():
            found[name] = units["CapacityUnits"]
    return found


# ------------------------------------------------------------------ reads


@pytest.mark.parametrize(
    ("size_bytes", "units"), [(None, 1), (100, 1), (4 * KIB, 1), (4 * KIB + 1, 2), (LIMIT_BYTES, 100)]
)
def test_a_read_costs_a_unit_for_each_four_kib(
    service: Service, size_bytes: int | None, units: float
) -> None:
    if size_bytes is not None:
        service.put(padded(size_bytes, pk="a", sk=1))
    for consistent, factor in ((True, 1.0), (False, 0.5)):
        found = spent(service, "GetItem", Key=KEY, ConsistentRead=consistent)
        assert found == {"total": units * factor, "table": units * factor}


# ------------------------------------------------------------------ writes of the table


@pytest.mark.parametrize(("size_bytes", "units"), [(100, 1), (KIB, 1), (KIB + 1, 2), (LIMIT_BYTES, 400)])
def test_a_write_costs_a_unit_for_each_kib(service: Service, size_bytes: int, units: float) -> None:
    assert spent(service, "PutItem", Item=padded(size_bytes, pk="a", sk=1))["table"] == units


def test_a_write_is_charged_by_the_larger_image(service: Service) -> None:
    service.put(padded(3 * KIB, pk="a", sk=1))
    assert spent(service, "PutItem", Item=KEY)["table"] == 3
    assert spent(service, "PutItem", Item=padded(2 * KIB, pk="a", sk=1))["table"] == 2
    assert spent(service, "UpdateItem", Key=KEY, UpdateExpression="REMOVE filler")["table"] == 2


def test_a_delete_is_charged_by_what_was_there(service: Service) -> None:
    service.put(padded(2 * KIB, pk="a", sk=1))
    assert spent(service, "DeleteItem", Key=KEY)["table"] == 2
    assert spent(service, "DeleteItem", Key=KEY)["table"] == 1


def test_a_write_that_changes_nothing_costs_as_much(service: Service) -> None:
    service.put(padded(2 * KIB, pk="a", sk=1))
    assert spent(service, "PutItem", Item=padded(2 * KIB, pk="a", sk=1)) == {"total": 2, "table": 2}


# ------------------------------------------------------------------ writes of indexes


def write(service: Service, **attributes: Any) -> dict[str, Any]:
    return spent(service, "PutItem", Item=KEY | item(**attributes))


def test_an_index_is_charged_only_where_its_entry_changes(service: Service) -> None:
    assert write(service, v=1) == {"total": 1, "table": 1}
    # entering
    assert write(service, kind="k") == {"total": 2, "table": 1, "by-kind": 1}
    # the same again
    assert write(service, kind="k") == {"total": 1, "table": 1}
    # an attribute that it does not hold
    assert write(service, kind="k", v=2) == {"total": 1, "table": 1}
    # one that it does
    assert write(service, kind="k", v=2, colour="red") == {"total": 2, "table": 1, "by-kind": 1}
    # its key: out and in again
    assert write(service, kind="l", colour="red") == {"total": 3, "table": 1, "by-kind": 2}
    # leaving
    assert write(service, colour="red") == {"total": 2, "table": 1, "by-kind": 1}


def test_an_index_is_entered_by_items_that_hold_its_whole_key(service: Service) -> None:
    assert write(service, size=1) == {"total": 1, "table": 1}
    assert write(service, size=1, kind="k") == {"total": 3, "table": 1, "by-kind": 1, "by-size": 1}
    assert write(service, when="now", size=1) == {
        "total": 4,
        "table": 1,
        "by-when": 1,
        "by-kind": 1,
        "by-size": 1,
    }


def test_an_index_is_charged_by_the_size_of_its_entry(service: Service) -> None:
    large = {"filler": {"S": "x" * 5 * KIB}}
    found = spent(service, "PutItem", Item=KEY | item(kind="k", size=1, when="now") | large)
    assert found == {"total": 6 + 1 + 1 + 6, "table": 6, "by-when": 1, "by-kind": 1, "by-size": 6}
    # one image out, one image in, each rounded by itself
    found = spent(service, "PutItem", Item=KEY | item(kind="k", size=2, when="now"))
    assert found == {"total": 6 + 6 + 1, "table": 6, "by-size": 7}


def test_members_of_a_set_in_another_order_are_no_change(service: Service) -> None:
    assert write(service, kind="k", size=1, tags={"SS": ["a", "b"]})["by-size"] == 1
    assert write(service, kind="k", size=1, tags={"SS": ["b", "a"]}) == {"total": 1, "table": 1}


# ------------------------------------------------------------------ what is reported


def test_a_total_names_no_arms(service: Service) -> None:
    answer = service.call(
        "PutItem", TableName="Things", Item=KEY | item(kind="k"), ReturnConsumedCapacity="TOTAL"
    )
    assert answer == {"ConsumedCapacity": {"TableName": "Things", "CapacityUnits": 2.0}}
    for mode in ({}, {"ReturnConsumedCapacity": "NONE"}):
        assert service.call("PutItem", TableName="Things", Item=KEY, **mode) == {}
