"""Faults for a test to script: which calls fail next, and how (`dynalite/operations/faults.py`)."""

from dynalite.operations.faults import Kind, Script
from server.embedded.desk import Desk


class ScriptedFault:
    """A fault, and how far it has come: it was `met` by so many calls and `struck` so many of them."""

    def __init__(self, script: Script, desk: Desk) -> None:
        self._script = script
        self._desk = desk

    @property
    def met(self) -> int:
        return self._script.met

    @property
    def struck(self) -> int:
        return self._script.struck

    def remove(self) -> None:
        """Strike no more. Removing twice is harmless."""
        scripts = self._desk.app.database.faults.scripts
        self._desk.loop.call(lambda: scripts.pop(self._script.name, None))

    def __repr__(self) -> str:
        return f"<{self._script.fault} met={self.met} struck={self.struck}>"


class ScriptedFaults:
    """The faults of one server."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def add(self, kind: Kind, **wanted: object) -> ScriptedFault:
        """Make calls fail on purpose. `wanted` are the parameters of `POST /_admin/faults`: `operation`,
        `table`, `key`, `skip`, `times`, `chance`, `seed`, `seconds`.

        Raises ValueError with one sentence for what makes no sense.
        """
        name = self._desk.ask("POST", "/_admin/faults", kind=kind, **wanted)["name"]
        return ScriptedFault(self._desk.app.database.faults.scripts[name], self._desk)

    def clear(self) -> None:
        """Forget all of them."""
        self._desk.ask("DELETE", "/_admin/faults")
