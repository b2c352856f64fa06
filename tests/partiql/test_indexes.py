"""SELECT from an index: what it holds, what it carries, and what reaching beyond it costs."""

from typing import Any

import pytest

from tests.partiql.session import Session


@pytest.fixture
def orders(db: Session) -> Session:
    for number, (status, placed) in enumerate([("new", "d1"), ("new", "d2"), ("old", "d1")], start=1):
        db.put(
            "Orders",
            customer="c",
            order=number,
            status=status,
            placed=placed,
            total=number * 10,
            note=f"n{number}",
        )
    db.put("Orders", customer="c", order=4, note="in no index")
    return db


def numbers(db: Session, rest: str, **members: Any) -> list[int]:
    return sorted(row["order"] for row in db.every_row(f'SELECT "order" FROM Orders{rest}', **members))


def test_an_index_holds_only_what_has_its_keys(orders: Session) -> None:
    assert numbers(orders, "") == [1, 2, 3, 4]
    assert numbers(orders, '."by-day"') == [1, 2, 3]
    assert numbers(orders, ".placed") == [1, 2, 3]


def test_an_index_is_read_by_its_own_key(orders: Session) -> None:
    assert numbers(orders, ".\"by-status\" WHERE status = 'new'") == [1, 2]
    assert numbers(orders, ".\"by-status\" WHERE status = 'new' AND placed > 'd1'") == [2]
    assert numbers(orders, ".placed WHERE customer = 'c' AND placed = 'd1'") == [1, 3]
    assert numbers(orders, ".\"by-status\" WHERE customer = 'c'") == [1, 2, 3]


@pytest.mark.parametrize(
    ("source", "attributes"),
    [
        ('"by-status"', {"customer", "order", "status", "placed", "total"}),
        ('"placed"', {"customer", "order", "placed"}),
        ('"by-day"', {"customer", "order", "status", "placed", "total", "note"}),
    ],
)
def test_everything_is_what_the_index_carries(orders: Session, source: str, attributes: set[str]) -> None:
    rows = orders.rows(f"SELECT * FROM Orders.{source}")
    assert len(rows) == 3
    assert all(set(row) == attributes for row in rows)


def test_a_global_index_answers_only_with_what_it_carries(orders: Session) -> None:
    for rest in ("", " WHERE status = 'new'"):
        assert orders.complaint(f'SELECT note, total, extra.x FROM Orders."by-status"{rest}') == (
            "One or more parameter values were invalid: Global secondary index by-status"
            " does not project [note, extra]"
        )


def test_a_local_index_reaches_back_to_the_table(orders: Session) -> None:
    rows = orders.rows("SELECT note FROM Orders.placed WHERE customer = 'c'")
    assert sorted(row["note"] for row in rows) == ["n1", "n2", "n3"]


@pytest.mark.parametrize(
    "condition",
    [
        "note = 'n1'",
        "note IS MISSING",
        "NOT note = 'n1'",
        "(note = 'n1' OR total = 1)",
        "begins_with(note, 'n')",
    ],
)
def test_a_keyed_read_of_a_global_index_filters_by_what_it_carries(orders: Session, condition: str) -> None:
    complaint = (
        "One or more parameter values were invalid: Secondary index {}"
        " does not project one or more filter attributes: [note]"
    )
    statement = f'SELECT "order" FROM Orders."by-status" WHERE status = \'new\' AND {condition}'
    assert orders.complaint(statement) == complaint.format("by-status")


def test_a_scan_of_a_global_index_filters_by_what_its_rows_hold(orders: Session) -> None:
    assert numbers(orders, ".\"by-status\" WHERE note = 'n1'") == []


@pytest.mark.parametrize("keyed", ["", "customer = 'c' AND "])
def test_a_local_index_fetches_what_it_is_filtered_by(orders: Session, keyed: str) -> None:
    assert numbers(orders, f".placed WHERE {keyed}note = 'n1'") == [1]
    assert numbers(orders, f".placed WHERE {keyed}NOT note = 'n1'") == [2, 3]
    (row,) = orders.rows(f"SELECT * FROM Orders.placed WHERE {keyed}note = 'n1'")
    assert row.keys() == {"customer", "order", "placed"}


