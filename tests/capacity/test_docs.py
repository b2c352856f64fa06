"""The documentation names what there is."""

from pathlib import Path

from dynalite.operations.faults import KINDS
from server.cloudwatch import METRICS

TEXT = (Path(__file__).parents[2] / "docs" / "capacity.md").read_text()


def test_every_kind_of_fault_is_documented() -> None:
    assert [kind for kind in KINDS if f"| `{kind}` |" not in TEXT] == []


def test_every_metric_is_documented() -> None:
    told = TEXT.replace("Read- and WriteCapacityUnits", "ReadCapacityUnits, {}WriteCapacityUnits")
    told = told.replace("{}", "Consumed", 1).replace("{}", "Provisioned", 1)
    told = told.replace("Read- and WriteThrottleEvents", "ReadThrottleEvents and WriteThrottleEvents")
    assert [name for name in METRICS if name not in told] == []
