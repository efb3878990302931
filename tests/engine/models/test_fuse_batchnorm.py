"""A model made for sampling computes what the trained one computes, and leaves it as it is."""

from __future__ import annotations

import copy

import pytest
import torch
from support.tiny_models import clips, tiny
from torch import nn

from svg_studio.engine.models.fuse_batchnorm import folded
from svg_studio.engine.models.registry import BACKBONES
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling.rollout import reconstruct, sample_batch


def trained(**settings: object) -> SVG:
    return tiny(**settings).eval()


def norms(model: SVG) -> int:
    return sum(isinstance(part, nn.BatchNorm2d) for part in model.modules())


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("prior", ["learned", "fixed"])
@pytest.mark.parametrize("channels", [1, 3])
def test_that_a_folded_model_imagines_the_same_frames(backbone: str, prior: str, channels: int) -> None:
    model = trained(backbone=backbone, prior=prior, channels=channels)
    fast, past = folded(model), clips(model)[:2]
    assert norms(fast) == 0
    ours, theirs = (torch.stack(list(sample_batch(m, past, [3, 8], 4))) for m in (fast, model))
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-10)
    torch.testing.assert_close(reconstruct(fast, clips(model), 2), reconstruct(model, clips(model), 2), rtol=1e-9, atol=1e-10)


def test_that_it_does_so_at_128_px() -> None:
    model = trained(backbone="dcgan", image_width=128)
    ours, theirs = (torch.stack(list(sample_batch(m, clips(model)[:2], [3], 2))) for m in (folded(model), model))
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-10)


def test_that_float32_keeps_within_its_bound() -> None:
    model = trained(backbone="vgg").float()
    past = clips(model)[:2].float()
    ours, theirs = (torch.stack(list(sample_batch(m, past, [3], 20))) for m in (folded(model), model))
    assert (ours - theirs).abs().max() < 1e-5


def test_that_the_trained_model_stays_as_it_is_and_the_rest_is_shared() -> None:
    model = trained(backbone="dcgan")
    before = copy.deepcopy(model.state_dict())
    n_norms = norms(model)
    fast = folded(model)
    assert norms(model) == n_norms > 0
    after = model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert fast.prior.lstm.weight_ih_l0.data_ptr() == model.prior.lstm.weight_ih_l0.data_ptr()
    assert fast.config is model.config or fast.config == model.config
