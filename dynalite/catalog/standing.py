"""What is answered of a table that is not there, or that is not there to be changed: it is being created, or
deleted.
"""

from collections.abc import Mapping
from typing import Final

from dynalite.catalog.schema import Table
from dynalite.errors import ResourceInUseException, ResourceNotFoundException

IN_USE: Final = "Attempt to change a resource which is still in use: "
"""The opening of most refusals of a change that comes too early."""

_BECOMES: Final[Mapping[str, str]] = {"CREATING": "created", "DELETING": "deleted"}


def not_found(name: str) -> ResourceNotFoundException:
    """What the control plane answers about a table that does not exist."""
    return ResourceNotFoundException(f"Requested resource not found: Table: {name} not found")


def passing(table: Table) -> str | None:
    """The words for a table that comes or goes; None for one that stays."""
    becomes = _BECOMES.get(table.status)
    return None if becomes is None else f"Table is being {becomes}: {table.name}"


def check_standing(table: Table) -> None:
    """Raise ResourceInUseException for a table that comes or goes."""
    words = passing(table)
    if words is not None:
        raise ResourceInUseException(IN_USE + words)


def check_free(present: Table | None) -> None:
    """Raise ResourceInUseException where there is a table, whose name is wanted for another."""
    if present is not None:
        check_standing(present)
        raise ResourceInUseException(f"Table already exists: {present.name}")


def check_not_leaving(table: Table) -> None:
    """Raise ResourceInUseException for a table that goes."""
    if table.status == "DELETING":
        check_standing(table)
