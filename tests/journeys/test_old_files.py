"""What version 0.1.0 left on a disk opens, shows the same and goes on: a run, a store, an unfinished conversion, an unfinished
evaluation, the queue and the window's settings. tests/data/written_by_0.1.0/README.md says what is there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import torch
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from support.places import ROOT
from torch.torch_version import TorchVersion

from svg_studio.engine.config import ConvertConfig, DataConfig, EvaluateConfig, FuturesConfig
from svg_studio.engine.data.clips import browse
from svg_studio.engine.data.convert import convert
from svg_studio.engine.data.store import open_store, verify
from svg_studio.engine.data.store_writer import unfinished
from svg_studio.engine.evaluation.evaluate import evaluate
from svg_studio.engine.events import (
    ClipOpened,
    EvaluationFinished,
    FutureSampled,
    Logged,
    RunFinished,
    RunsListed,
    StepFinished,
    StoreConverted,
    StoreVerified,
)
from svg_studio.engine.runs.curves import read_curves
from svg_studio.engine.runs.library import read_config, scan
from svg_studio.engine.runs.run_queue import RunQueue
from svg_studio.engine.runs.state import RunState
from svg_studio.engine.sampling.futures import explore
from svg_studio.engine.training.train import train
from svg_studio.engine.worker import Worker
from svg_studio.ui.data.mirrors_dialog import Mirrors
from svg_studio.ui.evaluate.results_file import read
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.shell.main_window import MainWindow

WRITTEN = ROOT / "tests" / "data" / "written_by_0.1.0"
RUN, LAST, BEST = "runs/shapes", "runs/shapes/checkpoints/last.pt", "runs/shapes/checkpoints/best.pt"
STOPPED, EPOCH, PLANNED = 63, 30, 90  # steps
MINE = DataConfig(dataset="videos", data_root="data", store="mine")
T = TypeVar("T")


@pytest.fixture(autouse=True)
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files, which is the working folder and the program's home."""
    home = Path(shutil.copytree(WRITTEN, tmp_path / "home"))
    (home / "settings").rename(tmp_path / "settings")
    # When a file was changed last is part of what is on a disk, and a checkout keeps none of it.
    for path in (home / "videos").rglob("*.*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    os.utime(home / BEST, (1_700_000_000, 1_700_000_000))
    monkeypatch.chdir(home)
    return home


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """A model as small as this one waits for other threads longer than it works."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def kept() -> Iterator[Any]:
    """What version 0.1.0 made of these files."""
    with np.load("kept.npz") as file:
        yield file


def only(kind: type[T], events: Iterable[object]) -> T:
    """The one event of a kind."""
    (found,) = (event for event in events if isinstance(event, kind))
    return found


# ---- the run


def test_that_an_old_run_is_listed_with_its_figures() -> None:
    (row,) = only(RunsListed, scan("runs")).rows
    assert (row.path, row.state, row.reason, row.live) == (Path(RUN), "stopped", "", False)
    assert (row.step, row.steps, row.best_step) == (STOPPED, PLANNED, 2 * EPOCH)
    assert row.best_mse == pytest.approx(0.0229472, rel=1e-5)
    assert (row.tags, row.notes) == (("narrow", "été"), "Written by the version before.")
    assert (row.dataset, row.prior, row.backbone, row.parameters) == ("smmnist", "learned", "dcgan", 3799)
    assert (row.host, row.device, row.precision) == ("a-machine", "CPU, 2 threads", "fp32")
    assert row.checkpoint == Path(LAST)
    assert row.seconds > 0
    assert row.started < row.updated


def test_that_an_old_runs_curves_are_read() -> None:
    curves = read_curves(Path(RUN))
    rows = [json.loads(line) for line in Path(RUN, "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert curves.steps.tolist() == list(range(1, STOPPED + 1))
    for name, key in (("mse", "mse"), ("kld", "kld"), ("total", "loss")):
        np.testing.assert_allclose(curves.columns[name], [row[key] for row in rows])
    assert [step for step, _, _ in curves.tests] == [EPOCH, 2 * EPOCH]
    assert curves.previews == ((10, Path(RUN, "previews", "sample_10.gif")),)


@pytest.mark.parametrize("split", ["test", "train"])
def test_that_an_old_checkpoint_imagines_the_same_frames(split: str, kept: Any) -> None:
    config = FuturesConfig(
        model_path=LAST, data=MINE, split=split, n_past=2, n_future=2, n_futures=1, device="cpu", precision="fp32"
    )
    imagined = only(FutureSampled, explore(config)).frames[2:]
    assert np.ptp(kept[split]) > 100
    np.testing.assert_allclose(imagined.astype(int), kept[split].astype(int), atol=1)


def test_that_an_old_run_goes_on_with_the_losses_it_would_have_had(kept: Any) -> None:
    events = list(train(read_config(Path(RUN)), RUN))
    steps = [event for event in events if isinstance(event, StepFinished)]
    assert [event.step for event in steps] == list(range(STOPPED + 1, PLANNED + 1))
    np.testing.assert_allclose([event.loss for event in steps], kept["losses"], rtol=0.01)
    np.testing.assert_allclose(steps[0].loss, kept["losses"][0], rtol=1e-4)
    assert only(RunFinished, events).step == PLANNED
    lines = Path(RUN, "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines] == list(range(1, PLANNED + 1))
    state = RunState.read(Path(RUN))
    assert state is not None
    assert (state.state, state.step) == ("finished", PLANNED)


def test_that_an_old_run_goes_on_from_an_older_checkpoint() -> None:
    before = json.loads(Path(RUN, "metrics.jsonl").read_text(encoding="utf-8").splitlines()[2 * EPOCH])
    events = train(read_config(Path(RUN)), BEST)
    step = next(event for event in events if isinstance(event, StepFinished))
    events.close()
    assert step.step == before["step"] == 2 * EPOCH + 1
    assert step.loss == pytest.approx(before["loss"], rel=1e-4)


# ---- stores and conversions


def test_that_an_old_store_has_its_clips_and_is_whole() -> None:
    store = open_store(Path("data/mine/store-64"))
    assert [sequence.name for split in ("train", "test") for sequence in store.sequences[split]] == [
        "train/second",
        "test/first.mp4",
    ]
    assert only(StoreVerified, verify(store.path)) == StoreVerified(store.path, 2, 8, ())
    for split in ("train", "test"):
        clip = only(ClipOpened, browse(MINE, 64, 1, split, range(1), 4, 1))
        np.testing.assert_array_equal(clip.frames, np.load(store.path / f"{split}.npy"))


def test_that_an_old_store_is_not_converted_again_from_the_same_files() -> None:
    config = ConvertConfig(dataset="videos", data_root="data", source="videos", store="mine", grey=True)
    before = Path("data/mine/store-64/manifest.json").read_bytes()
    assert only(Logged, convert(config)).text.endswith("is converted already")
    assert Path("data/mine/store-64/manifest.json").read_bytes() == before


def test_that_an_old_unfinished_conversion_goes_on() -> None:
    part = Path("data/unfinished/.store-64.part")
    done = (part / "test.npy").read_bytes()[128:]
    events = list(convert(unfinished(part)))
    assert only(Logged, events).text.endswith("going on after 1 of 2 files")
    store = open_store(only(StoreConverted, events).path)
    assert not part.exists()
    assert store.frames("test").tobytes() == done
    for split in ("train", "test"):
        there = open_store(Path("data/mine/store-64")).frames(split)
        np.testing.assert_allclose(store.frames(split).astype(int), there.astype(int), atol=1)
    assert not only(StoreVerified, verify(store.path)).problems


# ---- evaluations


def test_that_an_old_unfinished_evaluation_goes_on(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished = json.loads(Path("evaluated/evaluation.json").read_text(encoding="utf-8"))
    # It goes on under the same version of torch and on the same processor alone: those of the machine it was begun on.
    monkeypatch.setattr(torch, "__version__", TorchVersion(finished["versions"]["torch"]))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    monkeypatch.setenv("TORCH_HOME", str(old / "nowhere"))
    config = EvaluateConfig(
        model_path=(LAST, BEST), log_dir="evaluation", data=MINE, n_past=2, n_future=2, nsample=3, N=1, batch_size=1, device="cpu",
        precision="fp32",
    )  # fmt: skip
    events = list(evaluate(config))
    assert "goes on where it was stopped: 1 of 2 clips are done" in [e.text for e in events if isinstance(e, Logged)]
    assert any("the surprise is left out" in e.text for e in events if isinstance(e, Logged))
    found = json.loads(only(EvaluationFinished, events).json.read_text(encoding="utf-8"))
    assert [model["sha256"] for model in found["models"]] == [model["sha256"] for model in finished["models"]]
    assert len(found["curves"]) == len(finished["curves"])
    for now, then in zip(found["curves"], finished["curves"], strict=True):
        assert (now["model"], now["metric"], now["statistic"]) == (then["model"], then["metric"], then["statistic"])
        np.testing.assert_allclose(now["mean"], then["mean"], rtol=0.01, atol=1e-6)


def test_that_an_old_evaluation_is_shown_again() -> None:
    results = read(Path("evaluated"))
    assert [model.name for model in results.started.models] == ["shapes last", "shapes best"]
    assert (results.started.clips, results.started.samples, results.started.n_future) == (1, 3, 2)
    (mean, _) = results.updates[0].curves["psnr", "best"]
    assert len(mean) == 2
    assert min(mean) > 5


# ---- the queue and the window


def test_that_an_old_queue_has_its_entries() -> None:
    queue = RunQueue(Path("queue"))
    failed, resumed = queue.entries
    queue.close()
    assert queue.problem == ""
    assert (failed.title, failed.reason, failed.config.model.prior, failed.config.seed) == (
        "second",
        "the disk is full",
        "fixed",
        7,
    )
    assert (resumed.run, resumed.resumes, resumed.config.niter) == (RUN, True, 5)
    assert resumed.config.model == read_config(Path(RUN)).model


@pytest.fixture
def window(qtbot: QtBot, start_lane: Callable[[str], Worker]) -> Iterator[MainWindow]:
    window = MainWindow(*(start_lane(name) for name in ("training", "studio", "files", "evaluation")))
    with qtbot.waitSignal(window.painted):
        window.show()
    qtbot.waitUntil(lambda: len(window.pages) == 5)
    yield window
    window.leave()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=20_000)
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_that_the_window_finds_old_settings_runs_and_the_queue(window: MainWindow, qtbot: QtBot) -> None:
    settings = Preferences()
    assert settings.choice("scheme", ("system", "light", "dark"), "system") == "dark"
    assert Mirrors(settings).address("bair") == "http://mirror.example/bair"
    assert Mirrors(settings).address("kth") == ""
    assert window.futures.playback.speed == 2.0
    assert window.log_pane.isVisible()
    assert not window.notifier.switch.isChecked()
    assert window.awake.switch.isChecked()
    assert window.stack.currentWidget() is window.pages["runs"]
    assert window.restoreGeometry(settings.blob("geometry"))
    train_page: Any = window.pages["train"]
    runs_page: Any = window.pages["runs"]
    assert [entry.title for entry in train_page.queue.queue.entries] == ["second", "shapes"]
    qtbot.waitUntil(lambda: [row.path.name for row in runs_page.model.rows] == ["shapes"])
