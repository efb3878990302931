"""Other people's texts in Qt, which guesses that some are markup, and takes an & for a key: here they are text."""

from __future__ import annotations

import html

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from svg_studio.engine.utils.wording import SENTENCE, shown, shown_lines

NARROW, WIDE = 200, 720  # px that a label asks for at most, and would like at most, whatever it says
_IN_ONE_LINE = 120  # letters of a tip up to which Qt is not to break its lines


class Words(QLabel):
    """A label whose text is text. In one line it is cut short in its middle where there is no room for it."""

    def __init__(self, text: str = "", *, wrap: bool = False) -> None:
        super().__init__(wordWrap=wrap)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(shown_lines(text))

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), NARROW), hint.height())

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(min(hint.width(), WIDE), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        room, words = self.contentsRect(), self.text()
        if self.wordWrap() or "\n" in words or self.buddy() or self.fontMetrics().horizontalAdvance(words) <= room.width():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        words = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, room.width())
        self.style().drawItemText(painter, room, self.alignment(), self.palette(), self.isEnabled(), words, self.foregroundRole())
        painter.end()


def literal(text: str) -> str:
    """`text` for tips and for the labels of Qt's own dialogs, so that it is seen as it is."""
    text = shown_lines(text)
    if "<" not in text and "&" not in text:
        return text
    rich = html.escape(text).replace("\n", "<br>")
    return f"<qt>{rich}</qt>" if len(text) > _IN_ONE_LINE else f"<qt><p style='white-space:pre'>{rich}</p></qt>"


def above(text: str, tip: str) -> str:
    """The tip `tip` with a line of plain text above it."""
    text = literal(text)
    if not tip or not text:
        return text or tip
    if "<" not in text and "<" not in tip:
        return f"{text}\n{tip}"
    return f"{text}<br>{tip if '<' in tip else tip.replace(chr(10), '<br>')}"


def on_button(text: str) -> str:
    """`text` for buttons, boxes and menus."""
    return shown(text).replace("&", "&&")


def on_window(text: str) -> str:
    """`text` for the title of a window, where [*] is a mark of Qt's."""
    return shown(text, SENTENCE).replace("[*]", "[*][*]")
