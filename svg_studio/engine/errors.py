"""The errors a user can do something about; each message is one sentence that names the file or setting and the remedy."""


class StudioError(Exception):
    """Shown as it is on the page or on stderr; its traceback goes to the log."""


class DataError(StudioError):
    """Data that is missing, damaged or not what it should be."""


class CheckpointError(StudioError):
    """A file that is no checkpoint, or a damaged one."""


class DownloadError(StudioError):
    """A transfer that did not end in the file that was asked for."""


class ExportError(StudioError):
    """A video or image that could not be written."""
