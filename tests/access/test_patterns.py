"""Patterns: against the plain definition, and what variables stand for."""

import time
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalite.access.patterns import Pattern

TEXTS = st.text(alphabet="ab:/", max_size=12)
GLOBS = st.text(alphabet="ab:/*?", max_size=10)


@given(GLOBS, TEXTS)
def test_stars_and_question_marks_mean_what_they_mean_in_a_shell(glob: str, text: str) -> None:
    assert Pattern(glob).matches(text, {}) == fnmatchcase(text, glob)


@given(st.text(max_size=12))
def test_whatever_a_text_holds_it_matches_itself(text: str) -> None:
    assert Pattern(text, wild=False, variables=False).matches(text, {})


def test_no_pattern_takes_long() -> None:
    begun = time.perf_counter()
    assert not Pattern("*a" * 30 + "b").matches("a" * 3000, {})
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("${aws:username}", "alice", True),
        ("${AWS:UserName}", "alice", True),
        ("home/${aws:username}/*", "home/alice/x", True),
        ("home/${aws:username}/*", "home/bob/x", False),
        ("${star}", "*", True),
        ("${star}", "anything", False),
        ("${unknown}", "", False),
        ("${unknown, 'nobody'}", "nobody", True),
        ("${aws:username, 'nobody'}", "alice", True),
        ("${several}", "one", False),
        ("${*}${?}${$}", "*?$", True),
        ("${*}", "x", False),
        ("$alice", "$alice", True),
    ],
)
def test_variables(pattern: str, text: str, matches: bool) -> None:
    facts = {"aws:username": ("alice",), "star": ("*",), "several": ("one", "two")}
    assert Pattern(pattern).matches(text, facts) is matches


def test_without_variables_the_text_is_plain() -> None:
    assert Pattern("${aws:username}", variables=False).matches(
        "${aws:username}", {"aws:username": ("alice",)}
    )
