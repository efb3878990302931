"""Plays the previews that a run has kept, with a slider over their steps."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QSlider, QWidget

from svg_studio.engine.events import Frames
from svg_studio.ui.style import theme
from svg_studio.ui.video.frame_canvas import FrameCanvas
from svg_studio.ui.widgets.controls import IconButton, check_box, enable, heading, label, named, slider, timer
from svg_studio.ui.widgets.layouts import boxed, column, row, stack

FRAME_MS = 250  # as the original's GIFs
IN_MEMORY = 4  # previews whose frames are held; a mosaic of ten clips is several megabytes
EMPTY = "No preview yet: the first comes within a minute of training, others by time, after every epoch, and by Sample now."


class ColumnLabels(QWidget):
    """Names over the columns of the mosaic, which keep their place while it scrolls."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: tuple[str, ...] = ()
        self.left, self.span = 0, 0
        self.setFixedHeight(20)

    def place(self, left: int, span: int) -> None:
        self.left, self.span = left, span
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.labels or not self.span:
            return
        painter = QPainter(self)
        painter.setPen(theme.colors().muted)
        width = self.span / len(self.labels)
        for i, words in enumerate(self.labels):
            text = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(width) - 2)
            painter.drawText(int(self.left + i * width), 0, int(width), self.height(), Qt.AlignmentFlag.AlignCenter, text)
        painter.end()


class Previews(QWidget):
    """`add` a preview with its frames; those let go of are asked for again with `wanted(step, path)` and come by `fill`."""

    wanted = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps: list[int] = []
        self._paths: dict[int, Path] = {}
        self._held: OrderedDict[int, Frames] = OrderedDict()
        self.canvas = FrameCanvas()
        self.columns = ColumnLabels()
        tip = "Step after which the preview was made; arrow keys go from one to the next"
        self.slider = slider("Step of the preview", tip, self._choose)
        self.slider.setTickPosition(QSlider.TickPosition.NoTicks)
        self.slider.setPageStep(1)
        tip = "Show every new preview as soon as it is there"
        self.newest = check_box("Newest", self._follow, tip, name="Follow the newest preview", checked=True)
        self.play = IconButton("pause", "Play or stand still", name="Play preview")
        self.play.setCheckable(True)
        self.play.setChecked(True)
        self.play.toggled.connect(self._run_timer)
        self.where = label(name="Step and frame shown")
        self.where.setMinimumWidth(150)
        self._timer = timer(self, FRAME_MS, self._tick)
        self._lay_out()
        self.canvas.placed.connect(self._place_columns)
        theme.notifier().changed.connect(self.columns.update)
        self._enable()

    @property
    def step(self) -> int | None:
        """The step whose preview is chosen."""
        return self.steps[self.slider.value()] if self.steps else None

    def set_columns(self, labels: tuple[str, ...]) -> None:
        self.columns.labels = labels
        self.columns.update()
        self.canvas.setAccessibleName("Preview; columns: " + ", ".join(labels))

    def add(self, step: int, path: Path, frames: Frames) -> None:
        """Keep the preview of `step`: frames (T, H, W, C) of its mosaic, and the file they can be read from again."""
        self._hold(step, frames)
        self._take({step: path})

    def add_kept(self, paths: Mapping[int, Path]) -> None:
        """Previews of earlier steps, whose frames are asked for when they are to be seen."""
        self._take({step: path for step, path in paths.items() if step not in self._paths})

    def fill(self, step: int, frames: Frames) -> None:
        """The frames that `wanted` asked for."""
        if step in self._paths:
            self._hold(step, frames)
            if step == self.step:
                self._show_step()

    def clear(self) -> None:
        self.steps, self._paths = [], {}
        self._held.clear()
        self.slider.setMaximum(0)
        self.canvas.set_frames(None)
        self._enable()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.canvas.set_room(self.area.viewport().width())
            self._place_columns()
        return super().eventFilter(watched, event)

    def showEvent(self, event: QEvent) -> None:
        self._run_timer()

    def hideEvent(self, event: QEvent) -> None:
        self._timer.stop()

    def _lay_out(self) -> None:
        self.area = named(QScrollArea(), "Preview")
        self.area.setWidget(self.canvas)
        self.area.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.area.viewport().installEventFilter(self)
        mosaic = boxed(column(self.columns, self.area, gap=2, stretch=self.area))
        self.pages = stack(label(EMPTY, "muted", wrap=True, centred=True), mosaic)
        self.pages.setMinimumHeight(120)
        top = row(heading("Previews"), self.play, self.slider, self.where, self.newest, stretch=self.slider)
        column(top, self.pages, on=self, gap=6, stretch=self.pages)

    def _take(self, paths: Mapping[int, Path]) -> None:
        """More steps for the slider, which goes to the newest one or stays where it is."""
        chosen = self.step
        self._paths |= paths
        self.steps = sorted(self._paths)
        if not self.steps:
            return
        if chosen is None or self.newest.isChecked():
            chosen = self.steps[-1]
        with QSignalBlocker(self.slider):
            self.slider.setMaximum(len(self.steps) - 1)
            self.slider.setValue(self.steps.index(chosen))
        self._enable()
        self._show_step()

    def _hold(self, step: int, frames: Frames) -> None:
        self._held[step] = frames
        self._held.move_to_end(step)
        while len(self._held) > IN_MEMORY:
            self._held.popitem(last=False)

    def _choose(self, place: int) -> None:
        if self.newest.isChecked() and place < len(self.steps) - 1:
            self.newest.setChecked(False)  # who goes back wants to stay there
        self._show_step()

    def _follow(self, on: bool) -> None:
        if on:
            self.slider.setValue(len(self.steps) - 1)

    def _show_step(self) -> None:
        step = self.step
        if step is None:
            return
        if step in self._held:
            self._held.move_to_end(step)
            self.canvas.set_frames(self._held[step])
        else:
            self.wanted.emit(step, self._paths[step])
        self._write_where()

    def _tick(self) -> None:
        if self.canvas.frames is not None:
            self.canvas.show_frame(self.canvas.t + 1)
            self._write_where()

    def _write_where(self) -> None:
        frames, step = self.canvas.frames, self.step
        if step is None:
            self.where.setText("")
        elif step not in self._held or frames is None:
            self.where.setText(f"step {step:,}  reading…")
        else:
            self.where.setText(f"step {step:,}  frame {self.canvas.t + 1}/{len(frames)}")

    def _run_timer(self) -> None:
        if self.play.isChecked() and self.isVisible():
            self._timer.start()
        else:
            self._timer.stop()
        self.play.show_icon("pause" if self.play.isChecked() else "play")

    def _enable(self) -> None:
        self.pages.setCurrentIndex(1 if self.steps else 0)
        enable(self.slider, len(self.steps) > 1, "There is one preview so far" if self.steps else "There is no preview yet")
        enable(self.play, bool(self.steps), "There is no preview yet")
        self._write_where()

    def _place_columns(self) -> None:
        left = self.canvas.mapTo(self.area, self.canvas.rect().topLeft()).x()
        self.columns.place(left, self.canvas.width())
