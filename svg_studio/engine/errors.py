"""The errors a user can act on; each message is one sentence that names the file or setting and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from svg_studio.engine.events import Remedy


class StudioError(Exception):
    """Shown as it is on the page or on stderr, with the remedy in the words of each; its traceback goes to the log."""

    def __init__(self, sentence: str, remedy: Remedy | None = None) -> None:
        super().__init__(sentence)
        self.remedy = remedy


class Busy(StudioError):
    """Another process does the same thing in the same place."""


class DataError(StudioError):
    """Data that is missing, damaged or not what it should be."""


class CheckpointError(StudioError):
    """A file that is no checkpoint, or a damaged one."""


class DownloadError(StudioError):
    """A transfer that did not end in the file that was asked for."""


class ExportError(StudioError):
    """A video or image that could not be written."""
