"""Every request shape of the API, by the name of its operation.

All are built when this module is imported, in a few milliseconds. That an operation has a shape here does
not mean that it is served: the registry of operations says that.
"""

from collections.abc import Mapping

from dynalite.model import (
    backups,
    batches,
    features,
    indexes,
    items,
    partiql,
    replication,
    streams,
    tables,
    transactions,
    transfers,
)
from dynalite.model.shape import Structure

_FAMILIES = (
    items,
    batches,
    transactions,
    partiql,
    indexes,
    tables,
    features,
    replication,
    backups,
    transfers,
    streams,
)

SHAPES: Mapping[str, Structure] = {shape.name: shape for family in _FAMILIES for shape in family.REQUESTS}
