"""docs/reference/metrics.md: what `GET /metrics` counts, and the metrics that CloudWatch's API answers."""

from inspect import cleandoc

from server.cloudwatch.metrics import METRICS, Metric
from server.metrics import CONTENTION, COUNTERS
from server.reference.markdown import code, table

_HEADING = ("counter", "meaning")


def text() -> str:
    return "\n".join(
        (
            "## `GET /metrics`\n",
            table(_HEADING, ((code(f"dynalite_{name}"), help_) for name, help_, _ in COUNTERS)),
            "Where several servers share a database, there are also these, for each server as a whole:\n",
            table(_HEADING, ((code(f"dynalite_{name}"), help_) for name, help_, _ in CONTENTION)),
            "## CloudWatch, namespace `AWS/DynamoDB`\n",
            table(
                ("metric", "unit", "dimensions", "what is counted"),
                ((code(name), *_row(metric)) for name, metric in METRICS.items()),
            ),
        )
    )


def _row(metric: Metric) -> tuple[str, ...]:
    # From the wide dimension to the narrow one, which happens to be the alphabet backwards.
    sets = [", ".join(sorted(names, reverse=True)) or "none" for names in metric.sets]
    return metric.unit, "; or ".join(sets), " ".join(cleandoc(metric.__doc__ or "").split())
