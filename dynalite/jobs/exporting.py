"""Writes exports: once a table's past state is restored (`jobs/restoring.py`), it goes to the bucket, file by
file.

The restored items do not change, so an export is nothing but a cursor. A data file is written, then noted
with the cursor; its name follows from the export and its number, so one that a killed server did not note is
written again under the same name. The manifests come last: what has a summary is complete.
"""

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import replace

from dynalite.capacity.simultaneous import EXPORTED_FROM
from dynalite.catalog.schema import Table
from dynalite.operations import exports
from dynalite.operations.context import Context
from dynalite.recovery import lines, manifests, transfers
from dynalite.recovery.buckets import NoSuchBucket, Unreachable
from dynalite.recovery.lines import Line
from dynalite.recovery.manifests import DataFile
from dynalite.recovery.transfers import Transfer

_ROWS_PER_PAGE = 2000
_PAGE_BYTES = 1 << 20
_PAGES_PER_FILE = 16
_LEVEL = 6  # of compression
_NAME_DIGITS = 26


async def step(context: Context) -> bool:
    restored = [
        table
        for table in context.catalog.stored()
        if table.region == exports.REGION and table.restore is not None and table.restore.done
    ]
    for table in restored:
        await _advance(context, table)
    return bool(restored)


async def _advance(context: Context, table: Table) -> None:
    region = table.settings[EXPORTED_FROM]
    transfer = await transfers.get(context.engine, "export", region, table.name)
    if transfer is None or transfer.description["ExportStatus"] != "IN_PROGRESS":
        await context.catalog.change(table.region, table.name, lambda _: (None, None))
        return
    try:
        await _write_file(context, table, transfer)
    except NoSuchBucket:
        await _fail(context, transfer, "S3NoSuchBucket", "The specified bucket does not exist")
    except Unreachable as error:
        await _fail(context, transfer, "S3Unavailable", str(error))


# ------------------------------------------------------------------ files


async def _write_file(context: Context, table: Table, transfer: Transfer) -> None:
    """Write the next data file; after the last, the manifests."""
    files: list[DataFile] = list(transfer.state["files"])
    bucket = transfer.description["S3Bucket"]
    if not files:
        await asyncio.to_thread(context.buckets.put, bucket, f"{manifests.folder(transfer)}/_started", b"")
    source = lines.source(transfer, table, context.hash)
    start = bytes.fromhex(transfer.state["copied"]) + b"\x00" if "copied" in transfer.state else source.start
    found: list[Line] = []
    pages = 0
    while pages < _PAGES_PER_FILE:
        rows = await context.engine.scan(start, source.stop, limit=_ROWS_PER_PAGE, max_bytes=_PAGE_BYTES)
        if not rows:
            break
        found += [line for _, value in rows if (line := source.line(value)) is not None]
        start = rows[-1][0] + b"\x00"
        pages += 1
        await asyncio.sleep(0)
    if found or not files:
        name = context.hash(f"\xff{transfer.id}\x00{len(files)}".encode()).hex()[:_NAME_DIGITS]
        key = manifests.data_key(transfer, name)
        content = b"".join(line.text for line in found)
        stored = await asyncio.to_thread(
            lambda: context.buckets.put(bucket, key, gzip.compress(content, _LEVEL, mtime=0))
        )
        files.append(
            DataFile(itemCount=len(found), md5Checksum=stored.md5, etag=stored.etag, dataFileS3Key=key)
        )
    size_bytes = transfer.state.get("size_bytes", 0) + sum(line.size for line in found)
    state = {"files": files, "copied": start[:-1].hex(), "size_bytes": size_bytes}
    transfer = replace(transfer, state=state)
    if pages == _PAGES_PER_FILE:
        await transfers.put(context.engine, transfer)
    else:
        await _complete(context, transfer, files, size_bytes)


# ------------------------------------------------------------------ the end


async def _complete(context: Context, transfer: Transfer, files: list[DataFile], size_bytes: int) -> None:
    now = context.clock.now()
    figures = {"BilledSizeBytes": size_bytes, "ItemCount": sum(file["itemCount"] for file in files)}
    transfer = replace(transfer, description={**transfer.description, **figures})
    for key, content in manifests.closing(transfer, files, now):
        await asyncio.to_thread(context.buckets.put, transfer.description["S3Bucket"], key, content)
    ended = {
        "ExportStatus": "COMPLETED",
        "EndTime": round(now, 3),
        "ExportManifest": f"{manifests.folder(transfer)}/manifest-summary.json",
    }
    await _note(context, transfer, ended)


async def _fail(context: Context, transfer: Transfer, code: str, message: str) -> None:
    ended = {
        "ExportStatus": "FAILED",
        "EndTime": round(context.clock.now(), 3),
        "FailureCode": code,
        "FailureMessage": message,
    }
    await _note(context, transfer, ended)


async def _note(context: Context, transfer: Transfer, ended: Mapping[str, object]) -> None:
    done = replace(transfer, description={**transfer.description, **ended}, state={"files": []})
    await transfers.put(context.engine, done)
