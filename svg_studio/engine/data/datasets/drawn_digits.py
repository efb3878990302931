"""Draws digits in the manner of MNIST, no two the same, so that no download is needed.

A digit is a stroke of some weight around a master's line (glyphs.npz), seen through a smooth random deformation.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F

from svg_studio.engine.config import SPLITS
from svg_studio.engine.data.datasets.digit_bank import DIGIT_WIDTH, DigitBank
from svg_studio.engine.data.datasets.make_glyphs import MASTER_HEIGHT, MASTER_WIDTH, STEPS_PER_PX
from svg_studio.engine.utils import counter_rng
from svg_studio.paths import resource

COUNTS = {"train": 6000, "test": 1000}
_SALT = 0x445241574E  # "DRAWN"

# Ranges, by eye beside MNIST's digits at 32 px.
HEIGHT = (19.5, 22.5)  # px, from line to line
ASPECT = (0.8, 1.15)  # width against the master's
SLANT = (-0.1, 0.4)  # px to the right per px up
ROTATION = (-0.15, 0.15)  # radians
RADIUS = (1.5, 1.95)  # px, half a stroke's width
INK = (0.92, 1.0)  # brightness of a stroke's middle
COARSE, FINE = 1.1, 0.4  # px, standard deviation of the deformation's two scales
UNEVEN = 0.12  # of the radius, standard deviation along a stroke
SOFT = 1.6  # px from ink to paper at a stroke's edge


@lru_cache(maxsize=2)
def drawn_digits(split: str) -> DigitBank:
    """The 6,000 train or 1,000 test digits, always the same ones, every class equally often."""
    count = COUNTS[split]
    labels = (np.arange(count) % 10).astype(np.uint8)
    chunk = 500  # tens of MB of fields at a time
    with torch.inference_mode():
        images = torch.cat([_draw(split, start, labels[start : start + chunk]) for start in range(0, count, chunk)])
    return DigitBank(f"drawn {split}", images.numpy(), labels)


@lru_cache(maxsize=1)
def _masters() -> torch.Tensor:
    """(fonts, 10, 64, 64) distance from the middle of the line in px of the master."""
    with np.load(resource("glyphs.npz")) as file:
        return torch.from_numpy(file["masters"]).float() / STEPS_PER_PX


def _draw(split: str, first: int, labels: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> torch.Tensor:
    """Digits first … first + n - 1 of `split`, uint8 (n, 32, 32)."""
    n = len(labels)
    key = counter_rng.keys(_SALT, SPLITS.index(split), np.arange(first, first + n))
    bits = counter_rng.draws(key, 0, 8)
    font = counter_rng.below(bits[:, 0], len(_masters()))
    height, aspect, slant, angle, radius, ink = (
        torch.from_numpy(counter_rng.uniform(bits[:, 1 + i], *span))
        for i, span in enumerate((HEIGHT, ASPECT, SLANT, ROTATION, RADIUS, INK))
    )
    noise = torch.from_numpy(counter_rng.normal(counter_rng.draws(key, 8, 2 * (2 * 16 + 2 * 49 + 25))))
    coarse, fine, uneven = torch.split(noise, [2 * 16, 2 * 49, 25], dim=1)
    bend = COARSE * _smooth(coarse.view(n, 2, 4, 4)) + FINE * _smooth(fine.view(n, 2, 7, 7))  # (n, 2, 32, 32) px

    # Where each pixel of the digit lies in its master, in px from the middle: rotation, slant and scale undone.
    along = torch.arange(DIGIT_WIDTH) - (DIGIT_WIDTH - 1) / 2
    x, y = along + bend[:, 0], along[:, None] + bend[:, 1]
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    x, y = cos * x + sin * y, cos * y - sin * x
    zoom = (height / MASTER_HEIGHT)[:, None, None]  # px of the digit per px of the master
    x = (x + slant[:, None, None] * y) / (zoom * aspect[:, None, None])
    at = torch.stack([x, y / zoom], dim=-1) * (2 / MASTER_WIDTH)  # (n, 32, 32, 2), -1 … 1 across the master
    fields = _masters()[font, labels.astype(np.int64), None]  # (n, 1, 64, 64)
    distance = F.grid_sample(fields, at, padding_mode="border", align_corners=False)[:, 0] * zoom
    edge = radius[:, None, None] * (1 + UNEVEN * _smooth(uneven.view(n, 1, 5, 5))[:, 0])
    cover = ((edge - distance) / SOFT + 0.5).clamp(0, 1)
    return (255 * ink[:, None, None] * cover).round().to(torch.uint8)


def _smooth(noise: torch.Tensor) -> torch.Tensor:
    """(n, c, k, k) → (n, c, 32, 32), a smooth field through the values."""
    return F.interpolate(noise, (DIGIT_WIDTH, DIGIT_WIDTH), mode="bicubic", align_corners=True)
