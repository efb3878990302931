"""The dialog that writes futures to a file, with a preview, an estimate of its size and progress."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QProgressBar, QWidget

from svg_studio.engine.config import ConfigError, ExportConfig
from svg_studio.engine.events import (
    Event,
    ExportPreviewed,
    Failed,
    FileExported,
    Finished,
    Progressed,
    SizeEstimated,
    Stopped,
    TargetSeen,
)
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.registry import target
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui import formatting, recents
from svg_studio.ui.futures.export_choices import Choice
from svg_studio.ui.futures.export_fields import ExportFields
from svg_studio.ui.futures.export_preview import ExportPreview
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.widgets.banner import Banner
from svg_studio.ui.widgets.confirm_dialog import confirm
from svg_studio.ui.widgets.controls import button, dialog_buttons, named, timer
from svg_studio.ui.widgets.layouts import column, row

ESTIMATE_MS = 250


class ExportDialog(QDialog):
    """Writes one of `choices` (by title), with what of `beside` is ticked, as the lane's job; closing it gives the job up.

    stem: what the name that is proposed begins with. about: what a page tells of the futures.
    """

    def __init__(
        self,
        studio: Worker,
        choices: Mapping[str, Choice],
        parent: QWidget | None = None,
        *,
        beside: Mapping[str, Tile] | None = None,
        stem: str = "futures",
        about: tuple[str, ...] = (),
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export futures")
        self.studio = studio
        self.job: Job | None = None
        self.looking: Job | None = None
        self.estimating: Job | None = None
        self.previewing: Job | None = None
        self.written: Path | None = None
        self.banner = Banner()
        self.fields = fields = ExportFields(choices, beside or {}, stem, about)
        self.what, self.format, self.path, self.purpose = fields.what, fields.format, fields.path, fields.purpose
        self.fps, self.rates, self.scale, self.columns = fields.fps, fields.rates, fields.scale, fields.columns
        self.captions, self.borders, self.estimated = fields.captions, fields.borders, fields.estimated
        self.preview = ExportPreview()
        self._wait = timer(self, ESTIMATE_MS, self.estimate, once=True)
        self._wait_to_look = timer(self, ESTIMATE_MS, self.look, once=True)
        self._lay_out()
        fields.changed.connect(self._on_change)
        fields.renamed.connect(self._wait_to_look.start)
        studio.happened.connect(self.on_event)
        self._on_change()
        self.look()

    def _lay_out(self) -> None:
        self.progress = named(QProgressBar(textVisible=False), "Export progress")
        keep = self.progress.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(keep)
        self.progress.hide()
        room = self.banner.sizePolicy()
        room.setRetainSizeWhenHidden(True)  # so that no button moves under the pointer when it has something to say
        self.banner.setSizePolicy(room)
        self.show_button = button("Show in folder", self.show_in_folder, "Open the folder that the file is in")
        self.copy_button = button("Copy path", self.copy_path, "Put the file's path on the clipboard")
        box, self.export_button = dialog_buttons(self, "Export", self.export)
        box.rejected.disconnect()
        box.rejected.connect(self.cancel)
        self.cancel_button = next(b for b in box.buttons() if b is not self.export_button)
        self._show_done(None)
        self.cancel_button.setText("Close")
        foot = row(self.show_button, self.copy_button, self.progress, box, gap=10, stretch=self.progress)
        body = row(self.fields, self.preview, gap=20, stretch=self.fields)
        column(body, self.banner, foot, on=self, gap=14, margins=(20, 18, 20, 16))

    # ---- settings

    def config(self, *, overwrite: bool = False) -> ExportConfig:
        """The settings shown. Raises ConfigError."""
        return self.fields.config(overwrite=overwrite)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        return self.fields.tiles

    def _on_change(self) -> None:
        """A moment later the size is estimated and the preview made anew."""
        self.preview.set_rate(self.fields.rate)
        self._wait.start()

    # ---- what it would be

    def look(self) -> None:
        """Asks the lane whether the file is there already: a disk may be slow."""
        self.looking = self._ask(self.looking, "export.names:look", "Looking for the file")

    def estimate(self) -> None:
        """Asks the lane how large the file would be, and how it would look; older questions are dropped."""
        self.estimated.setText("…")
        arguments: dict[str, object] = {"tiles": self.tiles}
        self.estimating = self._ask(self.estimating, "export.export:estimate_size", "Estimating the file's size", **arguments)
        if self.estimating is None:
            self.estimated.setText("–")
        arguments |= {"room": self.preview.room}
        self.preview.begin()
        self.previewing = self._ask(self.previewing, "export.preview:preview", "Making a preview", **arguments)

    def _ask(self, older: Job | None, function: str, title: str, **arguments: object) -> Job | None:
        if older is not None:
            older.stop()
        try:
            config = self.config()
        except ConfigError:
            return None
        return self.studio.submit(Job(function, {"config": config, **arguments}, title))

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
        self._show_done(None)
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
            self.banner.show_info("Giving up; nothing is left behind.")

    def done(self, result: int) -> None:
        """However it is closed, what is under way is given up."""
        for job in (self.job, self.looking, self.estimating, self.previewing):
            if job is not None:
                job.stop()
        self.job = self.looking = self.estimating = self.previewing = None
        super().done(result)

    # ---- what the lane says

    def on_event(self, job: Job, event: Event) -> None:
        """Of all that the lane says, what is about this dialog's own jobs."""
        if job is self.job and self.job is not None:
            self._on_writing(event)
        elif job is self.estimating:
            match event:
                case SizeEstimated():
                    self.estimated.setText(formatting.size(event.size))
                case Failed():
                    self.estimated.setText(sentence_of(event))
        elif job is self.previewing:
            match event:
                case ExportPreviewed():
                    self.preview.put(event)
                case Failed():
                    self.preview.end(sentence_of(event))
                case Finished():
                    self.preview.end()
        elif job is self.looking and isinstance(event, TargetSeen):
            self._on_seen(event)

    def _on_writing(self, event: Event) -> None:
        match event:
            case Progressed(done=done, total=total):
                self.progress.setRange(0, total)
                self.progress.setValue(done)
            case FileExported(path=path, size=size):
                self._end()
                recents.note_place("export", path.parent)
                self.banner.show_info(f"Written: {path} ({formatting.size(size)})")
                self._show_done(path)
            case Failed():
                self._end()
                self.banner.show_error(sentence_of(event))
            case Stopped():
                self._end()
                self.banner.show_info("Given up; nothing was written.")

    def _on_seen(self, seen: TargetSeen) -> None:
        if seen.there and seen.path != self.written:
            self.fields.take_name(seen.free)
        self.fields.tell(seen.there)

    # ---- when it is written

    def show_in_folder(self) -> None:
        """Opens the folder that the file is in, when the click has been dealt with."""
        QTimer.singleShot(0, self, self._open_folder)

    def _open_folder(self) -> None:
        if self.written is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.written.parent))):
            self.banner.show_error(f"{self.written.parent}: this system opens no folders; Copy path puts it on the clipboard")

    def copy_path(self) -> None:
        """Puts the file's path on the clipboard."""
        if self.written is not None:
            QGuiApplication.clipboard().setText(str(self.written))

    def _show_done(self, path: Path | None) -> None:
        self.written = path
        for done in (self.show_button, self.copy_button):
            done.setVisible(path is not None)

    def _end(self) -> None:
        self.job = None
        self._show_busy(False)

    def _show_busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.progress.setRange(0, 0)
        self.export_button.setEnabled(not busy)
        self.cancel_button.setEnabled(True)
        self.cancel_button.setText("Cancel" if busy else "Close")
