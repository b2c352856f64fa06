"""`dynalite.Server`: a server in this process, as a user's test holds it."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

import dynalite
from dynalite.clock import Clock
from tests.live import REPOSITORY

NEW_YEAR = datetime(2030, 1, 1, tzinfo=UTC)


def songs(client: Any, **members: Any) -> None:
    client.create_table(
        TableName="Songs",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        **{"BillingMode": "PAY_PER_REQUEST", **members},
    )


def put(client: Any, *names: str) -> None:
    for name in names:
        client.put_item(TableName="Songs", Item={"id": {"S": name}})


def fail_halfway(client: Any) -> None:
    put(client, "a")
    client.delete_table(TableName="Nothing")


def names(client: Any) -> set[str]:
    return {item["id"]["S"] for item in client.scan(TableName="Songs")["Items"]}


# ------------------------------------------------------------------ beginning and end


def test_a_client_is_two_lines_away() -> None:
    with dynalite.Server() as server:
        assert server.client().list_tables()["TableNames"] == []


def test_a_resource_and_the_clients_of_the_other_services() -> None:
    with dynalite.Server() as server:
        songs(server.client(), StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
        server.resource().Table("Songs").put_item(Item={"id": "Sinnerman"})
        [stream] = server.client("dynamodbstreams").list_streams()["Streams"]
        assert stream["TableName"] == "Songs"


def test_two_servers_know_nothing_of_each_other() -> None:
    with dynalite.Server() as one, dynalite.Server() as other:
        songs(one.client())
        assert other.client().list_tables()["TableNames"] == []


def test_every_start_in_memory_is_a_new_beginning() -> None:
    server = dynalite.Server()
    with server:
        songs(server.client())
    with server:
        assert server.client().list_tables()["TableNames"] == []


def test_a_folder_keeps_its_data(tmp_path: Path) -> None:
    with dynalite.Server(data=tmp_path / "data", durability="os") as server:
        songs(server.client())
        put(server.client(), "Sinnerman")
    with dynalite.Server(data=str(tmp_path / "data")) as server:
        assert names(server.client()) == {"Sinnerman"}


def test_nobody_listens_after_the_end() -> None:
    with dynalite.Server() as server:
        client = server.client(config=boto3.session.Config(retries={"total_max_attempts": 1}))
    with pytest.raises(EndpointConnectionError):
        client.list_tables()


def test_what_is_not_running_says_so() -> None:
    server = dynalite.Server()
    for use in (server.client, server.snapshot, lambda: server.clock, lambda: server.endpoint_url):
        with pytest.raises(RuntimeError, match="not running: use it in a `with` block"):
            use()
    with server, pytest.raises(RuntimeError, match="running already"):
        server.start()
    server.close()


def test_a_folder_in_use_is_refused_and_nothing_is_left_behind(tmp_path: Path) -> None:
    from dynalite.storage.folder import StoreError

    with dynalite.Server(data=tmp_path), pytest.raises(StoreError):
        dynalite.Server(data=tmp_path).start()


async def roundtrip() -> list[str]:
    async with dynalite.Server() as server:
        songs(server.client())
        found: list[str] = server.client().list_tables()["TableNames"]
        return found


def test_it_can_be_entered_in_a_coroutine() -> None:
    import asyncio

    assert asyncio.run(roundtrip()) == ["Songs"]


def test_starting_is_quick() -> None:
    """In processor time, which other work on the machine does not add to, and several times what it takes, so
    that only a change of kind fails.
    """
    code = (
        "from time import process_time as now\n"
        "start = now()\n"
        "import dynalite\n"
        "with dynalite.Server(): print(now() - start)\n"
    )
    first = float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    later = []
    for _ in range(5):
        begun = process_time()
        with dynalite.Server():
            later.append(process_time() - begun)
    assert first < 1.5
    assert min(later) < 0.02


# ------------------------------------------------------------------ options


def test_every_option_of_the_command_line_is_a_keyword() -> None:
    with dynalite.Server(account="123456789012", stream_shards=2, transition_delay=60) as server:
        songs(server.client())
        table = server.client().describe_table(TableName="Songs")["Table"]
        assert table["TableArn"].split(":")[4] == "123456789012"
        assert table["TableStatus"] == "CREATING"


def test_capacity_can_be_enforced() -> None:
    with dynalite.Server(enforce_capacity=True) as server:
        client = server.client(config=boto3.session.Config(retries={"total_max_attempts": 1}))
        units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
        songs(client, BillingMode="PROVISIONED", ProvisionedThroughput=units)
        server.clock.freeze()
        with pytest.raises(client.exceptions.ProvisionedThroughputExceededException):
            put(client, *map(str, range(400)))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"enforced_capacity": True},
            "enforced_capacity, but there is no such option; is it enforce_capacity?",
        ),
        ({"in_memory": True}, "in_memory, but there is no such option"),
    ],
)
def test_an_unknown_option_is_refused_with_a_hint(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TypeError) as refused:
        dynalite.Server(**given)
    assert sentence in str(refused.value)


def test_a_value_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"stream_shards must be a number from 1 to 256, not 0"):
        dynalite.Server(stream_shards=0)


def test_true_is_no_number() -> None:
    """It was read as 1."""
    with pytest.raises(ValueError, match=r"port must be a number from 0 to 65535, not True"):
        dynalite.Server(port=True)


def test_options_that_go_together_are_checked_together() -> None:
    with pytest.raises(ValueError, match="--dax-certificate and --dax-certificate-key go together"):
        dynalite.Server(dax_certificate="certificate.pem")


def test_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DYNALITE_DATA", str(tmp_path))
    monkeypatch.setenv("DYNALITE_PORT", "1")
    with dynalite.Server():
        assert not any(tmp_path.iterdir())


# ------------------------------------------------------------------ clients


def test_code_that_makes_its_own_clients_finds_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    before = dict(os.environ)
    with dynalite.Server() as server:
        with server.environment():
            songs(boto3.session.Session().client("dynamodb"))
            boto3.session.Session().client("dynamodbstreams").list_streams()
        assert server.client().list_tables()["TableNames"] == ["Songs"]
    assert dict(os.environ) == before


def test_another_process_finds_it_too() -> None:
    code = "import boto3; print(boto3.client('dynamodb').list_tables()['TableNames'])"
    with dynalite.Server() as server:
        songs(server.client())
        ended = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **server.variables},
            capture_output=True,
            check=True,
            text=True,
        )
    assert ended.stdout == "['Songs']\n"


@pytest.mark.parametrize(("library", "make"), [("boto3", "client"), ("aioboto3", "async_resource")])
def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, library: str, make: str) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with (
        dynalite.Server() as server,
        pytest.raises(ImportError, match=f"pip install {library}. Any other client works"),
    ):
        getattr(server, make)()


def test_boto3_is_not_imported_before_it_is_wanted() -> None:
    code = "import dynalite, sys\nwith dynalite.Server(): assert not {'boto3', 'botocore'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_package_that_hides_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "__init__.py").write_text("")
    """-S: an editable installation finds our modules however the package is hidden."""
    paths = [str(tmp_path), str(REPOSITORY)]
    code = f"import sys; sys.path[:0] = {paths}; import dynalite; dynalite.Server()"
    ended = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False)
    assert ended.stderr.splitlines()[-1] == (
        "ImportError: dynalite's own package `server` is hidden by another of that name:"
        f" {tmp_path / 'server' / '__init__.py'}"
    )


# ------------------------------------------------------------------ clock and faults


def test_a_move_of_the_clock_returns_when_all_that_it_made_due_is_done() -> None:
    with dynalite.Server() as server:
        client = server.client()
        songs(client)
        client.update_time_to_live(
            TableName="Songs", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"}
        )
        assert server.clock.freeze(NEW_YEAR) == NEW_YEAR
        ends = {"N": str(int(server.clock.now()) + 60)}
        client.put_item(TableName="Songs", Item={"id": {"S": "short"}, "ends": ends})
        put(client, "long")
        assert server.clock.advance(hours=1) == NEW_YEAR + timedelta(hours=1)
        assert names(client) == {"long"}


def test_the_clock_understands_what_people_say() -> None:
    with dynalite.Server() as server:
        clock = server.clock
        clock.freeze()
        was_frozen = clock.frozen
        for moment in (NEW_YEAR, NEW_YEAR.replace(tzinfo=None), "2030-01-01T00:00:00Z", NEW_YEAR.timestamp()):
            assert clock.set(moment) == NEW_YEAR
        clock.advance(timedelta(days=1), minutes=-30, days=1)
        assert clock.time() == NEW_YEAR + timedelta(days=2, minutes=-30)
        clock.resume()
        assert (was_frozen, clock.frozen) == (True, False)
        assert clock.time() >= NEW_YEAR
        clock.reset()
        assert clock.time() < NEW_YEAR
        with pytest.raises(ValueError, match="The clock goes from 1970 to the year 9999"):
            clock.set(-1)


def test_servers_can_share_a_clock() -> None:
    clock = Clock()
    with dynalite.Server(clock=clock) as one, dynalite.Server(clock=clock) as other:
        one.clock.freeze(NEW_YEAR)
        assert other.clock.time() == NEW_YEAR


def test_a_fault_strikes_and_tells() -> None:
    with dynalite.Server() as server:
        client = server.client()
        songs(client)
        fault = server.faults.add("error", operation="PutItem", table="Songs", times=2)
        put(client, "Sinnerman")  # boto3 tries again
        assert (fault.met, fault.struck) == (2, 2)
        fault.remove()
        fault.remove()
        server.faults.add("conflict", operation="GetItem", key={"id": {"S": "Sinnerman"}})
        with pytest.raises(client.exceptions.TransactionConflictException):
            client.get_item(TableName="Songs", Key={"id": {"S": "Sinnerman"}})
        server.faults.add("error", times=100)
        server.faults.clear()
        assert names(client) == {"Sinnerman"}


def test_a_fault_that_makes_no_sense_is_refused() -> None:
    with dynalite.Server() as server:
        with pytest.raises(ValueError, match="kind must be one of throttle, error"):
            server.faults.add("fire")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="no parameter tabel"):
            server.faults.add("error", tabel="Songs")


# ------------------------------------------------------------------ states to go back to


def test_a_snapshot_is_restored_as_often_as_one_likes() -> None:
    with dynalite.Server() as server:
        client = server.client()
        songs(client)
        put(client, "a")
        server.snapshot("one-song")
        for name in "bc":
            put(client, name)
            server.restore("one-song")
            assert names(client) == {"a"}
        server.reset()
        assert client.list_tables()["TableNames"] == []
        with pytest.raises(ValueError, match="There is no snapshot named two-songs"):
            server.restore("two-songs")


# ------------------------------------------------------------------ forks


def test_a_fork_leaves_nothing_behind() -> None:
    with dynalite.Server() as server:
        client = server.client()
        songs(client)
        put(client, "a")
        server.snapshot("a")
        server.snapshot("kept")
        standing = server.faults.add("error", operation="DeleteItem")
        with server.fork():
            put(client, "b")
            server.snapshot("a")
            server.snapshot("new")
            server.admin("DELETE", "/_admin/snapshots/kept")
            server.clock.freeze(NEW_YEAR)
            server.faults.clear()
            server.faults.add("error", times=100, operation="GetItem")
            client.delete_table(TableName="Songs")
        assert names(client) == {"a"}
        assert not server.clock.frozen
        assert server.clock.time() < NEW_YEAR
        put(client, "c")
        server.restore("a")
        assert names(client) == {"a"}
        server.restore("kept")
        with pytest.raises(ValueError, match="no snapshot named new"):
            server.restore("new")
        client.get_item(TableName="Songs", Key={"id": {"S": "a"}})
        client.delete_item(TableName="Songs", Key={"id": {"S": "a"}})
        assert standing.struck == 1


def test_forks_nest_and_may_begin_at_a_snapshot() -> None:
    with dynalite.Server() as server:
        client = server.client()
        songs(client)
        server.snapshot("empty")
        put(client, "a")
        server.clock.freeze(NEW_YEAR)
        with server.fork("empty"):
            assert names(client) == set()
            put(client, "b")
            with server.fork():
                put(client, "c")
                server.clock.advance(days=1)
                server.restore("empty")
            assert names(client) == {"b"}
            assert server.clock.time() == NEW_YEAR
        assert names(client) == {"a"}


def test_a_failure_within_a_fork_is_undone_too() -> None:
    with dynalite.Server() as server:
        songs(server.client())
        with pytest.raises(ClientError), server.fork():
            fail_halfway(server.client())
        with pytest.raises(ValueError, match="no snapshot named nowhere"), server.fork("nowhere"):
            fail_halfway(server.client())
        assert names(server.client()) == set()


def test_a_server_may_end_within_a_fork(tmp_path: Path) -> None:
    server = dynalite.Server(data=tmp_path).start()
    block = server.fork()
    block.__enter__()
    server.snapshot()
    server.close()
    block.__exit__(None, None, None)
    with dynalite.Server(data=tmp_path):
        pass


def test_triggers_are_those_of_before(tmp_path: Path) -> None:
    definition = {"Table": "Songs", "Command": "cat"}
    with dynalite.Server() as server:
        songs(server.client(), StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})

        def triggers() -> list[tuple[str, str]]:
            shown = server.admin("GET", "/_admin/triggers")["triggers"]
            return sorted((one["name"], one["target"]) for one in shown)

        server.admin("POST", "/_admin/triggers/one", **definition)
        server.admin("POST", "/_admin/triggers/two", **definition)
        before = triggers()
        with server.fork():
            server.admin("POST", "/_admin/triggers/one", **{**definition, "Command": "true"})
            server.admin("DELETE", "/_admin/triggers/two")
            server.admin("POST", "/_admin/triggers/three", **definition)
            put(server.client(), "a")
            server.drain()
        assert triggers() == before


# ------------------------------------------------------------------ what was consumed


def test_consumption_is_told_by_operation_and_survives_the_table() -> None:
    with dynalite.Server() as server:
        client = server.client()
        songs(client)
        put(client, "a", "b")
        client.scan(
            TableName="Songs", FilterExpression="id = :a", ExpressionAttributeValues={":a": {"S": "a"}}
        )
        assert server.capacity()["tables"][0]["table"] == "Songs"
        client.delete_table(TableName="Songs")
        rows = {(row.table, row.operation): row.figures for row in server.consumption()}
        assert rows["Songs", "PutItem"].write_units == 2
        assert 0 < rows["Songs", "Scan"].wasted_read_units < rows["Songs", "Scan"].read_units
        server.count_anew()
        assert server.consumption() == []


# ------------------------------------------------------------------ the rest of the admin API


def test_anything_else_of_the_admin_api_can_be_asked_for() -> None:
    with dynalite.Server() as server:
        assert server.admin("GET", "/_admin/clock")["frozen"] is False
        with pytest.raises(ValueError, match=r"There is no GET /_admin/nothing; GET /_admin/ lists"):
            server.admin("GET", "/_admin/nothing")
        with pytest.raises(ValueError, match="has no parameter tabel"):
            server.admin("POST", "/_admin/streams/roll", tabel="Songs")


def test_names_and_paths_are_those_of_http() -> None:
    with dynalite.Server() as server, pytest.raises(ValueError, match="A name must be 1 to 128 letters"):
        server.snapshot("two words")
