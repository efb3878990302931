"""Measures how quick the window is: start, first futures, the event loop beside a training run, and scrubbing.

Run `python -m benchmarks.ui`. Without a display it measures Qt's offscreen platform. Each figure comes from a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

Figures = dict[str, Any]
WAIT_MS = 120_000  # a part that takes longer has failed
SCRUBS = 200
TRAINING_SECONDS = 15


def run_start() -> Figures:
    """From the process's first instruction to the painted window, and to the first futures moving."""
    from svg_studio import app

    figures: Figures = {}
    started = float(os.environ["SVG_STUDIO_BENCHMARK_START"])
    qt, window, lanes = app.build("light")

    def on_painted() -> None:
        figures["painted"] = time.time() - started
        figures["torch_loaded"] = "torch" in sys.modules

    def on_frame(_: int) -> None:
        if window.futures.wall.futures and "moving" not in figures:
            figures["moving"] = time.time() - started
            window.leave()

    window.painted.connect(on_painted)
    window.futures.playback.frame_changed.connect(on_frame)
    if window.demo is None or not window.demo.is_file():
        window.painted.connect(window.leave)
    _finish(qt, window, lanes)
    return figures


def run_gap() -> Figures:
    """Gaps between turns of the event loop while the tiny preset trains on two cores and its page is shown."""
    from dataclasses import replace

    from PySide6.QtCore import Qt, QTimer

    from svg_studio import app
    from svg_studio.engine.events import StepFinished
    from svg_studio.engine.presets import PRESETS

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:2]))
    qt, window, lanes = app.build("light")
    window.demo = None
    gaps: list[float] = []
    steps: list[int] = []
    last = [0.0]

    def tick() -> None:
        now = time.perf_counter()
        if last[0]:
            gaps.append(now - last[0])
        last[0] = now

    # A tick a screen's frame: with shorter ones the many short gaps would hide the few long ones.
    ticker = QTimer(interval=16, timerType=Qt.TimerType.PreciseTimer)
    ticker.timeout.connect(tick)

    def hear(_: object, event: object) -> None:
        if isinstance(event, StepFinished):
            steps.append(event.step)
            if len(steps) == 3:  # warm
                ticker.start()
                QTimer.singleShot(TRAINING_SECONDS * 1000, window.leave)

    def begin() -> None:
        page: Any = window.pages["train"]
        window.show_page(1)
        page.start(replace(PRESETS["tiny"].config, log_dir=tempfile.mkdtemp()))

    lanes[0].happened.connect(hear)
    window.painted.connect(lambda: QTimer.singleShot(1500, begin))
    _finish(qt, window, lanes)
    ordered = sorted(gaps)
    return {"gap_99": ordered[int(0.99 * len(ordered))], "gap_max": ordered[-1], "turns": len(gaps), "steps": len(steps)}


def run_scrub() -> Figures:
    """From a mouse event on the slider to painted tiles, with 100 futures of 64 × 64 pixels and all plots."""
    import numpy as np
    from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
    from PySide6.QtGui import QMouseEvent

    from svg_studio import app
    from svg_studio.engine.events import FramesImagined, FutureSampled, FutureScored, read_only

    qt, window, lanes = app.build("light")
    window.demo = None
    page = window.futures
    times: list[float] = []
    rng = np.random.default_rng(0)
    frames = [read_only(rng.integers(0, 256, (30, 64, 64, 1), dtype=np.uint8)) for _ in range(100)]

    def begin() -> None:
        window.resize(1280, 800)
        view = page.view
        view.open_clip(frames[0], 5)
        view.grow(range(100))
        page.stack.setCurrentWidget(view)
        for t in range(5, 30):
            view.put_frames(FramesImagined(t, 5, 30, read_only(np.stack([clip[t] for clip in frames]))))
        for k, clip in enumerate(frames):
            view.add(FutureSampled(k, k, 5, clip, tuple(rng.random(30))))
            view.put_score(FutureScored(k, k, tuple(rng.random(30)), tuple(rng.random(30))))
        QTimer.singleShot(1000, scrub)

    def scrub() -> None:
        slider = page.transport.slider
        left = Qt.MouseButton.LeftButton
        for n in range(SCRUBS):
            spot = QPointF(slider.x_of((n * 7) % 30), slider.height() / 2)
            event = QMouseEvent(QEvent.Type.MouseMove, spot, slider.mapToGlobal(spot), left, left, Qt.KeyboardModifier.NoModifier)
            begun = time.perf_counter()
            qt.sendEvent(slider, event)
            qt.processEvents()
            times.append(time.perf_counter() - begun)
        window.leave()

    window.painted.connect(lambda: QTimer.singleShot(1500, begin))
    _finish(qt, window, lanes)
    ordered = sorted(times)
    return {"scrub": statistics.median(times), "scrub_95": ordered[int(0.95 * len(ordered))]}


PARTS: dict[str, Callable[[], Figures]] = {"start": run_start, "gap": run_gap, "scrub": run_scrub}


def _finish(qt: Any, window: Any, lanes: Any) -> None:
    """Runs the window until the part leaves it."""
    from PySide6.QtCore import QTimer

    QTimer.singleShot(WAIT_MS, window.leave)
    window.show()
    qt.exec()
    for lane in lanes:
        lane.wait()


def measure(part: str) -> Figures:
    """One part, in a fresh process with settings of its own."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "SVG_STUDIO_HOME": home, "XDG_CONFIG_HOME": home}
        if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        environment["SVG_STUDIO_BENCHMARK_START"] = repr(time.time())
        command = [sys.executable, "-m", "benchmarks.ui", "--part", part]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{part} failed:\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def line(name: str, value: float | None, unit: str, goal: float, note: str = "") -> str:
    """One row of the table."""
    if value is None:
        return f"{name:<54} {'–':>10}   goal {goal:g} {unit:<3} not measured{note}"
    verdict = "met" if value <= goal else "MISSED"
    return f"{name:<54} {value:>7.3g} {unit:<3}  goal {goal:g} {unit:<3} {verdict}{note}"


def report(repeats: int) -> None:
    """Measures everything and prints the table."""
    starts = [measure("start") for _ in range(repeats)]
    painted = statistics.median(s["painted"] for s in starts)
    moving = [s["moving"] for s in starts if "moving" in s]
    torch_loaded = any(s["torch_loaded"] for s in starts)
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    if hasattr(os, "getloadavg"):
        print(f"load before: {os.getloadavg()[0]:.1f}")
    note = ", torch was LOADED" if torch_loaded else ", torch not loaded"
    print(line(f"painted window (median of {repeats})", painted, "s", 1.0, note))
    missing = "" if moving else ": resources/demo.pt is not there"
    print(line("first futures moving", statistics.median(moving) if moving else None, "s", 5.0, missing))
    gap = measure("gap")
    note = f", {gap['turns']} turns, longest {1000 * gap['gap_max']:.0f} ms, {gap['steps']} steps"
    print(line("gap of the event loop while training, 99th percentile", 1000 * gap["gap_99"], "ms", 33.0, note))
    scrub = measure("scrub")
    note = f", 95th percentile {1000 * scrub['scrub_95']:.1f} ms"
    print(line("scrub to painted tiles, 100 futures (median)", 1000 * scrub["scrub"], "ms", 16.0, note))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="starts to take the median of")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part]()))
    else:
        report(options.repeats)


if __name__ == "__main__":
    main()
