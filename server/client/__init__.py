"""Asking for operations from a command: of a running server over HTTP, or of a data folder in this process.

`api.py` is the seam between the two, so a command is written once. Nothing here needs an AWS SDK.
"""
