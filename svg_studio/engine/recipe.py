"""What an export carries so that it opens again: the addresses of its futures and how they were laid out, as one JSON document.

It comes from files of others too, so it is read with bounds and everything in it is checked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Self

from svg_studio import __version__
from svg_studio.engine.address import Address, AddressError, ClipAddress, Path, path_of
from svg_studio.engine.utils.wording import printable

FORMAT = "svg-studio futures"
VERSION = 1  # of the document
MARK = f'"format":"{FORMAT}"'.encode()  # what the document begins with, as it stands in a file
MOST_BYTES = 1 << 20
MOST_FUTURES = 2000
MOST_BESIDE = 20
MOST_LETTERS = 300  # of a caption or a name
SHARED = ("model", "clip", "n_past")  # of an address; what most futures have in common is written once
LAYOUT: dict[str, tuple[type, int, int]] = {
    "scale": (int, 1, 16),
    "columns": (int, 0, 10_000),
    "captions": (bool, 0, 1),
    "borders": (bool, 0, 1),
}


class RecipeError(AddressError):
    """What is no recipe of an export, or one that this version cannot read."""


@dataclass(frozen=True)
class Future:
    """One future of an export: its address, its caption, and the checkpoint's file name and step, which are for people."""

    address: Address
    caption: str = ""
    checkpoint: str = ""
    step: int = 0

    @property
    def n_future(self) -> int:
        """Frames that it imagines."""
        return self.address.clip.n_frames - self.address.n_past


