"""Moments as people write them: seconds since 1970, or ISO 8601, in UTC where no offset is given."""

from datetime import UTC, datetime


def parse(text: str) -> float:
    """Seconds since the epoch. Raises ValueError with the rest of a sentence."""
    if text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdecimal():
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("must be seconds since 1970, or a time such as 2030-01-31T12:00:00Z") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def shown(epoch_seconds: float) -> str:
    """The moment in UTC, to the millisecond."""
    text = datetime.fromtimestamp(epoch_seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
