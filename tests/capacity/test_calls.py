"""How often operations may be called, where capacity is enforced."""

from collections.abc import Iterator

import pytest

from dynalite.capacity.calls import PER_SECOND
from dynalite.operations.catalogue import OPERATIONS
from dynalite.settings import Settings
from tests.operations.service import Service, in_memory, with_tables


@pytest.fixture
def enforcing() -> Iterator[Service]:
    service = with_tables(Service(Settings(enforce_capacity=True)))
    yield service
    service.close()


def describe(service: Service, region: str = "us-east-1") -> None:
    service.wait(service.ask("DescribeEndpoints", {}, region))
    service.wait(service.ask("ListBackups", {}, region))


def test_a_seconds_worth_may_be_used_at_once(enforcing: Service) -> None:
    for _ in range(5):
        describe(enforcing)
    error = enforcing.refused("ListBackups")
    too_often = "Rate of requests exceeds the allowed throughput."
    assert (error.code, error.message, dict(error.fields)) == ("ThrottlingException", too_often, {})


def test_time_lets_the_next_call_pass(enforcing: Service) -> None:
    for _ in range(5):
        describe(enforcing)
    enforcing.clock.advance(0.2)
    describe(enforcing)
    assert enforcing.refused("ListBackups").code == "ThrottlingException"


def test_regions_and_operations_have_rates_of_their_own(enforcing: Service) -> None:
    for _ in range(5):
        describe(enforcing)
    describe(enforcing, "eu-west-1")
    enforcing.call("ListStreams")


def test_limits_are_described_once_a_minute(enforcing: Service) -> None:
    enforcing.call("DescribeLimits")
    enforcing.clock.advance(30)
    enforcing.call("DescribeTable", TableName="Plain")
    assert enforcing.refused("DescribeLimits").code == "ThrottlingException"
    enforcing.clock.advance(30)
    enforcing.call("DescribeLimits")


def test_a_bad_request_takes_nothing(enforcing: Service) -> None:
    for _ in range(10):
        assert enforcing.refused("ListBackups", Limit=0).code == "ValidationException"
    describe(enforcing)


def test_nothing_is_counted_unless_capacity_is_enforced() -> None:
    service = in_memory()
    for _ in range(20):
        describe(service)
    service.close()


def test_every_rate_is_of_an_operation() -> None:
    assert PER_SECOND.keys() <= OPERATIONS.keys()
