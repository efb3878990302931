"""The window's job for one future under a person's hand: it is made anew at every move, and only from where it changes."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from svg_studio.engine.address import ClipAddress, Path, check_path
from svg_studio.engine.config import FuturesConfig
from svg_studio.engine.events import Events, Frames, FramesImagined, FutureSampled, read_only
from svg_studio.engine.sampling import seen
from svg_studio.engine.sampling.futures import Asked
from svg_studio.engine.sampling.latents import Latents
from svg_studio.engine.sampling.rollout import Rollout, advance, begin
from svg_studio.engine.utils.frames import to_uint8
from svg_studio.engine.utils.malloc import freed_buffers_kept


@dataclass
class _Place:
    """Where the last future of a lane stood when its last segment began: what its next version shares with it."""

    asked: Hashable
    clip: Tensor  # (T, C, H, W)
    lent: dict[ClipAddress, Tensor] = field(default_factory=dict)  # of the last path
    at: Rollout | None = None
    before: Path = ()  # the segments that begin before it
    frames: list[Frames] = field(default_factory=list)  # (1, H, W, C) each: those imagined before it


_places: dict[int, _Place] = {}  # by lane, as models are kept


def steer(config: FuturesConfig, path: Path, sha256: str = "") -> Events:
    """FramesImagined for each frame as it is made, and FutureSampled: the future of `path`, computed alone.

    What lies before its last segment is kept for the next call, and not computed again while only that segment changes; the frames
    are the same to the bit. sha256: of the checkpoint that the path was made for, if that matters. Raises CheckpointError,
    DataError, and AddressError where the path does not fit or the checkpoint is another one by now.
    """
    check_path(path)
    asked = Asked(config, sha256)
    n_past, end = config.n_past, config.n_past + config.n_future
    place = _place_of(asked)
    place.lent = asked.lent([path], place.lent)
    latents = Latents([path], n_past, end, asked.model.config.z_dim, place.lent, asked.device)
    start = min(max(path[-1].start, n_past), end)
    with freed_buffers_kept():
        at = place.at
        if at is None or place.before != _before(path, at.t):  # they part before it, or there is none
            with asked.autocast():
                at = begin(asked.model, place.clip[:n_past, None], latents.given)
            place.at, place.before, place.frames = at, _before(path, n_past), []
        frames = list(place.frames)
        for t, frame in zip(range(n_past, at.t), frames, strict=True):
            yield FramesImagined(t, n_past, end, frame)
        for t in range(at.t, end):
            with asked.autocast():  # entered anew for each frame, so that it does not outlive this generator's turn
                at = advance(asked.model, at, decide=latents.deciding(t, [0], at.z))
            frames.append(to_uint8(at.x))
            if at.t <= start:
                place.at, place.before, place.frames = at, _before(path, at.t), list(frames)
            yield FramesImagined(t, n_past, end, frames[-1])
        whole = read_only(np.concatenate([to_uint8(place.clip[:n_past]), *frames]))
        sigma = at.prior_seen[:, 0].tolist()
        future = FutureSampled(0, path[-1].seed, n_past, whole, (float("nan"), *sigma))
        seen.remember(asked.key, path, future)
        yield future


def _place_of(asked: Asked) -> _Place:
    place = _places.get(threading.get_ident())
    if place is None or place.asked != asked.key:
        asked.open_clip()
        place = _places[threading.get_ident()] = _Place(asked.key, asked.clip)
    return place


def _before(path: Path, t: int) -> Path:
    """The segments that begin before frame t."""
    return tuple(segment for segment in path if segment.start < t)
