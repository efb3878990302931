"""Event files hold what a run says, once; without tensorboard, or with a disk that refuses, the run goes on."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from svg_studio.engine.events import EpochFinished, Events, Logged, PreviewSaved, StepFinished
from svg_studio.engine.runs import tensorboard as board_module
from svg_studio.engine.runs.tensorboard import ABSENT, Board, write_board

GIF = b"GIF89a and so on"


def step(n: int, mse: float | None = None) -> StepFinished:
    mse = n / 8 if mse is None else mse
    return StepFinished(n, epoch=0, loss=mse + 1, mse=mse, kld=10.0 * n, frames_per_s=100.0 * n, seconds=float(n))


def epoch(n: int) -> EpochFinished:
    return EpochFinished(epoch=0, step=n, test_loss=3.5, test_mse=2.5, test_kld=1.5)


def preview(n: int, folder: Path) -> PreviewSaved:
    gif = folder / f"sample_{n}.gif"
    gif.write_bytes(GIF)
    return PreviewSaved(n, folder / "none.png", gif, np.zeros((4, 20, 30, 3), np.uint8))


class Message:
    """Stands in for a protobuf message: keeps what it was made of."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields

    def plain(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in self.fields.items()}

    def SerializeToString(self) -> bytes:
        return json.dumps(self.plain()).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.plain()
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.decode() if isinstance(value, bytes) else value


class Summary(Message):
    Value = Image = Message


class SessionLog(Message):
    START = 1


class Records:
    """Stands in for RecordWriter: a line a record."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def write(self, data: bytes) -> None:
        self.file.write(data + b"\n")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tensorboard whose files are lines of JSON."""
    parts = {
        "tensorboard.compat.proto.event_pb2": {"Event": Message, "SessionLog": SessionLog},
        "tensorboard.compat.proto.summary_pb2": {"Summary": Summary},
        "tensorboard.summary.writer.record_writer": {"RecordWriter": Records},
    }
    for name in parts:
        words = name.split(".")
        for n in range(1, len(words) + 1):
            module = types.ModuleType(".".join(words[:n]))
            module.__path__ = []  # type: ignore[attr-defined]
            monkeypatch.setitem(sys.modules, module.__name__, module)
    for name, content in parts.items():
        vars(sys.modules[name]).update(content)
        parent, _, last = name.rpartition(".")
        setattr(sys.modules[parent], last, sys.modules[name])


def lines(run: Path) -> list[dict[str, Any]]:
    """What the stand-in wrote, file after file."""
    return [json.loads(line) for file in sorted((run / "tensorboard").iterdir()) for line in file.read_text().splitlines()]


def test_that_steps_tests_and_previews_are_written_under_their_names(stand_in: None, tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.step(step(1))
    board.epoch(epoch(1))
    board.preview(preview(1, tmp_path))
    board.close()
    assert not list(board.news())
    (file,) = (tmp_path / "tensorboard").iterdir()
    assert "tfevents" in file.name
    version, trained, tested, shown = lines(tmp_path)
    assert version["file_version"] == "brain.Event:2"
    assert [event["step"] for event in (trained, tested, shown)] == [1, 1, 1]
    found = {value["tag"]: value["simple_value"] for event in (trained, tested) for value in event["summary"]["value"]}
    assert found == {
        "train/loss": 1.125, "train/mse": 0.125, "train/kld": 10.0, "train/frames_per_s": 100.0,
        "test/loss": 3.5, "test/mse": 2.5, "test/kld": 1.5,
    }  # fmt: skip
    (value,) = shown["summary"]["value"]
    assert value["tag"] == "preview"
    assert value["image"] == {"height": 20, "width": 30, "colorspace": 3, "encoded_image_string": GIF.decode()}


def test_that_a_run_that_goes_on_takes_out_what_comes_again(stand_in: None, tmp_path: Path) -> None:
    for done in (0, 7):
        board = Board(tmp_path, done=done)
        board.step(step(done + 1))
        board.close()
    assert [event.get("step") for event in lines(tmp_path)] == [None, 1, None, 8, 8]
    assert [event["session_log"] for event in lines(tmp_path) if "session_log" in event] == [{"status": SessionLog.START}]


def test_that_nothing_is_made_before_the_first_step(stand_in: None, tmp_path: Path) -> None:
    Board(tmp_path).close()
    assert not (tmp_path / "tensorboard").exists()


class Training:
    """A run of five steps and a preview that notes its end."""

    def __init__(self, folder: Path) -> None:
        self.ended = False
        self._folder = folder

    def events(self, begin: int = 1) -> Events:
        try:
            for n in range(begin, begin + 5):
                yield step(n)
            yield epoch(n)
            yield preview(n, self._folder)
        finally:
            self.ended = True


def test_that_a_run_passes_by_unchanged(stand_in: None, tmp_path: Path) -> None:
    training = Training(tmp_path)
    assert [event.step for event in write_board(tmp_path, training.events())] == [1, 2, 3, 4, 5, 5, 5]
    assert training.ended
    assert [event.get("step") for event in lines(tmp_path)] == [None, 1, 2, 3, 4, 5, 5, 5]


def test_that_a_run_that_is_stopped_ends_its_file(stand_in: None, tmp_path: Path) -> None:
    training = Training(tmp_path)
    own = training.events(8)  # held here, so that it does not end by being forgotten
    events = write_board(tmp_path, own, done=7)
    next(events)
    next(events)
    events.close()
    assert training.ended
    assert [event.get("step") for event in lines(tmp_path)] == [None, 8, 8, 9]


def test_that_what_the_board_says_comes_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "_load", lambda: None)
    events = write_board(tmp_path, Training(tmp_path).events())
    assert [next(events) for _ in range(3)] == [step(1), Logged(ABSENT, "warning"), step(2)]
    events.close()


