"""Data points: what a metric was in one minute, and what a statistic makes of some of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dynalite.capacity.latencies import Spread, together

STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")


@dataclass(frozen=True, slots=True)
class Sample:
    """A minute of a metric: the sum of its samples, how many they were, and the least and most of them.

    `spread` is there when single samples were kept, and percentiles can be told; it is in seconds.
    """

    total: float
    count: float
    least: float
    most: float
    spread: Spread | None = None


def even(total: float, count: float = 1) -> Sample:
    """A minute of which only the sum is known: every sample counts as their average."""
    average = total / count
    return Sample(total, count, average, average)


def known(statistic: str) -> bool:
    return statistic in STATISTICS or _PERCENTILE.fullmatch(statistic) is not None


def value(statistic: str, samples: Sequence[Sample]) -> float | None:
    """A known statistic of at least one sample; None for a percentile where no single samples were kept."""
    percentile = _PERCENTILE.fullmatch(statistic)
    if percentile is not None:
        spreads = [sample.spread for sample in samples if sample.spread is not None]
        return together(spreads).percentile(float(percentile[1])) * 1000 if spreads else None
    total, count = sum(sample.total for sample in samples), sum(sample.count for sample in samples)
    values: Mapping[str, float] = {
        "SampleCount": count,
        "Average": total / count,
        "Sum": total,
        "Minimum": min(sample.least for sample in samples),
        "Maximum": max(sample.most for sample in samples),
    }
    return values[statistic]
