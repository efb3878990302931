"""How near a video is to the truth, frame by frame; knows no model.

SSIM here is the literature's convention (11×11 Gaussian window, sigma 1.5, data range 1, no padding), not the original's.
"""

from __future__ import annotations

import torch
from torch import Tensor

from svg_studio.engine.torchvision_shim import ensure_torchvision

HALF_WINDOW = 5  # of an 11×11 window


@torch.no_grad()
def ssim(x: Tensor, truth: Tensor) -> Tensor:
    """`(N, C, H, W)` in [0, 1], twice → `(N,)`."""
    ensure_torchvision()  # torchmetrics imports it
    from torchmetrics.functional.image import structural_similarity_index_measure

    if not len(x):
        return x.new_zeros(0)
    # Its own mean takes in windows that hang over the edge; the literature's 'valid' convention leaves them out.
    _, image = structural_similarity_index_measure(x, truth, sigma=1.5, data_range=1.0, reduction="none", return_full_image=True)
    inside = slice(HALF_WINDOW, -HALF_WINDOW)
    return image[..., inside, inside].flatten(1).mean(1)


@torch.no_grad()
def psnr(x: Tensor, truth: Tensor) -> Tensor:
    """`(N, C, H, W)` in [0, 1], twice → `(N,)` in dB, averaged over channels as in the literature; 100 dB at most."""
    mse = (x - truth).square().flatten(2).mean(-1)  # (N, C)
    return (-10 * torch.log10(mse.clamp(min=1e-10))).mean(1)
