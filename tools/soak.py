"""Prints memory, threads and open files while the program works for long: `python -m tools.soak --minutes M`.

A model trains, then futures are sampled 200 times, then windows are opened, paged through and closed; each for a third of the
time at least. The exit status is 1 where one of the three grows, once it has warmed up, by more than the bounds.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import psutil

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

SAMPLINGS = 200
WARM = 1 / 3  # of each part, which is not judged: caches fill, libraries are loaded
ROWS = 12  # of the table for each part
MB_AN_HOUR, MB_AT_ALL = 100.0, 24.0  # memory may grow by the one, and a short part by the other, which is what it varies by
COUNT = 2.0  # threads, and open files, that a part may gain


class Sample(NamedTuple):
    """What the process holds after `seconds`."""

    seconds: float
    mb: float
    threads: int
    files: int


@dataclass(frozen=True)
class Growth:
    """Of one part, by a straight line through what was measured once it was warm; `hours` long."""

    hours: float
    mb: float
    threads: float
    files: float

    @property
    def is_bounded(self) -> bool:
        """By the hour for memory that grows by more than it varies; for threads and files as they are."""
        memory = self.mb * self.hours <= MB_AT_ALL or self.mb <= MB_AN_HOUR
        return memory and max(self.threads, self.files) * self.hours <= COUNT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0, help="how long altogether [20]")
    seconds = parser.parse_args().minutes * 60 / 3
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"SVG_STUDIO_HOME": home, "XDG_CONFIG_HOME": home, "HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        os.environ["QT_LOGGING_RULES"] = "default.warning=false"  # of what has no screen
        parts = {"training": training, "sampling": sampling, "pages": pages}
        print(f"{'part':<9} {'done':>7} {'seconds':>8} {'memory MB':>10} {'threads':>8} {'files':>6}")
        grown = {name: growth(_measured(name, part(Path(home), seconds), seconds)) for name, part in parts.items()}
    words = [f"{name} {g.mb:+.0f} MB, {g.threads:+.1f} threads, {g.files:+.1f} files" for name, g in grown.items()]
    print(f"growth per hour: {'; '.join(words)}")
    beyond = [name for name, g in grown.items() if not g.is_bounded]
    if beyond:
        print(f"beyond {MB_AN_HOUR:.0f} MB an hour, or {COUNT:.0f} threads or files: {', '.join(beyond)}", file=sys.stderr)
    return 1 if beyond else 0


def training(home: Path, seconds: float) -> Iterator[int]:
    """Steps of one run, with its tests, checkpoints and previews."""
    from svg_studio.engine.config import DataConfig, TrainConfig
    from svg_studio.engine.events import StepFinished
    from svg_studio.engine.presets import PRESETS
    from svg_studio.engine.training.train import train

    shape = next(iter(PRESETS.values())).config
    small = {"niter": 10**6, "epoch_size": 10, "batch_size": 4, "log_dir": str(home / "runs"), "name": "soak"}
    model = {**shape.model.to_dict(), "base_width": 8, "g_dim": 16, "rnn_size": 16}
    config = TrainConfig.from_dict({**shape.to_dict(), **small, "model": model, "data": DataConfig(digits="drawn").to_dict()})
    end = time.monotonic() + seconds
    events = train(config)
    for event in events:
        if isinstance(event, StepFinished):
            yield event.step
            if time.monotonic() > end:
                break
    events.close()


def sampling(home: Path, seconds: float) -> Iterator[int]:
    """Futures of one clip after another, by the run that was trained."""
    from svg_studio.engine.config import FuturesConfig
    from svg_studio.engine.sampling.futures import explore

    end, done = time.monotonic() + seconds, 0
    while done < SAMPLINGS or time.monotonic() < end:
        run = str(home / "runs" / "soak")
        for _ in explore(FuturesConfig(model_path=run, index=done, n_futures=4, n_future=10)):
            pass
        done += 1
        yield done


def pages(home: Path, seconds: float) -> Iterator[int]:
    """Windows that are opened with all their pages, paged through and closed."""
    from svg_studio.app import build
    from svg_studio.engine.worker import Worker
    from svg_studio.ui.shell.main_window import KEYS, LANES, MainWindow

    app, window, lanes = build()
    end, done = time.monotonic() + seconds, 0
    while True:
        window.show()
        _until(app, lambda of=window: len(of.pages) == len(KEYS))
        for number in range(len(KEYS)):
            window.show_page(number)
            app.processEvents()
        window.leave()
        _until(app, lambda of=lanes: not any(lane.isRunning() for lane in of))
        window.close()
        window.deleteLater()
        del window, lanes
        _delete(app)
        done += 1
        yield done
        if time.monotonic() > end:
            return
        lanes = tuple(Worker(name) for name in LANES)  # as build does, which sets up the log for good
        window = MainWindow(*lanes)
        for lane in lanes:
            lane.start()


def _until(app: QApplication, ready: Callable[[], bool]) -> None:
    while not ready():
        app.processEvents()
        time.sleep(0.005)


def _delete(app: QApplication) -> None:
    """What was closed goes, with what holds itself in circles."""
    from PySide6.QtCore import QEvent

    app.processEvents()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()


def _measured(name: str, work: Iterator[int], seconds: float) -> list[Sample]:
    """Measures after each piece of work, and prints some of it."""
    process, begun, samples, printed = psutil.Process(), time.monotonic(), list[Sample](), -1.0
    for done in work:
        now = time.monotonic() - begun
        if samples and now - samples[-1].seconds < seconds / 200:
            continue
        files = process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
        samples.append(Sample(now, process.memory_info().rss / 1e6, process.num_threads(), files))
        if now - printed >= max(seconds, now) / ROWS or printed < 0:
            printed, last = now, samples[-1]
            print(f"{name:<9} {done:>7} {now:>8.0f} {last.mb:>10.0f} {last.threads:>8} {last.files:>6}", flush=True)
    return samples


def growth(samples: list[Sample]) -> Growth:
    """An hour's growth of what was measured of one part."""
    rows = np.array(samples)
    warm = rows[rows[:, 0] >= rows[-1, 0] * WARM]
    hours = warm[:, 0] / 3600
    if len(warm) < 3 or hours[-1] == hours[0]:
        raise SystemExit("too few measurements for a judgement: give more --minutes")
    mb, threads, files = (float(np.polyfit(hours - hours.mean(), column, 1)[0]) for column in warm[:, 1:].T)
    return Growth(float(hours[-1] - hours[0]), mb, threads, files)


if __name__ == "__main__":
    sys.exit(main())
