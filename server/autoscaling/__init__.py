"""Application Auto Scaling on the same port: what `service.py` does."""

from dynalite.database import Database
from server.on_demand import Loaded, OnDemand


class AutoScaling(OnDemand):
    """The service, as the dispatcher sees it."""

    __slots__ = ()

    api = "AnyScaleFrontendService"

    def load(self, database: Database) -> Loaded:
        from server.autoscaling.service import Service

        return Service(database)
