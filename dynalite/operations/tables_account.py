"""DescribeLimits and DescribeEndpoints: what an account has in a region, whatever its tables."""

from dynalite import limits
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request


async def describe_limits(context: Context, request: Request) -> Answer:
    """The default quotas (`capacity/reserved.py` keeps them where capacity is enforced)."""
    return {
        "AccountMaxReadCapacityUnits": limits.ACCOUNT_CAPACITY_UNITS,
        "AccountMaxWriteCapacityUnits": limits.ACCOUNT_CAPACITY_UNITS,
        "TableMaxReadCapacityUnits": limits.TABLE_CAPACITY_UNITS,
        "TableMaxWriteCapacityUnits": limits.TABLE_CAPACITY_UNITS,
    }


async def describe_endpoints(context: Context, request: Request) -> Answer:
    """The service's name in the region. An SDK that was given an endpoint never asks."""
    address = f"dynamodb.{context.region}.amazonaws.com"
    return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": limits.ENDPOINT_CACHE_MINUTES}]}


OPERATIONS = (
    Operation("DescribeLimits", SHAPES["DescribeLimits"], describe_limits, "reads"),
    Operation("DescribeEndpoints", SHAPES["DescribeEndpoints"], describe_endpoints, "reads"),
)
