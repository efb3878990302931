"""The fast schedule computes what the paper's per-frame loop computes."""

from __future__ import annotations

import gc
import itertools

import pytest
import torch
from support.tiny_models import B, T, clips, tiny

from benchmarks import plain
from svg_studio.engine.config import ModelConfig
from svg_studio.engine.models.registry import BACKBONES, build, skeleton
from svg_studio.engine.models.svg import SVG, Losses, gaussian_kl, skip_index


def noise(model: SVG) -> torch.Tensor:
    return torch.randn(T - 1, B, model.config.z_dim, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


def assert_same_losses_and_gradients(model: SVG, *, train: bool, chunk: int) -> None:
    x, eps = clips(model), noise(model)
    model.train(train)
    model.config = ModelConfig.from_dict({**model.config.to_dict(), "time_chunk": chunk})
    ours = model.loss(x, eps=eps)
    names, parameters = zip(*model.named_parameters(), strict=True)
    mine = torch.autograd.grad(ours.total, parameters)
    mse, kld = plain.of(model, train=train).losses(x, eps)
    theirs = torch.autograd.grad(mse + model.config.beta * kld, parameters)
    torch.testing.assert_close(ours.mse, mse, rtol=1e-8, atol=0)
    torch.testing.assert_close(ours.kld, kld, rtol=1e-8, atol=0)
    for name, a, b in zip(names, mine, theirs, strict=True):
        assert (a - b).norm() <= 1e-8 * b.norm() + 1e-13, name


VARIANTS = list(itertools.product(BACKBONES, ("learned", "fixed"), (64, 128)))


@pytest.mark.parametrize("backbone,prior,width", VARIANTS)
@pytest.mark.parametrize("chunk", [0, 1, 2])
def test_that_losses_and_gradients_are_the_per_frame_loops_with_fixed_statistics(
    backbone: str, prior: str, width: int, chunk: int
) -> None:
    model = tiny(backbone=backbone, prior=prior, image_width=width, channels=3 if width == 64 else 1)
    assert_same_losses_and_gradients(model, train=False, chunk=chunk)


@pytest.mark.parametrize("backbone,prior,width", VARIANTS)
def test_that_losses_and_gradients_are_the_per_frame_loops_in_training(backbone: str, prior: str, width: int) -> None:
    model = tiny(backbone=backbone, prior=prior, image_width=width, channels=1 if width == 64 else 3)
    assert_same_losses_and_gradients(model, train=True, chunk=1)


@pytest.mark.parametrize("skip_frame", ["original", "last", "every"])
@pytest.mark.parametrize("n_past", [1, 2, 3])
def test_that_every_skip_frame_follows_the_per_frame_loop(skip_frame: str, n_past: int) -> None:
    model = tiny(skip_frame=skip_frame, n_past=n_past, n_future=T - n_past)
    assert_same_losses_and_gradients(model, train=False, chunk=2)


def test_that_deeper_recurrences_follow_the_per_frame_loop() -> None:
    model = tiny(predictor_rnn_layers=3, posterior_rnn_layers=2, prior_rnn_layers=2)
    assert_same_losses_and_gradients(model, train=False, chunk=0)


def test_that_chunks_change_the_losses_in_training() -> None:
    model = tiny()
    model.train()
    x, eps = clips(model), noise(model)
    values = []
    for chunk in (0, 1):
        model.config = ModelConfig.from_dict({**model.config.to_dict(), "time_chunk": chunk})
        values.append(model.loss(x, eps=eps).mse.item())
    assert values[0] != values[1]


def test_that_running_statistics_are_updated_once_a_frame() -> None:
    model = tiny(time_chunk=1)
    model.train()
    model.loss(clips(model), eps=noise(model))
    assert int(model.encoder.get_buffer("c1.main.1.num_batches_tracked")) == T
    assert int(model.decoder.get_buffer("upc1.1.num_batches_tracked")) == T - 1


def in_training(recompute: bool, **settings: object) -> SVG:
    torch.manual_seed(0)
    base = {"base_width": 2, "g_dim": 6, "z_dim": 3, "rnn_size": 7, "n_past": 3, "n_future": 2, **settings}
    model = build(ModelConfig(**base)).to(memory_format=torch.channels_last)
    model.recompute = recompute
    return model.train()


def losses_of(model: SVG, precision: str = "fp32") -> Losses:
    x = clips(model).float()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
        return model.loss(x, eps=noise(model).float())


RECOMPUTED = [(b, p, s) for b, p, s in itertools.product(BACKBONES, ("learned", "fixed"), ("original", "every"))]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("backbone,prior,skip_frame", RECOMPUTED)
def test_that_recomputing_changes_neither_losses_nor_gradients_nor_statistics(
    backbone: str, prior: str, skip_frame: str, precision: str
) -> None:
    settings = {"backbone": backbone, "prior": prior, "skip_frame": skip_frame, "time_chunk": 2}
    plain_one, thrifty = in_training(False, **settings), in_training(True, **settings)
    before = {name: buffer.clone() for name, buffer in thrifty.named_buffers()}
    ours, theirs = losses_of(thrifty, precision), losses_of(plain_one, precision)
    ours.total.backward()
    theirs.total.backward()
    assert [v.item() for v in ours] == [v.item() for v in theirs]
    for (name, a), b in zip(thrifty.named_parameters(), plain_one.parameters(), strict=True):
        assert a.grad is not None, name
        assert torch.equal(a.grad, b.grad), name
    for (name, a), b in zip(thrifty.named_buffers(), plain_one.buffers(), strict=True):
        assert torch.equal(a, b), name
        assert not torch.equal(a, before[name]), name


def kept_for_backward(model: SVG) -> int:
    """Bytes alive between the forward and the backward pass: what autograd saved, and what Python holds for recomputation."""
    held: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        held[storage.data_ptr()] = storage.nbytes()
        return tensor

    own = {t.untyped_storage().data_ptr() for t in (*model.parameters(), *model.buffers())}
    gc.collect()
    before = {t.untyped_storage().data_ptr() for t in gc.get_objects() if type(t) is torch.Tensor}
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        losses = losses_of(model)
    gc.collect()
    for found in gc.get_objects():
        if type(found) is torch.Tensor and found.untyped_storage().data_ptr() not in before:
            note(found)
    assert losses.total.requires_grad
    return sum(size for place, size in held.items() if place not in own)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_that_recomputing_keeps_clips_and_skip_halves_alone(backbone: str) -> None:
    settings = {"backbone": backbone, "base_width": 8, "time_chunk": 1, "n_past": 1, "n_future": T - 1}
    kept = kept_for_backward(in_training(True, **settings))
    model = in_training(False, **settings)
    x = clips(model).float()
    with torch.no_grad():
        _, skips = model.encode(x[:1], 1)
    halves = sum(4 * half.numel() for half in skips.halves)
    frames = 4 * x.numel()  # the clips; and of what is predicted, the frames and their errors
    assert halves + frames < kept < halves + 4 * frames
    assert kept < kept_for_backward(model) / 3


def test_that_sampling_and_testing_recompute_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = in_training(True, time_chunk=1)
    monkeypatch.setattr("svg_studio.engine.models.svg.recomputed", None)
    with torch.no_grad():
        losses_of(model)
    with pytest.raises(TypeError):
        losses_of(model)


@pytest.mark.parametrize(
    "config,count",
    [
        (ModelConfig(), 12_614_057),
        (ModelConfig(backbone="vgg", channels=3, z_dim=64, n_past=2), 22_831_747),
    ],
)
def test_that_the_papers_settings_have_the_papers_parameters(config: ModelConfig, count: int) -> None:
    assert sum(p.numel() for p in skeleton(config).parameters()) == count


def test_that_kl_is_the_one_of_torch_distributions() -> None:
    mu, logvar, mu_p, logvar_p = torch.randn(4, T, B, 6, dtype=torch.float64)
    q, p = (torch.distributions.Normal(m, (0.5 * v).exp()) for m, v in ((mu, logvar), (mu_p, logvar_p)))
    expected = torch.distributions.kl_divergence(q, p).sum((0, 2)).mean()
    torch.testing.assert_close(gaussian_kl(mu, logvar, mu_p, logvar_p), expected)


def test_that_weights_start_as_the_originals() -> None:
    torch.manual_seed(0)
    model = build(ModelConfig(base_width=32))
    conv, norm = model.encoder.get_submodule("c4.main.0"), model.encoder.get_submodule("c4.main.1")
    assert conv.weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert norm.weight.mean().item() == pytest.approx(1, abs=0.01)
    assert norm.weight.std().item() == pytest.approx(0.02, rel=0.25)
    assert not conv.bias.any()
    assert model.prior.embed.weight.std().item() == pytest.approx(0.02, rel=0.02)
    bound = 256**-0.5  # the LSTM cells keep PyTorch's default
    assert model.prior.lstm.weight_hh_l0.abs().max().item() == pytest.approx(bound, rel=0.01)


def test_that_skips_are_those_of_the_last_but_one_frame_unless_asked_otherwise() -> None:
    assert skip_index("original", 3, 5).tolist() == [0, 1, 1, 1, 1]
    assert skip_index("original", 1, 3).tolist() == [0, 0, 0]
    assert skip_index("last", 3, 5).tolist() == [0, 1, 2, 2, 2]
    assert skip_index("every", 3, 5).tolist() == [0, 1, 2, 3, 4]


def test_that_base_width_scales_the_backbone() -> None:
    narrow, wide = build(ModelConfig(base_width=4)), build(ModelConfig(base_width=8))
    assert narrow.encoder.get_parameter("c2.main.0.weight").shape == (8, 4, 4, 4)
    assert wide.encoder.get_parameter("c2.main.0.weight").shape == (16, 8, 4, 4)
