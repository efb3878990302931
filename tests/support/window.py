"""What the window's tests share: no screen, no settings of the person's, lanes that end, and events made by hand."""

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QSettings
from PySide6.QtWidgets import QApplication

from svg_studio.engine.config import DataConfig, ModelConfig
from svg_studio.engine.events import (
    ClipOpened,
    DatasetInspected,
    Event,
    FramesImagined,
    FutureSampled,
    FutureScored,
    ModelOpened,
    PosteriorReconstructed,
    StoreFound,
    SurpriseMeasured,
    read_only,
)
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.style import theme


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    """Settings, data and runs go to a folder of the test's own; every test starts in the light scheme."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    monkeypatch.setenv("SVG_STUDIO_HOME", str(tmp_path / "home"))
    theme.apply(qapp, "light")


@pytest.fixture(autouse=True)
def no_leftovers(qapp: QApplication) -> Iterator[None]:
    """Really deletes what a test has closed: every window still alive is styled again by the next test."""
    yield
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class QuietLane(Worker):
    """A lane that notes its jobs and runs none."""

    def __init__(self) -> None:
        super().__init__("quiet")
        self.jobs: list[Job] = []

    def submit(self, job: Job) -> Job:
        self.jobs.append(job)
        return job


@pytest.fixture
def quiet_lane(qapp: QApplication) -> QuietLane:
    return QuietLane()


@pytest.fixture
def start_lane(qapp: QApplication) -> Iterator[Callable[[str], Worker]]:
    """Starts lanes, and ends them after the test."""
    lanes: list[Worker] = []

    def start(name: str) -> Worker:
        lane = Worker(name)
        lanes.append(lane)
        lane.start()
        return lane

    yield start
    for lane in lanes:
        lane.shutdown()
    for lane in lanes:
        assert lane.wait(10_000), f"the {lane.objectName()} lane did not end"


@pytest.fixture
def jobs_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`jobs_of("sampling.futures", explore=generator_function)` stands in for a module below svg_studio.engine."""

    def stand_in(module: str, **functions: object) -> None:
        name = f"svg_studio.engine.{module}"
        fake = types.ModuleType(name)
        for function, body in functions.items():
            setattr(fake, function, body)
        monkeypatch.setitem(sys.modules, name, fake)

    return stand_in


@pytest.fixture(name="video")
def give_video() -> Callable[..., np.ndarray]:
    """Makes frames."""
    return video


@pytest.fixture(name="exploration")
def give_exploration() -> Callable[..., list[Event]]:
    """Makes what sampling one clip says."""
    return exploration


@pytest.fixture(name="store")
def give_store() -> Callable[..., StoreFound]:
    """Makes what is said of a store."""
    return store


@pytest.fixture(name="inspection")
def give_inspection() -> Callable[..., DatasetInspected]:
    """Makes what a look at the disk finds."""
    return inspection


def store(name: str = "kth", width: int = 64, channels: int = 1, train: int = 40, test: int = 30, **more: object) -> StoreFound:
    """A store of `train` + `test` sequences of 100 frames."""
    clips = {"train": train, "test": test}
    frames = {split: 100 * count for split, count in clips.items()}
    path = Path("/data") / name / f"store-{width}"
    return StoreFound(name, path, width, channels, clips, frames, 3_000_000, **more)  # type: ignore[arg-type]


def inspection(name: str, *stores: StoreFound, root: str = "/data", raw: bool = False, state: str = "") -> DatasetInspected:
    """A set with these stores, and with files to convert if `raw`."""
    ready = [s for s in stores if s.finished and not s.problem]
    clips = ready[0].clips if ready else {}
    state = state or ("; ".join(s.name for s in stores) or f"nothing of {name} here")
    return DatasetInspected(name, Path(root), bool(ready), state, 9_000_000, 83_000_000_000, clips, raw, stores)


def video(value: int, n_frames: int = 8, width: int = 8, channels: int = 1) -> np.ndarray:
    """Frames (T, H, W, C) whose pixels are value + t."""
    frames = np.zeros((n_frames, width, width, channels), np.uint8)
    frames += (value + np.arange(n_frames, dtype=np.uint8))[:, None, None, None]
    return read_only(frames)


def exploration(n_futures: int = 4, n_past: int = 3, n_frames: int = 8, width: int = 8, seed: int = 1) -> list[Event]:
    """What sampling one clip says, in order. Future k's pixels are 10·(k+1) + t; its SSIM is 0.1·(k+1). Frame t surprises by t."""
    model = ModelConfig(n_past=n_past).to_dict()
    data = DataConfig(digits="drawn", num_digits=1).to_dict()
    nothing = (float("nan"),) * n_past
    events: list[Event] = [
        ModelOpened(Path("runs/a/checkpoints/last.pt"), model, data, 40, 1_000, "CPU", "fp32"),
        ClipOpened("test", 0, "a drawn 8", video(100, n_frames, width)),
    ]
    films = [video(10 * (k + 1), n_frames, width) for k in range(n_futures)]
    for t in range(n_past, n_frames):
        events.append(FramesImagined(t, n_past, n_frames, read_only(np.stack([film[t] for film in films]))))
    for k in range(n_futures):
        sigma = (float("nan"), *(0.5 + 0.1 * k for _ in range(n_frames - 1)))
        events.append(FutureSampled(k, seed + k, n_past, films[k], sigma))
    events.append(SurpriseMeasured((float("nan"), *(float(t) for t in range(1, n_frames)))))
    events.append(PosteriorReconstructed(video(150, n_frames, width)))
    for k in range(n_futures):
        ssim, psnr = 0.1 * (k + 1), 10.0 * (k + 1)
        left = n_frames - n_past
        events.append(FutureScored(k, seed + k, nothing + (ssim,) * left, nothing + (psnr,) * left))
    return events
