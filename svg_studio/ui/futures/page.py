"""The Futures page: asks for the futures of one clip and plays them side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from svg_studio.engine.address import Path as AddressPath
from svg_studio.engine.config import ConfigError
from svg_studio.engine.events import Event, RunRow
from svg_studio.engine.recipe import Recipe
from svg_studio.engine.utils.wording import count_of
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.futures import left
from svg_studio.ui.futures.asking import Asking
from svg_studio.ui.futures.branches import Showing
from svg_studio.ui.futures.compare.dialog import CompareDialog
from svg_studio.ui.futures.export_choices import BETWEEN, choices, companions, stem_of
from svg_studio.ui.futures.export_dialog import ExportDialog
from svg_studio.ui.futures.origin import spelt_out
from svg_studio.ui.futures.reopening import Reopening, data_root_for, not_shown
from svg_studio.ui.futures.steer.panel import SteerPanel
from svg_studio.ui.widgets.controls import open_dialog
from svg_studio.ui.widgets.file_dialogs import open_file
from svg_studio.ui.widgets.layouts import column

MODEL_FILES = "Checkpoints (*.pt *.pth);;All files (*)"
EXPORT_FILES = "Exports (*.gif *.mp4 *.png *.npz);;All files (*)"


class FuturesPage(Asking):
    """The page as people use it: where things are, what keys do, what is exported, and how it was left."""

    train_wanted = Signal()

    def __init__(self, studio: Worker, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.reopening = Reopening(studio, self.banner, self.show_recipe, self._ask_model, self)
        self.list_runs: Callable[[], Sequence[RunRow]] = tuple  # those of the log folder
        self.comparison: CompareDialog | None = None  # the newest one, while it is open
        self.steer = SteerPanel(studio, self.wall, self.view.branches, self.playback, lambda: (self.bar.device, self.bar.precision))
        self.steer.set_open(False)
        self.view.across.addWidget(self.steer)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        column(self.bar, self.stack, on=self, gap=8, margins=(14, 10, 14, 6), stretch=self.stack)
        self.banner.float_over(self, lambda: self.pictures)
        self.reopening.offer.float_over(self, lambda: self.pictures)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    @property
    def pictures(self) -> tuple[QWidget, ...]:
        """Over whose feet messages lie: no control is there, and no tile as long as the plots have room."""
        if self.stack.currentWidget() is not self.view:
            return (self.stack,)
        plots = self.plots
        return (plots, self.view.right) if plots is not None and plots.isVisible() else (self.view.right,)

    def _connect(self) -> None:
        self.bar.changed.connect(self._on_bar)
        self.bar.sample.connect(lambda: self.sample())
        self.bar.open_model.connect(self.choose_model)
        self.bar.choice.recent_chosen.connect(self.open_model)
        self.bar.export.connect(self.export)
        self.bar.compare.connect(self.compare)
        self.view.whose.back.connect(self.go_back)
        self.view.branches.why_not = self._why_no_fork
        self.view.arrangement.few_wanted.connect(self.choose_few)
        self.view.branches.wanted.connect(self.show_nodes)
        self.view.branches.refused.connect(self.banner.show_info)
        self.view.alone.toggled.connect(self.set_wall_alone)
        self.view.enlarged.left.connect(self.setFocus)  # which Pair had
        self.view.make_menus(self.save_selected, self._why_not_saved)
        self.empty.add_action("Open model…", self.choose_model, primary=True)
        self.empty.add_action("Train a model", self.train_wanted.emit)
        for key, step in (
            (Qt.Key.Key_Left, self.transport.back),
            (Qt.Key.Key_Right, self.transport.forward),
            (Qt.Key.Key_Home, self.transport.first),
            (Qt.Key.Key_End, self.transport.last),
        ):
            # Fields that edit text keep these keys for themselves; everywhere else on the page they move through time.
            self._on_key(key, step.click)
        self._on_key(Qt.Key.Key_P, lambda: self.wall.pin(self.wall.selected))
        self._on_key(Qt.Key.Key_F, self.view.branches.fork)
        self.view.branches.steer.connect(lambda: self.set_steering(self.steer.isHidden()))
        self.steer.closed.connect(lambda: self.set_steering(False))
        self.steer.refused.connect(self.banner.show_error)
        self._on_key(Qt.Key.Key_S, lambda: self.set_steering(self.steer.isHidden()))
        self._on_key(Qt.Key.Key_W, self.view.alone.toggle)

    def _on_key(self, key: Qt.Key, act: Callable[[], object]) -> None:
        QShortcut(QKeySequence(key), self, act, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def make_plots(self) -> None:
        """Adds the plots, once the window has been painted."""
        self.view.make_plots()

    def choose_model(self) -> None:
        """Asks for a checkpoint."""
        if path := self._ask_model():
            self.open_model(path)

    def _ask_model(self) -> str:
        return open_file(self, "Open model", "model", MODEL_FILES, str(self.model_path.parent) if self.model_path else "")

    # ---- exports that open again

    def open_export(self, path: str | Path) -> None:
        """Shows again the wall that a file was exported from, as far as the file says and its model is there."""
        self.reopening.open(Path(path))

    def choose_export(self) -> None:
        """Asks for such a file."""
        if path := open_file(self, "Open export", "export", EXPORT_FILES):
            self.open_export(path)

    def show_recipe(self, recipe: Recipe, model_path: str | Path) -> None:
        """The futures that an export carries, of the model at `model_path`, take the place of what is on the wall."""
        if why := not_shown(recipe):
            self.banner.show_error(why)
            return
        futures, bar = recipe.alike, self.bar
        bar.show_clip(recipe.clip.data_in(data_root_for(bar)), recipe.clip.split, recipe.clip.index, "export")
        first = recipe.paths[0][0].seed
        bar.put_numbers(n_past=recipe.n_past, n_future=recipe.n_future, n_futures=len(futures), seed=first)
        paths = () if recipe.seeds is not None else recipe.paths
        names = [future.caption.partition(BETWEEN)[0] for future in futures] if paths else ()
        self.open_with_clip(model_path, paths=paths, names=names)
        if left_out := len(recipe.futures) - len(futures):
            self.banner.show_info(f"{count_of(left_out, 'future')} of other models or clips are left out: a wall is of one clip.")

    # ---- the Steer panel

    def set_steering(self, on: bool) -> None:
        """Opens the Steer panel for the selected future, at the right side of the wall, or closes it."""
        on = on and self.stack.currentWidget() is self.view
        self.view.branches.steer_button.setChecked(on)
        self.steer.set_open(on)
        self.view.share_width(self.steer if on else None)
        if not on:
            self.setFocus()

    def sample(self, paths: Sequence[AddressPath] = (), names: Sequence[str] = ()) -> None:
        self.steer.steering.make_way()
        super().sample(paths, names)

    def show_nodes(self, showing: Showing) -> None:
        self.steer.steering.make_way()
        super().show_nodes(showing)

    def on_event(self, job: Job, event: Event) -> None:
        self.steer.on_event(job, event)
        self.reopening.on_event(job, event)
        super().on_event(job, event)
        if self.comparison is not None:
            self.comparison.on_training(event)

    # ---- how it was left

    def state(self) -> dict[str, str | int | float]:
        """The model, the clip, the settings and how the wall is arranged."""
        return left.state_of(self)

    def restore(self, state: Mapping[str, object]) -> bool:
        """Goes back to a `state`, whatever its values are; whether it opens a model."""
        return left.restore(self, state)

    # ---- keys and export

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown = self.stack.currentWidget() is self.view
        # A field passes on the Enter that ended it: what was written there is not about the wall.
        at_wall = shown and QApplication.focusWidget() in (None, self, self.wall, self.view.enlarged.pair)
        match event.key():
            case Qt.Key.Key_Space:
                self.playback.toggle()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if at_wall:
                self.set_enlarged(not self.view.is_enlarged)
            case Qt.Key.Key_Up | Qt.Key.Key_PageUp if self.view.is_enlarged:
                self.wall.step(-1)
            case Qt.Key.Key_Down | Qt.Key.Key_PageDown if self.view.is_enlarged:
                self.wall.step(1)
            case Qt.Key.Key_Escape if self.view.is_enlarged:
                self.set_enlarged(False)
            case Qt.Key.Key_Escape if self.view.alone.isChecked():
                self.set_wall_alone(False)
            case Qt.Key.Key_Menu if at_wall:
                self.view.wall_menu.open_at_selected()
            case Qt.Key.Key_F10 if at_wall and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
                self.view.wall_menu.open_at_selected()
            case _:
                super().keyPressEvent(event)

    def set_enlarged(self, on: bool) -> None:
        """The selected future beside the truth, as large as there is room for, or the wall."""
        self.view.set_enlarged(on)
        if not on:
            self.setFocus()

    def _why_no_fork(self) -> str:
        if self.differs and self.wall.origin is not None:
            return f"The wall is still that of {self.wall.origin.words}: press Sample, or go back to these."
        return "" if self.wall.origin is not None else "There are no futures to fork yet; press Sample first."

    def _why_not_saved(self) -> str:
        if why := self._why_no_export():
            return why
        return "" if self.wall.selected in self.wall.futures else "This future is not complete."

    def save_selected(self) -> None:
        """Opens the export dialog, in which the selected future is what is chosen first."""
        self.export()

    def export(self) -> None:
        """Opens the export dialog for what is on the wall."""
        if why := self._why_no_export():
            self.banner.show_info(why)
        else:
            beside, origin = companions(self.references), self.wall.origin
            about = origin.facts if origin else ()
            open_dialog(ExportDialog(self.studio, choices(self.wall), self, beside=beside, stem=stem_of(origin), about=about))

    # ---- other models

    def compare(self) -> None:
        """Opens the window that shows what several models imagine after this clip; one that is open comes to the front."""
        if self.model_path is None:
            self.banner.show_info("Open a model to compare others with.")
            return
        if self.comparison is not None:
            self.comparison.raise_()
            self.comparison.activateWindow()
            return
        try:
            config = spelt_out(self.bar.config(self.model_path, self._own), self._own)
        except ConfigError as error:
            self.banner.show_error(str(error))
            return
        config = replace(config, device=self.bar.device, precision=self.bar.precision)
        self.comparison = CompareDialog(self.studio, config, self.list_runs, self)
        self.comparison.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.comparison.finished.connect(self._forget_comparison)
        self.comparison.show()

    def _forget_comparison(self) -> None:
        self.comparison = None
