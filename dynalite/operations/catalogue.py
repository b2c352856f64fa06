"""All operations that are served, by name: the union of the modules' rows."""

from collections.abc import Mapping

from dynalite.operations import (
    backups,
    batch,
    bulk,
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

_MODULES = (
    single,
    query,
    scan,
    search_vectors,
    batch,
    transact,
    transact_get,
    statements,
    statement_batch,
    statement_transaction,
    tables,
    tables_update,
    tables_account,
    streams,
    ttl,
    tags,
    policies,
    insights,
    replica_scaling,
    pitr,
    backups,
    exports,
    imports,
    bulk,
    global_tables,
)

OPERATIONS: Mapping[str, Operation] = {row.name: row for module in _MODULES for row in module.OPERATIONS}
