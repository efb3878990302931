"""Where data, runs, the log and the program's own files lie.

The environment variable SVG_STUDIO_HOME names one folder that is to hold all of them.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

APP = "svg-studio"


def resource(name: str) -> Path:
    """A file that comes with the program, such as resource("demo.pt").

    They lie in resources/ beside the package in a checkout, and inside the package where a wheel was installed.
    """
    package = Path(__file__).parent
    inside = package / "resources"
    return (inside if inside.is_dir() else package.parent / "resources") / name


def guide() -> Path:
    """The guide, in docs/ of a checkout or inside the installed package."""
    inside = Path(__file__).parent / "docs" / "guide.md"
    return inside if inside.is_file() else Path(__file__).parent.parent / "docs" / "guide.md"


def default_data_root() -> Path:
    """Where data sets go unless somebody says otherwise."""
    return _home() / "data"


def default_log_dir() -> Path:
    """Where training runs go unless somebody says otherwise."""
    return _home() / "runs"


def queue_folder() -> Path:
    """Where the queue of runs is kept."""
    return _home() / "queue"


def log_file() -> Path:
    """The program's own log. Its folder is made, which raises OSError where that is not allowed."""
    folder = _home() / "log"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{APP}.log"


def _home() -> Path:
    """Raises OSError for a person without a home folder who has set none."""
    try:
        if chosen := os.environ.get("SVG_STUDIO_HOME"):
            return Path(chosen).expanduser()
        try:
            from platformdirs import user_data_path  # here: a command that is told its folders needs no platformdirs
        except ImportError:
            return Path.home() / f".{APP}"
        folder = user_data_path(APP, appauthor=False)
        return folder if folder.is_absolute() else Path.home() / f".{APP}"  # as of XDG_DATA_HOME that is no whole path
    except RuntimeError as error:
        raise OSError(
            errno.ENOENT, "there is no home folder: set SVG_STUDIO_HOME to a folder for data, runs and the log"
        ) from error
