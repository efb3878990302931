"""Strips lie over their page: what they come and go over stays where it was."""

from itertools import combinations

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.ui.style import theme
from svg_studio.ui.widgets.action_banner import ActionBanner
from svg_studio.ui.widgets.banner import MARGIN, WIDEST, Banner, dismiss_one
from svg_studio.ui.widgets.cards import lay_page
from svg_studio.ui.widgets.layouts import boxed, column

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
    others = [QPushButton(name, page) for name in ("first", "second", "third")]
    for other in others:
        other.show()
    for other in (*others, page.body):
        other.setFocus()
        page.offer.make("two", {"Yes": lambda: None, "Not now": lambda: None})
        page.offer.buttons["Not now"].setFocus()
        QTest.keyClick(page.offer.buttons["Not now"], Qt.Key.Key_Space)
        assert other.hasFocus()


def test_that_a_message_dismissed_by_its_button_gives_the_focus_back(page: Page, qtbot: QtBot) -> None:
    page.activateWindow()
    others = [QPushButton(name, page) for name in ("first", "second")]
    for other in others:
        other.show()
        other.setFocus()
        page.banner.show_error("gone")
        dismiss = next(one for one in page.banner.findChildren(QWidget) if one.accessibleName() == "Dismiss message")
        dismiss.setFocus()
        QTest.keyClick(dismiss, Qt.Key.Key_Space)
        assert page.banner.isHidden()
        assert other.hasFocus()


def test_that_the_focus_is_left_alone_where_it_is_elsewhere_and_gone_where_its_widget_is(page: Page, qtbot: QtBot) -> None:
    page.activateWindow()
    gone, hidden, other = (QPushButton(name, page) for name in ("gone", "hidden", "other"))
    for one in (gone, hidden, other):
        one.show()
    other.setFocus()
    page.banner.show_info("one")
    page.body.setFocus()
    page.banner.clear()
    assert page.body.hasFocus(), "who went on working is not called back"
    for one in (hidden, gone):
        one.setFocus()
        page.offer.make("two", {"Yes": lambda: None, "Not now": lambda: None})
        page.offer.buttons["Not now"].setFocus()
        one.hide()
        if one is gone:
            one.deleteLater()
            QApplication.sendPostedEvents(one, QEvent.Type.DeferredDelete)
        page.offer.withdraw()
        assert QApplication.focusWidget() is not hidden


def test_that_a_longer_sentence_gets_the_room_it_needs(page: Page) -> None:
    page.banner.show_info("one")
    short = page.banner.height()
    page.banner.show_error(LONG)
    assert page.banner.height() > short


def test_that_strips_lie_over_what_is_added_later_and_grow_no_wider_than_is_read(page: Page) -> None:
    page.resize(1800, 400)
    later = QPushButton("later", page)
    later.setGeometry(page.rect())
    later.show()
    page.banner.show_info("one")
    assert page.banner.width() == WIDEST
    assert page.childAt(page.banner.geometry().center()) is not later


def test_that_strips_of_another_page_inside_this_one_stay_where_they_are(page: Page) -> None:
    inner = QWidget(page)
    inner.setGeometry(0, 0, 300, 150)
    other, laid = Banner(), Banner(page)
    other.float_over(inner)
    laid.setGeometry(5, 5, 200, 30)
    inner.show()
    laid.show_info("in a layout")
    other.show_info("inside")
    page.banner.show_info("one")
    assert inner.rect().contains(other.geometry())
    assert laid.geometry().topLeft().toTuple() == (5, 5)
    page.banner.clear()
    other.clear()
    assert not dismiss_one(page), "what does not float is no message of the moment"


def test_that_no_strip_of_a_window_lies_over_that_of_a_page_inside_it(page: Page, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    offer = ActionBanner()
    offer.float_over(window)
    page.setParent(window)
    page.setGeometry(0, 0, 600, 360)
    window.resize(600, 400)
    window.show()
    page.show()
    offer.make("Go on?", {"Yes": lambda: None})
    foot = offer.geometry()
    page.banner.show_error(LONG)
    page.offer.make(LONG, {"Yes": lambda: None})

    def overlap() -> bool:
        places = [QRect(strip.mapTo(window, QPoint()), strip.size()) for strip in (offer, page.banner, page.offer)]
        return any(one.intersects(other) for one, other in combinations(places, 2))

    for height in (360, 400, 380, 330):
        page.resize(600, height)
        assert not overlap()
    page.move(0, 20)
    assert not overlap()
    page.hide()
    assert offer.geometry() == foot


def test_that_a_page_names_the_part_of_it_that_strips_lie_over(qtbot: QtBot) -> None:
    page, picture, below = QWidget(), QLabel("picture"), QPushButton("control")
    qtbot.addWidget(page)
    banner = Banner()
    lay_page(page, (banner,), boxed(column(picture, below, stretch=picture)), lambda: (picture,))
    page.resize(600, 400)
    page.show()
    banner.show_error(LONG)
    for height in (400, 300, 500):
        page.resize(600, height)
        QApplication.processEvents()
        place = QRect(picture.mapTo(page, QPoint()), picture.size())
        assert place.contains(banner.geometry())
        assert place.bottom() + 1 - banner.geometry().bottom() - 1 == MARGIN


def test_that_each_kind_of_message_has_its_name_its_colour_and_its_mark_in_every_scheme(page: Page) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    banner, grounds, marks = page.banner, set(), set()
    for kind, show in (("error", banner.show_error), ("warning", banner.show_warning), ("info", banner.show_info)):
        show("It is so")
        assert (banner.kind, banner.accessibleName()) == (kind, f"{kind}: It is so")
        for scheme in ("light", "dark"):
            theme.apply(app, scheme)
            colors = theme.colors()
            wanted = {"error": colors.error, "warning": colors.warning, "info": colors.accent}[kind]
            assert wanted in banner.styleSheet()
            grounds.add(banner.styleSheet())
            if scheme == "light":
                alpha = banner._icon.pixmap().toImage().convertToFormat(QImage.Format.Format_Alpha8)
                marks.add(bytes(alpha.constBits()))
        theme.apply(app, "light")
    assert len(grounds) == 6
    assert len(marks) == 2, "what is only told has another mark than what is wrong"
