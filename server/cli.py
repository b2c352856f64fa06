"""The command line: `dynalite serve`, and `python -m server` for the same.

Whatever keeps the server from starting is said in one sentence, with exit status 1 (2 when the command line
itself is wrong). Tracebacks are for errors that nobody foresaw.
"""

import asyncio
import errno
import gc
import os
import signal
import sys
from collections.abc import Callable

from server import config
from server.config import Config

USAGE = """usage: dynalite serve [options]

Serve DynamoDB's API, with the data in a folder or in memory.
`dynalite serve --help` lists the options.
"""


def main(arguments: list[str] | None = None) -> int:
    """The `dynalite` command."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["serve"]:
        return serve(arguments[1:], "dynalite serve")
    asked = arguments[:1] in (["--help"], ["-h"])
    print(USAGE, end="", file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


def serve(arguments: list[str], program: str) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit status."""
    wanted = config.read(arguments, os.environ, program)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(wanted))
    except CannotStart as sentence:
        print(f"dynalite: {sentence}", file=sys.stderr)
        return 1
    return 0


class CannotStart(Exception):
    """Something foreseeable keeps the server from starting; the message is for whoever started it."""


async def _serve(wanted: Config) -> None:
    # Imported here, so that --help need not wait for them.
    from dynalite.storage.folder import StoreError
    from server.app import App
    from server.triggers.definition import WrongDefinition

    try:
        app = await App.open(wanted)
    except (StoreError, WrongDefinition) as error:
        raise CannotStart(str(error)) from error
    except OSError as error:
        raise CannotStart(_cannot_listen(error, f"{wanted.host}:{wanted.port}")) from error
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    # What exists now stays until the end, and need never be looked at again.
    gc.collect()
    gc.freeze()
    print(_banner(wanted, app.port, app.dax.address if app.dax else None), flush=True)
    await stopping.wait()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)  # who asks twice does not want to wait
    await app.close()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loop where it is installed: about twice as fast."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _banner(wanted: Config, port: int, dax_address: str | None) -> str:
    host = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
    settings = wanted.settings
    if settings.data_folder is None:
        data = "in memory; it is gone when the server stops"
    else:
        data = f"in {settings.data_folder.absolute()} (durability: {settings.durability})"
    if dax_address is not None:
        data += f"\nDAX: {dax_address}"
    return f"""Dynalite is listening at http://{host}:{port}
Data: {data}

    import boto3
    dynamodb = boto3.resource(
        "dynamodb", endpoint_url="http://{host}:{port}", region_name="us-east-1",
        aws_access_key_id="any", aws_secret_access_key="any",
    )
"""


def _cannot_listen(error: OSError, address: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Another program listens at {address} already; choose another --port, or 0 for any free one."
    return f"The server cannot listen at {address}: {error.strerror}."
