"""`--prices FILE`: what the bill reckons with, as TOML.

    currency = "USD"            # what the bill says it is in
    million_reads = 0.125       # on demand, for every region without a section of its own
    million_writes = 0.625

    [eu-central-1]              # what a region has no price for, it has from above
    stored_gb_month = 0.3

The prices have the names of the fields of `Prices` (`dynalite/settings.py`), where the defaults are.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from dynalite.settings import Prices, PriceTable

_NAMES = frozenset(field.name for field in fields(Prices))
_CURRENCY = "currency"


def read_option(text: str) -> PriceTable:
    """The prices of a file; the defaults for no file. Raises ValueError with one sentence."""
    if not text:
        return PriceTable()
    import tomllib  # few servers are given prices

    try:
        content = tomllib.loads(Path(text).read_text())
    except OSError as error:
        raise ValueError(f"must be a file that can be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"must be a TOML file ({error})") from None
    currency = content.pop(_CURRENCY, "USD")
    if not isinstance(currency, str):
        raise ValueError("must have a text as currency")
    regions = {name: section for name, section in content.items() if isinstance(section, dict)}
    everywhere = {name: value for name, value in content.items() if name not in regions}
    elsewhere = _priced(Prices(), everywhere, "")
    own = {name: _priced(elsewhere, section, f"{name}.") for name, section in regions.items()}
    return PriceTable(elsewhere, own, currency)


def _priced(prices: Prices, given: Mapping[str, Any], where: str) -> Prices:
    for name, value in given.items():
        if name not in _NAMES:
            raise ValueError(f"must have no price but {', '.join(sorted(_NAMES))} ({where}{name} is none)")
        if type(value) not in (int, float) or not math.isfinite(value) or value < 0:
            raise ValueError(f"must have a number, 0 or more, as {where}{name}")
    return replace(prices, **{name: float(value) for name, value in given.items()})
