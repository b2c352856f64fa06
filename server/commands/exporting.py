"""`dynalite export`: ExportTableToPointInTime, waited for."""

import sys
from typing import Final

from dynalite.clock import Clock
from server.client import buckets, session, tables
from server.client.api import Request
from server.client.buckets import Place
from server.client.patient import Patient
from server.options import Form, Given, Operand, Option, moment, one_of, under_headings
from server.outcome import DONE, Failure
from server.terminal import Progress, report

_FORMATS: Final = ("DYNAMODB_JSON", "ION")

FORM: Final = Form(
    description="Export a table with point-in-time recovery to a bucket, as it was at a moment or with what"
    " has changed since another, and wait until all of it is there. The server writes it: to the"
    " S3 server of its --s3-endpoint, or to a folder per bucket beside its data.",
    options=(
        *under_headings(
            "what",
            Option("at", "TIME", "", "the moment to export; by default the latest", moment, lasts=False),
            Option(
                "since",
                "TIME",
                "",
                "export only what has changed from this moment to --at, 15 minutes to 24 hours later",
                moment,
                lasts=False,
            ),
            Option(
                "format",
                "|".join(_FORMATS),
                _FORMATS[0],
                "what the data files hold",
                one_of(*_FORMATS),
                lasts=False,
            ),
        ),
        *session.WHERE,
    ),
    operands=(
        Operand("table", "the table's name"),
        Operand("to", "the bucket and what its keys begin with: s3://BUCKET/PREFIX"),
    ),
    examples=(
        ("dynalite export Songs s3://archive/songs", "as it is now"),
        (
            "dynalite export Songs s3://archive --since 2026-11-22T00:00Z --at 2026-11-23T00:00Z",
            "a day's changes",
        ),
    ),
)


def run(given: Given) -> int:
    table, place = given["table"], buckets.place(given["to"])
    if place is None:
        given.refuse(f"TO must be s3://BUCKET or s3://BUCKET/PREFIX, not {given['to']!r}")

    async def work(api: Patient) -> int:
        arn = (await tables.existing(api, table))["TableArn"]
        request = {"TableArn": arn, **_request(place, given["format"], given["since"], given["at"])}
        described = (await api.call("ExportTableToPointInTime", request))["ExportDescription"]
        with Progress(sys.stderr, f"exporting {table}", Clock()) as progress:
            while described["ExportStatus"] == "IN_PROGRESS":
                progress.at(0, 0, None)
                await api.pause(tables.POLL_SECONDS)
                reply = await api.call("DescribeExport", {"ExportArn": described["ExportArn"]})
                described = reply["ExportDescription"]
        if described["ExportStatus"] != "COMPLETED":
            raise Failure(
                f"The export failed: {described.get('FailureMessage')}.", described.get("FailureCode", "")
            )
        manifest = f"s3://{place.bucket}/{described['ExportManifest']}"
        said = f"Exported {described['ItemCount']:,} items of {table}:\n{manifest}"
        report(given["output"] == "json", said, {"export": described}, sys.stdout)
        return DONE

    return session.run(given, work)


def _request(place: Place, format_: str, since: float | None, at: float | None) -> Request:
    request: Request = {"S3Bucket": place.bucket, "ExportFormat": format_}
    if place.prefix:
        request["S3Prefix"] = place.prefix
    if since is not None:
        span = {"ExportFromTime": since} | ({} if at is None else {"ExportToTime": at})
        request |= {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": span}
    elif at is not None:
        request["ExportTime"] = at
    return request
