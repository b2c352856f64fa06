"""`dynalite load`: a file that `dynalite dump` has written, or the service has exported, into a table."""

import sys
from pathlib import Path
from typing import Final

from dynalite.clock import Clock
from server.client import session
from server.client.patient import Patient
from server.dumps import loading
from server.dumps.source import Source
from server.options import Form, Given, Operand, Option, count, under_headings
from server.outcome import DONE
from server.terminal import Progress, report

FORM: Final = Form(
    description="Put the items of a dump into its table, which is made as it was if it is not there. A load"
    " that was stopped goes on when it is started again. A data file of an export (a line for"
    " each item) is loaded into a table that exists.",
    options=(
        *under_headings(
            "what",
            Option("table", "NAME", "", "load into the table of this name, not the dump's", str, lasts=False),
            Option(
                "at-once",
                "N",
                "8",
                "how many batches of 25 items are on their way at a time",
                count(1, 64),
                lasts=False,
            ),
        ),
        *session.WHERE,
    ),
    operands=(
        Operand(
            "file", "the file, compressed if it ends in .gz or .zst; - is standard input, not compressed"
        ),
    ),
    examples=(
        ("dynalite load songs.jsonl.gz", "make the table and put its items into it"),
        ("dynalite load songs.jsonl.gz --table Copy --at-once 16", "under another name, and faster"),
        ("dynalite dump Songs | dynalite load - --endpoint http://127.0.0.1:8001", "to another server"),
    ),
)


def run(given: Given) -> int:
    file = given["file"]

    async def work(api: Patient) -> int:
        source = Source(sys.stdin.buffer) if file == "-" else Source.open(Path(file))
        try:
            with Progress(sys.stderr, "loading", Clock()) as progress:
                loaded = await loading.load(
                    api, source, given["table"] or None, progress.at, given["at-once"]
                )
        finally:
            source.close()
        said = f"Loaded {loaded.items:,} items into {loaded.table}"
        said += f", {loaded.earlier:,} of them earlier." if loaded.earlier else "."
        members = {
            "table": loaded.table,
            "items": loaded.items,
            "earlier": loaded.earlier,
            "made": loaded.made,
        }
        report(given["output"] == "json", said, members, sys.stdout)
        return DONE

    return session.run(given, work, may_be_new=True)
