"""Pages come back as they were left; what is damaged is as good as nothing."""

from collections.abc import Mapping
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from svg_studio.ui.preferences import Preferences
from svg_studio.ui.shell.remembered import MAX_LETTERS, bring_back, remember, state_of


class Page:
    """Notes what it is brought back to."""

    def __init__(self, **state: Any) -> None:
        self.now = state
        self.restored: list[dict[str, Any]] = []

    def state(self) -> dict[str, Any]:
        return self.now

    def restore(self, state: Mapping[str, Any]) -> None:
        self.restored.append(dict(state))


def test_that_a_page_is_brought_back_to_what_it_said(qtbot: QtBot) -> None:
    left, other, found = Page(index=17, model="/runs/ä/last.pt"), Page(index=2), Page()
    remember(Preferences(), "futures", left)
    remember(Preferences(), "data", other)
    bring_back(Preferences(), "futures", found)
    assert found.restored == [{"index": 17, "model": "/runs/ä/last.pt"}]


def test_that_a_page_that_was_never_left_is_left_alone(qtbot: QtBot) -> None:
    fresh = Page()
    bring_back(Preferences(), "futures", fresh)
    assert fresh.restored == []


@pytest.mark.parametrize("words", ["{", "[1, 2]", "7", "[" * 50_000, '{"a": "' + "x" * MAX_LETTERS + '"}', None])
def test_that_damaged_states_are_as_good_as_none(words: object, qtbot: QtBot) -> None:
    Preferences().put("state/futures", words)
    assert state_of(Preferences(), "futures") == {}


def test_that_a_state_beyond_the_limit_is_not_kept(qtbot: QtBot) -> None:
    remember(Preferences(), "train", Page(index=1))
    remember(Preferences(), "train", Page(text="x" * MAX_LETTERS))
    assert Preferences().text("state/train") == ""
    assert state_of(Preferences(), "train") == {}
