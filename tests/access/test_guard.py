"""Who may use what is for this machine alone."""

import pytest

from server.access.guard import Refused, check

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("peer", "host", "configured"),
    [
        ("127.0.0.1", "localhost:8000", "127.0.0.1"),
        ("127.8.9.1", "127.0.0.1:8000", "127.0.0.1"),
        ("::1", "[::1]:8000", "::1"),
        ("::ffff:127.0.0.1", "LOCALHOST", "0.0.0.0"),
        ("127.0.0.1", "dynamo.test:8000", "dynamo.test"),
    ],
)
def test_a_program_on_this_machine_may(peer: str, host: str, configured: str) -> None:
    check("POST", peer, {"Host": host, **JSON}, configured)
    check("POST", peer, {"Host": host, "Origin": f"http://{host}", **JSON}, configured)
    check("POST", peer, {"Host": host, "Origin": f"https://{host}", **JSON}, configured)
    check("GET", peer, {"Host": host}, configured)
    check("DELETE", peer, {"Host": host, "Sec-Fetch-Site": "same-origin"}, configured)
    check("GET", peer, {"Host": host, "Sec-Fetch-Site": "cross-site"}, configured)


@pytest.mark.parametrize(
    ("status", "peer", "fields"),
    [
        pytest.param(403, "192.168.1.7", {"Host": "localhost"}, id="another machine"),
        pytest.param(403, "::ffff:10.0.0.1", {"Host": "localhost"}, id="another machine, mapped"),
        pytest.param(403, None, {"Host": "localhost"}, id="nobody knows"),
        pytest.param(403, "127.0.0.1", {"Host": "evil.example:8000"}, id="a name that was rebound"),
        pytest.param(403, "127.0.0.1", {"Host": "127.0.0.1.evil.example"}, id="a name that looks like us"),
        pytest.param(403, "127.0.0.1", {}, id="no name at all"),
        pytest.param(
            403, "127.0.0.1", {"Host": "localhost:8000", "Origin": "http://localhost:3000"}, id="another page"
        ),
        pytest.param(403, "127.0.0.1", {"Host": "localhost", "Origin": "null"}, id="a sandboxed page"),
        pytest.param(
            403, "127.0.0.1", {"Host": "localhost", "Sec-Fetch-Site": "same-site"}, id="another port's page"
        ),
        pytest.param(
            403, "127.0.0.1", {"Host": "localhost", "Sec-Fetch-Site": "cross-site"}, id="a page elsewhere"
        ),
        pytest.param(
            415, "127.0.0.1", {"Host": "localhost", "Content-Type": "text/plain"}, id="what a form can send"
        ),
        pytest.param(415, "127.0.0.1", {"Host": "localhost", "Content-Type": ""}, id="undeclared"),
    ],
)
def test_others_may_not(status: int, peer: str | None, fields: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        check("POST", peer, {**JSON, **fields}, "0.0.0.0")
    assert refused.value.status == status
