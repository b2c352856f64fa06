"""The command line: `dynalite COMMAND`, and `python -m server` for `dynalite serve`.

What can be foreseen to go wrong is said in one sentence, with an exit status of its own
(`server/outcome.py`). Tracebacks are for errors that nobody foresaw.
"""

import os
import sys
from collections.abc import Callable

from server.commands import BY_NAME, COMMANDS, Command
from server.outcome import DONE, MISUSED, Failure, printing


def main(arguments: list[str] | None = None) -> int:
    """The `dynalite` command."""
    given = sys.argv[1:] if arguments is None else arguments
    return _printed(lambda: _main(given))


def run(command: Command, arguments: list[str], program: str) -> int:
    """Run a command with the arguments behind its name. Returns the exit status."""
    return _printed(lambda: _run(command, arguments, program))


def _printed(work: Callable[[], int]) -> int:
    """Do it, and see that all it has printed is written. Returns the exit status."""
    _open_streams()
    try:
        try:
            return work()
        finally:  # which `--help` needs: it ends with an exception
            with printing():
                sys.stdout.flush()
    except Failure as failure:
        print(_complaint(failure, as_json=False), file=sys.stderr)
        return failure.status
    except BrokenPipeError:
        return 141


def _open_streams() -> None:
    """Put the null device where a standard stream is closed (`>&-`). The next file to be opened, which may be
    one of the database's, would take its place, and what is printed.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # at the lowest free descriptor, which is this one
    sys.stdout = sys.stdout or open(1, "w")  # noqa: SIM115 - open until the end
    sys.stderr = sys.stderr or open(2, "w")  # noqa: SIM115


def _main(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if command := BY_NAME.get(name):
        return _run(command, arguments[1:], f"dynalite {name}")
    if name in ("--help", "-h"):
        with printing():
            print(_usage(), end="")
        return DONE
    if name == "--version":
        from importlib.metadata import version

        with printing():
            print(f"dynalite {version('dynalite')}")
        return DONE
    if name:
        from server.options import unknown

        print(f"dynalite: You ask for {name!r}, {unknown(name, BY_NAME, 'command')}", file=sys.stderr)
    else:
        print(_usage(), end="", file=sys.stderr)
    return MISUSED


def _run(command: Command, arguments: list[str], program: str) -> int:
    from server import config, options

    as_json = False
    try:
        module = command.load()
        given = options.read(module.FORM, arguments, os.environ, program, config.LASTING)
        as_json = given.get("output") == "json"
        return module.run(given)
    except Failure as failure:
        print(_complaint(failure, as_json), file=sys.stderr)
        return failure.status
    except ImportError as error:
        if (error.name or "").partition(".")[0] in ("", "dynalite", "server"):
            raise
        print(f"dynalite: {error}; `dynalite doctor` says what is missing.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _complaint(failure: Failure, as_json: bool) -> str:
    if not as_json:
        return f"dynalite: {failure}"
    import json

    return json.dumps({"error": {"code": failure.code, "message": failure.sentence}})


def _usage() -> str:
    width = max(len(command.name) for command in COMMANDS)
    lines = "\n".join(f"  {command.name:{width}}  {command.summary}" for command in COMMANDS)
    return f"""usage: dynalite COMMAND [options]

DynamoDB on your own machine.

commands:
{lines}

`dynalite COMMAND --help` lists a command's options.
"""
