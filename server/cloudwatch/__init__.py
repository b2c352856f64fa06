"""CloudWatch on the same port: what `service.py` does."""

from dynalite.database import Database
from server.on_demand import Loaded, OnDemand


class CloudWatch(OnDemand):
    """The service, as the dispatcher sees it."""

    __slots__ = ()

    api = "GraniteServiceVersion20100801"

    def load(self, database: Database) -> Loaded:
        from server.cloudwatch.service import Service

        return Service(database)
