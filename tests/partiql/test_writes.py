"""INSERT, UPDATE and DELETE: one item each, named by its whole key."""

from typing import Any

import pytest

from tests.partiql.session import Session, asked, av

INCOMPLETE = "Where clause does not contain a mandatory equality on all key attributes"


@pytest.fixture
def users(db: Session) -> Session:
    db.put("Users", id="anna", age=30, tags={"a", "b"}, list=["x", "y"], map={"k": 1})
    return db


def refused(db: Session, statement: str, *parameters: Any, **members: Any) -> tuple[str, str]:
    error = db.refused("ExecuteStatement", **asked(statement, parameters), **members)
    return error.code, error.message


FAILED = ("ConditionalCheckFailedException", "The conditional request failed")


# ------------------------------------------------------------------ INSERT


def test_insert_puts_an_item(db: Session) -> None:
    statement = (
        "INSERT INTO Users VALUE {'id': ?, 'age': 1e1, 'tags': <<'x'>>, 'a': [1, {'b': null}], 'c': ?}"
    )
    assert db.run(statement, "new", {"deep": [True]}) == {"Items": []}
    assert db.item("Users", id="new") == {
        "id": "new",
        "age": 10,
        "tags": {"x"},
        "a": [1, {"b": {"NULL": True}}],
        "c": {"deep": [True]},
    }


def test_insert_refuses_an_item_that_is_there(users: Session) -> None:
    assert refused(users, "INSERT INTO Users VALUE {'id': 'anna'}") == (
        "DuplicateItemException",
        "Duplicate primary key exists in table",
    )
    assert users.item("Users", id="anna") is not None


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("{'a': 1}", "One or more parameter values were invalid: Missing the key id in the item"),
        (
            "{'id': 1}",
            "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N",
        ),
        (
            "{'id': ''}",
            "One or more parameter values are not valid. The AttributeValue for a key attribute"
            " cannot contain an empty string value. Key: id",
        ),
    ],
)
def test_insert_needs_a_proper_key(db: Session, value: str, complaint: str) -> None:
    assert db.complaint(f"INSERT INTO Users VALUE {value}") == complaint


def test_an_item_of_more_than_400_kb_is_not_inserted(db: Session) -> None:
    assert db.complaint("INSERT INTO Users VALUE {'id': 'big', 'v': ?}", "x" * 409_600) == (
        "Item size has exceeded the maximum allowed size"
    )


# ------------------------------------------------------------------ UPDATE


@pytest.mark.parametrize(
    ("actions", "changed"),
    [
        ("SET age = 31", {"age": 31}),
        ("SET age = age + 1", {"age": 31}),
        ("SET age = 1 - age SET z = age", {"age": -29, "z": 30}),
        ("SET a = 'x', b = [1]", {"a": "x", "b": [1]}),
        ("SET map.k = 2 SET map.l = 3", {"map": {"k": 2, "l": 3}}),
        ("SET list[0] = 'z'", {"list": ["z", "y"]}),
        ("SET list[9] = 'z'", {"list": ["x", "y", "z"]}),
        ("SET list = list_append(list, ['z'])", {"list": ["x", "y", "z"]}),
        ("SET list = list_append(['z'], list)", {"list": ["z", "x", "y"]}),
        ("SET new = if_not_exists(new, 5) + 1", {"new": 6}),
        ("SET tags = set_add(tags, <<'c', 'a'>>)", {"tags": {"a", "b", "c"}}),
        ("SET tags = SET_DELETE(tags, <<'a', 'z'>>)", {"tags": {"b"}}),
        ("SET new = set_add(new, <<'n'>>)", {"new": {"n"}}),
        ("SET new = set_delete(new, <<'n'>>)", {}),
    ],
)
def test_what_an_update_changes(users: Session, actions: str, changed: dict[str, Any]) -> None:
    before = users.item("Users", id="anna")
    assert before is not None
    assert users.run(f"UPDATE Users {actions} WHERE id = 'anna'") == {"Items": []}
    assert users.item("Users", id="anna") == before | changed


def test_an_update_removes(users: Session) -> None:
    removals = "REMOVE age, list[0] REMOVE map.k SET tags = set_delete(tags, <<'a', 'b'>>)"
    users.run(f"UPDATE Users {removals} WHERE id = 'anna'")
    assert users.item("Users", id="anna") == {"id": "anna", "list": ["y"], "map": {}}


