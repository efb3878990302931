"""Strips lie over their page: what they come and go over stays where it was."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.ui.widgets.action_banner import ActionBanner
from svg_studio.ui.widgets.banner import Banner, dismiss_one
from svg_studio.ui.widgets.cards import lay_page

LONG = "This sentence is long enough to need more than one line on any page that is as narrow as this one is. " * 3


class Page(QWidget):
    """A page with a banner, an offer and one thing to click on."""

    def __init__(self) -> None:
        super().__init__()
        self.banner, self.offer, self.body = Banner(), ActionBanner(), QPushButton("here")
        lay_page(self, (self.banner, self.offer), self.body)


@pytest.fixture
def page(qtbot: QtBot) -> Page:
    page = Page()
    qtbot.addWidget(page)
    page.resize(600, 400)
    page.show()
    return page


def test_that_nothing_moves_when_a_banner_comes_or_goes(page: Page, qtbot: QtBot) -> None:
    before = page.body.geometry()
    page.banner.show_error(LONG)
    page.offer.make("Go on?", {"Yes": lambda: None})
    qtbot.wait(1)
    assert page.body.geometry() == before
    page.banner.clear()
    page.offer.withdraw()
    assert page.body.geometry() == before


def test_that_strips_lie_inside_the_page_above_each_other(page: Page) -> None:
    page.banner.show_error(LONG)
    page.offer.make(LONG, {"Yes": lambda: None})
    for width, height in ((600, 400), (1800, 300), (430, 500)):
        page.resize(width, height)
        assert page.rect().contains(page.banner.geometry())
        assert page.rect().contains(page.offer.geometry())
        assert not page.banner.geometry().intersects(page.offer.geometry())
        assert page.banner.height() >= page.banner.heightForWidth(page.banner.width()), "all of the sentence is seen"
    assert page.childAt(page.banner.geometry().center()) is not page.body


def test_that_the_one_that_stays_takes_the_foot(page: Page) -> None:
    page.banner.show_info("one")
    foot = page.banner.geometry().bottom()
    page.offer.make("two", {"Yes": lambda: None})
    page.banner.clear()
    assert page.offer.geometry().bottom() == foot


def test_that_escape_dismisses_one_after_another_but_no_question_that_needs_an_answer(page: Page, qtbot: QtBot) -> None:
    declined: list[str] = []
    page.activateWindow()
    page.body.setFocus()
    page.banner.show_info("one")
    page.offer.make("two", {"Yes": lambda: None, "Not now": lambda: declined.append("two")})
    assert dismiss_one(page)
    assert (page.banner.text == "") != (page.offer.text == ""), "one at a time"
    assert dismiss_one(page)
    assert page.banner.text == page.offer.text == ""
    assert declined == ["two"]
    page.offer.make("where?", {"Here": lambda: None, "There": lambda: None})
    assert not dismiss_one(page)
    assert page.offer.text == "where?"


def test_that_the_focus_goes_back_to_where_it_was(page: Page, qtbot: QtBot) -> None:
    page.activateWindow()
    page.body.setFocus()
    page.offer.make("two", {"Yes": lambda: None, "Not now": lambda: None})
    page.offer.buttons["Not now"].setFocus()
    QTest.keyClick(page.offer.buttons["Not now"], Qt.Key.Key_Space)
    assert page.body.hasFocus()


def test_that_a_longer_sentence_gets_the_room_it_needs(page: Page) -> None:
    page.banner.show_info("one")
    short = page.banner.height()
    page.banner.show_error(LONG)
    assert page.banner.height() > short
