"""Remedies of errors in the words of the command line: flags, and commands to run first."""

from __future__ import annotations

from svg_studio.engine.events import Remedy
from svg_studio.engine.runs.command_line import PROGRAM, RENAMED

OPTIONAL = ("source", "lpips_weights", "replace")  # settings that may not have been given at all


def words(remedy: Remedy | None) -> str:
    """Such as "; run `python main.py download kth --data_root data`, or give --source"; nothing where there is no remedy."""
    if remedy is None:
        return ""
    found = []
    if remedy.jobs:
        commands = [" ".join([*PROGRAM, job, name, *_flags(settings)]) for job, name, settings in remedy.jobs]
        found.append("run " + ", then ".join(f"`{command}`" for command in commands))
    if remedy.other:
        found.append("give " + " or ".join(("" if name in OPTIONAL else "another ") + f"--{name}" for name in remedy.other))
    if remedy.resume:
        found.append(" ".join(["train", "--resume", remedy.resume, *_flags(remedy.changes)]))
    elif remedy.changes:
        found.append("give " + " ".join(_flags(remedy.changes)))
    return f"; {', or '.join(found)}"


def _flags(settings: dict[str, str] | dict[str, int | float]) -> list[str]:
    values = {name: value if isinstance(value, str) else f"{value:g}" for name, value in settings.items()}
    return [word for name, value in values.items() for word in (f"--{RENAMED.get(name, name)}", value)]
