"""Makes the demo checkpoint that ships from training runs, and its contact sheet in docs/: `python -m tools.demo RUN …`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import DataConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.events import FutureSampled
from svg_studio.engine.export.export import write_png, write_video
from svg_studio.engine.export.grid import Tile, board, strip
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling.rollout import futures
from svg_studio.engine.utils.frames import to_float
from svg_studio.paths import resource

CLIPS, FUTURES, PAST, HORIZON = 8, 4, 5, 25
DOCS = Path(__file__).parent.parent / "docs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", type=Path, help="the runs it comes from, in order; none: only the contact sheet")
    parser.add_argument("--note", default="", help="what else its notes are to say")
    parser.add_argument("--steps_before", type=int, default=0, help="steps of earlier runs, of which only the note tells")
    arguments = parser.parse_args()
    if arguments.runs:
        ship(arguments.runs, arguments.note, arguments.steps_before)
    contact_sheet(checkpoint.load_model(resource("demo.pt")))


def ship(runs: list[Path], note: str, steps_before: int) -> None:
    """Weights and config only. Its clips become drawn digits, so that nothing has to be downloaded to see its futures."""
    found = checkpoint.load(runs[-1])
    lines = [f"{_step(run):,} steps in {_minutes(run):.0f} minutes: {_command(run)}" for run in runs]
    notes = "\n".join([*lines, f"test loss {_test_loss(runs[-1])}", note]).strip()
    config = replace(found.config, data=replace(found.config.data, digits="drawn", data_root=DataConfig().data_root), model_dir="")
    checkpoint.save(resource("demo.pt"), found.model(), config, steps_before + sum(map(_step, runs)), notes=notes)
    print(notes, f"\n{resource('demo.pt').stat().st_size:,} bytes")


def contact_sheet(model: SVG) -> None:
    """docs/contact-sheet.gif: 8 test clips, a row each: truth and 4 futures; .png: the futures of two clips over time."""
    rows = [list(_tiles(model, index)) for index in range(CLIPS)]
    pairs = [[*rows[i], *rows[i + CLIPS // 2]] for i in range(CLIPS // 2)]
    DOCS.mkdir(exist_ok=True)
    write_video(DOCS / "contact-sheet.gif", board(pairs), 8.33, "gif")
    every = slice(None, None, 2)
    write_png(DOCS / "contact-sheet.png", strip([tile.frames[every] for row in rows for tile in row]))


def _tiles(model: SVG, index: int) -> Iterator[Tile]:
    data = DataConfig(digits="drawn", num_digits=1)
    clips = open_clips(data, split="test", image_width=64, channels=1, n_frames=PAST + HORIZON, seed=1)
    frames = clips.batch([index])[:, 0]
    yield Tile(frames, len(frames), "truth")
    for event in futures(model, to_float(np.ascontiguousarray(frames[:PAST])), range(1, FUTURES + 1), HORIZON):
        if isinstance(event, FutureSampled):
            yield Tile(event.frames, PAST, f"seed {event.seed}")


def _metrics(run: Path) -> dict[str, float]:
    last: dict[str, float] = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    return last


def _step(run: Path) -> int:
    return int(_metrics(run)["step"])


def _minutes(run: Path) -> float:
    return _metrics(run)["seconds"] / 60


def _test_loss(run: Path) -> str:
    return (run / "log.txt").read_text().strip().splitlines()[-1].partition("  ")[2]


def _command(run: Path) -> str:
    """The command line whose settings config.json holds, with what differs from the defaults."""
    from svg_studio.engine.config import Config, ModelConfig, TrainConfig
    from svg_studio.engine.runs.command_line import RENAMED

    config = TrainConfig.load(run / "config.json")
    words = ["python main.py train"]
    parts: list[tuple[Config, Config]] = [(config.model, ModelConfig()), (config.data, DataConfig()), (config, TrainConfig())]
    for part, default in parts:
        for name, value in part.to_dict().items():
            if not isinstance(value, dict) and value != getattr(default, name):
                words.append(f"--{RENAMED.get(name, name)}" + ("" if value is True else f" {value}"))
    return " ".join(words)


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
