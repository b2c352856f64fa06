"""Statements against the plain API: the same question, written twice, has the same answer.

Conditions and updates are drawn as pairs of texts, one in each language. Conditions speak of key attributes
as freely as of others, so they are planned as single ranges, as several, and as scans; what PartiQL refuses
to plan is left out.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dynalite.errors import ServiceError
from tests.partiql.session import Session, av, plain_item

EXAMPLES = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
ARTISTS, SONGS = ("a", "b"), ("1", "2", "3")
UNPLANNED = ("Overlapping conditions", "Too many decomposed")


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    session = Session()
    yield session
    session.close()


class Twice(NamedTuple):
    """One thing in both languages; `values` belong to the expression."""

    statement: str
    expression: str
    values: dict[str, Any]


def literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, set):
        return f"<<{', '.join(sorted(map(literal, value)))}>>"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value)


scalars = st.sampled_from([0, 1, 2, -1.5, "", "1", "2", "ab", True])
values = st.one_of(scalars, st.sampled_from([{"x"}, {"x", "y"}, [], [1], ["ab", 2]]))
names = st.sampled_from(["artist", "song", "v", "w"])


def placeholder(value: Any) -> str:
    """A name for a value, the same for the same value."""
    return f":v{json.dumps(av(value)).encode().hex()}"


def item_strategy() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"artist": st.sampled_from(ARTISTS), "song": st.sampled_from(SONGS)},
        optional={"v": values, "w": values},
    )


# ------------------------------------------------------------------ conditions


def of_key_or_any(name: str, draw: st.DrawFn) -> Any:
    if name == "artist":
        return draw(st.sampled_from(ARTISTS))
    return draw(st.sampled_from(SONGS)) if name == "song" else draw(scalars)


@st.composite
def comparisons(draw: st.DrawFn) -> Twice:
    name = draw(names)
    value = of_key_or_any(name, draw)
    label = placeholder(value)
    kind = draw(
        st.sampled_from(["=", "<>", "<", ">=", "IN", "BETWEEN", "begins", "contains", "missing", "type"])
    )
    if kind in ("<", ">=", "BETWEEN", "begins") and (isinstance(value, bool) or value == ""):
        kind = "="
    if kind == "begins" and not isinstance(value, str):
        kind = "="
    one = {label: av(value)}
    if kind == "<>":
        text = f"{name} <> {literal(value)}"
        return Twice(text, f"(attribute_exists({name}) AND {name} <> {label})", one)
    if kind == "IN":
        other = of_key_or_any(name, draw)
        text = f"{name} IN [{literal(value)}, {literal(other)}]"
        return Twice(
            text, f"{name} IN ({label}, {placeholder(other)})", {**one, placeholder(other): av(other)}
        )
    if kind == "BETWEEN":
        text = f"{name} BETWEEN {literal(value)} AND {literal(value)}"
        return Twice(text, f"{name} BETWEEN {label} AND {label}", one)
    if kind == "begins":
        return Twice(f"begins_with({name}, {literal(value)})", f"begins_with({name}, {label})", one)
    if kind == "contains":
        return Twice(f"contains({name}, {literal(value)})", f"contains({name}, {label})", one)
    if kind == "missing":
        return Twice(f"{name} IS MISSING", f"attribute_not_exists({name})", {})
    if kind == "type":
        return Twice(f"{name} IS STRING", f"attribute_type({name}, :string)", {":string": {"S": "S"}})
    if draw(st.booleans()):
        return Twice(f"{name} {kind} {literal(value)}", f"{name} {kind} {label}", one)
    return Twice(f"{literal(value)} {kind} {name}", f"{label} {kind} {name}", one)


def joined(word: str, parts: list[Twice]) -> Twice:
    together = {label: value for part in parts for label, value in part.values.items()}
    return Twice(
        f"({f' {word} '.join(part.statement for part in parts)})",
        f"({f' {word} '.join(part.expression for part in parts)})",
        together,
    )


def negated(part: Twice) -> Twice:
    return Twice(f"NOT ({part.statement})", f"(NOT {part.expression})", part.values)


conditions = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.builds(lambda parts: joined("AND", parts), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda parts: joined("OR", parts), st.lists(inner, min_size=2, max_size=3)),
        st.builds(negated, inner),
    ),
    max_leaves=6,
)


def fill(db: Session, items: list[dict[str, Any]]) -> None:
    for artist in ARTISTS:
        for song in SONGS:
            db.call("DeleteItem", TableName="Songs", Key={"artist": av(artist), "song": av(song)})
    for item in items:
        db.put("Songs", **item)


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["artist"], row["song"]))


@EXAMPLES
@given(st.lists(item_strategy(), max_size=6), conditions, st.sampled_from([None, 1, 2]))
def test_select_finds_what_scan_finds(
    shared: Session, items: list[dict[str, Any]], condition: Twice, limit: int | None
) -> None:
    fill(shared, items)
    limited = {} if limit is None else {"Limit": limit}
    try:
        found = shared.every_row(f"SELECT * FROM Songs WHERE {condition.statement}", **limited)
    except ServiceError as error:
        assume(not error.message.startswith(UNPLANNED))
        raise
    request = {"ExpressionAttributeValues": condition.values} if condition.values else {}
    scanned = shared.call("Scan", TableName="Songs", FilterExpression=condition.expression, **request)
    assert in_order(found) == in_order([plain_item(item) for item in scanned["Items"]])


# ------------------------------------------------------------------ writes


@st.composite
def updates(draw: st.DrawFn) -> Twice:
    sets, removes, adds, together = [], [], [], {}
    statement = []
    for number, name in enumerate(
        draw(st.lists(st.sampled_from(["v", "w", "x", "y"]), min_size=1, unique=True))
    ):
        kind, label = (
            draw(st.sampled_from(["set", "add", "append", "default", "remove", "member"])),
            f":v{number}",
        )
        value = draw(values)
        if kind == "remove":
            statement.append(f"REMOVE {name}")
            removes.append(name)
            continue
        if kind == "member":
            statement.append(f"SET {name} = set_add({name}, <<'z'>>)")
            adds.append(f"{name} {label}")
            together[label] = {"SS": ["z"]}
            continue
        text, expression, given_value = {
            "set": (literal(value), label, value),
            "add": (f"{name} + 1", f"{name} + {label}", 1),
            "append": (f"list_append({name}, ['z'])", f"list_append({name}, {label})", ["z"]),
            "default": (f"if_not_exists(w, {literal(value)})", f"if_not_exists(w, {label})", value),
        }[kind]
        statement.append(f"SET {name} = {text}")
        sets.append(f"{name} = {expression}")
        together[label] = av(given_value)
    sections = [("SET", sets), ("REMOVE", removes), ("ADD", adds)]
    return Twice(
        " ".join(statement),
        " ".join(f"{word} {', '.join(parts)}" for word, parts in sections if parts),
        together,
    )


@EXAMPLES
@given(st.lists(item_strategy(), max_size=3), updates(), conditions)
def test_update_does_what_update_item_does(
    shared: Session, items: list[dict[str, Any]], update: Twice, condition: Twice
) -> None:
    """A statement on an item of one table, the operation on its twin."""
    key = {"artist": av("a"), "song": av("1")}
    where = f"WHERE artist = 'a' AND song = '1' AND ({condition.statement} OR NOT v = 0)"
    writes: tuple[Callable[[], object], ...] = (
        lambda: shared.run(f"UPDATE Songs {update.statement} {where}"),
        lambda: shared.call(
            "UpdateItem",
            TableName="Songs",
            Key=key,
            UpdateExpression=update.expression,
            ConditionExpression=f"attribute_exists(artist) AND ({condition.expression} OR (NOT v = :zero))",
            ExpressionAttributeValues={":zero": av(0), **update.values, **condition.values},
        ),
    )
    outcomes = []
    for write in writes:
        fill(shared, items)
        outcome = ("done", "")
        try:
            write()
        except ServiceError as error:
            outcome = (error.code, error.message)
        outcomes.append((outcome, shared.item("Songs", artist="a", song="1")))
    (statement_outcome, after), (plain_outcome, plainly_after) = outcomes
    assert after == plainly_after
    assert statement_outcome[0] == plain_outcome[0]


@EXAMPLES
@given(item_strategy(), item_strategy())
def test_insert_does_what_a_conditional_put_does(
    shared: Session, there: dict[str, Any], new: dict[str, Any]
) -> None:
    fill(shared, [there])
    text = ", ".join(f"'{name}': {literal(value)}" for name, value in new.items())
    same_key = (there["artist"], there["song"]) == (new["artist"], new["song"])
    if same_key:
        assert shared.refused("ExecuteStatement", Statement=f"INSERT INTO Songs VALUE {{{text}}}").code == (
            "DuplicateItemException"
        )
    else:
        shared.run(f"INSERT INTO Songs VALUE {{{text}}}")
    found = shared.item("Songs", artist=new["artist"], song=new["song"])
    assert found == (there if same_key else new)
