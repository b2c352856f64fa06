"""Where the rows are sent: one server, one set of tables for all rows of a process."""

from collections.abc import Iterator

import pytest

from tests.conformance.schema import NEW, SCHEMAS, on, s
from tests.conformance.vectors import SCHEMA, STORED, VECTORS, vector
from tests.conformance.wire import Wire
from tests.conftest import SHARED
from tests.live import live_server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--endpoint", help="judge this endpoint instead of our own server")


@pytest.fixture(scope="session")
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    given = request.config.getoption("--endpoint", None)
    if given:
        yield str(given)
    elif SHARED:
        yield request.getfixturevalue("address").endpoint
    else:
        with live_server() as server:
            yield server.endpoint


@pytest.fixture(scope="session")
def wire(endpoint: str) -> Iterator[Wire]:
    """A connection, with the tables of `schema` made and empty."""
    wire = Wire(endpoint)
    for schema in SCHEMAS:
        wire.drop(schema["TableName"])
        wire.create(schema)
    yield wire
    for schema in SCHEMAS:
        wire.drop(schema["TableName"])
    wire.close()


@pytest.fixture
def new(wire: Wire) -> Iterator[Wire]:
    """A connection where the table `NEW` is yet to be made, and gone again afterwards."""
    wire.drop(NEW)
    yield wire
    wire.drop(NEW)


@pytest.fixture(scope="module")
def filled(wire: Wire) -> Iterator[Wire]:
    """A connection, with the table of `vectors` made and filled."""
    wire.drop(VECTORS)
    wire.create(SCHEMA)
    for pk, components in STORED.items():
        item = {"pk": s(pk), "v": vector(*components), "tenant": s("t"), "colour": s("red"), "more": s("x")}
        wire("PutItem", on(VECTORS, Item=item))
    wire("PutItem", on(VECTORS, Item={"pk": s("without a vector"), "tenant": s("t")}))
    wire("PutItem", on(VECTORS, Item={"pk": s("without a tenant"), "v": vector(5, 5, 5, 5)}))
    yield wire
    wire.drop(VECTORS)


@pytest.fixture(scope="session")
def classic() -> Iterator[Wire]:
    """Our own server in the wording from before 2026, with the same tables."""
    with live_server("--wording", "classic") as server:
        wire = Wire(server.endpoint)
        for schema in SCHEMAS:
            wire.create(schema)
        yield wire
        wire.close()
