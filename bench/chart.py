"""A picture of a comparison: for every workload one bar per server, as long as its share of the best.

Written as SVG by hand; it is a handful of rectangles and words.
"""

from collections.abc import Sequence
from html import escape

from bench.rounds import OUR_NAME, Row

_COLOURS = ("#8a94a6", "#c9a66b", "#7fa88b", "#b08bb0", "#6f9fb8", "#bd8a80")
_OUR_COLOUR = "#d9480f"
_TEXT = "#333"
_BAR_PIXELS = 9
_GAP_PIXELS = 14
_LABEL_PIXELS = 230
_WIDTH_PIXELS = 560
_HEAD_PIXELS = 60


def svg(title: str, rows: Sequence[Row]) -> str:
    """Rows of one promise. A workload that a server cannot do has no bar of it."""
    names = list(dict.fromkeys(name for row in rows for name in (*row.results, *row.cannot)))
    names.sort(key=lambda name: name != OUR_NAME)
    others = [name for name in names if name != OUR_NAME]
    colours = {OUR_NAME: _OUR_COLOUR} | {
        name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(others)
    }
    parts = [_words(10, 20, title, 15), *_legend(names, colours)]
    top = _HEAD_PIXELS
    for row in rows:
        shares = _shares(row)
        label = f"{row.workload}, {row.connections}"
        parts.append(_words(_LABEL_PIXELS - 8, top + _BAR_PIXELS, label, 11, "end"))
        for name in names:
            if name in shares:
                length = shares[name] * _WIDTH_PIXELS
                parts.append(_bar(top, length, colours[name]))
                parts.append(_words(_LABEL_PIXELS + length + 4, top + 8, _figure(row, name), 8))
            top += _BAR_PIXELS
        top += _GAP_PIXELS
    width = _LABEL_PIXELS + _WIDTH_PIXELS + 90
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" font-family="sans-serif">'
    return "\n".join([head, f'<rect width="{width}" height="{top}" fill="white"/>', *parts, "</svg>\n"])


def _shares(row: Row) -> dict[str, float]:
    """The best is 1, whether that is the most requests or the least latency."""
    figures = {name: figure for name in row.results if (figure := row.figure(name))}
    if not figures:
        return {}
    if row.judged_by_latency:
        return {name: min(figures.values()) / figure for name, figure in figures.items()}
    return {name: figure / max(figures.values()) for name, figure in figures.items()}


def _figure(row: Row, name: str) -> str:
    figure = row.figure(name)
    return f"p99 {figure:,.1f} ms" if row.judged_by_latency else f"{figure:,.0f}/s"


def _legend(names: Sequence[str], colours: dict[str, str]) -> list[str]:
    parts, left = [], 10
    for name in names:
        parts.append(f'<rect x="{left}" y="32" width="10" height="10" fill="{colours[name]}"/>')
        parts.append(_words(left + 14, 41, name, 11))
        left += 30 + 7 * len(name)
    return parts


def _bar(top: float, length: float, colour: str) -> str:
    size = f'width="{length:.1f}" height="{_BAR_PIXELS - 1}"'
    return f'<rect x="{_LABEL_PIXELS}" y="{top}" {size} fill="{colour}"/>'


def _words(left: float, base: float, text: str, size: int, anchor: str = "start") -> str:
    place = f'x="{left:.1f}" y="{base:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text {place} fill="{_TEXT}">{escape(text)}</text>'
