"""How often the operations may be called that describe and change other things than items.

Each has a rate of its own in a region, which holds where capacity is enforced. A second's worth may be used
at once. A call that comes too soon is a ThrottlingException that names no reasons, unlike those about items.

The rates are those of the API reference. Of CreateTable, UpdateTable and DeleteTable it names none: what
bounds them is how many tables change at one time (`capacity/simultaneous.py`).
"""

from collections.abc import Mapping

from dynalite.capacity.bucket import Bucket
from dynalite.clock import Clock
from dynalite.errors import ThrottlingException

PER_SECOND: Mapping[str, float] = {
    "DescribeLimits": 1 / 60,
    "DescribeTimeToLive": 10,
    "TagResource": 5,
    "UntagResource": 5,
    "ListTagsOfResource": 10,
    "PutResourcePolicy": 25,
    "GetResourcePolicy": 100,
    "DeleteResourcePolicy": 50,
    "DescribeContributorInsights": 5,
    "UpdateContributorInsights": 5,
    "ListContributorInsights": 5,
    "CreateBackup": 50,
    "DescribeBackup": 10,
    "DeleteBackup": 10,
    "ListBackups": 5,
    "RestoreTableFromBackup": 10,
    "DescribeContinuousBackups": 10,
    "DescribeStream": 10,
    "ListStreams": 5,
}
_TOO_OFTEN = "Rate of requests exceeds the allowed throughput."
_BUCKETS = 4_096
"""How many are kept. Anybody can name any number of regions; the oldest bucket makes room."""
_A_CALL = 1 - 1e-9  # what refills a bucket adds up to a little less than one


class Calls:
    """A bucket for each operation in each region, made when it is first called."""

    __slots__ = ("_buckets", "_clock")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def admit(self, region: str, operation: str) -> None:
        """Let a call pass, or raise ThrottlingException."""
        now = self._clock.now()
        bucket = self._buckets.get((region, operation))
        if bucket is None:
            if len(self._buckets) >= _BUCKETS:
                del self._buckets[next(iter(self._buckets))]
            rate = PER_SECOND[operation]
            bucket = self._buckets[region, operation] = Bucket(rate, max(1.0, 1 / rate), now)
        if not bucket.open(now) or bucket.level < _A_CALL:
            raise ThrottlingException(_TOO_OFTEN)
        bucket.take(1, now)
