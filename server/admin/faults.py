"""The endpoints that script faults (`dynalite/operations/faults.py`)."""

from typing import Any, Final

from dynalite.operations.faults import KINDS, Fault, Script
from server.admin.endpoint import Admin, Endpoint, Parameter, Parameters, Refusal, count, number, text


def described(script: Script) -> dict[str, object]:
    fault = script.fault
    said = {
        "name": script.name,
        "kind": fault.kind,
        "operation": fault.operation,
        "table": fault.table,
        "key": fault.key,
        "skip": fault.skip,
        "times": fault.times,
        "chance": fault.chance,
        "seed": fault.seed,
        "seconds": fault.seconds,
        "met": script.met,
        "struck": script.struck,
    }
    return {name: value for name, value in said.items() if value is not None}


async def show_all(admin: Admin, parameters: Parameters) -> object:
    return {"faults": [described(script) for script in admin.database.faults.scripts.values()]}


async def add(admin: Admin, parameters: Parameters) -> object:
    return described(admin.database.faults.add(Fault(**parameters)))


async def remove(admin: Admin, parameters: Parameters) -> object:
    if admin.database.faults.scripts.pop(parameters["name"], None) is None:
        raise Refusal(404, f"There is no fault {parameters['name']}.")
    return {}


async def remove_all(admin: Admin, parameters: Parameters) -> object:
    admin.database.faults.scripts.clear()
    return {}


def _kind(given: object) -> str:
    if given not in KINDS:
        raise ValueError(f"must be one of {', '.join(KINDS)}")
    return str(given)


def _chance(given: object) -> float:
    chance = number(given)
    if not 0 <= chance <= 1:
        raise ValueError("must be a number from 0 to 1")
    return chance


def _seconds(given: object) -> float:
    seconds = number(given)
    if not 0 <= seconds <= 3600:
        raise ValueError("must be a number of seconds from 0 to 3600")
    return seconds


def _key(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or not given:
        raise ValueError('must be a key such as {"id": {"S": "a"}}')
    return given


ENDPOINTS: Final = (
    Endpoint("GET", "/_admin/faults", "Which faults are scripted, and how far they have come.", show_all),
    Endpoint(
        "POST",
        "/_admin/faults",
        "Make the next calls of an operation, on a table or a key, fail on purpose.",
        add,
        (
            Parameter(
                "kind",
                _kind,
                "`throttle`, `error` (500), `conflict` (TransactionConflict), `partial` (a batch does half),"
                " `delay`, or `drop` (done, but the connection is closed unanswered)",
                required=True,
            ),
            Parameter("operation", text, "only calls of this operation"),
            Parameter("table", text, "only calls that name this table"),
            Parameter("key", _key, "only calls that name an item with these attributes"),
            Parameter("skip", count, "let so many calls pass before (0)"),
            Parameter("times", count, "strike so many calls (1)"),
            Parameter("chance", _chance, "strike each with this probability (1)"),
            Parameter("seed", count, "what the probability is drawn from (0): the same seed, the same calls"),
            Parameter("seconds", _seconds, "how long `delay` delays (1)"),
        ),
    ),
    Endpoint("DELETE", "/_admin/faults", "Forget all faults.", remove_all),
    Endpoint("DELETE", "/_admin/faults/{name}", "Forget a fault.", remove),
)
