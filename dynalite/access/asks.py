"""Which asks a request consists of.

Most operations ask for the action of their own name, on the resource that one of a few members names; so that
is the rule, and an operation that nobody has thought of here asks for its own name on `*`, which only a
policy for everything allows. The others are rows: items have facts, transactions and batches are made of the
actions in them, a query of an index asks for the index, and a restore needs what the restored table needs.

An ask for a table that does not exist is an ask all the same: who may not look does not learn whether there
is one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from dynalite.access import facts, statements
from dynalite.access.decision import Ask
from dynalite.access.patterns import Facts
from dynalite.access.policy import Policy
from dynalite.catalog import arn
from dynalite.catalog.schema import Table
from dynalite.catalog.store import Catalog
from dynalite.expressions import prepare
from dynalite.partiql.parser import parse
from dynalite.partiql.statement import table_of
from dynalite.values.types import Request

ANYTHING: Final = "*"

_ARN_MEMBERS: Final = (
    "ResourceArn",
    "StreamArn",
    "BackupArn",
    "BulkOperationArn",
    "ExportArn",
    "ImportArn",
)
_ON_NOTHING: Final = frozenset(
    [
        *("DescribeEndpoints", "DescribeLimits", "ListBackups", "ListBulkOperations"),
        *("ListContributorInsights", "ListExports", "ListGlobalTables", "ListImports", "ListStreams"),
    ]
)
"""Operations that the service lets nobody allow for one resource alone."""

_RESTORING: Final = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
_IN_TRANSACTIONS: Final[Mapping[str, tuple[str, facts.Prepare, str]]] = {
    "Put": ("PutItem", prepare.member_write, "Item"),
    "Update": ("UpdateItem", prepare.member_update, "Key"),
    "Delete": ("DeleteItem", prepare.member_write, "Key"),
    "ConditionCheck": ("ConditionCheckItem", prepare.member_write, "Key"),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a request is judged. `policy_of` finds a table's own policy."""

    catalog: Catalog
    region: str
    account: str
    policy_of: Callable[[Table], Policy | None]

    def table(self, text: str) -> tuple[str, Table | None]:
        """The ARN of the table that a request names, by name or ARN, and the table if there is one."""
        name = self.catalog.name(self.region, text)
        return self._arn(name), self.catalog.find(self.region, name)

    def ask(
        self, action: str, resource: str, table: Table | None = None, find: Callable[[], Facts] = dict
    ) -> Ask:
        policy = None if table is None else self.policy_of(table)
        return Ask(f"dynamodb:{action}", resource, find, policy, self.account)

    def on_table(
        self,
        action: str,
        text: str,
        find: Callable[[Table | None], Facts] = lambda _: {},
        index: str | None = None,
    ) -> Ask:
        """An action on a table or its index."""
        resource, table = self.table(text)
        return self.ask(
            action, resource if index is None else arn.index(resource, index), table, partial(find, table)
        )

    def on_arn(self, action: str, text: str) -> Ask:
        """An action on whatever an ARN names; what belongs to a table has the table's policy.

        An operation that finds the same table by an ARN of another spelling must find the same policies. One
        of another region or account it refuses.
        """
        _, _, rest = text.partition(":table/")
        if not rest:
            return self.ask(action, text)
        name, slash, within = rest.partition("/")
        table = self.catalog.find(self.region, name)
        return self.ask(action, self._arn(name) + slash + within, table)

    def _arn(self, name: str) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{name}"


Rule: TypeAlias = Callable[[Scope, str, Request], Iterator[Ask]]


