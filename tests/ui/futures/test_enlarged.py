"""The wall alone, and one future beside the truth: reached and left with keys and buttons, on the clock of the wall."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from support.futures_page import feed, four_futures

from svg_studio.engine.address import path_of
from svg_studio.engine.events import Event, Stopped
from svg_studio.ui.futures.page import FuturesPage

Explore = Callable[..., list[Event]]


@pytest.fixture
def page(quiet_lane: Any, qtbot: QtBot, exploration: Explore) -> Iterator[FuturesPage]:
    with four_futures(quiet_lane, qtbot, exploration()) as page:
        page.make_plots()
        page.playback.seek(5)
        page.activateWindow()
        page.setFocus()
        qtbot.waitUntil(page.hasFocus)
        yield page


def greys(page: FuturesPage) -> list[int]:
    """What is seen of truth and future."""
    pair = page.view.enlarged.pair
    image = pair.grab().toImage()
    return [QColor(image.pixel(picture.center() * image.devicePixelRatio())).red() for picture in pair.pictures]


def test_that_enter_shows_the_selected_future_beside_the_truth_and_escape_the_wall(page: FuturesPage, qtbot: QtBot) -> None:
    page.wall.select(2)
    wide = page.wall.plan.image.width()
    qtbot.keyClick(page, Qt.Key.Key_Return)
    enlarged = page.view.enlarged
    assert enlarged.isVisible()
    assert not page.wall.isVisible()
    assert not page.references.isVisible()
    assert greys(page) == [105, 35]
    assert enlarged.pair.plan.image.width() > wide
    assert enlarged.where.text() == "seed 3 · SSIM 0.300, 3 of 4"
    qtbot.keyClick(enlarged.pair, Qt.Key.Key_Escape)
    assert page.wall.isVisible()
    assert page.references.isVisible()
    assert not enlarged.isVisible()


def test_that_both_follow_the_clock(page: FuturesPage, qtbot: QtBot) -> None:
    qtbot.keyClick(page, Qt.Key.Key_Return)
    page.playback.seek(7)
    assert greys(page) == [107, 17]


def test_that_left_and_right_step_through_time_in_both_views(page: FuturesPage, qtbot: QtBot) -> None:
    for _ in range(2):
        frame, selected = page.playback.frame, page.wall.selected
        focus = page.window().focusWidget()
        qtbot.keyClick(focus, Qt.Key.Key_Right)
        qtbot.keyClick(focus, Qt.Key.Key_Right)
        assert page.playback.frame == frame + 2
        qtbot.keyClick(focus, Qt.Key.Key_Left)
        qtbot.keyClick(focus, Qt.Key.Key_Left)
        assert (page.playback.frame, page.wall.selected) == (frame, selected)
        page.set_enlarged(True)
        qtbot.waitUntil(page.view.enlarged.pair.hasFocus)


def test_that_a_double_click_enlarges_and_another_one_leads_back(page: FuturesPage, qtbot: QtBot) -> None:
    def double_click(widget: QWidget, spot: QPoint, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        QTest.mouseClick(widget, button, Qt.KeyboardModifier.NoModifier, spot)
        QTest.mouseDClick(widget, button, Qt.KeyboardModifier.NoModifier, spot)

    wall, enlarged = page.wall, page.view.enlarged
    double_click(wall, wall.rect().bottomRight() - QPoint(1, 1))
    assert not page.view.is_enlarged, "there is no tile"
    double_click(wall, wall.pictures[2].center(), Qt.MouseButton.MiddleButton)
    assert not page.view.is_enlarged
    double_click(wall, wall.pictures[2].center())
    assert page.view.is_enlarged
    assert (wall.selected, wall.pinned) == (2, [])
    qtbot.waitUntil(enlarged.pair.hasFocus)
    double_click(enlarged.pair, enlarged.pair.pictures[1].center())
    assert not page.view.is_enlarged
    assert wall.isVisible()
    assert page.window().focusWidget() is page, "its keys are at hand"


def test_that_up_and_down_go_through_the_futures_as_they_are_sorted(page: FuturesPage, qtbot: QtBot) -> None:
    lists = page.view.arrangement
    lists.choose(lists.sort, "ssim")  # 3, 2, 1, 0
    page.wall.select(3)
    qtbot.keyClick(page, Qt.Key.Key_Return)
    pair = page.view.enlarged.pair
    qtbot.waitUntil(pair.hasFocus)
    qtbot.keyClick(pair, Qt.Key.Key_Down)
    assert (page.wall.selected, greys(page)) == (2, [105, 35])
    assert page.view.enlarged.where.text().endswith("2 of 4")
    qtbot.keyClick(pair, Qt.Key.Key_Up)
    qtbot.keyClick(pair, Qt.Key.Key_Up)
    assert page.wall.selected == 3, "there is none before the first"
    qtbot.keyClick(pair, Qt.Key.Key_PageDown)
    assert page.wall.selected == 2
    qtbot.keyClick(pair, Qt.Key.Key_PageUp)
    assert page.wall.selected == 3
    assert page.playback.frame == 5


def test_that_buttons_do_the_same(page: FuturesPage, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QAbstractButton

    page.set_enlarged(True)
    enlarged = page.view.enlarged
    buttons = {b.accessibleName() or b.text(): b for b in enlarged.findChildren(QAbstractButton)}
    qtbot.mouseClick(buttons["Next future"], Qt.MouseButton.LeftButton)
    assert page.wall.selected == 1
    qtbot.mouseClick(buttons["Future before"], Qt.MouseButton.LeftButton)
    assert page.wall.selected == 0
    qtbot.mouseClick(buttons["Back to the wall"], Qt.MouseButton.LeftButton)
    assert page.wall.isVisible()


def test_that_it_grows_with_new_futures_and_says_whose_it_is_meanwhile(
    page: FuturesPage, exploration: Explore, qtbot: QtBot
) -> None:
    page.set_enlarged(True)
    page.bar.seed.setValue(50)
    assert page.view.whose.isVisible()
    assert page.view.enlarged.pair.stale
    page.sample()
    events = exploration(seed=50)
    feed(page, events[:4])  # two of five imagined frames
    assert not page.view.enlarged.pair.stale
    page.playback.seek(4)
    assert greys(page) == [104, 14]
    assert page.view.enlarged.where.text().startswith("seed 50 · making…")
    feed(page, [Stopped()])
    assert page.view.enlarged.where.text().startswith("seed 50 · 5/8")


def test_that_enter_in_a_field_ends_the_field_and_nothing_else(page: FuturesPage, qtbot: QtBot) -> None:
    spin = page.bar.seed
    spin.setFocus()
    qtbot.waitUntil(spin.hasFocus)
    spin.selectAll()
    qtbot.keyClicks(spin, "77")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert spin.value() == 77
    assert page.wall.isVisible()


def test_that_w_shows_the_wall_alone_and_again_everything(page: FuturesPage, qtbot: QtBot) -> None:
    high = page.wall.visibleRegion().boundingRect().height()
    qtbot.keyClick(page, Qt.Key.Key_W)
    for gone in (page.bar, page.references, page.view.arrangement, page.plots):
        assert not gone.isVisible()
    assert page.wall.isVisible()
    assert page.transport.isVisible(), "the clock stays"
    assert page.view.alone.isChecked()
    qtbot.waitUntil(lambda: page.wall.visibleRegion().boundingRect().height() > high + 100)
    qtbot.keyClick(page, Qt.Key.Key_W)
    for back in (page.bar, page.references, page.view.arrangement, page.plots):
        assert back.isVisible()
    qtbot.keyClick(page, Qt.Key.Key_W)
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert page.bar.isVisible()
    qtbot.mouseClick(page.view.alone, Qt.MouseButton.LeftButton)
    assert not page.bar.isVisible()
    page.set_wall_alone(False)
    assert page.bar.isVisible()
    assert not page.view.alone.isChecked()


def test_that_escape_leaves_one_thing_at_a_time(page: FuturesPage, qtbot: QtBot) -> None:
    page.set_wall_alone(True)
    page.set_enlarged(True)
    qtbot.keyClick(page.view.enlarged.pair, Qt.Key.Key_Escape)
    assert page.wall.isVisible()
    assert not page.bar.isVisible()
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert page.bar.isVisible()


def test_that_without_futures_there_is_no_wall_to_be_alone(quiet_lane: Any, qtbot: QtBot) -> None:
    page = FuturesPage(quiet_lane)
    qtbot.addWidget(page)
    page.show()
    page.set_wall_alone(True)
    assert page.bar.isVisible()
    page.set_enlarged(True)
    assert not page.view.is_enlarged


def test_that_a_wall_that_goes_brings_the_bar_back(page: FuturesPage, qtbot: QtBot) -> None:
    page.set_wall_alone(True)
    page.wall.grow(page.references.truth, 3, [path_of(1)])  # type: ignore[arg-type]
    page.sample()
    feed(page, [Stopped()])
    assert page.empty.isVisible()
    assert page.bar.isVisible()


def test_that_p_pins_after_a_click_on_a_tile_but_not_while_something_is_written(page: FuturesPage, qtbot: QtBot) -> None:
    qtbot.mouseClick(page.wall, Qt.MouseButton.LeftButton, pos=page.wall.pictures[2].center())
    focus = page.window().focusWidget()
    assert focus is page, "a click leaves the keys to the page"
    qtbot.keyClick(focus, Qt.Key.Key_P)
    assert page.wall.pinned == [2]
    for button in (page.transport.loop, page.bar.sample_button):
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_P)
    assert page.wall.pinned == [2], "off and on again"
    page.bar.seed.setFocus()
    qtbot.keyClicks(page.bar.seed, "pw")
    assert page.wall.pinned == [2]
    assert page.bar.isVisible()
