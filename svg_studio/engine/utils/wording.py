"""Errors, durations and other people's texts in words, for the terminal and the window alike."""

from __future__ import annotations

import logging
import re

from svg_studio.engine.errors import StudioError

NAME, SENTENCE = 200, 2000  # letters that are shown at most, of a name and of what is said
_ADDRESS = re.compile(r"(?<![a-z0-9+.-])[a-z0-9+.-]+://\S+", re.IGNORECASE)
_PERSON = re.compile(r"(?![^/?#:@]*:\d*[/?#])[^/?#@]*(:.*)?@")  # where a port is followed by a path, an @ is the path's
_VALUE = re.compile(r"([?&;#])([^=&;#]*)(=?)([^&;#]*)")
_HARMLESS = ("download", "dl", "raw")  # what a query may say without being a secret


def shown(text: str, most: int = NAME) -> str:
    """`text`, whoever wrote it, as it can be shown: in one line, of at most about `most` letters, the middle left out.

    What would move a cursor, turn the direction of reading, or not be seen at all is written out, such as \\u202e.
    """
    return printable(text if len(text) <= most else f"{text[: most - most // 2 - 1]}…{text[-(most // 2) :]}")


def printable(text: str) -> str:
    """The whole of it in the same way: without what cannot be printed or written as UTF-8, such as bytes that are no letters."""
    return text if text.isprintable() else "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shown_lines(text: str, most: int = SENTENCE) -> str:
    """The same of a text that may have several lines, of each of them."""
    return "\n".join(shown(line, most) for line in text.split("\n"))


def masked(text: str) -> str:
    """`text` without what addresses in it keep secret: names and passwords, and the values of queries."""
    return _ADDRESS.sub(lambda found: masked_address(found[0]), text)


def masked_address(address: str) -> str:
    """The same of what is meant as one address, whatever it looks like."""
    scheme, mark, rest = address.rpartition("://") if address.count("://") == 1 else ("", "", address)
    if person := _PERSON.match(rest):
        rest = rest[person.end() :]
    return f"{scheme}{mark}{_VALUE.sub(_hide, rest)}"


def _hide(found: re.Match[str]) -> str:
    mark, name, equals, value = found.groups()
    if name in _HARMLESS and len(value) <= 5:
        return found[0]
    if not equals or (not value.strip("=") and (value or len(name) > 24)):  # no name and value, but one word
        name, equals, value = "", "", name
    return f"{mark}{name}{equals}{'…' if value else ''}"


class ShownFormatter(logging.Formatter):
    """Lines of a log in which other people's texts are text, and addresses keep their secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return shown_lines(masked(super().format(record)))


def sentence(error: BaseException) -> str:
    """What a person is told of `error`, of others than this program's own the type and the first line."""
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    elif isinstance(error, StudioError):
        text = str(error)  # whole: a file's name may have lines
    else:
        text = f"{type(error).__name__}: {next(iter(str(error).strip().splitlines()), '')}".removesuffix(": ")
    return shown(masked(text), SENTENCE)


def count_of(count: int, noun: str) -> str:
    """A number and what it counts: 1 frame, 1,305,600 frames."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def extent(sequences: int, frames: int) -> str:
    """How much there is of a set of videos."""
    return f"{count_of(sequences, 'sequence')}, {count_of(frames, 'frame')}"


def duration(seconds: float) -> str:
    """Seconds in at most two units: 42 s, 3 min, 2 h 05 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def span(least: float, most: float) -> str:
    """A time of which only bounds are known: 20–40 min, 50 s – 2 min, 6–16 h; as `duration` has it where they come to the same."""
    if duration(least) == duration(most):
        return duration(least)
    low, high = _roughly(least), _roughly(most)
    if low == high:
        return f"about {low}"
    first, unit = low.split()
    last, other = high.split()
    return f"{first}–{last} {unit}" if unit == other else f"{low} – {high}"


def _roughly(seconds: float) -> str:
    """In one unit, as much as is known of it."""
    if seconds < 3570:  # which is 60 min
        return duration(seconds)
    hours = round(seconds / 3600)
    return f"{hours} h" if hours < 72 else f"{round(seconds / 86400)} days"
