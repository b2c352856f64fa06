"""What tests draw from: numbers, key values, AttributeValues and items, rich in corners.

`wire_*` strategies draw what a client may send: odd spellings of numbers, sets in any order. The others draw
canonical values, as the engine stores them. Every example is built afresh, so a test may change it.
"""

from base64 import b64encode
from typing import Literal

from hypothesis import strategies as st

from dynalite.values.attribute import canonical_item, canonical_value
from dynalite.values.json_types import TYPE_TAG
from dynalite.values.number import canonical
from dynalite.values.types import AttributeValue, Item

MAX_DIGITS = 38
MAX_EXPONENT = 125
MIN_EXPONENT = -130

_CORNER_TEXTS = ("", "\x00", "\x01", "a\x00b", "é", "z", "\uffff", "𝒳", "😀", "a", "aa", "b")


def texts(max_size: int = 8) -> st.SearchStrategy[str]:
    """Text with astral characters, control characters and the empty string; never half a surrogate pair.

    Hypothesis also draws the strings that stand in our code. The one that no name may be is left out.
    """
    anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=max_size).filter(TYPE_TAG.__ne__)
    return st.one_of(st.sampled_from([text for text in _CORNER_TEXTS if len(text) <= max_size]), anything)


def binaries(max_size: int = 8) -> st.SearchStrategy[str]:
    """Standard base64 text of up to `max_size` bytes."""
    return st.binary(max_size=max_size).map(lambda raw: b64encode(raw).decode())


def _spelled(digits: int, point: int, exponent: int, style: int) -> str:
    """A spelling of a number in range: `point` and `exponent` are bent to fit, `style` is ornament."""
    style, sign = divmod(style, 3)
    style, padding = divmod(style, 3)
    style, letter = divmod(style, 2)
    ornate = bool(style)
    text = str(digits)
    point %= len(text) + 1
    leading = point - 1  # the power of ten of the leading digit, before the exponent
    exponent = min(max(exponent, MIN_EXPONENT - leading), MAX_EXPONENT - leading)
    zeros = "0" * padding
    spelled = ("", "-", "+")[sign] + zeros + text[:point]
    if point < len(text) or ornate:
        spelled += "." + text[point:] + zeros
    if exponent or ornate:
        spelled += "eE"[letter] + (f"{exponent:+}" if ornate else str(exponent))
    return spelled


def wire_numbers(max_digits: int = MAX_DIGITS) -> st.SearchStrategy[str]:
    """An acceptable number in any spelling, of any magnitude from 1e-130 to 9.99e125, or zero."""
    return st.builds(
        _spelled,
        digits=st.integers(0, 10**max_digits - 1),
        point=st.integers(0, MAX_DIGITS),
        exponent=st.sampled_from((0, 0, 0, 1, -1, 2, -3, 20, -40, 100, -100, 200, -200)),
        style=st.integers(0, 35),
    )


def numbers(max_digits: int = MAX_DIGITS) -> st.SearchStrategy[str]:
    """A canonical number: small integers and cents as often as the far ends of the range."""
    return st.one_of(
        st.integers(-20, 20).map(str),
        st.integers(-100_000, 100_000).map(lambda cents: canonical(f"{cents}e-2")),
        wire_numbers(max_digits).map(canonical),
    )


def key_values(type: Literal["S", "N", "B"], max_size: int = 8) -> st.SearchStrategy[str]:
    """The content of a canonical key attribute of that type: not empty."""
    if type == "N":
        return numbers()
    return (texts(max_size) if type == "S" else binaries(max_size)).filter(bool)


def _number_sets(max_size: int) -> st.SearchStrategy[list[str]]:
    return st.lists(wire_numbers(), min_size=1, max_size=max_size, unique_by=canonical)


def _scalars(max_size: int) -> st.SearchStrategy[AttributeValue]:
    return st.one_of(
        st.fixed_dictionaries({"S": texts(max_size)}),
        st.fixed_dictionaries({"N": wire_numbers()}),
        st.fixed_dictionaries({"B": binaries(max_size)}),
        st.fixed_dictionaries({"BOOL": st.booleans()}),
        st.fixed_dictionaries({"NULL": st.just(True)}),
        st.fixed_dictionaries({"SS": st.lists(texts(max_size), min_size=1, max_size=4, unique=True)}),
        st.fixed_dictionaries({"NS": _number_sets(4)}),
        st.fixed_dictionaries({"BS": st.lists(binaries(max_size), min_size=1, max_size=4, unique=True)}),
    )


def wire_values(max_size: int = 8, max_leaves: int = 6) -> st.SearchStrategy[AttributeValue]:
    """An AttributeValue of any type as a client may send it; `max_size` bounds texts and binaries."""

    def containers(inside: st.SearchStrategy[AttributeValue]) -> st.SearchStrategy[AttributeValue]:
        return st.one_of(
            st.fixed_dictionaries({"L": st.lists(inside, max_size=4)}),
            st.fixed_dictionaries({"M": st.dictionaries(texts(max_size).filter(bool), inside, max_size=4)}),
        )

    return st.recursive(_scalars(max_size), containers, max_leaves=max_leaves)


def attribute_values(max_size: int = 8, max_leaves: int = 6) -> st.SearchStrategy[AttributeValue]:
    """A canonical AttributeValue of any type, nested ones included."""
    return wire_values(max_size, max_leaves).map(lambda value: canonical_value(value)[0])


def names(max_size: int = 8) -> st.SearchStrategy[str]:
    """Attribute names: a few that recur, so that items share attributes, and any other text."""
    return st.one_of(st.sampled_from(["a", "b", "c", "d", "é"]), texts(max_size).filter(bool))


def wire_items(max_size: int = 5) -> st.SearchStrategy[Item]:
    """An item of up to `max_size` attributes as a client may send it."""
    return st.dictionaries(names(), wire_values(), max_size=max_size)


def items(max_size: int = 5) -> st.SearchStrategy[Item]:
    """A canonical item of up to `max_size` attributes."""
    return wire_items(max_size).map(lambda item: canonical_item(item)[0])
