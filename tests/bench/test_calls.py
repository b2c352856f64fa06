"""A request costs no more function calls than it did.

The bounds lie some ten per cent above what was counted, so that a version of Python may differ. Whoever makes
a request cheaper lowers its bound; whoever must make one dearer raises it, and can say what for.
"""

import pytest

from bench import calls

BOUNDS = {
    "GetItem": 187,
    "PutItem": 380,
    "UpdateItem": 412,
    "Query": 355,
    "Scan": 1_650,
    "BatchGetItem": 7_850,
    "TransactWriteItems": 1_220,
}


@pytest.fixture(scope="module")
def counted() -> dict[str, float]:
    return calls.calls_per_request()


@pytest.mark.parametrize("name", BOUNDS)
def test_calls_stay_under_their_bound(name: str, counted: dict[str, float]) -> None:
    assert counted[name] <= BOUNDS[name], f"a {name} of `python -m bench.calls` has become dearer"


def test_every_request_of_the_script_has_a_bound() -> None:
    assert BOUNDS.keys() == calls.SCRIPT.keys()
