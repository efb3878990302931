"""Keeps each page as it was left, in the window's settings, and brings it back at the next start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from svg_studio.ui.preferences import Preferences

MAX_LETTERS = 100_000  # of one page's state


class HasState(Protocol):
    """A page that can say how it stands, in plain values, and be brought there again, whatever the values are."""

    def state(self) -> Mapping[str, Any]: ...

    def restore(self, state: Mapping[str, Any]) -> object: ...


def remember(settings: Preferences, key: str, page: HasState) -> None:
    """Keeps how the page `key` stands."""
    words = json.dumps(page.state())
    settings.put(f"state/{key}", words if len(words) <= MAX_LETTERS else "")


def state_of(settings: Preferences, key: str) -> dict[str, Any]:
    """How the page `key` was left; empty where that is not known, or damaged."""
    words = settings.text(f"state/{key}")
    try:
        state = json.loads(words) if len(words) <= MAX_LETTERS else {}
    except (ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) else {}


def bring_back(settings: Preferences, key: str, page: HasState) -> None:
    """The page `key` as it was left."""
    if state := state_of(settings, key):
        page.restore(state)
