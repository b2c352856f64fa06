"""The checker itself: it must find the order where there is one, and must be able to say no.

Histories are drawn the way people draw them: one line per client, time from left to right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.linearizability.registers import Call, Change, Outcome, Requires, State, Touch, Value, after
from tests.linearizability.search import linearize

NEVER = 1_000_000


def call(
    client: int,
    start: int,
    end: int,
    *touches: Touch,
    found: Mapping[int, Value] | None = None,
    refused: frozenset[int] = frozenset(),
) -> Call:
    return Call(client, touches, start, end, Outcome(found or {}, refused))


def put(client: int, start: int, end: int, register: int, number: int) -> Call:
    return call(client, start, end, Touch(register, Change.SET, number))


def get(client: int, start: int, end: int, **found: Value) -> Call:
    """A read of registers named r0, r1 and so on, all at once."""
    seen = {int(name[1:]): value for name, value in found.items()}
    return call(client, start, end, *map(Touch, seen), found=seen)


def swap(client: int, start: int, end: int, register: int, old: Value, new: int, *, won: bool) -> Call:
    touch = Touch(register, Change.SET, new, old)
    return call(client, start, end, touch, refused=frozenset() if won else frozenset({register}))


def lost(client: int, start: int, *touches: Touch) -> Call:
    return Call(client, touches, start, NEVER, None)


GOOD: dict[str, list[Call]] = {
    "an empty history": [],
    "a read sees the write before it": [put(1, 0, 1, 0, 7), get(1, 2, 3, r0=7)],
    "a read during a write may see it": [put(1, 0, 9, 0, 7), get(2, 2, 3, r0=7), get(2, 4, 5, r0=7)],
    "a read during a write may miss it": [put(1, 0, 9, 0, 7), get(2, 2, 3, r0=None)],
    "writes at once may take either order": [put(1, 0, 9, 0, 7), put(2, 0, 9, 0, 8), get(3, 10, 11, r0=7)],
    "one of two swaps wins": [
        swap(1, 0, 9, 0, None, 7, won=True),
        swap(2, 0, 9, 0, None, 8, won=False),
        get(3, 10, 11, r0=7),
    ],
    "a call without an answer may have happened": [
        lost(1, 0, Touch(0, Change.SET, 7)),
        get(2, 1, 2, r0=None),
        get(2, 3, 4, r0=7),
    ],
    "a call without an answer may never happen": [lost(1, 0, Touch(0, Change.SET, 7)), get(2, 5, 6, r0=None)],
    "a write that would change nothing now may change something later": [
        call(1, 0, 9, Touch(0, Change.DELETE)),
        put(2, 0, 1, 0, 7),
        get(2, 2, 3, r0=7),
        get(2, 4, 5, r0=None),
    ],
    "a call without an answer whose condition failed changes nothing": [
        put(1, 0, 1, 0, 3),
        lost(1, 2, Touch(0, Change.SET, 7, requires=9)),
        get(2, 5, 6, r0=3),
    ],
}

BAD: dict[str, list[Call]] = {
    "a read of what nobody wrote": [get(1, 0, 1, r0=7)],
    "a stale read": [put(1, 0, 1, 0, 7), get(2, 2, 3, r0=None)],
    "a read that goes back in time": [
        put(1, 0, 9, 0, 7),
        get(2, 1, 2, r0=7),
        get(3, 3, 4, r0=None),
    ],
    "two readers who disagree about the order of writes": [
        put(1, 0, 1, 0, 7),
        put(2, 2, 3, 0, 8),
        get(3, 4, 5, r0=7),
    ],
    "a lost update: both swaps win": [
        put(1, 0, 1, 0, 3),
        swap(1, 2, 9, 0, 3, 7, won=True),
        swap(2, 2, 9, 0, 3, 8, won=True),
    ],
    "a lost increment": [
        call(1, 0, 9, Touch(0, Change.ADD, 1)),
        call(2, 0, 9, Touch(0, Change.ADD, 1)),
        get(3, 10, 11, r0=1),
    ],
    "an increment that was applied twice": [call(1, 0, 1, Touch(0, Change.ADD, 1)), get(2, 2, 3, r0=2)],
    "a torn read of a transaction": [
        call(1, 0, 9, Touch(0, Change.SET, 7), Touch(1, Change.SET, 7)),
        get(2, 1, 2, r0=7, r1=None),
    ],
    "a long fork: two readers see two writes in opposite orders": [
        put(1, 0, 9, 0, 7),
        put(2, 0, 9, 1, 7),
        get(3, 1, 8, r0=7, r1=None),
        get(4, 1, 8, r0=None, r1=7),
    ],
    "write skew: each checks what the other writes": [
        call(1, 0, 9, Touch(0, requires=None), Touch(1, Change.SET, 7)),
        call(2, 0, 9, Touch(1, requires=None), Touch(0, Change.SET, 8)),
    ],
    "a condition that was refused although it held": [swap(1, 0, 1, 0, None, 7, won=False)],
    "a cancelled transaction that did one of its writes": [
        call(1, 0, 1, Touch(0, requires=5), Touch(1, Change.SET, 7), refused=frozenset({0})),
        get(2, 2, 3, r0=None, r1=7),
    ],
    "a call without an answer that came undone": [
        lost(1, 0, Touch(0, Change.SET, 7)),
        get(2, 1, 2, r0=7),
        get(2, 3, 4, r0=None),
    ],
    "a call without an answer seen before it was sent": [
        get(2, 0, 1, r0=7),
        lost(1, 2, Touch(0, Change.SET, 7)),
    ],
}


@pytest.mark.parametrize("name", GOOD)
def test_these_histories_are_linearizable(name: str) -> None:
    verdict = linearize(GOOD[name], (None, None))
    assert verdict.linearizable, verdict


@pytest.mark.parametrize("name", BAD)
def test_these_histories_are_not(name: str) -> None:
    assert not linearize(BAD[name], (None, None)).linearizable


def test_the_verdict_shows_where_the_search_got_stuck() -> None:
    stale = get(2, 2, 3, r0=None)
    verdict = linearize([put(1, 0, 1, 0, 7), stale], (None,))
    assert (verdict.state, verdict.stuck) == ((7,), [stale])
    assert str(stale) in str(verdict)


# --------------------------------------------- against the definition, which tries every order there is

values = st.one_of(st.none(), st.integers(0, 2))
touches = st.builds(
    Touch,
    register=st.integers(0, 1),
    change=st.sampled_from(Change),
    number=st.integers(0, 2),
    requires=st.one_of(st.just(Requires.NOTHING), values),
)


@st.composite
def calls(draw: st.DrawFn) -> Call:
    touched = draw(st.lists(touches, min_size=1, max_size=2, unique_by=lambda touch: touch.register))
    start = draw(st.integers(0, 9))
    found = {touch.register: draw(values) for touch in touched if draw(st.booleans())}
    conditional = [touch.register for touch in touched if touch.requires is not Requires.NOTHING]
    refused = draw(st.sets(st.sampled_from(conditional))) if conditional else set()
    outcome = draw(st.sampled_from([Outcome(found, frozenset(refused)), Outcome(), None]))
    return Call(0, tuple(touched), start, start + draw(st.integers(1, 6)), outcome)


def explained(order: Sequence[Call], initial: State) -> bool:
    state = initial
    for one in order:
        left = after(state, one)
        if left is None:
            return False
        state = left
    return True


def every_order_tried(history: Sequence[Call], initial: State) -> bool:
    """The definition itself: any calls without an answer left out, any order that respects time."""
    answered = [one for one in history if one.outcome is not None]
    open_ended = [one for one in history if one.outcome is None]
    for kept in range(1 << len(open_ended)):
        chosen = answered + [one for at, one in enumerate(open_ended) if kept >> at & 1]
        for order in permutations(chosen):
            timely = all(
                later.outcome is None or later.end >= earlier.start
                for at, earlier in enumerate(order)
                for later in order[at + 1 :]
            )
            if timely and explained(order, initial):
                return True
    return False


@st.composite
def true_histories(draw: st.DrawFn, max_size: int = 40) -> list[Call]:
    """Calls of a server that does one thing at a time: call n happens at time 10n, and takes a while."""
    state: State | None = (None, None)
    history = []
    for at, one in enumerate(draw(st.lists(calls(), max_size=max_size))):
        assert state is not None
        refused = {touch.register for touch in one.touches if not touch.allows(state[touch.register])}
        found = {touch.register: state[touch.register] for touch in one.touches if draw(st.booleans())}
        told = None if one.outcome is None else Outcome(found, frozenset(refused))
        start, end = 10 * at - draw(st.integers(1, 40)), 10 * at + draw(st.integers(1, 40))
        one = replace(one, start=start, end=end, outcome=told)
        state = after(state, one)
        history.append(one)
    return history


@st.composite
def spoilt_histories(draw: st.DrawFn) -> list[Call]:
    """True but for one answer."""
    history = draw(true_histories(max_size=5).filter(bool))
    at = draw(st.integers(0, len(history) - 1))
    register = history[at].touches[0].register
    history[at] = replace(history[at], outcome=Outcome({register: draw(values)}))
    return history


@settings(max_examples=200)
@given(st.one_of(st.lists(calls(), max_size=5), true_histories(max_size=5), spoilt_histories()))
def test_the_search_agrees_with_trying_every_order(history: list[Call]) -> None:
    assert linearize(history, (None, None)).linearizable == every_order_tried(history, (None, None))


@settings(max_examples=50)
@given(true_histories())
def test_what_happened_one_at_a_time_is_always_explained(history: list[Call]) -> None:
    verdict = linearize(history, (None, None))
    assert verdict.linearizable, verdict
    assert explained(verdict.order, (None, None))


@settings(max_examples=50)
@given(true_histories())
def test_one_answer_that_nobody_could_have_given_is_always_found(history: list[Call]) -> None:
    end = max((one.end for one in history), default=0)
    assert not linearize([*history, get(9, end + 1, end + 2, r0=777)], (None, None)).linearizable
