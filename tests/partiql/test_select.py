"""SELECT: what a WHERE clause keeps, in which order, and how columns are named."""

import pytest

from tests.partiql.session import Session

ANNA = {
    "id": "anna",
    "age": 30,
    "tags": {"new", "vip"},
    "address": {"city": "Bonn", "lines": ["a", "b"]},
    "nothing": {"NULL": True},
    "on": True,
}


@pytest.fixture
def users(db: Session) -> Session:
    db.put("Users", **ANNA)
    db.put("Users", id="bert", age=20)
    return db


@pytest.fixture
def songs(db: Session) -> Session:
    for artist in ("ann", "bob"):
        for song in "1234":
            db.put("Songs", artist=artist, song=song, rank=int(song))
    return db


def named(db: Session, condition: str, *parameters: object) -> list[str]:
    rows = db.every_row(f"SELECT id FROM Users WHERE {condition}", *parameters)
    return sorted(row["id"] for row in rows)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("id = 'anna'", ["anna"]),
        ("'anna' = id", ["anna"]),
        ("age > 20", ["anna"]),
        ("25 > age", ["bert"]),
        ("age BETWEEN 20 AND 25", ["bert"]),
        ("age IN [20, 30]", ["anna", "bert"]),
        ("age NOT IN (20)", ["anna"]),
        ("contains(tags, 'vip')", ["anna"]),
        ("begins_with(address.city, 'Bo')", ["anna"]),
        ("size(tags) = 2", ["anna"]),
        ("ATTRIBUTE_TYPE(tags, 'SS')", ["anna"]),
        ("address.lines[1] = 'b'", ["anna"]),
        ("tags = <<'vip', 'new'>>", ["anna"]),
        ("address = {'lines': ['a', 'b'], 'city': 'Bonn'}", ["anna"]),
        ("tags IS MISSING", ["bert"]),
        ("tags IS NOT MISSING", ["anna"]),
        ("nothing IS NULL", ["anna"]),
        ("nothing IS NOT NULL", ["bert"]),
        ('"on" IS BOOL AND age IS NUMERIC', ["anna"]),
        ("attribute_exists(tags)", ["anna"]),
        ("attribute_not_exists(tags)", ["bert"]),
    ],
)
def test_what_a_condition_keeps(users: Session, condition: str, found: list[str]) -> None:
    assert named(users, condition) == found


def test_unequal_needs_the_attribute_and_not_equal_does_not(users: Session) -> None:
    assert named(users, "address.city <> 'Rome'") == ["anna"]
    assert named(users, "size(tags) <> 5") == ["anna"]
    assert named(users, "NOT address.city = 'Rome'") == ["anna", "bert"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("attribute_exists(tags) = true", ["anna"]),
        ("true = attribute_exists(tags)", ["anna"]),
        ("attribute_exists(tags) = false", ["bert"]),
        ("attribute_exists(tags) <> true", ["bert"]),
        ("attribute_exists(tags) = 1", []),
        ("(age > 25) IN [true, false]", ["anna", "bert"]),
        ("(age = 20 OR age = 30) = true", ["anna", "bert"]),
    ],
)
def test_a_condition_can_be_compared_with_a_boolean(users: Session, condition: str, found: list[str]) -> None:
    assert named(users, condition) == found


def test_a_condition_has_no_order(users: Session) -> None:
    assert users.complaint("SELECT * FROM Users WHERE attribute_exists(tags) > false") == (
        "Incorrect operand type for operator or function; operator or function: >, operand type: BOOL"
    )


def test_parameters_stand_for_values_in_the_order_of_the_text(users: Session) -> None:
    assert named(users, "age > ? AND id IN [?, ?]", 25, "anna", "bert") == ["anna"]
    assert named(users, "tags = ?", {"vip", "new"}) == ["anna"]


@pytest.mark.parametrize("given", [(), ("a", "b")])
def test_there_are_as_many_parameters_as_question_marks(users: Session, given: tuple[str, ...]) -> None:
    assert users.complaint("SELECT * FROM Users WHERE id = ?", *given) == (
        "Number of parameters in request and statement don't match."
    )


