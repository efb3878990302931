"""JSON that anybody may have written: of bounded size, from an ordinary file or a line of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from svg_studio.engine.utils.plain_file import read_plain


def read_json(path: Path, most: int, **hooks: Any) -> Any:
    """What a JSON file of at most `most` bytes holds; `hooks` are those of json.loads.

    Raises OSError, and ValueError whose text goes on after the file's name.
    """
    data = read_plain(path, most)
    try:
        return json.loads(data, **hooks)
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
