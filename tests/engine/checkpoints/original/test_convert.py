"""The authors' checkpoints compute what they computed, whatever PyTorch wrote them; what does not fit is refused by name."""

from __future__ import annotations

from argparse import Namespace
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from support.authors_files import FrameByFrame, authors_model, authors_modules, authors_options, save
from support.pickled_by_hand import G, Storages, legacy, of_0_3, options
from torch import nn

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.checkpoints.import_job import import_file
from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.errors import CheckpointError
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling.rollout import reconstruct


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def assert_same(model: SVG, parts: dict[str, nn.Module], backbone: str, n_past: int = 3, skips: str = "original") -> None:
    """The model and the modules it came from give the same frames, with true inputs and with their own."""
    c = model.config
    plain = FrameByFrame(parts, backbone, n_past, skips)
    x, eps = torch.rand(6, 2, c.channels, c.image_width, c.image_width), torch.randn(5, 2, c.z_dim)
    with torch.no_grad():
        frames, q, p = model.predict(x, eps=eps)
    expected, stats = plain.teacher_forced(x, eps)
    assert expected.std(0).mean() > 0.004, "the frames are all alike, so that nothing is compared"
    torch.testing.assert_close(frames, expected, rtol=0, atol=1e-5)
    for ours, theirs in zip((*q, *p), stats, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)
    torch.testing.assert_close(reconstruct(model, x, n_past), plain.approximate_posterior(x), rtol=0, atol=1e-5)


@pytest.mark.parametrize("layout", ["legacy", "zip"])
@pytest.mark.parametrize("prior", [True, False], ids=["LP", "FP"])
@pytest.mark.parametrize("backbone, width, channels", [("dcgan", 64, 1), ("dcgan", 128, 3), ("vgg", 64, 3), ("vgg", 128, 1)])
def test_that_an_imported_model_computes_what_the_original_did(
    tmp_path: Path, backbone: str, width: int, channels: int, prior: bool, layout: str
) -> None:
    shape = (backbone, width, channels, prior)
    parts = authors_model(*shape)
    path = save(tmp_path / "model.pth", parts, authors_options(*shape), layout, width)
    found = checkpoint.load(path)
    assert (found.step, found.optimizer, found.random, found.path) == (0, None, None, path)
    model = found.model()
    assert not model.training
    assert model.config.prior == ("learned" if prior else "fixed")
    assert_same(model, parts, backbone)
    assert f"{layout} layout: SVG-{'LP' if prior else 'FP'}, {backbone}, {width} px" in found.notes


@pytest.mark.parametrize("layers", [(3, 1, 1), (1, 2, 1), (1, 1, 2)])
def test_that_any_number_of_layers_is_taken_in_order(tmp_path: Path, layers: tuple[int, int, int]) -> None:
    parts = authors_model(layers=layers)
    path = save(tmp_path / "model.pth", parts, authors_options(), "zip")
    model = checkpoint.load_model(path)
    c = model.config
    assert (c.predictor_rnn_layers, c.posterior_rnn_layers, c.prior_rnn_layers) == layers
    assert_same(model, parts, "dcgan")


def test_that_skips_of_every_frame_travel_along(tmp_path: Path) -> None:
    parts = authors_model()
    path = save(tmp_path / "model.pth", parts, authors_options(last_frame_skip=True), "zip")
    model = checkpoint.load_model(path)
    assert model.config.skip_frame == "every"
    assert_same(model, parts, "dcgan", skips="every")


# ---- what other versions of PyTorch wrote


def old_file(parts: dict[str, nn.Module], storages: Storages, backbone: str, width: int = 64, python2: bool = False) -> bytes:
    """A file of PyTorch 0.3."""
    kept = {"num_batches_tracked"}
    tensors = [v for part in parts.values() for name, v in part.state_dict().items() if name.rpartition(".")[2] not in kept]
    hidden = [v for part in parts.values() for pair in getattr(part, "hidden", []) for v in pair]
    storages.total = sum(v.numel() for v in (*tensors, *hidden))
    with authors_modules(width):
        content: dict[str, Any] = {name: of_0_3(part, storages) for name, part in parts.items()}

    opt = vars(authors_options(backbone, width, 3)) | {"optimizer": G("torch.optim.adam", "Adam")}
    return legacy({**content, "opt": options(opt)}, storages.done(), python2=python2)


