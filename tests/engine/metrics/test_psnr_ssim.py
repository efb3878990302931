"""SSIM and PSNR are those that scikit-image computes, SSIM in each of its conventions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from svg_studio.engine.metrics import psnr_ssim
from svg_studio.engine.metrics.psnr_ssim import LITERATURE, ORIGINAL
from svg_studio.engine.metrics.registry import METRICS


@pytest.fixture(params=[1, 3], ids=["grey", "colour"])
def pair(request: pytest.FixtureRequest) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(0)
    truth = torch.nn.functional.avg_pool2d(torch.rand(4, request.param, 70, 74, generator=g), 7, 1)
    return (truth + 0.05 * torch.randn(truth.shape, generator=g)).clamp(0, 1), truth


def in_the_literature(x: np.ndarray, y: np.ndarray) -> float:
    """'valid': windows inside the frame alone."""
    _, image = structural_similarity(
        x, y, win_size=11, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0, full=True
    )
    return float(image[5:-5, 5:-5].mean())


def as_the_original(x: np.ndarray, y: np.ndarray) -> float:
    """scikit-image's default with the data range it took floats to have."""
    return float(structural_similarity(x, y, data_range=2.0))


@pytest.mark.parametrize("convention,theirs", [(LITERATURE, in_the_literature), (ORIGINAL, as_the_original)])
def test_that_ssim_is_scikit_images(pair, convention, theirs) -> None:  # type: ignore[no-untyped-def]
    ours = psnr_ssim.ssim(*pair, convention)
    for value, x, y in zip(ours, *(p.double().numpy() for p in pair), strict=True):
        expected = np.mean([theirs(a, b) for a, b in zip(x, y, strict=True)])  # channel by channel, as the original
        assert value.item() == pytest.approx(expected, abs=1e-5)
        assert expected < 0.99


def test_that_the_literatures_convention_is_the_default(pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    assert torch.equal(psnr_ssim.ssim(*pair), psnr_ssim.ssim(*pair, LITERATURE))
    assert (psnr_ssim.ssim(*pair) - psnr_ssim.ssim(*pair, ORIGINAL)).abs().min() > 0.01


@pytest.mark.parametrize("metric", [psnr_ssim.ssim, psnr_ssim.psnr])
def test_that_several_futures_share_one_truth(metric) -> None:  # type: ignore[no-untyped-def]
    x, truth = torch.rand(5, 2, 3, 20, 20), torch.rand(2, 3, 20, 20)  # (K, B, C, H, W), (B, C, H, W)
    together = metric(x, truth)
    assert together.shape == (5, 2)
    for k in range(5):
        torch.testing.assert_close(together[k], metric(x[k], truth), rtol=0, atol=1e-5)


def test_that_no_frames_have_no_ssim() -> None:
    assert psnr_ssim.ssim(torch.zeros(0, 1, 64, 64), torch.zeros(0, 1, 64, 64)).shape == (0,)


def test_that_conventions_are_named() -> None:
    assert "11×11 Gaussian window, sigma 1.5, data range 1, valid" in METRICS["ssim_literature"].convention
    assert "7×7 uniform window, data range 2" in METRICS["ssim_original"].convention


def test_that_psnr_is_averaged_over_channels() -> None:
    x, y = np.random.default_rng(0).random((2, 5, 3, 16, 16), dtype=np.float32)
    x[:, 0] = 0.9 * y[:, 0] + 0.1 * x[:, 0]  # channels of unlike errors: a mean over dB, not one over squared errors
    expected = [
        np.mean([peak_signal_noise_ratio(b, a, data_range=1) for a, b in zip(i, j, strict=True)]) for i, j in zip(x, y, strict=True)
    ]
    assert psnr_ssim.psnr(torch.from_numpy(x), torch.from_numpy(y)).tolist() == pytest.approx(expected, rel=1e-5)


def test_that_equal_frames_score_best() -> None:
    x = torch.rand(2, 1, 64, 64)
    for convention in (LITERATURE, ORIGINAL):
        assert psnr_ssim.ssim(x, x, convention).tolist() == pytest.approx([1, 1])
    assert psnr_ssim.psnr(x, x).tolist() == pytest.approx([100, 100])
