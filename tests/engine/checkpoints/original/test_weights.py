"""SVG's weights are found whatever they are wrapped in; other networks and other files are told what they are."""

from __future__ import annotations

import argparse
import collections
import enum
import pathlib
import pickle
import re
import struct
import zipfile
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support.authors_files import authors_model, authors_modules
from torch import Tensor, nn

from svg_studio.cli import main as cli
from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.errors import CheckpointError

Parts = dict[str, nn.Module]


class Mode(enum.Enum):
    FAST = 1


class Settings(dict):
    """As frameworks keep options: a dict with attributes."""


class Whole(nn.Module):
    def __init__(self, parts: Parts) -> None:
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


def flat(parts: Parts, prefix: str = "", inner: str = "") -> OrderedDict[str, Tensor]:
    """One state_dict of all parts, with what stands before a part's name and between that and the weight's."""
    held = Whole(parts).state_dict()
    names = {name: f"{prefix}{name.replace('.', f'.{inner}', 1)}" for name in held}
    return OrderedDict((names[name], value) for name, value in held.items())


def state_dicts(parts: Parts, end: str = "") -> dict[str, Any]:
    return {f"{name}{end}": part.state_dict() for name, part in parts.items()}


def in_our_names(parts: Parts) -> dict[str, Tensor]:
    """With one LSTM of several layers, as this program's and most people's own models have."""
    held = flat(parts).items()
    return {re.sub(r"lstm\.(\d)\.(\w+)", r"lstm.\2_l\1", name).replace("output.0.", "output."): value for name, value in held}


def lightning(parts: Parts) -> dict[str, Any]:
    optimiser = torch.optim.Adam(Whole(parts).parameters())
    return {
        "epoch": 3, "global_step": 90, "pytorch-lightning_version": "2.1.0", "state_dict": flat(parts, "model."),
        "callbacks": {"ModelCheckpoint{'monitor': None}": {"best_model_score": torch.tensor(0.5), "dirpath": "/x"}},
        "optimizer_states": [optimiser.state_dict()], "lr_schedulers": [], "hparams_name": "kwargs", "loops": {"fit": {}},
        "hyper_parameters": Settings(n_past=np.int64(4), beta=np.float64(0.5), lr=np.float32(0.25)),
    }  # fmt: skip


WRAPPED: dict[str, Callable[[Parts], Any]] = {
    "a state_dict": flat,
    "a plain dict of tensors": lambda parts: dict(flat(parts)),
    "one LSTM of several layers": in_our_names,
    "a dict of state_dicts": state_dicts,
    "state_dicts by longer names": lambda parts: state_dicts(parts, "_state_dict"),
    **{name: lambda parts, name=name: {name: flat(parts), "epoch": 3} for name in ("state_dict", "model", "net", "weights")},
    "model_state_dict and an optimiser": lambda parts: {
        "model_state_dict": flat(parts), "optimizer_state_dict": torch.optim.Adam(Whole(parts).parameters()).state_dict(),
    },
    "state_dicts within": lambda parts: {"epoch": 1, "models": state_dicts(parts)},
    "DataParallel's names": lambda parts: flat(parts, "module."),
    "DataParallel around each part": lambda parts: {"state_dict": flat(parts, "", "module.")},
    "torch.compile's names": lambda parts: flat(parts, "_orig_mod."),
    "both": lambda parts: flat(parts, "module._orig_mod.", "_orig_mod."),
    "the authors' modules in DataParallel": lambda parts: {name: nn.DataParallel(part) for name, part in parts.items()},
    "the whole module": Whole,
    "the whole module in DataParallel": lambda parts: {"model": nn.DataParallel(Whole(parts))},
    "Lightning's": lightning,
    "an average beside them": lambda parts: {
        "ema": {name: value * 0 for name, value in flat(parts).items()}, "trained_model": flat(parts)
    },
    "double precision": lambda parts: {name: value.double() if value.is_floating_point() else value
                                       for name, value in flat(parts).items()},
    "parameters": lambda parts: {name: nn.Parameter(v) for name, v in flat(parts).items() if v.is_floating_point()},
    "no contiguous tensors": lambda parts: {name: value.mT.contiguous().mT if value.ndim > 1 else value
                                            for name, value in flat(parts).items()},
}  # fmt: skip


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def written(path: Path, content: Any, layout: str = "zip") -> Path:
    with authors_modules(64):
        torch.save(content, path, _use_new_zipfile_serialization=layout == "zip")
    return path