@dataclass(frozen=True)
class Recipe:
    """The futures in the order in which they were written, what stood before them, and the settings of the export."""

    futures: tuple[Future, ...]
    beside: tuple[str, ...] = ()  # captions of what has no address, such as "truth"
    fps: float = 10.0
    layout: Mapping[str, int | bool] = field(default_factory=dict)  # some of LAYOUT, by name
    program: str = __version__

    def __post_init__(self) -> None:
        if not 0 < len(self.futures) <= MOST_FUTURES:
            raise RecipeError(f"it carries {len(self.futures):,} futures, not 1 to {MOST_FUTURES:,}")

    @property
    def model(self) -> str:
        """The SHA-256 of the first future's checkpoint."""
        return self.futures[0].address.model

    @property
    def clip(self) -> ClipAddress:
        return self.futures[0].address.clip

    @property
    def n_past(self) -> int:
        return self.futures[0].address.n_past

    @property
    def n_future(self) -> int:
        return self.futures[0].n_future

    @property
    def checkpoint(self) -> str:
        """What the first future's checkpoint was called, and its step, in words."""
        first = self.futures[0]
        return f"{first.checkpoint or 'a checkpoint'}, step {first.step:,}"

    @property
    def alike(self) -> tuple[Future, ...]:
        """Those of the same model, clip and given frames as the first: what one wall can show."""
        first = self.futures[0].address
        return tuple(f for f in self.futures if (f.address.model, f.address.clip, f.address.n_past) == _head(first))

    @property
    def paths(self) -> tuple[Path, ...]:
        """Of `alike`."""
        return tuple(future.address.path for future in self.alike)

    @property
    def seeds(self) -> range | None:
        """Seeds that count on from the first, where the wall of them is what `alike` are."""
        paths = self.paths
        seeds = range(paths[0][0].seed, paths[0][0].seed + len(paths))
        return seeds if all(path == path_of(seed) for path, seed in zip(paths, seeds, strict=True)) else None

    # ---- as JSON

    def to_json(self) -> str:
        """ASCII in one line, the same for the same recipe."""
        first = self.futures[0].address.to_plain()
        shared = {name: first[name] for name in SHARED}
        checkpoints = {f.address.model: {"name": f.checkpoint, "step": f.step} for f in reversed(self.futures)}
        found = {
            "format": FORMAT,  # first: files are recognised by it
            "format_version": VERSION,
            "program": self.program,
            "checkpoints": dict(sorted(checkpoints.items())),
            "fps": self.fps,
            "layout": dict(self.layout),
            "beside": list(self.beside),
            "shared": shared,
            "futures": [_plain(future, shared) for future in self.futures],
        }
        return json.dumps(found, separators=(",", ":"))

    @classmethod
    def from_json(cls, data: bytes | str) -> Self:
        """The recipe that `to_json` wrote. Raises RecipeError, whose text goes on after the file's name."""
        if len(data) > MOST_BYTES:
            raise RecipeError(f"carries more than {MOST_BYTES:,} bytes about its futures, which no export does")
        try:
            found = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise RecipeError("what it carries of its futures is damaged: it is no JSON") from error
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise RecipeError("carries nothing of this program")
        program, version = _text(found.get("program"), "the program's version"), found.get("format_version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise RecipeError("what it carries of its futures is damaged: its version is no number")
        if version > VERSION:
            by = f" ({program})" if program else ""
            raise RecipeError(f"was made by a newer version of this program{by}: update this one, {__version__}, to open it")
        try:
            return cls(_futures(found), _beside(found), _fps(found), _layout(found), program)
        except RecipeError:
            raise
        except AddressError as error:
            raise RecipeError(f"what it carries of its futures cannot be used: {str(error).rstrip('.')}") from error


def file_name(path: object) -> str:
    """The last part of a path of any system: what may be told of a checkpoint to others."""
    return PureWindowsPath(PurePosixPath(str(path)).name).name


def _head(address: Address) -> tuple[str, ClipAddress, int]:
    return address.model, address.clip, address.n_past


def _plain(future: Future, shared: Mapping[str, Any]) -> dict[str, Any]:
    address = future.address.to_plain()
    return {k: v for k, v in address.items() if shared.get(k) != v} | ({"caption": future.caption} if future.caption else {})


def _futures(found: Mapping[str, Any]) -> tuple[Future, ...]:
    shared, entries, checkpoints = found.get("shared", {}), found.get("futures"), found.get("checkpoints", {})
    if not isinstance(shared, dict) or not isinstance(checkpoints, dict) or not isinstance(entries, list):
        raise RecipeError("what it carries of its futures is damaged: they are no list")
    if not 0 < len(entries) <= MOST_FUTURES:
        raise RecipeError(f"carries {len(entries):,} futures, not 1 to {MOST_FUTURES:,}")
    made: list[Future] = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise RecipeError("what it carries of its futures is damaged: one of them is no address")
        own = {name: value for name, value in entry.items() if name != "caption"}
        address = Address.from_plain({**{name: shared[name] for name in SHARED if name in shared}, **own})
        if not address.n_past < address.clip.n_frames:
            raise RecipeError(f"its futures imagine nothing: {address.n_past} of {address.clip.n_frames} frames are given")
        if made and address.clip == made[0].address.clip:  # one object for all, so that comparing them costs nothing
            address = Address(address.model, made[0].address.clip, address.n_past, address.path)
        name, step = _checkpoint(checkpoints.get(address.model))
        made.append(Future(address, _text(entry.get("caption", ""), "a caption"), name, step))
    return tuple(made)


def _checkpoint(found: object) -> tuple[str, int]:
    if found is None:
        return "", 0
    name = _text(found.get("name", ""), "a checkpoint's name") if isinstance(found, dict) else ""
    step = found.get("step", 0) if isinstance(found, dict) else 0
    whole = isinstance(step, int) and not isinstance(step, bool) and 0 <= step < 2**53
    return file_name(name), step if whole else 0


def _beside(found: Mapping[str, Any]) -> tuple[str, ...]:
    names = found.get("beside", [])
    if not isinstance(names, list) or len(names) > MOST_BESIDE:
        raise RecipeError("what it carries of its futures is damaged: what stands beside them is no short list")
    return tuple(_text(name, "what stands beside them") for name in names)


def _fps(found: Mapping[str, Any]) -> float:
    fps = found.get("fps", 10.0)
    if not isinstance(fps, int | float) or isinstance(fps, bool) or not math.isfinite(fps) or not 0 < fps <= 100:
        raise RecipeError("what it carries of its futures is damaged: its rate is no number above 0 and up to 100")
    return float(fps)


def _layout(found: Mapping[str, Any]) -> dict[str, int | bool]:
    layout = found.get("layout", {})
    if not isinstance(layout, dict) or layout.keys() - LAYOUT.keys():
        raise RecipeError("what it carries of its layout is not known here")
    for name, value in layout.items():
        kind, least, most = LAYOUT[name]
        if type(value) is not kind or not isinstance(value, int) or not least <= value <= most:
            raise RecipeError(f"what it carries of its layout is damaged: {name} is {str(value)[:40]!r}")
    return dict(layout)


def _text(found: object, name: str) -> str:
    if not isinstance(found, str) or len(found) > MOST_LETTERS:
        raise RecipeError(f"what it carries of its futures is damaged: {name} is no short text")
    return printable(found)
