"""What an account may reserve: units per table and in all, and tables."""

from typing import Any

import pytest

from dynalite import limits
from dynalite.capacity import reserved
from dynalite.catalog.schema import KeyAttribute, KeySchema, Table
from dynalite.errors import LimitExceededException
from dynalite.settings import Settings
from tests.capacity.tables import by_kind, provisioned, units
from tests.operations.service import PLAIN, Service

REFER = " Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
MOST = limits.TABLE_CAPACITY_UNITS


def refused(service: Service, operation: str, **request: Any) -> str:
    error = service.refused(operation, **request)
    assert error.code == "LimitExceededException"
    return error.message


def test_a_table_has_at_most_40000_units_of_either_kind(service: Service) -> None:
    assert refused(service, "CreateTable", **provisioned(MOST + 1, 1)) == (
        "The requested ReadCapacityUnits, 40001, is above the per table maximum for the account in us-east-1."
        f" Per table maximum: 40000.{REFER}"
    )
    service.call("CreateTable", **provisioned(1, MOST))
    message = refused(service, "UpdateTable", TableName="Plain", ProvisionedThroughput=units(1, MOST + 1))
    assert message.startswith("The requested WriteCapacityUnits, 40001, is above the per table maximum")


def test_an_index_has_a_maximum_of_its_own(service: Service) -> None:
    assert refused(service, "CreateTable", **provisioned(1, 1, **by_kind(MOST + 1, 1))) == (
        "The requested ReadCapacityUnits for index by-kind, 40001, is above the per index maximum for the"
        f" account in us-east-1. Per index maximum: 40000.{REFER}"
    )


def test_an_account_has_80000_units_in_a_region(service: Service) -> None:
    service.call("CreateTable", **provisioned(30_000, 1, **by_kind(30_000, 1)))
    assert refused(service, "CreateTable", **provisioned(20_001, 1, name="Other")) == (
        "This request would have caused the ReadCapacityUnits limit to be exceeded for the account in"
        f" us-east-1. Current ReadCapacityUnits reserved by the account: 60000. Limit: 80000."
        f" Requested: 20001.{REFER}"
    )
    service.call("CreateTable", **provisioned(20_000, 1, name="Other"))
    message = refused(service, "UpdateTable", TableName="Plain", ProvisionedThroughput=units(30_001, 1))
    assert "reserved by the account: 80000. Limit: 80000. Requested: 1." in message
    service.call("UpdateTable", TableName="Plain", ProvisionedThroughput=units(29_000, 1))
    service.call("UpdateTable", TableName="Other", ProvisionedThroughput=units(21_000, 1))
    service.wait(service.ask("CreateTable", provisioned(MOST, 1, name="Abroad"), region="eu-west-1"))


def test_ceilings_and_warm_throughput_have_the_tables_maximum(service: Service) -> None:
    assert refused(service, "CreateTable", **PLAIN, OnDemandThroughput={"MaxReadRequestUnits": MOST + 1}) == (
        "Subscriber limit exceeded: Requested MaxReadRequestUnits for OnDemandThroughput for table exceeds"
        " TableMaxReadCapacityUnits of the account in region us-east-1"
    )
    warm = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": MOST + 1}
    assert refused(service, "CreateTable", **PLAIN, WarmThroughput=warm) == (
        "Subscriber limit exceeded: Requested WriteUnitsPerSecond for WarmThroughput for table exceeds"
        " TableMaxWriteCapacityUnits of the account in region us-east-1"
    )


def test_what_is_above_a_maximum_already_can_be_lowered(tmp_path: Any) -> None:
    free = Service(Settings(data_folder=tmp_path, durability="os"))
    free.call("CreateTable", **provisioned(50_000, 90_000))
    clock = free.clock
    free.close()
    service = Service(Settings(data_folder=tmp_path, durability="os", enforce_capacity=True), clock)
    service.call("UpdateTable", TableName="Plain", ProvisionedThroughput=units(45_000, 85_000))
    assert refused(service, "UpdateTable", TableName="Plain", ProvisionedThroughput=units(45_001, 85_000))
    service.close()


def a_table(number: int) -> Table:
    keys = KeySchema((KeyAttribute("id", "S"),))
    return Table(number, f"t{number}", "us-east-1", "1", str(number), 0, keys, keys.attributes)


def test_2500_tables_are_enough() -> None:
    many = [a_table(number) for number in range(limits.TABLES)]
    reserved.check(None, a_table(5000), many[1:])
    with pytest.raises(LimitExceededException, match="There is a limit of 2500 tables per subscriber"):
        reserved.check(None, a_table(5000), many)
    reserved.check(many[0], many[0], many[1:])


def test_nothing_of_it_is_kept_unless_it_is_asked_for() -> None:
    service = Service(Settings())
    service.call("CreateTable", **provisioned(MOST + 1, 1))
    service.call("UpdateTable", TableName="Plain", ProvisionedThroughput=units(100_000, 1))
    service.close()
