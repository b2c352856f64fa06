"""`make walk`: a newcomer's first hour, from the documentation alone.

Takes what is committed into an empty folder, as a clone would, and does there what the README says, then what
the pages of those clients say that can be had from PyPI and npm: the commands that install, the programs, the
command lines. What a page says is printed must be printed. Nothing of this repository's own environments is
used. It downloads what it installs and takes minutes, so it is not among the tests; they follow the same
pages with everything installed already.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from urllib.request import Request, urlopen

from tests.documentation.pages import CommandLine, Page, command_lines
from tests.documentation.running import Reader
from tests.live import REPOSITORY
from tests.packages.check import files

README = Page("README.md")
PAGES = ("boto3", "pynamodb", "javascript", "aioboto3", "aws-cli")
"""aioboto3 and the AWS command line come last: they pin an older botocore, and take the newer one away."""


class Newcomer(Reader):
    """A reader who has nothing installed."""

    def __init__(self, endpoint: str, folder: Path, python: Path) -> None:
        super().__init__(endpoint, folder, python=python)
        self.environment = {
            **_clean(),
            "PATH": os.pathsep.join([str(python.parent), os.environ["PATH"]]),
            "AWS_CONFIG_FILE": str(folder / "aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-credentials"),
        }

    def install(self, lines: list[CommandLine]) -> None:
        for line in lines:
            if not line.text.startswith("pip install ."):
                self.run(["bash", "-c", line.text])


def main() -> int:
    began = perf_counter()
    with tempfile.TemporaryDirectory() as name:
        checkout = Path(name) / "checkout"
        for path in files():
            (checkout / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / path, checkout / path)
        with _served(checkout) as endpoint:
            _say("README: installed, and serving", began)
            for page in (README, *(Page(f"docs/getting-started/{one}.md") for one in PAGES)):
                folder = Path(name) / page.path.stem
                folder.mkdir()
                newcomer = Newcomer(endpoint, folder, checkout / "venv" / "bin" / "python")
                for profile in page.snippets("ini"):
                    (folder / "aws-config").write_text(profile.at(endpoint))
                newcomer.follows(page)
                _say(f"{page}: done as it says", began)
                urlopen(
                    Request(f"{endpoint}/_admin/reset", b"{}", {"Content-Type": "application/json"})
                ).close()
    return 0


@contextmanager
def _served(checkout: Path) -> Iterator[str]:
    """What the README begins with, up to the server; at a free port, as 8000 may be taken."""
    lines = [one.text for one in command_lines(README.code("console")[0])]
    assert lines[-1] == "dynalite serve"
    script = "\n".join(["set -e", *lines[:-1], f"exec {lines[-1]}"])
    server = subprocess.Popen(
        ["bash", "-c", script],
        cwd=checkout,
        env={**_clean(), "DYNALITE_PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        found = next(
            filter(None, (re.search(r"listening at (http://\S+)", line) for line in server.stdout)), None
        )
        assert found is not None, f"the README's commands end with status {server.wait()}"
        yield found[1]
    finally:
        server.terminate()
        assert server.wait(20) == 0
        server.stdout.close()


def _clean() -> dict[str, str]:
    """Our environment without what points into this repository or at AWS."""
    ours = ("PYTHON", "VIRTUAL_ENV", "AWS_", "DYNALITE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _say(what: str, began: float) -> None:
    print(f"walk: {what} ({perf_counter() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
