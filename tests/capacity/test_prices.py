"""`--prices`: what the bill reckons with."""

import json
import urllib.request
from pathlib import Path

import pytest

from dynalite.settings import Prices, PriceTable, Settings
from server.prices import read_option
from tests.capacity.tables import provisioned
from tests.live import local_server


def written(folder: Path, text: str) -> str:
    file = folder / "prices.toml"
    file.write_text(text)
    return str(file)


def test_without_a_file_the_prices_are_those_of_us_east_1() -> None:
    assert read_option("") == PriceTable()
    assert PriceTable().of("eu-west-1") == Prices(0.125, 0.625, 0.00013, 0.00065, 0.25)


def test_a_region_has_what_it_does_not_say_from_everywhere(tmp_path: Path) -> None:
    text = """
        currency = "EUR"
        million_reads = 1
        [eu-west-1]
        million_writes = 2.5
        [eu-west-2]
        million_reads = 0
    """
    table = read_option(written(tmp_path, text))
    assert table.currency == "EUR"
    assert table.of("us-east-1") == Prices(million_reads=1)
    assert table.of("eu-west-1") == Prices(million_reads=1, million_writes=2.5)
    assert table.of("eu-west-2") == Prices(million_reads=0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("million_reads", "must be a TOML file"),
        ("reads = 1", r"must have no price but million_reads, .*\(reads is none\)"),
        ("[eu-west-1]\nreads = 1", r"\(eu-west-1.reads is none\)"),
        ("million_reads = -1", "must have a number, 0 or more, as million_reads"),
        ("million_reads = nan", "must have a number"),
        ("million_reads = true", "must have a number"),
        ("[eu-west-1]\nmillion_reads = '1'", "must have a number, 0 or more, as eu-west-1.million_reads"),
        ("currency = 1", "must have a text as currency"),
    ],
)
def test_nonsense_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_option(written(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be a file that can be read"):
        read_option(str(tmp_path / "missing"))


def test_the_documented_example_can_be_read(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "capacity.md").read_text()
    example = text.partition("```toml\n")[2].partition("```")[0]
    table = read_option(written(tmp_path, example))
    assert table.of("us-east-1") == Prices(million_reads=0.12, million_writes=0.6)
    assert table.of("eu-central-1").stored_gb_month == 0.28


def test_the_report_has_the_bill_at_these_prices(tmp_path: Path) -> None:
    prices = read_option(
        written(tmp_path, "currency = 'EUR'\n[us-east-1]\nread_unit_hour = 1\nwrite_unit_hour = 2")
    )
    with local_server(Settings(prices=prices)) as server:
        server.client().create_table(**provisioned(3, 4))
        with urllib.request.urlopen(server.endpoint + "/_admin/capacity") as answer:
            (table,) = json.load(answer)["tables"]
    assert table["bill"]["currency"] == "EUR"
    assert table["bill"]["provisioned_per_month"] == (3 * 1 + 4 * 2) * 730
