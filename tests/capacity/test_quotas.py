"""How often throughput may be changed, on a day that begins at the clock's present."""

from pathlib import Path

from dynalite.settings import Settings
from tests.capacity.tables import by_kind, provisioned, units
from tests.operations.service import Service

HOUR = 3600.0


def set_units(service: Service, reads: int) -> None:
    service.call("UpdateTable", TableName="Plain", ProvisionedThroughput=units(reads, 10))


def test_four_decreases_a_day_and_then_one_an_hour(service: Service) -> None:
    day = service.clock.now() // 86_400 * 86_400 + 86_400
    service.clock.set(day)
    service.call("CreateTable", **provisioned(100, 10))
    for reads in (90, 80, 70, 60):
        service.clock.advance(1)
        set_units(service, reads)
    service.clock.advance(1)
    error = service.refused("UpdateTable", TableName="Plain", ProvisionedThroughput=units(50, 10))
    assert error.code == "LimitExceededException"
    assert "Number of decreases today: 4. Last decrease at " in error.message
    assert "12:00:04 AM UTC. Next decrease can be made at " in error.message
    assert error.message.endswith("1:00:04 AM UTC")
    set_units(service, 200)  # an increase is always possible
    service.clock.set(day + 4 + HOUR)
    set_units(service, 50)
    service.clock.set(day + 86_400)
    set_units(service, 40)


def test_a_day_has_27_decreases(service: Service) -> None:
    service.clock.set(service.clock.now() // 86_400 * 86_400 + 86_400)
    service.call("CreateTable", **provisioned(100, 10))
    done = 0
    for reads in range(99, 50, -1):
        if done >= 4:
            service.clock.advance(HOUR)
            if service.clock.now() % 86_400 == 0:
                break
        set_units(service, reads)
        done += 1
    assert done == 27


def test_an_index_has_decreases_of_its_own(service: Service) -> None:
    service.call("CreateTable", **provisioned(100, 10, **by_kind(100, 10)))

    def lower(reads: int) -> dict[str, object]:
        update = {"IndexName": "by-kind", "ProvisionedThroughput": units(reads, 10)}
        return {"TableName": "Plain", "GlobalSecondaryIndexUpdates": [{"Update": update}]}

    for reads in (90, 80, 70, 60):
        service.clock.advance(1)
        service.call("UpdateTable", **lower(reads))
    service.clock.advance(1)
    assert service.refused("UpdateTable", **lower(50)).code == "LimitExceededException"
    set_units(service, 90)


def test_a_table_goes_on_demand_four_times_in_24_hours(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 1))
    on_demand = {"TableName": "Plain", "BillingMode": "PAY_PER_REQUEST"}
    for _ in range(4):
        service.call("UpdateTable", **on_demand)
        back = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units(1, 1)}
        service.call("UpdateTable", TableName="Plain", **back)
        service.clock.advance(60)
    assert service.refused("UpdateTable", **on_demand).code == "LimitExceededException"
    service.clock.advance(24 * HOUR - 240)
    service.call("UpdateTable", **on_demand)


def test_a_table_changes_its_class_twice_in_30_days(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 1))
    classes = ["STANDARD_INFREQUENT_ACCESS", "STANDARD", "STANDARD_INFREQUENT_ACCESS"]
    for one in classes[:2]:
        service.call("UpdateTable", TableName="Plain", TableClass=one)
    error = service.refused("UpdateTable", TableName="Plain", TableClass=classes[2])
    assert (error.code, error.message) == (
        "LimitExceededException",
        "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s).",
    )
    service.clock.advance(30 * 24 * HOUR)
    service.call("UpdateTable", TableName="Plain", TableClass=classes[2])


def test_what_was_changed_today_is_remembered_by_a_server_that_starts_again(tmp_path: Path) -> None:
    service = Service(Settings(data_folder=tmp_path, durability="os", enforce_capacity=True))
    service.clock.set(service.clock.now() // 86_400 * 86_400 + 86_400)
    service.call("CreateTable", **provisioned(100, 10))
    on_demand = {"TableName": "Plain", "BillingMode": "PAY_PER_REQUEST"}
    for reads in (90, 80, 70, 60):
        service.call("UpdateTable", **on_demand)
        back = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units(100, 10)}
        service.call("UpdateTable", TableName="Plain", **back)
        set_units(service, reads)
    again = service.reopened()
    described = again.call("DescribeTable", TableName="Plain")["Table"]
    assert described["ProvisionedThroughput"]["NumberOfDecreasesToday"] == 4
    lower = {"TableName": "Plain", "ProvisionedThroughput": units(50, 10)}
    assert again.refused("UpdateTable", **lower).code == "LimitExceededException"
    assert again.refused("UpdateTable", **on_demand).code == "LimitExceededException"
    again.close()
