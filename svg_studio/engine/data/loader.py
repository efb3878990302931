"""Prepares training batches ahead of time in threads."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing

import numpy as np
import numpy.typing as npt

from svg_studio.engine.data.registry import Clips
from svg_studio.engine.events import Frames

PATIENCE_S = 0.2
LAST_S = 1.0  # that threads are given to end


Batches = Generator[Frames, None, None]


def batches(
    clips: Clips, batch_size: int, *, seed: int, threads: int, start: int = 0, shuffle: bool = True, part: slice = slice(None)
) -> Batches:
    """Endless uint8 batches `(T, B, H, W, C)` from batch `start` on; batch k is the same whatever `threads` and `start` are.

    Where clips are counted, every pass over them takes a new order, or their own where not `shuffle`. Of every batch the clips
    in `part` alone are made. Closing it waits a second for threads that read, and leaves those that hang.
    """
    with closing(patient_batches(clips, batch_size, seed, threads, start, shuffle, part)) as stream:
        yield from (batch for batch in stream if batch is not None)


def patient_batches(
    clips: Clips, batch_size: int, seed: int, threads: int, start: int = 0, shuffle: bool = True, part: slice = slice(None)
) -> Generator[Frames | None, None, None]:
    """The same, with None every PATIENCE_S seconds while a batch is awaited, so that it can be closed then."""

    def make(k: int) -> Frames:
        return clips.batch(_indices(clips, k, batch_size, seed, shuffle)[part])

    if not threads:
        yield from map(make, itertools.count(start))
    # Threads, not processes: rendering and decoding release the GIL, and workers forked under threads can freeze.
    pool = ThreadPoolExecutor(threads, thread_name_prefix="batches")
    ahead: deque[Future[Frames]] = deque()
    try:
        for k in itertools.count(start):
            ahead.append(pool.submit(make, k))
            if len(ahead) > threads:
                while not wait([ahead[0]], PATIENCE_S).done:
                    yield None
                yield ahead.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        wait([future for future in ahead if not future.cancelled()], LAST_S)


def first_clips(clips: Clips, n: int) -> npt.NDArray[np.int64]:
    """The first `n` indices that can be asked for, fewer where there are fewer."""
    return np.arange(n) if clips.usable is None else clips.usable[:n]


def _indices(clips: Clips, k: int, batch_size: int, seed: int, shuffle: bool) -> npt.NDArray[np.int64]:
    numbers = np.arange(k * batch_size, (k + 1) * batch_size)
    if clips.usable is None:  # endless clips: new ones at every step
        return numbers
    turn, place = np.divmod(numbers, len(clips.usable))
    if not shuffle:
        return clips.usable[place]
    orders = {int(p): np.random.Generator(np.random.Philox(key=(seed, int(p)))).permutation(clips.usable) for p in set(turn)}
    # A later pass asks for the same sequences by other numbers, and so for other windows where the set has them.
    chosen = np.array([orders[int(p)][i] for p, i in zip(turn, place, strict=True)], np.int64)
    indices: npt.NDArray[np.int64] = chosen + turn * clips.count
    return indices
