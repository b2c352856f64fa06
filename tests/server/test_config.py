"""The options table: flags, environment, defaults, and what is said about a value that makes no sense."""

from pathlib import Path

import pytest

from dynalite.settings import Settings
from server import config
from server.bounds import Bounds
from server.config import OPTIONS, Config, read


def test_the_defaults_need_no_flags() -> None:
    assert read([], {}, "dynalite") == Config(
        "127.0.0.1", 8000, Settings(data_folder=Path("dynalite-data"), durability="fsync", wording="2026")
    )


def test_every_option_can_be_a_flag() -> None:
    where = ["--host=::1", "--port=0", "--data=d", "--account=123456789012"]
    how = ["--durability=os", "--wording=classic", "--transition-delay=1.5"]
    streams = ["--ttl-delay=9", "--stream-shards=2"]
    wanted = read([*where, *how, *streams], {}, "dynalite")
    settings = Settings(
        Path("d"),
        durability="os",
        wording="classic",
        account="123456789012",
        transition_seconds=1.5,
        stream_shards=2,
        ttl_delay_seconds=9,
    )
    assert wanted == Config("::1", 0, settings)


def test_every_option_can_be_a_variable() -> None:
    values = {
        "host": "::1",
        "port": "9",
        "data": "d",
        "in-memory": "0",
        "engine": "",
        "durability": "os",
        "wording": "classic",
        "account": "123456789012",
        "transition-delay": "2",
        "ttl-delay": "0",
        "enforce-capacity": "1",
        "prices": "",
        "pitr-lag": "300",
        "s3-endpoint": "http://localhost:9000",
        "stream-shards": "1",
        "kinesis-endpoint": "http://localhost:4566",
        "credentials": "keys.toml",
        "allow-anonymous": "1",
        "tls-cert": "c.pem",
        "tls-key": "k.pem",
        "cors": "https://app.example",
        "max-connections": "100",
        "request-memory": "64",
        "head-timeout": "1",
        "body-timeout": "2",
        "read-timeout": "3",
        "idle-timeout": "4",
        "drain": "5",
        "grace": "6",
        "log": "json",
        "log-level": "info",
        "access-log": "1",
        "no-admin": "1",
        "no-console": "1",
        "trigger": "Orders=shop:on_order",
        "cache": "1",
        "cache-item-ttl": "0",
        "cache-query-ttl": "60000",
        "cache-size": "8",
        "dax-port": "8111",
        "dax-nodes": "3",
        "dax-replica-lag": "0.5",
        "dax-address": "192.0.2.1",
        "dax-certificate": "c.pem",
        "dax-certificate-key": "k.pem",
    }
    assert values.keys() == {option.name for option in OPTIONS}
    flags = [f"{option.flag}={values[option.name]}" for option in OPTIONS if option.value_name]
    flags += [option.flag for option in OPTIONS if not option.value_name and values[option.name] == "1"]
    variables = {option.variable: values[option.name] for option in OPTIONS}
    assert read([], variables, "dynalite").bounds == Bounds(100, 64, 1, 2, 3, 4, 5, 6)
    assert read([], variables, "dynalite") == read(flags, {}, "dynalite")


def test_a_flag_beats_a_variable() -> None:
    assert read(["--port", "1"], {"DYNALITE_PORT": "2"}, "dynalite").port == 1


@pytest.mark.parametrize(
    ("flags", "variables", "folder"),
    [
        (["--in-memory"], {}, None),
        ([], {"DYNALITE_IN_MEMORY": "1"}, None),
        ([], {"DYNALITE_IN_MEMORY": "true", "DYNALITE_DATA": "d"}, None),
        (["--in-memory"], {"DYNALITE_DATA": "d"}, None),
        (["--data", "d"], {"DYNALITE_IN_MEMORY": "1"}, Path("d")),
        ([], {"DYNALITE_IN_MEMORY": "0", "DYNALITE_DATA": "d"}, Path("d")),
    ],
)
def test_the_nearest_word_about_memory_or_folder_counts(
    flags: list[str], variables: dict[str, str], folder: Path | None
) -> None:
    assert read(flags, variables, "dynalite").settings.data_folder == folder


@pytest.mark.parametrize(
    ("flags", "variables", "sentence"),
    [
        (["--port", "x"], {}, "--port must be a number from 0 to 65535, not 'x'"),
        (["--port", "65536"], {}, "--port must be a number from 0 to 65535, not '65536'"),
        ([], {"DYNALITE_PORT": "-1"}, "DYNALITE_PORT must be a number from 0 to 65535, not '-1'"),
        (["--durability", "no"], {}, "--durability must be fsync or os, not 'no'"),
        (["--wording", "old"], {}, "--wording must be 2026 or classic, not 'old'"),
        (["--account", "1"], {}, "--account must be 12 digits, not '1'"),
        (
            ["--transition-delay", "nan"],
            {},
            "--transition-delay must be a number of seconds, 0 or more, not 'nan'",
        ),
        (
            ["--transition-delay", "²"],
            {},
            "--transition-delay must be a number of seconds, 0 or more, not '²'",
        ),
        (["--data", ""], {}, "--data must not be empty, not ''"),
        ([], {"DYNALITE_IN_MEMORY": "maybe"}, "DYNALITE_IN_MEMORY must be 1 or 0, not 'maybe'"),
        (["--data", "d", "--in-memory"], {}, "--data and --in-memory exclude each other"),
        (
            ["--cors", "app.example"],
            {},
            "--cors must be * or an origin like https://app.example, not 'app.example'",
        ),
        (["--tls-cert", "c.pem"], {}, "--tls-cert and --tls-key go together"),
        (
            ["--port", "8112", "--dax-port", "8111", "--dax-nodes", "2"],
            {},
            "--port 8112 is one of the ports of --dax-port and --dax-nodes",
        ),
        (
            ["--dax-port", "65535", "--dax-nodes", "2"],
            {},
            "--dax-port 65535 leaves no ports for --dax-nodes 2",
        ),
        (["--prot", "1"], {}, "unrecognized arguments: --prot 1"),
    ],
)
def test_nonsense_is_named_in_one_sentence(
    flags: list[str], variables: dict[str, str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        read(flags, variables, "dynalite")
    assert exit_.value.code == 2
    assert capsys.readouterr().err.rstrip().endswith(f"dynalite: error: {sentence}")


def test_the_help_names_every_option_with_its_variable_and_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        read(["--help"], {}, "dynalite")
    text = " ".join(capsys.readouterr().out.split())
    for option in config.OPTIONS:
        assert option.flag in text
        assert option.variable in text
