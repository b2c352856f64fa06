"""A short run of every fuzz target, always the same; `make fuzz` makes the long ones."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.model.shape import Structure
from dynalite.model.walker import validate
from dynalite.operations.catalogue import OPERATIONS
from tests.fuzz import corpus, database, run
from tests.fuzz.targets import TARGETS, Target

SEED = 20_261_123
PARSERS = [name for name in TARGETS if name not in ("request", "dax-calls", "door")]


def test_random_requests_get_an_answer_or_a_refusal() -> None:
    figures = asyncio.run(database.in_process(2_000, SEED))
    assert figures.requests == 2_000
    assert figures.outcomes["answered"] > 400
    assert len(figures.operations) == len(OPERATIONS)


def test_random_requests_get_them_over_http_too() -> None:
    figures = database.over_http(300, SEED)
    assert figures.requests == 300
    assert figures.outcomes["answered"] > 50


def test_every_target_has_examples() -> None:
    assert corpus.names() == sorted(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_kept_examples(name: str) -> None:
    for example in corpus.examples(name):
        TARGETS[name].run(example)


@pytest.mark.parametrize("name", TARGETS)
def test_changed_examples(name: str) -> None:
    run.run_target(TARGETS[name], 300, SEED)


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
@pytest.mark.parametrize("name", PARSERS)
def test_anything(name: str, data: bytes) -> None:
    TARGETS[name].run(data)


# ------------------------------------------------------------------ that it would notice


def test_an_operation_that_breaks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(shape: Structure, request: object) -> None:
        if shape.name == "GetItem":
            raise KeyError("a mistake of ours")
        validate(shape, request)

    monkeypatch.setattr("dynalite.database.validate", broken)
    with pytest.raises(database.Find, match=r"(?s)^GetItem b'.*KeyError"):
        asyncio.run(database.in_process(200, SEED))


def test_an_input_that_breaks_a_parser_is_said() -> None:
    def parse(data: bytes) -> None:
        assert b"AND" not in data

    with pytest.raises(AssertionError) as caught:
        run.run_target(Target("condition", parse), 1_000, SEED)
    assert caught.value.__notes__[0].startswith('condition: "')
