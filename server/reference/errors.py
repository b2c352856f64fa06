"""docs/reference/errors.md: every error that an API of this server answers, from its class."""

from collections.abc import Iterable, Mapping
from inspect import cleandoc, getmembers, isclass
from types import ModuleType
from typing import Final

from dynalite import errors
from dynalite.errors import ServiceError
from server.autoscaling import service as autoscaling
from server.cloudwatch import complaints as cloudwatch
from server.dax.control import faults
from server.reference.markdown import code, table

APIS: Final[Mapping[str, ModuleType]] = {
    "DynamoDB and DynamoDB Streams": errors,
    "DAX's control plane": faults,
    "CloudWatch": cloudwatch,
    "Application Auto Scaling": autoscaling,
}


def text() -> str:
    return "\n".join(
        f"## {api}\n\n" + table(("code", "status", "when"), map(_row, answered(module)))
        for api, module in APIS.items()
    )


def answered(module: ModuleType) -> Iterable[type[ServiceError]]:
    """The module's errors, in its order. A class that others are made from is no error of its own, nor is one
    that shares another's code.
    """
    found = [one for _, one in getmembers(module, isclass) if one.__module__ == module.__name__]
    kinds = [one for one in found if issubclass(one, ServiceError) and one.code == one.__name__]
    bases = {base for one in kinds for base in one.__bases__}
    order = list(vars(module))
    return sorted((one for one in kinds if one not in bases), key=lambda one: order.index(one.__name__))


def _row(error: type[ServiceError]) -> tuple[str, ...]:
    when, _, _ = cleandoc(error.__doc__ or "").partition("\n\n")
    return code(error.code), str(error.status), " ".join(when.split())
