"""The menu of every plot: its picture, its drawing, its values, and the way back from a zoom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from svg_studio.engine.worker import Job
from svg_studio.ui.plots.plot_picture import drawing, picture, pixels
from svg_studio.ui.plots.saving import save
from svg_studio.ui.widgets.controls import action, enable
from svg_studio.ui.widgets.file_dialogs import save_file

if TYPE_CHECKING:
    from svg_studio.ui.plots.styled_plot import StyledPlot


def menu_of(plot: StyledPlot) -> QMenu:
    """A menu that goes when it is closed."""
    menu = QMenu(plot)
    menu.setToolTipsVisible(True)
    menu.aboutToHide.connect(menu.deleteLater)
    menu.addAction(action(menu, "Copy image", lambda: copy_image(plot)))
    for title, act in (
        ("Save as PNG…", save_picture),
        ("Save as SVG…", save_drawing),
        ("Save values as CSV…", save_values),
    ):
        menu.addAction(action(menu, title, _doing(act, plot)))
    enable(menu.actions()[-1], bool(plot.values()), "There are no values yet.")
    if plot.zooms:
        menu.addSeparator()
        reset = action(menu, "Show everything", plot.reset_zoom)
        enable(reset, plot.zoomed, "All of it is shown.")
        menu.addAction(reset)
    return menu


def copy_image(plot: StyledPlot) -> None:
    """Puts the picture on the clipboard."""
    QGuiApplication.clipboard().setImage(picture(plot))


def save_picture(plot: StyledPlot) -> None:
    """Asks for a PNG file and writes the picture."""
    if path := _ask(plot, "PNG picture", ".png"):
        save(Job("export.plots:save_picture", {"path": path, "picture": pixels(picture(plot))}, f"Saving {path.name}"))


def save_drawing(plot: StyledPlot) -> None:
    """Asks for an SVG file and writes the drawing."""
    if path := _ask(plot, "SVG drawing", ".svg"):
        save(Job("export.plots:save_drawing", {"path": path, "svg": drawing(plot)}, f"Saving {path.name}"))


def save_values(plot: StyledPlot) -> None:
    """Asks for a CSV file and writes the values."""
    if path := _ask(plot, "CSV table", ".csv"):
        save(Job("export.plots:save_values", {"path": path, "columns": plot.values()}, f"Saving {path.name}"))


def _doing(act: Callable[[StyledPlot], None], plot: StyledPlot) -> Callable[[], None]:
    return lambda: act(plot)


def _ask(plot: StyledPlot, kind: str, suffix: str) -> Path | None:
    path = save_file(plot, "Save plot", "export", f"{plot.file_name}{suffix}", f"{kind} (*{suffix})")
    if not path:
        return None
    return Path(path) if Path(path).suffix.lower() == suffix else Path(f"{path}{suffix}")
