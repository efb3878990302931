"""Writes TensorBoard event files of a training run, where TensorBoard is installed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import EpochFinished, Event, Events, Logged, PreviewSaved, RunMoved, StepFinished
from svg_studio.engine.utils.files import own_folder

FOLDER = "tensorboard"  # below the run's
FLUSH_S = 5.0  # how much a crash may take away at most, and how much later a reader sees it
ABSENT = "tensorboard: is not installed or cannot be loaded, so no event files are written; pip install tensorboard brings it"


def write_board(run: Path, events: Events, *, done: int = 0) -> Events:
    """The same events and end, which go onto a Board of the run on the way; it adds what it has to say."""
    with closing(Board(run, done)) as board, closing(events):
        for event in events:
            board.note(event)
            yield event
            yield from board.news()


class Board:
    """`<run>/tensorboard/` while a run trains: scalars of every step and of the tests, and the previews as moving pictures.

    A file begins with the first step; of a run that goes on after `done` steps it takes what was written of later ones before out
    of the curves. Where tensorboard cannot be loaded or the disk refuses, nothing is written and the run goes on: `news` says so.
    """

    def __init__(self, run: Path, done: int = 0) -> None:
        self.folder = run / FOLDER
        self._done = done
        self._file: IO[bytes] | None = None
        self._records: Any = None  # tensorboard's RecordWriter
        self._flushed = 0.0
        self._news: list[str] = []
        self._protocol: Any = _load()
        if self._protocol is None:
            self._news.append(ABSENT)

    def note(self, event: Event) -> None:
        """Writes down what can be shown of an event."""
        match event:
            case StepFinished():
                self.step(event)
            case EpochFinished():
                self.epoch(event)
            case PreviewSaved():
                self.preview(event)
            case RunMoved(run, step=done):
                self.close()
                self.folder, self._done, self._protocol = run / FOLDER, done, _load()

    def step(self, event: StepFinished) -> None:
        """The losses of one step and its speed."""
        values = {"loss": event.loss, "mse": event.mse, "kld": event.kld, "frames_per_s": event.frames_per_s}
        self._scalars(event.step, "train", values)

    def epoch(self, event: EpochFinished) -> None:
        """The losses on the test clips."""
        self._scalars(event.step, "test", {"loss": event.test_loss, "mse": event.test_mse, "kld": event.test_kld}, flush=True)

    def preview(self, event: PreviewSaved) -> None:
        """The preview's GIF, which moves in TensorBoard too."""
        if self._protocol is None:
            return
        try:
            encoded = event.gif.read_bytes()
        except OSError as error:
            self._news.append(f"{event.gif}: cannot be read ({error.strerror}), so TensorBoard goes without it")
            return
        _, summary, _ = self._protocol
        height, width = event.frames.shape[1:3]
        image = summary.Image(height=height, width=width, colorspace=3, encoded_image_string=encoded)
        self._write(event.step, True, summary=summary(value=[summary.Value(tag="preview", image=image)]))

    def news(self) -> Iterator[Logged]:
        """What there is to say since it was asked last."""
        while self._news:
            yield Logged(self._news.pop(0), "warning")

    def close(self) -> None:
        """Ends the file; whatever comes after that is passed over."""
        self._protocol = None
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):  # what could not be written was said, or is lost with the disk
                file.close()

    def _scalars(self, step: int, group: str, values: dict[str, float], *, flush: bool = False) -> None:
        if self._protocol is not None:
            _, summary, _ = self._protocol
            listed = [summary.Value(tag=f"{group}/{name}", simple_value=value) for name, value in values.items()]
            self._write(step, flush, summary=summary(value=listed))

    def _write(self, step: int, flush: bool, **content: Any) -> None:
        """One event; the first opens the file."""
        try:
            if self._file is None:
                self._file = self._open()
                flush = True
            self._put(step=step, **content)
            if flush or time.monotonic() - self._flushed > FLUSH_S:
                self._file.flush()
                self._flushed = time.monotonic()
        except OSError as error:
            self._refuse(error)
        except StudioError as error:  # a link
            self._news.append(str(error))
            self.close()

    def _open(self) -> IO[bytes]:
        event, _, writer = self._protocol
        own_folder(self.folder)
        # TensorBoard reads what has this in its name, in the order of the names.
        file = (self.folder / f"events.out.tfevents.{time.time_ns():020}").open("xb")
        self._records = writer(file)
        self._put(file_version="brain.Event:2")
        if self._done:
            self._put(step=self._done + 1, session_log=event.SessionLog(status=event.SessionLog.START))
        return file

    def _put(self, **fields: Any) -> None:
        event, _, _ = self._protocol
        self._records.write(event.Event(wall_time=time.time(), **fields).SerializeToString())

    def _refuse(self, error: OSError) -> None:
        self._news.append(f"{self.folder}: cannot be written ({error.strerror}), so TensorBoard gets no more of this run")
        self.close()


def _load() -> Any:
    """tensorboard's messages and its writer of records, or None."""
    try:
        from tensorboard.compat.proto import event_pb2
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.record_writer import RecordWriter
    except (ImportError, AttributeError, TypeError):  # the latter of an old one beside a new NumPy or protobuf
        return None
    return event_pb2, Summary, RecordWriter
