"""Regions are anybody's to name: a request needs no right, and no table, to name a new one."""

import gc

import pytest

from dynalite.errors import InvalidSignatureException, ResourceNotFoundException
from dynalite.operations.context import Caller, Context
from tests.operations.service import Service


def test_what_is_kept_of_regions_has_a_bound(service: Service) -> None:
    """Each left 1.6 KB behind for good."""
    for number in range(5_000):
        with pytest.raises(ResourceNotFoundException):
            service.wait(
                service.database.execute("GetItem", _of_nowhere(), Caller(region=f"region-{number}"))
            )
    kept = sum(isinstance(one, Context) for one in gc.get_objects())
    assert kept < 4_500
    assert service.database.capacity.errors_of("region-0") is None
    assert service.database.capacity.errors_of("region-4999") is not None


def _of_nowhere() -> dict[str, object]:
    return {"TableName": "Nowhere", "Key": {"id": {"S": "a"}}}


@pytest.mark.parametrize("region", ["", "\x00", "\x00exports", "eu west", "ü", "r" * 65])
def test_a_region_is_a_name(region: str) -> None:
    with pytest.raises(InvalidSignatureException):
        Caller(region=region)
