"""Reads the frames of a video file in blocks that fit into memory, made square."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from svg_studio.engine.data.decode.opencv import Unusable, opencv
from svg_studio.engine.data.decode.resize import Block, Fitting
from svg_studio.engine.events import Frames

AT_ONCE = 64  # frames read
COUNTED = (".avi", ".mp4", ".m4v", ".mov")  # containers that hold a count of frames; of others it is estimated
_LARGEST = 1 << 28  # pixels of a frame
_SMALL = 640 * 480  # pixels of a frame up to which one decoding thread is faster than several that wait for each other


class Video:
    """An open video, read from its start to its end once. Raises Unusable for a file that is none."""

    def __init__(self, path: Path) -> None:
        cv2 = opencv()
        self.path = path
        self.read = 0  # frames decoded so far
        self.lost = 0  # of these, such as could not be had
        self._seconds = 0.0  # where the last one stands
        self._capture = _open(path, cv2.CAP_PROP_N_THREADS, 1)
        width, height = int(self._property(cv2.CAP_PROP_FRAME_WIDTH)), int(self._property(cv2.CAP_PROP_FRAME_HEIGHT))
        if width < 1 or height < 1 or width * height > _LARGEST:
            self.close()
            raise Unusable(f"states frames of {width} × {height} pixels")
        if width * height > _SMALL:
            self.close()
            self._capture = _open(path)
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # a telephone held upright writes lying frames and a note
        self._rate = self._property(cv2.CAP_PROP_FPS)
        self.stated = int(self._property(cv2.CAP_PROP_FRAME_COUNT))  # frames; 0: not known; may be wrong

    def blocks(self, fitting: Fitting, *, every: int = 1, first: int = 0, last: int = -1) -> Iterator[Frames]:
        """Frames `first`, `first` + `every`, … up to `last` (-1: the end), uint8 (T, W, W, C), also T = 0.

        Each block is what is kept of the next 64 frames, so that whoever waits for it hears of long stretches left out.
        """
        cv2, image = opencv(), None
        msec = cv2.CAP_PROP_POS_MSEC
        grab, retrieve, get = self._capture.grab, self._capture.retrieve, self._capture.get
        ended = False
        while not ended:
            block = Block(fitting, AT_ONCE // every + 1)
            for _ in range(AT_ONCE):
                if 0 <= last < self.read or not grab():
                    ended = True
                    break
                self._seconds = get(msec) / 1000
                left_out = self.read < first or (self.read - first) % every
                self.read += 1
                if left_out:
                    continue
                try:
                    there, image = retrieve(image)  # into the same memory, as long as frames keep their size
                    if there:
                        block.add(image)
                except cv2.error:
                    there = False
                self.lost += not there
            yield block.frames()

    def shortfall(self) -> str:
        """Once all blocks are read to the end: what is wrong with the video, in words; empty for one that is whole."""
        if not self.read:
            return "holds no frame that can be decoded"
        lost = f"{self.lost} of its frames cannot be decoded" if self.lost else ""
        return self._ended_early() or lost

    def _ended_early(self) -> str:
        if self.read >= self.stated:
            return ""
        counted = self.path.suffix.lower() in COUNTED
        if self._rate > 0:
            # Frames that a camera dropped are counted by some, and are no damage: the time tells whether the end is there.
            length = self.stated / self._rate
            slack = 0.5 / self._rate if counted else max(0.5, 0.05 * length)
            if self._seconds + 1 / self._rate >= length - slack:
                return ""
        # Nor are frames that an editor has cut out by leaving them in the file with a note.
        if counted and count_frames(self.path) >= self.stated:
            return ""
        return f"ends after {self.read} of {'' if counted else 'about '}{self.stated} frames"

    def _property(self, which: int) -> float:
        """0 for what no header that is right can state."""
        value = float(self._capture.get(which))
        return value if 0 < value < 1 << 53 else 0.0

    def close(self) -> None:
        self._capture.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def count_frames(path: Path) -> int:
    """Frames that the file really holds, found without decoding them. Raises Unusable for a file that is no video."""
    capture = _open(path, opencv().CAP_PROP_FORMAT, -1)  # packets as they are; each is a frame
    try:
        count = 0
        while capture.grab():
            count += 1
        return count
    finally:
        capture.release()


def _open(path: Path, *parameters: int) -> Any:
    cv2 = opencv()
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        raise Unusable(f"cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if not size:
        raise Unusable("is empty")
    name = str(path.absolute())  # absolute, so that no beginning of a name is taken for a protocol
    try:
        name.encode()  # OpenCV crashes at a name whose bytes are no UTF-8
        # FFmpeg by name, for else OpenCV goes on to take digits in the name for an image's number.
        capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, list(parameters))
    except (cv2.error, UnicodeEncodeError) as error:
        raise Unusable("cannot be opened by this name; rename it") from error
    if not capture.isOpened():
        raise Unusable("is no video that can be decoded")
    return capture
