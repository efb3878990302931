"""Imports OpenCV on demand with its own messages switched off."""

from __future__ import annotations

import functools
import os
from typing import Any

from svg_studio.engine.errors import DataError


class Unusable(Exception):
    """Why nothing can be read from a file; its text goes on after "FILE: " and ends without a full stop."""


@functools.cache
def opencv() -> Any:
    """The module cv2, imported when it is needed, with nothing of its own on stderr. Raises DataError where it is missing."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # FFmpeg's "quiet"; read when the first video is opened
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(1 << 28))
    try:
        import cv2
    except ImportError as error:
        raise DataError("videos and images need OpenCV; run `pip install opencv-python-headless`") from error
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    cv2.setNumThreads(1)  # several files are read at once as it is
    return cv2
