"""SSIM and PSNR are those that scikit-image computes with the literature's settings."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from svg_studio.engine import metrics


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(0)
    truth = torch.nn.functional.avg_pool2d(torch.rand(4, 1, 70, 70, generator=g), 7, 1)
    return (truth + 0.05 * torch.randn(truth.shape, generator=g)).clamp(0, 1), truth


def test_that_ssim_is_the_literatures(pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    ours = metrics.ssim(*pair)
    for value, x, y in zip(ours, *pair, strict=True):
        _, image = structural_similarity(
            x[0].double().numpy(), y[0].double().numpy(), win_size=11, gaussian_weights=True, sigma=1.5,
            use_sample_covariance=False, data_range=1.0, full=True,
        )  # fmt: skip
        assert value.item() == pytest.approx(image[5:-5, 5:-5].mean(), abs=2e-5)  # 'valid': windows inside the frame alone


def test_that_psnr_is_averaged_over_channels() -> None:
    x, y = np.random.default_rng(0).random((2, 5, 3, 16, 16), dtype=np.float32)
    expected = [
        np.mean([peak_signal_noise_ratio(b, a, data_range=1) for a, b in zip(i, j, strict=True)]) for i, j in zip(x, y, strict=True)
    ]
    assert metrics.psnr(torch.from_numpy(x), torch.from_numpy(y)).tolist() == pytest.approx(expected, rel=1e-5)


def test_that_equal_frames_score_best() -> None:
    x = torch.rand(2, 1, 64, 64)
    assert metrics.ssim(x, x).tolist() == pytest.approx([1, 1])
    assert metrics.psnr(x, x).tolist() == [100, 100]
