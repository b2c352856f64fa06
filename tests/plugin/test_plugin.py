"""The pytest plugin, in runs of pytest within this one."""

import os
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from time import perf_counter
from typing import TypeAlias

import pytest

from dynalite import Server  # at once, so that none of the runs within has to
from tests.live import REPOSITORY

pytest_plugins = ["pytester"]

SUITE = """
    import boto3, pytest

    def create(name="Songs", client=None):
        (client or boto3.client("dynamodb")).create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def tables():
        return boto3.client("dynamodb").list_tables()["TableNames"]
"""

Run: TypeAlias = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a suite of tests with nothing but the plugin (which may or may not be installed here)."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    (pytester.path / "songs.py").write_text(dedent(SUITE))
    pytester.syspathinsert()

    def run(
        tests: str, *options: str, ini: str = "", conftest: str = "", apart: bool = False
    ) -> pytest.RunResult:
        pytester.makepyfile(test_songs=dedent(tests))
        pytester.makeini("[pytest]\nfilterwarnings = error\n" + ini)
        if conftest:
            pytester.makeconftest(conftest)
        method = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        return method("-p", "pytest_dynalite.plugin", "-p", "no:cacheprovider", *options)

    return run


def test_every_test_begins_with_nothing(run: Run) -> None:
    result = run("""
        from songs import *
        from dynalite import Server

        def test_one(dynalite):
            assert isinstance(dynalite, Server)
            assert tables() == []
            create()
            dynalite.clock.freeze("2030-01-01T00:00:00Z")
            dynalite.faults.add("error", operation="GetItem", times=100)
            dynalite.snapshot("of-one")

        def test_two(dynalite):
            assert tables() == []
            assert not dynalite.clock.frozen
            with pytest.raises(ValueError):
                dynalite.restore("of-one")
            assert dynalite.admin("GET", "/_admin/faults") == {"faults": []}

        def test_three(dynalite_client, dynalite_resource):
            assert dynalite_client.list_tables()["TableNames"] == []
            create(client=dynalite_client)
            dynalite_resource.Table("Songs").put_item(Item={"id": "a"})
            assert dynalite_resource.Table("Songs").item_count == 1
    """)
    result.assert_outcomes(passed=3)


def test_streams_backups_and_tokens_of_another_test_are_gone(run: Run) -> None:
    body = """
            client = dynalite_client
            create(client=client)
            client.update_table(
                TableName="Songs", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
            )
            assert len(dynalite.client("dynamodbstreams").list_streams()["Streams"]) == 1
            put = {"Put": {"TableName": "Songs", "Item": {"id": {"S": "a"}}}}
            client.transact_write_items(TransactItems=[put], ClientRequestToken="the-same-token")
            assert client.scan(TableName="Songs")["Count"] == 1
            client.create_backup(TableName="Songs", BackupName="songs")
            assert len(client.list_backups()["BackupSummaries"]) == 1
            client.delete_table(TableName="Songs")
    """
    tests = [f"def test_{name}(dynalite, dynalite_client):{body}" for name in ("one", "two")]
    result = run("\n".join(["from songs import *", *tests]))
    result.assert_outcomes(passed=2)


def test_what_a_wider_fixture_loads_is_there_for_each_test_as_it_was(run: Run) -> None:
    result = run("""
        from songs import *

        @pytest.fixture(scope="module")
        def songs(dynalite_server):
            client = dynalite_server.client()
            create(client=client)
            yield client
            client.delete_table(TableName="Songs")
            assert client.list_tables()["TableNames"] == []

        @pytest.mark.parametrize("name", "abc")
        def test_alone(songs, dynalite, name):
            assert songs.scan(TableName="Songs")["Count"] == 0
            songs.put_item(TableName="Songs", Item={"id": {"S": name}})

        def test_dropped(dynalite, songs):
            songs.delete_table(TableName="Songs")

        def test_still_there(dynalite, songs):
            assert tables() == ["Songs"]
    """)
    result.assert_outcomes(passed=5)


