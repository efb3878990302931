"""Runs jobs in a separate process that is killed, or whose disk refuses to write, at a chosen place."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from svg_studio.engine.config import ConvertConfig, DataConfig, EvaluateConfig, ExportConfig, ModelConfig, SampleConfig, TrainConfig
from svg_studio.engine.events import Events

PRELOADED = [
    *("svg_studio.engine.training.train", "svg_studio.engine.export.export", "av", "svg_studio.engine.sampling.generate"),
    *("svg_studio.engine.evaluation.evaluate", "svg_studio.engine.data.convert", "svg_studio.engine.data.datasets.videos"),
    *("svg_studio.engine.data.download.unpack", "cv2", "matplotlib.backends.backend_agg"),
]

# Where a process may be killed: by another one after an event, or by itself in the middle of a write.
KILLS = ("event", "checkpoint", "line", "before rename", "after rename")
# The same where no checkpoints are written: when a file is begun, and before and after it or a folder gets its name.
KILLS_OF_JOBS = ("event", "begin", "before rename", "after rename", "before folder", "after folder")
# What is done in the folder that `stage` makes; what is written lies in its folder "out".
JOBS = ("train", "generate", "evaluate", "convert", "replace", "unpack", "export")


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
    small = {"preview_minutes": 0, "epoch_size": 4, "checkpoint_every": 3, "log_dir": str(log_dir)}
    return TrainConfig(model=model, data=DataConfig(digits="drawn"), **{**base, **small, **settings})


def write_pictures(folder: Path, clips: dict[str, int], n_frames: int) -> None:
    """Folders of images of noise, so many for each split."""
    from svg_studio.engine.data.decode.images import write_png

    draw = np.random.default_rng(1)
    for split, count in clips.items():
        for number in range(count):
            for t in range(n_frames):
                write_png(folder / split / f"clip{number}" / f"{t}.png", draw.integers(0, 255, (64, 64, 1), np.uint8))


def stage(folder: Path) -> None:
    """Makes what the jobs work with: a run, pictures to be converted, and an archive."""
    from svg_studio.engine.training.train import train

    for _ in train(tiny(folder, name="model", niter=1)):
        pass
    write_pictures(folder / "pictures", {"train": 3, "test": 2}, 6)
    with zipfile.ZipFile(folder / "set.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.bin", bytes(1000))


def job(name: str, folder: Path) -> Events:
    """One of JOBS, in the folder that `stage` has made."""
    out = folder / "out"
    match name:
        case "train":
            from svg_studio.engine.training.train import train

            run = out / "run"
            return train(tiny(out, niter=1), str(run) if (run / "config.json").is_file() else "")
        case "generate":
            from svg_studio.engine.sampling.generate import generate

            few = {"n_future": 2, "nsample": 3, "N": 2, "batch_size": 2, "device": "cpu", "precision": "fp32"}
            return generate(SampleConfig(model_path=str(folder / "model"), log_dir=str(out), **few))
        case "evaluate":
            from svg_studio.engine.evaluation.evaluate import evaluate

            few = {"n_future": 2, "nsample": 3, "N": 4, "batch_size": 2, "device": "cpu", "precision": "fp32"}
            return evaluate(EvaluateConfig(model_path=(str(folder / "model"),), log_dir=str(out), **few))
        case "convert" | "replace":
            from svg_studio.engine.data.convert import convert

            given = {"source": str(folder / "pictures"), "store": "set", "grey": True, "replace": name == "replace"}
            return convert(ConvertConfig(data_root=str(out), **given))
        case "unpack":
            from svg_studio.engine.data.download.unpack import unpack

            return unpack(folder / "set.zip", out / "set", limit=1 << 20)
        case _:
            from svg_studio.engine.export.export import export
            from svg_studio.engine.export.grid import Tile

            out.mkdir(exist_ok=True)
            frames = np.random.default_rng(1).integers(0, 255, (3, 16, 16, 1), np.uint8)
            return export(ExportConfig(path=str(out / "wall.gif"), overwrite=True), (Tile(frames, 1, "one"),))


def do(name: str, folder: Path, *, kill: tuple[str, int] | None = None) -> End:
    """One of JOBS in a process of its own, killed at the n-th place of a kind."""
    return _in_process(_work, (name, folder), kill, 0)


def run(config: TrainConfig, *, kill: tuple[str, int] | None = None, most_bytes: int = 0) -> End:
    """Trains, or goes on where the run has begun, killed at the n-th place of a kind, or with files of `most_bytes` at most."""
    return _in_process(_train, (config.to_dict(),), kill, most_bytes)


def _in_process(work: Callable[..., Events], given: tuple[Any, ...], kill: tuple[str, int] | None, most_bytes: int) -> End:
    forked = sys.platform not in ("win32", "darwin")
    context: Any = multiprocessing.get_context("forkserver" if forked else "spawn")
    if forked:
        context.set_forkserver_preload(PRELOADED)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_follow, args=(work, given, theirs, kill, most_bytes))
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


def _follow(
    work: Callable[..., Events], given: tuple[Any, ...], tell: Connection, kill: tuple[str, int] | None, most_bytes: int
) -> None:
    """The process: (step, "") for each event, 0 where it is no step's; (0, sentence) for what it ends with."""
    import torch

    from svg_studio.engine.errors import StudioError
    from svg_studio.engine.events import StepFinished

    torch.set_num_threads(1)
    if kill:
        _arm(*kill)
    if most_bytes:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    try:
        for event in work(*given):
            tell.send((event.step if isinstance(event, StepFinished) else 0, ""))
    except StudioError as error:
        tell.send((0, str(error)))


def _train(config: dict[str, Any]) -> Events:
    from svg_studio.engine.training.train import train

    wanted = TrainConfig.from_dict(config)
    run = Path(wanted.log_dir) / wanted.name
    return train(wanted, str(run) if (run / "config.json").is_file() else "")


def _work(name: str, folder: Path) -> Events:
    return job(name, folder)


def _arm(kind: str, n: int) -> None:
    """Has this process kill itself at the n-th write of a kind."""
    import torch

    from svg_studio.engine.runs import lines
    from svg_studio.engine.utils import files

    left = [n]

    def at_last(die: Callable[..., None], go_on: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            left[0] -= 1
            return go_on(*given, **named) if left[0] else die(*given, **named)

        return called

    def half_a_checkpoint(content: Any, part: Path) -> None:
        whole = io.BytesIO()
        save(content, whole)
        Path(part).write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
        _die()

    def half_a_line(lines: Any) -> None:
        lines._file.write(lines._left[: len(lines._left) // 2])
        _die()

    def then_die(act: Callable[..., Any]) -> Callable[..., None]:
        def done(*given: Any, **named: Any) -> None:
            act(*given, **named)
            _die()

        return done

    save, write, rename, begin, move = torch.save, lines.Lines._write, files._rename, files._begin, Path.rename
    if kind == "checkpoint":
        torch.save = at_last(half_a_checkpoint, save)
    elif kind == "line":
        lines.Lines._write = at_last(half_a_line, write)  # type: ignore[method-assign]
    elif kind == "before rename":
        files._rename = at_last(lambda *_: _die(), rename)
    elif kind == "after rename":
        files._rename = at_last(then_die(rename), rename)
    elif kind == "begin":
        files._begin = at_last(then_die(begin), begin)
    elif kind == "before folder":
        Path.rename = at_last(lambda *_: _die(), move)  # type: ignore[method-assign]
    elif kind == "after folder":
        Path.rename = at_last(then_die(move), move)  # type: ignore[method-assign]


def _die() -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