def test_a_column_is_named_by_the_last_name_of_its_path(users: Session) -> None:
    statement = "SELECT age, address.city, address.lines[1], nowhere.else_ FROM Users WHERE id = 'anna'"
    assert users.rows(statement) == [{"age": 30, "city": "Bonn", "lines[1]": "b"}]


def test_an_item_without_any_column_is_an_empty_row(users: Session) -> None:
    assert users.rows("SELECT tags FROM Users WHERE id = 'bert'") == [{}]


def test_everything_is_everything(users: Session) -> None:
    assert users.rows("SELECT * FROM Users WHERE id = 'anna'") == [ANNA]
    assert len(users.rows("SELECT * FROM Users")) == 2


@pytest.mark.parametrize("literal", ["7.31e6", "7.31E+6", "731e4", "73100000e-1", "7310000.0", "+7310000"])
def test_numbers_are_compared_by_value_however_they_are_written(db: Session, literal: str) -> None:
    db.put("Counts", n=7310000)
    assert db.rows(f"SELECT * FROM Counts WHERE n = {literal}") == [{"n": 7310000}]


# ------------------------------------------------------------------ keys


def keys(db: Session, rest: str, *parameters: object) -> list[str]:
    rows = db.every_row(f"SELECT artist, song FROM Songs WHERE {rest}", *parameters)
    return [row["artist"] + row["song"] for row in rows]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("artist = 'ann'", "ann1 ann2 ann3 ann4"),
        ("artist = 'ann' AND song > '2'", "ann3 ann4"),
        ("'2' < song AND artist = 'ann'", "ann3 ann4"),
        ("artist = 'ann' AND song BETWEEN '2' AND '3'", "ann2 ann3"),
        ("artist = 'ann' AND begins_with(song, '4')", "ann4"),
        ("artist = 'ann' AND song > '1' AND song < '4' AND rank <> 2", "ann3"),
        ("artist = 'ann' AND song = '1' AND song = '2'", ""),
        ("artist = 'ann' AND artist = 'bob'", ""),
        ("artist IN ['bob', 'ann'] AND song = '1'", "bob1 ann1"),
        ("artist = 'ann' AND song IN ['3', '1']", "ann1 ann3"),
        ("artist = 'ann' AND (song = '1' OR song > '3')", "ann1 ann4"),
        ("(artist = 'ann' AND song = '1') OR (artist = 'bob' AND rank > 3)", "ann1 bob4"),
        ("artist = 'ann' AND song <> '1'", "ann2 ann3 ann4"),
        ("artist = 'ann' AND NOT song = '1'", "ann2 ann3 ann4"),
        ("artist = 'ann' AND attribute_exists(artist)", "ann1 ann2 ann3 ann4"),
        ("artist = 'ann' AND NOT song = '1' OR artist = 'ann' AND song = '2'", "ann2 ann3 ann4"),
        ("artist = 'ann' AND song <> '1' OR artist = 'ann' AND song = '1'", "ann1 ann2 ann3 ann4"),
        ("artist = 'ann' OR artist = 'ann' AND NOT song = '1'", "ann1 ann2 ann3 ann4"),
        ("artist = 'ann' AND (rank = 1 OR rank = 2)", "ann1 ann2"),
    ],
)
def test_what_a_key_condition_finds(songs: Session, condition: str, found: str) -> None:
    assert keys(songs, condition) == found.split()


def test_a_condition_that_leaves_the_partition_open_is_a_scan(songs: Session) -> None:
    assert sorted(keys(songs, "artist = 'ann' OR rank = 1")) == ["ann1", "ann2", "ann3", "ann4", "bob1"]
    assert sorted(keys(songs, "artist > 'ann' AND song = '1'")) == ["bob1"]
    assert keys(songs, "artist > 1") == []


