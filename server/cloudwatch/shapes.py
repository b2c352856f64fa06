"""What the requests look like, as far as anybody reads them.

Types only: what must be there, and within which bounds, the operations say in CloudWatch's words.
"""

from collections.abc import Mapping
from typing import Final

from dynalite.model.fragments import TIMESTAMP
from dynalite.model.shape import Boolean, Integer, ListOf, String, Structure, structure

_TEXT: Final = String()
_TEXTS: Final = ListOf(_TEXT)
_DIMENSIONS: Final = ListOf(structure("Dimension", Name=_TEXT, Value=_TEXT))
_METRIC: Final = structure("Metric", Namespace=_TEXT, MetricName=_TEXT, Dimensions=_DIMENSIONS)
_STAT: Final = structure("MetricStat", Metric=_METRIC, Period=Integer(), Stat=_TEXT)
_QUERY: Final = structure(
    "MetricDataQuery", Id=_TEXT, MetricStat=_STAT, Expression=_TEXT, Label=_TEXT, ReturnData=Boolean()
)

SHAPES: Final[Mapping[str, Structure]] = {
    shape.name: shape
    for shape in (
        structure(
            "GetMetricData",
            MetricDataQueries=ListOf(_QUERY),
            StartTime=TIMESTAMP,
            EndTime=TIMESTAMP,
            ScanBy=_TEXT,
        ),
        structure(
            "GetMetricStatistics",
            Namespace=_TEXT,
            MetricName=_TEXT,
            Dimensions=_DIMENSIONS,
            StartTime=TIMESTAMP,
            EndTime=TIMESTAMP,
            Period=Integer(),
            Statistics=_TEXTS,
            ExtendedStatistics=_TEXTS,
        ),
        structure("ListMetrics", Namespace=_TEXT, MetricName=_TEXT, Dimensions=_DIMENSIONS, NextToken=_TEXT),
        structure("DescribeInsightRules", NextToken=_TEXT, MaxResults=Integer()),
        structure(
            "GetInsightRuleReport",
            RuleName=_TEXT,
            StartTime=TIMESTAMP,
            EndTime=TIMESTAMP,
            Period=Integer(),
            MaxContributorCount=Integer(),
            Metrics=_TEXTS,
            OrderBy=_TEXT,
        ),
    )
}
