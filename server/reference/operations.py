"""docs/reference/operations.md: every operation of every API, and what is different about it here.

That an operation is served, its row says; how it differs from AWS's, only this module knows. A test holds
the page against botocore's models: every operation of DynamoDB, its streams and DAX is served.
"""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Final

from dynalite.operations import (
    backups,
    batch,
    bulk,
    destinations,
    exports,
    global_tables,
    imports,
    insights,
    pitr,
    policies,
    query,
    replica_scaling,
    scan,
    search_vectors,
    single,
    statement_batch,
    statement_transaction,
    statements,
    streams,
    tables,
    tables_account,
    tables_update,
    tags,
    transact,
    transact_get,
    ttl,
)
from dynalite.operations.registry import Operation
from server.autoscaling import service as autoscaling
from server.cloudwatch import service as cloudwatch
from server.dax.control import catalogue as dax
from server.reference.markdown import code, table

SECTIONS: Final[Mapping[str, tuple[ModuleType, ...]]] = {
    "Items": (single, query, scan, search_vectors),
    "Batches and transactions": (batch, transact, transact_get),
    "PartiQL": (statements, statement_batch, statement_transaction),
    "Tables": (tables, tables_update, tables_account, ttl, tags, policies, insights, replica_scaling),
    "Streams": (streams, destinations),
    "Backups and recovery": (pitr, backups),
    "Exports, imports and bulk puts": (exports, imports, bulk),
    "Global tables of version 2017.11.29": (global_tables,),
}

_AT_ONCE = "takes no time, unless `--transition-delay` says so"
_BUCKET = "without `--s3-endpoint` a bucket is a folder ([recovery](../recovery.md#buckets))"
_KINESIS = "ends in ENABLE_FAILED without `--kinesis-endpoint` ([streams](../streams.md#to-a-kinesis-stream))"
_BULK = "AWS's forms are not all known ([decision 15](../decisions/0015-what-a-bulk-put-is-here.md))"
_POLICY = "a policy is kept, and enforced with `--credentials` only ([security](../security.md#policies))"
_RETIRED = "answers what AWS does since it retired these tables"
_WINDOW = "every second up to the present can be restored, unless `--pitr-lag` says otherwise"

DIFFERENCES: Final[Mapping[str, str]] = {
    "SearchVectors": "reads the whole table: exact, and the slower the more items there are",
    "CreateTable": f"{_AT_ONCE}; does not copy a global table's settings, and says so",
    "UpdateTable": f"{_AT_ONCE}; refuses replicas, witnesses and multi-region consistency in so many words",
    "DeleteTable": _AT_ONCE,
    "DescribeLimits": "the quotas that a new account has",
    "EnableKinesisStreamingDestination": _KINESIS,
    "UpdateTimeToLive": "expired items go after `--ttl-delay` seconds, not within days",
    "PutResourcePolicy": _POLICY,
    "UpdateContributorInsights": "what the rules have counted ends with the server",
    "UpdateContinuousBackups": _WINDOW,
    "ExportTableToPointInTime": _BUCKET,
    "ImportTable": _BUCKET,
    "StartBulkPutItems": f"{_BUCKET}; {_BULK}",
    "CreateGlobalTable": _RETIRED,
    "UpdateGlobalTable": _RETIRED,
    "UpdateGlobalTableSettings": _RETIRED,
    "DescribeGlobalTable": _RETIRED,
    "DescribeGlobalTableSettings": _RETIRED,
    "ListGlobalTables": _RETIRED,
}

def text() -> str:
    parts = ["## DynamoDB and DynamoDB Streams\n"]
    for heading, modules in SECTIONS.items():
        rows = [row for module in modules for row in module.OPERATIONS]
        parts += [
            f"### {heading}\n",
            table(("operation", "what is different here"), map(_row, rows)),
        ]
    parts += [
        "## DAX's control plane\n",
        _names(dax.OPERATIONS),
        "## CloudWatch\n",
        _names(cloudwatch.OPERATIONS),
        "## Application Auto Scaling\n",
        _names(autoscaling.OPERATIONS),
    ]
    return "\n".join(parts)


def _row(operation: Operation) -> tuple[str, ...]:
    return code(operation.name), DIFFERENCES.get(operation.name, "")


def _names(operations: Iterable[str]) -> str:
    return "".join(f"- {code(name)}\n" for name in operations)
