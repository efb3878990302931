"""A tour that stands beside what it speaks of and can be left at any step."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from support.whole_window import *  # noqa: F403
from support.whole_window import OpenWindow

from svg_studio.engine.worker import Worker
from svg_studio.ui.shell.main_window import MainWindow
from svg_studio.ui.shell.tour import Step, Tour, _beside, _Ring, steps


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    """A window with a thing in each corner."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1000, 700)
    for x, y in ((0, 0), (900, 0), (0, 660), (900, 660)):
        QPushButton("thing", window).setGeometry(x, y, 100, 40)
    window.show()
    return window


def ring_of(host: QWidget) -> QWidget:
    """The line around what a tour speaks of."""
    (ring,) = host.findChildren(_Ring)
    return ring


def tour_of(host: QWidget) -> Tour:
    things = [thing for thing in host.findChildren(QPushButton) if thing.text() == "thing"]
    return Tour(host, [Step(f"Step {n}", "words " * 20, lambda thing=thing: thing) for n, thing in enumerate(things)])


def test_that_the_tour_goes_on_and_back_beside_what_it_speaks_of(host: QWidget, qtbot: QtBot) -> None:
    things = [thing for thing in host.findChildren(QPushButton) if thing.text() == "thing"]
    tour = tour_of(host)
    for number, thing in enumerate(things):
        assert tour.title.text() == f"Step {number}"
        assert tour.place.text() == f"{number + 1} of 4"
        assert host.rect().contains(tour.geometry())
        assert not tour.geometry().intersects(thing.geometry()), "what it speaks of is seen"
        assert tour.next.hasFocus()
        assert tour.back.isEnabled() == (number > 0)
        assert tour.next.text() == ("Done" if number == 3 else "Next")
        assert tour.accessibleDescription().startswith(f"Step {number}. words")
        ring = ring_of(host)
        assert ring.isVisible()
        assert ring.geometry().contains(thing.geometry().adjusted(-2, -2, 2, 2)), "the line is around it"
        assert host.childAt(thing.geometry().center()) is thing, "and takes no click"
        tour.next.click() if number < 3 else tour.back.click()
    assert tour.title.text() == "Step 2"


def test_that_the_tour_ends_at_any_step_and_after_the_last(host: QWidget, qtbot: QtBot) -> None:
    first = tour_of(host)
    QTest.keyClick(first.next, Qt.Key.Key_Escape)
    assert first.isHidden()
    second = tour_of(host)
    second.next.click()
    second.end.click()
    assert second.isHidden()
    third = tour_of(host)
    for _ in range(4):
        third.next.click()
    assert third.isHidden()


def test_that_enter_goes_on_or_does_what_its_button_says(host: QWidget, qtbot: QtBot) -> None:
    tour = tour_of(host)
    QTest.keyClick(tour.next, Qt.Key.Key_Return)
    assert tour.title.text() == "Step 1"
    tour.back.setFocus()
    QTest.keyClick(tour.back, Qt.Key.Key_Return)
    assert tour.title.text() == "Step 0"
    tour.end.setFocus()
    QTest.keyClick(tour.end, Qt.Key.Key_Enter)
    assert tour.isHidden()


def test_that_a_thing_that_is_not_there_is_no_harm(host: QWidget) -> None:
    tour = Tour(host, [Step("Gone", "words", lambda: None), Step("Hidden", "words", lambda: QPushButton(host))])
    assert host.rect().contains(tour.geometry())
    tour.next.click()
    assert tour.title.text() == "Hidden"
    tour.show_step(-1)
    assert tour.title.text() == "Gone", "before the first there is none"


def test_that_the_tour_follows_what_moves_goes_or_grows_and_takes_its_line_along(host: QWidget, qtbot: QtBot) -> None:
    thing = next(one for one in host.findChildren(QPushButton) if one.text() == "thing")
    tour = Tour(host, [Step("One", "words", lambda: thing)])
    (timer,) = tour.findChildren(QTimer)
    assert timer.isActive()
    thing.move(400, 300)
    timer.timeout.emit()  # as if its time had passed
    assert ring_of(host).geometry().contains(thing.geometry())
    thing.hide()
    timer.timeout.emit()
    assert not ring_of(host).isVisible()
    assert abs(tour.geometry().center().x() - host.rect().center().x()) <= 1
    host.resize(1200, 800)
    assert abs(tour.geometry().center().x() - host.rect().center().x()) <= 1, "at once, and not a moment later"
    thing.show()
    timer.timeout.emit()
    tour.leave()
    assert not ring_of(host).isVisible()
    assert not timer.isActive()


@pytest.mark.parametrize(
    "there, side",
    [
        (QRect(400, 100, 100, 40), "below"),
        (QRect(400, 600, 100, 60), "above"),
        (QRect(0, 0, 300, 700), "right"),
        (QRect(700, 0, 300, 700), "left"),
    ],
)
def test_that_the_bubble_covers_nothing_of_what_it_speaks_of(there: QRect, side: str) -> None:
    room = QRect(12, 12, 976, 676)
    bubble = QRect(_beside(there, 380, 150, room), QSize(380, 150))
    assert room.contains(bubble)
    found = {
        "below": bubble.top() > there.bottom(),
        "above": bubble.bottom() < there.top(),
        "right": bubble.left() > there.right(),
        "left": bubble.right() < there.left(),
    }
    assert found[side]


def test_that_a_thing_as_large_as_the_window_is_covered_in_its_last_corner() -> None:
    room = QRect(12, 12, 976, 676)
    bubble = QRect(_beside(QRect(0, 0, 1000, 700), 380, 150, room), QSize(380, 150))
    assert room.contains(bubble)
    assert bubble.left() > 500
    assert bubble.top() > 350


def test_that_each_step_points_at_what_it_speaks_of(window: MainWindow) -> None:
    futures = window.futures
    found = [step.target() for step in steps(window)]
    assert found == [futures.wall, futures.transport, futures.bar, futures.bar.export_button, window.navigation]


def test_that_the_window_has_a_tour_of_five_steps_that_everything_goes_on_beside(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1280, 800)
    window.show_page(1)
    window.start_tour()
    tour = window.tour
    assert tour is not None
    assert window.stack.currentIndex() == 0
    assert tour.place.text() == "1 of 5"
    window.start_tour()
    assert sum(one.isVisible() for one in window.findChildren(Tour)) == 1
    with qtbot.waitSignal(window.tour.destroyed):
        window.tour.end.click()
    assert window.tour is None


def test_that_a_newcomer_is_offered_the_tour_once(
    start_lane: Callable[[str], Worker], open_window: OpenWindow, qtbot: QtBot
) -> None:
    first = open_window((start_lane("a"), start_lane("b"), start_lane("c"), start_lane("d")))
    qtbot.waitUntil(first.offer.isVisible)
    first.offer.buttons["Start the tour"].click()
    assert first.tour is not None
    assert first.offer.text == "", "it is not offered while it is on"
    first.leave()
    qtbot.waitUntil(lambda: not first.isVisible(), timeout=10_000)
    second = open_window((start_lane("e"), start_lane("f"), start_lane("g"), start_lane("h")))
    assert second.offer.text == ""