def assert_is(found: checkpoint.Checkpoint, parts: Parts, **tolerance: float) -> None:
    """The weights are those of `parts`."""
    for name, part in parts.items():
        theirs = dict(part.state_dict())
        assert theirs
        for own, value in found.weights[name].items():
            theirs_name = own.replace("output.", "output.0.") if name == "frame_predictor" else own
            if own.startswith("lstm."):
                theirs_name = f"lstm.{own[-1]}.{own[5:-3]}"
            if value.is_floating_point():
                torch.testing.assert_close(value, theirs[theirs_name], rtol=0, atol=0, **tolerance)
    found.model()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", ["legacy", "zip"])
@pytest.mark.parametrize("name", WRAPPED)
def test_that_svgs_weights_are_opened_whatever_they_are_wrapped_in(tmp_path: Path, name: str, layout: str) -> None:
    parts = authors_model()
    found = checkpoint.load(written(tmp_path / "a.pth", WRAPPED[name](parts), layout))
    assert_is(found, parts)
    model = found.config.model
    assert (model.backbone, model.image_width, model.channels, model.prior) == ("dcgan", 64, 1, "learned")
    assert (model.g_dim, model.z_dim, model.rnn_size, model.base_width, model.predictor_rnn_layers) == (6, 3, 5, 2, 2)
    assert ("trained_model' was taken, not 'ema'" in found.notes) == (name == "an average beside them")
    if name == "Lightning's":
        assert (model.n_past, model.beta, found.config.lr) == (4, 0.5, 0.25)
    else:
        assert "It does not say n_past, n_future, beta; the original's n_past=5, n_future=10, beta=0.0001 stand." in found.notes


@pytest.mark.parametrize("backbone, width, channels", [("dcgan", 128, 3), ("vgg", 64, 3), ("vgg", 128, 1)])
@pytest.mark.parametrize("prior", [True, False])
def test_that_shapes_and_names_tell_the_architecture(tmp_path: Path, backbone: str, width: int, channels: int, prior: bool) -> None:
    parts = authors_model(backbone, width, channels, prior, layers=(3, 2, 1))
    found = checkpoint.load(written(tmp_path / "a.pth", flat(parts, "module.")))
    assert_is(found, parts)
    model = found.config.model
    assert (model.backbone, model.image_width, model.channels) == (backbone, width, channels)
    assert (model.prior, model.predictor_rnn_layers, model.posterior_rnn_layers) == ("learned" if prior else "fixed", 3, 2)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_that_weights_of_half_precision_are_opened(tmp_path: Path, kind: torch.dtype) -> None:
    parts = {name: part.to(kind) for name, part in authors_model().items()}
    found = checkpoint.load(written(tmp_path / "a.pth", flat(parts)))
    assert_is(found, {name: part.float() for name, part in parts.items()})


ODD_OPTIONS: dict[str, Any] = {
    "device": torch.device("cuda", 0), "dtype": torch.float32, "size": torch.Size([1, 2]), "path": pathlib.PurePosixPath("/a/b"),
    "here": Path("a"), "numbers": np.arange(3), "kind": np.dtype("float32"), "flag": np.bool_(True), "mode": Mode.FAST,
    "inner": argparse.Namespace(z=1), "ordered": OrderedDict(a=1), "counted": collections.Counter("aab"),
    "lists": defaultdict(list, a=[1]), "queue": collections.deque([1, 2], 5), "sets": {1, 2}, "frozen": frozenset((1,)),
    "complex": 1j, "bytes": b"\x00\xff", "array": bytearray(b"x"), "range": range(3), "class": torch.optim.Adam, "none": None,
    "n_past": np.int32(7), "n_future": np.uint8(9), "beta": np.float32(0.5), "batch_size": np.int64(11),
}  # fmt: skip


