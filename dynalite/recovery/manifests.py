"""Where an export puts its objects, and what its manifests say (the developer guide describes both).

<prefix>/AWSDynamoDB/<ExportId>/_started                       empty: the bucket can be written to
<prefix>/AWSDynamoDB/<ExportId>/data/<file>.json.gz            the items, gzipped lines
<prefix>/AWSDynamoDB/<ExportId>/manifest-files.json            one line of JSON for each data file
<prefix>/AWSDynamoDB/<ExportId>/manifest-files.checksum        its MD5, in base64
<prefix>/AWSDynamoDB/<ExportId>/manifest-summary.json          the export as a whole
<prefix>/AWSDynamoDB/<ExportId>/manifest-summary.checksum      its MD5, in base64
"""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import md5
from typing import TypedDict

import orjson

from dynalite.recovery.transfers import Members, Transfer, moment

EXTENSIONS = {"DYNAMODB_JSON": "json.gz", "ION": "ion.gz"}
_FULL_VERSION = "2020-06-30"
_INCREMENTAL_VERSION = "2023-08-01"


class DataFile(TypedDict):
    """A data file as the manifest has it."""

    itemCount: int
    md5Checksum: str
    etag: str
    dataFileS3Key: str


def folder(transfer: Transfer) -> str:
    """What the keys of an export's objects begin with."""
    prefix = transfer.request.get("S3Prefix")
    return f"{prefix.rstrip('/')}/AWSDynamoDB/{transfer.id}" if prefix else f"AWSDynamoDB/{transfer.id}"


def data_key(transfer: Transfer, name: str) -> str:
    extension = EXTENSIONS[transfer.description["ExportFormat"]]
    base = folder(transfer)
    if "IncrementalExportSpecification" in transfer.description:
        base = base.removesuffix(f"/{transfer.id}")
    return f"{base}/data/{name}.{extension}"


def closing(transfer: Transfer, files: Sequence[DataFile], ended_at: float) -> list[tuple[str, bytes]]:
    """The last objects of an export, in the order in which they are to be written: keys and contents."""
    base = folder(transfer)
    listing = b"".join(orjson.dumps(file) + b"\n" for file in files)
    summary = orjson.dumps(_summary(transfer, f"{base}/manifest-files.json", ended_at))
    return [
        (f"{base}/manifest-files.json", listing),
        (f"{base}/manifest-files.checksum", _checksum(listing)),
        (f"{base}/manifest-summary.json", summary),
        (f"{base}/manifest-summary.checksum", _checksum(summary)),
    ]


def _summary(transfer: Transfer, files_key: str, ended_at: float) -> Members:
    described = transfer.description
    specification = described.get("IncrementalExportSpecification")
    summary = {
        "version": _FULL_VERSION if specification is None else _INCREMENTAL_VERSION,
        "exportArn": transfer.arn,
        "startTime": moment(described["StartTime"]),
        "endTime": moment(ended_at),
        "tableArn": described["TableArn"],
        "tableId": described["TableId"],
        **_times(described),
        "s3Bucket": described["S3Bucket"],
        "s3Prefix": described.get("S3Prefix"),
        "s3SseAlgorithm": described["S3SseAlgorithm"],
        "s3SseKmsKeyId": described.get("S3SseKmsKeyId"),
        "manifestFilesS3Key": files_key,
        "billedSizeBytes": described["BilledSizeBytes"],
        "itemCount": described["ItemCount"],
        "outputFormat": described["ExportFormat"],
    }
    if specification is not None:
        summary |= {
            "outputView": specification["ExportViewType"],
            "exportType": described["ExportType"],
        }
    return summary


def _times(described: Members) -> Members:
    specification = described.get("IncrementalExportSpecification")
    if specification is None:
        return {"exportTime": moment(described["ExportTime"])}
    return {
        "exportFromTime": moment(specification["ExportFromTime"]),
        "exportToTime": moment(specification["ExportToTime"]),
    }


def _checksum(content: bytes) -> bytes:
    return b64encode(md5(content, usedforsecurity=False).digest())
