"""The area that the pages stand in: smaller than they are, it scrolls, also to what Tab reaches."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.ui.style import theme
from svg_studio.ui.widgets.page_area import SMALLEST, PageArea


class Inner(QWidget):
    """A page with a button in its first corner, and one in its last."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = QPushButton("first", self), QPushButton("last", self)
        self.first.setGeometry(10, 10, 90, 30)
        self.last.setGeometry(SMALLEST[0] - 100, SMALLEST[1] - 40, 90, 30)


@pytest.fixture
def area(qtbot: QtBot) -> PageArea:
    area = PageArea(Inner())
    qtbot.addWidget(area)
    area.resize(300, 200)
    with qtbot.waitExposed(area):
        area.show()
    area.activateWindow()
    return area


def inner(area: PageArea) -> Inner:
    page = area.widget()
    assert isinstance(page, Inner)
    return page


def test_that_a_window_may_be_smaller_than_its_page_which_keeps_its_room(area: PageArea) -> None:
    assert (area.width(), area.height()) == (300, 200)
    assert area.minimumSizeHint().width() <= 200
    assert (inner(area).width(), inner(area).height()) == tuple(map(theme.scaled, SMALLEST))
    area.resize(1400, 900)
    assert inner(area).width() >= 1398, "and takes what there is beyond"


def test_that_tab_scrolls_to_all_of_what_it_reaches_and_stays_at_no_area(area: PageArea, qtbot: QtBot) -> None:
    page = inner(area)
    page.first.setFocus()
    assert not area.viewport().rect().contains(page.last.mapTo(area.viewport(), QPoint(0, 0)))
    for button in (page.last, page.first):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert button.hasFocus()
        qtbot.waitUntil(
            lambda button=button: area.viewport().rect().contains(QRect(button.mapTo(area.viewport(), QPoint(0, 0)), button.size()))
        )


def test_that_larger_letters_get_a_larger_page(area: PageArea, qtbot: QtBot, qapp: QApplication) -> None:
    before, font = qapp.font(), qapp.font()
    usual = inner(area).minimumWidth()
    try:
        font.setPixelSize(2 * theme.scaled(10))
        qapp.setFont(font)
        larger = theme.scaled(SMALLEST[0])
        assert larger > usual
        qtbot.waitUntil(lambda: inner(area).minimumWidth() == larger)
    finally:
        qapp.setFont(before)


def test_that_what_lies_deep_in_an_area_inside_the_page_is_scrolled_to_as_well(area: PageArea, qtbot: QtBot) -> None:
    page = inner(area)
    page.last.hide()
    deep, content = QScrollArea(page), QWidget()
    deep.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    deep.setGeometry(400, 60, 200, 400)
    content.resize(180, 2000)
    high, button = QPushButton("high", content), QPushButton("deep", content)
    high.setGeometry(10, 10, 90, 30)
    button.setGeometry(10, 1900, 90, 30)
    deep.setWidget(content)
    deep.show()
    high.setFocus()
    QTest.keyClick(high, Qt.Key.Key_Tab)
    assert button.hasFocus()
    qtbot.waitUntil(
        lambda: area.viewport().rect().contains(QRect(button.mapTo(area.viewport(), QPoint(0, 0)), button.size())), timeout=2000
    )
