"""A sentence beside a field: where it stands, what it looks like, and that it goes again."""

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.ui.widgets.remark import Remark


class Page(QWidget):
    """A page with one field."""

    def __init__(self) -> None:
        super().__init__()
        self.field = QPushButton("field", self)
        self.field.setToolTip("What it is for")
        self.field.setAccessibleDescription("In px")
        self.remark = Remark(self.field)

    @property
    def bubble(self) -> QLabel:
        """The sentence that is seen."""
        (seen,) = [one for one in self.findChildren(QLabel) if one.isVisible()]
        return seen


@pytest.fixture
def page(qtbot: QtBot) -> Page:
    page = Page()
    qtbot.addWidget(page)
    page.resize(400, 300)
    page.field.setGeometry(20, 20, 80, 24)
    with qtbot.waitExposed(page):
        page.show()
    return page


def test_that_it_stands_below_its_field_over_all_else_and_takes_no_click(page: Page) -> None:
    other = QPushButton("other", page)
    other.setGeometry(0, 40, 400, 200)
    other.show()
    page.remark.say("At most 4.")
    bubble = page.bubble
    assert bubble.y() >= page.field.geometry().bottom()
    assert bubble.x() == page.field.x()
    assert page.childAt(bubble.geometry().center()) is other, "what lies below it can be clicked"
    assert page.children().index(bubble) > page.children().index(other), "and hides nothing of it"


@pytest.mark.parametrize("x, y", [(310, 270), (-30, 270), (310, 20)])
def test_that_all_of_it_is_seen_wherever_its_field_stands(page: Page, x: int, y: int) -> None:
    page.field.move(x, y)
    page.remark.say("A sentence that is longer than its field")
    assert page.rect().contains(page.bubble.geometry())
    assert not page.bubble.geometry().intersects(page.field.geometry())


def test_that_other_peoples_words_are_shown_as_they_are(page: Page) -> None:
    page.remark.say("<b>x</b>: is no number")
    assert page.bubble.textFormat() == Qt.TextFormat.PlainText


def test_that_a_second_sentence_takes_the_place_of_the_first_and_leaves_the_fields_own_words(page: Page) -> None:
    page.remark.say("One.")
    page.remark.say("Two.")
    assert page.bubble.text() == "Two."
    assert page.field.toolTip() == "Two.\nWhat it is for"
    assert page.field.accessibleDescription() == "Two. In px"
    page.remark.clear()
    assert not page.remark.is_seen
    assert (page.field.toolTip(), page.field.accessibleDescription()) == ("What it is for", "In px")


def test_that_it_goes_after_some_seconds_and_a_later_one_has_its_own(page: Page) -> None:
    page.remark.say("One.")
    (timer,) = page.field.findChildren(QTimer)
    assert timer.isActive()
    timer.timeout.emit()  # as if they had passed
    assert not page.remark.is_seen
    assert page.remark.text == "One.", "for screen readers and the tip it stays"
    assert not timer.isActive(), "the time of one that has gone takes no later one away"


def test_that_a_field_out_of_sight_says_nothing_on_the_page(page: Page) -> None:
    page.field.hide()
    page.remark.say("At most 4.")
    assert not page.remark.is_seen
    assert page.field.toolTip().startswith("At most 4.")