def test_one_branch_that_filters_by_what_the_index_carries_is_enough(orders: Session) -> None:
    where = "(status = 'new' AND note = 'n1') OR status = 'old'"
    assert numbers(orders, f'."by-status" WHERE {where}') == [3]
    assert "filter attributes: [note]" in orders.complaint(
        "SELECT * FROM Orders.\"by-status\" WHERE status IN ['new', 'old'] AND note = 'n1'"
    )


def test_an_index_that_is_not_there(orders: Session) -> None:
    for name in ('"nope"', '"Orders"'):
        assert (
            orders.complaint(f"SELECT * FROM Orders.{name}") == "The table does not have the specified index"
        )


def test_a_global_index_is_not_read_consistently(orders: Session) -> None:
    assert orders.complaint('SELECT * FROM Orders."by-day"', ConsistentRead=True) == (
        "Strongly consistent read is not supported on Global Secondary Indexes"
    )
    assert numbers(orders, ".placed", ConsistentRead=True) == [1, 2, 3]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM Regions.\"by-place\" WHERE country = 'de'",
        'SELECT * FROM Regions."by-place" WHERE country = 5',
        'SELECT COUNT(*) FROM Regions."by-place"',
        "SELECT id FROM Regions.\"by-place\" WHERE id = 'x' ORDER BY id",
    ],
)
def test_an_index_with_a_key_of_several_attributes_cannot_be_read(db: Session, statement: str) -> None:
    assert db.complaint(statement) == (
        "PartiQL statements cannot be executed on tables"
        " with multi-attribute HASH keys or multi-attribute RANGE keys."
    )


def test_the_rest_of_such_a_table_can(db: Session) -> None:
    db.run("INSERT INTO Regions VALUE {'id': 'r', 'country': 'de', 'city': 'Bonn'}")
    db.run("UPDATE Regions SET a = 1 WHERE id = 'r'")
    assert db.rows("SELECT a FROM Regions WHERE id = 'r'") == [{"a": 1}]


# ------------------------------------------------------------------ capacity


def arms(db: Session, statement: str, **members: Any) -> dict[str, Any]:
    consumed = db.run(statement, ReturnConsumedCapacity="INDEXES", **members)["ConsumedCapacity"]
    indexes = consumed.get("GlobalSecondaryIndexes", {}) | consumed.get("LocalSecondaryIndexes", {})
    return {
        "table": consumed["Table"]["CapacityUnits"],
        **{n: arm["CapacityUnits"] for n, arm in indexes.items()},
    }


def test_a_read_of_an_index_is_charged_to_the_index(orders: Session) -> None:
    assert arms(orders, "SELECT * FROM Orders.\"by-status\" WHERE status = 'new'") == {
        "table": 0.0,
        "by-status": 0.5,
    }
    assert arms(orders, "SELECT * FROM Orders.placed", ConsistentRead=True) == {"table": 0.0, "placed": 1.0}


def test_reaching_back_is_charged_to_the_table_for_every_row_walked(orders: Session) -> None:
    reach = "SELECT note FROM Orders.\"placed-total\" WHERE customer = 'c'"
    assert arms(orders, reach) == {"table": 1.5, "placed-total": 0.5}
    assert arms(orders, f"{reach} AND total = 0") == {"table": 1.5, "placed-total": 0.5}
    assert arms(orders, reach, Limit=1) == {"table": 0.5, "placed-total": 0.5}
    assert arms(orders, reach, ConsistentRead=True) == {"table": 3.0, "placed-total": 1.0}


def test_a_read_is_charged_for_what_it_evaluates(orders: Session) -> None:
    assert arms(orders, "SELECT * FROM Orders WHERE customer = 'nobody'") == {"table": 0.5}
    orders.put("Orders", customer="c", order=5, note="x" * 9000)
    assert arms(orders, "SELECT \"order\" FROM Orders WHERE customer = 'c' AND note = 'n1'") == {"table": 1.5}


def test_what_a_local_index_fetches_fills_its_page(db: Session) -> None:
    for number in range(300):
        db.put("Orders", customer="c", order=number, placed=f"{number:03}", note="n")
    statement = "SELECT \"order\", note FROM Orders.placed WHERE customer = 'c'"
    first = db.call("ExecuteStatement", Statement=statement)
    assert 250 <= len(first["Items"]) < 256
    assert len(db.every_row(statement)) == 300
