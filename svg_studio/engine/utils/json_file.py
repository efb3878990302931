"""JSON that anybody may have written: of bounded size and depth, from an ordinary file or a line of one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from svg_studio.engine.utils.plain_file import read_plain

MAX_DEPTH = 64  # of lists and objects in each other, so that whoever shows or compares them need not fear for the stack
MAX_LINE = 16 << 20  # bytes of a line; a file that has a longer one is damaged from there on
MAX_LINES = 1 << 30  # bytes of a file of lines that are looked at; millions of them
_HALF_LETTER = re.compile(rb"\\u[dD][89a-fA-F]")  # which may be half of a letter beyond 16 bits, or stand alone and be none


def read_json(path: Path, most: int, **hooks: Any) -> Any:
    """What a JSON file of at most `most` bytes holds; `hooks` are those of json.loads.

    Raises OSError, and ValueError whose text goes on after the file's name.
    """
    data = read_plain(path, most)
    try:
        return _loaded(data, **hooks)
    except (ValueError, RecursionError) as error:
        raise ValueError("is no JSON or damaged") from error


def object_in(line: bytes) -> dict[str, Any]:
    """The JSON object that a line holds; empty where it holds none."""
    try:
        found = _loaded(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def lines_in(file: IO[bytes]) -> Iterator[bytes]:
    """The lines from where `file` stands, each with its end.

    One that is too long comes without its end and is the last, for a disk that failed may have left gigabytes of zeros.
    """
    left = MAX_LINES
    while left > 0 and (line := file.readline(MAX_LINE)):
        left = left - len(line) if len(line) < MAX_LINE else 0
        yield line


def is_count(value: object, below: int = 2**53) -> bool:
    """Whether it is a whole number from 0 on, such as a float holds."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below


def _loaded(data: bytes, **hooks: Any) -> Any:
    """Raises ValueError and RecursionError."""
    found = json.loads(data, **hooks)
    if _HALF_LETTER.search(data):  # half a letter cannot be written or shown
        found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH:
        level = [found]
        for _ in range(MAX_DEPTH):
            level = [value for inner in level for value in _values(inner) if isinstance(value, dict | list)]
        if level:
            raise ValueError("is nested without end")
    return found


def _values(found: Any) -> Any:
    return found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
