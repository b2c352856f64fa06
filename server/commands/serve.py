"""`dynalite serve`: the server, until it is told to end."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from server import config
from server.bounds import affordable
from server.config import Config
from server.log_settings import LogSettings
from server.options import DEFAULT, Given
from server.outcome import Failure, cannot_listen, printing

FORM: Final = config.SERVE


def run(given: Given) -> int:
    """Serve until SIGTERM or SIGINT."""
    wanted = _storable(config.of(given), given)
    wanted = replace(wanted, bounds=affordable(wanted.bounds))
    if wanted.log != LogSettings():
        from server import logs  # Python's own way will do for most

        logs.configure(wanted.log)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(wanted))
    return 0


def _storable(wanted: Config, given: Given) -> Config:
    """The same configuration; but in memory where LevelDB cannot be had and nobody has named a folder.

    Whoever has named one wants the data kept, and is told by the database that it cannot be.
    """
    if wanted.settings.data_folder is None or given.nearness("data") != DEFAULT:
        return wanted
    try:
        import dynalite.storage.binding  # noqa: F401
    except ImportError as error:
        print(
            f"dynalite: LevelDB cannot be used ({error}), so everything is kept in memory;"
            " `dynalite doctor` says what to do.",
            file=sys.stderr,
        )
        return replace(wanted, settings=replace(wanted.settings, data_folder=None))
    return wanted


async def _serve(wanted: Config) -> None:
    # Imported here, so that --help and a misspelt option need not wait for them.
    from dynalite.storage.folder import StoreError
    from server.app import App
    from server.triggers import WrongDefinition

    try:
        app = await App.open(wanted)
    except (StoreError, WrongDefinition) as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise cannot_listen(error, f"{wanted.host}:{wanted.port}", "--port") from error
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    # What exists now stays until the end, and need never be looked at again.
    gc.collect()
    gc.freeze()
    with printing():
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
    if settings.engine is not None:
        from dynalite.storage.postgres import place

        data = f"in {place(settings.engine)}, which other servers may share"
    elif settings.data_folder is None:
        data = "in memory; it is gone when the server stops"
    else:
        data = f"in {settings.data_folder.absolute()} (durability: {settings.durability})"
    if dax_address is not None:
        data += f"\nDAX: {dax_address}"
    access = wanted.access
    if access.credentials is not None:
        data += f"\nAccess keys: those in {access.credentials.absolute()}"
    scheme = "http" if access.certificate is None else "https"
    if wanted.admin and wanted.console:
        data += f"\nConsole: {scheme}://{host}:{port}/console/"
    key, secret = ("local", "local") if access.credentials is None else ("...", "...")
    return f"""Dynalite is listening at {scheme}://{host}:{port}
Data: {data}

    import boto3
    dynamodb = boto3.resource(
        "dynamodb", endpoint_url="{scheme}://{host}:{port}", region_name="us-east-1",
        aws_access_key_id="{key}", aws_secret_access_key="{secret}",
    )
"""
