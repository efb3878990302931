"""The question asked when the window is closed while a model trains."""

from __future__ import annotations

from enum import Enum

from PySide6.QtWidgets import QMessageBox, QWidget

from svg_studio.ui.formatting import count_of

TITLE = "Training is running"
QUESTION = "A model is being trained. It can go on without the window, or stop after this step and keep a checkpoint."
KEEP_IN_TRAY = "Keep training in the tray"
KEEP_MINIMISED = "Keep training, minimised"
STOP = "Stop and keep"


class Answer(Enum):
    """What is to become of the training."""

    KEEP = "keep"  # the window goes out of sight
    STOP = "stop"  # and the window closes
    CANCEL = "cancel"  # the window stays


def ask(parent: QWidget, *, tray: bool, waiting: int = 0, kept: bool = True) -> Answer:
    """The person's answer; Escape and the close button mean CANCEL.

    tray: whether the window can hide in one. waiting: runs in the queue. kept: whether the next window will find them.
    """
    queue = (
        f" The queue ({count_of(waiting, 'run')}) goes on with it, or is {'kept for the next time' if kept else 'lost'}."
        if waiting
        else ""
    )
    box = QMessageBox(QMessageBox.Icon.Question, TITLE, QUESTION + queue, QMessageBox.StandardButton.NoButton, parent)
    keep = box.addButton(KEEP_IN_TRAY if tray else KEEP_MINIMISED, QMessageBox.ButtonRole.AcceptRole)
    stop = box.addButton(STOP, QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    stop.setAccessibleName("Stop training, keep a checkpoint and close")
    keep.setProperty("primary", True)
    box.setDefaultButton(keep)
    box.setEscapeButton(cancel)
    box.exec()
    chosen = box.clickedButton()
    return Answer.KEEP if chosen is keep else Answer.STOP if chosen is stop else Answer.CANCEL
