"""docs/reference/admin.md: every endpoint of the admin API."""

from server.admin.table import ENDPOINTS
from server.reference.markdown import code, table


def text() -> str:
    return table(
        ("endpoint", "what it does", "parameters"),
        (
            (
                code(f"{endpoint.method} {endpoint.path}"),
                endpoint.help,
                "<br>".join(f"{code(one.name)}: {one.help}" for one in endpoint.parameters),
            )
            for endpoint in ENDPOINTS
        ),
    )
