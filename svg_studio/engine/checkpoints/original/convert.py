"""Converts the checkpoints of the SVG authors' scripts: module objects become state_dicts, options become a config.

Such a file holds whole module objects and an argparse.Namespace. Tensors are taken from the modules by name, and from the
options whatever describes the model, its training and its clips. Folders, the optimiser's state and all else are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from svg_studio.engine.checkpoints.original.options import Options, config_of
from svg_studio.engine.checkpoints.original.safe_unpickler import Name, Record, Unreadable
from svg_studio.engine.checkpoints.original.torch_file import Archive, open_archive
from svg_studio.engine.checkpoints.original.torch_names import TensorRef, tensor_of
from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.errors import CheckpointError
from svg_studio.engine.models.registry import skeleton

NN = {
    "activation": "LeakyReLU Tanh Sigmoid", "batchnorm": "BatchNorm2d", "container": "Sequential ModuleList",
    "conv": "Conv2d ConvTranspose2d", "linear": "Linear", "pooling": "MaxPool2d", "rnn": "LSTMCell",
    "upsampling": "UpsamplingNearest2d",
}  # fmt: skip
CLASSES = {
    title: Name(title, is_class=True)
    for title in (
        "argparse Namespace",
        *(f"torch.nn.modules.{file} {name}" for file, names in NN.items() for name in names.split()),
    )
} | {"torch.nn.backends.thnn _get_thnn_function_backend": Name("torch.nn.backends.thnn _get_thnn_function_backend", lambda _: None)}
MODELS = re.compile(r"models\.((dcgan|vgg)_(64|128)|lstm) [A-Za-z_]\w*", re.ASCII)
OPTIMIZER = re.compile(r"torch\.optim(\.\w+)? [A-Z]\w*", re.ASCII)
NEEDED = {  # what a layer's weights do not tell
    "torch.nn.modules.activation LeakyReLU": ("negative_slope", 0.2),
    "torch.nn.modules.batchnorm BatchNorm2d": ("eps", 1e-5),
}

PARTS = ("encoder", "decoder", "frame_predictor", "posterior", "prior")
MAX_MODULES = 1000  # in a part; a real one has some hundred
MAX_HELD = 100  # weights or modules that one module itself has
MAX_DEPTH = 8
MAX_NAME = 100
CELL = re.compile(r"lstm\.(\d+)\.((weight|bias)_[ih]h)")  # one LSTMCell a layer

Refs = dict[str, TensorRef]  # name in a state_dict → tensor
Imported = tuple[TrainConfig, dict[str, dict[str, Tensor]], str]  # config, part → state_dict in our names and float32, notes


def find(title: str) -> Name | None:
    """What the authors' classes stand for: records."""
    if MODELS.fullmatch(title):
        return Name(title, is_class=True)
    return Name(title) if OPTIMIZER.fullmatch(title) else CLASSES.get(title)


def read(path: Path) -> Imported:
    """Reads one of the authors' checkpoints. Raises CheckpointError with the reason; nothing in the file is ever executed."""
    try:
        with open_archive(path, find) as archive:
            return _imported(path, archive)
    except Unreadable as error:
        raise CheckpointError(f"{path}: {error}; choose another file") from error
    except ConfigError as error:
        raise CheckpointError(f"{path}: its weights are of a model that cannot be built here ({error})") from error
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error


def _imported(path: Path, archive: Archive) -> Imported:
    content = archive.content
    if not isinstance(content, dict) or any(content.get(part) is None for part in PARTS if part != "prior"):
        raise Unreadable("is neither a checkpoint of SVG Studio nor one of the SVG authors")
    parts = {part: _ours(part, dict(_tensors(content[part]))) for part in PARTS if content.get(part) is not None}
    sizes = {part: {name: ref.size for name, ref in refs.items()} for part, refs in parts.items()}
    config, remarks = config_of(sizes, _options(content.get("opt")))
    model = skeleton(config.model)
    shapes = {part: {name: v.shape for name, v in getattr(model, part).state_dict().items()} for part in PARTS}
    for part in PARTS:
        _compare(part, parts.get(part, {}), shapes[part])
    needed = sum(shape.numel() for part in shapes.values() for shape in part.values()) * 4
    if needed > 4 * path.stat().st_size:  # twice as much would be honest, from half precision; tensors may share a storage
        raise Unreadable("repeats its numbers, so that its weights are many times the file")
    weights = {part: _weights(part, parts.get(part, {}), shapes[part], archive) for part in PARTS}
    return config, weights, _notes(path, archive, config, remarks)


# ---- the file's objects


