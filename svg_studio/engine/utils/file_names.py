"""Says which names a file or a folder can have on every system."""

from __future__ import annotations

import re

from svg_studio.engine.config import ConfigError

_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # on Windows, with any ending


def is_portable(name: str) -> bool:
    """Whether Windows, too, makes a file of this name: it has devices, and drops dots and spaces at the end ("..", too)."""
    return name[-1:] not in (".", " ") and _DEVICES.fullmatch(name) is None


def check_name(setting: str, name: str) -> None:
    """For new folders alone, since those of earlier versions are to open. Raises ConfigError."""
    if not is_portable(name):
        raise ConfigError({setting: f"{setting}={name!r}: Windows has no such folder; choose another name"})
