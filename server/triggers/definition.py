"""What a trigger is told: one table of members, named as CreateEventSourceMapping names them.

The same table reads the admin API's requests and the files that `--trigger @FILE` names, and is what the
documentation lists. Only what is called is different from Lambda, for lack of a Lambda: one of `Function`,
`Url` and `Command`.
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from server.triggers import WrongDefinition
from server.triggers.pattern import Matches, WrongPattern, compile_pattern

FOREVER: Final = -1
"""For a number of retries or an age: no bound but the stream's own."""

_FILTERS: Final = 10


@dataclass(frozen=True, slots=True)
class Definition:
    """A trigger as it was asked for. Exactly one of `function`, `url` and `command` is set.

    `wants` judges a record. `retries` and `record_age_seconds` may be `FOREVER`. `on_failure` is a file or a
    URL.
    """

    table: str
    region: str
    function: str | None
    url: str | None
    command: tuple[str, ...] | None
    batch_size: int
    window_seconds: float
    starting_position: str
    filters: tuple[str, ...]
    retries: int
    record_age_seconds: int
    bisect: bool
    reports_item_failures: bool
    on_failure: str | None
    wants: Matches = field(compare=False)

    @property
    def target(self) -> str:
        """What is called, as one reads it."""
        return self.function or self.url or shlex.join(self.command or ())


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a definition: how its JSON is read, and what it means."""

    name: str
    parse: Callable[[Any], Any]
    default: Any
    help: str


def _text(given: Any) -> str:
    if not isinstance(given, str) or not given:
        raise ValueError("must be a text that is not empty")
    return given


def _function(given: Any) -> str:
    module, colon, name = _text(given).partition(":")
    if not colon or not module or not name:
        raise ValueError("must be module:function")
    return _text(given)


def _url(given: Any) -> str:
    if not _text(given).startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return _text(given)


def _command(given: Any) -> tuple[str, ...]:
    words = shlex.split(given) if isinstance(given, str) else given
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise ValueError("must be a command, as one text or as a list of words")
    return tuple(words)


def _flag(given: Any) -> bool:
    if not isinstance(given, bool):
        raise ValueError("must be true or false")
    return given


def _number(least: int, most: int) -> Callable[[Any], int]:
    def parse(given: Any) -> int:
        if type(given) is not int or not least <= given <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return given

    return parse


def _position(given: Any) -> str:
    if given not in ("TRIM_HORIZON", "LATEST"):
        raise ValueError("must be TRIM_HORIZON or LATEST")
    return str(given)


def _filters(given: Any) -> tuple[str, ...]:
    filters = given.get("Filters") if isinstance(given, dict) else None
    if not isinstance(filters, list) or len(filters) > _FILTERS:
        raise ValueError(f'must be {{"Filters": [{{"Pattern": "..."}}]}} with at most {_FILTERS} filters')
    patterns: list[str] = []
    for one in filters:
        pattern = one.get("Pattern") if isinstance(one, dict) else None
        if not isinstance(pattern, str):
            raise ValueError("must have a Pattern, which is JSON as a text, in each filter")
        patterns.append(pattern)
    return tuple(patterns)


def _response_types(given: Any) -> bool:
    if given not in ([], ["ReportBatchItemFailures"]):
        raise ValueError('must be ["ReportBatchItemFailures"] or empty')
    return bool(given)


MEMBERS: Final = (
    Member("Table", _text, None, "the table whose stream is followed"),
    Member("Region", _text, "us-east-1", "the region that the table is in"),
    Member("Function", _function, None, "a Python function, `module:function`, called with (event, context)"),
    Member("Url", _url, None, "a web hook: the event is POSTed to it as JSON"),
    Member("Command", _command, None, "a command: the event is written to its standard input as JSON"),
    Member("BatchSize", _number(1, 10_000), 100, "the most records in one event"),
    Member(
        "MaximumBatchingWindowInSeconds",
        _number(0, 300),
        0,
        "how long a batch that is not full is waited for",
    ),
    Member(
        "StartingPosition", _position, "TRIM_HORIZON", "where a new trigger begins: TRIM_HORIZON or LATEST"
    ),
    Member("FilterCriteria", _filters, (), "which records are wanted"),
    Member(
        "MaximumRetryAttempts", _number(-1, 10_000), FOREVER, "retries of a failed batch; -1 has no bound"
    ),
    Member(
        "MaximumRecordAgeInSeconds",
        _number(-1, 604_800),
        FOREVER,
        "the age at which records are given up; -1 has no bound",
    ),
    Member("BisectBatchOnFunctionError", _flag, False, "whether a failed batch is split in two"),
    Member(
        "FunctionResponseTypes",
        _response_types,
        False,
        '`["ReportBatchItemFailures"]` when the answer says which records failed',
    ),
    Member("OnFailure", _text, None, "a file or URL that is told of the batches that were given up"),
)

_TARGETS = ("Function", "Url", "Command")


def parse(given: Any) -> Definition:
    """The definition that a JSON object holds. Raises WrongDefinition."""
    if not isinstance(given, dict):
        raise WrongDefinition("A trigger's definition must be a JSON object.")
    unknown = given.keys() - {member.name for member in MEMBERS}
    if unknown:
        raise WrongDefinition(f"A trigger has no {min(unknown)}.")
    values = {}
    for member in MEMBERS:
        try:
            values[member.name] = member.parse(given[member.name]) if member.name in given else member.default
        except ValueError as error:
            raise WrongDefinition(f"{member.name} {error}.") from error
    if values["Table"] is None:
        raise WrongDefinition("A trigger must have a Table.")
    if sum(values[target] is not None for target in _TARGETS) != 1:
        raise WrongDefinition("A trigger must have one of Function, Url and Command.")
    return Definition(
        table=values["Table"],
        region=values["Region"],
        function=values["Function"],
        url=values["Url"],
        command=values["Command"],
        batch_size=values["BatchSize"],
        window_seconds=values["MaximumBatchingWindowInSeconds"],
        starting_position=values["StartingPosition"],
        filters=values["FilterCriteria"],
        retries=values["MaximumRetryAttempts"],
        record_age_seconds=values["MaximumRecordAgeInSeconds"],
        bisect=values["BisectBatchOnFunctionError"],
        reports_item_failures=values["FunctionResponseTypes"],
        on_failure=values["OnFailure"],
        wants=_wants(values["FilterCriteria"]),
    )


def _wants(patterns: tuple[str, ...]) -> Matches:
    try:
        filters = [compile_pattern(pattern) for pattern in patterns]
    except WrongPattern as error:
        raise WrongDefinition(str(error)) from error
    if not filters:
        return lambda record: True
    return lambda record: any(matches(record) for matches in filters)


# ------------------------------------------------------------------ the command line's short form

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]+")


def read_option(text: str) -> dict[str, Definition]:
    """The triggers, by name, that the lines of a `--trigger` option ask for.

    A line is `TABLE=module:function`, `TABLE=https://…`, `TABLE=exec:COMMAND`, or `@FILE` for a file with a
    JSON object of definitions by name. Raises ValueError with the rest of a sentence about the option.
    """
    triggers: dict[str, Definition] = {}
    for line in filter(None, text.split("\n")):
        triggers.update(_from_file(Path(line[1:])) if line.startswith("@") else _short(line))
    return triggers


def _short(line: str) -> dict[str, Definition]:
    table, equals, target = line.partition("=")
    if not equals:
        raise ValueError("must be TABLE=module:function, TABLE=URL, TABLE=exec:COMMAND or @FILE")
    if target.startswith("exec:"):
        given = {"Command": target.removeprefix("exec:")}
    else:
        given = {"Url" if target.startswith(("http://", "https://")) else "Function": target}
    return {_NOT_IN_NAMES.sub("-", f"{table}-{target}"): _checked("the trigger", {"Table": table, **given})}


def _from_file(path: Path) -> dict[str, Definition]:
    try:
        definitions = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ValueError(f"must name a file that holds JSON ({error})") from error
    if not isinstance(definitions, dict):
        raise ValueError("must name a file that holds a JSON object of definitions by name")
    return {name: _checked(name, given) for name, given in definitions.items()}


def _checked(name: str, given: Any) -> Definition:
    try:
        return parse(given)
    except WrongDefinition as error:
        raise ValueError(f"must define what can be used ({name}: {error})") from error
