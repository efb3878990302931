"""Sliders of the Steer panel: one for each latent dimension, with a bar that tells how much it carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSlider, QWidget

from svg_studio.ui.futures.steer.hand import REACH, by_use
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import button, enable, label, named
from svg_studio.ui.widgets.layouts import boxed, column, row

FIRST = 8  # rows that are shown before more are asked for
MOST = 256  # rows that there are at all
KEYS = {
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down,
    Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
}  # fmt: skip
UNUSED = 0.001  # nats per frame: a dimension that carries less says nothing


class SteerSlider(QSlider):
    """A number from `least` to `most` in steps; arrow keys are its own while it has the focus, a double click goes to `rest`."""

    moved = Signal(float)

    def __init__(self, name: str, tip: str, least: float, most: float, rest: float, step: float, page: float) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._step, self._rest = step, rest
        named(self, name, tip)
        self.setRange(round(least / step), round(most / step))
        self.setPageStep(round(page / step))
        self.put(rest)
        self.setMinimumWidth(60)
        self.valueChanged.connect(lambda value: self.moved.emit(round(value * step, 6)))

    @property
    def number(self) -> float:
        """Where it stands."""
        return round(self.value() * self._step, 6)

    def put(self, number: float) -> None:
        """Goes to the nearest step, without a word."""
        before = self.blockSignals(True)
        self.setValue(round(number / self._step))
        self.blockSignals(before)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.setValue(round(self._rest / self._step))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # it scrolls what the slider is in

    def event(self, event: QEvent) -> bool:
        # The page steps through time with the arrow keys.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in KEYS:
            event.accept()
            return True
        return super().event(event)


class UseBar(QWidget):
    """How much KL a latent dimension carries, of the most that one does."""

    def __init__(self) -> None:
        super().__init__()
        self.share = 0.0
        self.setFixedSize(QSize(theme.scaled(44), theme.scaled(8)))
        theme.notifier().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        c = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QColor(c.edge))
        painter.drawRoundedRect(whole, 2, 2)
        if self.share > 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.series[0]))
            painter.drawRoundedRect(QRectF(1, 1, max(1.5, (whole.width() - 1) * self.share), whole.height() - 1), 1.5, 1.5)


class LatentRow(QWidget):
    """One latent dimension: its number, slider, where that stands and the bar."""

    def __init__(self, dimension: int, act: Callable[[int, float], None]) -> None:
        super().__init__()
        self.dimension = dimension
        tip = "Adds so many of the prior's sigma to this dimension of z; a double click takes it back"
        self.slider = SteerSlider(f"z{dimension}, offset in sigma", tip, -REACH, REACH, 0.0, 0.05, 0.5)
        self.value = label("0σ", "muted")
        self.value.setMinimumWidth(self.value.fontMetrics().horizontalAdvance("−3.00σ"))
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.bar = UseBar()
        word = label(f"z{dimension}", buddy=self.slider)
        word.setMinimumWidth(word.fontMetrics().horizontalAdvance("z000"))
        row(word, self.slider, self.value, self.bar, on=self, gap=5, stretch=self.slider)
        self.slider.moved.connect(self._tell)
        self.slider.moved.connect(lambda sigma: act(dimension, sigma))

    def put(self, sigma: float) -> None:
        self.slider.put(sigma)
        self._tell(sigma)

    def set_use(self, kl: float | None, most: float) -> None:
        """kl: in nats per frame; None: not known."""
        self.bar.share = kl / most if kl is not None and most > 0 else 0.0
        words = "" if kl is None else f"KL {kl:.3f} nats per frame" + (", so it says next to nothing" if kl < UNUSED else "")
        named(self.bar, words, words)
        self.slider.setAccessibleDescription(words)
        self.bar.update()

    def _tell(self, sigma: float) -> None:
        self.value.setText(f"{sigma:+.2f}".rstrip("0").rstrip(".") + "σ" if sigma else "0σ")


class LatentSliders(QWidget):
    """A row for each dimension of z, those that carry most first; the rest is folded away. `moved(dimension, sigma)`."""

    moved = Signal(int, float)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[LatentRow] = []  # in the order that is seen
        self.z_dim = 0
        self._offset: tuple[float, ...] = ()
        self._kl: tuple[float, ...] = ()
        self._why = ""
        self.note = label("", "muted", wrap=True)
        self.more = button("", tip="Dimensions that carry less", name="Dimensions that carry less")
        self.more.setCheckable(True)
        self.more.toggled.connect(self._fold)
        self._list = column(gap=0)
        column(boxed(self._list), self.more, self.note, on=self, gap=2)
        self.more.hide()

    @property
    def order(self) -> list[int]:
        """Dimensions as they are listed."""
        return by_use(self._kl, self.z_dim)

    def set_use(self, z_dim: int, kl: Sequence[float], note: str) -> None:
        """z has `z_dim` dimensions that carry `kl` nats per frame, empty where that is not known; `note` is said below."""
        if (z_dim, tuple(kl)) != (self.z_dim, self._kl) or not self.rows:
            self.z_dim, self._kl = z_dim, tuple(kl)
            self._build()
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def put(self, offset: Sequence[float]) -> None:
        """Stands at these offsets, without a word."""
        self._offset = tuple(offset)
        for line in self.rows:
            line.put(offset[line.dimension] if offset else 0.0)

    def allow(self, why: str) -> None:
        """Free where there is no reason against it."""
        self._why = why
        for line in self.rows:
            enable(line.slider, not why, why)

    def _build(self) -> None:
        for line in self.rows:
            self._list.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.rows = []
        self._add(min(self.z_dim, MOST if self.more.isChecked() else FIRST))
        self._fold()

    def _add(self, upto: int) -> None:
        most = max(self._kl, default=0.0)
        for dimension in self.order[len(self.rows) : upto]:
            line = LatentRow(dimension, self.moved.emit)
            line.set_use(self._kl[dimension] if len(self._kl) == self.z_dim else None, most)
            line.put(self._offset[dimension] if dimension < len(self._offset) else 0.0)
            enable(line.slider, not self._why, self._why)
            self.rows.append(line)
            self._list.addWidget(line)

    def _fold(self) -> None:
        left = min(self.z_dim, MOST) - FIRST
        if self.more.isChecked():
            self._add(min(self.z_dim, MOST))
        for line in self.rows[FIRST:]:
            line.setVisible(self.more.isChecked())
        self.more.setText("Fewer" if self.more.isChecked() else f"{left} more")
        self.more.setVisible(left > 0)
