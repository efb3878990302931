"""Converts frames between uint8 `(…, H, W, C)` outside the engine and float `(…, C, H, W)` in [0, 1] inside it; only here."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from einops import rearrange
from torch import Tensor

from svg_studio.engine.events import Frames, read_only


def to_float(frames: npt.NDArray[np.uint8], device: str | torch.device = "cpu") -> Tensor:
    """uint8 `(…, H, W, C)` → float32 `(…, C, H, W)` in [0, 1] on `device`; bytes travel, not floats."""
    if not frames.flags.writeable:
        frames = frames.copy()  # torch warns of tensors over memory that must not change
    return rearrange(torch.from_numpy(frames).to(device), "... h w c -> ... c h w").float().div_(255)


def to_uint8(x: Tensor) -> Frames:
    """float `(…, C, H, W)` → read-only uint8 `(…, H, W, C)`, rounded to the nearest value."""
    bytes_ = x.detach().float().clamp(0, 1).mul(255).round_().to(torch.uint8)
    return read_only(rearrange(bytes_, "... c h w -> ... h w c").contiguous().cpu().numpy())
