"""The dialog that writes futures to a file, with an estimate of its size and progress."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QWidget,
)

from svg_studio.engine.config import ConfigError, ExportConfig
from svg_studio.engine.events import Event, Failed, FileExported, Progressed, SizeEstimated, Stopped
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.registry import EXPORTERS, target
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui import formatting
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.widgets.banner import Banner
from svg_studio.ui.widgets.confirm_dialog import confirm
from svg_studio.ui.widgets.controls import button, check_box, combo_box, decimal_box, label, named, spin_box, timer
from svg_studio.ui.widgets.layouts import column, row

ESTIMATE_MS = 250


class ExportDialog(QDialog):
    """Writes one of `choices` (title → tiles) as the lane's job, with progress; closing it gives the job up."""

    def __init__(self, studio: Worker, choices: Mapping[str, tuple[Tile, ...]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export futures")
        self.setMinimumWidth(560)
        self.studio, self.choices = studio, dict(choices)
        self.job: Job | None = None
        self.estimating: Job | None = None
        self._wait = timer(self, ESTIMATE_MS, self.estimate, once=True)
        self._lay_out()
        for combo in (self.what, self.rates):
            combo.currentIndexChanged.connect(self._adapt)
        for spin in (self.fps, self.scale, self.columns):
            spin.valueChanged.connect(self._adapt)
        self.format.currentIndexChanged.connect(self._on_format)
        studio.happened.connect(self.on_event)
        self._on_format()

    def _lay_out(self) -> None:
        self.banner = Banner()
        self.what = combo_box("What", ((title, title) for title in self.choices))
        self.format = combo_box("Format", ((entry.title, key) for key, entry in EXPORTERS.items()))
        self.purpose = label(role="muted", wrap=True)
        self.purpose.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.fps = decimal_box("Frames a second", 0.5, 100.0, 10.0, suffix=" frames/s")
        self.rates = combo_box("Frames a second", tip="The rates that whole hundredths of a second a frame can express")
        self.scale = spin_box("Enlargement", 1, 16, 2, suffix="×")
        self.columns = spin_box("Tiles in a row", 0, 40, 0)
        self.columns.setSpecialValueText("nearly square")
        self.captions = check_box("Captions", self._adapt, checked=True)
        self.borders = check_box("Green and red borders", self._adapt, checked=True)
        self.path = named(QLineEdit(str(Path(_folder()) / "futures")), "File")
        self.estimated = label("–", name="Estimated size")
        form = QFormLayout(labelAlignment=Qt.AlignmentFlag.AlignRight)
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(9)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("What", self.what)
        form.addRow("Format", self.format)
        form.addRow("", self.purpose)
        form.addRow("Rate", row(self.fps, self.rates))
        form.addRow("Enlargement", self.scale)
        form.addRow("Tiles in a row", self.columns)
        form.addRow("Marks", row(self.captions, self.borders, None, gap=16))
        form.addRow("File", row(self.path, button("Choose…", self.choose_path), gap=8, stretch=self.path))
        form.addRow("Size, about", self.estimated)
        self.progress = named(QProgressBar(textVisible=False), "Export progress")
        keep = self.progress.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(keep)
        self.progress.hide()
        self.cancel_button = button("Close", self.cancel)
        self.export_button = button("Export", self.export, primary=True)
        self.export_button.setDefault(True)
        buttons = row(self.progress, self.cancel_button, self.export_button, gap=10, stretch=self.progress)
        column(self.banner, form, buttons, on=self, gap=14, margins=(20, 18, 20, 16))

    # ---- settings

    def config(self, *, overwrite: bool = False) -> ExportConfig:
        """The settings shown. Raises ConfigError."""
        choices = EXPORTERS[self.format.currentData()].fps_choices
        return ExportConfig(
            path=self.path.text().strip(),
            format=self.format.currentData(),
            fps=self.rates.currentData() if choices else self.fps.value(),
            scale=self.scale.value(),
            columns=self.columns.value(),
            captions=self.captions.isChecked(),
            borders=self.borders.isChecked(),
            overwrite=overwrite,
        )

    @property
    def tiles(self) -> tuple[Tile, ...]:
        return self.choices[self.what.currentText()]

    def choose_path(self) -> None:
        """Asks for the file; whether to replace one is asked when it is written."""
        entry = EXPORTERS[self.format.currentData()]
        option = QFileDialog.Option.DontConfirmOverwrite
        kinds = f"{entry.title} (*{entry.suffix})"
        path, _ = QFileDialog.getSaveFileName(self, "Export to", self.path.text(), kinds, "", option)
        if path:
            self.path.setText(path)

    def _on_format(self) -> None:
        entry = EXPORTERS[self.format.currentData()]
        wished = self.rates.currentData() or self.fps.value()
        self.rates.clear()
        for rate in sorted(entry.fps_choices):
            self.rates.addItem(f"{rate:g} frames/s", rate)
        if entry.fps_choices:
            nearest = min(entry.fps_choices, key=lambda rate: abs(rate - wished))
            self.rates.setCurrentIndex(self.rates.findData(nearest))
        self.rates.setVisible(bool(entry.fps_choices))
        self.fps.setVisible(not entry.fps_choices)
        self.fps.setEnabled(entry.moving)
        self.purpose.setText(entry.purpose)
        if self.path.text().strip():
            self.path.setText(str(Path(self.path.text().strip()).with_suffix("")) + entry.suffix)
        self._adapt()

    def _adapt(self) -> None:
        """What a strip or an array has no use for is greyed out; a moment later the size is estimated anew."""
        key = self.format.currentData()
        for field in (self.scale, self.captions, self.borders):
            field.setEnabled(key != "npz")
        self.columns.setEnabled(EXPORTERS[key].moving and len(self.tiles) > 1)
        self._wait.start()

    # ---- size

    def estimate(self) -> None:
        """Asks the lane how large the file would be; an older question is dropped."""
        if self.estimating is not None:
            self.estimating.stop()
            self.estimating = None
        try:
            config = self.config()
        except ConfigError:
            self.estimated.setText("–")
            return
        self.estimated.setText("…")
        self.estimating = self.studio.submit(
            Job("export.export:estimate_size", {"config": config, "tiles": self.tiles}, "Estimating the file's size")
        )

    # ---- writing

    def export(self) -> None:
        """Writes the file, after asking where one would be replaced."""
        try:
            config = self.config()
        except ConfigError as error:
            self.banner.show_error(str(error))
            return
        if Path(config.path).name in ("", ".."):
            self.banner.show_error(f"{config.path}: name the file to write, not a folder")
            return
        path = target(config)
        overwrite = path.exists()
        question = f"{path} is there already. Replace it?"
        if overwrite and not confirm(self, "Replace file", question, "Replace", danger=True):
            return
        self.banner.clear()
        arguments = {"config": self.config(overwrite=overwrite), "tiles": self.tiles}
        self.job = self.studio.submit(Job("export.export:export", arguments, f"Exporting {path.name}"))
        self._show_busy(True)

    def cancel(self) -> None:
        """Gives up what is being written; without that, closes."""
        if self.job is None:
            self.reject()
        else:
            self.job.stop()
            self.cancel_button.setEnabled(False)
            self.banner.show_info("Stopping; nothing is left behind.")

    def done(self, result: int) -> None:
        """However it is closed, what is under way is given up."""
        for job in (self.job, self.estimating):
            if job is not None:
                job.stop()
        self.job = self.estimating = None
        super().done(result)

    def on_event(self, job: Job, event: Event) -> None:
        """Of all that the lane says, what is about this dialog's own jobs."""
        if job is self.estimating:
            match event:
                case SizeEstimated():
                    self.estimated.setText(formatting.size(event.size))
                case Failed():
                    self.estimated.setText(sentence_of(event))
        elif job is self.job and self.job is not None:
            match event:
                case Progressed(done=done, total=total):
                    self.progress.setRange(0, total)
                    self.progress.setValue(done)
                case FileExported(path=path, size=size):
                    self._end()
                    self.banner.show_info(f"Written: {path} ({formatting.size(size)})")
                case Failed():
                    self._end()
                    self.banner.show_error(sentence_of(event))
                case Stopped():
                    self._end()
                    self.banner.show_info("Stopped; nothing was written.")

    def _end(self) -> None:
        self.job = None
        self._show_busy(False)

    def _show_busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.progress.setRange(0, 0)
        self.export_button.setEnabled(not busy)
        self.cancel_button.setEnabled(True)
        self.cancel_button.setText("Cancel" if busy else "Close")


def _folder() -> str:
    """The person's folder for videos where there is one."""
    videos = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
    return videos if videos and Path(videos).is_dir() else str(Path.home())
