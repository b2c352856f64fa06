"""Whatever text comes in, what goes out is an answer or one of the service's errors."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalite.errors import InternalServerError, ServiceError
from tests.partiql.session import Session
from tests.strategies import texts

EXAMPLES = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])

_TEXT = """
SELECT * FROM Songs WHERE artist = 'a' AND song = '1' ORDER BY song DESC , ( ) [ ] { } << >> . : ; ? ' "
INSERT INTO VALUE {'artist':'a','song':'1'} UPDATE SET v = v + 1 REMOVE v DELETE RETURNING ALL OLD MODIFIED
NEW EXISTS( NOT OR IN BETWEEN IS MISSING NULL STRING contains( begins_with( size( set_add( list_append(
if_not_exists( <> < <= > >= != || + - * / % 1 -2.5 1e5 .5 TRUE FALSE "v" "placed" Orders.placed LIMIT LIKE AS
Orders."by-status" é -- /* */
"""
_WORDS = _TEXT.split()
_STATEMENTS = [
    "SELECT v, w.x[0] FROM Songs WHERE artist = 'a' AND (song > '1' OR v IN [1, 'x']) ORDER BY song DESC",
    "SELECT * FROM Orders.\"by-status\" WHERE status = 'new' AND placed BETWEEN 'a' AND 'b'",
    "INSERT INTO Songs VALUE {'artist': 'a', 'song': '1', 'v': [1, {'k': <<'x'>>}], 'w': null}",
    "UPDATE Songs SET v = if_not_exists(v, 0) + 1, w.x[0] = 'y' REMOVE z WHERE artist = 'a' AND song = '1'",
    "DELETE FROM Songs WHERE artist = 'a' AND song = '1' AND NOT contains(v, 'x') RETURNING ALL OLD *",
]


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    session = Session()
    yield session
    session.close()


def ask(db: Session, statement: str) -> None:
    requests: list[tuple[str, dict[str, Any]]] = [
        ("ExecuteStatement", {"Statement": statement}),
        ("ExecuteStatement", {"Statement": statement, "Parameters": [{"S": "a"}, {"N": "1"}]}),
        ("BatchExecuteStatement", {"Statements": [{"Statement": statement}]}),
        ("ExecuteTransaction", {"TransactStatements": [{"Statement": statement}]}),
    ]
    for operation, request in requests:
        try:
            db.call(operation, **request)
        except InternalServerError:
            raise
        except ServiceError:
            continue


@EXAMPLES
@given(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=24))
def test_words_in_any_order(shared: Session, words: list[str]) -> None:
    ask(shared, " ".join(words))


@EXAMPLES
@given(st.sampled_from(_STATEMENTS), st.data())
def test_statements_with_something_changed(shared: Session, statement: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(statement)))
    stop = data.draw(st.integers(start, min(len(statement), start + 12)))
    patch = data.draw(st.one_of(st.just(""), st.sampled_from(_WORDS), texts()))
    ask(shared, statement[:start] + patch + statement[stop:] or "x")


@EXAMPLES
@given(texts(max_size=30).filter(bool))
def test_any_text(shared: Session, text: str) -> None:
    ask(shared, text)
