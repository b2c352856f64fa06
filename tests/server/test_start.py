"""What a server loads before its first answers: start-up is mostly imports, and each costs every test run."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent

MAY_BE_NEEDED_LATER = (
    "aiohttp",
    "boto3",
    "dynalite.access",
    "dynalite.cache",
    "dynalite.checking",
    "dynalite.copying",
    "dynalite.jobs.backing_up",
    "dynalite.jobs.bulk_putting",
    "dynalite.jobs.exporting",
    "dynalite.jobs.importing",
    "dynalite.jobs.loading",
    "dynalite.jobs.restoring",
    "dynalite.model.backups",
    "dynalite.model.partiql",
    "dynalite.model.streams",
    "dynalite.model.transfers",
    "dynalite.catalog.destinations",
    "dynalite.operations.backups",
    "dynalite.operations.pitr",
    "dynalite.operations.search_vectors",
    "dynalite.operations.streams",
    "dynalite.operations.transact",
    "dynalite.partiql",
    "dynalite.recovery.blueprint",
    "dynalite.recovery.reading",
    "dynalite.recovery.transfers",
    "dynalite.streams",
    "dynalite.storage.binding",
    "plyvel",
    "server.admin.table",
    "server.application",
    "server.autoscaling.service",
    "server.cloudwatch.service",
    "server.console",
    "server.dax.service",
    "server.kinesis",
    "server.triggers.definition",
    "server.triggers.follower",
)

_FIRST_ITEM = """
import asyncio, sys
import server.app, server.commands.serve
from dynalite.database import Caller, Database
from dynalite.settings import Settings

async def main():
    database = await Database.open(Settings())
    async def ask(operation, **members):
        return await database.execute(operation, {"TableName": "orders", **members}, Caller("us-east-1"))
    await ask(
        "CreateTable", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    await database.until_idle()
    await ask("PutItem", Item={"pk": {"S": "one"}})
    answer = await ask("GetItem", Key={"pk": {"S": "one"}})
    assert answer["Item"]
    await database.close()

asyncio.run(main())
print(*sys.modules)
"""


def test_until_the_first_item_is_read_nothing_is_loaded_that_others_need() -> None:
    output = subprocess.run(
        [sys.executable, "-c", _FIRST_ITEM], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    loaded = output.split()
    assert "dynalite.operations.single" in loaded
    early = [
        name
        for name in loaded
        if any(name == seldom or name.startswith(f"{seldom}.") for seldom in MAY_BE_NEEDED_LATER)
    ]
    assert early == []
