"""How a closed gate is said: the error, its sentence, and the reason that names the resource.

The newer SDKs read `ThrottlingReasons`; ThrottlingException alone spells the member with a small t. Sources:
the API reference (ThrottlingReason) and the developer guide, "Throttling".
"""

from collections.abc import Mapping

from dynalite.capacity.lanes import Cause, Kind
from dynalite.catalog import arn
from dynalite.catalog.schema import BillingMode, Index, Table
from dynalite.errors import (
    ProvisionedThroughputExceededException,
    RequestLimitExceeded,
    ServiceError,
    ThrottlingException,
)

_TABLE = (
    "The level of configured provisioned throughput for the table was exceeded."
    " Consider increasing your provisioning level with the UpdateTable API."
)
_INDEX = (
    "The level of configured provisioned throughput for one or more global secondary indexes of the table"
    " was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary"
    " indexes with the UpdateTable API."
)
_SCALING = (
    "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your"
    " table or index so please try again shortly. If exceptions persist, check if you have a hot key:"
    " https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html."
)
_CEILING = "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
_ACCOUNT = (
    "Throughput exceeds the current throughput limit for your account. To request a limit increase, contact"
    " AWS Support at https://aws.amazon.com/support"
)

THROTTLES = (ProvisionedThroughputExceededException, ThrottlingException, RequestLimitExceeded)
"""What a request that is over a limit is answered with."""

_ON_DEMAND: Mapping[Cause, tuple[type[ServiceError], str]] = {
    "KeyRangeThroughputExceeded": (ThrottlingException, _SCALING),
    "MaxOnDemandThroughputExceeded": (ThrottlingException, _CEILING),
    "AccountLimitExceeded": (RequestLimitExceeded, _ACCOUNT),
}


def refusal(table: Table, index: Index | None, kind: Kind, cause: Cause) -> ServiceError:
    """The error for a request that a gate of a table, or of one of its global indexes, did not let pass."""
    owner = "Table" if index is None else "Index"
    resource = table.arn if index is None else arn.index(table.arn, index.name)
    reasons = [{"reason": f"{owner}{kind}{cause}", "resource": resource}]
    return error(table.billing_mode, cause, reasons, on_index=index is not None)


def error(
    mode: BillingMode, cause: Cause, reasons: list[dict[str, str]], *, on_index: bool = False
) -> ServiceError:
    if mode == "PROVISIONED":
        sentence = _INDEX if on_index else _TABLE
        return ProvisionedThroughputExceededException(sentence, fields={"ThrottlingReasons": reasons})
    kind, sentence = _ON_DEMAND[cause]
    member = "throttlingReasons" if kind is ThrottlingException else "ThrottlingReasons"
    return kind(sentence, fields={member: reasons})
