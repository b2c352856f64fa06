"""A database that enforces capacity, on a clock that stands still until a test moves it."""

from collections.abc import Callable
from typing import Any

from dynalite.errors import ServiceError
from dynalite.settings import Settings
from tests.operations.service import PLAIN, Service, item

THROTTLES = ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")


def enforcing() -> Service:
    return Service(Settings(enforce_capacity=True))


def units(reads: int, writes: int) -> dict[str, int]:
    return {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}


def provisioned(reads: int, writes: int, name: str = "Plain", **members: Any) -> dict[str, Any]:
    """A CreateTable request for a table with a partition key `id` and nothing else."""
    return (
        PLAIN
        | {"TableName": name, "BillingMode": "PROVISIONED", "ProvisionedThroughput": units(reads, writes)}
        | members
    )


def by_kind(reads: int, writes: int) -> dict[str, Any]:
    """Members of CreateTable that add a global index on `kind`, with throughput of its own."""
    return {
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "kind")],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": units(reads, writes),
            }
        ],
    }


def put(service: Service, key: str = "a", **attributes: Any) -> None:
    service.call("PutItem", TableName="Plain", Item=item(id=key, **attributes))


def until_refused(call: Callable[[int], object], at_most: int) -> tuple[int, ServiceError | None]:
    """How many calls pass, and what the next one is refused with; None when all of them pass."""
    for number in range(at_most):
        try:
            call(number)
        except ServiceError as error:
            if error.code not in THROTTLES:
                raise
            return number, error
    return at_most, None


def reasons(error: ServiceError) -> Any:
    """The throttling reasons of an error, by whichever member it spells them."""
    (found,) = (value for member, value in error.fields.items() if member.lower() == "throttlingreasons")
    return found
