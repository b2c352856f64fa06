"""A client of the admin API that is not ours: `urllib`."""

import json
import urllib.error
import urllib.request
from typing import Any


class Desk:
    """The admin API of the server at an endpoint."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def ask(self, method: str, path: str, body: Any = None, **fields: str) -> tuple[int, Any]:
        """Status and JSON of an answer. Fields are named with `_` for `-`."""
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if method == "POST":
            headers.setdefault("Content-Type", "application/json")
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._endpoint + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())

    def get(self, path: str) -> Any:
        status, answer = self.ask("GET", path)
        assert status == 200, answer
        return answer

    def post(self, path: str, **members: Any) -> Any:
        status, answer = self.ask("POST", path, members)
        assert status == 200, answer
        return answer
