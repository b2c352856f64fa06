"""Which web pages may use the API."""

import pytest

from server.access.origins import EVERYBODY, Origins


def lines(origins: Origins, origin: str, host: str = "127.0.0.1:8000") -> bytes | None:
    return origins.lines({b"origin": origin.encode(), b"host": host.encode()})


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        pytest.param("http://localhost:3000", "127.0.0.1:8000", id="what one develops"),
        pytest.param("https://127.0.0.1:3000", "localhost:8000", id="the same, by address"),
        pytest.param("http://[::1]:3000", "[::1]:8000", id="and by the other kind of address"),
        pytest.param("http://192.0.2.7:8000", "192.0.2.7:8000", id="this server, from another machine"),
        pytest.param("https://dynamo.test:8000", "dynamo.test:8000", id="this server, by its own name"),
    ],
)
def test_pages_that_may_come(origin: str, host: str) -> None:
    found = lines(Origins("dynamo.test"), origin, host)
    assert found is not None
    assert found.startswith(b"Access-Control-Allow-Origin: *\r\n")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        pytest.param("https://evil.example", "localhost:8000", id="from elsewhere"),
        pytest.param("http://evil.example:8000", "evil.example:8000", id="whose name leads to us"),
        pytest.param("http://localhost.evil.example", "localhost:8000", id="whose name looks like us"),
        pytest.param(
            "http://127.0.0.1.evil.example", "localhost:8000", id="whose name looks like our address"
        ),
        pytest.param("http://192.0.2.7:8000", "localhost:8000", id="another address"),
        pytest.param("null", "localhost:8000", id="in a sandbox"),
        pytest.param("", "localhost:8000", id="nowhere"),
        pytest.param("localhost", "localhost", id="no origin at all"),
    ],
)
def test_pages_that_may_not(origin: str, host: str) -> None:
    assert lines(Origins("dynamo.test"), origin, host) is None
    assert lines(Origins("dynamo.test", {origin}), origin, host)
    assert lines(Origins("dynamo.test", {EVERYBODY}), origin, host)


def test_programs_are_not_asked() -> None:
    assert Origins().lines({b"host": b"evil.example"}) == b""
