"""Clients that pin an older botocore than ours, each from an environment of its own (`make test` sets it up).

They take the shortest tour there is: create a table, put, get, query, delete.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.live import REPOSITORY, LiveServer

BIN = REPOSITORY / ".venv-clients" / "bin"

pytestmark = pytest.mark.skipif(not BIN.exists(), reason="`make clients` has not been run")

AIOBOTO3 = """
import asyncio, sys, aioboto3

async def tour():
    session = aioboto3.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1")
    async with session.client("dynamodb", endpoint_url=sys.argv[1]) as client:
        await client.create_table(
            TableName="aioboto3",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"},
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        await client.get_waiter("table_exists").wait(TableName="aioboto3")
    async with session.resource("dynamodb", endpoint_url=sys.argv[1]) as dynamodb:
        table = await dynamodb.Table("aioboto3")
        await asyncio.gather(*(table.put_item(Item={"pk": "a", "sk": n, "text": "é" * n}) for n in range(20)))
        assert (await table.get_item(Key={"pk": "a", "sk": 3}))["Item"]["text"] == "ééé"
        page = await table.query(
            KeyConditionExpression="pk = :pk AND sk > :sk", ExpressionAttributeValues={":pk": "a", ":sk": 15}
        )
        assert [item["sk"] for item in page["Items"]] == [16, 17, 18, 19]
        await table.delete()

asyncio.run(tour())
"""


def run(command: Sequence[str | Path], folder: Path) -> str:
    ended = subprocess.run(
        command,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_aioboto3(live: LiveServer, tmp_path: Path) -> None:
    run([BIN / "python", "-c", AIOBOTO3, live.endpoint], tmp_path)


def test_the_aws_command_line(live: LiveServer, tmp_path: Path) -> None:
    def aws(operation: str, *arguments: str) -> Any:
        command = (BIN / "python", BIN / "aws", "--endpoint-url", live.endpoint, "--output", "json")
        said = run([*command, "dynamodb", operation, "--table-name", "cli", *arguments], tmp_path)
        return json.loads(said) if said else None

    item = {"pk": {"S": "a"}, "sk": {"N": "1"}, "tags": {"SS": ["x", "y"]}}
    key = json.dumps({"pk": item["pk"], "sk": item["sk"]})
    created = aws(
        "create-table",
        *("--attribute-definitions", "AttributeName=pk,AttributeType=S", "AttributeName=sk,AttributeType=N"),
        *("--key-schema", "AttributeName=pk,KeyType=HASH", "AttributeName=sk,KeyType=RANGE"),
        *("--billing-mode", "PAY_PER_REQUEST"),
    )
    assert created["TableDescription"]["TableName"] == "cli"
    aws("put-item", "--item", json.dumps(item))
    assert aws("get-item", "--key", key)["Item"] == item
    query = ("--key-condition-expression", "pk = :pk", "--expression-attribute-values", '{":pk":{"S":"a"}}')
    assert aws("query", *query)["Items"] == [item]
    aws("delete-item", "--key", key)
    assert aws("query", *query)["Count"] == 0
    aws("delete-table")
