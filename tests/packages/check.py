"""`make package-check`: the wheel and the sdist, each installed on its own and used as a user would.

Both are built from a copy of what is committed, or new and not ignored, so that nothing gets in that merely
lies about. It takes a minute or two and downloads the dependencies, so it is not among the tests.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

from tests.live import REPOSITORY

PACKAGES = ("dynalite", "pytest_dynalite", "server")

CALL = """
import sys, boto3
client = boto3.client(
    "dynamodb", endpoint_url=sys.argv[1], region_name="us-east-1",
    aws_access_key_id="any", aws_secret_access_key="any",
)
client.create_table(
    TableName="Songs",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
client.put_item(TableName="Songs", Item={"id": {"S": "Sinnerman"}})
assert client.scan(TableName="Songs")["Count"] == 1
"""
EMBEDDED = """
import dynalite
with dynalite.Server() as server:
    assert server.client().list_tables()["TableNames"] == []
"""
TEST = """
def test_it_is_empty(dynalite_client):
    assert dynalite_client.list_tables()["TableNames"] == []
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "source"
        for path in files():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / path, source / path)
        _say("building")
        _run([sys.executable, "-m", "build", "--outdir", folder / "built", source], folder)
        [wheel] = (folder / "built").glob("*.whl")
        [sdist] = (folder / "built").glob("*.tar.gz")
        _check_content(wheel)
        for package in (wheel, sdist):
            _say(f"installing {package.name}")
            _use(package, folder / package.name.partition("-")[2])
    _say("both packages install and run")
    return 0


def files() -> list[str]:
    """What is committed, or new and not ignored."""
    listed = _run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], REPOSITORY)
    return [path for path in listed.splitlines() if (REPOSITORY / path).is_file()]


def _check_content(wheel: Path) -> None:
    """The wheel holds our packages' files, all of them and nothing else."""
    wanted = {path for path in files() if path.partition("/")[0] in PACKAGES}
    with zipfile.ZipFile(wheel) as archive:
        held = {path for path in archive.namelist() if ".dist-info/" not in path}
    assert held == wanted, f"the wheel lacks {wanted - held} and should not have {held - wanted}"


def _use(package: Path, folder: Path) -> None:
    """Install a package in an environment of its own, and try everything once."""
    # pip reaches in from outside: where Python comes without ensurepip (Debian), an environment has none.
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    _run(
        [sys.executable, "-m", "pip", "--python", python, "install", "-q", package, "boto3", "pytest"], folder
    )
    (folder / "test_songs.py").write_text(TEST)
    _serve_and_call(folder, python)
    _run([python, "-c", EMBEDDED], folder)
    passed = _run([python, "-m", "pytest", "-q", "--dynalite-cost", "test_songs.py"], folder)
    assert "1 passed" in passed, passed


def _serve_and_call(folder: Path, python: Path) -> None:
    server = subprocess.Popen(
        [folder / "bin" / "dynalite", "serve", "--port", "0", "--in-memory"],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        said = server.stdout.readline()
        address = re.search(r"http://\S+", said)
        assert address is not None, said
        _run([python, "-c", CALL, address[0]], folder)
    finally:
        server.terminate()
        assert server.wait(20) == 0
        server.stdout.close()


def _run(command: list[str | Path], folder: Path) -> str:
    ended = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, f"{' '.join(map(str, command))}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def _environment() -> dict[str, str]:
    """Ours, without what would let this repository be imported where it is not installed."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }


def _say(what: str) -> None:
    print(f"package-check: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
