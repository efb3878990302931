"""PSNR and SSIM of videos against the truth, frame by frame.

SSIM comes in two conventions, whose figures must not be compared with each other (see `Convention`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor


@dataclass(frozen=True)
class Convention:
    """How SSIM is computed: `window` along each axis, applied only where it lies wholly inside the frame."""

    window: tuple[float, ...]  # sums to 1
    data_range: float
    covariance: float  # factor on variances and covariances: 1, or n / (n - 1) for a sample's


def _gaussian(size: int, sigma: float) -> tuple[float, ...]:
    weights = [math.exp(-0.5 * ((i - size // 2) / sigma) ** 2) for i in range(size)]
    return tuple(w / sum(weights) for w in weights)


LITERATURE = Convention(_gaussian(11, 1.5), 1.0, 1.0)
# as the original: scikit-image's default, which took floats to range over -1 … 1, with the sample covariance of 49 pixels
ORIGINAL = Convention((1 / 7,) * 7, 2.0, 49 / 48)
K1, K2 = 0.01, 0.03  # Wang et al. 2004
MAX_PSNR = 100.0  # dB, of frames that are equal


@torch.no_grad()
def ssim(x: Tensor, truth: Tensor, convention: Convention = LITERATURE) -> Tensor:
    """`(…, C, H, W)` in [0, 1], twice → `(…)`: the mean over windows and channels (Wang et al. 2004).

    `truth` may lack leading axes of `x`: several futures of one clip cost its part once.
    """
    rows, columns = (_band(convention.window, size, x.dtype, x.device) for size in x.shape[-2:])

    def mean(v: Tensor) -> Tensor:
        # two products with band matrices, which are faster than a convolution with a window of few channels
        return rows @ (v @ columns.mT)

    c1, c2 = (K1 * convention.data_range) ** 2, (K2 * convention.data_range) ** 2
    mu_x, mu_y = mean(x), mean(truth)
    var_x, var_y, cov = (
        convention.covariance * v
        for v in (mean(x * x) - mu_x.square(), mean(truth * truth) - mu_y.square(), mean(x * truth) - mu_x * mu_y)
    )
    luminance = (2 * mu_x * mu_y + c1) / (mu_x.square() + mu_y.square() + c1)
    structure = (2 * cov + c2) / (var_x + var_y + c2)
    return (luminance * structure).mean((-3, -2, -1))


def ssim_original(x: Tensor, truth: Tensor) -> Tensor:
    """`ssim` by the original's convention."""
    return ssim(x, truth, ORIGINAL)


@torch.no_grad()
def psnr(x: Tensor, truth: Tensor) -> Tensor:
    """`(…, C, H, W)` in [0, 1], twice → `(…)` in dB, averaged over channels as in the literature; 100 dB at most."""
    mse = (x - truth).square().mean((-2, -1))  # (…, C)
    return (-10 * torch.log10(mse.clamp(min=10 ** (-MAX_PSNR / 10)))).mean(-1)


@lru_cache(maxsize=8)
def _band(window: tuple[float, ...], size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """(size - len(window) + 1, size): row i weighs the pixels i … i + len(window) - 1."""
    band = torch.zeros(size - len(window) + 1, size, dtype=dtype)
    for i in range(len(band)):
        band[i, i : i + len(window)] = torch.tensor(window, dtype=dtype)
    return band.to(device)
