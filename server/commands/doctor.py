"""`dynalite doctor`: what is wrong with this machine, as far as the server is concerned."""

import sys
from dataclasses import asdict
from typing import Final

from dynalite.clock import Clock
from server import checkup, config
from server.checkup import Finding
from server.config import CLIENT_OPTIONS, OPTIONS
from server.options import Form, Given
from server.outcome import DONE
from server.terminal import Paint, paint, report

_OUTPUT: Final = tuple(option for option in CLIENT_OPTIONS if option.name == "output")
_COLOURS: Final = {"ok": "green", "note": "faint", "warning": "yellow", "failure": "red"}
_WIDTH: Final = max(map(len, _COLOURS))

FORM: Final = Form(
    description="Look at everything that a server needs, and say what is wrong and what to do about it, a"
    " line each. It takes the options of `dynalite serve` and judges that very server. The exit"
    " status is 1 when it could not start. Nothing is changed.",
    options=(*OPTIONS, *_OUTPUT),
    examples=(
        ("dynalite doctor", "before `dynalite serve`"),
        (
            "dynalite doctor --data /var/lib/dynalite --port 80",
            "before a `dynalite serve` with these options",
        ),
    ),
)


def run(given: Given) -> int:
    found = list(checkup.findings(config.of(given), Clock()))
    failed = any(finding.level == "failure" for finding in found)
    painted = paint(sys.stdout)
    said = "\n".join(_line(finding, painted) for finding in found)
    members = {"healthy": not failed, "findings": [asdict(finding) for finding in found]}
    report(given["output"] == "json", said, members, sys.stdout)
    return 1 if failed else DONE


def _line(finding: Finding, painted: Paint) -> str:
    level = painted(_COLOURS[finding.level], f"{finding.level:{_WIDTH}}")
    advice = f"; {finding.advice}" if finding.advice else ""
    return f"{level}  {finding.subject}: {finding.found}{advice}"
