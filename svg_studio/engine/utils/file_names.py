"""Says which names a file or a folder can have on every system."""

from __future__ import annotations

import re
import unicodedata

from svg_studio.engine.config import ConfigError

_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # on Windows, with any ending


def is_portable(name: str) -> bool:
    """Whether Windows, too, makes a file of this name: it has devices, and drops dots and spaces at the end ("..", too)."""
    return name[-1:] not in (".", " ") and _DEVICES.fullmatch(name) is None


def check_name(setting: str, name: str) -> None:
    """For new folders alone, since those of earlier versions are to open. Raises ConfigError."""
    if not is_portable(name):
        raise ConfigError({setting: f"{setting}={name!r}: Windows has no such folder; choose another name"})


def portable(text: str, most: int = 60) -> str:
    """`text` as a part of a name that every system takes: letters, digits, dots, dashes; at most `most` bytes; it may be empty."""
    kept = "".join(c if c.isalnum() or c in "._-" else "-" for c in unicodedata.normalize("NFC", text))
    kept = re.sub("-{2,}", "-", kept).encode("utf-8", "ignore")[:most].decode("utf-8", "ignore").strip("-._ ")
    return kept if is_portable(kept) else f"{kept}_" if kept else ""
