"""A strip over the foot of a page that shows one sentence until it is dismissed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QColor, QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QSizePolicy, QWidget
from shiboken6 import isValid

from svg_studio.ui.style import icons, theme
from svg_studio.ui.widgets.controls import IconButton, label
from svg_studio.ui.widgets.layouts import row

WIDEST, MARGIN = 820, 14  # logical pixels, of a strip that floats


class Strip(QFrame):
    """An icon and a sentence on a tinted ground. Hidden until there is something to say.

    In a layout it takes a place of its own. One that floats lies over the foot of its page, so that nothing moves when it comes
    or goes.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = QLabel()
        self._label = label(wrap=True)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._row = row(self._icon, self._label, on=self, gap=10, margins=(12, 6, 6, 6), stretch=self._label)
        self._page: QWidget | None = None  # that it floats over
        self._before: QWidget | None = None  # what had the focus when it came
        theme.notifier().changed.connect(self._recolour)
        self.hide()

    def float_over(self, page: QWidget) -> None:
        """Lies over `page` from now on; several stand above each other."""
        self.setParent(page)
        self._page = page
        page.installEventFilter(self)

    @property
    def floats(self) -> bool:
        """Whether it lies over a page."""
        return self._page is not None

    def dismiss(self) -> bool:
        """What Escape does; whether there was anything to do."""
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._before = QApplication.focusWidget()
        self._settle()

    def put_away(self) -> None:
        """Hides; the focus, where it was in here, goes back to where it came from."""
        at, before = QApplication.focusWidget(), self._before
        if at is not None and self.isAncestorOf(at) and before is not None and isValid(before) and before.isVisible():
            before.setFocus()
        self._before = None
        self.hide()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._settle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._settle()
        return False

    def _settle(self) -> None:
        """Puts all strips of the page in their places, the first at the foot."""
        if self._page is None:
            return
        width, foot = min(WIDEST, self._page.width() - 2 * MARGIN), self._page.height() - MARGIN
        for strip in self._page.children():
            if isinstance(strip, Strip) and strip._page is self._page and not strip.isHidden():
                height = max(strip.heightForWidth(width), strip.minimumSizeHint().height())
                strip.setGeometry((self._page.width() - width) // 2, foot - height, width, height)
                strip.raise_()
                foot -= height + MARGIN // 2

    def _recolour(self) -> None:
        raise NotImplementedError

    def _tint(self, color: str, icon: str) -> None:
        ground = f"background: {_mixed(color, theme.colors().surface)}; border: 1px solid {color}; border-radius: 6px;"
        self.setStyleSheet(f"{type(self).__name__} {{ {ground} }}")
        self._icon.setPixmap(icons.pixmap(icon, color, 16, self.devicePixelRatioF()))


def _mixed(color: str, ground: str) -> str:
    """A little of `color` on `ground`."""
    over, below = QColor(color), QColor(ground)
    pairs = ((over.red(), below.red()), (over.green(), below.green()), (over.blue(), below.blue()))
    return QColor(*(round(0.14 * a + 0.86 * b) for a, b in pairs)).name()


def dismiss_one(window: QWidget) -> bool:
    """One of the strips that lie over the pages of `window`; whether there was one."""
    return any(strip.dismiss() for strip in window.findChildren(Strip) if strip.floats and strip.isVisible())


class Banner(Strip):
    """`text` and `kind` ("info", "warning", "error" or "") are what it shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = ""
        self._label.setTextInteractionFlags(self._label.textInteractionFlags().TextSelectableByMouse)
        self._dismiss = IconButton("close", "Dismiss", self.clear, name="Dismiss message", color="muted")
        self._dismiss.setProperty("flat", True)
        self._row.addWidget(self._dismiss)

    @property
    def text(self) -> str:
        """The sentence shown, or nothing."""
        return self._label.text() if self.kind else ""

    def show_error(self, sentence: str) -> None:
        self._show(sentence, "error")

    def show_warning(self, sentence: str) -> None:
        self._show(sentence, "warning")

    def show_info(self, sentence: str) -> None:
        self._show(sentence, "info")

    def clear(self) -> None:
        """Says nothing any more."""
        self.kind = ""
        self.put_away()

    def dismiss(self) -> bool:
        self.clear()
        return True

    def _show(self, sentence: str, kind: str) -> None:
        self.kind = kind
        self._label.setText(sentence)
        self.setAccessibleName(f"{kind}: {sentence}")
        self._recolour()
        self.show()
        self._settle()

    def _recolour(self) -> None:
        c = theme.colors()
        color = {"error": c.error, "warning": c.warning}.get(self.kind, c.accent)
        self._tint(color, "info" if self.kind == "info" else "warning")
