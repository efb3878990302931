"""Every page by keyboard alone, by screen reader, in small windows and with large letters."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot
from support.page_walk import called, cut, disorder, missed, nameless, outside, reachable, tabbed
from support.places import ROOT
from support.window import QuietLane

from svg_studio.engine.events import Event
from svg_studio.ui.data.convert_dialog import ConvertDialog
from svg_studio.ui.data.mirrors_dialog import Mirrors, MirrorsDialog
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.shell.about_dialog import AboutDialog
from svg_studio.ui.shell.main_window import KEYS, MainWindow
from svg_studio.ui.shell.settings_dialog import SettingsDialog
from svg_studio.ui.style import theme

EVERY_PAGE = pytest.mark.parametrize("key", KEYS)
OpenPage = Callable[..., MainWindow]


@pytest.fixture
def open_page(qapp: QApplication, qtbot: QtBot, exploration: Callable[..., list[Event]]) -> Iterator[OpenPage]:
    """Shows one page of a window that has all of them, with four futures on the wall."""
    opened: list[MainWindow] = []

    def show(key: str, width: int = 1280, height: int = 800) -> MainWindow:
        window = MainWindow(*(QuietLane() for _ in range(4)))
        opened.append(window)
        window.show()
        qtbot.waitUntil(lambda: len(window.pages) == 5)
        page = window.futures
        page.bar.n_past.setValue(3)
        page.bar.n_futures.setValue(4)
        page.open_model("runs/a/checkpoints/last.pt")
        assert page.job is not None
        for event in exploration():
            page.on_event(page.job, event)
        page.playback.play(False)
        window.show_page(KEYS.index(key))
        settle(window, width, height)
        return window

    yield show
    for window in opened:
        window.futures.playback.play(False)
        window.leave()
        window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def settle(window: QWidget, width: int, height: int) -> None:
    """The size that a screen gives it, whatever screen the tests have."""
    window.setMinimumSize(1, 1)
    for _ in range(3):  # labels that wrap ask for their height once they have their width
        window.resize(width, height)
        QApplication.processEvents()
    window.activateWindow()
    assert window.isActiveWindow()


def listed(problems: list[str]) -> str:
    return "".join(f"\n  {one}" for one in problems)


@EVERY_PAGE
def test_that_whatever_can_have_the_focus_has_a_name_for_screen_readers(key: str, open_page: OpenPage) -> None:
    found = nameless(open_page(key))
    assert not found, f"give these a name (controls.named) or a label with a buddy:{listed(found)}"


@EVERY_PAGE
def test_that_tab_reaches_everything_once_in_the_order_of_reading(key: str, open_page: OpenPage) -> None:
    window = open_page(key)
    reachable(window)[0].setFocus()
    order = tabbed()
    never = missed(window, order)
    assert not never, f"Tab ends at {called(order[-1])} and never comes to these:{listed(never)}"
    back = disorder(order)
    assert not back, f"Tab goes back (QWidget.setTabOrder, or the order in which they are laid out):{listed(back)}"


def test_that_arrows_go_on_where_tab_comes_to_one_button_of_several(open_page: OpenPage) -> None:
    window = open_page("futures")
    first, second = window.navigation.buttons.buttons()[:2]
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Down)
    assert second.hasFocus()


@EVERY_PAGE
@pytest.mark.parametrize("width, height", [(1280, 800), (1000, 700), (960, 600)])
def test_that_no_word_is_cut(key: str, width: int, height: int, open_page: OpenPage) -> None:
    window = open_page(key, width, height)
    assert window.width() == width
    found = [*cut(window), *outside(window)]
    assert not found, f"there is no room for these at {width}×{height}:{listed(found)}"


@EVERY_PAGE
def test_that_letters_of_twice_the_size_fit(
    key: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    monkeypatch.setattr(theme, "FONT_PX", 2 * theme.FONT_PX)
    theme.apply(qapp, "light")
    window = open_page(key)
    found = [*cut(window), *outside(window)]
    assert not found, f"these do not grow with the letters (theme.scaled):{listed(found)}"


@EVERY_PAGE
def test_that_a_page_scrolls_where_the_screen_is_too_small_for_it(key: str, open_page: OpenPage) -> None:
    """1280×800 px at 200 % are 640×400."""
    window = open_page(key, 640, 400)
    assert (window.width(), window.height()) == (640, 400)
    found = [*cut(window), *outside(window)]
    assert not found, f"nothing scrolls to these:{listed(found)}"
    reachable(window)[0].setFocus()
    tabbed()  # which looks whether what has the focus is seen


SCALED = """
import json, sys
sys.path.insert(0, "tests")
from PySide6.QtWidgets import QApplication
from support.page_walk import cut, outside
from support.window import QuietLane
from svg_studio.ui.shell.main_window import MainWindow
from svg_studio.ui.style import theme
app = QApplication([])
theme.apply(app, "light")
window = MainWindow(*(QuietLane() for _ in range(4)))
window.show()
while len(window.pages) < 5:
    app.processEvents()
found = []
for number in range(5):
    window.show_page(number)
    app.processEvents()
    found += cut(window) + outside(window)
room = window.screen().availableGeometry()
print(json.dumps([window.devicePixelRatioF(), room.contains(window.geometry()), found]), flush=True)
import os
os._exit(0)
"""


def test_that_a_screen_at_200_per_cent_has_room_for_the_window(tmp_path: Path) -> None:
    screen = tmp_path / "screen.json"
    screen.write_text(json.dumps({"screens": [{"name": "s", "x": 0, "y": 0, "width": 1280, "height": 800}]}))
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": f"offscreen:configfile={screen}",
        "QT_SCALE_FACTOR": "2",
        "SVG_STUDIO_HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCALED], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    ratio, on_screen, found = json.loads(done.stdout.splitlines()[-1])
    assert ratio == 2
    assert on_screen, "the window is larger than the screen"
    assert not found, listed(found)


DIALOGS: dict[str, Callable[[], QDialog]] = {
    "settings": lambda: SettingsDialog(Preferences()),
    "mirrors": lambda: MirrorsDialog(Mirrors(Preferences())),
    "about": AboutDialog,
    "convert": lambda: ConvertDialog("kth", "/data", own_files=True),
}


@pytest.mark.parametrize("name", DIALOGS)
def test_that_dialogs_are_walked_as_pages_are(name: str, qtbot: QtBot) -> None:
    dialog = DIALOGS[name]()
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    dialog.activateWindow()
    assert not nameless(dialog)
    assert not cut(dialog), listed(cut(dialog))
    reachable(dialog)[0].setFocus()
    order = tabbed()
    assert not missed(dialog, order), listed(missed(dialog, order))
    assert not disorder(order), listed(disorder(order))
