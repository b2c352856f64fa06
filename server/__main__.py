"""`python -m server` is `dynalite serve`."""

import sys

from server.cli import serve

sys.exit(serve(sys.argv[1:], "python -m server"))
