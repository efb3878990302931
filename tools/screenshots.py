"""Takes the pictures of the README from the real program: `python -m tools.screenshots`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QWidget

    from svg_studio.ui.shell.main_window import MainWindow

DOCS = Path(__file__).parent.parent / "docs"
FRAME = 17  # shown on the Futures page: the digits have bounced by then
EPOCHS = 5  # of the run on the Train page
RUNS = {"rate 0.002": ["--lr", "0.002"], "rate 0.0005": ["--lr", "0.0005"], "fixed prior": ["--prior", "fixed"]}
LOOK_MS = 50
PATIENCE_S = 1200

Ready = Callable[[], bool]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DOCS, help="folder of the pictures")
    parser.add_argument("--size", type=int, nargs=2, default=(1280, 800), metavar=("WIDTH", "HEIGHT"), help="of the window")
    parser.add_argument("--schemes", nargs="+", choices=("light", "dark"), default=["light"], help="of all pages but the first")
    parser.add_argument("--epoch_size", type=int, default=100, help="steps in each of the training run's five epochs")
    arguments = parser.parse_args()
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY") and shutil.which("Xvfb") is None:
        print("No DISPLAY, and no Xvfb to make one: install it with `sudo apt-get install xvfb`.", file=sys.stderr)
        return 1
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    # The program sees folders by their relative names, so that no path of this machine is in a picture.
    with tempfile.TemporaryDirectory() as home, screen(*arguments.size):
        os.chdir(home)
        os.environ |= {"SVG_STUDIO_HOME": ".", "XDG_CONFIG_HOME": home, "HOME": home}
        try:
            _make_runs()
            return photograph(out, arguments.size, arguments.schemes, arguments.epoch_size)
        finally:
            os.chdir(out)  # Windows removes no folder that somebody is in


@contextmanager
def screen(width: int, height: int) -> Iterator[None]:
    """The display there is, or a virtual one of this size."""
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY"):
        yield
        return
    reading, writing = os.pipe()
    size = f"{max(width, 1280)}x{max(height, 800)}x24"
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        os.environ["DISPLAY"] = f":{pipe.readline().strip()}"
    os.environ.pop("QT_QPA_PLATFORM", None)
    try:
        yield
    finally:
        server.terminate()
        server.wait(10)


def photograph(out: Path, size: tuple[int, int], schemes: list[str], epoch_size: int) -> int:
    """Runs the program through all pictures. Returns its exit status."""
    from PySide6.QtCore import QTimer

    from svg_studio import app

    qt, window, lanes = app.build("light")
    # Nobody looks on, so where it lies does not matter; its size does.
    window.resize(*size)
    steps = _session(window, out, schemes, epoch_size)
    waiting: list[Ready] = [lambda: "data" in window.pages]
    deadline = time.monotonic() + PATIENCE_S
    status = [0]

    def look() -> None:
        try:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing came of it within {PATIENCE_S} s")
            if waiting[0]():
                waiting[0] = next(steps)
        except Exception as reason:  # whatever went wrong, the program is to end
            timer.stop()
            if not isinstance(reason, StopIteration):
                status[0] = 1
                print(f"No more pictures: {reason!r}", file=sys.stderr)
            window.leave()

    timer = QTimer(interval=LOOK_MS)
    timer.timeout.connect(look)
    timer.start()
    window.show()
    qt.exec()
    for lane in lanes:
        lane.wait()
    return status[0]


def _session(window: MainWindow, out: Path, schemes: list[str], epoch_size: int) -> Iterator[Ready]:
    """What is done with the window, picture by picture; goes on each time that what it yields is true."""
    from svg_studio.engine.runs.sweep import expand
    from svg_studio.paths import resource
    from svg_studio.ui.widgets.cards import Column

    futures: Any = window.futures
    offer = window.offer
    yield lambda: futures.job is None and bool(futures.wall.futures) and "go on" in offer.text
    futures.playback.play(False)
    yield from _all_schemes(window, schemes, out, "crash")
    offer.withdraw()
    futures.playback.seek(FRAME)
    futures.wall.select(2)
    for scheme in ("light", "dark"):
        yield from _dress(window, scheme)
        _save(window.grab(), out / ("futures.png" if scheme == "light" else "futures-dark.png"))
    dialog: Any = _open_export(window)
    yield lambda: dialog.estimated.text().endswith("B")  # the file's size, estimated
    yield from _all_schemes(window, schemes, out, "export", dialog)
    futures.playback.seek(9)
    futures.view.branches.fork()
    yield lambda: futures.job is None and len(futures.wall.futures) == 9
    futures.set_steering(True)
    futures.playback.seek(FRAME)
    yield lambda: not futures.steer.controls.isHidden() and futures.steer._measured is not None
    yield from _all_schemes(window, schemes, out, "steer")
    futures.set_steering(False)

    _show(window, "data")
    data: Any = window.pages["data"]  # type: ignore[attr-defined]
    data.ask_convert("videos", own_files=True, sources=[str(_film(Path("Bouncing balls")))])
    data.dialog.show()
    yield lambda: "to train on" in data.dialog.preview.words.text()
    yield from _all_schemes(window, schemes, out, "convert", data.dialog, then=data.dialog.convert_button.click)
    browser: Any = data.browser
    key = "videos/Bouncing balls/64"
    yield lambda: browser.dataset.findData(key) >= 0 and not data.cards["videos"].busy
    browser.dataset.setCurrentIndex(browser.dataset.findData(key))
    browser.split.setCurrentIndex(browser.split.findData("train"))
    card = data.cards["videos"]
    data.findChildren(Column)[0].ensureWidgetVisible(card, 0, 0)
    yield lambda: len(browser.wall.clips) > 0 and None not in browser.wall.clips
    yield from _all_schemes(window, schemes, out, "data")

    _show(window, "evaluate")
    evaluate: Any = window.pages["evaluate"]
    evaluate.add_models([resource("demo.pt")])
    for name, value in (("N", 16), ("nsample", 10)):
        evaluate.settings.form.fields[name].set_value(value)
    evaluate.start()
    yield lambda: not evaluate.is_evaluating
    yield from _all_schemes(window, schemes, out, "evaluate")

    _show(window, "runs")
    runs: Any = window.pages["runs"]
    yield lambda: len(runs.rows) == len(RUNS)
    runs.table.choose([row.path for row in runs.rows])
    yield lambda: len(runs.curves.curves) == len(RUNS)
    yield from _all_schemes(window, schemes, out, "runs")

    _show(window, "train")
    train: Any = window.pages["train"]
    for name, value in (("niter", EPOCHS), ("epoch_size", epoch_size)):
        train.settings.form.fields[name].set_value(value)
    train.bar.buttons["start"].click()
    train.add_to_queue(expand(train.settings.config, {"beta": (0.0001, 0.001, 0.01)}))
    # In the middle of the last epoch, so that there are several previews and the run is still going on.
    wanted = epoch_size * (EPOCHS - 1) + epoch_size // 2
    yield lambda: not train.is_training or len(train.plot.series) >= wanted
    if not train.is_training:
        raise RuntimeError("the training run ended too early")
    yield from _all_schemes(window, schemes, out, "train")


def _make_runs() -> None:
    """Trains a few small models in the folder that the window will look into; the last is killed in the middle, as by a crash."""
    from svg_studio.paths import default_log_dir

    main = Path(__file__).parent.parent / "main.py"
    small = ["--preset", "tiny", "--base_width", "8", "--rnn_size", "64", "--niter", "4", "--epoch_size", "40", "--n_eval", "15"]
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}  # several would wait for each other where other work uses the cores too
    for number, (name, flags) in enumerate(RUNS.items()):
        command = [sys.executable, str(main), "train", *small, *flags, "--name", name, "--log_dir", str(default_log_dir())]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=alone) as process:
            metrics = default_log_dir() / name / "metrics.jsonl"
            while number == len(RUNS) - 1 and process.poll() is None:
                if metrics.is_file() and len(metrics.read_bytes().splitlines()) > 100:
                    process.kill()
                time.sleep(0.1)


def _show(window: MainWindow, key: str) -> None:
    from svg_studio.ui.shell.main_window import PAGES

    window.show_page([name for name, _ in PAGES].index(key))


def _film(folder: Path) -> Path:
    """Films eleven short videos, for the program makes clips of anybody's."""
    import cv2
    import numpy as np

    folder.mkdir()
    rng = np.random.default_rng(7)
    for number in range(11):
        video = cv2.VideoWriter(str(folder / f"take {number + 1}.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 20, (192, 128))
        sky = np.linspace(rng.integers(60, 120, 3), rng.integers(150, 240, 3), 128)[:, None].repeat(192, 1)
        at, speed = rng.uniform((40, 40), (150, 90), (3, 2)), rng.uniform(-5, 5, (3, 2))
        colours, radii = rng.integers(0, 255, (3, 3)).tolist(), rng.integers(10, 20, 3).tolist()
        for _ in range(60):
            frame = sky.astype(np.uint8)
            for ball in range(3):
                cv2.circle(frame, at[ball].astype(int).tolist(), radii[ball], colours[ball], -1, cv2.LINE_AA)
            at += speed
            speed[(at < 15) | (at > (177, 113))] *= -1
            video.write(frame)
        video.release()
    return folder


def _all_schemes(
    window: MainWindow,
    schemes: list[str],
    out: Path,
    name: str,
    dialog: QWidget | None = None,
    then: Callable[[], None] | None = None,
) -> Iterator[Ready]:
    """A picture of each scheme, and of the dialog over it, which is closed by `then` if that is given."""
    for scheme in schemes:
        yield from _dress(window, scheme)
        picture = window.grab()
        if dialog is not None:
            _lay_over(picture, dialog)
        _save(picture, out / f"{name}{'' if scheme == 'light' else '-dark'}.png")
    if dialog is not None:
        (then or dialog.close)()
    yield from _dress(window, "light")


def _dress(window: MainWindow, scheme: str) -> Iterator[Ready]:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from svg_studio.ui.style import theme

    if theme.colors().dark != (scheme == "dark"):
        theme.apply(QApplication.instance(), scheme)  # type: ignore[arg-type]
    # What redraws from buffers does so when its single-shot timer ends.
    yield lambda: not any(timer.isActive() and timer.isSingleShot() for timer in window.findChildren(QTimer))


def _open_export(window: MainWindow) -> QWidget:
    from svg_studio.ui.futures.export_dialog import ExportDialog

    window.futures.export()
    dialog = window.findChildren(ExportDialog)[0]
    dialog.what.setCurrentIndex(dialog.what.count() - 1)
    dialog.path.setText("futures.gif")
    return dialog


def _lay_over(picture: QPixmap, dialog: QWidget) -> None:
    """Draws `dialog` in the middle of its window's picture, as a window manager would put it."""
    from PySide6.QtCore import QPoint, QRect
    from PySide6.QtGui import QColor, QPainter

    from svg_studio.ui.style import theme

    inner = QRect(QPoint(), dialog.rect().size())
    inner.moveCenter(dialog.parentWidget().window().rect().center())
    painter = QPainter(picture)
    painter.fillRect(picture.rect(), QColor(0, 0, 0, 70))
    painter.fillRect(inner.adjusted(-1, -1, 1, 1), QColor(theme.colors().border))
    painter.drawPixmap(inner.topLeft(), dialog.grab())
    painter.end()


def _save(picture: QPixmap, path: Path) -> None:
    part = path.with_suffix(".part.png")
    picture.save(str(part))
    part.replace(path)
    print(path.name, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
