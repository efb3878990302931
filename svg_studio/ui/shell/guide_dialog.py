"""Shows the guide that comes with the program, with its headings beside it; nothing is loaded from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QTextBlock, QTextCursor
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QTextBrowser, QWidget

from svg_studio.ui.widgets.controls import named, resize_on_screen
from svg_studio.ui.widgets.layouts import column, split

PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)\s*")  # which show the window that is open anyway
BELOW = 8  # px below a paragraph


class GuideDialog(QDialog):
    """A click on a heading, or on a link to one, leads to it; links to the web open in the browser."""

    def __init__(self, guide: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Guide")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_on_screen(self, 940, 640)
        self.headings = named(QListWidget(), "Headings of the guide")
        self.text = named(QTextBrowser(), "Guide")
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        try:
            self.text.setMarkdown(PICTURE.sub("", guide.read_text(encoding="utf-8")))
        except OSError as error:
            self.text.setPlainText(f"{guide.name} cannot be read ({error.strerror}): install the program again.")
        self._space()
        self._found = [block for block in self._blocks() if block.blockFormat().headingLevel()]
        self.headings.addItems(["   " * (block.blockFormat().headingLevel() - 1) + block.text() for block in self._found])
        self.headings.currentRowChanged.connect(self._go)
        buttons = QDialogButtonBox()
        buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        both = split(self.headings, self.text, sizes=(220, 700), weights=(0, 1))
        column(both, buttons, on=self, gap=10, margins=(16, 16, 16, 12), stretch=both)

    def _blocks(self) -> Iterator[QTextBlock]:
        block = self.text.document().begin()
        while block.isValid():
            yield block
            block = block.next()

    def _space(self) -> None:
        """Room between the paragraphs, which Qt's Markdown has none of."""
        for block in self._blocks():
            style = block.blockFormat()
            style.setBottomMargin(BELOW)
            style.setTopMargin(BELOW if style.headingLevel() else 0)
            QTextCursor(block).setBlockFormat(style)

    def _go(self, number: int) -> None:
        block = self._found[number]
        self.text.setTextCursor(QTextCursor(block))
        self.text.verticalScrollBar().setValue(int(self.text.document().documentLayout().blockBoundingRect(block).top()))

    def _follow(self, link: QUrl) -> None:
        names = [re.sub(r"[^\w -]", "", block.text()).lower().replace(" ", "-") for block in self._found]
        if link.fragment() in names:
            self.headings.setCurrentRow(names.index(link.fragment()))
        elif link.scheme() in ("http", "https"):
            QDesktopServices.openUrl(link)