def test_that_a_reader_sees_a_run_while_it_goes_on(stand_in: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(board_module.time, "monotonic", lambda: now[0])
    board = Board(tmp_path)
    board.step(step(1))
    assert [event.get("step") for event in lines(tmp_path)] == [None, 1]
    now[0] += board_module.FLUSH_S + 1
    board.step(step(2))
    assert [event.get("step") for event in lines(tmp_path)] == [None, 1, 2]
    board.step(step(3))
    assert len(lines(tmp_path)) == 3, "not every step is worth the disk's time"
    board.epoch(epoch(3))
    assert len(lines(tmp_path)) == 5
    board.close()


def test_that_without_tensorboard_the_run_goes_on_and_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "tensorboard.compat.proto", raising=False)
    board = Board(tmp_path)
    board.step(step(1))
    board.preview(preview(1, tmp_path))
    board.close()
    assert [event.text for event in board.news()] == [ABSENT]
    assert not list(board.news())
    assert not (tmp_path / "tensorboard").exists()


def test_that_a_folder_that_cannot_be_made_costs_the_board_alone(stand_in: None, tmp_path: Path) -> None:
    (tmp_path / "tensorboard").write_text("a file where the folder is wanted")
    board = Board(tmp_path)
    board.step(step(1))
    board.step(step(2))
    board.epoch(epoch(2))
    board.close()
    (said,) = board.news()
    assert f"{tmp_path / 'tensorboard'}: is a file where a folder is wanted" in said.text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here that is always full")
def test_that_a_full_disk_costs_the_board_alone(stand_in: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def full(self: Path, mode: str = "r", *rest: Any) -> Any:
        return opened(Path("/dev/full"), "wb") if "tfevents" in self.name else opened(self, mode, *rest)

    monkeypatch.setattr(Path, "open", full)
    board = Board(tmp_path)
    board.step(step(1))
    board.epoch(epoch(1))
    board.close()
    (said,) = board.news()
    assert "cannot be written (No space left" in said.text


def test_that_a_preview_that_is_gone_is_passed_over(stand_in: None, tmp_path: Path) -> None:
    board = Board(tmp_path)
    event = preview(1, tmp_path)
    event.gif.unlink()
    board.preview(event)
    board.step(step(2))
    board.close()
    (said,) = board.news()
    assert event.gif.name in said.text
    assert [event.get("step") for event in lines(tmp_path)] == [None, 2]


@pytest.fixture
def read() -> Iterator[Any]:
    """tensorboard's own reader of a run's event files."""
    module = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="tensorboard is not installed: pip install tensorboard"
    )

    def load(run: Path) -> Any:
        accumulator = module.EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0, "images": 0})
        return accumulator.Reload()

    return load


def test_that_tensorboard_reads_the_figures_and_the_pictures(read: Any, tmp_path: Path) -> None:
    board = Board(tmp_path)
    for n in range(1, 5):
        board.step(step(n))
    board.epoch(epoch(4))
    board.preview(preview(4, tmp_path))
    board.close()
    found = read(tmp_path)
    assert [(e.step, e.value) for e in found.Scalars("train/mse")] == [(n, n / 8) for n in range(1, 5)]
    assert set(found.Tags()["scalars"]) == {
        "train/loss", "train/mse", "train/kld", "train/frames_per_s", "test/loss", "test/mse", "test/kld"
    }  # fmt: skip
    assert [(e.step, e.value) for e in found.Scalars("test/kld")] == [(4, 1.5)]
    (image,) = found.Images("preview")
    assert (image.step, image.width, image.height, image.encoded_image_string) == (4, 30, 20, GIF)


def test_that_tensorboard_finds_no_step_twice_in_a_run_that_crashed_and_went_on(read: Any, tmp_path: Path) -> None:
    first = Board(tmp_path)
    for n in range(1, 6):
        first.step(step(n))
    first.epoch(epoch(5))
    (file,) = (tmp_path / "tensorboard").iterdir()
    first.close()
    with file.open("ab") as torn:
        torn.write(b"\x40\0\0\0\0\0")  # killed within a record
    again = Board(tmp_path, done=3)
    for n in range(4, 8):
        again.step(step(n, mse=100.0 + n))
    again.close()
    found = read(tmp_path)
    assert [(e.step, e.value) for e in found.Scalars("train/mse")] == [
        (1, 0.125), (2, 0.25), (3, 0.375), (4, 104.0), (5, 105.0), (6, 106.0), (7, 107.0)
    ]  # fmt: skip
    assert "test/mse" not in found.Tags()["scalars"] or not found.Scalars("test/mse")
