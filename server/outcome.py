"""How a command ends: its exit status, and the sentence that explains one that is not 0."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

DONE: Final = 0
MISUSED: Final = 2

STATUSES: Final = (
    (DONE, "done"),
    (1, "it could not be done; one sentence on standard error says why"),
    (MISUSED, "the command line, a variable or the configuration file makes no sense"),
    (3, "no server answers at the endpoint, or the data folder cannot be opened"),
    (4, "the server refuses what was asked of it"),
    (130, "interrupted (Ctrl-C)"),
    (141, "whoever read the output went away"),
)
"""Every exit status, and what it means."""


class Failure(Exception):
    """Something foreseeable keeps a command from doing its work. `sentence` says what, to whoever gave it;
    `code` is for programs.
    """

    status: ClassVar[int] = 1

    def __init__(self, sentence: str, code: str = "Failed") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class Unreachable(Failure):
    """There is nobody to ask."""

    status = 3

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "Unreachable")


class Refused(Failure):
    """Who was asked said no; `code` is the error's name in the API."""

    status = 4

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}" if self.sentence else self.code


def cannot_listen(error: OSError, address: str, option: str) -> Failure:
    """What keeps a server from listening at an address, whose port the option says."""
    if error.errno == errno.EADDRINUSE:
        return Failure(
            f"Another program listens at {address} already; choose another {option}, or 0 for any free one."
        )
    return Failure(f"The server cannot listen at {address}: {error.strerror}.")


@contextmanager
def printing() -> Iterator[None]:
    """For a `with` block that writes to standard output: that it cannot be written to, on a full disk for
    one, becomes a Failure. That nobody reads it any more stays a BrokenPipeError.
    """
    try:
        yield
    except OSError as error:
        # What is still buffered would be written at exit, and fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise Failure(f"Standard output cannot be written: {error.strerror}.") from error