def test_from_first(users: Session) -> None:
    users.run("FROM Users WHERE id = ? AND age = 30 SET age = ? REMOVE map", "anna", 31)
    assert users.item("Users", id="anna") == {"id": "anna", "age": 31, "tags": {"a", "b"}, "list": ["x", "y"]}


def test_an_update_never_creates_an_item(users: Session) -> None:
    for condition in ("", " AND age = 1", " AND attribute_not_exists(id)"):
        assert refused(users, f"UPDATE Users SET a = 1 WHERE id = 'ghost'{condition}") == FAILED
    assert users.item("Users", id="ghost") is None


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("age = 30", True),
        ("age = 31", False),
        ("age <> 31 AND begins_with(list[0], 'x')", True),
        ("nowhere <> 1", False),
        ("NOT contains(tags, 'a')", False),
        ("(age = 1 OR tags = <<'b', 'a'>>)", True),
        ("nowhere IS MISSING", True),
        ("attribute_exists(nowhere)", False),
    ],
)
def test_more_of_a_where_clause_is_a_condition(users: Session, condition: str, holds: bool) -> None:
    where = f"WHERE id = 'anna' AND {condition}"
    for statement in (f"UPDATE Users SET z = 1 {where}", f"DELETE FROM Users {where}"):
        if holds:
            users.run(statement)
        else:
            assert refused(users, statement) == FAILED
    found = users.item("Users", id="anna")
    assert found is None if holds else (found is not None and "z" not in found)


@pytest.mark.parametrize(
    ("actions", "complaint"),
    [
        ("SET nowhere[0] = 1", "The document path provided in the update expression is invalid for update"),
        ("SET nowhere.k = 1", "The document path provided in the update expression is invalid for update"),
        (
            "SET a = nowhere + 1",
            "The provided expression refers to an attribute that does not exist in the item",
        ),
        ("SET a = list + 1", "An operand in the update expression has an incorrect data type"),
        ("SET age = set_add(age, <<1>>)", "An operand in the update expression has an incorrect data type"),
        ("SET tags = set_add(tags, <<1>>)", "An operand in the update expression has an incorrect data type"),
        (
            "SET a = 'x' + 1",
            "Incorrect operand type for operator or function; operator or function: +, operand type: S",
        ),
        (
            "SET map = 1, map.k = 2",
            "Two document paths overlap with each other; must remove or rewrite one of these paths;"
            " path one: [map], path two: [map, k]",
        ),
        (
            "SET id = 'other'",
            "One or more parameter values were invalid: Cannot update attribute id."
            " This attribute is part of the key",
        ),
    ],
)
def test_an_update_that_cannot_be_done(users: Session, actions: str, complaint: str) -> None:
    before = users.item("Users", id="anna")
    assert users.complaint(f"UPDATE Users {actions} WHERE id = 'anna'") == complaint
    assert users.item("Users", id="anna") == before


