"""Trains in a separate process that is killed, or whose disk refuses to write, at a chosen place."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig

# Where a process may be killed: by another one after an event, or by itself in the middle of a write.
KILLS = ("event", "checkpoint", "line", "before rename", "after rename")


@dataclass(frozen=True)
class End:
    """How a training process ended."""

    killed: bool
    steps: tuple[int, ...]  # that it told of
    sentence: str = ""  # of the error that it ended with


def tiny(log_dir: Path, **settings: Any) -> TrainConfig:
    """Settings of a run whose steps take milliseconds."""
    model = ModelConfig(base_width=2, g_dim=8, z_dim=3, rnn_size=8, n_past=2, n_future=3)
    base = {"device": "cpu", "precision": "fp32", "batch_size": 4, "n_eval": 6, "data_threads": 1, "name": "run", "niter": 3}
    small = {"epoch_size": 4, "checkpoint_every": 3, "log_dir": str(log_dir)}
    return TrainConfig(model=model, data=DataConfig(digits="drawn"), **{**base, **small, **settings})


def run(config: TrainConfig, *, kill: tuple[str, int] | None = None, most_bytes: int = 0) -> End:
    """Trains, or goes on where the run has begun, killed at the n-th place of a kind, or with files of `most_bytes` at most."""
    forked = sys.platform not in ("win32", "darwin")
    context: Any = multiprocessing.get_context("forkserver" if forked else "spawn")
    if forked:
        context.set_forkserver_preload(["svg_studio.engine.training.train", "svg_studio.engine.export.export", "av"])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_train, args=(config.to_dict(), theirs, kill, most_bytes))
    process.start()
    theirs.close()
    steps: list[int] = []
    sentence, events = "", 0
    with ours:
        while True:
            try:
                step, sentence = ours.recv()
            except EOFError:
                break
            events += 1
            steps += [step] if step else []
            if kill == ("event", events):
                process.kill()
    process.join()
    code = process.exitcode
    process.close()
    return End(abs(code) in (9, 15), tuple(steps), sentence)  # SIGKILL, or what Windows makes of it


def _train(config: dict[str, Any], tell: Connection, kill: tuple[str, int] | None, most_bytes: int) -> None:
    """The process: (step, "") for each event, 0 where it is no step's; (0, sentence) for what it ends with."""
    import torch

    from svg_studio.engine.errors import StudioError
    from svg_studio.engine.events import StepFinished
    from svg_studio.engine.training.train import train

    torch.set_num_threads(1)
    if kill:
        _arm(*kill)
    if most_bytes:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    wanted = TrainConfig.from_dict(config)
    run = Path(wanted.log_dir) / wanted.name
    try:
        for event in train(wanted, str(run) if (run / "config.json").is_file() else ""):
            tell.send((event.step if isinstance(event, StepFinished) else 0, ""))
    except StudioError as error:
        tell.send((0, str(error)))


def _arm(kind: str, n: int) -> None:
    """Has this process kill itself at the n-th write of a kind."""
    import torch

    from svg_studio.engine.runs import folder
    from svg_studio.engine.utils import files

    left = [n]

    def at_last(die: Callable[..., None], go_on: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any) -> Any:
            left[0] -= 1
            return go_on(*given) if left[0] else die(*given)

        return called

    def half_a_checkpoint(content: Any, part: Path) -> None:
        whole = io.BytesIO()
        save(content, whole)
        Path(part).write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
        _die()

    def half_a_line(lines: Any) -> None:
        lines._file.write(lines._left[: len(lines._left) // 2])
        _die()

    def renamed(part: Path, path: Path) -> None:
        rename(part, path)
        _die()

    save, write, rename = torch.save, folder.Lines._write, files._rename
    if kind == "checkpoint":
        torch.save = at_last(half_a_checkpoint, save)
    elif kind == "line":
        folder.Lines._write = at_last(half_a_line, write)  # type: ignore[method-assign]
    elif kind == "before rename":
        files._rename = at_last(lambda *_: _die(), rename)
    elif kind == "after rename":
        files._rename = at_last(renamed, rename)


def _die() -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
