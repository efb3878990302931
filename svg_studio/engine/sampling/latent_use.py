"""Measures how much each dimension of z carries: KL(q ‖ p) by dimension over clips of the test set."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from svg_studio.engine.config import FuturesConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.events import Events, LatentUse, Progressed
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling.futures import Asked
from svg_studio.engine.utils.frames import to_float
from svg_studio.engine.utils.malloc import freed_buffers_kept

MOST_FRAMES = 30  # of a clip: what a hundred more would change is little, and they would be held in memory at once
AT_ONCE = 1  # clips; a hand that waits for the lane does not wait longer
KEPT = 8  # checkpoints a lane knows it of


@dataclass
class _Sum:
    """Over the clips so far, by dimension; in float64."""

    kl: Tensor
    clips: int = 0


_sums: dict[int, OrderedDict[Hashable, _Sum]] = {}  # by lane, as models are kept


def measure(config: FuturesConfig, clips: int = 64) -> Events:
    """Yields Progressed, and LatentUse once `clips` clips of the test set, or those there are, have been looked at.

    Posterior and prior see true frames alone. A measurement that was stopped goes on where it was. Raises CheckpointError and
    DataError.
    """
    asked = Asked(config)
    length = min(config.n_past + config.n_future, MOST_FRAMES)
    model, cfg = asked.model, asked.model.config
    found = open_clips(
        asked.data,
        split="test",
        image_width=cfg.image_width,
        channels=cfg.channels,
        n_frames=length,
        seed=config.data_seed,
    )
    there = found.usable if found.usable is not None else range(min(found.count or clips, clips))
    chosen = [int(number) for number in there[:clips]]
    same = replace(config, split="test", index=0, seed=1, n_futures=1, data=asked.data)
    mine = _sums.setdefault(threading.get_ident(), OrderedDict())
    key = asked.opened.sha256, same, len(chosen)
    total = mine.setdefault(key, _Sum(torch.zeros(cfg.z_dim, dtype=torch.float64)))
    mine.move_to_end(key)
    while len(mine) > KEPT:
        mine.popitem(last=False)
    with freed_buffers_kept():
        while total.clips < len(chosen):
            numbers = chosen[total.clips : total.clips + AT_ONCE]
            x = to_float(found.batch(numbers), asked.device)
            with asked.autocast():
                by_clip = kl_by_dimension(model, x)
            total.kl += by_clip.double().sum(0).cpu()
            total.clips += len(numbers)
            yield Progressed(total.clips, len(chosen), "clips", "Measuring the use of z")
    if total.clips:
        yield LatentUse(tuple((total.kl / total.clips).tolist()), total.clips)


@torch.no_grad()
def kl_by_dimension(model: SVG, x: Tensor) -> Tensor:
    """Clips x `(T, B, C, H, W)` → `(B, z_dim)`: KL(q ‖ p) in nats of each dimension, mean over frames 1..T-1."""
    h, _ = model.encode(x, 0)
    mu, logvar, _ = model.posterior(h[1:])
    mu_p, logvar_p, _ = model.prior(h[:-1])
    kl: Tensor = 0.5 * (logvar_p - logvar + (logvar.exp() + (mu - mu_p).square()) / logvar_p.exp() - 1)
    mean: Tensor = kl.mean(0)
    return mean
