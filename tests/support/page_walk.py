"""Walks a window as somebody does with the keyboard, a screen reader or large letters, and lists what stands in the way."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QButtonGroup,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QWidget,
)

MANY = 400  # steps of Tab after which it is taken to go on for ever
SLACK = 6  # px by which things of one row may differ in height


def called(widget: QWidget) -> str:
    """What a message calls a widget, with those it lies in."""
    words = widget.accessibleName() or getattr(widget, "text", lambda: "")() or widget.objectName()
    inside = widget.parentWidget()
    return f"{type(widget).__name__} {words!r} in {type(inside).__name__ if inside else 'nothing'}"


def reachable(window: QWidget) -> list[QWidget]:
    """What Tab has to reach."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.window() is window
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not isinstance(widget.parentWidget(), QAbstractSpinBox)
    ]


def missed(window: QWidget, order: list[QWidget]) -> list[str]:
    """What Tab does not come to. Of buttons of which one is on, it comes to one, and arrows go on from there."""
    groups = [group for widget in order if (group := _group(widget)) is not None]
    return [called(widget) for widget in reachable(window) if widget not in order and _group(widget) not in groups]


def _group(widget: QWidget) -> QButtonGroup | None:
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group if group is not None and group.exclusive() else None


def nameless(window: QWidget) -> list[str]:
    """Widgets that a screen reader has no word for."""
    found = []
    for widget in reachable(window):
        name = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
        if not name.strip():
            found.append(called(widget))
    return found


def tabbed() -> list[QWidget]:
    """What has the focus as Tab is pressed, beginning with what has it now, until something has it for the second time."""
    seen: list[QWidget] = []
    for _ in range(MANY):
        at = QApplication.focusWidget()
        assert at is not None, f"nothing has the focus after {called(seen[-1]) if seen else 'the beginning'}"
        if at in seen:
            return seen
        seen.append(at)
        QApplication.processEvents()
        assert not at.visibleRegion().isEmpty(), f"{called(at)} has the focus and is not seen"
        QTest.keyClick(at, Qt.Key.Key_Tab)
    return seen


def disorder(order: list[QWidget]) -> list[str]:
    """Steps of Tab that go back: up, or to the left in one row, within what holds both. From the last to the first is none."""
    found = []
    for one, other in itertools.pairwise(order):
        first, second = _branches(one, other)
        if (second.bottom() <= first.top() + SLACK and second.left() < first.right() - SLACK) or (
            abs(second.center().y() - first.center().y()) <= SLACK and second.right() <= first.left() + SLACK
        ):
            found.append(f"{called(one)} → {called(other)}")
    return found


def _branches(one: QWidget, other: QWidget) -> tuple[QRect, QRect]:
    """The two children of the nearest common ancestor in which they lie, in the window's px."""
    ones = _line(one)
    at = other
    while at.parentWidget() is not None and at.parentWidget() not in ones:
        at = at.parentWidget()
    common = at.parentWidget()
    place = ones.index(common) - 1 if common in ones else 0
    return _place(ones[max(place, 0)]), _place(at)


def _line(widget: QWidget) -> list[QWidget]:
    line = [widget]
    while line[-1].parentWidget() is not None:
        line.append(line[-1].parentWidget())
    return line


def _place(widget: QWidget) -> QRect:
    return QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())


def cut(window: QWidget) -> list[str]:
    """Words that are not seen as a whole: labels whose tip does not have them, and buttons and fields too small for theirs."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not window:
            continue
        if isinstance(widget, QLabel) and widget.text() and not _fits(widget):
            found.append(f"{called(widget)}: {widget.text()!r} in {widget.width()}×{widget.height()}")
        elif isinstance(widget, QAbstractButton) and widget.text() and not _is_picture(widget):
            box = QFontMetrics(widget.font()).boundingRect(QRect(), Qt.TextFlag.TextShowMnemonic, widget.text())
            if box.width() > widget.width() or box.height() > widget.height() + 1:
                found.append(f"{called(widget)}: {box.width()}×{box.height()} in {widget.width()}×{widget.height()}")
            elif isinstance(widget, QPushButton) and widget.width() < widget.minimumSizeHint().width() - 1:
                found.append(f"{called(widget)}: {widget.width()} px wide, wants {widget.minimumSizeHint().width()}")
        elif isinstance(widget, QAbstractSpinBox):
            words, room = widget.fontMetrics().horizontalAdvance(widget.text()), widget.findChild(QLineEdit).width()
            if words > room:
                found.append(f"{called(widget)}: {widget.text()!r} in {room} px")
    return found


def _is_picture(button: QAbstractButton) -> bool:
    only_icon = Qt.ToolButtonStyle.ToolButtonIconOnly
    return isinstance(button, QToolButton) and button.toolButtonStyle() == only_icon and not button.icon().isNull()


def _fits(label: QLabel) -> bool:
    room, words = label.contentsRect(), label.text()
    if label.wordWrap():
        return label.heightForWidth(label.width()) <= label.height() + 2 or words in label.toolTip()
    lines = words.split("\n")
    wide = max(label.fontMetrics().horizontalAdvance(line) for line in lines)
    high = label.fontMetrics().height() * len(lines)
    return (wide <= room.width() + 1 and high <= room.height() + 2) or words in label.toolTip()


def outside(window: QWidget) -> list[str]:
    """What can be used and lies, in part, outside of what holds it, where nothing scrolls to it."""
    found = []
    for widget in reachable(window):
        inside = widget.parentWidget()
        while inside is not None:
            if isinstance(inside.parentWidget(), QScrollArea):
                break  # which scrolls to what has the focus
            box = QRect(widget.mapTo(inside, QPoint(0, 0)), widget.size())
            if not inside.rect().adjusted(-1, -1, 1, 1).contains(box):
                found.append(f"{called(widget)}: {box.getRect()} in {called(inside)} {inside.size().toTuple()}")
                break
            inside = inside.parentWidget()
    return found
