"""Tries what can go wrong while a model trains, and prints what is said and what is left: `python -m tools.faults`."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import TrainConfig
from svg_studio.engine.errors import CheckpointError
from svg_studio.engine.runs.state import RunState, is_live
from svg_studio.engine.training import train as loop
from svg_studio.engine.training.train import train
from svg_studio.engine.utils.wording import sentence
from tools import victims


@dataclass(frozen=True)
class Outcome:
    """`held` is what the folder holds afterwards, `goes_on` how it ends when it is resumed without the fault."""

    fault: str
    happened: str
    told: str
    held: str
    goes_on: str


def main() -> int:
    """0 where every run could be finished afterwards."""
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        for fault in FAULTS:
            outcomes.append(fault(Path(folder)))
            print(_lines(outcomes[-1], folder), flush=True)
    return 0 if all("steps 1..12 once each" in outcome.goes_on for outcome in outcomes) else 1


def file_size_limit(folder: Path) -> Outcome:
    """No file may become longer than half a checkpoint, as if the disk were full."""
    config = victims.tiny(folder, name="limit", checkpoint_every=0)
    victims.run(config, kill=("event", 12))  # in the second epoch, after the first one's checkpoint
    size = (folder / "limit" / "checkpoints" / "last.pt").stat().st_size
    end = victims.run(config, most_bytes=size // 2)
    return _outcome("a file-size limit", config, f"the process ended after step {max(end.steps, default=0)}", end.sentence)


def error_inside_a_step(folder: Path) -> Outcome:
    """Something raises while gradients are being computed."""

    config = victims.tiny(folder, name="raises")
    with _poisoned(5, _raising):
        told = _failing(config)
    return _outcome("an error inside a step", config, "the job raised", told)


def batch_of_nan(folder: Path) -> Outcome:
    """One batch holds what is no number."""
    config = victims.tiny(folder, name="nan")
    with _poisoned(5, lambda x: x.fill_(float("nan"))):
        told = _failing(config)
    return _outcome("a batch of NaN", config, "the run stopped before the update", told)


def data_removed(folder: Path) -> Outcome:
    """The data set is deleted while the run reads it, and is back when it goes on."""
    data, away = folder / "sets", folder / "away"
    _make_store(data)
    base = victims.tiny(folder, name="removed")
    shape = {**base.to_dict(), "data": {"dataset": "videos", "data_root": str(data), "store": "mine"}}
    config = TrainConfig.from_dict(shape)
    happened = []
    events = train(config)
    for event in events:
        if getattr(event, "step", 0) == 5 and not away.exists():
            data.rename(away)
            happened.append("the files went after step 5")
    happened.append("what was open stayed readable, so the run ended as planned")
    told = _failing(TrainConfig.from_dict({**shape, "niter": 4}))
    away.rename(data)
    return _outcome("data removed in mid-run", config, "; ".join(happened), f"at the next start: {told}")


def killed_in_a_write(folder: Path) -> Outcome:
    """SIGKILL with half a checkpoint written."""
    config = victims.tiny(folder, name="killed")
    end = victims.run(config, kill=("checkpoint", 5))
    happened = f"the process was {'killed' if end.killed else 'not killed'} after step {max(end.steps, default=0)}"
    return _outcome("SIGKILL during a write", config, happened, "(nothing could be told)")


FAULTS: tuple[Callable[[Path], Outcome], ...] = (
    file_size_limit,
    error_inside_a_step,
    batch_of_nan,
    data_removed,
    killed_in_a_write,
)


def _outcome(fault: str, config: TrainConfig, happened: str, told: str) -> Outcome:
    run = Path(config.log_dir) / config.name
    return Outcome(fault, happened, told, _held(run), _goes_on(config, run))


def _held(run: Path) -> str:
    state = RunState.read(run)
    words = "no state" if state is None else f"{state.state}{' (crashed)' if state.state == 'running' and not is_live(run) else ''}"
    names = []
    for path in sorted((run / "checkpoints").glob("*.pt")):
        try:
            names.append(f"{path.name} of step {checkpoint.load(path).step}")
        except CheckpointError:
            names.append(f"{path.name} DAMAGED")
    return f"state {words}, {_metrics(run)}, {', '.join(names) or 'no checkpoint'}"


def _goes_on(config: TrainConfig, run: Path) -> str:
    state = RunState.read(run)
    if state is None or state.state != "finished":
        for _ in train(config, str(run)):
            pass
    return _metrics(run)


def _metrics(run: Path) -> str:
    steps: list[object] = []
    for line in (run / "metrics.jsonl").read_text().splitlines():
        try:
            steps.append(json.loads(line)["step"])
        except ValueError:
            steps.append("a torn line")
    once = steps == list(range(1, len(steps) + 1))
    return f"metrics of steps 1..{len(steps)} once each" if once else f"metrics of steps {steps}"


def _failing(config: TrainConfig) -> str:
    """What a run ends with, as the lane tells it."""
    run = Path(config.log_dir) / config.name
    try:
        for _ in train(config, str(run) if (run / "config.json").is_file() else ""):
            pass
    except Exception as error:  # what a lane does
        return sentence(error)
    return "nothing"


def _raising(x: Tensor) -> Tensor:
    def raises(_: Tensor) -> Tensor:
        raise ZeroDivisionError("raised inside a step")

    x = x.requires_grad_() * 1
    x.register_hook(raises)
    return x


@contextmanager
def _poisoned(step: int, poison: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """While it lasts the batch of one step is what `poison` makes of it."""
    to_float, seen = loop.to_float, [0]

    def poisoned(frames: np.ndarray, device: torch.device) -> Tensor:
        x: Tensor = to_float(frames, device)
        if torch.is_grad_enabled() and len(frames) == 5:  # a training batch, not one of tests or previews
            seen[0] += 1
            x = poison(x) if seen[0] == step else x
        return x

    loop.to_float = poisoned  # type: ignore[attr-defined]
    try:
        yield
    finally:
        loop.to_float = to_float  # type: ignore[attr-defined]


def _make_store(data_root: Path) -> None:
    """A converted set of moving noise."""
    from svg_studio.engine.config import ConvertConfig
    from svg_studio.engine.data.convert import convert
    from svg_studio.engine.data.decode.images import write_png

    draw = np.random.default_rng(1)
    for split, count in (("train", 6), ("test", 4)):
        for number in range(count):
            folder = data_root / "source" / split / f"clip{number}"
            folder.mkdir(parents=True)
            for t in range(8):
                write_png(folder / f"{t}.png", draw.integers(0, 255, (64, 64, 1), np.uint8))
    config = ConvertConfig(data_root=str(data_root), source=str(data_root / "source"), store="mine", grey=True)
    for _ in convert(config):
        pass


def _lines(outcome: Outcome, folder: str) -> str:
    rows = {"happened": outcome.happened, "told": outcome.told, "held": outcome.held, "resumed": outcome.goes_on}
    width = shutil.get_terminal_size((132, 0)).columns
    out = [outcome.fault]
    for name, text in rows.items():
        out += textwrap.wrap(text.replace(folder, "RUNS"), width, initial_indent=f"  {name:<9} ", subsequent_indent=" " * 12)
    return "\n".join([*out, ""])


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
