"""The clients of an embedded server: boto3's, aioboto3's, and those that a program makes by itself.

A program that makes its own clients finds the server by environment variables that every AWS SDK reads. They
bring credentials along and hide a profile that may be set, so that nothing is ever asked of the real service
by mistake.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

REGION: Final = "us-east-1"
_CREDENTIAL: Final = "dynalite"

_HIDDEN: Final = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)

_CORES: Final[Mapping[str, tuple[str, str]]] = {
    "boto3": ("botocore.session", "Session"),
    "aioboto3": ("aiobotocore.session", "AioSession"),
}
_NO_PROFILE: Final = {"profile": (None, None, None, None)}
"""Has a session look nowhere for a profile: one that is set may not exist on this machine."""


def variables(endpoint: str) -> dict[str, str]:
    """The environment variables that lead an SDK to a server."""
    return {
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": endpoint,
        "AWS_ACCESS_KEY_ID": _CREDENTIAL,
        "AWS_SECRET_ACCESS_KEY": _CREDENTIAL,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }


@contextmanager
def environment(given: Mapping[str, str]) -> Iterator[None]:
    """This process's environment with these variables, and without those that would lead elsewhere."""
    touched = (*given, *_HIDDEN)
    before = {name: os.environ.pop(name) for name in touched if name in os.environ}
    os.environ.update(given)
    try:
        yield
    finally:
        for name in touched:
            os.environ.pop(name, None)
        os.environ.update(before)


def session(library: str) -> Any:
    """A session of boto3 or aioboto3 with credentials that the server takes. Raises ImportError."""
    try:
        module = import_module(library)
    except ModuleNotFoundError as error:
        if error.name != library:
            raise
        raise ImportError(
            f"{library} is not installed, and dynalite makes no clients without it: pip install {library}."
            " Any other client works too, at the server's `endpoint_url`.",
            name=library,
        ) from error
    core_module, core_class = _CORES[library]
    core = getattr(import_module(core_module), core_class)(session_vars=_NO_PROFILE)
    return module.Session(
        aws_access_key_id=_CREDENTIAL,
        aws_secret_access_key=_CREDENTIAL,
        region_name=REGION,
        botocore_session=core,
    )
