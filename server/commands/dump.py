"""`dynalite dump`: a table into a file, or onto standard output."""

import sys
from typing import Final

from dynalite.clock import Clock
from server.client import session
from server.client.patient import Patient
from server.dumps import writing
from server.dumps.sink import opened
from server.options import Form, Given, Operand
from server.outcome import DONE
from server.terminal import Progress, report

FORM: Final = Form(
    description="Write a table to a file: how to make it, and its items as lines of DynamoDB JSON. A name"
    " that ends in .gz or .zst is compressed. A dump that was stopped goes on when it is started"
    " again.",
    options=session.WHERE,
    operands=(
        Operand("table", "the table's name"),
        Operand("file", "the file, made when it is whole; - is standard output", "-"),
    ),
    examples=(
        ("dynalite dump Songs songs.jsonl.gz", "from the server at port 8000 into a compressed file"),
        ("dynalite dump Songs --data /var/lib/dynalite | wc -l", "without a server"),
        (
            "dynalite dump Songs songs.jsonl --endpoint https://dynamodb.us-east-1.amazonaws.com",
            "from AWS, with the credentials in the environment",
        ),
    ),
)


def run(given: Given) -> int:
    table, file = given["table"], given["file"]

    async def work(api: Patient) -> int:
        sink = opened(file)
        try:
            with Progress(sys.stderr, f"dumping {table}", Clock()) as progress:
                items = await writing.write(api, table, sink, progress.at)
        finally:
            sink.close()
        said = f"Dumped {items:,} items of {table}" + ("." if file == "-" else f" to {file}.")
        members = {"table": table, "file": file, "items": items}
        report(given["output"] == "json", said, members, sys.stderr if file == "-" else sys.stdout)
        return DONE

    return session.run(given, work)
