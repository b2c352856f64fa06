"""From a table to a dump."""

from typing import Final

import orjson

from server.client import tables
from server.client.api import Api, Request
from server.dumps import definition
from server.dumps.sink import Reached, Sink
from server.terminal import Watch

VERSION: Final = 1


async def write(api: Api, table: str, sink: Sink, watch: Watch) -> int:
    """Dump a table. Returns how many items the dump holds."""
    described = await tables.existing(api, table)
    header = {
        "Version": VERSION,
        "TableName": described["TableName"],
        "CreateTable": await definition.create_table(api, described),
        "Afterwards": await definition.settings(api, table),
    }
    subject = {"place": api.place, "table": described["TableArn"], "id": described.get("TableId", "")}
    reached = sink.begin(subject, _line({"Dump": header}))
    total = described.get("ItemCount", 0)
    while reached is None or reached.after is not None:
        request: Request = {"TableName": table, "ConsistentRead": True}
        if reached is not None:
            request["ExclusiveStartKey"] = reached.after
        reply = await api.call("Scan", request)
        items = len(reply["Items"]) + (reached.items if reached is not None else 0)
        reached = Reached(items, reply.get("LastEvaluatedKey"))
        sink.page(b"".join(_line({"Item": item}) for item in reply["Items"]), reached)
        watch(items, total, items)
    sink.end(_line({"End": {"Items": reached.items}}))
    return reached.items


def _line(members: object) -> bytes:
    return orjson.dumps(members) + b"\n"
