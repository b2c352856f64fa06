"""Amazon's own DAX clients against a real server: two lines of the Python client and both JavaScript ones.

Each client runs in an environment of its own (`make clients` sets them up) and makes all checks in one
process, as starting one costs more than all of them; each check is a test of its own here.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests import certificates
from tests.dax.tables import create_all
from tests.live import REPOSITORY, LiveServer, live_server

HERE = REPOSITORY / "tests" / "dax"
JAVASCRIPT = HERE / "javascript" / "tour.mjs"
PYTHON_CHECKS = re.findall(r"^def (check_\w+)\(", (HERE / "tour.py").read_text(), re.MULTILINE)
JAVASCRIPT_CHECKS = re.findall(r'^  async "(.+)"\(\) \{$', JAVASCRIPT.read_text(), re.MULTILINE)
ENVIRONMENTS = {"2.1.0": ".venv-dax", "2.0.6": ".venv-dax-2.0"}

TIMEOUT_SECONDS = 100


def python(version: str) -> Path:
    """The interpreter of a client's environment; skips the test where there is none."""
    path = REPOSITORY / ENVIRONMENTS[version] / "bin" / "python"
    if not path.exists():
        pytest.skip("`make clients` has not been run")
    return path


def dax_address(server: LiveServer) -> str:
    found = re.search(r"DAX: (\S+)", server.banner)
    assert found
    return found[1]


def run(*command: str | Path, environment: dict[str, str] | None = None) -> dict[str, str | None]:
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, str | None] = json.loads(ended.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("dax") / "data"
    with live_server("--data", str(folder), "--dax-port", "0", "--dax-nodes", "2") as server:
        create_all(server.client())
        yield server


# ------------------------------------------------------------------ the tours


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def python_results(request: pytest.FixtureRequest, server: LiveServer) -> dict[str, str | None]:
    """What each check found: None when all was well."""
    return run(python(request.param), HERE / "tour.py", request.param, dax_address(server))


@pytest.mark.parametrize("check", PYTHON_CHECKS)
def test_the_python_client(python_results: dict[str, str | None], check: str) -> None:
    assert python_results[check] is None, python_results[check]


@pytest.fixture(scope="module")
def javascript_results(server: LiveServer) -> dict[str, str | None]:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    assert (HERE / "javascript" / "node_modules").exists(), "the clients are not there: run `make clients`"
    return run("node", JAVASCRIPT, dax_address(server))


@pytest.mark.parametrize("check", JAVASCRIPT_CHECKS)
def test_the_javascript_clients(javascript_results: dict[str, str | None], check: str) -> None:
    assert javascript_results[check] is None, javascript_results[check]


# ------------------------------------------------------------------ one long session


class LongSession:
    """`session.py`, spoken to."""

    def __init__(
        self, version: str, endpoint: str, secret: str = "s", environment: dict[str, str] | None = None
    ) -> None:
        self.process = subprocess.Popen(
            [python(version), HERE / "session.py", endpoint, secret],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip() or self.failure()

    def failure(self) -> str:
        assert self.process.stderr is not None
        self.process.wait(TIMEOUT_SECONDS)
        return self.process.stderr.read()

    def ask(self, mark: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(mark + "\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


def test_a_client_outlives_its_server(tmp_path: Path) -> None:
    """What it has learnt about attribute names before must mean the same afterwards."""
    flags = ("--data", str(tmp_path / "data"))
    with ExitStack() as stack:
        server = stack.enter_context(live_server(*flags, "--dax-port", "0"))
        create_all(server.client())
        address = dax_address(server)
        session = stack.enter_context(closing(LongSession("2.1.0", address)))
        assert session.answer() == "ok"
        server.kill()
        again = stack.enter_context(live_server(*flags, "--dax-port", address.rpartition(":")[2]))
        assert session.ask("second") == "ok"
        key = {"pk": {"S": "session"}, "sk": {"N": "1"}}
        item = again.client().get_item(TableName="DaxRange", Key=key)["Item"]
        assert item.keys() == {"pk", "sk", "old", "second"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificates.made(tmp_path_factory.mktemp("tls"))


def test_tls(certificate: tuple[Path, Path]) -> None:
    flags = ("--dax-certificate", str(certificate[0]), "--dax-certificate-key", str(certificate[1]))
    with live_server("--dax-port", "0", *flags) as server:
        create_all(server.client())
        address = dax_address(server)
        assert address.startswith("daxs://")
        trust = {"SSL_CERT_FILE": str(certificate[0])}
        named = address.replace("127.0.0.1", "localhost")
        with closing(LongSession("2.1.0", named, environment=trust)) as session:
            assert session.answer() == "ok"


def test_signatures_are_checked_when_there_are_keys(tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text("[keys.AKID]\nsecret = 'right'\n")
    flags = ("--dax-port", "0", "--credentials", str(keys))
    with live_server(*flags) as server:
        create_all(server.client(aws_access_key_id="AKID", aws_secret_access_key="right"))
        with closing(LongSession("2.1.0", dax_address(server), "right")) as good:
            assert good.answer() == "ok"
        with closing(LongSession("2.1.0", dax_address(server), "wrong")) as bad:
            assert "signature" in bad.failure()
