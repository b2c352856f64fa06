"""docs/recovery.md: its examples run, one after the other, on a server whose buckets are folders."""

import re
from pathlib import Path
from typing import Any

import pytest

from dynalite.settings import Settings
from tests.live import REPOSITORY, local_server

GUIDE = (REPOSITORY / "docs/recovery.md").read_text()
SNIPPETS = re.findall(r"^```python\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Any] = {}
    with local_server(Settings(data_folder=tmp_path, durability="os")) as server:
        idle = server.app.database.until_idle
        monkeypatch.setattr("botocore.waiter.time.sleep", lambda _: server.loop.run(idle))
        for code in SNIPPETS:
            exec(code.replace("http://127.0.0.1:8000", server.endpoint), names)
    (found,) = names["exported"](tmp_path / "buckets" / "archive")
    assert found == {"title": {"S": "Sinnerman"}, "plays": {"N": "1"}}
