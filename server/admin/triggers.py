"""The endpoints that add, show and remove triggers (`server/triggers`)."""

from typing import TYPE_CHECKING, Final

from server.admin.endpoint import Admin, Endpoint, Parameters, Refusal
from server.triggers import WrongDefinition
from server.triggers.collection import NoSuchTrigger
from server.triggers.definition import parse

if TYPE_CHECKING:
    from server.triggers.follower import Follower


def described(follower: "Follower") -> dict[str, object]:
    tally = follower.tally
    return {
        "name": follower.name,
        "table": follower.definition.table,
        "region": follower.definition.region,
        "target": follower.definition.target,
        "stream": follower.stream,
        "calls": tally.calls,
        "delivered": tally.delivered,
        "given_up": tally.given_up,
        "last_failure": tally.last_failure,
    }


async def show_all(admin: Admin, parameters: Parameters) -> object:
    return {"triggers": [described(follower) for follower in admin.triggers.all()]}


async def add(admin: Admin, parameters: Parameters) -> object:
    try:
        return described(await admin.triggers.add(parameters["name"], parse(parameters["body"])))
    except WrongDefinition as error:
        raise Refusal(400, str(error)) from error


async def remove(admin: Admin, parameters: Parameters) -> object:
    try:
        await admin.triggers.remove(parameters["name"])
    except NoSuchTrigger as error:
        raise Refusal(404, str(error)) from error
    return {}


ENDPOINTS: Final = (
    Endpoint("GET", "/_admin/triggers", "Which triggers there are, and what they have done.", show_all),
    Endpoint(
        "POST",
        "/_admin/triggers/{name}",
        "Start a trigger, until the server ends; one of the same name is replaced, and continued. The body is"
        " its definition.",
        add,
        takes_any_members=True,
    ),
    Endpoint("DELETE", "/_admin/triggers/{name}", "Stop a trigger and forget how far it has come.", remove),
)
