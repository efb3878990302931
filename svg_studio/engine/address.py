"""The address of a future: checkpoint, clip, and what decides z from which frame on. From it alone the future is computed again.

An address is plain data and comes from files of others too, so it is read with bounds and everything in it is checked.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, Self

from svg_studio.engine.config import SPLITS, ConfigError, DataConfig, FuturesConfig
from svg_studio.engine.errors import StudioError

KINDS = ("seed", "hold", "blend", "borrow")
MOST_LETTERS = 1 << 20  # of an address as JSON
MOST_SEGMENTS = 1000
MOST_FRAMES = 2000
MOST_TEMPERATURE = 2.0
MOST_SIGMA = 100.0  # of an offset
LARGEST = 2**62  # seed, and number of a clip


class AddressError(StudioError):
    """What is no address of a future, or of none that there can be."""


@dataclass(frozen=True)
class ClipAddress:
    """One clip: `data` as DataConfig has it, the split, the number of the clip, the seed of the clips and how many frames it has.

    Where windows are drawn from longer sequences, their place depends on the number of frames too.
    """

    data: Mapping[str, Any]
    split: str
    index: int
    seed: int
    n_frames: int

    def __post_init__(self) -> None:
        try:
            DataConfig.from_dict(self.data)
        except ConfigError as error:
            raise AddressError(f"The address names no clips: {error}.") from error
        _check(self.split in SPLITS, f"split {self.split!r} is none of {', '.join(SPLITS)}")
        _whole(self.index, "clip", LARGEST)
        _whole(self.seed, "seed of the clips", LARGEST)
        _whole(self.n_frames, "n_frames", MOST_FRAMES, least=2)

    @classmethod
    def of(cls, config: FuturesConfig) -> Self:
        """The clip that `config` asks for, which has to name its data; the folder it lies in is of one machine and left out."""
        assert config.data is not None
        data = {name: value for name, value in config.data.to_dict().items() if name != "data_root"}
        return cls(data, config.split, config.index, config.data_seed, config.n_past + config.n_future)

    def data_in(self, data_root: str) -> DataConfig:
        """Its data set, where `data_root` holds it."""
        return DataConfig.from_dict({**self.data, "data_root": data_root})

    def __hash__(self) -> int:
        return hash((json.dumps(self.data, sort_keys=True), self.split, self.index, self.seed, self.n_frames))


@dataclass(frozen=True)
class Segment:
    """What decides z from frame `start` on, until the next segment begins.

    "seed": z = mu + sigma · (temperature · eps + offset), eps of `seed`. "blend": the same with eps = cos(w π/2) · eps of `seed` +
    sin(w π/2) · eps of `other`, which is as wide as either; w is `weight`. "hold": z stays what it was at the frame before.
    "borrow": z is the posterior's mean of the frames of `clip`.
    """

    start: int
    kind: str = "seed"
    seed: int = 0
    temperature: float = 1.0
    other: int = 0
    weight: float = 0.0
    offset: tuple[float, ...] = ()  # in units of the prior's sigma, by latent dimension; empty: none
    clip: ClipAddress | None = None

    def __post_init__(self) -> None:
        _check(self.kind in KINDS, f"a segment is one of {', '.join(KINDS)}, not {str(self.kind)[:40]!r}")
        _whole(self.start, "first frame of a segment", MOST_FRAMES)
        _whole(self.seed, "seed", LARGEST)
        _whole(self.other, "other seed", LARGEST)
        _number(self.temperature, "temperature", 0, MOST_TEMPERATURE)
        _number(self.weight, "weight of a blend", 0, 1)
        _check(isinstance(self.offset, tuple) and len(self.offset) <= 10_000, "an offset has a number for each latent dimension")
        for part in self.offset:
            _number(part, "offset", -MOST_SIGMA, MOST_SIGMA)
        _check((self.clip is not None) == (self.kind == "borrow"), "a segment that borrows, and no other, names a clip")


Path = tuple[Segment, ...]


def path_of(seed: int, temperature: float = 1.0) -> Path:
    """A future as the wall has it: its seed decides z at every frame."""
    return (Segment(0, seed=seed, temperature=temperature),)


def check_path(path: Path) -> None:
    """Raises AddressError where it does not begin at frame 0 or does not go forward."""
    starts = [segment.start for segment in path]
    _check(0 < len(path) <= MOST_SEGMENTS, f"a path has 1 to {MOST_SEGMENTS} segments, not {len(path)}")
    _check(starts[0] == 0, f"a path begins at frame 0, not {starts[0]}")
    forward = all(a < b for a, b in pairwise(starts))
    _check(forward, f"the segments of a path begin one after another, not at {starts}")
    _check(path[0].kind != "hold", "the first segment of a path cannot hold z: there is none before it")


def forked(path: Path, at: int, segment: Segment) -> Path:
    """The path that goes on as `segment` says from frame `at` on, and is the same before."""
    if at == 0:
        return (replace(segment, start=0),)
    return (*(part for part in path if part.start < at), replace(segment, start=at))


def common_frames(paths: Sequence[Path]) -> int:
    """How many frames from 0 on are decided in the same way on all paths; MOST_FRAMES where all are the same."""
    starts = sorted({segment.start for path in paths for segment in path} | {0})
    for start in starts:
        if len({rule_at(path, start) for path in paths}) > 1:
            return start
    return MOST_FRAMES


def rule_at(path: Path, t: int) -> Segment:
    """The segment that decides z at frame t, as if it began at frame 0, so that equal rules are equal."""
    return replace(next(segment for segment in reversed(path) if segment.start <= t), start=0)


@dataclass(frozen=True)
class Address:
    """`model` is the SHA-256 of the checkpoint, in hexadecimal; the path's frames count from the clip's first."""

    model: str
    clip: ClipAddress
    n_past: int
    path: Path

    def __post_init__(self) -> None:
        named = isinstance(self.model, str) and re.fullmatch("[0-9a-f]{64}", self.model) is not None
        _check(named, "a checkpoint is named by its SHA-256")
        _whole(self.n_past, "n_past", MOST_FRAMES, least=1)
        check_path(self.path)

    def fork(self, at: int, segment: Segment) -> Self:
        """The future that is this one before frame `at` and goes on as `segment` says."""
        return replace(self, path=forked(self.path, at, segment))

    def to_plain(self) -> dict[str, Any]:
        """Dicts, lists, text and numbers; what a segment leaves at its default is left out."""
        default = asdict(Segment(0))
        path = [{k: _plain(v) for k, v in asdict(s).items() if k == "start" or v != default[k]} for s in self.path]
        return {"model": self.model, "clip": asdict(self.clip), "n_past": self.n_past, "path": path}

    def to_json(self) -> str:
        """One line of ASCII, the same for the same address."""
        return json.dumps(self.to_plain(), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_plain(cls, found: object) -> Self:
        """The address that `to_plain` wrote. Raises AddressError."""
        whole = _fields(found, {"model", "clip", "n_past", "path"})
        steps = whole["path"]
        _check(isinstance(steps, list) and len(steps) <= MOST_SEGMENTS, f"a path is a list of at most {MOST_SEGMENTS} segments")
        return cls(whole["model"], _clip(whole["clip"]), whole["n_past"], tuple(_segment(step) for step in steps))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The address that `to_json` wrote. Raises AddressError."""
        _check(len(text) <= MOST_LETTERS, f"it has {len(text):,} letters, of {MOST_LETTERS:,} that an address may have")
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise AddressError("This is no address of a future: it is no JSON.") from error
        return cls.from_plain(found)


