"""Errors and durations in words, for the terminal and the window alike."""

from __future__ import annotations

from svg_studio.engine.errors import StudioError


def sentence(error: BaseException) -> str:
    """What a person is told of `error`: its first line, with its type where it is none of this program's own."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    text = str(error).strip().splitlines()
    kind = "" if isinstance(error, StudioError) else f"{type(error).__name__}: "
    return f"{kind}{text[0]}" if text else type(error).__name__


def duration(seconds: float) -> str:
    """Seconds in at most two units: 42 s, 3 min, 2 h 05 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"
