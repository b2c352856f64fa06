"""Pages of lists that are at hand as a whole: a token is the number of entries before the page."""

from collections.abc import Sequence
from typing import Final, TypeVar

from dynalite.values.digits import whole

T = TypeVar("T")

_LONGEST: Final = 2**53


def start(token: str | None, wrong: Exception) -> int:
    """Where in a list the page begins that a token stands for. Raises `wrong` for what is no token."""
    if token is None:
        return 0
    place = whole(token, _LONGEST)
    if place is None:
        raise wrong
    return place


def page(found: Sequence[T], start: int, most: int) -> tuple[Sequence[T], dict[str, str]]:
    """A page of a list, and the member of the answer that leads on, if there is more."""
    end = start + most
    return found[start:end], {"NextToken": str(end)} if end < len(found) else {}
