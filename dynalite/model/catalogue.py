"""Every request shape of the API, by the name of its operation.

The shapes of a family are built when its module is loaded, in about a millisecond, and the families are
loaded in turn until the one is there that was asked for: what a first request needs stands in front. That an
operation has a shape here does not mean that it is served: the registry of operations says that.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from dynalite.model.shape import Structure

FAMILIES: Final = (
    "items",
    "tables",
    "features",
    "batches",
    "transactions",
    "indexes",
    "streams",
    "partiql",
    "backups",
    "transfers",
    "replication",
)


class _Shapes(Mapping[str, Structure]):
    """The union of the families. Whoever walks through all of them loads all."""

    def __init__(self) -> None:
        self._loaded: dict[str, Structure] = {}
        self._left = iter(FAMILIES)

    def __getitem__(self, name: str) -> Structure:
        while name not in self._loaded and self._load():
            pass
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        while self._load():
            pass
        return iter(self._loaded)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _load(self) -> bool:
        """Load the next family. False when there is none."""
        family = next(self._left, None)
        if family is not None:
            requests = import_module(f"dynalite.model.{family}").REQUESTS
            self._loaded.update((shape.name, shape) for shape in requests)
        return family is not None


SHAPES: Final[Mapping[str, Structure]] = _Shapes()
