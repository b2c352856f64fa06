"""`dynalite import`: ImportTable, waited for."""

import sys
from pathlib import Path
from typing import Any, Final

import orjson

from dynalite.clock import Clock
from server.client import buckets, session, tables
from server.client.api import Request
from server.client.buckets import Place
from server.client.patient import Patient
from server.options import Form, Given, Operand, Option, file, one_of, under_headings
from server.outcome import DONE, Failure
from server.terminal import Progress, report

_FORMATS: Final = ("DYNAMODB_JSON", "ION", "CSV")
_COMPRESSIONS: Final = ("NONE", "GZIP", "ZSTD")
_KEY_TYPES: Final = ("S", "N", "B")
_CREATION: Final = (
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "OnDemandThroughput",
    "SSESpecification",
    "GlobalSecondaryIndexes",
)
"""What ImportTable takes of a CreateTable request."""


def _keys(text: str) -> list[tuple[str, str]]:
    """Key attributes with their types, from lines of `NAME:TYPE`."""
    found = []
    for line in filter(None, text.split("\n")):
        name, _, type_ = line.rpartition(":")
        if not name or type_ not in _KEY_TYPES:
            raise ValueError("must be NAME:S, NAME:N or NAME:B")
        found.append((name, type_))
    if len(found) > 2:
        raise ValueError("must be given once or twice")
    return found


FORM: Final = Form(
    description="Make a new table of the files in a bucket, and wait until all of them are in it. The"
    " server reads them: from the S3 server of its --s3-endpoint, or from a folder per bucket"
    " beside its data.",
    options=(
        *under_headings(
            "what",
            Option(
                "key",
                "NAME:TYPE",
                "",
                "an attribute of the key and its type (S, N or B): the partition key, then the sort key",
                _keys,
                repeats=True,
                lasts=False,
            ),
            Option(
                "like",
                "FILE",
                "",
                "make the table as this file says: a CreateTable request as JSON, or a dump's first line",
                file,
                lasts=False,
            ),
            Option(
                "format",
                "|".join(_FORMATS),
                _FORMATS[0],
                "what the files hold",
                one_of(*_FORMATS),
                lasts=False,
            ),
            Option(
                "compression",
                "|".join(_COMPRESSIONS),
                _COMPRESSIONS[0],
                "how the files are compressed",
                one_of(*_COMPRESSIONS),
                lasts=False,
            ),
            Option(
                "delimiter", "CHARACTER", ",", "what separates the values of a CSV file", str, lasts=False
            ),
            Option(
                "columns",
                "NAMES",
                "",
                "the columns of CSV files whose first line does not name them, separated by commas",
                str,
                lasts=False,
            ),
        ),
        *session.WHERE,
    ),
    operands=(
        Operand("source", "the bucket and what its keys begin with: s3://BUCKET/PREFIX"),
        Operand("table", "the new table's name"),
    ),
    examples=(
        ("dynalite import s3://archive/songs Songs --key artist:S --key title:S", "from an export's files"),
        ("dynalite import s3://lists/users.csv Users --key id:N --format CSV", "from a table of text"),
    ),
)


def run(given: Given) -> int:
    table, place = given["table"], buckets.place(given["source"])
    if place is None:
        given.refuse(f"SOURCE must be s3://BUCKET or s3://BUCKET/PREFIX, not {given['source']!r}")
    if bool(given["key"]) is (given["like"] is not None):
        given.refuse("one of --key and --like must say what the table's key is")
    request = _request(given, place, table)

    async def work(api: Patient) -> int:
        described = (await api.call("ImportTable", request))["ImportTableDescription"]
        with Progress(sys.stderr, f"importing {table}", Clock()) as progress:
            while described["ImportStatus"] in ("IN_PROGRESS", "CANCELLING"):
                progress.at(0, 0, described.get("ProcessedItemCount", 0))
                await api.pause(tables.POLL_SECONDS)
                reply = await api.call("DescribeImport", {"ImportArn": described["ImportArn"]})
                described = reply["ImportTableDescription"]
        _judge(described)
        said = f"Imported {described['ImportedItemCount']:,} items into {table}."
        report(given["output"] == "json", said, {"import": described}, sys.stdout)
        return DONE

    return session.run(given, work, may_be_new=True)


def _judge(described: dict[str, Any]) -> None:
    """Raise what went wrong: an import can fail, and it can leave items out."""
    code = described.get("FailureCode", "")
    errors = described.get("ErrorCount", 0)
    if errors:
        raise Failure(
            f"{errors:,} of {described['ProcessedItemCount']:,} items could not be imported;"
            f" the log is {described.get('CloudWatchLogGroupArn', 'not kept')}.",
            code,
        )
    if described["ImportStatus"] != "COMPLETED":
        raise Failure(f"The import failed: {described.get('FailureMessage')}", code)


def _request(given: Given, place: Place, table: str) -> Request:
    source: Request = {"S3Bucket": place.bucket}
    if place.prefix:
        source["S3KeyPrefix"] = place.prefix
    creation = _like(given["like"]) if given["like"] is not None else _of_keys(given["key"])
    request: Request = {
        "S3BucketSource": source,
        "InputFormat": given["format"],
        "InputCompressionType": given["compression"],
        "TableCreationParameters": {**creation, "TableName": table},
    }
    if given["format"] == "CSV":
        csv: Request = {"Delimiter": given["delimiter"]}
        if given["columns"]:
            csv["HeaderList"] = given["columns"].split(",")
        request["InputFormatOptions"] = {"Csv": csv}
    return request


def _of_keys(keys: list[tuple[str, str]]) -> Request:
    return {
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": type_} for name, type_ in keys],
        "KeySchema": [
            {"AttributeName": name, "KeyType": kind}
            for (name, _), kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }


def _like(path: Path) -> Request:
    try:
        with open(path, "rb") as opened:
            line = opened.readline()
            found = orjson.loads(line if b'"Dump"' in line[:16] else line + opened.read())
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise Failure(f"{path} does not hold JSON: {error}.") from error
    if isinstance(found, dict) and "Dump" in found:
        found = found["Dump"]["CreateTable"]
    if not isinstance(found, dict) or "KeySchema" not in found:
        raise Failure(f"{path} does not say what a table's key is.")
    return {name: found[name] for name in _CREATION if name in found}
