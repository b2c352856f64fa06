import asyncio
from collections.abc import Iterator

import pytest
import uvloop

from server.embedded.loop import Loop
from tests.server.rig import Rig

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


@pytest.fixture(params=LOOPS, scope="session")
def loop(request: pytest.FixtureRequest) -> Iterator[Loop]:
    """Both event loops: their transports differ in what they forgive."""
    loop = Loop(LOOPS[request.param])
    yield loop
    loop.close()


@pytest.fixture(params=["alone", "in turns"])
def rig(loop: Loop, request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Connections that behave as if each were the only one, and as if there were always others."""
    rig = Rig(loop, in_turns=request.param == "in turns")
    yield rig
    rig.close()
