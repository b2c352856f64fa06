"""What a row of the admin API's table says, and how a request's parameters are read by it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from dynalite.database import Database
from server import moments
from server.access.guard import Refused
from server.triggers.collection import Triggers

if TYPE_CHECKING:
    from server.dax.service import Dax
    from server.kinesis.collection import Feeders


class Refusal(Refused):
    """What was asked of an endpoint cannot be done."""


@dataclass(frozen=True, slots=True)
class Admin:
    """What the endpoints work with. `host` is the address that the server was told to listen at; without a
    cache there is no `dax`, and without a Kinesis server there are no `feeders`.
    """

    database: Database
    triggers: Triggers
    host: str
    dax: "Dax | None" = None
    feeders: "Feeders | None" = None


Parameters: TypeAlias = Mapping[str, Any]
Run: TypeAlias = Callable[[Admin, Parameters], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A member of a request's body. `parse` raises ValueError with the rest of a sentence."""

    name: str
    parse: Callable[[Any], object]
    help: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing that can be asked. `{name}` in the path is a parameter too.

    `takes_any_members` is for a body with a table of its own, which is handed on whole as `body`.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    help: str
    run: Run
    parameters: tuple[Parameter, ...] = ()
    takes_any_members: bool = False

    def read(self, path: Mapping[str, str], body: Mapping[str, Any]) -> Parameters:
        """The parameters of a request. Raises Refusal."""
        values: dict[str, Any] = {name: _name(given) for name, given in path.items()}
        if self.takes_any_members:
            return values | {"body": body}
        for unknown in body.keys() - {parameter.name for parameter in self.parameters}:
            raise Refusal(400, f"{self.method} {self.path} has no parameter {unknown}.")
        for parameter in self.parameters:
            if parameter.name in body:
                try:
                    values[parameter.name] = parameter.parse(body[parameter.name])
                except ValueError as error:
                    raise Refusal(400, f"{parameter.name} {error}.") from error
            elif parameter.required:
                raise Refusal(400, f"{self.method} {self.path} needs {parameter.name}.")
        return values


_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")


def _name(given: str) -> str:
    if not _NAME.fullmatch(given):
        raise Refusal(400, "A name must be 1 to 128 letters, digits, and the characters _ . -")
    return given


# ------------------------------------------------------------------ what parameters may be


def text(given: object) -> str:
    if not isinstance(given, str) or not given:
        raise ValueError("must be a text that is not empty")
    return given


def yes(given: object) -> bool:
    if given is not True:
        raise ValueError("must be true, or left out")
    return True


def number(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError("must be a number")
    return float(given)


def count(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise ValueError("must be a whole number, 0 or more")
    return given


def moment(given: object) -> float:
    return moments.parse(given) if isinstance(given, str) else number(given)
