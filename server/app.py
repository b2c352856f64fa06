"""The server as a whole: a database, a listening socket, a pulse, and an orderly end.

The end: no new connections, then every request that has been read is answered (for so long as the grace
allows), then the database is closed, which waits for what is on its way to the disk.
"""

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from dynalite.clock import Clock
from dynalite.database import Database
from dynalite.ids import Ids
from dynalite.jobs.runner import Retries
from server.access.origins import EVERYBODY, Origins
from server.access.reach import check_stays_here
from server.admin.endpoint import Admin
from server.autoscaling import AutoScaling
from server.cloudwatch import CloudWatch
from server.config import Config
from server.dispatch import Dispatcher
from server.door import Door
from server.front import Front, Starter
from server.site import Figures, Site
from server.triggers.collection import Triggers

if TYPE_CHECKING:
    import ssl

    from server.access.entrances import Entrances
    from server.dax.service import Dax
    from server.kinesis.collection import Feeders

log = logging.getLogger(__name__)

BACKLOG: Final = 1024
BEAT_SECONDS: Final = 1.0
TICK_SECONDS: Final = 0.5


class App:
    """A running server. Made by `open`, ended by `close`."""

    def __init__(
        self,
        database: Database,
        front: Front,
        site: Site,
        listener: asyncio.Server,
        triggers: Triggers,
        dax: "Dax | None",
        feeders: "Feeders | None",
        tls: bool,
    ) -> None:
        self.tls = tls
        """Whether the HTTP port speaks it."""
        self.database = database
        self.front = front
        self.triggers = triggers
        self.dax = dax
        self.feeders = feeders
        self._site = site
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._beating = self._loop.call_later(BEAT_SECONDS, self._beat)
        self._ticking = self._loop.create_task(self._tick())

    @classmethod
    async def open(cls, config: Config, clock: Clock | None = None, ids: Ids | None = None) -> "App":
        """Open the database and listen.

        Raises `Failure` for what was asked for and makes no sense, `storage.StoreError` when the data
        cannot be opened, OSError when the address cannot be had, `WrongDefinition` when a trigger's function
        cannot.
        """
        clock = clock or Clock()
        ids = ids or Ids()
        entrances = _entrances(config, clock)
        tls = _tls(config)
        database = await Database.open(config.settings, clock, ids)
        triggers = Triggers(database)
        dax = feeders = None
        try:
            dax = await _open_dax(config, database, clock, ids, entrances)
            feeders = _open_feeders(config, database)
            admin = Admin(database, triggers, config.host, dax, feeders) if config.admin else None
            figures = Figures(database, config.host, for_others=entrances is None)
            site = Site(admin, figures, console=config.console, access_log=config.log.access)
            services = dax.services if dax else (database,)
            services = (*services, CloudWatch(database), AutoScaling(database))
            dispatcher: Starter
            if entrances is not None:
                dispatcher = Dispatcher(*entrances.guarded(services, database), identify=entrances.http)
            else:
                dispatcher = Dispatcher(*services)
            if config.log.access:
                from server.logs import Journal

                dispatcher = Journal(dispatcher, clock)
            front = Front(
                dispatcher,
                site,
                clock,
                ids,
                _origins(config),
                config.bounds,
                lambda: database.refusal,
            )
            await triggers.open(config.triggers)
            listener = await asyncio.get_running_loop().create_server(
                lambda: Door(front),
                config.host,
                config.port,
                backlog=BACKLOG,
                reuse_address=True,
                ssl=tls,
                ssl_handshake_timeout=config.bounds.head_seconds if tls else None,
            )
        except BaseException:
            await triggers.close()
            if feeders is not None:
                await feeders.close()
            if dax is not None:
                await dax.close()
            await database.close()
            raise
        return cls(database, front, site, listener, triggers, dax, feeders, tls is not None)

    @property
    def port(self) -> int:
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Say that it is over and go on until that is known, then stop listening, finish what has been asked,
        and close the database, whatever fails before.
        """
        async with AsyncExitStack() as last_first:
            last_first.push_async_callback(self.database.close)
            if self.dax is not None:
                last_first.push_async_callback(self.dax.close)
            last_first.push_async_callback(self._stop_pulse)
            if self.feeders is not None:
                last_first.push_async_callback(self.feeders.close)
            last_first.push_async_callback(self.triggers.close)
            await self._finish()

    async def _finish(self) -> None:
        """Take nothing new after a while, and answer what has been asked, for as long as the grace allows."""
        bounds = self.front.bounds
        self.front.draining = True
        if bounds.drain_seconds:
            await asyncio.sleep(bounds.drain_seconds)
        self._listener.close()
        for door in tuple(self.front.doors):
            door.leave()
        try:
            async with asyncio.timeout(bounds.grace_seconds):
                await self._site.close()
                while self.front.doors or self.front.waiting:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            log.warning("%d requests were not finished in time", self.front.waiting)

    async def _stop_pulse(self) -> None:
        self._beating.cancel()
        self._ticking.cancel()
        await asyncio.gather(self._ticking, return_exceptions=True)

    def _beat(self) -> None:
        self.front.beat()
        self._beating = self._loop.call_later(BEAT_SECONDS, self._beat)

    async def _tick(self) -> None:
        retries = Retries()
        while True:
            await self.database.until_work(TICK_SECONDS)
            await self.database.tick(retries)


def _entrances(config: Config, clock: Clock) -> "Entrances | None":
    """Who gets in, if not everybody does. What only checks need is loaded only for them."""
    access = config.access
    if access.credentials is None:
        if not access.anonymous:
            check_stays_here(config.host)
        return None
    from server.access.entrances import Entrances

    return Entrances.open(access.credentials, config.settings.account, clock)


def _origins(config: Config) -> Origins:
    """Which pages may come: those from anywhere where they need a key, as at AWS."""
    named = config.access.origins
    return Origins(config.host, named if named or config.access.credentials is None else {EVERYBODY})


def _tls(config: Config) -> "ssl.SSLContext | None":
    access = config.access
    if access.certificate is None or access.certificate_key is None:
        return None
    from server import tls

    return tls.context(access.certificate, access.certificate_key)


async def _open_dax(
    config: Config, database: Database, clock: Clock, ids: Ids, entrances: "Entrances | None"
) -> "Dax | None":
    """The cache and its endpoint, if they are wanted: most servers need not load them."""
    if config.dax.port is None and not config.dax.before_http:
        return None
    from server.dax.authorization import ANYBODY
    from server.dax.service import Dax

    entrance = entrances.dax(database) if entrances else ANYBODY
    return await Dax.open(config.dax, config.host, database, clock, ids, entrance)


def _open_feeders(config: Config, database: Database) -> "Feeders | None":
    """What delivers to Kinesis streams, if there is a server that has them."""
    endpoint = config.settings.kinesis_endpoint
    if endpoint is None:
        return None
    from server.kinesis.collection import Feeders
    from server.kinesis.endpoint import Endpoint

    feeders = Feeders(database, Endpoint(endpoint, database.clock))
    database.snapshots.rewound.append(feeders.restart)
    feeders.start()
    return feeders
