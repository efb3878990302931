"""Reads the numbers that people type, and writes those of fields: one format in every locale.

The mark that fields show, a point unless the settings say otherwise, is always the decimal mark. A comma is one too. Only
where digits can be read in two ways, such as 1,000 for a decimal number or 1.000 for a whole one, they are refused, so that
nothing becomes another number than was meant.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from decimal import Decimal

from PySide6.QtCore import QLocale, QObject, Signal

STYLES = ("point", "system")  # of fields: a decimal point everywhere, or as the system's language writes numbers
MAX_CHARS = 64
SAME = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\u2019'_\u066c", " "),  # what stands between groups of digits and nowhere else
        **dict.fromkeys("\u066b\uff0e", "."),  # Arabic and wide marks
        **dict.fromkeys("\u060c\uff0c", ","),
        **dict.fromkeys("\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys("\u200e\u200f\u061c", ""),  # directions of writing
    }
)
SPELLED = re.compile(r"([+-]?)([0-9., ]+)(?:[eE]([+-]?[0-9]{1,3}))?")
GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([ .,])[0-9]{3})(?:\1[0-9]{3})*")
PART = re.compile(r"[-+0-9., eE]*")


class AmbiguousNumber(ValueError):
    """Digits that can be read in two ways."""


class Notifier(QObject):
    """Says that numbers are written in another way from now on."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.style = STYLES[0]


@functools.cache
def notifier() -> Notifier:
    """The one notifier; connect to its `changed`."""
    return Notifier()


def set_style(style: str) -> None:
    """Writes numbers in fields in one of STYLES from now on; unknown names mean the first."""
    voice = notifier()
    style = style if style in STYLES else STYLES[0]
    if style != voice.style:
        voice.style = style
        voice.changed.emit()


def mark() -> str:
    """The decimal mark of fields, "." or ","."""
    if notifier().style == "point":
        return "."
    return "," if _plain(QLocale().decimalPoint()) == "," else "."


def written(value: float, decimals: int | None = None) -> str:
    """`value` as fields show it, without separators of thousands; of a fraction at most `decimals` digits."""
    if decimals is None or isinstance(value, int):
        text = str(value)  # the shortest that is read as the same number
    else:
        text = f"{value:.{decimals}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    if notifier().style == "point":
        return text
    locale = QLocale()
    signs = {".": locale.decimalPoint(), "-": locale.negativeSign()}
    return "".join(signs.get(c, chr(ord(locale.zeroDigit()) + int(c)) if c.isdigit() else c) for c in text)


def may_begin(text: str) -> bool:
    """Whether a number may stand here once more is typed."""
    return len(text) <= MAX_CHARS and bool(PART.fullmatch(_plain(text)))


def read_whole(text: str) -> int:
    """The whole number that `text` spells. Raises ValueError with a sentence."""
    value = _read(text, whole=True)
    if value != value.to_integral_value():
        raise ValueError(f"{text.strip()}: a whole number is needed")
    return int(value)


def read_decimal(text: str) -> float:
    """The number that `text` spells. Raises ValueError with a sentence."""
    return float(_read(text, whole=False))


def _read(text: str, *, whole: bool) -> Decimal:
    found = SPELLED.fullmatch(_plain(text)) if len(text) <= MAX_CHARS else None
    if found is None:
        raise ValueError(f"{_short(text)}: is no number" if text.strip() else "a number is needed")
    sign, digits, exponent = found.groups()
    body = _with_point(digits.strip(), whole, text.strip())
    if not any(c.isdigit() for c in body):
        raise ValueError(f"{text.strip()}: is no number")
    return Decimal(f"{sign}{body}e{exponent or 0}")


def _with_point(digits: str, whole: bool, text: str) -> str:
    """The same digits with nothing between them but a decimal point."""
    marks = [c for c in digits if not c.isdigit()]
    if not marks:
        return digits
    if len(set(marks)) > 1:  # 1.234,5 and 1 234,5: what comes last, and once, is the decimal mark
        front, last, fraction = digits.rpartition(marks[-1])
        if last == " " or marks.count(last) > 1 or not GROUPED.fullmatch(front):
            raise ValueError(f"{text}: is no number")
        return f"{_digits(front)}.{fraction}"
    grouped, one = bool(GROUPED.fullmatch(digits)), marks[0]
    if one == " " or len(marks) > 1:  # 1 000 and 1,000,000: no decimal mark comes twice
        if not grouped:
            raise ValueError(f"{text}: is no number")
        return _digits(digits)
    if grouped and (one == mark()) == whole:  # 1,000 for a decimal number, 1.000 for a whole one
        front, _, back = digits.partition(one)
        small = f"{front}{mark()}{back.rstrip('0')}" if back.strip("0") else front
        raise AmbiguousNumber(f"{text} can be read in two ways: write {front}{back} or {small}")
    return _digits(digits) if grouped and whole else digits.replace(",", ".")


def _digits(text: str) -> str:
    return re.sub("[ .,]", "", text)


def _plain(text: str) -> str:
    """ASCII digits and marks for those of other scripts."""
    return "".join(str(unicodedata.decimal(c, c)) for c in text.translate(SAME)).strip()


def _short(text: str) -> str:
    return text.strip() if len(text) <= MAX_CHARS else f"{text[:20]}…"
