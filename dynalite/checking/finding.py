"""What a check says: one thing that is not as it should be, where, and the rows that would put it right."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dynalite.catalog.schema import Index, Table


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is the kind of row, `key` its storage key (or a file's name), `where` whose it is.

    `mend` are the rows that repair it (None: no row), all to be written at once; a finding without them
    cannot be repaired from what is stored.
    """

    kind: str
    where: str
    key: bytes
    what: str
    mend: Mapping[bytes, bytes | None] | None = None

    def __str__(self) -> str:
        place = f" ({self.key.hex()})" if self.key else ""
        return f"{self.kind} of {self.where}{place}: {self.what}"

    def json(self) -> dict[str, Any]:
        """The members that a program reads; the key in hex."""
        return {
            "kind": self.kind,
            "where": self.where,
            "key": self.key.hex(),
            "what": self.what,
            "repairable": self.mend is not None,
        }


DATABASE = "the database"


def named(table: Table, index: Index | None = None) -> str:
    """How findings call a table, or one of its indexes."""
    name = f"table {table.name} in {table.region or 'no region'}"
    return name if index is None else f"index {index.name} of {name}"
