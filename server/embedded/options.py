"""The options of an embedded server: those of `dynalite serve`, from the same table, as keyword arguments.

`--ttl-delay 0` is `ttl_delay=0`, `--enforce-capacity` is `enforce_capacity=True`; an option that may be
repeated takes a list. Without `data` everything is in memory, and the port is any free one. The environment
is not asked: a test should not depend on whose machine it runs.
"""

from collections.abc import Iterable, Mapping

from server.config import OPTIONS, Config, config_of
from server.options import Option, unknown

BY_KEYWORD: Mapping[str, Option] = {
    option.name.replace("-", "_"): option for option in OPTIONS if option.name != "in-memory"
}


def read(given: Mapping[str, object]) -> Config:
    """The configuration that keyword arguments ask for; None is an option left out.

    Raises TypeError for an option that there is none of, ValueError for a value that makes no sense.
    """
    for name in given:
        if name not in BY_KEYWORD:
            raise TypeError(f"You give dynalite.Server {name}, {unknown(name, BY_KEYWORD, 'option')}")
    wanted = {name: value for name, value in given.items() if value is not None}
    if "data" in wanted and "engine" in wanted:
        raise ValueError("dynalite.Server: data and engine exclude each other")
    values: dict[str, object] = {"in-memory": "data" not in wanted}
    for keyword, option in BY_KEYWORD.items():
        text = _text(wanted.get(keyword, "0" if keyword == "port" else option.default))
        try:
            values[option.name] = option.parse(text)
        except ValueError as error:
            raise ValueError(f"dynalite.Server: {keyword} {error}, not {wanted.get(keyword)!r}") from error
    return config_of(values)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "\n".join(map(str, value))
    return str(value)