def _clip(found: object) -> ClipAddress:
    fields = _fields(found, {"data", "split", "index", "seed", "n_frames"})
    _check(isinstance(fields["data"], dict), "a clip names its data set's settings")
    _check(isinstance(fields["split"], str), "a split is a name")
    return ClipAddress(**fields)


def _segment(found: object) -> Segment:
    names = {"kind", "seed", "temperature", "other", "weight", "offset", "clip"}
    fields = _fields(found, {"start"}, names)
    if "offset" in fields:
        _check(isinstance(fields["offset"], list), "an offset is a list of numbers")
        fields["offset"] = tuple(fields["offset"])
    if fields.get("clip") is not None:
        fields["clip"] = _clip(fields["clip"])
    return Segment(**fields)


def _fields(found: object, needed: set[str], allowed: set[str] = frozenset()) -> dict[str, Any]:  # type: ignore[assignment]
    _check(isinstance(found, dict), "an address is made of names and values")
    assert isinstance(found, dict)
    unknown, missing = sorted(map(str, found.keys() - needed - allowed)), sorted(needed - found.keys())
    _check(not unknown, f"{', '.join(unknown)[:100]} is not known here: a newer version may have written it")
    _check(not missing, f"it lacks {', '.join(missing)}")
    return dict(found)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _whole(value: object, name: str, most: int, least: int = 0) -> None:
    fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
    _check(fits, f"{name} {str(value)[:40]} is no whole number from {least} to {most:,}")


def _number(value: object, name: str, least: float, most: float) -> None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and least <= value <= most
    _check(fits, f"{name} {str(value)[:40]} is no number from {least:g} to {most:g}")


def _check(fits: bool, why: str) -> None:
    if not fits:
        raise AddressError(f"This is no address of a future: {why}.")