def _tensors(module: object) -> Iterator[tuple[str, TensorRef]]:
    """(name, tensor) of all parameters and buffers of a module, named as in its state_dict."""
    waiting, seen = [("", module)], 0
    while waiting:
        prefix, here = waiting.pop()
        _same_layer(here)
        for name, value in _held(here, "_parameters") + _held(here, "_buffers"):
            if (ref := tensor_of(value)) is None:
                raise Unreadable(f"has a weight that is no tensor ({(prefix + name)!r})")
            yield prefix + name, ref
        waiting += [(f"{prefix}{name}.", value) for name, value in _held(here, "_modules")]
        seen += 1
        if seen > MAX_MODULES:
            raise Unreadable("has more modules than any SVG model")
        if prefix.count(".") > MAX_DEPTH:
            raise Unreadable("has modules within modules without end")


def _same_layer(module: object) -> None:
    if not isinstance(module, Record) or not isinstance(module.state, dict) or module.name.title not in NEEDED:
        return
    setting, value = NEEDED[module.name.title]
    if module.state.get(setting, value) != value:
        kind = module.name.title.rpartition(" ")[2]
        raise Unreadable(f"has a {kind} whose {setting} is not {value}, as it is in every SVG model")


def _held(module: object, kind: str) -> list[tuple[str, object]]:
    """(name, value) of what a module has under `kind`."""
    state = module.state if isinstance(module, Record) else None
    held = state.get(kind, {}) if isinstance(state, dict) else None
    if not isinstance(held, dict):
        raise Unreadable("has something else where a module should be")
    if len(held) > MAX_HELD:
        raise Unreadable("has a module that holds more than any of an SVG model")
    if not all(isinstance(name, str) and len(name) <= MAX_NAME for name in held):
        raise Unreadable("has names of weights that torch does not give")
    return [(name, value) for name, value in held.items() if value is not None]


def _options(opt: object) -> Options:
    """The options by name: plain values, and the optimiser's class as its name."""
    state = opt.state if isinstance(opt, Record) else opt
    if not isinstance(state, dict):
        return {}
    plain = {str(n): v.title.rpartition(" ")[2].lower() if isinstance(v, Name) else v for n, v in state.items()}
    return {name: value for name, value in plain.items() if isinstance(value, bool | int | float | str)}


# ---- their names and ours


def _ours(part: str, refs: Refs) -> Refs:
    """In our names: theirs, but for the LSTM cells, which are one module here, and the output, which stands alone."""
    if part in ("encoder", "decoder"):
        return refs
    renamed: Refs = {}
    for name, ref in refs.items():
        cell = CELL.fullmatch(name)
        ours = f"lstm.{cell[2]}_l{cell[1]}" if cell else re.sub(r"^output\.0\.", "output.", name)
        if ours in renamed:
            raise Unreadable(f"has the weight {part}.{ours} twice")
        renamed[ours] = ref
    return renamed


def _counts(name: str) -> bool:
    """Whether this is BatchNorm's count of batches, which PyTorch 0.3 did not keep."""
    return name.endswith(".num_batches_tracked")


def _compare(part: str, refs: Refs, shapes: dict[str, torch.Size]) -> None:
    """Every weight used, none missing, all of the right shape and kind."""
    if unknown := sorted(refs.keys() - shapes.keys()):
        raise Unreadable(f"has a weight that the model has no use for ({part}.{unknown[0][:80]!r})")
    for name, shape in shapes.items():
        if (ref := refs.get(name)) is None:
            if _counts(name):
                continue
            raise Unreadable(f"lacks the weight {part}.{name}")
        if ref.size != tuple(shape):
            raise Unreadable(f"has {part}.{name} of shape {ref.size}, where the rest of the model needs {tuple(shape)}")
        if ref.storage.dtype.is_floating_point == _counts(name):
            raise Unreadable(f"has {part}.{name} in numbers of the wrong kind ({ref.storage.dtype})")


def _weights(part: str, refs: Refs, shapes: dict[str, torch.Size], archive: Archive) -> dict[str, Tensor]:
    weights = {}
    for name in shapes:
        if name not in refs:
            weights[name] = torch.zeros((), dtype=torch.int64)
            continue
        value = archive.tensor(refs[name])
        weights[name] = value.long() if _counts(name) else value.float()
        if not weights[name].isfinite().all():
            raise Unreadable(f"has a weight that is no finite number, in {part}.{name}")
    return weights


def _notes(path: Path, archive: Archive, config: TrainConfig, remarks: list[str]) -> str:
    model = config.model
    kind = "SVG-LP" if model.prior == "learned" else "SVG-FP"
    colour = "colour" if model.channels == 3 else "grey"
    first = (
        f"Imported from {path.name}, a checkpoint of the authors' scripts in PyTorch's {archive.layout} layout:"
        f" {kind}, {model.backbone}, {model.image_width} px, {colour}."
    )
    return " ".join([first, *remarks])
