"""An offer has room for its sentence and buttons, whatever it offered before."""

import pytest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.ui.widgets.action_banner import ActionBanner
from svg_studio.ui.widgets.cards import lay_page

SENTENCE = "The run that is named here was interrupted at step 1,234: go on from its last checkpoint? (2 other runs too: see Runs)"


def settled() -> None:
    for _ in range(5):
        QApplication.sendPostedEvents()
        QApplication.processEvents()


@pytest.mark.parametrize("before", ["", "New here?"])
def test_that_a_sentence_of_two_lines_has_its_height_whatever_was_offered_before(qtbot: QtBot, before: str) -> None:
    page, offer = QWidget(), ActionBanner()
    qtbot.addWidget(page)
    lay_page(page, (offer,), QPushButton("here"))
    page.resize(700, 700)
    page.show()
    if before:
        offer.make(before, {"Yes": lambda: None})
        settled()
    offer.make(SENTENCE, {"Resume the run that was interrupted": lambda: None, "Not now, but later": lambda: None})
    settled()
    words = offer._label
    assert words.height() >= words.heightForWidth(words.width())
    assert all(made.height() >= made.sizeHint().height() for made in offer.buttons.values())
    words.setText("\n".join([SENTENCE] * 4))
    settled()
    assert words.height() >= words.heightForWidth(words.width()), "also when it changes while it is seen"
    assert page.rect().contains(offer.geometry())
