"""What was opened last comes back in order, bounded, and whatever its name is."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from svg_studio.ui import recents
from svg_studio.ui.preferences import Preferences


def test_that_the_newest_stands_first_once_and_the_list_is_bounded(qtbot: QtBot) -> None:
    for number in range(2 * recents.MOST):
        recents.note("models", f"/runs/{number}.pt")
    recents.note("models", "/runs/12.pt")
    assert recents.recent("models")[:3] == ["/runs/12.pt", "/runs/19.pt", "/runs/18.pt"]
    assert len(recents.recent("models")) == len(set(recents.recent("models"))) == recents.MOST
    assert recents.recent("data") == []


def test_that_paths_are_forgotten_one_by_one_or_all(qtbot: QtBot) -> None:
    for name in "abc":
        recents.note("runs", name)
    recents.forget("runs", "b")
    assert recents.recent("runs") == ["c", "a"]
    recents.forget("runs")
    assert recents.recent("runs") == []


def test_that_a_change_is_said_once(qtbot: QtBot) -> None:
    with qtbot.waitSignal(recents.notifier().changed, check_params_cb=lambda kind: kind == "data"):
        recents.note("data", "/videos")
    with qtbot.assertNotEmitted(recents.notifier().changed):
        recents.note("data", "/videos")


def test_that_names_over_two_lines_and_damaged_settings_do_no_harm(qtbot: QtBot) -> None:
    recents.note("models", "/two\nlines.pt")
    assert recents.recent("models") == []
    Preferences().put("recent/models", 7.5)
    Preferences().put("place/model", [1, 2])
    assert all(isinstance(path, str) for path in recents.recent("models"))
    assert recents.place("model")
    Preferences().put("recent/data", "\n".join(map(str, range(5 * recents.MOST))))
    assert len(recents.recent("data")) == recents.MOST


def test_that_each_kind_of_dialog_has_a_place_of_its_own(qtbot: QtBot) -> None:
    assert recents.place("model", "/otherwise") == "/otherwise"
    assert recents.place("model") == str(Path.home())
    recents.note_place("model", "/models")
    assert recents.place("model", "/otherwise") == "/models"
    assert recents.place("data", "/otherwise") == "/otherwise"
