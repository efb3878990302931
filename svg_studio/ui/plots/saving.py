"""Writes what a plot shows on a lane of its own, which ends with it; what fails is said in a box."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from svg_studio.engine.events import Event, Failed, Finished, Stopped
from svg_studio.engine.utils.wording import shown_lines
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.widgets.controls import open_dialog


class Saving(QObject):
    """One job, and the lane that does it."""

    def __init__(self, job: Job) -> None:
        super().__init__(QCoreApplication.instance())
        self._lane = Worker("plots")
        self._lane.happened.connect(self._on_event)
        self._lane.start()
        self._lane.submit(job)
        QCoreApplication.instance().aboutToQuit.connect(self._end)  # type: ignore[union-attr]

    def _on_event(self, job: Job, event: Event) -> None:
        if isinstance(event, Failed):
            _tell(sentence_of(event))
        if isinstance(event, Finished | Failed | Stopped):
            self._end()

    def _end(self) -> None:
        self._lane.shutdown()
        self._lane.wait()
        self.deleteLater()


def save(job: Job) -> None:
    """Does `job` beside everything else."""
    Saving(job)


def _tell(sentence: str) -> None:
    box = QMessageBox(QMessageBox.Icon.Warning, "Not saved", shown_lines(sentence), parent=QApplication.activeWindow())
    box.setTextFormat(Qt.TextFormat.PlainText)
    open_dialog(box)
