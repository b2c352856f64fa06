"""Certificates for tests, made when they are needed."""

import shutil
import subprocess
from pathlib import Path

import pytest


def made(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A certificate for this machine that has signed itself, and its key. Trust it to trust the server."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    files = folder / f"{name}-certificate.pem", folder / f"{name}-key.pem"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    request = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -addext {names}"
    command = ["openssl", *request.split(), "-subj", f"/CN={name}"]
    command += ["-out", str(files[0]), "-keyout", str(files[1])]
    subprocess.run(command, check=True, capture_output=True)
    return files
