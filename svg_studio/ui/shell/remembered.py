"""Keeps each page as it was left, in the window's settings, and brings it back at the next start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from svg_studio.ui.preferences import Preferences

MAX_LETTERS = 100_000  # of one page's state


@runtime_checkable
class HasState(Protocol):
    """A page that can say how it stands, in plain values, and be brought there again, whatever the values are."""

    def state(self) -> dict[str, Any]: ...

    def restore(self, state: Mapping[str, Any]) -> None: ...


def remember(settings: Preferences, key: str, page: object) -> None:
    """Keeps how the page `key` stands."""
    if isinstance(page, HasState):
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


def bring_back(settings: Preferences, key: str, page: object) -> None:
    """The page `key` as it was left."""
    if isinstance(page, HasState) and (state := state_of(settings, key)):
        page.restore(state)