@pytest.mark.parametrize("layout", ["legacy", "zip"])
@pytest.mark.parametrize(
    "key, make",
    [
        ("opt", lambda **options: argparse.Namespace(**options)),
        ("args", dict),
        ("hyper_parameters", Settings),
        ("config", lambda **options: {"opt": argparse.Namespace(**options)}),
    ],
)
def test_that_options_of_any_kind_are_no_obstacle(tmp_path: Path, key: str, make: Callable[..., Any], layout: str) -> None:
    parts = authors_model()
    found = checkpoint.load(written(tmp_path / "a.pth", {"model": flat(parts), key: make(**ODD_OPTIONS)}, layout))
    model = found.config.model
    assert (model.n_past, model.n_future, model.beta, found.config.batch_size) == (7, 9, 0.5, 11)
    assert "does not say" not in found.notes


def test_that_import_takes_what_the_file_does_not_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = written(tmp_path / "a.pth", flat(authors_model())), tmp_path / "a.pt"
    words = ["import", str(path), "--out", str(out)]
    assert cli.main([*words, "--n_past", "0"]) == 1
    assert "n_past=0: needs at least 1 frame" in capsys.readouterr().err
    assert cli.main([*words, "--n_past", "3", "--beta", "0.25", "--dataset", "kth"]) == 0
    found = checkpoint.load(out)
    assert (found.config.model.n_past, found.config.model.beta, found.config.data.dataset) == (3, 0.25, "kth")
    assert "It does not say n_future; the original's n_future=10 stand." in found.notes


# ---- what is none


def but(**other: Any) -> dict[str, Any]:
    """SVG's weights, some of them others; their names with __ for points."""
    return {**flat(authors_model()), **{name.replace("__", "."): value for name, value in other.items()}}


def net() -> dict[str, Tensor]:
    return nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3)).state_dict()


def optimiser() -> dict[str, Any]:
    return torch.optim.Adam([nn.Parameter(torch.ones(2))]).state_dict()


