"""Remembers steered futures as they were seen, so that one that is kept is the same to the pixel.

Computed again among others, a future differs by its rounding, which is up to one grey level.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from svg_studio.engine.address import Path
from svg_studio.engine.events import Events, FramesImagined, FutureSampled, read_only

MOST_BYTES = 64 << 20  # of the frames that a lane remembers
_Key = tuple[Hashable, Path]  # what was asked for, but for the path; the path

_seen: dict[int, OrderedDict[_Key, FutureSampled]] = {}  # by lane, as models are kept


def remember(asked: Hashable, path: Path, future: FutureSampled) -> None:
    """The future of `path` was seen; the oldest ones are forgotten where they have become too many."""
    mine = _seen.setdefault(threading.get_ident(), OrderedDict())
    mine[asked, path] = future
    mine.move_to_end((asked, path))
    while sum(other.frames.nbytes for other in mine.values()) > MOST_BYTES:
        mine.popitem(last=False)


def as_seen(events: Events, asked: Hashable, paths: Sequence[Path], sampled: list[FutureSampled]) -> Events:
    """The events of imagining `paths`, in which futures that were seen are so again from where they part from their parent on.

    Before it they are what their parent is beside them. The futures are added to `sampled`.
    """
    mine = _seen.get(threading.get_ident(), OrderedDict())
    known = {k: mine[asked, path] for k, path in enumerate(paths) if (asked, path) in mine}
    for event in events:
        match event:
            case FramesImagined(t=t, frames=frames) if known:
                frames = frames.copy()
                for k, future in known.items():
                    if t >= paths[k][-1].start:
                        frames[k] = future.frames[t]
                yield replace(event, frames=read_only(frames))
            case FutureSampled(number=k, frames=frames):
                if k in known:
                    start = max(paths[k][-1].start, event.n_past)
                    whole = read_only(np.concatenate([frames[:start], known[k].frames[start:]]))
                    event = replace(event, frames=whole)
                sampled.append(event)
                yield event
            case _:
                yield event
