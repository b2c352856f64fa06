"""The console's files over HTTP: what they are, who may have them, and that they need nothing else."""

import http.client
import re
from urllib.parse import urlsplit

import pytest

from server.console.routes import PATH, pages
from tests.live import LocalServer, live_server

PAGES = pages()


def get(endpoint: str, path: str, **fields: str) -> tuple[int, dict[str, str], bytes]:
    """Status, header fields (lower-case names) and body. The path is sent as it stands."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=20)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): v for name, v in fields.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): v for name, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_every_file_is_served_as_what_it_is(server: LocalServer) -> None:
    for path, page in PAGES.items():
        status, fields, body = get(server.endpoint, PATH + path)
        assert (status, body) == (200, page.content)
        assert fields["content-type"] == f"{page.kind}; charset=utf-8"
        assert fields["x-content-type-options"] == "nosniff"
        policy = fields["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy


def test_a_browser_that_has_a_file_is_not_sent_it_again(server: LocalServer) -> None:
    _, fields, _ = get(server.endpoint, PATH)
    assert fields["cache-control"] == "no-cache"
    status, _, body = get(server.endpoint, PATH, If_None_Match=fields["etag"])
    assert (status, body) == (304, b"")
    assert get(server.endpoint, PATH, If_None_Match='"another"')[0] == 200


def test_the_path_without_a_slash_leads_to_the_console(server: LocalServer) -> None:
    status, fields, _ = get(server.endpoint, "/console")
    assert (status, fields["location"]) == (308, "/console/")


@pytest.mark.parametrize(
    "path",
    ["nothing.js", "index.html", "../routes.py", "..%2froutes.py", "%2e%2e/routes.py", "pages/", "pages"],
)
def test_what_is_not_a_file_of_the_console_is_not_served(server: LocalServer, path: str) -> None:
    assert get(server.endpoint, PATH + path)[0] == 404


def test_a_page_from_elsewhere_does_not_get_it(server: LocalServer) -> None:
    assert get(server.endpoint, PATH, Host="evil.example")[0] == 403
    assert get(server.endpoint, PATH, Origin="http://evil.example")[0] == 403


@pytest.mark.parametrize("flag", ["--no-console", "--no-admin"])
def test_it_can_be_left_out(flag: str) -> None:
    with live_server(flag) as running:
        assert get(running.endpoint, PATH)[0] == 404
        status, _, _ = get(running.endpoint, "/_admin/clock")
        assert status == (404 if flag == "--no-admin" else 200)


def test_the_page_needs_nothing_from_anywhere_else() -> None:
    for path, page in PAGES.items():
        addresses = set(re.findall(rb"https?://[\w.]+", page.content))
        assert addresses <= {b"http://www.w3.org"}, path


def test_everything_that_a_file_names_is_there() -> None:
    for path, page in PAGES.items():
        folder = path.rpartition("/")[0]
        named = re.findall(
            rb"""(?:from |import\()["'](\.[^"']+)["']|(?:src|href)="([\w/.]+)\"""", page.content
        )
        for module, file in named:
            pieces = (folder.split("/") if folder else []) if module else []
            for piece in (module or file).decode().split("/"):
                if piece == "..":
                    pieces.pop()
                elif piece != ".":
                    pieces.append(piece)
            assert "/".join(pieces) in PAGES, f"{path} names {module or file!r}"


def test_no_html_is_made_of_text() -> None:
    for path, page in PAGES.items():
        assert not re.search(
            rb"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", page.content
        ), path
