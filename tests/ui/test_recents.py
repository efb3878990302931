"""What was opened last comes back in order, bounded, and whatever its name is."""

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
    assert len(Preferences().text("recent/models").splitlines()) == recents.MOST, "nor does the file grow"


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


def test_that_a_list_that_somebody_wrote_into_is_as_good_as_ours(qtbot: QtBot) -> None:
    Preferences().put("recent/runs", "\n".join(["/a", "", "/b", "/a", *(f"/{number}" for number in range(20))]))
    assert recents.recent("runs")[:4] == ["/a", "/b", "/0", "/1"]
    assert len(recents.recent("runs")) == recents.MOST


def test_that_a_place_is_the_last_one_or_the_one_proposed(qtbot: QtBot) -> None:
    assert recents.place("export", "/proposed") == "/proposed"
    recents.note_place("export", "/there")
    assert recents.place("export", "/proposed") == "/there"
