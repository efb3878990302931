"""The menu of a tile copies what is seen there, and does what the keys do; it opens with the mouse and with keys."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot
from support.futures_page import feed, four_futures

from svg_studio.engine.events import Event, Stopped
from svg_studio.ui.futures.export_dialog import ExportDialog
from svg_studio.ui.futures.page import FuturesPage
from svg_studio.ui.futures.references import MEAN, POSTERIOR
from svg_studio.ui.futures.tile_menus import as_seen

Explore = Callable[..., list[Event]]


@pytest.fixture
def page(quiet_lane: Any, qtbot: QtBot, exploration: Explore) -> Iterator[FuturesPage]:
    """Four futures of 8 px, future k's pixels 10·(k+1) + t, standing at frame 6."""
    with four_futures(quiet_lane, qtbot, exploration()) as page:
        page.playback.seek(6)
        yield page


def right_click(widget: QWidget, at: QPoint, qtbot: QtBot) -> None:
    """As a mouse does it: a press, and the wish for a menu."""
    qtbot.mouseClick(widget, Qt.MouseButton.RightButton, pos=at)
    QApplication.sendEvent(widget, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at)))


def opened(page: FuturesPage) -> QMenu | None:
    return page.view.wall_menu.menu or page.view.reference_menu.menu


def entry(page: FuturesPage, begins: str) -> QAction:
    menu = opened(page)
    assert menu is not None
    return next(act for act in menu.actions() if act.text().startswith(begins))


def choose(page: FuturesPage, begins: str, qtbot: QtBot) -> None:
    """Clicks an entry of the open menu."""
    menu = opened(page)
    assert menu is not None
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(entry(page, begins)).center())
    QApplication.processEvents()


def copied() -> QImage:
    return QGuiApplication.clipboard().image()


def test_that_a_right_click_is_about_the_tile_under_it(page: FuturesPage, qtbot: QtBot) -> None:
    right_click(page.wall, page.wall.pictures[2].center(), qtbot)
    assert page.wall.selected == 2
    choose(page, "Copy seed (3)", qtbot)
    assert QGuiApplication.clipboard().text() == "3"


def test_that_between_tiles_there_is_no_menu(page: FuturesPage, qtbot: QtBot) -> None:
    right_click(page.wall, QPoint(page.wall.width() - 2, page.wall.height() - 2), qtbot)
    assert opened(page) is None


def test_that_an_image_is_copied_as_large_as_it_is_seen(page: FuturesPage, qtbot: QtBot) -> None:
    right_click(page.wall, page.wall.pictures[1].center(), qtbot)
    choose(page, "Copy image", qtbot)
    assert copied().size() == page.wall.pictures[1].size() * page.wall.devicePixelRatioF()
    assert copied().pixelColor(3, 3).red() == 20 + 6


@pytest.mark.parametrize("factor, values", [(2.0, {0, 255}), (0.5, {127, 128})])
def test_that_a_copied_image_has_crisp_pixels_where_it_is_enlarged_and_loses_none_where_not(
    page: FuturesPage, factor: float, values: set[int]
) -> None:
    board = (np.indices((8, 8)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None]
    film = page.wall.films[0]
    assert film is not None
    film.at = lambda _: board
    page.wall.set_factor(factor)
    image = as_seen(page.wall, 0)
    seen = {image.pixelColor(x, y).red() for x in range(image.width()) for y in range(image.height())}
    assert seen <= values


def test_that_keys_open_a_menu_after_a_press_between_tiles(page: FuturesPage, qtbot: QtBot) -> None:
    right_click(page.wall, QPoint(page.wall.width() - 2, page.wall.height() - 2), qtbot)
    assert opened(page) is None
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_Menu)
    assert opened(page) is not None
    opened(page).close()  # type: ignore[union-attr]


def test_that_a_frame_is_copied_with_its_own_pixels(page: FuturesPage, qtbot: QtBot) -> None:
    right_click(page.wall, page.wall.pictures[1].center(), qtbot)
    choose(page, "Copy frame (8 × 8 px)", qtbot)
    assert (copied().width(), copied().height()) == (8, 8)
    assert copied().pixelColor(7, 7).red() == 20 + 6


