"""Running what a page shows, from top to bottom, against a server, as its reader would.

The Python snippets of a page share one process and its names, and so do those in JavaScript; each `console`
block is a shell's. What a snippet prints is held against what the page says that it prints.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.documentation.pages import ADDRESS, CommandLine, Page, Snippet, command_lines
from tests.live import REPOSITORY

CLIENTS: Final = REPOSITORY / ".venv-clients" / "bin"
NODE_MODULES: Final = REPOSITORY / "tests" / "clients" / "javascript" / "node_modules"

_AT_MOST_SECONDS = 300
_BEGINNINGS = ("dynalite serve", "make ", "pip install .", "python3 -m venv", ". venv/bin/activate")
"""How one gets to the point where there is a server. It is there already."""

_INSTALLS = ("pip install", "npm install")

_PYTHON = """
import contextlib, io, json, sys
names = {"__name__": "__main__"}
printed = []
for code in json.load(sys.stdin):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "a snippet", "exec"), names)
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""
_COMMAND = f"""#!/bin/sh
PYTHONPATH={REPOSITORY} exec {sys.executable} -c 'from server.cli import main; raise SystemExit(main())' "$@"
"""
_BETWEEN = "-- the next one --"


class Reader:
    """Somebody who reads beside a server, in a folder of their own, and has everything installed already.

    `addresses` are other servers' that a page has, and where they are. Programs beside `python` are found
    before others.
    """

    def __init__(
        self,
        endpoint: str,
        folder: Path,
        addresses: Mapping[str, str] | None = None,
        python: Path = Path(sys.executable),
        node_modules: Path = NODE_MODULES,
    ) -> None:
        self._node_modules = node_modules
        self._addresses = {ADDRESS: endpoint, **(addresses or {})}
        self._folder = folder
        self._python = python
        self.environment: Mapping[str, str] = {
            "PATH": os.pathsep.join([str(folder / "bin"), str(python.parent), os.environ["PATH"]]),
            "HOME": str(folder),
            "DYNALITE_ENDPOINT": endpoint,
        }

    def follows(self, page: Page) -> None:
        """Run everything that the page shows, and check all that it says is printed."""
        lines = [command_lines(code) for code in page.code("console")]
        self.install([one for block in lines for one in block if one.text.startswith(_INSTALLS)])
        for snippet, printed in [*self._python_of(page), *self._javascript_of(page)]:
            if snippet.shows is not None:
                assert printed == snippet.shows, f"{page} says that it prints\n{snippet.shows}"
        for block in lines:
            self._shell([one for one in block if not one.text.startswith((*_BEGINNINGS, *_INSTALLS))])

    def install(self, lines: list[CommandLine]) -> None:
        """Come to have what these lines install."""
        command = self._folder / "bin" / "dynalite"
        command.parent.mkdir()
        command.write_text(_COMMAND)
        command.chmod(0o755)
        (self._folder / "node_modules").symlink_to(self._node_modules)

    def run(self, command: list[str | Path], given: str = "") -> str:
        """What a command prints. It must end well."""
        ended = subprocess.run(
            command,
            input=given,
            cwd=self._folder,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=_AT_MOST_SECONDS,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def _python_of(self, page: Page) -> list[tuple[Snippet, str]]:
        snippets = page.snippets("python")
        if not snippets:
            return []
        codes = json.dumps([one.at(self._addresses) for one in snippets])
        printed: list[str] = json.loads(self.run([self._python, "-c", _PYTHON], codes))
        return list(zip(snippets, printed, strict=True))

    def _javascript_of(self, page: Page) -> list[tuple[Snippet, str]]:
        snippets = page.snippets("javascript")
        if not snippets:
            return []
        end = f"process.stdout.write('{_BETWEEN}');\n"
        (self._folder / "page.mjs").write_text(end.join(one.at(self._addresses) for one in snippets))
        return list(zip(snippets, self.run(["node", "page.mjs"]).split(_BETWEEN), strict=True))

    def _shell(self, lines: list[CommandLine]) -> None:
        if lines:
            end = f"\nprintf %s '{_BETWEEN}'\n"
            script = "set -e\n" + end.join(one.at(self._addresses) for one in lines)
            printed = self.run(["bash", "-c", script]).split(_BETWEEN)
            for line, text in zip(lines, printed, strict=True):
                assert text.strip() == line.shown(self._addresses).strip(), f"{line.text}\nprints\n{text}"
