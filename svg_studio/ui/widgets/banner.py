"""A strip over the foot of a page that shows one sentence until it is dismissed."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect
from PySide6.QtGui import QColor, QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QSizePolicy, QWidget
from shiboken6 import isValid

from svg_studio.ui.style import icons, theme
from svg_studio.ui.widgets.controls import IconButton, label
from svg_studio.ui.widgets.layouts import row

WIDEST, NARROWEST, MARGIN = 820, 420, 14  # logical pixels, of a strip that floats
MOVED = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)

Parts = Callable[[], Sequence[QWidget]]

_floating: weakref.WeakValueDictionary[int, Strip] = weakref.WeakValueDictionary()  # all there are, in the order they were made


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
        self._over: Parts | None = None  # the parts of the page at whose feet it may lie
        self._watched: list[QWidget] = []  # those parts and all they lie in
        self._before: QWidget | None = None  # what had the focus when it came
        theme.notifier().changed.connect(self._recolour)
        self.hide()

    def float_over(self, page: QWidget, over: Parts | None = None) -> None:
        """Lies over `page` from now on, at the foot of the first part of it that `over` names and that has room; several stand
        above each other.
        """
        self.setParent(page)
        self._page, self._over = page, over
        _floating[max(_floating, default=0) + 1] = self

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
        self.settle()

    def put_away(self) -> None:
        """Hides; the focus, where it was in here, goes back to where it came from."""
        at, before = QApplication.focusWidget(), self._before
        if at is not None and self.isAncestorOf(at) and before is not None and isValid(before) and before.isVisible():
            before.setFocus()
        self._before = None
        self.hide()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._watch([])
        self.settle()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.settle()  # what is in it needs another height
        return handled

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in MOVED:
            self.settle()
        return False

    def settle(self) -> None:
        """Puts all strips of the window in their places, none over another."""
        if self._page is None:
            return
        taken: list[QRect] = []
        for strip in list(_floating.values()):
            if isValid(strip) and strip.isVisible() and strip.window() is self.window():
                strip._lie(taken)

    def _lie(self, taken: list[QRect]) -> None:
        """At the foot of the first part of the page that has room for it above what is `taken`, which it adds itself to; all in the
        window's pixels.
        """
        assert self._page is not None
        parts = self._over() if self._over is not None else (self._page,)
        self._watch(list(dict.fromkeys(widget for part in parts for widget in _up_from(part))))
        page = QRect(self._page.mapTo(self.window(), QPoint()), self._page.size()).intersected(self.window().rect())
        rooms = [self._room(part, page) for part in parts]
        places = [(self._place(room, taken), room) for room in rooms]
        place = next((place for place, room in places if place.top() >= room.top()), self._place(page, taken))
        taken.append(place)
        self.setGeometry(place.translated(-self._page.mapTo(self.window(), QPoint())))
        self.raise_()

    def _place(self, room: QRect, taken: list[QRect]) -> QRect:
        """At the foot of `room`, or above what is taken there."""
        width = min(WIDEST, room.width() - 2 * MARGIN)
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        place = QRect(room.x() + (room.width() - width) // 2, room.bottom() + 1 - MARGIN - height, width, height)
        gap = MARGIN // 2
        while below := [other.top() for other in taken if other.adjusted(0, -gap, 0, gap).intersects(place)]:
            place.moveBottom(min(below) - gap - 1)
        return place

    def _room(self, part: QWidget, page: QRect) -> QRect:
        """What is seen of a part of the page, and all of the page's width where that is narrow, as where the page scrolls."""
        room = QRect(part.mapTo(self.window(), QPoint()), part.size()).intersected(page)
        wanted = min(max(NARROWEST, self.minimumSizeHint().width() + 2 * MARGIN), page.width())
        return room if room.width() >= wanted else QRect(page.x(), room.y(), page.width(), room.height())

    def _watch(self, widgets: list[QWidget]) -> None:
        if widgets != self._watched:
            for widget in filter(isValid, self._watched):
                widget.removeEventFilter(self)
            self._watched = widgets
            for widget in widgets:
                widget.installEventFilter(self)

    def _recolour(self) -> None:
        raise NotImplementedError

    def _tint(self, color: str, icon: str) -> None:
        ground = f"background: {_mixed(color, theme.colors().surface)}; border: 1px solid {color}; border-radius: 6px;"
        self.setStyleSheet(f"{type(self).__name__} {{ {ground} }}")
        self._icon.setPixmap(icons.pixmap(icon, color, 16, self.devicePixelRatioF()))


def _up_from(widget: QWidget) -> list[QWidget]:
    """The widget and all that it lies in, up to the window."""
    found = [widget]
    while not found[-1].isWindow() and (parent := found[-1].parentWidget()) is not None:
        found.append(parent)
    return found


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
        self.settle()

    def _recolour(self) -> None:
        c = theme.colors()
        color = {"error": c.error, "warning": c.warning}.get(self.kind, c.accent)
        self._tint(color, "info" if self.kind == "info" else "warning")