@pytest.mark.parametrize(
    "condition",
    [
        "artist IN ['ann', 'ann']",
        "artist = 'ann' OR artist = 'ann'",
        "artist = 'ann' AND (song > '0' OR song < '5')",
        "artist = 'ann' AND rank = 1 OR artist = 'ann' AND song = '2'",
        "artist = 'ann' AND rank <> 1 OR artist = 'ann' AND song = '2'",
    ],
)
def test_branches_that_overlap_in_a_partition_are_refused(songs: Session, condition: str) -> None:
    assert songs.complaint(f"SELECT * FROM Songs WHERE {condition}") == (
        "Overlapping conditions with range keys are not supported in where clause"
    )


@pytest.mark.parametrize(
    ("condition", "key"),
    [
        ("artist = 1", "artist"),
        ("artist = 'a' OR artist = 2", "artist"),
        ("artist = 'a' AND song IN ['1', 2]", "song"),
    ],
)
def test_keys_have_the_types_of_the_schema(songs: Session, condition: str, key: str) -> None:
    assert songs.complaint(f"SELECT * FROM Songs WHERE {condition}") == (
        f"Key attribute's data type should match its data type in table's schema: Key {key}"
    )


def test_a_condition_is_taken_apart_into_fifty_reads_at_most(songs: Session) -> None:
    def values(count: int) -> str:
        return ", ".join(f"'v{number}'" for number in range(count))

    assert keys(songs, f"artist IN [{values(50)}]") == []
    assert keys(songs, f"artist IN [{values(51)}] OR rank = 99") == []
    for condition in (f"artist IN [{values(51)}]", f"artist IN [{values(26)}] AND song IN ['1', '2']"):
        assert songs.complaint(f"SELECT * FROM Songs WHERE {condition}") == (
            "Too many decomposed read operations for a given query."
        )
    assert "operands: 101" in songs.complaint(f"SELECT * FROM Songs WHERE rank IN [{values(101)}]")


# ------------------------------------------------------------------ ORDER BY


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("artist = 'ann' ORDER BY song", "ann1 ann2 ann3 ann4"),
        ("artist = 'ann' ORDER BY song ASC", "ann1 ann2 ann3 ann4"),
        ("artist = 'ann' ORDER BY song DESC", "ann4 ann3 ann2 ann1"),
        ("artist = 'ann' AND song IN ['1', '3'] ORDER BY song DESC", "ann3 ann1"),
        ("artist IN ['ann', 'bob'] AND song < '3' ORDER BY artist DESC, song", "bob1 bob2 ann1 ann2"),
        ("artist IN ['bob', 'ann'] AND song < '3' ORDER BY artist, song DESC", "ann2 ann1 bob2 bob1"),
        ("artist = 'ann' ORDER BY artist", "ann4 ann3 ann2 ann1"),
    ],
)
def test_order_by_the_key(songs: Session, rest: str, found: str) -> None:
    assert keys(songs, rest) == found.split()


def test_an_ordered_read_pages_in_its_order(songs: Session) -> None:
    rows = songs.every_row("SELECT song FROM Songs WHERE artist = 'ann' ORDER BY song DESC", Limit=1)
    assert [row["song"] for row in rows] == ["4", "3", "2", "1"]


@pytest.mark.parametrize(
    ("rest", "complaint"),
    [
        ("ORDER BY song", "Must have WHERE clause in the statement when using ORDER BY clause."),
        (
            "WHERE artist = 'a' ORDER BY rank",
            "Attribute rank in ORDER BY clause must be part of the primary key",
        ),
        (
            "WHERE rank = 1 ORDER BY song",
            "Must have at least one non-optional hash key condition in WHERE clause"
            " when using ORDER BY clause.",
        ),
        (
            "WHERE artist IN ['a', 'b'] ORDER BY song",
            "Must have hash key in ORDER BY clause when more than one hash key condition"
            " specified in WHERE clause.",
        ),
    ],
)
def test_an_order_that_cannot_be_served(songs: Session, rest: str, complaint: str) -> None:
    assert songs.complaint(f"SELECT * FROM Songs {rest}") == complaint
