"""`dynalite.Server`: a server in this process, and everything that a test may ask of it."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dynalite.clock import Clock
from dynalite.settings import PriceTable
from server.app import App
from server.config import Config
from server.embedded import clients, options, outset
from server.embedded.clock import MovableClock
from server.embedded.consumption import Consumption, consumption
from server.embedded.desk import Desk
from server.embedded.faults import ScriptedFaults
from server.embedded.loop import Loop


class Server:
    """A server in a thread of this process, for the length of a `with` (or `async with`) block.

    Without `data`, a folder, it keeps everything in memory. `clock` is one that other servers share. Every
    other option of `dynalite serve` is a keyword argument: `enforce_capacity=True`, `ttl_delay=0`.
    """

    def __init__(
        self, *, data: str | Path | None = None, clock: Clock | None = None, **further: object
    ) -> None:
        self._config: Config = options.read({"data": data, **further})
        self._given_clock = clock
        self._desk: Desk | None = None
        self._sessions: dict[str, Any] = {}

    # -------------------------------------------------------------- beginning and end

    def start(self) -> Self:
        """Open the database and listen. Raises what `dynalite serve` would say: StoreError, OSError."""
        if self._desk is not None:
            raise RuntimeError("This dynalite.Server is running already.")
        loop = Loop()
        try:
            app = loop.run(lambda: App.open(self._config, self._given_clock))
        except BaseException:
            loop.close()
            raise
        self._desk = Desk(loop, app, self._config.host)
        return self

    def close(self) -> None:
        """Answer what has been asked, close the database, end the thread. Closing twice is harmless."""
        desk, self._desk = self._desk, None
        if desk is not None:
            try:
                desk.loop.run(desk.app.close)
            finally:
                desk.loop.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self.start()  # a few milliseconds, which no event loop will miss

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -------------------------------------------------------------- ways in

    @property
    def endpoint_url(self) -> str:
        """Where clients find it, such as `http://127.0.0.1:41093`."""
        host = self._config.host
        return f"http://[{host}]:{self._app.port}" if ":" in host else f"http://{host}:{self._app.port}"

    @property
    def dax_endpoint(self) -> str | None:
        """Where DAX clients find it; None unless the option `dax_port` was given."""
        dax = self._app.dax
        return None if dax is None else dax.address

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables by which any AWS SDK finds the server, for other processes."""
        return clients.variables(self.endpoint_url)

    def environment(self) -> AbstractContextManager[None]:
        """This process's own environment with `variables`, for the length of a `with` block."""
        return clients.environment(self.variables)

    def client(self, service: str = "dynamodb", **further: Any) -> Any:
        """A boto3 client; `further` goes to boto3. `dynamodbstreams` is a service too."""
        return self._session("boto3").client(service, **self._at(further))

    def resource(self, service: str = "dynamodb", **further: Any) -> Any:
        """A boto3 resource."""
        return self._session("boto3").resource(service, **self._at(further))

    def async_client(self, service: str = "dynamodb", **further: Any) -> Any:
        """An aioboto3 client, to be entered with `async with`."""
        return self._session("aioboto3").client(service, **self._at(further))

    def async_resource(self, service: str = "dynamodb", **further: Any) -> Any:
        """An aioboto3 resource, to be entered with `async with`."""
        return self._session("aioboto3").resource(service, **self._at(further))

    # -------------------------------------------------------------- time and faults

    @property
    def clock(self) -> MovableClock:
        return MovableClock(self._running)

    @property
    def faults(self) -> ScriptedFaults:
        return ScriptedFaults(self._running)

    def sweep(self) -> None:
        """Do all background work that is due, and return when it is done."""
        self.admin("POST", "/_admin/sweep")

    def drain(self, at_most_seconds: float = 10.0) -> None:
        """Return when everything that was written before has been delivered, by the triggers and to Kinesis
        streams. Raises ValueError when that takes longer (in real time).
        """
        self.admin("POST", "/_admin/drain", at_most_seconds=at_most_seconds)

    def admin(self, method: str, path: str, **members: object) -> Any:
        """Ask anything of the admin API, without HTTP. Raises ValueError with its sentence."""
        return self._running.ask(method, path, **members)

    # -------------------------------------------------------------- states to go back to

    def snapshot(self, name: str = "default") -> None:
        """Remember the whole database as it is now."""
        self.admin("POST", f"/_admin/snapshots/{name}")

    def restore(self, name: str = "default") -> None:
        """Make the database what it was at a snapshot. Raises ValueError when there is none of this name."""
        self.admin("POST", f"/_admin/snapshots/{name}/restore")

    def reset(self) -> None:
        """Drop everything: all tables of all regions."""
        self.admin("POST", "/_admin/reset")

    @contextmanager
    def fork(self, name: str | None = None) -> Iterator[Self]:
        """Try something out, from here or from the snapshot `name`: at the end of the block everything is as
        it was before it. That is the database, the clock, the faults, the triggers and the snapshots.
        """
        desk = self._running
        before = desk.loop.call(lambda: outset.taken(desk.app))
        try:
            if name is not None:
                self.restore(name)
            yield self
        finally:
            if self._desk is desk:  # and has not been closed meanwhile
                desk.loop.run(lambda: outset.returned_to(before, desk.app))

    # -------------------------------------------------------------- what was consumed

    def capacity(self) -> Any:
        """What every table and index consumed, and the bill: `GET /_admin/capacity`."""
        return self.admin("GET", "/_admin/capacity")

    def consumption(self) -> list[Consumption]:
        """What each operation consumed on each table and index, deleted ones too, since counting began."""
        desk = self._running
        return desk.loop.call(lambda: consumption(desk.app.database))

    @property
    def prices(self) -> PriceTable:
        """What a unit costs in the server's reports."""
        return self._config.settings.prices

    def count_anew(self) -> None:
        """Count consumed capacity from nothing again, with full buckets."""
        self.admin("POST", "/_admin/capacity/reset")

    # -------------------------------------------------------------- within

    @property
    def _running(self) -> Desk:
        if self._desk is None:
            raise RuntimeError(
                "This dynalite.Server is not running: use it in a `with` block, or call start()."
            )
        return self._desk

    @property
    def _app(self) -> App:
        return self._running.app

    def _at(self, further: Mapping[str, Any]) -> dict[str, Any]:
        return {"endpoint_url": self.endpoint_url, **further}

    def _session(self, library: str) -> Any:
        if library not in self._sessions:
            self._sessions[library] = clients.session(library)
        return self._sessions[library]
