"""One future beside the truth, as large as there is room for, on the clock of the wall."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from svg_studio.ui.futures.references import TRUTH, References
from svg_studio.ui.futures.wall import Wall
from svg_studio.ui.video.tile_grid import Film, TileGrid
from svg_studio.ui.widgets.controls import IconButton, button, label, named
from svg_studio.ui.widgets.layouts import column, row


class Pair(TileGrid):
    """Truth and future side by side; `left` by a double click. Its keys are those of the page."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        named(
            self,
            "Truth and the selected future",
            "Up and down go to other futures, left and right through time; Esc or a double click: the wall",
        )

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.left.emit()


class Enlarged(QWidget):
    """Shows the selected future of `wall` beside the truth of `references`; `left` where the person wants the wall again."""

    left = Signal()

    def __init__(self, wall: Wall, references: References) -> None:
        super().__init__()
        self._wall, self._references = wall, references
        self.pair = Pair()
        self.where = label(name="Future shown")
        back = button("Back to the wall", self.left, "Shows all futures again (Esc, or a double click)")
        before = IconButton("chevron-left", "Future before (↑)", lambda: wall.step(-1), name="Future before")
        after = IconButton("chevron-right", "Next future (↓)", lambda: wall.step(1), name="Next future")
        column(row(back, before, after, self.where, None, gap=6), self.pair, on=self, gap=6, stretch=self.pair)
        self.pair.left.connect(self.left)
        wall.selection_changed.connect(self.refresh)
        wall.pins_changed.connect(self.refresh)

    def show_frame(self, t: int) -> None:
        """The clock has moved."""
        if not self.isHidden():
            self.pair.show_frame(t)

    def refresh(self) -> None:
        """Takes from the wall what is selected there now, and how far it has come."""
        wall, number = self._wall, self._wall.selected
        film = wall.films[number] if 0 <= number < len(wall.films) else None
        if self.isHidden() or film is None:
            return
        self.pair.frame = wall.frame
        future = Film(film.at, film.n_past, wall.title(number), film.pinned, film.made)
        films = [self._references.films[TRUTH], future]
        if [other is not None for other in self.pair.films] == [True, True] and self.pair.frame_size == wall.frame_size:
            self.pair.films = films
            self.pair.refresh()
        else:
            self.pair.set_films(films, wall.frame_size)
        place = wall.order.index(number) + 1 if number in wall.order else 0
        self.where.setText(f"{wall.title(number)}, {place} of {len(wall.order)}" if place else wall.title(number))