def test_a_failed_condition_shows_the_item_when_asked(users: Session) -> None:
    request = asked("UPDATE Users SET a = 1 WHERE id = 'anna' AND age = 1")
    error = users.refused("ExecuteStatement", **request, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert set(error.fields) == {"Item"}
    assert users.refused("ExecuteStatement", **request).fields == {}


# ------------------------------------------------------------------ DELETE


def test_delete_of_a_missing_item_is_a_success_whatever_the_condition(users: Session) -> None:
    assert users.run("DELETE FROM Users WHERE id = 'ghost'") == {"Items": []}
    assert users.run("DELETE FROM Users WHERE id = 'ghost' AND age = 1") == {"Items": []}


def test_delete_takes_the_item_away(users: Session) -> None:
    assert users.run("DELETE FROM Users WHERE id = 'anna'") == {"Items": []}
    assert users.item("Users", id="anna") is None


# ------------------------------------------------------------------ the key


@pytest.mark.parametrize(
    "where",
    [
        "",
        "WHERE artist = 'a'",
        "WHERE song = '1'",
        "WHERE artist = 'a' OR song = '1'",
        "WHERE x = 1",
        "WHERE artist IN ['a'] AND song = '1'",
        "WHERE artist = 'a' AND song > '1'",
    ],
)
def test_a_write_names_the_whole_key(db: Session, where: str) -> None:
    assert db.complaint(f"DELETE FROM Songs {where}") == INCOMPLETE
    assert db.complaint(f"UPDATE Songs SET a = 1 {where}") == INCOMPLETE
    assert db.complaint(f"FROM Songs {where} SET a = 1") == INCOMPLETE


def test_a_key_attribute_has_one_value(db: Session) -> None:
    db.put("Songs", artist="a", song="1")
    assert db.complaint("DELETE FROM Songs WHERE artist = 'a' AND song = '1' AND artist = 'b'") == (
        "Multiple conditions on same key artist. Only single item Update/Insert/Delete are supported"
    )
    db.run("DELETE FROM Songs WHERE artist = 'a' AND '1' = song AND (artist = 'a' AND song >= '1')")
    assert db.item("Songs", artist="a", song="1") is None


def test_a_key_of_the_wrong_type(db: Session) -> None:
    assert db.complaint("DELETE FROM Songs WHERE artist = 1 AND song = '1'") == (
        "The provided key element does not match the schema"
    )


# ------------------------------------------------------------------ RETURNING


@pytest.mark.parametrize(
    ("actions", "variant", "items"),
    [
        ("SET age = 31", "ALL OLD", [{"id": "anna", "age": 30}]),
        ("SET age = 31", "ALL NEW", [{"id": "anna", "age": 31}]),
        ("SET age = 31", "MODIFIED OLD", [{"age": 30}]),
        ("SET age = 31", "MODIFIED NEW", [{"age": 31}]),
        ("SET z = 1", "MODIFIED OLD", []),
        ("REMOVE age", "MODIFIED NEW", []),
        ("REMOVE age", "MODIFIED OLD", [{"age": 30}]),
    ],
)
def test_returning_of_an_update(db: Session, actions: str, variant: str, items: list[dict[str, Any]]) -> None:
    db.put("Users", id="anna", age=30)
    assert db.rows(f"UPDATE Users {actions} WHERE id = 'anna' RETURNING {variant} *") == items


@pytest.mark.parametrize(
    ("actions", "old", "new"),
    [
        ("SET m.a = 9", [{"m": {"a": 1}}], [{"m": {"a": 9}}]),
        ("SET l[2] = 'z'", [{"l": ["c"]}], [{"l": ["z"]}]),
        ("SET l[2] = 'z', l[0] = 'x'", [{"l": ["a", "c"]}], [{"l": ["x", "z"]}]),
        ("SET l[3] = 'z'", [], [{"l": ["z"]}]),
        ("SET l[9] = 'z'", [], []),
        ("REMOVE l[1]", [{"l": ["b"]}], [{"l": ["c"]}]),
        ("REMOVE l[2]", [{"l": ["c"]}], []),
        ("REMOVE m.nowhere", [], []),
    ],
)
def test_modified_means_the_paths_of_the_statement_read_from_the_item(
    db: Session, actions: str, old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> None:
    for variant, items in (("OLD", old), ("NEW", new)):
        db.put("Users", id="anna", m={"a": 1, "b": 2}, l=["a", "b", "c"])
        assert db.rows(f"UPDATE Users {actions} WHERE id = 'anna' RETURNING MODIFIED {variant} *") == items


def test_returning_of_a_delete(db: Session) -> None:
    db.put("Users", id="anna", age=30)
    statement = "DELETE FROM Users WHERE id = 'anna' RETURNING ALL OLD *"
    assert db.rows(statement) == [{"id": "anna", "age": 30}]
    assert db.rows(statement) == []


def test_other_variants_of_returning_are_for_updates(db: Session) -> None:
    db.put("Users", id="anna")
    assert "Only RETURNING ALL OLD *" in db.complaint(
        "DELETE FROM Users WHERE id = 'anna' RETURNING ALL NEW *"
    )
    assert db.item("Users", id="anna") is not None


# ------------------------------------------------------------------ capacity


def test_what_writes_cost(db: Session) -> None:
    def cost(statement: str, *parameters: Any) -> Any:
        return db.run(statement, *parameters, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]

    insert = "INSERT INTO Users VALUE {'id': 'anna', 'v': ?}"
    assert cost(insert, "x" * 3000) == {"TableName": "Users", "CapacityUnits": 3.0}
    assert cost("UPDATE Users REMOVE v WHERE id = 'anna'") == {"TableName": "Users", "CapacityUnits": 3.0}
    assert cost("DELETE FROM Users WHERE id = 'anna'") == {"TableName": "Users", "CapacityUnits": 1.0}
    assert "ConsumedCapacity" not in db.run(insert, av("y"), ReturnConsumedCapacity="NONE")