def test_code_that_makes_its_own_clients_needs_no_change(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    before = dict(os.environ)
    result = run("""
        from songs import *
        import os

        def test_within(dynalite):
            create()
            assert os.environ["AWS_ENDPOINT_URL_DYNAMODB"] == dynalite.endpoint_url
            assert os.environ["AWS_REGION"] == "us-east-1"

        def test_without():
            assert "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ
            assert os.environ["AWS_REGION"] == "eu-central-1"
    """)
    result.assert_outcomes(passed=2)
    assert dict(os.environ).items() >= {k: v for k, v in before.items() if k.startswith("AWS_")}.items()
    assert "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ


def test_clients_made_at_import_find_the_server_if_the_whole_session_has_the_environment(run: Run) -> None:
    result = run(
        """
        from songs import *
        from conftest import CLIENT as CONFTEST_CLIENT

        CLIENT = boto3.client("dynamodb")

        def test_one():
            create(client=CLIENT)
            assert CONFTEST_CLIENT.list_tables()["TableNames"] == ["Songs"]

        def test_two():
            assert tables() == []
        """,
        ini="dynalite_environment = session\nusefixtures = dynalite\n",
        conftest="import boto3\nCLIENT = boto3.client('dynamodb')",
    )
    result.assert_outcomes(passed=2)
    assert "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ


def test_the_options_are_those_of_the_command_line(run: Run) -> None:
    result = run(
        """
        from songs import *

        def test_account(dynalite_client):
            create(client=dynalite_client)
            table = dynalite_client.describe_table(TableName="Songs")["Table"]
            assert ":123456789012:" in table["TableArn"]
            assert table["TableStatus"] == "CREATING"
        """,
        ini="dynalite_options =\n  account=123456789012\n  --transition-delay = 5\n  enforce-capacity\n",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("ini", "sentence"),
    [
        (
            "dynalite_options = enforced-capacity",
            "*UsageError: dynalite_options: You give dynalite.Server enforced_capacity,"
            " but there is no such option; is it enforce_capacity?",
        ),
        (
            "dynalite_options = stream-shards=0",
            "*UsageError: dynalite_options: dynalite.Server: stream_shards must be a number from 1 to 256,*",
        ),
    ],
)
def test_wrong_options_are_refused_in_one_sentence(run: Run, ini: str, sentence: str) -> None:
    result = run("def test_one(dynalite): ...", ini=ini)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(sentence)


def test_a_wrong_environment_is_refused(run: Run) -> None:
    result = run("def test_one(dynalite): ...", ini="dynalite_environment = module")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("*dynalite_environment must be test or session, not 'module'")


def test_a_failing_test_leaves_nothing_behind_and_is_reported_as_ever(run: Run) -> None:
    result = run("""
        from songs import *

        def test_one(dynalite):
            create()
            assert tables() == []

        def test_two(dynalite):
            assert tables() == []
    """)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines("*assert ?'Songs'? == ??")


def test_a_missing_boto3_is_named(run: Run) -> None:
    result = run("""
        def test_one(dynalite, monkeypatch):
            monkeypatch.setitem(__import__("sys").modules, "boto3", None)
            dynalite._sessions.clear()
            dynalite.client()
    """)
    result.stdout.fnmatch_lines("E*ImportError: boto3 is not installed, and dynalite makes no clients*")


def test_another_server_in_a_test_is_another(run: Run) -> None:
    result = run("""
        from songs import *
        from dynalite import Server

        def test_one(dynalite_client):
            create(client=dynalite_client)
            with Server(enforce_capacity=True) as other:
                assert other.client().list_tables()["TableNames"] == []
    """)
    result.assert_outcomes(passed=1)


def test_nothing_is_imported_for_a_suite_that_does_not_use_it(run: Run) -> None:
    result = run(
        """
        import sys

        def test_one():
            assert not {"dynalite", "server", "boto3"} & set(sys.modules)
        """,
        apart=True,
    )
    result.assert_outcomes(passed=1)


def test_a_fresh_beginning_takes_less_than_five_milliseconds() -> None:
    """What the fixture does, around a test that makes a table and writes ten items."""
    spent = []
    with Server() as server:
        client = server.client()
        for _ in range(20):
            begun = perf_counter()
            fork = server.fork()
            with server.environment():
                fork.__enter__()
                server.count_anew()
                spent.append(perf_counter() - begun)
                client.create_table(
                    TableName="Songs",
                    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                    BillingMode="PAY_PER_REQUEST",
                )
                for number in range(10):
                    client.put_item(TableName="Songs", Item={"id": {"S": str(number)}})
                begun = perf_counter()
                fork.__exit__(None, None, None)
                spent[-1] += perf_counter() - begun
    assert sorted(spent)[len(spent) // 2] < 0.005


# ------------------------------------------------------------------ --dynalite-cost

SPENDING = """
    from songs import *

    @pytest.fixture
    def songs(dynalite_client):
        create(client=dynalite_client)
        return dynalite_client

    def test_put(songs):
        for name in "abcd":
            songs.put_item(TableName="Songs", Item={"id": {"S": name}})

    def test_scan(songs):
        for name in "abcd":
            songs.put_item(TableName="Songs", Item={"id": {"S": name}, "text": {"S": "x" * 8000}})
        songs.scan(
            TableName="Songs",
            FilterExpression="id = :a",
            ExpressionAttributeValues={":a": {"S": "a"}},
            ConsistentRead=True,
        )

    def test_nothing(): ...
"""
REPORT = [
    "* DynamoDB: what was consumed *",
    "  read units  write units  throttled      a million runs  test",
    "         8.0         32.0          0               21.00  test_songs.py::test_scan",
    "         0.0          4.0          0                2.50  test_songs.py::test_put",
    "         8.0         36.0          0               23.50  all 2",
    "",
    "Read units that were paid for items which a filter then dropped:",
    "      wasted           of  ",
    "         6.0          8.0  Scan Songs in test_songs.py::test_scan",
]


def test_the_report_says_what_was_consumed_and_what_for_nothing(run: Run) -> None:
    result = run(SPENDING, "--dynalite-cost")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(REPORT, consecutive=True)


def test_the_report_shows_the_dearest_unless_all_are_wanted(run: Run) -> None:
    tests = """
    from songs import *

    @pytest.mark.parametrize("writes", range(12))
    def test_some(dynalite_client, writes):
        create(client=dynalite_client)
        for name in range(writes):
            dynalite_client.put_item(TableName="Songs", Item={"id": {"S": str(name)}})
    """
    brief = run(tests, "--dynalite-cost").stdout
    brief.fnmatch_lines("*66.0          0               41.25  all 12, 2 of them not shown")
    brief.fnmatch_lines("*11.0          0                6.88  *test_some?11?")
    brief.no_fnmatch_line("*0  *test_some?1?")
    run(tests, "--dynalite-cost", "-v").stdout.fnmatch_lines("*0  *test_some?1?")


def test_there_is_no_report_unless_it_is_asked_for(run: Run) -> None:
    assert "DynamoDB" not in run(SPENDING).stdout.str()


def test_a_suite_that_consumed_nothing_says_so(run: Run) -> None:
    result = run("def test_one(): ...", "--dynalite-cost")
    result.stdout.fnmatch_lines("No test has used the fixture `dynalite`.")


# ------------------------------------------------------------------ pytest-xdist


def test_every_worker_of_xdist_has_a_server_and_the_report_is_of_all(run: Run) -> None:
    tests = """
    from songs import *
    import os

    @pytest.mark.parametrize("turn", range(4))
    def test_alone(dynalite, turn):
        assert tables() == []
        create()
        dynalite.client().put_item(TableName="Songs", Item={"id": {"S": "a"}})
        with open(f"{os.environ['PYTEST_XDIST_WORKER']}.txt", "a") as file:
            print(dynalite.endpoint_url, file=file)
    """
    ini = "dynalite_environment = session\n"
    result = run(tests, "-p", "xdist", "-n", "2", "--dynalite-cost", apart=True, ini=ini)
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines("*0.0          4.0          0                2.50  all 4")
    files = sorted(Path().glob("gw*.txt"))
    assert [file.name for file in files] == ["gw0.txt", "gw1.txt"]
    first, second = ({*file.read_text().splitlines()} for file in files)
    assert len(first) == len(second) == 1
    assert first != second
