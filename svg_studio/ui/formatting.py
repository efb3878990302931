"""Formats sizes, durations, moments and counts for people."""

from __future__ import annotations

import time

from svg_studio.engine.utils.wording import count_of, duration, extent, span

__all__ = ["amount", "count_of", "duration", "extent", "moment", "size", "span", "time_left"]


def size(count: int) -> str:
    """Bytes in the unit that suits: 812 B, 3.4 MB."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def amount(done: int, total: int, unit: str) -> str:
    """How much is done, of how much where that is known: 3.1 MB of 11.6 MB, 3 of 25 frames."""
    if unit == "bytes":
        return f"{size(done)} of {size(total)}" if total else size(done)
    return f"{done:,} of {total:,} {unit}".rstrip() if total else ""


def moment(when: float) -> str:
    """Local date and time of a Unix time; nothing for none."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(when)) if when > 0 else ""
    except (OverflowError, ValueError, OSError):  # a hostile folder may say any time
        return ""


def time_left(left: tuple[float, float]) -> str:
    """Seconds at least and at most until something has ended, wherever it is shown: 36 min left, 20–40 min left."""
    return f"{span(*left)} left"
