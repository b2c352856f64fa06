"""docs/recovery.md: its examples run, one after the other, on a server whose buckets are folders."""

from pathlib import Path
from typing import Any

import pytest

from dynalite.settings import Settings
from tests.documentation.pages import Page
from tests.live import local_server

GUIDE = Page("docs/recovery.md")


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Any] = {}
    with local_server(Settings(data_folder=tmp_path, durability="os")) as server:
        idle = server.app.database.until_idle
        monkeypatch.setattr("botocore.waiter.time.sleep", lambda _: server.loop.run(idle))
        for snippet in GUIDE.snippets("python"):
            exec(snippet.at(server.endpoint), names)
    (found,) = names["exported"](tmp_path / "buckets" / "archive")
    assert found == {"title": {"S": "Sinnerman"}, "plays": {"N": "1"}}
