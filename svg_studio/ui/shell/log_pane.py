"""The pane at the foot of the window that shows the program's log, from any thread."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from svg_studio.engine.utils.wording import ShownFormatter
from svg_studio.ui.widgets.controls import timer

FLUSH_MS = 100
MAX_LINES = 5000


class _Wire(QObject):
    line = Signal(str)


class PaneHandler(logging.Handler):
    """Hands lines over to the window's thread."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.wire = _Wire()
        self.setFormatter(ShownFormatter("%(asctime)s  %(message)s", "%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        self.wire.line.emit(self.format(record))


class LogPane(QPlainTextEdit):
    """Shows what the logger "svg_studio" says, in batches. `detach` before it goes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setMaximumBlockCount(MAX_LINES)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setAccessibleName("Log")
        self.setPlaceholderText("What the program does is written here.")
        self._lines: list[str] = []
        self._timer = timer(self, FLUSH_MS, self.flush, once=True)
        self.handler = PaneHandler()
        self.handler.wire.line.connect(self.add)
        self.logger = logging.getLogger("svg_studio")
        self.logger.addHandler(self.handler)

    def add(self, line: str) -> None:
        """One more line, shown soon."""
        self._lines.append(line)
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Shows what is waiting."""
        if self._lines:
            self.appendPlainText("\n".join(self._lines))
            self._lines.clear()

    def detach(self) -> None:
        """Takes no more lines."""
        self.logger.removeHandler(self.handler)