@pytest.mark.parametrize("python2", [False, True], ids=["Python 3", "Python 2"])
@pytest.mark.parametrize("shared", [False, True], ids=["a storage each", "views into one storage"])
@pytest.mark.parametrize("place", ["torch", "torch.cuda"])
def test_that_files_of_pytorch_0_3_open(tmp_path: Path, place: str, shared: bool, python2: bool) -> None:
    parts = authors_model("vgg", 64, 3)
    path = tmp_path / "svglp_bair.pth"
    path.write_bytes(old_file(parts, Storages(place, shared=shared), "vgg", python2=python2))
    found = checkpoint.load(path)
    assert_same(found.model(), parts, "vgg")
    counts = [v for part in found.weights.values() for name, v in part.items() if name.endswith("num_batches_tracked")]
    assert counts
    assert all(torch.equal(v, torch.zeros((), dtype=torch.int64)) for v in counts)
    assert found.config.lr == 0.001


def test_that_batchnorms_counts_come_along_where_there_are_any(tmp_path: Path) -> None:
    parts = authors_model()
    parts["encoder"].c1.main[1].num_batches_tracked.fill_(70)
    path = save(tmp_path / "model.pth", parts, authors_options(), "zip")
    weights = checkpoint.load(path).weights["encoder"]
    assert weights["c1.main.1.num_batches_tracked"] == 70
    assert torch.equal(weights["c1.main.1.running_var"], parts["encoder"].c1.main[1].running_var)