NEEDED = "needed are encoder, decoder, frame_predictor, posterior"
OTHERS: dict[str, tuple[Callable[[], Any], str]] = {
    "another network": (net, r"another network \(7 tensors, such as 0.weight 3 × 3\), not SVG's: " + NEEDED),
    "another network within": (lambda: {"state_dict": net()}, "such as state_dict.0.weight 3 × 3"),
    "another network as a module": (lambda: {"m": nn.Sequential(nn.Linear(3, 2), nn.ReLU())}, r"network .*m\.0\.weight 2 × 3"),
    "an autoencoder": (lambda: {"encoder": net(), "decoder": net()}, "encoder and decoder alone"),
    "four parts of others": (
        lambda: dict.fromkeys(("encoder", "decoder", "frame_predictor", "posterior"), net()), "the weight encoder.c1.main.0.weight"
    ),
    "one tensor": (lambda: torch.zeros(3, 4), r"another network \(1 tensor, such as 3 × 4\)"),
    "no tensor": (lambda: {"epoch": 3, "loss": 0.5}, "holds no weights, only epoch, loss, .*neither"),
    "a list": (lambda: [1, 2], "holds no weights, nothing of use"),
    "nothing": (dict, "holds no weights"),
    "an optimiser": (optimiser, "the state of an optimiser alone"),
    "an optimiser within": (lambda: {"optimizer": optimiser()}, "an optimiser alone"),
    "no number": (lambda: but(prior__embed__weight=torch.full((5, 6), np.nan)), "no finite number, in prior.embed"),
    "an endless one": (lambda: but(encoder__c1__main__0__bias=torch.full((2,), np.inf)), "no finite number, in encoder.c1"),
    "meta tensors": (lambda: {n: v.to("meta") for n, v in flat(authors_model()).items()}, "shapes without numbers"),
    "sparse tensors": (lambda: but(prior__embed__weight=torch.ones(5, 6).to_sparse()), "that are sparse"),
    "quantised tensors": (
        lambda: but(prior__embed__weight=torch.quantize_per_tensor(torch.ones(5, 6), 0.1, 0, torch.qint8)), "quantised numbers"
    ),
    "complex numbers": (lambda: but(prior__embed__weight=torch.ones(5, 6, dtype=torch.complex64)), "of the wrong kind"),
    "a weight that is a list": (lambda: but(prior__embed__weight=[1.0]), "lacks the weight prior.embed"),
    "a weight more": (lambda: but(encoder__c9__weight=torch.ones(1)), "no use for"),
    "a weight twice": (lambda: but(encoder__module__c1__main__0__bias=torch.ones(2)), "c1.main.0.bias twice"),
    "one number for all": (
        lambda: {n: torch.ones((), dtype=v.dtype).expand(v.shape) for n, v in flat(authors_model(nf=32)).items()}, "repeats its"
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", ["legacy", "zip"])
@pytest.mark.parametrize("name", OTHERS)
def test_that_what_holds_no_svg_is_told_what_it_is(tmp_path: Path, name: str, layout: str) -> None:
    make, sentence = OTHERS[name]
    path = written(tmp_path / "a.pth", make(), layout)
    with pytest.raises(CheckpointError, match=sentence) as refusal:
        checkpoint.load(path)
    said = str(refusal.value)
    assert said.startswith(str(path))
    assert "\n" not in said
    assert len(said) < len(str(path)) + 350


def zip_of(*names: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"some")

    return write


def bytes_of(data: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(data) and None


SAFETENSORS = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "an empty file": (Path.touch, "is empty"),
    "zeros": (bytes_of(bytes(5000)), "nothing but zeros"),
    "a page": (bytes_of(b"\n<!DOCTYPE html><html><title>404"), "is a web page"),
    "a page after a BOM": (bytes_of(b"\xef\xbb\xbf<HTML>"), "is a web page"),
    "git-lfs": (bytes_of(b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n"), "pointer of git-lfs"),
    "safetensors": (bytes_of(struct.pack("<Q", len(SAFETENSORS)) + SAFETENSORS + bytes(4)), "is a safetensors file"),
    "ONNX": (bytes_of(b"\x08\x07\x12\x07pytorch\x1a\x052.0.0:\x10"), "is an ONNX model"),
    "HDF5": (bytes_of(b"\x89HDF\r\n\x1a\n" + bytes(50)), "is an HDF5 file"),
    "NumPy's": (bytes_of(b"\x93NUMPY\x01\0v\0{'descr'"), "is an array of NumPy"),
    "NumPy's archive": (zip_of("a.npy", "b.npy"), r"\.npz"),
    "a pickle": (bytes_of(pickle.dumps({"model": [1.0]}, protocol=4)), "is a pickle that torch.save has not written"),
    "a pickle of protocol 2": (bytes_of(pickle.dumps([1.0], protocol=2)), "is a pickle that torch.save has not written"),
    "gzip": (bytes_of(b"\x1f\x8b\x08" + bytes(9)), "compressed by gzip"),
    "tar": (bytes_of(bytes(257).replace(b"\0", b"a") + b"ustar\0" + bytes(300)), "is a tar archive"),
    "a text": (bytes_of(b"epoch,loss\n1,2\n"), "is a text"),
    "a zip of a checkpoint": (zip_of("weights/model.pth"), "unpack it and open what is in it, such as 'model.pth'"),
    "a zip": (zip_of("a/readme.md"), "a zip of something else"),
    "TorchScript": (zip_of("m/data.pkl", "m/constants.pkl", "m/code/__torch__.py"), "is a TorchScript program"),
    "Keras": (zip_of("metadata.json", "config.json", "model.weights.h5"), "is a model of Keras"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_that_another_kind_of_file_is_told_what_it_is(tmp_path: Path, name: str) -> None:
    write, sentence = FILES[name]
    write(tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match=sentence):
        checkpoint.load(tmp_path / "a.pth")
