"""Formats sizes, durations, moments, names and counts for people."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from svg_studio.engine.utils.wording import count_of, duration, extent, span

__all__ = ["amount", "apart", "count_of", "duration", "extent", "moment", "size", "span", "time_left"]


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


def apart(names: Iterable[str], most: int) -> dict[str, str]:
    """Name → a short form of about `most` letters that differs wherever the names do: what they share is left out."""
    short = {name: _middle_out(name, most) for name in names}
    alike: dict[str, list[str]] = {}
    for name, words in short.items():
        alike.setdefault(words, []).append(name)
    for group in alike.values():
        if len(group) > 1:
            short |= _cores(group, most)
    return short


def _cores(names: Sequence[str], most: int) -> dict[str, str]:
    """The same of names whose first and last letters are alike."""
    shared = _shared(names)
    end = _shared([name[shared:][::-1] for name in names])
    start = shared
    while start and names[0][start - 1].isalnum():  # from the beginning of a word
        start -= 1
    start = start or (0 if end else shared)
    tail = min(end, most // 4)
    cores = {name: name[start : len(name) - end] for name in names}
    own = apart(cores.values(), max(most - tail - 2, 4))
    before, after = "…" if start else "", "…" if tail < end else ""
    return {name: f"{before}{own[core]}{after}{name[len(name) - tail :] if tail else ''}" for name, core in cores.items()}


def _middle_out(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - most // 2 - 1]}…{name[-(most // 2) :]}"


def _shared(names: Sequence[str]) -> int:
    """How many letters all names begin with."""
    return next((n for n, letters in enumerate(zip(*names, strict=False)) if len(set(letters)) > 1), min(map(len, names)))


def time_left(left: tuple[float, float]) -> str:
    """Seconds at least and at most until something has ended, wherever it is shown: 36 min left, 20–40 min left."""
    return f"{span(*left)} left"
