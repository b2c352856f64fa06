"""The server's side of TLS, for HTTP and for DAX."""

import ssl
from pathlib import Path

from server.outcome import Failure


def context(certificate: Path, key: Path) -> ssl.SSLContext:
    """For listening with a certificate and its private key, both in PEM files.

    Raises Failure for files that cannot be read or do not fit together.
    """
    for file in (certificate, key):
        try:
            file.open("rb").close()
        except OSError as error:
            raise Failure(f"The file {file} cannot be read: {error.strerror}.") from error
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    try:
        made.load_cert_chain(certificate, key, password=lambda: "")  # it would ask at the terminal otherwise
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            complaint = f"The private key {key} is not that of the certificate {certificate}."
            raise Failure(complaint) from error
        raise Failure(
            f"{certificate} and {key} are no certificate and private key in PEM form (without a password)."
        ) from error
    return made
