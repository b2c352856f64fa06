"""All operations that are served, by name, and the module that serves each.

A module is loaded when the first of its operations is asked for. Most servers are started for a test that
puts, gets and queries: to load backups, PartiQL and imports for it would double the time to the first answer.
`tests/operations/test_catalogue.py` holds the names against the modules' own rows.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from dynalite.operations.registry import Operation

HOMES: Final[Mapping[str, str]] = {
    "GetItem": "single",
    "PutItem": "single",
    "UpdateItem": "single",
    "DeleteItem": "single",
    "Query": "query",
    "Scan": "scan",
    "SearchVectors": "search_vectors",
    "BatchGetItem": "batch",
    "BatchWriteItem": "batch",
    "TransactWriteItems": "transact",
    "TransactGetItems": "transact_get",
    "ExecuteStatement": "statements",
    "BatchExecuteStatement": "statement_batch",
    "ExecuteTransaction": "statement_transaction",
    "CreateTable": "tables",
    "DescribeTable": "tables",
    "ListTables": "tables",
    "DeleteTable": "tables",
    "UpdateTable": "tables_update",
    "DescribeLimits": "tables_account",
    "DescribeEndpoints": "tables_account",
    "ListStreams": "streams",
    "DescribeStream": "streams",
    "GetShardIterator": "streams",
    "GetRecords": "streams",
    "EnableKinesisStreamingDestination": "destinations",
    "DisableKinesisStreamingDestination": "destinations",
    "UpdateKinesisStreamingDestination": "destinations",
    "DescribeKinesisStreamingDestination": "destinations",
    "UpdateTimeToLive": "ttl",
    "DescribeTimeToLive": "ttl",
    "TagResource": "tags",
    "UntagResource": "tags",
    "ListTagsOfResource": "tags",
    "PutResourcePolicy": "policies",
    "GetResourcePolicy": "policies",
    "DeleteResourcePolicy": "policies",
    "UpdateContributorInsights": "insights",
    "DescribeContributorInsights": "insights",
    "ListContributorInsights": "insights",
    "DescribeTableReplicaAutoScaling": "replica_scaling",
    "UpdateTableReplicaAutoScaling": "replica_scaling",
    "UpdateContinuousBackups": "pitr",
    "DescribeContinuousBackups": "pitr",
    "RestoreTableToPointInTime": "pitr",
    "CreateBackup": "backups",
    "DescribeBackup": "backups",
    "ListBackups": "backups",
    "DeleteBackup": "backups",
    "RestoreTableFromBackup": "backups",
    "ExportTableToPointInTime": "exports",
    "DescribeExport": "exports",
    "ListExports": "exports",
    "ImportTable": "imports",
    "DescribeImport": "imports",
    "ListImports": "imports",
    "StartBulkPutItems": "bulk",
    "DescribeBulkOperation": "bulk",
    "ListBulkOperations": "bulk",
    "CancelBulkOperation": "bulk",
    "CreateGlobalTable": "global_tables",
    "UpdateGlobalTable": "global_tables",
    "UpdateGlobalTableSettings": "global_tables",
    "DescribeGlobalTable": "global_tables",
    "DescribeGlobalTableSettings": "global_tables",
    "ListGlobalTables": "global_tables",
}


class _Catalogue(Mapping[str, Operation]):
    """The union of the modules' rows. Whoever walks through all of them loads all modules."""

    def __init__(self) -> None:
        self._loaded: dict[str, Operation] = {}

    def __getitem__(self, name: str) -> Operation:
        row = self._loaded.get(name)
        if row is None:
            module = import_module(f"dynalite.operations.{HOMES[name]}")
            self._loaded.update((served.name, served) for served in module.OPERATIONS)
            row = self._loaded[name]
        return row

    def __contains__(self, name: object) -> bool:
        return name in HOMES

    def __iter__(self) -> Iterator[str]:
        return iter(HOMES)

    def __len__(self) -> int:
        return len(HOMES)


OPERATIONS: Final[Mapping[str, Operation]] = _Catalogue()
