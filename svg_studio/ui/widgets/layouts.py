"""Rows, columns, stacks and splitters of widgets, each made in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from svg_studio.ui.style import theme

Part = QWidget | QLayout | int | None  # int: so many px of nothing; None: room that takes what is left
Margins = tuple[int, int, int, int]
Box = TypeVar("Box", bound=QBoxLayout)


def row(
    *parts: Part, on: QWidget | None = None, gap: int | None = None, margins: Margins = (0, 0, 0, 0), stretch: Part = None
) -> QHBoxLayout:
    """The parts side by side, `gap` px apart, as the layout of `on`; `stretch` takes what room is left."""
    return _fill(QHBoxLayout(), parts, on, gap, margins, stretch)


def column(
    *parts: Part, on: QWidget | None = None, gap: int | None = None, margins: Margins = (0, 0, 0, 0), stretch: Part = None
) -> QVBoxLayout:
    """The parts below each other, otherwise as `row`."""
    return _fill(QVBoxLayout(), parts, on, gap, margins, stretch)


def boxed(layout: QLayout) -> QWidget:
    """A widget that holds what the layout arranges."""
    widget = QWidget()
    widget.setLayout(layout)
    return widget


def stack(*widgets: QWidget) -> QStackedWidget:
    """Shows one of the widgets, the first to begin with."""
    pages = QStackedWidget()
    for widget in widgets:
        pages.addWidget(widget)
    return pages


def split(
    *widgets: QWidget, sizes: Sequence[int] = (), weights: Sequence[int] = (), down: bool = False, handle: int = 8
) -> QSplitter:
    """The widgets side by side, or below each other, with borders to drag.

    sizes: px at first, for letters of the usual size. weights: how they share what room is left.
    handle: px of a border; -1: the style's.
    """
    parts = QSplitter(Qt.Orientation.Vertical if down else Qt.Orientation.Horizontal)
    for widget in widgets:
        parts.addWidget(widget)
    for place, weight in enumerate(weights):
        parts.setStretchFactor(place, weight)
    if sizes:
        parts.setSizes([theme.scaled(px) for px in sizes])
    parts.setChildrenCollapsible(False)
    parts.setHandleWidth(handle)
    return parts


def _fill(box: Box, parts: Sequence[Part], on: QWidget | None, gap: int | None, margins: Margins, stretch: Part) -> Box:
    if on is not None:
        on.setLayout(box)
    box.setContentsMargins(*margins)
    if gap is not None:
        box.setSpacing(gap)
    for part in parts:
        if part is None:
            box.addStretch(1)
        elif isinstance(part, int):
            box.addSpacing(part)
        elif isinstance(part, QLayout):
            box.addLayout(part, 1 if part is stretch else 0)
        else:
            box.addWidget(part, 1 if part is stretch else 0)
    return box
