"""Capacity over HTTP: SDKs try again and succeed, the admin API explains, Prometheus scrapes."""

import threading
import urllib.request
from collections.abc import Iterator

import pytest
from botocore.config import Config

from dynalite.settings import Settings
from tests.admin.desk import Desk
from tests.capacity.tables import provisioned
from tests.live import LocalServer, local_server
from tests.operations.service import item


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server(Settings(enforce_capacity=True)) as running:
        yield running


@pytest.fixture
def desk(server: LocalServer) -> Iterator[Desk]:
    desk = Desk(server.endpoint)
    yield desk
    desk.post("/_admin/clock", reset=True)
    desk.post("/_admin/reset")
    desk.post("/_admin/capacity/reset")


def test_an_sdk_tries_again_and_succeeds(server: LocalServer, desk: Desk) -> None:
    desk.post("/_admin/clock", freeze=True)
    patient = server.client(config=Config(retries={"total_max_attempts": 10, "mode": "standard"}))
    patient.create_table(**provisioned(1, 1))
    for number in range(300):
        patient.put_item(TableName="Plain", Item=item(id=f"k{number}"))
    once = server.client()
    with pytest.raises(once.exceptions.ProvisionedThroughputExceededException) as refused:
        once.put_item(TableName="Plain", Item=item(id="late"))
    assert (
        refused.value.response["ThrottlingReasons"][0]["reason"] == "TableWriteProvisionedThroughputExceeded"
    )

    relief = threading.Timer(0.3, lambda: desk.post("/_admin/clock", advance=5))
    relief.start()
    answer = patient.put_item(TableName="Plain", Item=item(id="late"))
    relief.join()
    assert answer["ResponseMetadata"]["RetryAttempts"] > 0


def test_the_admin_api_explains_and_prometheus_scrapes(server: LocalServer, desk: Desk) -> None:
    client = server.client()
    client.create_table(**provisioned(5, 5))
    client.put_item(TableName="Plain", Item=item(id="a"))
    client.scan(TableName="Plain")
    told = desk.get("/_admin/capacity")
    assert told["enforced"] is True
    (table,) = told["tables"]
    assert table["operations"]["Scan"]["read_units"] == 0.5
    assert table["hottest_keys"]["writes"] == [{"key": item(id="a"), "units": 1.0}]

    with urllib.request.urlopen(server.endpoint + "/metrics", timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        lines = answer.read().decode().splitlines()
    labels = '{region="us-east-1",table="Plain",index="",operation="PutItem"}'
    assert f"dynalite_consumed_write_units_total{labels} 1.0" in lines
    assert all(line.startswith("#") or len(line.rsplit(" ", 1)) == 2 for line in lines)

    desk.post("/_admin/capacity/reset")
    (table,) = desk.get("/_admin/capacity")["tables"]
    assert table["consumed"] == {"read_units": 0.0, "write_units": 0.0}
