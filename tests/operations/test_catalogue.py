"""Operations are loaded when they are asked for: so their names are written down twice, and must agree."""

from importlib import import_module
from pkgutil import iter_modules

import pytest

from dynalite import operations
from dynalite.operations.catalogue import HOMES, OPERATIONS

MODULES = [
    import_module(f"dynalite.operations.{module.name}")
    for module in iter_modules(operations.__path__)
    if module.name != "catalogue"
]


def test_every_row_of_every_module_is_in_the_catalogue_under_its_name() -> None:
    rows = {row.name: row for module in MODULES for row in getattr(module, "OPERATIONS", ())}
    assert dict(OPERATIONS) == rows


def test_what_there_is_not_is_not_found() -> None:
    assert OPERATIONS.get("DescribeNothing") is None
    with pytest.raises(KeyError):
        OPERATIONS["DescribeNothing"]
    assert "DescribeNothing" not in OPERATIONS


def test_its_length_is_the_number_of_names() -> None:
    assert len(OPERATIONS) == len(HOMES) == len(set(OPERATIONS))