def test_that_pin_and_only_this_are_offered_and_taken_back(page: FuturesPage, qtbot: QtBot) -> None:
    right_click(page.wall, page.wall.pictures[1].center(), qtbot)
    choose(page, "Pin", qtbot)
    assert page.wall.pinned == [1]
    right_click(page.wall, page.wall.pictures[1].center(), qtbot)
    assert entry(page, "Unpin").isEnabled()
    choose(page, "Show only this", qtbot)
    assert page.wall.order == [1]
    right_click(page.wall, page.wall.pictures[1].center(), qtbot)
    choose(page, "Show all futures", qtbot)
    assert page.wall.order == [0, 1, 2, 3]


def test_that_save_opens_the_export_of_that_future(page: FuturesPage, qtbot: QtBot) -> None:
    right_click(page.wall, page.wall.pictures[3].center(), qtbot)
    choose(page, "Save this future…", qtbot)
    dialog = page.findChildren(ExportDialog)[0]
    assert [int(tile.frames[0, 0, 0, 0]) for tile in dialog.tiles] == [40]
    dialog.reject()


def test_that_what_cannot_be_saved_says_why(page: FuturesPage, exploration: Explore, qtbot: QtBot) -> None:
    page.bar.seed.setValue(9)
    right_click(page.wall, page.wall.pictures[3].center(), qtbot)
    assert not entry(page, "Save").isEnabled()
    assert "The wall is still that of" in entry(page, "Save").toolTip()
    menu = opened(page)
    assert menu is not None
    menu.close()
    page.sample()
    feed(page, [*exploration(seed=9)[:9], Stopped()])  # two of four are complete
    right_click(page.wall, page.wall.pictures[3].center(), qtbot)
    assert "not complete" in entry(page, "Save").toolTip()


@pytest.mark.parametrize(
    "key, modifier",
    [(Qt.Key.Key_Menu, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)],
)
def test_that_keys_open_the_menu_of_the_selected_future(
    page: FuturesPage, key: Qt.Key, modifier: Qt.KeyboardModifier, qtbot: QtBot
) -> None:
    page.activateWindow()
    qtbot.mouseClick(page.wall, Qt.MouseButton.LeftButton, pos=page.wall.pictures[2].center())
    qtbot.keyClick(page, key, modifier)
    menu = opened(page)
    assert menu is not None
    assert entry(page, "Copy seed (3)").isEnabled()
    assert page.wall.cell(2).contains(page.wall.mapFromGlobal(menu.pos()))
    menu.close()
    page.wall.setFocus()
    qtbot.keyClick(page.wall, key, modifier)
    assert entry(page, "Copy seed (3)").isEnabled()


def test_that_reference_tiles_are_copied_too(page: FuturesPage, qtbot: QtBot) -> None:
    references = page.references
    right_click(references, references.pictures[MEAN].center(), qtbot)
    assert not any("seed" in act.text().lower() for act in (opened(page) or QMenu()).actions())
    choose(page, "Copy frame of the mean", qtbot)
    assert copied().pixelColor(0, 0).red() == 25 + 6
    right_click(references, references.pictures[POSTERIOR].center(), qtbot)
    choose(page, "Copy image of the posterior", qtbot)
    assert copied().pixelColor(0, 0).red() == 150 + 6


def test_that_keys_reach_the_reference_tiles(page: FuturesPage, qtbot: QtBot) -> None:
    references = page.references
    page.activateWindow()
    references.setFocus()
    qtbot.waitUntil(references.hasFocus)
    frame = page.playback.frame
    qtbot.keyClick(references, Qt.Key.Key_Right)
    assert page.playback.frame == frame, "here the arrows choose a tile"
    assert "posterior" in references.accessibleDescription()
    qtbot.keyClick(references, Qt.Key.Key_Menu)
    choose(page, "Copy frame of the posterior", qtbot)
    assert copied().pixelColor(0, 0).red() == 150 + 6
