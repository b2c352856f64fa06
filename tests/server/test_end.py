"""Whether requests should be sent here, and how a server ends: it says so first, and drops nothing."""

import asyncio
import json
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from dynalite.settings import Settings
from server.bounds import Bounds
from server.triggers.collection import Triggers
from tests.live import local_server
from tests.server.rig import Reply, Rig, Wire, json_of, post

HEALTH = b"GET /_health HTTP/1.1\r\nHost: x\r\n\r\n"


def asked(wire: Wire) -> tuple[int, Any]:
    wire.send(HEALTH)
    reply = wire.read("GET")
    return reply.status, json_of(reply.body)


def health(rig: Rig) -> Reply:
    return rig.ask(HEALTH, "GET")


def test_a_server_that_takes_writes_is_ready(rig: Rig) -> None:
    assert (health(rig).status, json.loads(health(rig).body)) == (200, {"status": "ready"})


def test_one_that_takes_none_says_why_it_is_not(rig: Rig) -> None:
    rig.unready = "The disk is full."
    reply = health(rig)
    assert reply.status == 503
    assert json_of(reply.body) == {"status": "failed", "reason": "The disk is full."}
    assert rig.ask(b"GET / HTTP/1.1\r\n\r\n", "GET").status == 200, "it is alive"


def test_a_write_that_fails_makes_a_server_unready(tmp_path: Any, monkeypatch: Any) -> None:
    with local_server(Settings(data_folder=tmp_path, durability="os")) as server:
        wire = Wire(("127.0.0.1", server.app.port))
        assert asked(wire)[0] == 200
        engine: Any = server.app.database.engine
        engine._commit._stop(OSError("no space left"))
        status, body = asked(wire)
        assert (status, body["status"]) == (503, "failed")
        assert "no space left" in body["reason"]
        wire.close()


def test_what_came_just_before_the_end_is_answered(rig: Rig) -> None:
    """Read, but not yet taken: its turn would have come next."""
    with rig.connect() as wire:
        rig.until(lambda: len(rig.front.doors) == 1)
        (door,) = rig.doors

        def receive_and_leave() -> None:
            door.data_received(post())
            door.leave()

        rig.loop.call(receive_and_leave)
        assert wire.read().status == 200
        assert wire.ended


def test_a_server_that_is_about_to_end_says_so_with_every_answer(rig: Rig) -> None:
    with rig.connect() as idle, rig.connect() as busy:
        idle.send(post())
        assert idle.read().headers["Connection"] == "keep-alive"
        busy.send(post("Wait"))
        rig.until(lambda: rig.script.begun == ["Echo", "Wait"])
        rig.front.draining = True
        assert (health(rig).status, json_of(health(rig).body)["status"]) == (503, "draining")
        idle.send(post())
        reply = idle.read()
        assert (reply.status, reply.headers["Connection"]) == (200, "close")
        assert idle.ended
        assert rig.ask(post()).status == 200, "new connections are taken until it ends"


def test_a_request_that_runs_at_the_end_is_answered_with_a_farewell(rig: Rig) -> None:
    def leave() -> None:
        for door in tuple(rig.front.doors):
            door.leave()

    with rig.connect() as busy:
        busy.send(post("Wait"))
        rig.until(lambda: rig.script.begun == ["Wait"])
        rig.loop.call(leave)
        rig.open_gate()
        reply = busy.read()
        assert (reply.status, reply.headers["Connection"]) == (200, "close")
        assert busy.ended


def test_the_port_is_open_while_it_drains_and_closed_afterwards() -> None:
    with local_server(bounds=Bounds(drain_seconds=0.3)) as server:
        wire = Wire(("127.0.0.1", server.app.port))
        assert asked(wire)[0] == 200
        ended: Future[None] = asyncio.run_coroutine_threadsafe(server.app.close(), server.loop.loop)
        probe = Wire(("127.0.0.1", server.app.port))
        status, body = asked(probe)
        assert (status, body["status"]) == (503, "draining")
        wire.send(post("ListTables"))
        assert wire.read().headers["Connection"] == "close"
        ended.result(10)
        for one in (wire, probe):
            assert one.ended
            one.close()


def test_a_long_poll_does_not_outlast_the_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    async def for_ever(triggers: Triggers, at_most_seconds: float) -> bool:
        begun.set()
        await asyncio.Event().wait()
        return True

    monkeypatch.setattr(Triggers, "drain", for_ever)
    with local_server(bounds=Bounds(grace_seconds=0.4)) as server:
        wire = Wire(("127.0.0.1", server.app.port))
        head = b"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        wire.send(b"POST /_admin/drain HTTP/1.1\r\n" + head)
        assert begun.wait(10)
        asyncio.run_coroutine_threadsafe(server.app.close(), server.loop.loop).result(10)
        assert wire.ended
        wire.close()


def test_the_database_is_closed_though_something_before_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder stayed taken: only an error of one kind was expected."""

    async def fail(triggers: Triggers) -> None:
        raise RuntimeError("a function does not end")

    settings = Settings(data_folder=tmp_path)
    with local_server(settings) as server:
        with monkeypatch.context() as broken:
            broken.setattr(Triggers, "close", fail)
            with pytest.raises(RuntimeError, match="does not end"):
                server.loop.run(server.app.close)
        with local_server(settings) as next_one:
            assert next_one.client().list_tables()["TableNames"] == []
