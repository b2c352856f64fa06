"""What callers may do, seen by boto3: the policies of keys and of tables; and those of a DAX cluster."""

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynalite.access import policy
from dynalite.access.gate import Gate
from dynalite.access.principals import Identity, Principal
from dynalite.database import Caller, Database
from dynalite.errors import AccessDeniedException
from dynalite.settings import Settings
from dynalite.values.types import Request
from server.access.guarded import GuardedNode
from server.access.settings import AccessSettings
from tests.live import LocalServer, local_server

ROW = {"dynamodb:LeadingKeys": ["${aws:username}"]}
ITEMS = ["dynamodb:*Item", "dynamodb:Query", "dynamodb:PartiQL*", "dynamodb:ConditionCheckItem"]
TABLE = "arn:aws:dynamodb:*:*:table/Rows"
EVERYTHING: dict[str, Any] = {"Action": "*", "Resource": "*"}
POLICIES: dict[str, Any] = {
    "own-rows": [
        {
            "Effect": "Allow",
            "Action": ITEMS,
            "Resource": TABLE,
            "Condition": {"ForAllValues:StringEquals": ROW},
        },
        {"Effect": "Deny", **EVERYTHING, "Condition": {"Bool": {"dynamodb:FullTableScan": "true"}}},
        {"Sid": "NeverDelete", "Effect": "Deny", "Action": "dynamodb:DeleteItem", "Resource": "*"},
    ],
    "columns": [
        {
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"],
            "Resource": TABLE,
            "Condition": {
                "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "age"]},
                "StringEqualsIfExists": {
                    "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
                    "dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"],
                },
            },
        }
    ],
    "only-here": [
        {"Effect": "Allow", **EVERYTHING, "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}},
        {"Effect": "Deny", **EVERYTHING, "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2100-01-01"}}},
    ],
    "only-secure": [
        {"Effect": "Allow", **EVERYTHING, "Condition": {"Bool": {"aws:SecureTransport": True}}},
    ],
}
KEYS = {
    "alice": ["own-rows"],
    "clerk": ["columns"],
    "near": ["only-here"],
    "safe": ["only-secure"],
    "none": [],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    folder = tmp_path_factory.mktemp("access")
    lines = ["[keys.root]", "secret = 'secret'"]
    for name, policies in KEYS.items():
        lines += [f"[keys.{name}]", "secret = 'secret'", f"policies = {policies}"]
    lines.append("[policies]")
    for name, statements in POLICIES.items():
        document = {"Version": "2012-10-17", "Statement": statements}
        (folder / f"{name}.json").write_text(json.dumps(document))
        lines.append(f"{name} = '{name}.json'")
    (folder / "keys.toml").write_text("\n".join(lines))
    with local_server(access=AccessSettings(folder / "keys.toml")) as server:
        root = as_user(server, "root")
        root.create_table(
            TableName="Rows",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for name in ("alice", "bob"):
            root.put_item(TableName="Rows", Item=row(name, age=7))
        yield server


def as_user(server: LocalServer, name: str, service: str = "dynamodb") -> Any:
    return server.client(service, aws_access_key_id=name, aws_secret_access_key="secret")


def row(name: str, **numbers: int) -> dict[str, Any]:
    return {"pk": {"S": name}, **{key: {"N": str(value)} for key, value in numbers.items()}}


def refusal(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error: dict[str, str] = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return error["Message"]


def test_rows(server: LocalServer) -> None:
    alice = as_user(server, "alice")
    assert alice.get_item(TableName="Rows", Key=row("alice"))["Item"]["age"] == {"N": "7"}
    assert refusal(alice.get_item, TableName="Rows", Key=row("bob")) == (
        "User: arn:aws:iam::000000000000:user/alice is not authorized to perform: dynamodb:GetItem"
        " on resource: arn:aws:dynamodb:us-east-1:000000000000:table/Rows"
        " because no identity-based policy allows the dynamodb:GetItem action"
    )
    values = {":p": {"S": "bob"}}
    asked = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": values}
    assert "Query" in refusal(alice.query, TableName="Rows", **asked)
    values[":p"] = {"S": "alice"}
    assert alice.query(TableName="Rows", **asked)["Count"] == 1
    assert "Scan" in refusal(alice.scan, TableName="Rows")
    both = {"Rows": {"Keys": [row("alice"), row("bob")]}}
    assert "BatchGetItem" in refusal(alice.batch_get_item, RequestItems=both)
    assert alice.batch_get_item(RequestItems={"Rows": {"Keys": [row("alice")]}})["Responses"]["Rows"]
    batch = {"Rows": [{"PutRequest": {"Item": row("alice", age=7)}}, {"PutRequest": {"Item": row("bob")}}]}
    assert "BatchWriteItem" in refusal(alice.batch_write_item, RequestItems=batch)
    assert "ListTables" in refusal(alice.list_tables)


def test_another_accounts_table_is_refused_to_whoever_asks(server: LocalServer) -> None:
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/Rows"
    assert refusal(as_user(server, "alice").get_item, TableName=arn, Key=row("alice")) == (
        "User: arn:aws:iam::000000000000:user/alice is not authorized to perform: dynamodb:GetItem"
        f" on resource: {arn} because no resource-based policy allows the dynamodb:GetItem action"
    )


def test_an_explicit_deny_is_said_and_logged(server: LocalServer, caplog: pytest.LogCaptureFixture) -> None:
    alice = as_user(server, "alice")
    with caplog.at_level(logging.WARNING):
        said = refusal(alice.delete_item, TableName="Rows", Key=row("alice"))
    assert said.endswith("with an explicit deny in an identity-based policy")
    assert "denied by statement 3 (NeverDelete) of policy own-rows" in caplog.text


def test_transactions_need_what_is_in_them(server: LocalServer) -> None:
    alice = as_user(server, "alice")

    def puts(*names: str) -> list[dict[str, Any]]:
        return [{"Put": {"TableName": "Rows", "Item": row(name, age=7)}} for name in names]

    alice.transact_write_items(TransactItems=puts("alice"))
    assert "dynamodb:PutItem" in refusal(alice.transact_write_items, TransactItems=puts("alice", "bob"))
    deleted = [{"Delete": {"TableName": "Rows", "Key": row("alice")}}]
    assert "dynamodb:DeleteItem" in refusal(alice.transact_write_items, TransactItems=deleted)
    gets = [{"Get": {"TableName": "Rows", "Key": row(name)}} for name in ("alice", "bob")]
    assert "dynamodb:GetItem" in refusal(alice.transact_get_items, TransactItems=gets)
    assert alice.transact_get_items(TransactItems=gets[:1])["Responses"]


def test_statements(server: LocalServer) -> None:
    alice = as_user(server, "alice")
    mine, yours = (f"SELECT * FROM \"Rows\" WHERE pk = '{name}'" for name in ("alice", "bob"))
    assert len(alice.execute_statement(Statement=mine)["Items"]) == 1
    assert "dynamodb:PartiQLSelect" in refusal(alice.execute_statement, Statement=yours)
    said = refusal(alice.execute_statement, Statement='SELECT * FROM "Rows" WHERE age = 7')
    assert said.endswith("with an explicit deny in an identity-based policy")
    statements = [{"Statement": text} for text in (yours, mine, "SELECT nonsense", 'SELECT * FROM "Rows"')]
    answers = alice.batch_execute_statement(Statements=statements)["Responses"]
    assert [answer.get("Error", {}).get("Code") for answer in answers] == [
        *("AccessDenied", None, "ValidationError", "AccessDenied")
    ]
    assert answers[1]["Item"]["pk"] == {"S": "alice"}
    assert alice.batch_execute_statement(Statements=statements[:1])["Responses"][0]["Error"]["Message"]
    pair = [{"Statement": mine}, {"Statement": yours}]
    assert "PartiQLSelect" in refusal(alice.execute_transaction, TransactStatements=pair)


def test_columns(server: LocalServer) -> None:
    clerk = as_user(server, "clerk")
    key = {"TableName": "Rows", "Key": row("bob")}
    assert clerk.get_item(**key, ProjectionExpression="age")["Item"] == {"age": {"N": "7"}}
    assert refusal(clerk.get_item, **key)
    assert refusal(clerk.get_item, **key, ProjectionExpression="age, salary")
    hidden = {"ProjectionExpression": "#s", "ExpressionAttributeNames": {"#s": "salary"}}
    assert refusal(clerk.get_item, **key, **hidden)
    change = {"UpdateExpression": "SET age = :a", "ExpressionAttributeValues": {":a": {"N": "7"}}}
    clerk.update_item(**key, **change, ReturnValues="UPDATED_NEW")
    assert refusal(clerk.update_item, **key, **change, ReturnValues="ALL_NEW")
    on_failure = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    assert refusal(clerk.update_item, **key, **change, **on_failure)
    assert refusal(clerk.update_item, **key, **change, ConditionExpression="attribute_exists(salary)")


def test_a_request_that_is_wrong_is_told_so_first(server: LocalServer) -> None:
    with pytest.raises(ClientError) as caught:
        as_user(server, "clerk").get_item(TableName="Rows", Key=row("bob"), ProjectionExpression="a..b")
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert "Invalid ProjectionExpression" in caught.value.response["Error"]["Message"]


def test_where_when_and_how(server: LocalServer) -> None:
    near = as_user(server, "near")
    assert near.list_tables()["TableNames"] == ["Rows"]
    assert refusal(as_user(server, "safe").list_tables)
    assert refusal(as_user(server, "none").list_tables)
    assert refusal(as_user(server, "none", "dynamodbstreams").list_streams)
    assert near.describe_table(TableName="Rows")


def test_the_services_beside(server: LocalServer) -> None:
    assert "cloudwatch:ListMetrics" in refusal(as_user(server, "alice", "cloudwatch").list_metrics)
    as_user(server, "near", "cloudwatch").list_metrics()


def test_a_tables_own_policy(server: LocalServer) -> None:
    root = as_user(server, "root")
    root.create_table(
        TableName="Shared",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Shared"

    def put(*statements: dict[str, Any]) -> None:
        root.put_resource_policy(ResourceArn=arn, Policy=json.dumps({"Statement": statements}))
        server.loop.call(lambda: server.clock.advance(16))

    users = [f"arn:aws:iam::000000000000:user/{name}" for name in ("none", "near")]
    none, near = as_user(server, "none"), as_user(server, "near")
    asked = {"TableName": "Shared", "Key": row("x")}
    allow = {
        "Effect": "Allow", "Principal": {"AWS": users[0]}, "Action": "dynamodb:GetItem", "Resource": arn
    }  # fmt: skip
    deny = {"Effect": "Deny", "Principal": {"AWS": users[1]}, "Action": "dynamodb:GetItem", "Resource": arn}
    assert refusal(none.get_item, **asked)
    put(allow)
    none.get_item(**asked)
    near.get_item(**asked)
    put(allow, deny)
    said = refusal(near.get_item, **asked)
    assert said.endswith("with an explicit deny in a resource-based policy")
    wrong = {**deny, "Condition": {"StringIs": {"a": "b"}}}
    with pytest.raises(
        ClientError, match="Invalid policy document: in statement 1, 'StringIs' is no condition"
    ):
        put(wrong)
    server.loop.call(server.clock.reset)


# ------------------------------------------------------------------ DAX


class Node:
    """A node that does whatever it is asked."""

    def __init__(self) -> None:
        self.executed: list[str] = []

    async def execute(self, operation: str, request: object, caller: Caller) -> dict[str, object]:
        self.executed.append(operation)
        return {}

    key_schema: Any = None


def test_a_dax_clusters_actions_are_its_own(tmp_path: Path) -> None:
    cluster = "arn:aws:dax:us-east-1:000000000000:cache/default"
    statements = [
        {"Effect": "Allow", "Action": ["dax:GetItem", "dax:PutItem"], "Resource": cluster},
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"},
    ]
    own = policy.identity("own", {"Statement": statements})
    identity = Identity(Principal("arn:aws:iam::000000000000:user/alice", "AKID", (own,)))

    async def run() -> None:
        database = await Database.open(Settings())
        node = Node()
        guarded = GuardedNode(node, Gate(database.catalog, database.clock, "000000000000"), "default")
        caller = Caller(identity=identity)
        await guarded.execute("GetItem", {}, caller)
        await guarded.execute("TransactWriteItems", {"TransactItems": [{"Put": {}}]}, caller)
        refused: tuple[tuple[str, Request], ...] = (
            ("Query", {}),
            ("TransactWriteItems", {"TransactItems": [{"Put": {}}, {"Delete": {}}]}),
            ("TransactGetItems", {"TransactItems": [{"Get": {}}, {"ConditionCheck": {}}]}),
        )
        for operation, request in refused:
            with pytest.raises(AccessDeniedException):
                await guarded.execute(operation, request, caller)
        with pytest.raises(AccessDeniedException):
            await guarded.execute("GetItem", {}, Caller())
        assert node.executed == ["GetItem", "TransactWriteItems"]
        await database.close()

    asyncio.run(run())
