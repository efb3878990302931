"""A sentence beside a field about what was typed last, for the eye and for screen readers."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from svg_studio.ui.widgets.words import above

SEEN_MS = 6000
GAP_PX = 3


class Remark:
    """Stands below its field for some seconds. In the field's tip and description it stays until it is cleared."""

    def __init__(self, field: QWidget) -> None:
        self._field = field
        self._bubble: QLabel | None = None
        self._timer = QTimer(field, interval=SEEN_MS, singleShot=True)
        self._timer.timeout.connect(self.hide)
        self._tip = self._description = ""
        self.text = ""

    @property
    def is_seen(self) -> bool:
        return self._bubble is not None and self._bubble.isVisible()

    def say(self, text: str) -> None:
        """Shows one sentence in the place of an older one."""
        self.clear()
        self.text = text
        self._tip, self._description = self._field.toolTip(), self._field.accessibleDescription()
        self._field.setToolTip(above(text, self._tip))
        self._field.setAccessibleDescription(f"{text} {self._description}".strip())
        if self._field.isVisible():
            self._show(text)

    def clear(self) -> None:
        """Nothing is to be said any more."""
        self.hide()
        if self.text:
            self.text = ""
            self._field.setToolTip(self._tip)
            self._field.setAccessibleDescription(self._description)

    def hide(self) -> None:
        """Takes it out of sight."""
        self._timer.stop()
        if self._bubble is not None:
            self._bubble.hide()
            self._bubble.deleteLater()
            self._bubble = None

    def _show(self, text: str) -> None:
        # Neither Qt's tip, which goes with the next key or click, nor a window of its own, which some desktops place elsewhere.
        window = self._field.window()
        self._bubble = bubble = QLabel(text, window)
        bubble.setTextFormat(Qt.TextFormat.PlainText)
        bubble.setProperty("role", "remark")
        bubble.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        bubble.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        bubble.ensurePolished()
        bubble.adjustSize()
        place = self._field.mapTo(window, QPoint(0, self._field.height() + GAP_PX))
        if place.y() + bubble.height() > window.height():
            place.setY(self._field.mapTo(window, QPoint(0, 0)).y() - bubble.height() - GAP_PX)
        place.setX(max(0, min(place.x(), window.width() - bubble.width())))
        bubble.move(place)
        bubble.show()
        bubble.raise_()
        self._timer.start()
