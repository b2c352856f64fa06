"""The pictures of docs/console.md: `make screenshots`. They show a made-up shop, whose data are the same each
time.
"""

import random
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.admin.desk import Desk
from tests.console.conftest import PROGRAMS
from tests.console.visitor import Visitor
from tests.live import REPOSITORY, LiveServer, live_server

FOLDER = REPOSITORY / "docs" / "console"
NOON = "2030-01-31T12:00:00Z"
MINUTES = 28
STATES = ("placed", "paid", "packed", "shipped")
GOODS = ("teapot", "lamp", "kettle", "blanket", "notebook", "vase")
ORDERS: dict[str, Any] = {
    "TableName": "Orders",
    "KeySchema": [
        {"AttributeName": "customer", "KeyType": "HASH"},
        {"AttributeName": "order", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("customer", "order", "state")
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-state",
            "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
        }
    ],
    "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


class Shop:
    """Orders that are placed and move on, minute by minute of a clock that stands in between."""

    def __init__(self, server: LiveServer) -> None:
        self.client = server.client()
        self.desk = Desk(server.endpoint)
        self._random = random.Random(11)
        self._open: list[tuple[str, str]] = []

    def found(self) -> None:
        self.desk.post("/_admin/clock", freeze=True, set=NOON)
        self.client.create_table(**ORDERS)
        for name in ("Customers", "Products", "Sessions"):
            self.client.create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        on = {"PointInTimeRecoveryEnabled": True}
        self.client.update_continuous_backups(TableName="Orders", PointInTimeRecoverySpecification=on)

    def minute(self, number: int) -> None:
        for work, least, most in (
            (self._place, 3, 9),
            (self._move_on, 20, 30 + 5 * number),
            (self._look, 10, 60),
        ):
            for _ in range(self._random.randrange(least, most)):
                with suppress(self.client.exceptions.ProvisionedThroughputExceededException):
                    work()
        self.desk.post("/_admin/clock", advance=60)

    def _look(self) -> None:
        customer, _ = self._random.choice(self._open)
        self.client.query(
            TableName="Orders",
            KeyConditionExpression="customer = :c",
            ExpressionAttributeValues={":c": {"S": customer}},
            ConsistentRead=True,
        )

    def _place(self) -> None:
        customer = f"customer-{self._random.randrange(1, 30):03}"
        order = f"2030-01-31#{self._random.randrange(10**5):05}"
        goods = self._random.sample(GOODS, self._random.randrange(1, 3))
        item = {
            "customer": {"S": customer},
            "order": {"S": order},
            "state": {"S": STATES[0]},
            "total": {"N": f"{self._random.randrange(900, 9900) / 100:.2f}"},
            "goods": {"SS": goods},
            "address": {"M": {"city": {"S": "Utrecht"}, "floor": {"N": str(self._random.randrange(5))}}},
        }
        self.client.put_item(TableName="Orders", Item=item)
        self._open.append((customer, order))

    def _move_on(self) -> None:
        customer, order = self._random.choice(self._open)
        self.client.update_item(
            TableName="Orders",
            Key={"customer": {"S": customer}, "order": {"S": order}},
            UpdateExpression="SET #s = :s",
            ExpressionAttributeNames={"#s": "state"},
            ExpressionAttributeValues={":s": {"S": self._random.choice(STATES[1:])}},
        )


def take(visitor: Visitor, name: str) -> None:
    visitor.page.mouse.move(0, 0)
    visitor.page.wait_for_timeout(300)
    visitor.page.screenshot(path=FOLDER / f"{name}.png")


def items(visitor: Visitor) -> None:
    visitor.go("tables", "Orders")
    visitor.page.get_by_text("Query", exact=True).click()
    visitor.page.get_by_label("Table or index").select_option("by-state")
    visitor.field("state").fill("shipped")
    visitor.press("Run")
    rows = "[...document.querySelectorAll('tbody tr')]"
    visitor.until(f"{rows}.every(row => row.textContent.includes('shipped'))")
    visitor.rows("Items")
    take(visitor, "items")


def stream(visitor: Visitor) -> None:
    visitor.go("tables", "Orders", "stream")
    visitor.page.get_by_text("From the beginning", exact=True).click()
    visitor.page.locator(".tail .badge.accent").first.click()
    take(visitor, "stream")


def recovery(visitor: Visitor) -> None:
    visitor.go("tables", "Orders", "recovery")
    time = visitor.field("Time (UTC)")
    time.fill("2030-01-31 12:24:30")
    time.press("Enter")
    visitor.rows("Differences")
    take(visitor, "recovery")


def capacity(visitor: Visitor) -> None:
    visitor.go("tables", "Orders", "capacity")
    visitor.rows("Operations")
    take(visitor, "capacity")


PICTURES: dict[Callable[[Visitor], None], str] = {
    items: "light",
    stream: "light",
    recovery: "dark",
    capacity: "light",
}


def main() -> int:
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        print("There is no Chromium.", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with live_server("--enforce-capacity") as server, sync_playwright() as playwright:
        shop = Shop(server)
        shop.found()
        for number in range(MINUTES):
            shop.minute(number)
        chromium = playwright.chromium.launch(executable_path=program)
        for picture, scheme in PICTURES.items():
            visitor = Visitor(chromium, server.endpoint, color_scheme=scheme)
            picture(visitor)
            visitor.leave()
        chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
