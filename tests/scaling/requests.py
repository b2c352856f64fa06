"""Requests to a database in this process, as short as the tests want them."""

from typing import Any

import orjson

from dynalite.database import Caller, Database
from server.json_body import splice

TABLE = "shared"
CALLER = Caller()


async def ask(database: Database, operation: str, **members: Any) -> Any:
    """The answer to an operation on `TABLE`, if its members name no other."""
    if operation not in _WITHOUT_A_TABLE:
        members = {"TableName": TABLE, **members}
    answer = await database.execute(operation, members, CALLER)
    return orjson.loads(orjson.dumps(answer, default=splice))


_WITHOUT_A_TABLE = frozenset(
    {"TransactWriteItems", "BatchExecuteStatement", "ListTables", "DescribeStream", "GetShardIterator",
     "GetRecords", "RestoreTableToPointInTime", "RestoreTableFromBackup", "ExportTableToPointInTime"}
)  # fmt: skip


async def make_table(database: Database, key: str = "id", /, **members: Any) -> None:
    await ask(
        database,
        "CreateTable",
        **{
            "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            **members,
        },
    )


def item(name: str, **more: Any) -> dict[str, Any]:
    return {"id": {"S": name}, **more}


async def put(database: Database, name: str, **more: Any) -> None:
    await ask(database, "PutItem", Item=item(name, **more))


async def get(database: Database, name: str) -> Any:
    return (await ask(database, "GetItem", Key=item(name), ConsistentRead=True)).get("Item")
