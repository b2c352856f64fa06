"""All operations of the `dax` API."""

from collections.abc import Mapping
from typing import Final

from server.dax.control import clusters, parameters, subnets, tags
from server.dax.control.plane import Operation

OPERATIONS: Final[Mapping[str, Operation]] = {
    **clusters.OPERATIONS,
    **parameters.OPERATIONS,
    **subnets.OPERATIONS,
    **tags.OPERATIONS,
}
