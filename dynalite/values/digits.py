"""Whole numbers that come as text."""


def whole(text: str, most: int) -> int | None:
    """What decimal digits say; None where they are something else, or say more than `most`.

    Their length is looked at first, because Python reads no number of several thousand digits.
    """
    if not (text.isascii() and text.isdecimal()):
        return None
    significant = text.lstrip("0") or "0"
    if len(significant) > len(str(most)):
        return None
    number = int(significant)
    return number if number <= most else None
