"""`python -m server` is `dynalite serve`."""

import sys

from server.cli import run
from server.commands import BY_NAME

sys.exit(run(BY_NAME["serve"], sys.argv[1:], "python -m server"))
