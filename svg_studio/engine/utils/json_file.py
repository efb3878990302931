"""JSON that anybody may have written: of bounded size, from an ordinary file or a line of one."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any


def read_json(path: Path, most: int, **hooks: Any) -> Any:
    """What a JSON file of at most `most` bytes holds; `hooks` are those of json.loads.

    Raises OSError, and ValueError whose text goes on after the file's name.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for ever
        raise ValueError("is no file")
    if found.st_size > most:
        raise ValueError(f"is {found.st_size:,} bytes long, which no such file is")
    try:
        return json.loads(path.read_bytes(), **hooks)
    except (ValueError, RecursionError) as error:
        raise ValueError("is no JSON or damaged") from error


def object_in(line: bytes) -> dict[str, Any]:
    """The JSON object that a line holds; empty where it holds none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def is_count(value: object, below: int = 2**53) -> bool:
    """Whether it is a whole number from 0 on, such as a float holds."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below
