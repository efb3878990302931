"""The metrics of an evaluation by name: METRICS; reading it imports no torch.

A new one is one file and one entry here. LPIPS, which wants weights, is engine/metrics/lpips.py.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class MetricEntry:
    """How a figure is called and read, and "module:function", which compares frames with the truth.

    It is given `(…, C, H, W)` in [0, 1] twice, of which the truth may lack leading axes, and returns `(…)`.
    """

    title: str
    unit: str
    convention: str  # belongs beside every figure
    implementation: str
    higher_is_better: bool = True
    ssim: str = ""  # the value of the setting `ssim` that asks for it; empty: it is always taken

    def load(self) -> Callable[[Tensor, Tensor], Tensor]:
        """The function."""
        module, _, name = self.implementation.partition(":")
        function: Callable[[Tensor, Tensor], Tensor] = getattr(importlib.import_module(module), name)
        return function


METRICS: dict[str, MetricEntry] = {
    "psnr": MetricEntry(
        "PSNR", "dB", "mean over channels, data range 1, 100 dB at most", "svg_studio.engine.metrics.psnr_ssim:psnr"
    ),
    "ssim_literature": MetricEntry(
        "SSIM",
        "",
        "11×11 Gaussian window, sigma 1.5, data range 1, valid (the literature's)",
        "svg_studio.engine.metrics.psnr_ssim:ssim",
        ssim="literature",
    ),
    "ssim_original": MetricEntry(
        "SSIM",
        "",
        "7×7 uniform window, data range 2 (the original's)",
        "svg_studio.engine.metrics.psnr_ssim:ssim_original",
        ssim="original",
    ),
}
