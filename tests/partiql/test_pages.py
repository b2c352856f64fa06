"""Pages of a SELECT: Limit, the megabyte, and NextToken."""

import pytest

from tests.partiql.session import Session


@pytest.fixture
def songs(db: Session) -> Session:
    for artist in ("ann", "bob", "cid"):
        for song in "123":
            db.put("Songs", artist=artist, song=song, rank=int(song))
    return db


STATEMENTS = [
    "SELECT * FROM Songs",
    "SELECT * FROM Songs WHERE rank > 1",
    "SELECT * FROM Songs WHERE artist = 'ann'",
    "SELECT * FROM Songs WHERE artist = 'ann' AND song > '1' ORDER BY song DESC",
    "SELECT * FROM Songs WHERE artist IN ['cid', 'ann', 'nobody', 'bob'] AND rank <> 2",
    "SELECT * FROM Songs WHERE artist = 'ann' AND song IN ['1', '3'] OR artist = 'bob'",
]


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_of_any_size_come_to_the_same(songs: Session, statement: str, limit: int) -> None:
    assert songs.every_row(statement, Limit=limit) == songs.every_row(statement)


def test_limit_counts_what_is_evaluated(songs: Session) -> None:
    page = songs.run("SELECT * FROM Songs WHERE artist = 'ann' AND rank = 3", Limit=2)
    assert page["Items"] == []
    assert page["LastEvaluatedKey"] == {"artist": {"S": "ann"}, "song": {"S": "2"}}
    rest = songs.run("SELECT * FROM Songs WHERE artist = 'ann' AND rank = 3", NextToken=page["NextToken"])
    assert len(rest["Items"]) == 1
    assert "NextToken" not in rest


def test_listed_partition_keys_come_ten_items_to_a_page(db: Session) -> None:
    for number in range(25):
        db.put("Users", id=f"u{number:02}")
    listed = ", ".join(f"'u{number:02}'" for number in range(25))
    statement = f"SELECT id FROM Users WHERE id IN [{listed}]"
    sizes: list[int] = []
    rows: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = db.run(statement, **token)
        sizes.append(len(page["Items"]))
        rows += [row["id"]["S"] for row in page["Items"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sizes == [10, 10, 5]
    assert sorted(rows) == [f"u{number:02}" for number in range(25)]
    ten = ", ".join(f"'u{number:02}'" for number in range(10))
    assert "NextToken" not in db.run(f"SELECT id FROM Users WHERE id IN [{ten}]")
    assert len(db.run(statement, Limit=7)["Items"]) == 7


def test_ten_items_may_be_of_one_partition(db: Session) -> None:
    for number in range(12):
        db.put("Songs", artist="ann", song=str(number))
    statement = "SELECT * FROM Songs WHERE artist IN ['ann', 'bob']"
    page = db.run(statement)
    assert len(page["Items"]) == 10
    assert len(db.rows(statement, NextToken=page["NextToken"])) == 2


def test_a_page_of_exactly_the_limit_has_a_token(songs: Session) -> None:
    page = songs.run("SELECT * FROM Songs WHERE artist = 'ann'", Limit=3)
    assert len(page["Items"]) == 3
    assert songs.rows("SELECT * FROM Songs WHERE artist = 'ann'", NextToken=page["NextToken"]) == []


def test_no_limit_of_zero(songs: Session) -> None:
    error = songs.refused("ExecuteStatement", Statement="SELECT * FROM Songs", Limit=0)
    assert "'0' at 'limit' failed to satisfy constraint" in error.message


def test_a_page_ends_at_a_megabyte(db: Session) -> None:
    for number in range(4):
        db.put("Songs", artist="big", song=str(number), text="x" * 350_000)
    page = db.run("SELECT song FROM Songs WHERE artist = 'big'")
    assert len(page["Items"]) == 3
    assert len(db.every_row("SELECT song FROM Songs WHERE artist = 'big'")) == 4


def test_a_page_of_several_ranges_ends_at_a_megabyte_and_loses_nothing(db: Session) -> None:
    for artist in "abc":
        for song in "12":
            db.put("Songs", artist=artist, song=song, text="x" * 300_000)
    statement = "SELECT artist, song FROM Songs WHERE artist IN ['a', 'b', 'c']"
    assert len(db.run(statement)["Items"]) == 4
    assert [row["artist"] + row["song"] for row in db.every_row(statement)] == [
        "a1",
        "a2",
        "b1",
        "b2",
        "c1",
        "c2",
    ]


def test_a_page_of_several_ranges_stops_within_a_range(db: Session) -> None:
    """Each range had a megabyte of its own."""
    for artist in "ab":
        for song in "1234":
            db.put("Songs", artist=artist, song=song, text="x" * 200_000)
    statement = "SELECT artist, song FROM Songs WHERE artist IN ['a', 'b']"
    assert len(db.run(statement)["Items"]) == 6
    assert len(db.every_row(statement)) == 8


def test_limit_and_consistency_may_change_from_page_to_page(songs: Session) -> None:
    page = songs.run("SELECT * FROM Songs WHERE artist = ?", "ann", Limit=1, ConsistentRead=True)
    assert (
        len(songs.rows("SELECT * FROM Songs WHERE artist = ?", "ann", NextToken=page["NextToken"], Limit=2))
        == 2
    )


def test_a_token_belongs_to_its_statement_and_parameters(songs: Session) -> None:
    token = songs.run("SELECT * FROM Songs WHERE artist = ?", "ann", Limit=1)["NextToken"]
    for statement, parameter in [
        ("SELECT * FROM Songs WHERE artist = ?", "bob"),
        ("SELECT song FROM Songs WHERE artist = ?", "ann"),
        ("SELECT * FROM Users WHERE id = ?", "ann"),
    ]:
        assert songs.complaint(statement, parameter, NextToken=token) == "NextToken does not match request"


def test_a_token_does_not_outlive_its_table(songs: Session) -> None:
    token = songs.run("SELECT * FROM Songs", Limit=1)["NextToken"]
    described = songs.call("DescribeTable", TableName="Songs")["Table"]
    songs.call("DeleteTable", TableName="Songs")
    songs.call(
        "CreateTable",
        TableName="Songs",
        KeySchema=described["KeySchema"],
        AttributeDefinitions=described["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
    )
    assert songs.complaint("SELECT * FROM Songs", NextToken=token) == "NextToken does not match request"


@pytest.mark.parametrize("token", ["", "x", "????", "ä", "AAAA", "A" * 64])
def test_what_is_no_token(songs: Session, token: str) -> None:
    assert songs.complaint("SELECT * FROM Songs", NextToken=token or "=") == "Invalid NextToken"


def test_a_token_that_anybody_has_altered_is_none(songs: Session) -> None:
    statement = "SELECT * FROM Songs WHERE artist = 'ann'"
    token = songs.run(statement, Limit=1)["NextToken"]
    flipped = [
        token[:at] + ("A" if character != "A" else "B") + token[at + 1 :]
        for at, character in enumerate(token)
        if character != "="
    ]
    for altered in (*flipped, token + "x", token + "=", token + "\n", token[:-4], token + token):
        assert songs.complaint(statement, NextToken=altered) == "Invalid NextToken"
