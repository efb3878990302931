"""Context menus that open with the mouse, the Menu key and Shift+F10, and whose entries say why they are disabled."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea, QMenu, QWidget

from svg_studio.ui.widgets.words import literal, on_button

Entries = Callable[[], Iterable[QAction | None]]  # None: a line between two groups


class ContextMenu(QObject):
    """The menu of a widget. `entries` is asked each time it opens, so that it is as things stand; `menu` is what is open."""

    def __init__(self, widget: QWidget, entries: Entries) -> None:
        super().__init__(widget)
        self._widget, self._entries = widget, entries
        self.menu: QMenu | None = None
        widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        widget.customContextMenuRequested.connect(self._on_mouse)
        widget.installEventFilter(self)

    def open(self, at: QPoint) -> None:
        """Show it at a point of the screen, unless it is open or there is nothing in it."""
        if self.menu is not None:
            return  # the Menu key comes as a key and, on some systems, as a wish for a menu too
        menu = QMenu(self._widget)
        menu.setToolTipsVisible(True)
        menu.setAccessibleName(f"Menu of {self._widget.accessibleName() or 'this part'}")
        for made in self._entries():
            if made is None:
                menu.addSeparator()
                continue
            menu.addAction(made)
            if made.parent() is None:
                made.setParent(menu)  # and goes with it
        if menu.isEmpty():
            menu.deleteLater()
            return
        menu.aboutToHide.connect(self._forget)
        self.menu = menu
        menu.popup(at)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and _asks(event):
            self.open(self._place())
            return True
        return super().eventFilter(watched, event)

    def _forget(self) -> None:
        if self.menu is not None:
            self.menu.deleteLater()  # after what was chosen has been done
            self.menu = None

    def _on_mouse(self, position: QPoint) -> None:
        self.open(_area(self._widget).mapToGlobal(position))

    def _place(self) -> QPoint:
        """Where the keyboard is: below the current row, or in the middle."""
        area = _area(self._widget)
        if isinstance(self._widget, QAbstractItemView) and self._widget.currentIndex().isValid():
            corner = self._widget.visualRect(self._widget.currentIndex()).bottomLeft()
            if area.rect().contains(corner):
                return area.mapToGlobal(corner)
        return area.mapToGlobal(area.rect().center())


def context_menu(widget: QWidget, entries: Entries) -> ContextMenu:
    """Gives the widget a menu of what `entries` says when it opens."""
    return ContextMenu(widget, entries)


def entry(text: str, act: Callable[[], object], tip: str = "", *, key: str = "", why: str = "") -> QAction:
    """One entry of a menu that is opening. key: is only shown, the widget itself listens to it. why: why it is disabled."""
    made = QAction(on_button(text))
    made.setShortcut(QKeySequence(key))
    made.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    made.setToolTip(literal(why or tip or text))
    made.setEnabled(not why)
    made.triggered.connect(lambda _=False: act())
    return made


def _asks(event: QKeyEvent) -> bool:
    plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return event.key() == Qt.Key.Key_Menu or (event.key() == Qt.Key.Key_F10 and plain == Qt.KeyboardModifier.ShiftModifier)


def _area(widget: QWidget) -> QWidget:
    """What its positions are counted in."""
    return widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
