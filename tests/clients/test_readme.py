"""The README's example does what the README says, as a user would run it: as a program of its own. Only the
address is another, as port 8000 may be taken.
"""

import re
import subprocess
import sys
from pathlib import Path

from server.config import OPTIONS
from tests.live import REPOSITORY, LiveServer, live_server

README = (REPOSITORY / "README.md").read_text()
ADDRESS = "http://127.0.0.1:8000"


def example() -> tuple[str, str]:
    """The program, and what the text below it says that it prints."""
    blocks = re.findall(r"^```python\n(.*?)^```\n\n(.*?)\n\n", README, re.MULTILINE | re.DOTALL)
    ((program, text),) = blocks
    prints = re.match(r"It prints `(.+?)`", text)
    assert prints is not None
    return program, prints[1]


def run(program: str, live: LiveServer, folder: Path) -> str:
    assert program.count(ADDRESS) == 1
    script = folder / "example.py"
    script.write_text(program.replace(ADDRESS, live.endpoint))
    ended = subprocess.run(
        [sys.executable, script], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.rstrip("\n")


def test_the_example_prints_what_the_readme_says(tmp_path: Path) -> None:
    program, printed = example()
    with live_server() as live:
        assert run(program, live, tmp_path) == printed


def test_the_address_of_the_example_is_where_a_server_listens_by_default() -> None:
    default = {option.name: option.default for option in OPTIONS}
    assert f"http://{default['host']}:{default['port']}" == ADDRESS
