"""The reference pages are what the tables in the code say, and the tables leave nothing out."""

import re
from typing import Any

import pytest
from botocore.session import Session

from dynalite.operations.catalogue import OPERATIONS
from pytest_dynalite import plugin
from server import config
from server.admin.table import ENDPOINTS
from server.cloudwatch.metrics import METRICS
from server.dax.control.catalogue import OPERATIONS as DAX
from server.metrics import CONTENTION
from server.options import CONFIG, Option
from server.reference import PAGES, errors, operations
from server.reference.markdown import between_marks
from tests.documentation.pages import Page
from tests.live import LocalServer

REFERENCE = {
    name: PAGES[f"docs/reference/{name}.md"]() for name in ("settings", "operations", "errors", "metrics")
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_tables_say(name: str) -> None:
    page = Page(name).text
    assert between_marks(page, PAGES[name]()) == page, "`make reference` makes it so"


@pytest.mark.parametrize("option", [*config.LASTING, CONFIG], ids=lambda option: option.name)
def test_every_setting_is_there(option: Option) -> None:
    [row] = re.findall(rf"^\| `{option.flag}\b[^-].*", REFERENCE["settings"], re.MULTILINE)
    assert f"`{option.variable}`" in row
    assert option.help in row


def test_every_setting_of_the_plugin_is_there() -> None:
    class Parser:
        names: list[str]

        def __init__(self) -> None:
            self.names = []

        def getgroup(self, name: str) -> "Parser":
            return self

        def addoption(self, name: str, **further: Any) -> None:
            self.names.append(name)

        def addini(self, name: str, help: str, **further: Any) -> None:
            self.names.append(name)

    parser: Any = Parser()
    plugin.pytest_addoption(parser)
    table = re.findall(
        r"^\| pytest's [a-z ]+ \| `(.+?)` \|", Page("docs/reference/settings.md").text, re.MULTILINE
    )
    assert sorted(table) == sorted(parser.names)


@pytest.mark.parametrize(
    ("api", "served"),
    [("dynamodb", OPERATIONS), ("dynamodbstreams", OPERATIONS), ("dax", DAX)],
    ids=["dynamodb", "dynamodbstreams", "dax"],
)
def test_every_operation_that_the_service_has_is_served(api: str, served: Any) -> None:
    known = Session().get_service_model(api).operation_names
    assert [name for name in known if name not in served] == []
    assert [name for name in known if f"`{name}`" not in REFERENCE["operations"]] == []


def test_only_operations_that_are_served_are_explained() -> None:
    assert operations.DIFFERENCES.keys() <= OPERATIONS.keys()


def test_every_error_is_there_and_says_when() -> None:
    for module in errors.APIS.values():
        found = list(errors.answered(module))
        assert found
        for error in found:
            assert error.__doc__ is not None, f"{error.__name__} does not say when it is answered"
            assert f"| `{error.code}` | {error.status} |" in REFERENCE["errors"]


def test_every_metric_is_there() -> None:
    assert [name for name in METRICS if f"| `{name}` |" not in REFERENCE["metrics"]] == []


def test_every_counter_that_is_answered_is_there(server: LocalServer) -> None:
    answered = set(re.findall(r"^# TYPE (\w+)", _metrics(server), re.MULTILINE))
    answered |= {f"dynalite_{name}" for name, _, _ in CONTENTION}  # of several servers on one database
    assert answered == set(re.findall(r"^\| `(dynalite_\w+)` \|", REFERENCE["metrics"], re.MULTILINE))


def test_every_endpoint_is_there() -> None:
    text = PAGES["docs/reference/admin.md"]()
    assert [one for one in ENDPOINTS if f"| `{one.method} {one.path}` | {one.help} |" not in text] == []


def _metrics(server: LocalServer) -> str:
    from urllib.request import urlopen

    with urlopen(f"{server.endpoint}/metrics") as answer:
        text: str = answer.read().decode()
        return text
