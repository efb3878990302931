"""Reads and writes state.json, which says how a run stands, and tells whether a process is writing the run."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from svg_studio.engine.runs import lock
from svg_studio.engine.utils.files import replacing
from svg_studio.engine.utils.json_file import is_count, read_json

NAME = "state.json"
STATES = ("running", "paused", "finished", "stopped", "failed")
FRESH_S = 60.0  # a run elsewhere whose state is older is not being written any more
MAX_BYTES = 100_000
MAX_TEXT = 1000


@dataclass(frozen=True)
class Best:
    """The epoch's end with the lowest test loss."""

    step: int
    test_mse: float
    test_loss: float


@dataclass(frozen=True, kw_only=True)
class RunState:
    """`state` "running" in a folder that is not live (see `is_live`) means that the run crashed after `step`."""

    state: str = "stopped"
    reason: str = ""  # one sentence where it failed
    step: int = 0
    steps: int = 0  # planned
    seconds: float = 0.0  # of training
    frames_per_s: float = 0.0
    best: Best | None = None
    host: str = ""
    pid: int = 0
    device: str = ""
    precision: str = ""
    parameters: int = 0
    started: float = 0.0  # Unix time, as `updated`
    updated: float = 0.0

    @classmethod
    def read(cls, folder: Path) -> RunState | None:
        """What the folder says, which anybody may have written: None where nothing can be read, a default for what is odd."""
        try:
            found = read_json(folder / NAME, MAX_BYTES)
        except (OSError, ValueError):
            return None
        if not isinstance(found, dict) or found.get("state") not in STATES:
            return None
        return cls(**_fitting(cls, found), best=_best(found.get("best")))

    def write(self, folder: Path) -> None:
        """Whole or not at all. Raises ExportError where the disk does not take it."""
        with replacing(folder / NAME) as part:
            part.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")


def is_live(folder: Path, state: RunState | None = None) -> bool:
    """Whether a process, here or elsewhere, writes the run now. `state` is what was read of the folder already, if it was."""
    if lock.is_held(folder):
        return True
    state = state or RunState.read(folder)
    if state is None or state.host == platform.node():
        return False
    return state.state in ("running", "paused") and abs(time.time() - state.updated) < FRESH_S


def _fitting(kind: type[Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of `found` whose values are of the fields' types and of sizes that make sense."""
    most = 1e300 if kind is Best else 2**53  # of losses, which may be any, and of seconds
    checks: dict[str, Callable[[object], object]] = {
        "str": _text,
        "int": lambda value: value if is_count(value, 2**63) else None,
        "float": lambda value: _number(value, most),
    }
    values = {f.name: checks[str(f.type)](found.get(f.name)) for f in fields(kind) if str(f.type) in checks}
    return {name: value for name, value in values.items() if value is not None}


def _best(found: object) -> Best | None:
    values = _fitting(Best, found) if isinstance(found, dict) else {}
    return Best(**values) if len(values) == len(fields(Best)) else None


def _text(value: object) -> str | None:
    return one_line(value) if isinstance(value, str) else None


def one_line(text: str) -> str:
    """A reason as it is shown, however long and of however many lines it was written."""
    return " ".join(text[:MAX_TEXT].split())


def _number(value: object, most: float) -> float | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < most  # neither infinite nor NaN
    return float(value) if fits else None  # type: ignore[arg-type]
