"""Tries what can go wrong in training and in other jobs, and prints what is said and what is left: `python -m tools.faults`."""

from __future__ import annotations

import errno
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
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
from svg_studio.engine.events import StepFinished
from svg_studio.engine.runs.command_line import command_of
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
    """0 where every run could be finished afterwards, and no job left anything of one that was killed."""
    outcomes, rows = [], []
    with tempfile.TemporaryDirectory() as folder:
        for fault in FAULTS:
            outcomes.append(fault(Path(folder)))
            print(_lines(outcomes[-1], folder), flush=True)
    print("SIGKILL of other jobs")
    with tempfile.TemporaryDirectory() as folder:
        for row in jobs_killed(Path(folder)):
            rows.append(row)
            print(f"  {row}", flush=True)
    good = all("steps 1..12 once each" in o.goes_on for o in outcomes) and all(row.endswith(": nothing") for row in rows)
    return 0 if good else 1


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


def full_disk(folder: Path) -> Outcome:
    """The disk takes no byte of the next checkpoint, as the system says it of a full one."""
    config = victims.tiny(folder, name="full")
    write, seen = torch.save, [0]

    def refused(content: object, part: Path) -> None:
        seen[0] += 1
        if seen[0] == 3:
            raise OSError(errno.ENOSPC, "No space left on device", str(part))
        write(content, part)

    torch.save = refused
    try:
        told = _failing(config)
    finally:
        torch.save = write
    return _outcome("a full disk", config, "the job raised while it saved", told)


def hang_up(folder: Path) -> Outcome:
    """The terminal that a run was started from is closed."""
    config = victims.tiny(folder, name="hangup", checkpoint_every=0, niter=3, epoch_size=4)
    command = command_of(config, program=(sys.executable, "-m", "svg_studio"))
    process = subprocess.Popen(shlex.split(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    metrics = folder / "hangup" / "metrics.jsonl"
    while process.poll() is None and not (metrics.exists() and metrics.stat().st_size):
        time.sleep(0.01)
    process.send_signal(signal.SIGHUP)
    said = process.communicate()[1].strip().splitlines()
    return _outcome("SIGHUP", config, f"the process ended with status {process.returncode}", said[-1] if said else "nothing")


def pipe_for_a_checkpoint(folder: Path) -> Outcome:
    """A named pipe stands where the newest checkpoint was."""
    config = victims.tiny(folder, name="pipe")
    victims.run(config, kill=("event", 12))
    last = folder / "pipe" / "checkpoints" / "last.pt"
    last.replace(folder / "last.pt")
    os.mkfifo(last)
    command = [sys.executable, "-m", "svg_studio", "train", "--resume", str(folder / "pipe")]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        told, happened = next(line for line in ended.stderr.splitlines() if "last.pt" in line), "it was not waited for"
    except (subprocess.TimeoutExpired, StopIteration):
        told, happened = "nothing", "the program WAITED for it, or passed it over without a word"
    if last.is_fifo():
        last.unlink()
        (folder / "last.pt").replace(last)
    return _outcome("a named pipe for last.pt", config, happened, told)


def links_in_the_folder(folder: Path) -> Outcome:
    """Somebody else's run folder, in which a log and a folder are links to one's own."""
    config = victims.tiny(folder, name="links")
    victims.run(config, kill=("event", 12))
    run, mine = folder / "links", folder / "diary.txt"
    mine.write_text("mine\n")
    (run / "log.txt").unlink()
    (run / "log.txt").symlink_to(mine)
    told = _failing(config)
    happened = f"what the link leads to is {'as it was' if mine.read_text() == 'mine' + chr(10) else 'WRITTEN'}"
    (run / "log.txt").unlink()
    return _outcome("log.txt is a link", config, happened, told)


def two_at_once(folder: Path) -> Outcome:
    """A run that is being trained is resumed by a second process."""
    config = victims.tiny(folder, name="twice")
    first = train(config)
    while not isinstance(next(first), StepFinished):
        pass
    second = victims.run(config)
    first.close()
    return _outcome("two at once", config, f"the second made {len(second.steps)} steps", second.sentence)


def broken_journals(folder: Path) -> Outcome:
    """metrics.jsonl and state.json hold what no JSON reader of ours has written."""
    config = victims.tiny(folder, name="journals")
    victims.run(config, kill=("event", 12))
    run = folder / "journals"
    with (run / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": 1e999}\n{"step": NaN}\n' + b'{"step": ' + b"9" * 5000 + b"}\n" + bytes(1 << 20) + b"\n")
    (run / "state.json").write_bytes(b"[" * 50_000)
    return _outcome("broken journals", config, "lines and numbers that make no sense", _failing(config))


FAULTS: tuple[Callable[[Path], Outcome], ...] = (
    file_size_limit,
    error_inside_a_step,
    batch_of_nan,
    data_removed,
    killed_in_a_write,
    full_disk,
    two_at_once,
    broken_journals,
    *((hang_up, pipe_for_a_checkpoint, links_in_the_folder) if os.name != "nt" else ()),
)


def jobs_killed(folder: Path) -> Iterator[str]:
    """A row for each job and place where it is killed: what is half there under a final name afterwards, and left by the next."""
    victims.stage(folder)
    out = folder / "out"
    for name in victims.JOBS:
        whole = _names_after(name, folder)
        for kind in victims.KILLS_OF_JOBS:
            if name == "replace":
                victims.do("convert", folder)
            ends = [victims.do(name, folder, kill=(kind, n)).killed for n in (1, 2)]
            hidden = sum(path.name.startswith(".") for path in out.rglob("*")) if out.exists() else 0
            found = _names_after(name, folder, again=True)
            left = ", ".join(sorted(found - whole)) or "nothing"
            yield f"{name:<9} {kind:<14} killed {sum(ends)}×, {hidden} temporary names then; left by the next one: {left}"


def _names_after(name: str, folder: Path, *, again: bool = False) -> set[str]:
    """The names below "out" once a job has been done, and "out" is gone again."""
    out = folder / "out"
    if name == "replace" and not again:
        victims.do("convert", folder)
    victims.do(name, folder)
    names = {str(path.relative_to(out)) for path in out.rglob("*")}
    shutil.rmtree(out)
    return names


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
        try:
            for _ in train(config, str(run)):
                pass
        except Exception as error:  # whatever it is, the other faults are tried, too
            return f"it did NOT go on: {sentence(error)}"
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

    victims.write_pictures(data_root / "source", {"train": 6, "test": 4}, 8)
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
