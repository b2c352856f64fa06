"""The documentation names what there is."""

from dynalite.operations.faults import KINDS
from server.cloudwatch.expressions import FUNCTIONS
from tests.documentation.pages import Page

TEXT = Page("docs/capacity.md").text


def test_every_kind_of_fault_is_documented() -> None:
    assert [kind for kind in KINDS if f"| `{kind}` |" not in TEXT] == []


def test_every_function_of_metric_math_is_documented() -> None:
    assert [name for name in FUNCTIONS if name not in TEXT] == []
