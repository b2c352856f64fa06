"""Somebody who answers a command's requests as a test wants it: no server, no time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from dynalite.ids import Ids
from server.client.api import Reply, Request
from server.client.patient import Patient
from tests.cli.tables import PLAIN

T = TypeVar("T")

DESCRIBED = {
    **PLAIN,
    "TableStatus": "ACTIVE",
    "TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/Plain",
    "TableId": "first",
    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
}


class Scripted:
    """A table `Plain` of `pages` pages of items, which takes whatever is put into it.

    `trouble` is called before each request, with its number among all requests, and may raise.
    """

    place = "nowhere"

    def __init__(self, pages: int = 0, per_page: int = 0, trouble: Callable[[int], None] | None = None):
        self.pages = pages
        self.per_page = per_page
        self.trouble = trouble
        self.asked: list[str] = []
        self.paused_seconds: list[float] = []
        self.described: dict[str, Any] = dict(DESCRIBED)
        self.put = 0

    async def call(self, operation: str, request: Request) -> Reply:
        self.asked.append(operation)
        if self.trouble is not None:
            self.trouble(len(self.asked))
        await asyncio.sleep(0)
        answer: Reply = getattr(self, f"_{operation}")(request)
        return answer

    async def pause(self, seconds: float) -> None:
        self.paused_seconds.append(seconds)

    def patient(self) -> Patient:
        return Patient(self, Ids(seed=1))

    def _DescribeTable(self, request: Request) -> Reply:  # noqa: N802
        return {"Table": self.described}

    def _ListTagsOfResource(self, request: Request) -> Reply:  # noqa: N802
        return {}

    def _DescribeTimeToLive(self, request: Request) -> Reply:  # noqa: N802
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}

    def _DescribeContinuousBackups(self, request: Request) -> Reply:  # noqa: N802
        return {"ContinuousBackupsDescription": {}}

    def _Scan(self, request: Request) -> Reply:  # noqa: N802
        start = int(request.get("ExclusiveStartKey", {"id": {"S": "0"}})["id"]["S"])
        stop = start + self.per_page
        items = [{"id": {"S": f"{number:09}"}, "text": {"S": "x" * 100}} for number in range(start, stop)]
        last = {} if stop >= self.pages * self.per_page else {"LastEvaluatedKey": {"id": {"S": str(stop)}}}
        return {"Items": items, **last}

    def _BatchWriteItem(self, request: Request) -> Reply:  # noqa: N802
        self.put += len(request["RequestItems"]["Plain"])
        return {"UnprocessedItems": {}}


def wait(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


def unwatched(done: float, total: float, items: int | None) -> None:
    """For progress that nobody watches."""