@pytest.mark.parametrize("layout", ["legacy", "zip"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_that_other_precisions_become_float32(tmp_path: Path, dtype: torch.dtype, layout: str) -> None:
    parts = authors_model()
    for part in parts.values():
        part.to(dtype)
    path = save(tmp_path / "model.pth", parts, authors_options(), layout)
    model = checkpoint.load_model(path)
    assert all(p.dtype == torch.float32 for p in model.parameters())
    assert_same(model, {name: part.float() for name, part in parts.items()}, "dcgan")


@pytest.mark.parametrize("layout", ["legacy", "zip"])
def test_that_strides_offsets_and_shared_storages_are_followed(tmp_path: Path, layout: str) -> None:
    parts = authors_model()
    encoder, posterior = parts["encoder"], parts["posterior"]
    turned = torch.empty(6, 16, 4, 4).permute(3, 1, 0, 2).contiguous().permute(2, 1, 3, 0)
    encoder.c5[0].weight.data = turned.copy_(encoder.c5[0].weight.data)  # neither contiguous nor channels-last
    long = torch.randn(40)
    posterior.mu_net.weight.data = long[3:33:2].view(3, 5)
    posterior.logvar_net.weight.data = long[2:32:2].view(3, 5)  # between the other's numbers
    posterior.logvar_net.bias.data = posterior.mu_net.bias.data  # one tensor, twice
    path = save(tmp_path / "model.pth", parts, authors_options(), layout)
    model = checkpoint.load_model(path)
    assert_same(model, parts, "dcgan")
    places = {p.untyped_storage().data_ptr() for p in model.parameters()}
    assert len(places) == len(list(model.parameters())), "two weights share their numbers"


def test_that_a_kept_pickle_protocol_and_names_alone_do_not_matter(tmp_path: Path) -> None:
    parts = authors_model()
    path = save(tmp_path / "model.with dots", parts, vars(authors_options()), "zip")  # options as a dict
    assert checkpoint.load(path).config.batch_size == 16


# ---- options


def test_that_the_options_travel_along_but_no_folders(tmp_path: Path) -> None:
    path = save(tmp_path / "model.pth", authors_model(), authors_options(), "legacy")
    assert checkpoint.load(path).config == TrainConfig(
        model=ModelConfig(n_past=3, n_future=4, g_dim=6, z_dim=3, rnn_size=5, beta=0.0002, base_width=2),
        data=DataConfig(dataset="smmnist", num_digits=1),
        lr=0.001, beta1=0.8, batch_size=16, niter=200, epoch_size=500, n_eval=12, seed=7, data_threads=4,
    )  # fmt: skip


@pytest.mark.parametrize(
    "given, expected",
    [
        ({"optimizer": torch.optim.SGD}, "sgd"),
        ({"optimizer": torch.optim.RMSprop}, "rmsprop"),
        ({"optimizer": "rmsprop"}, "rmsprop"),
        ({"optimizer": torch.optim.Adagrad}, "adam"),
    ],
)
def test_that_the_optimisers_class_becomes_its_name(tmp_path: Path, given: dict, expected: str) -> None:
    path = save(tmp_path / "model.pth", authors_model(), authors_options(**given), "zip")
    found = checkpoint.load(path)
    assert found.config.optimizer == expected
    assert ("optimiser 'adagrad' is not known" in found.notes) == (given["optimizer"] is torch.optim.Adagrad)


@pytest.mark.parametrize(
    "said, channels, width, expected",
    [
        ("bair", 3, 64, "bair"),
        ("kth", 1, 128, "kth"),
        ("smmnist", 3, 64, "smmnist"),
        ("kth", 3, 64, "bair"),
        ("ucf", 1, 64, "smmnist"),
    ],
)
def test_that_the_data_set_is_one_of_ours_that_fits(tmp_path: Path, said: str, channels: int, width: int, expected: str) -> None:
    path = save(
        tmp_path / "model.pth",
        authors_model("dcgan", width, channels),
        authors_options("dcgan", width, channels, dataset=said),
        "zip",
        width,
    )
    found = checkpoint.load(path)
    assert found.config.data == DataConfig(dataset=expected, num_digits=1)
    assert (f"{said!r} is not known here" in found.notes) == (said != expected)


def test_that_weights_win_over_options_and_that_it_is_said(tmp_path: Path) -> None:
    wrong = authors_options("vgg", 128, 3, g_dim=128, z_dim=64, rnn_size=256, prior_rnn_layers=2, predictor_rnn_layers=7)
    parts = authors_model("dcgan", 64, 1)
    found = checkpoint.load(save(tmp_path / "model.pth", parts, wrong, "zip"))
    assert_same(found.model(), parts, "dcgan")
    for sentence in (
        "model='vgg', its weights dcgan.", "image_width=128, its weights 64.", "channels=3, its weights 1.",
        "g_dim=128, its weights 6.",
        "z_dim=64, its weights 3.", "rnn_size=256, its weights 5.", "prior_rnn_layers=2, its weights 1.",
        "predictor_rnn_layers=7, its weights 2.",
    ):  # fmt: skip
        assert f"Its options say {sentence}" in found.notes
    assert "posterior_rnn_layers" not in found.notes


def test_that_missing_options_are_the_originals_defaults(tmp_path: Path) -> None:
    found = checkpoint.load(save(tmp_path / "model.pth", authors_model(prior=False), Namespace(), "zip"))
    assert found.config == TrainConfig(
        model=ModelConfig(prior="fixed", g_dim=6, z_dim=3, rnn_size=5, base_width=2), log_dir="logs/fp"
    )  # fmt: skip
    assert found.notes.endswith("does not say n_past, n_future, beta; the original's n_past=5, n_future=10, beta=0.0001 stand.")
    without = {**authors_model(prior=False)}
    with authors_modules(64):
        torch.save(without, tmp_path / "none.pth")
    assert checkpoint.load(tmp_path / "none.pth").config == found.config


def test_that_options_of_no_use_give_way_to_the_defaults(tmp_path: Path) -> None:
    odd = authors_options(
        n_past=-2, n_future="ten", beta=float("nan"), batch_size=10**12, lr=True, seed=-1, n_eval=3, num_digits=0,
        last_frame_skip="False",        unheard_of=object, niter=[3],
    )  # fmt: skip
    del odd.unheard_of
    found = checkpoint.load(save(tmp_path / "model.pth", authors_model(), odd, "zip"))
    c = found.config
    assert (c.model.n_past, c.model.n_future, c.model.beta, c.model.skip_frame) == (5, 10, 1e-4, "original")
    assert (c.batch_size, c.lr, c.seed, c.n_eval, c.data.num_digits, c.niter) == (100, 0.002, 1, 30, 2, 300)
    for name in (
        "n_past=-2",
        "n_future='ten'",
        "beta=nan",
        "batch_size=1000000000000",
        "lr=True",
        "seed=-1",
        "n_eval=3",
        "num_digits=0",
    ):
        assert f"Its option {name} is of no use" in found.notes


def test_that_n_eval_is_judged_by_the_files_own_horizon(tmp_path: Path) -> None:
    found = checkpoint.load(save(tmp_path / "a.pth", authors_model(), authors_options(n_past=20, n_future=30, n_eval=50), "zip"))
    assert found.config.n_eval == 50
    found = checkpoint.load(save(tmp_path / "b.pth", authors_model(), authors_options(n_past=20, n_future=30, n_eval=40), "zip"))
    assert found.config.n_eval == 50
    assert "n_eval=40 is of no use; 50 stands" in found.notes


# ---- what does not fit together


def changed(change: str) -> dict[str, Any]:
    """The parts of a model with something wrong."""
    parts: dict[str, Any] = authors_model()
    encoder, posterior = parts["encoder"], parts["posterior"]
    match change:
        case "no encoder":
            del parts["encoder"]
        case "a part that is a list":
            parts["decoder"] = [1, 2]
        case "a weight too many":
            encoder.c1.main.add_module("3", nn.Linear(2, 2))
        case "a weight too few":
            del posterior.lstm[0].bias_hh
        case "a layer missing":
            del encoder.c3
        case "a last stage missing":
            del encoder.c5
        case "another shape":
            posterior.mu_net.bias = nn.Parameter(torch.zeros(4))
        case "a number that is none":
            parts["prior"].embed.weight.data[1, 1] = float("nan")
        case "an endless running variance":
            encoder.c1.main[1].running_var[0] = float("inf")
        case "a double too large for float32":
            posterior.mu_net.double().bias.data[0] = 1e300
        case "whole numbers":
            encoder.c1.main[0].weight = nn.Parameter(encoder.c1.main[0].weight.data.long(), requires_grad=False)
        case "a count with a point":
            encoder.c1.main[1].num_batches_tracked = torch.tensor(1.5)
        case "no running mean":
            encoder.c2.main[1].running_mean = None
        case "parts in each other's places":
            parts["posterior"], parts["frame_predictor"] = parts["frame_predictor"], posterior
        case "a gap between the layers":
            parts["frame_predictor"].lstm = nn.ModuleDict({"0": nn.LSTMCell(5, 5), "2": nn.LSTMCell(5, 5)})
        case "another slope":
            parts["decoder"].upc3.main[2].negative_slope = 0.1
        case "another eps":
            encoder.c5[1].eps = 1e-3
        case "another activation":
            encoder.c1.main[2] = nn.ReLU()
        case "too large a model":
            parts = authors_model(nf=600) if False else parts
            posterior.mu_net = nn.Linear(5, 9000)
        case "layers that are counted from 1":
            parts["frame_predictor"].lstm = nn.Sequential(OrderedDict({"1": nn.LSTMCell(5, 5), "2": nn.LSTMCell(5, 5)}))
        case _:
            raise AssertionError(change)
    return parts


@pytest.mark.parametrize(
    "change, sentence",
    [
        ("no encoder", "holds weights of decoder, frame_predictor, posterior and prior alone"),
        ("a part that is a list", "holds weights of encoder, frame_predictor, posterior and prior alone"),
        ("a weight too many", r"no use for \(encoder.'c1.main.3"),
        ("a weight too few", r"lacks the weight posterior.lstm.bias_hh_l0"),
        ("a layer missing", r"lacks the weight encoder.c3.main.0.weight"),
        ("a last stage missing", r"lacks the weight encoder.c5.0.weight"),
        ("another shape", r"posterior.mu_net.bias of shape \(4,\), where .* \(3,\)"),
        ("a number that is none", r"no finite number, in prior.embed.weight"),
        ("an endless running variance", r"no finite number, in encoder.c1.main.1.running_var"),
        ("a double too large for float32", r"no finite number, in posterior.mu_net.bias"),
        ("whole numbers", r"encoder.c1.main.0.weight in numbers of the wrong kind \(torch.int64\)"),
        ("a count with a point", r"c1.main.1.num_batches_tracked in numbers of the wrong kind"),
        ("no running mean", r"lacks the weight encoder.c2.main.1.running_mean"),
        ("parts in each other's places", r"lacks the weight posterior.mu_net.weight"),
        ("another slope", "has a LeakyReLU whose negative_slope is not 0.2"),
        ("another eps", "has a BatchNorm2d whose eps is not 1e-05"),
        ("another activation", "names 'torch.nn.modules.activation ReLU'"),
        ("a gap between the layers", "names 'torch.nn.modules.container ModuleDict'"),
        ("layers that are counted from 1", r"has no use for \(frame_predictor.'lstm.bias_hh_l2"),
        ("too large a model", r"cannot be built here \(z_dim=9000"),
    ],
)
@pytest.mark.parametrize("layout", ["legacy", "zip"])
def test_that_weights_that_make_no_model_are_refused_by_name(tmp_path: Path, change: str, sentence: str, layout: str) -> None:
    path = save(tmp_path / "model.pth", changed(change), authors_options(), layout)
    with pytest.raises(CheckpointError, match=sentence) as refusal:
        checkpoint.load(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("layout", ["legacy", "zip"])
def test_that_one_number_is_not_repeated_into_a_great_model(tmp_path: Path, layout: str) -> None:
    parts = authors_model(nf=32)
    assert checkpoint.load(save(tmp_path / "fair.pth", parts, authors_options(), layout)).config.model.base_width == 32
    for part in parts.values():
        for weight in part.parameters():
            weight.data = torch.ones(1).expand(weight.shape)
    path = save(tmp_path / "model.pth", parts, authors_options(), layout)
    with pytest.raises(CheckpointError, match="repeats its numbers"):
        checkpoint.load(path)


# ---- the job and the places that open checkpoints


def test_that_import_writes_a_checkpoint_of_ours(tmp_path: Path) -> None:
    parts = authors_model()
    source, out = save(tmp_path / "model.pth", parts, authors_options(), "legacy"), tmp_path / "new" / "model.pt"
    events = list(import_file(source, out))
    found = checkpoint.load(out)
    assert checkpoint.is_ours(out)
    assert not checkpoint.is_ours(source)
    assert_same(found.model(), parts, "dcgan")
    assert found.config == checkpoint.load(source).config
    assert "Imported from model.pth" in found.notes
    assert events[0].text == found.notes  # type: ignore[union-attr]
    assert (events[1].path, events[1].size) == (out, out.stat().st_size)  # type: ignore[union-attr]


def test_that_import_replaces_nothing_unasked(tmp_path: Path) -> None:
    source, out = save(tmp_path / "model.pth", authors_model(), authors_options(), "zip"), tmp_path / "model.pt"
    out.write_bytes(b"dear to me")
    with pytest.raises(CheckpointError, match=r"model\.pt exists: choose another name or allow it to be replaced$"):
        list(import_file(source, out))
    assert out.read_bytes() == b"dear to me"
    list(import_file(source, out, replace=True))
    with pytest.raises(CheckpointError, match="SVG Studio already"):
        list(import_file(out, tmp_path / "again.pt"))
    with pytest.raises(CheckpointError, match="there is no such file"):
        list(import_file(tmp_path / "absent.pth", tmp_path / "again.pt"))
    assert not (tmp_path / "again.pt").exists()


def test_that_a_folder_stands_for_the_authors_checkpoint_in_it(tmp_path: Path) -> None:
    save(tmp_path / "model.pth", authors_model(), authors_options(), "zip")
    assert checkpoint.load(tmp_path).path == tmp_path / "model.pth"