def of(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    """The asks of a request whose shape has been checked. Raises the ServiceError of a name that is none."""
    return _RULES.get(operation, _by_members)(scope, operation, request)


def _by_members(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    if operation in _ON_NOTHING:
        yield scope.ask(operation, ANYTHING)
    elif "TableName" in request or "TableArn" in request:
        text = request.get("TableName") or request["TableArn"]
        yield scope.on_table(operation, text, index=request.get("IndexName"))
    else:
        named = next((request[member] for member in _ARN_MEMBERS if member in request), None)
        yield scope.ask(operation, ANYTHING) if named is None else scope.on_arn(operation, named)


# ------------------------------------------------------------------ items


def _get(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    def find(table: Table | None) -> Facts:
        return facts.read(
            table, request, [request["Key"]], prepare.get, request.get("ReturnConsumedCapacity")
        )

    yield scope.on_table(operation, request["TableName"], find)


def _write(prepared_by: facts.Prepare, key: str) -> Rule:
    def rule(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
        def find(table: Table | None) -> Facts:
            return facts.write(
                table, request, request[key], prepared_by, request.get("ReturnConsumedCapacity")
            )

        yield scope.on_table(operation, request["TableName"], find)

    return rule


def _page(find: Callable[[Table | None, Request], Facts]) -> Rule:
    def rule(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
        yield scope.on_table(
            operation, request["TableName"], lambda table: find(table, request), request.get("IndexName")
        )

    return rule


def _batch_get(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    capacity = request.get("ReturnConsumedCapacity")
    for name, block in request["RequestItems"].items():

        def find(table: Table | None, block: Request = block) -> Facts:
            return facts.read(table, block, block["Keys"], prepare.get, capacity)

        yield scope.on_table(operation, name, find)


def _batch_write(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    capacity = request.get("ReturnConsumedCapacity")
    for name, members in request["RequestItems"].items():
        items = [
            one.get("Item", one.get("Key"))
            for member in members
            for one in (member.get("PutRequest"), member.get("DeleteRequest"))
            if one is not None
        ]

        def find(table: Table | None, items: list[Request] = items) -> Facts:
            return facts.writes(table, items, capacity)

        yield scope.on_table(operation, name, find)


# ------------------------------------------------------------------ transactions


def _transact_get(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    capacity = request.get("ReturnConsumedCapacity")
    for member in request["TransactItems"]:
        get = member["Get"]

        def find(table: Table | None, get: Request = get) -> Facts:
            found = facts.read(table, get, [get["Key"]], prepare.member_get, capacity)
            return {**found, facts.ENCLOSING_OPERATION: (operation,)}

        yield scope.on_table("GetItem", get["TableName"], find)


def _transact_write(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    capacity = request.get("ReturnConsumedCapacity")
    for member in request["TransactItems"]:
        for verb, (action, prepared_by, key) in _IN_TRANSACTIONS.items():
            one = member.get(verb)
            if one is None:
                continue

            def find(
                table: Table | None,
                one: Request = one,
                prepared_by: facts.Prepare = prepared_by,
                key: str = key,
            ) -> Facts:
                found = facts.write(table, one, one[key], prepared_by, capacity)
                return {**found, facts.ENCLOSING_OPERATION: (operation,)}

            yield scope.on_table(action, one["TableName"], find)


# ------------------------------------------------------------------ PartiQL


def statement(scope: Scope, request: Request, enclosing: str | None = None) -> Ask:
    """What one statement asks for. Raises the ServiceError of a text that is none."""
    parsed = parse(request["Statement"])
    command = parsed.command
    resource, table = scope.table(table_of(command))
    index = statements.index_of(command)
    look = statements.finder(parsed, request, table)

    def find() -> Facts:
        found = look()
        return found if enclosing is None else {**found, facts.ENCLOSING_OPERATION: (enclosing,)}

    return scope.ask(
        statements.action(command), resource if index is None else arn.index(resource, index), table, find
    )


def _statement(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    yield statement(scope, request)


def _statements(member: str) -> Rule:
    def rule(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
        for one in request[member]:
            yield statement(scope, one, operation)

    return rule


# ------------------------------------------------------------------ tables


def _list_tables(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    yield scope.on_table(operation, ANYTHING)


def _global_table(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    """Global tables of the first version have ARNs without a region."""
    resource = f"arn:aws:dynamodb::{scope.account}:global-table/{request['GlobalTableName']}"
    yield scope.ask(operation, resource)


def _create_table(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    for action, member in (
        (operation, None),
        ("TagResource", "Tags"),
        ("PutResourcePolicy", "ResourcePolicy"),
    ):
        if member is None or member in request:
            yield scope.on_table(action, request["TableName"])


def _import(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    yield scope.on_table(operation, request["TableCreationParameters"]["TableName"])


def _restore(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    if "BackupArn" in request:
        yield scope.on_arn(operation, request["BackupArn"])
    else:
        source = request.get("SourceTableArn", request.get("SourceTableName"))
        yield scope.ask(operation, ANYTHING) if source is None else scope.on_table(operation, source)
    for action in _RESTORING:
        yield scope.on_table(action, request["TargetTableName"])


def _get_records(scope: Scope, operation: str, request: Request) -> Iterator[Ask]:
    """An iterator's text begins with its stream's ARN, and cannot be altered."""
    yield scope.on_arn(operation, request["ShardIterator"].partition("|")[0])


_RULES: Final[Mapping[str, Rule]] = {
    "GetItem": _get,
    "PutItem": _write(prepare.put, "Item"),
    "UpdateItem": _write(prepare.update, "Key"),
    "DeleteItem": _write(prepare.delete, "Key"),
    "Query": _page(facts.query),
    "Scan": _page(facts.scan),
    "SearchVectors": _page(facts.search),
    "BatchGetItem": _batch_get,
    "BatchWriteItem": _batch_write,
    "TransactGetItems": _transact_get,
    "TransactWriteItems": _transact_write,
    "ExecuteStatement": _statement,
    "BatchExecuteStatement": _statements("Statements"),
    "ExecuteTransaction": _statements("TransactStatements"),
    "ListTables": _list_tables,
    "CreateTable": _create_table,
    "CreateGlobalTable": _global_table,
    "DescribeGlobalTable": _global_table,
    "DescribeGlobalTableSettings": _global_table,
    "UpdateGlobalTable": _global_table,
    "UpdateGlobalTableSettings": _global_table,
    "ImportTable": _import,
    "RestoreTableFromBackup": _restore,
    "RestoreTableToPointInTime": _restore,
    "GetRecords": _get_records,
}
