"""How often throughput may be changed: what the service refuses besides requests for items.

Throughput can be decreased four times at any moments of a UTC day, and after that once an hour. A table can
go on demand four times in 24 hours, and change its class twice in 30 days. These are quotas of an account, so
they hold where capacity is enforced; the times they go by are in the table's descriptor in any case.
"""

import time
from collections.abc import Iterator

from dynalite.catalog.describe import decreases_today
from dynalite.catalog.schema import Table, Throughput
from dynalite.errors import LimitExceededException

_FREE_DECREASES = 4
_DECREASE_SECONDS = 3600.0
_SWITCHES = 4
_SWITCH_SECONDS = 24 * 3600.0
_CLASS_CHANGES = 2
_CLASS_SECONDS = 30 * 24 * 3600.0


def check(before: Table, after: Table, now: float) -> None:
    """Raise LimitExceededException when a change comes too soon."""
    if after.class_changes != before.class_changes:
        recent = [at for at in before.class_changes if now - at < _CLASS_SECONDS]
        if len(recent) >= _CLASS_CHANGES:
            raise LimitExceededException(
                f"Subscriber limit exceeded: Updates to TableClass are limited to {_CLASS_CHANGES} times in"
                f" {_CLASS_SECONDS / 86_400:.0f} day(s)."
            )
    if before.billing_mode != "PAY_PER_REQUEST" and after.billing_mode == "PAY_PER_REQUEST":
        recent = [at for at in before.went_on_demand if now - at < _SWITCH_SECONDS]
        if len(recent) >= _SWITCHES:
            raise LimitExceededException(
                f"Subscriber limit exceeded: Updates to PayPerRequest mode are limited to {_SWITCHES} in 24"
                f" hours. Last update at {_date(recent[-1])}."
                f" Next update can be made at {_date(recent[-_SWITCHES] + _SWITCH_SECONDS)}"
            )
    for present, wanted in _throughputs(before, after):
        lowered = wanted.decreased_at == now and wanted is not present
        decreases, last = decreases_today(present, now), present.decreased_at
        if lowered and decreases >= _FREE_DECREASES and last is not None and now - last < _DECREASE_SECONDS:
            raise LimitExceededException(
                "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC"
                f" day. After the first {_FREE_DECREASES} decreases, each subsequent decrease in the same UTC"
                f" day can be performed at most once every {_DECREASE_SECONDS:.0f} seconds. Number of"
                f" decreases today: {decreases}. Last decrease at {_date(last)}."
                f" Next decrease can be made at {_date(last + _DECREASE_SECONDS)}"
            )


def _throughputs(before: Table, after: Table) -> Iterator[tuple[Throughput, Throughput]]:
    yield before.throughput, after.throughput
    for index in before.indexes:
        same = after.index(index.name)
        if same is not None:
            yield index.throughput, same.throughput


def _date(epoch_seconds: float) -> str:
    """A moment as these messages write it: `Wednesday, July 25, 2018 8:52:58 PM UTC`."""
    moment = time.gmtime(epoch_seconds)
    hour = moment.tm_hour % 12 or 12
    day = f"{_DAYS[moment.tm_wday]}, {_MONTHS[moment.tm_mon - 1]} {moment.tm_mday}, {moment.tm_year}"
    return f"{day} {hour}:{moment.tm_min:02}:{moment.tm_sec:02} {'PM' if moment.tm_hour >= 12 else 'AM'} UTC"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
