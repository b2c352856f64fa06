"""From what a command was told to somebody who answers it."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeAlias

from dynalite.clock import Clock
from dynalite.ids import Ids
from dynalite.settings import Settings
from server.client.patient import Patient
from server.config import CLIENT_OPTIONS, OPTIONS
from server.options import FLAG, Given, Option, file, under_headings

_OF_THE_FOLDER = ("account", "durability", "s3-endpoint")

WHERE: Final = (
    *CLIENT_OPTIONS,
    *under_headings(
        "without a server",
        Option(
            "data",
            "FOLDER",
            "",
            "work on this data folder, which no server may have open, instead of --endpoint",
            file,
            lasts=False,
        ),
        *(option for option in OPTIONS if option.name in _OF_THE_FOLDER),
    ),
)
"""The options of every command that asks for operations."""


Work: TypeAlias = Callable[[Patient], Coroutine[Any, Any, int]]


def run(given: Given, work: Work, *, may_be_new: bool = False) -> int:
    """Do `work` with the server or the folder that was named. Returns its exit status. The folder has to be
    there unless it `may_be_new`.
    """
    if given["data"] is not None and given.nearness("endpoint") == FLAG:
        given.refuse("--data and --endpoint exclude each other")
    return asyncio.run(_run(given, work, may_be_new))


async def _run(given: Given, work: Work, may_be_new: bool) -> int:
    folder: Path | None = given["data"]
    if folder is not None:
        from server.client.in_folder import Folder

        settings = Settings(
            data_folder=folder,
            account=given["account"],
            durability=given["durability"],
            s3_endpoint=given["s3-endpoint"],
        )
        async with Folder(settings, given["region"], may_be_new) as opened:
            return await work(Patient(opened, Ids()))
    from server.client import signing
    from server.client.over_http import Http

    who = signing.credentials(os.environ)
    async with Http(given["endpoint"], given["region"], who, Clock()) as http:
        return await work(Patient(http, Ids()))
