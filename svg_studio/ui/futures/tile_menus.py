"""The menus of tiles: what can be copied of them and done with the futures they show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage

from svg_studio.ui.futures.ranking import ALL, ALONE
from svg_studio.ui.futures.references import NAMES, References
from svg_studio.ui.futures.wall import Wall
from svg_studio.ui.video.tile_grid import TileGrid, to_image
from svg_studio.ui.widgets.menus import ContextMenu, entry


@dataclass(frozen=True)
class Acts:
    """What the menu of a future asks others for."""

    enlarge: Callable[[], None]
    save: Callable[[], None]
    show: Callable[[str], None]  # one of SHOWS
    shown: Callable[[], str]  # the one that is chosen
    why_not_saved: Callable[[], str]  # a sentence, or nothing where the selected future can be saved
    fork: Callable[[], None]  # the selected future, at the frame that is seen


class TileMenu(ContextMenu):
    """A menu that opens at the tile that it is about, also where a key asks for it."""

    def __init__(self, grid: TileGrid, entries: Callable[[], Iterable[QAction | None]]) -> None:
        super().__init__(grid, entries)
        self._grid = grid

    def open_at_selected(self) -> None:
        """As the mouse would, over the selected tile."""
        self._grid.pointed = self._grid.selected
        self.open(self._place())

    def _place(self) -> QPoint:
        grid = self._grid
        seen = grid.visibleRegion().boundingRect()
        spot = grid.cell(grid.selected).intersected(seen)
        return grid.mapToGlobal((spot if not spot.isEmpty() else seen).center())


def wall_menu(wall: Wall, acts: Acts) -> TileMenu:
    """The menu of a future."""

    def entries() -> Iterable[QAction | None]:
        number = wall.selected
        if wall.pointed == -1 or not 0 <= number < len(wall.films) or wall.films[number] is None:
            wall.pointed = number
            return []
        seed, only = wall.seed(number), acts.shown() == ALONE
        return [
            *_copies(wall, number),
            entry(f"Copy seed ({seed})", lambda: QGuiApplication.clipboard().setText(str(seed)), "A future is its seed"),
            None,
            entry("Fork from this frame", acts.fork, "Goes on from the frame that is seen with other seeds", key="F"),
            entry("Enlarge beside the truth", acts.enlarge, key="Return"),
            entry("Unpin" if number in wall.pinned else "Pin", lambda: wall.pin(number), key="P"),
            entry("Show all futures" if only else "Show only this", lambda: acts.show(ALL if only else ALONE)),
            None,
            entry("Save this future…", acts.save, "Opens the export dialog for it", why=acts.why_not_saved()),
        ]

    return TileMenu(wall, entries)


def reference_menu(references: References) -> TileMenu:
    """The menu of truth, posterior, mean and spread."""

    def entries() -> Iterable[QAction | None]:
        number = references.pointed if references.pointed >= 0 else references.selected
        if not 0 <= number < len(references.films) or references.films[number] is None:
            return []
        return _copies(references, number, NAMES[number])

    return TileMenu(references, entries)


def _copies(grid: TileGrid, number: int, name: str = "") -> list[QAction]:
    of = f" of {name}" if name else ""
    clipboard = QGuiApplication.clipboard()
    film = grid.films[number]
    assert film is not None
    size = f"{grid.frame_size.width()} × {grid.frame_size.height()} px"
    return [
        entry(f"Copy image{of}", lambda: clipboard.setImage(as_seen(grid, number)), "As large as it is seen here"),
        entry(f"Copy frame{of} ({size})", lambda: clipboard.setImage(to_image(film.at(grid.frame))), "The frame's own pixels"),
    ]


def as_seen(grid: TileGrid, number: int) -> QImage:
    """The picture of a tile as it is on the screen, without its border."""
    film = grid.films[number]
    assert film is not None
    image = to_image(film.at(grid.frame))
    smooth = Qt.TransformationMode.SmoothTransformation if grid.plan.factor < 1 else Qt.TransformationMode.FastTransformation
    wide = grid.pictures[number].size() * grid.devicePixelRatioF()
    return image.scaled(wide, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
