"""Times futures under a person's hand, from a move to the first and the last frame: `python -m benchmarks.instrument`."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event as Signalled
from typing import Any

import torch
from PySide6.QtCore import QCoreApplication, Qt

from benchmarks.measure import machine
from svg_studio.engine.address import Segment, forked, path_of
from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import DataConfig, FuturesConfig, ModelConfig, TrainConfig
from svg_studio.engine.events import Failed, Finished, FramesImagined, FutureSampled
from svg_studio.engine.models.registry import build
from svg_studio.engine.worker import Job, Worker
from svg_studio.paths import resource

DATA = DataConfig(digits="drawn", num_digits=1)
AT = 12  # the frame that changes, of 30
TITLES = {"demo": "the demo", "paper": "the paper's width, weights by chance"}
STEER, FORK = "sampling.steering:steer", "sampling.futures:imagine_paths"
GOALS = {  # seconds until the first and the last frame
    ("demo", "steer"): (0.05, 0.5),
    ("demo", "fork"): (0.3, None),
    ("paper", "fork"): (1.0, None),
}


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instrument", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[*TITLES, []], help="which models; both where none is named")
    parser.add_argument("--turns", type=int, default=7, help="how often each is timed; the median counts")
    args = parser.parse_args()
    print(f"{machine()}, PyTorch {torch.__version__}, {torch.get_num_threads()} threads\n", flush=True)
    app = QCoreApplication([])
    for name in args.rows or TITLES:
        print(f"{TITLES[name]}: 5 + 25 frames of one clip, changed from frame {AT} on")
        with tempfile.TemporaryDirectory() as folder:
            for line in rows(name, Path(folder), args.turns):
                print(line, flush=True)
        print()
    del app


def rows(name: str, folder: Path, turns: int) -> Iterator[str]:
    """The lines of one table, on a lane as the window has it."""
    config = FuturesConfig(model_path=str(resource("demo.pt") if name == "demo" else paper(folder)), data=DATA)
    lane = Worker("studio")
    lane.start()
    try:
        timed(lane, FORK, config=config, paths=[path_of(1)])  # opens the model
        moves = [(turned(k), path_of(2 + k)) for k in range(turns)]
        yield line("a move of the hand", [timed(lane, STEER, config=config, path=path) for path, _ in moves[1:]], name, "steer")
        first = []
        for path, other in moves:
            timed(lane, STEER, config=config, path=other)  # so that nothing of the future is known
            first.append(timed(lane, STEER, config=config, path=path))
        yield line("the first move", first, name, "")
        forks = []
        for k in range(turns):
            children = [forked(path_of(1), AT, Segment(AT, seed=100 * k + n)) for n in range(8)]
            forks.append(timed(lane, FORK, config=config, paths=[path_of(1), *children]))
        yield line("a fork of 8", forks, name, "fork")
    finally:
        lane.shutdown()
        lane.wait()


def turned(k: int) -> Any:
    """The future of seed 1, warmer by a little in every turn."""
    return forked(path_of(1), AT, Segment(AT, seed=1, temperature=1 + k / 100))


def timed(lane: Worker, target: str, **arguments: Any) -> tuple[float, float]:
    """Seconds from the wish until frame AT and until the last frame."""
    seen: dict[str, float] = {}
    over = Signalled()

    def hear(job: Job, event: object) -> None:
        match event:
            case FramesImagined(t=t, n_frames=end) if t in (AT, end - 1):
                seen["first" if t == AT else "last"] = time.perf_counter()
            case Failed(sentence=sentence):
                seen["failed"] = 0.0
                print(sentence)
                over.set()
            case Finished():
                over.set()
            case FutureSampled():
                pass

    connection = lane.happened.connect(hear, Qt.ConnectionType.DirectConnection)
    start = time.perf_counter()
    lane.submit(Job(target, arguments))
    over.wait()
    lane.happened.disconnect(connection)
    return seen["first"] - start, seen["last"] - start


def line(what: str, taken: list[tuple[float, float]], name: str, kind: str) -> str:
    """Medians beside their goals."""
    told = f"  {what:20}"
    for words, seconds, goal in zip(
        ("first frame", "last frame"), zip(*taken, strict=True), GOALS.get((name, kind), (None, None)), strict=True
    ):
        median = statistics.median(seconds)
        verdict = f" (goal {1000 * goal:.0f} ms: {'met' if median <= goal else 'MISSED'})" if goal else ""
        told += f"{words}{1000 * median:>8.0f} ms{verdict}   "
    return told.rstrip()


def paper(folder: Path) -> Path:
    """A checkpoint of the paper's width."""
    torch.manual_seed(1)
    config = TrainConfig(model=ModelConfig(), data=DATA)
    checkpoint.save(folder / "paper.pt", build(config.model), config, 0)
    return folder / "paper.pt"


if __name__ == "__main__":
    main()
