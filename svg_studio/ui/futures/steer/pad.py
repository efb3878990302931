"""A square to move two latent dimensions at once, with the mouse or the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from svg_studio.ui.futures.steer.hand import REACH
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import named

SIDE = 116  # px
INSET = 9  # room for half of the dot
STEP, LONG_STEP = 0.1, 0.5  # sigma, of a key
TIP = (
    "Moves the two dimensions of z that carry most, in the prior's sigma: drag, or use the arrow keys (Shift: farther, Home: back)"
)
STEPS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}


class Pad(QWidget):
    """`moved(x, y)` in sigma, from -3 to +3 each; `put` goes somewhere without a word."""

    moved = Signal(float, float)

    def __init__(self) -> None:
        super().__init__()
        self.across = self.up = 0.0
        self._names = ("", "")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        named(self, "Pad of two latent dimensions", TIP)
        self.set_names("", "")
        theme.notifier().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(theme.scaled(SIDE), theme.scaled(SIDE))

    def set_names(self, across: str, up: str) -> None:
        """What its axes are, such as "z3"."""
        self._names = (across, up)
        self._tell()

    def put(self, x: float, y: float) -> None:
        """Stands at these offsets, or at the border where they lie beyond it."""
        self.across, self.up = (max(-REACH, min(REACH, value)) for value in (x, y))
        self._tell()

    def _go(self, x: float, y: float) -> None:
        before = self.across, self.up
        self.put(round(x, 2), round(y, 2))
        if (self.across, self.up) != before:
            self.moved.emit(self.across, self.up)

    def _tell(self) -> None:
        across, up = self._names
        self.setAccessibleDescription(f"{across} {self.across:+.1f} sigma, {up} {self.up:+.1f} sigma" if across else "")
        self.update()

    # ---- mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._go(0, 0)

    def _drag(self, event: QMouseEvent) -> None:
        field, spot = self._field(), event.position()
        x = (spot.x() - field.center().x()) / field.width() * 2 * REACH
        y = (field.center().y() - spot.y()) / field.height() * 2 * REACH
        self._go(x, y)

    def event(self, event: QEvent) -> bool:
        # The page steps through time with the arrow keys.
        own = isinstance(event, QKeyEvent) and (event.key() in STEPS or event.key() == Qt.Key.Key_Home)
        if event.type() == QEvent.Type.ShortcutOverride and own:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Home:
            self._go(0, 0)
        elif event.key() in STEPS:
            across, up = STEPS[Qt.Key(event.key())]
            far = LONG_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
            self._go(self.across + far * across, self.up + far * up)
        else:
            super().keyPressEvent(event)

    # ---- painting

    def _field(self) -> QRectF:
        return QRectF(self.rect()).adjusted(INSET, INSET, -INSET, -INSET)

    def _spot(self, x: float, y: float) -> QPointF:
        field = self._field()
        unit = QPointF(field.width() / (2 * REACH), field.height() / (2 * REACH))
        return QPointF(field.center().x() + x * unit.x(), field.center().y() - y * unit.y())

    def paintEvent(self, event: QPaintEvent) -> None:
        c, field, on = theme.colors(), self._field(), self.isEnabled()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(c.accent if self.hasFocus() else c.edge if on else c.border), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(c.surface if on else c.window))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.setPen(QPen(QColor(c.border), 1))
        reach = int(REACH)
        for sigma in range(-reach, reach + 1):
            if sigma:
                for a, b in (((sigma, -0.12), (sigma, 0.12)), ((-0.12, sigma), (0.12, sigma))):
                    painter.drawLine(self._spot(*a), self._spot(*b))
        painter.drawLine(self._spot(-REACH, 0), self._spot(REACH, 0))
        painter.drawLine(self._spot(0, -REACH), self._spot(0, REACH))
        font = painter.font()
        font.setPixelSize(theme.scaled(10))
        painter.setFont(font)
        painter.setPen(QColor(c.muted))
        across, up = self._names
        below = QRectF(field.left(), field.center().y() + 2, field.width(), field.height() / 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, across)
        painter.drawText(field.adjusted(field.width() / 2 + 5, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, up)
        if on:
            painter.setPen(QPen(QColor(c.surface), 1.5))
            painter.setBrush(QColor(c.accent))
            painter.drawEllipse(self._spot(self.across, self.up), 6, 6)
