"""Functions that triggers call in the tests."""

import sys
import threading
from typing import Any

calls: list[tuple[dict[str, Any], Any, str]] = []
gate = threading.Event()


def remember(event: dict[str, Any], context: Any) -> dict[str, Any]:
    calls.append((event, context, threading.current_thread().name))
    return {"batchItemFailures": []}


def fail(event: dict[str, Any], context: Any) -> None:
    raise ValueError("no good")


def leave(event: dict[str, Any], context: Any) -> None:
    sys.exit(3)


def wait(event: dict[str, Any], context: Any) -> str:
    assert gate.wait(10)
    return "waited"


not_a_function = 1
