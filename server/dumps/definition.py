"""A table as the requests that make another like it, out of what the describing operations say of it.

What belongs to an account and not to the table is left out: encryption keys, policies, replicas.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from dynalite.errors import UnknownOperationException
from server.client.api import Api, Reply, Request
from server.client.tables import Description
from server.outcome import Refused

_TABLE: Final = (
    "TableName",
    "AttributeDefinitions",
    "KeySchema",
    "OnDemandThroughput",
    "DeletionProtectionEnabled",
)
_INDEX: Final = ("IndexName", "KeySchema", "Projection", "OnDemandThroughput")
_VECTOR_INDEX: Final = (
    *("IndexName", "VectorAttribute", "Dimensions", "DistanceFunction", "Projection", "SearchSchema"),
)
_UNITS: Final = ("ReadCapacityUnits", "WriteCapacityUnits")


async def create_table(api: Api, table: Description) -> Request:
    """The CreateTable request for a table like this one."""
    request = _members(table, _TABLE)
    billing = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    request["BillingMode"] = billing
    provisioned = billing == "PROVISIONED"
    if provisioned:
        request["ProvisionedThroughput"] = _members(table["ProvisionedThroughput"], _UNITS)
    if "TableClassSummary" in table:
        request["TableClass"] = table["TableClassSummary"]["TableClass"]
    if local := table.get("LocalSecondaryIndexes"):
        request["LocalSecondaryIndexes"] = [_members(index, _INDEX) for index in local]
    if global_ := table.get("GlobalSecondaryIndexes"):
        request["GlobalSecondaryIndexes"] = [_global_index(index, provisioned) for index in global_]
    if vectors := table.get("VectorIndexes"):
        request["VectorIndexes"] = [_members(index, _VECTOR_INDEX) for index in vectors]
    tags = await _ask(api, "ListTagsOfResource", {"ResourceArn": table["TableArn"]})
    if tags.get("Tags"):
        request["Tags"] = tags["Tags"]
    return request


def _global_index(index: Description, provisioned: bool) -> Request:
    request = _members(index, _INDEX)
    if provisioned:
        request["ProvisionedThroughput"] = _members(index["ProvisionedThroughput"], _UNITS)
    return request


def _members(described: Description, names: tuple[str, ...]) -> Request:
    return {name: described[name] for name in names if name in described}


async def _ask(api: Api, operation: str, request: Request) -> Reply:
    """The answer; an empty one where a server does not know the operation."""
    try:
        return await api.call(operation, request)
    except Refused as error:
        if error.code == UnknownOperationException.code:
            return {}
        raise


# ------------------------------------------------------------------ what is set when the items are there


class Setting(NamedTuple):
    """Something that a request sets and another describes. `of` makes the first's members out of the answer
    to the second; empty: it is not set.
    """

    describe: str
    of: Callable[[Reply], Request]


def _stream(reply: Reply) -> Request:
    specification = reply["Table"].get("StreamSpecification")
    return {"StreamSpecification": specification} if specification else {}


def _time_to_live(reply: Reply) -> Request:
    described = reply["TimeToLiveDescription"]
    if described["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
        return {}
    return {
        "TimeToLiveSpecification": {"Enabled": True, "AttributeName": described["AttributeName"]},
    }


def _recovery(reply: Reply) -> Request:
    described = reply["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if described.get("PointInTimeRecoveryStatus") != "ENABLED":
        return {}
    specification = {"PointInTimeRecoveryEnabled": True} | _members(described, ("RecoveryPeriodInDays",))
    return {"PointInTimeRecoverySpecification": specification}


SETTINGS: Final = {
    "UpdateTable": Setting("DescribeTable", _stream),
    "UpdateTimeToLive": Setting("DescribeTimeToLive", _time_to_live),
    "UpdateContinuousBackups": Setting("DescribeContinuousBackups", _recovery),
}
"""By the operation that sets it."""


async def settings(api: Api, table: str) -> dict[str, Request]:
    """The requests that set, on a table, what is set on this one; without its name."""
    found = {}
    for operation, setting in SETTINGS.items():
        reply = await _ask(api, setting.describe, {"TableName": table})
        if reply and (members := setting.of(reply)):
            found[operation] = members
    return found
