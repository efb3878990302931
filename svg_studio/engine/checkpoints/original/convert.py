"""Converts the checkpoints of the SVG authors' scripts, and others that hold SVG's weights: options become a config.

The authors' hold whole module objects and an argparse.Namespace, others state_dicts and options of many kinds. Tensors are taken by
name (weights.py), and from the options whatever describes the model, its training and its clips. Folders, the optimiser's state and
all else are left out.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import Tensor

from svg_studio.engine.checkpoints.original.options import Options, config_of
from svg_studio.engine.checkpoints.original.plain_names import number, of_other_module
from svg_studio.engine.checkpoints.original.safe_unpickler import Name, Record, Unreadable
from svg_studio.engine.checkpoints.original.torch_file import MAX_REPEATED, Archive, open_archive
from svg_studio.engine.checkpoints.original.torch_names import TensorRef
from svg_studio.engine.checkpoints.original.weights import MAX_NAME, PARTS, Named, Odds, find_weights
from svg_studio.engine.config import ConfigError, TrainConfig
from svg_studio.engine.errors import CheckpointError
from svg_studio.engine.models.registry import skeleton

CLASSES = {
    title: Name(title, is_class=True)
    for title in (
        "torch.nn.parallel.data_parallel DataParallel",
        "torch.nn.parallel.distributed DistributedDataParallel",
    )
} | {"torch.nn.backends.thnn _get_thnn_function_backend": Name("torch.nn.backends.thnn _get_thnn_function_backend", lambda _: None)}
LAYER = re.compile(r"torch\.nn\.modules\.\w+ [A-Z]\w*", re.ASCII)
MODELS = re.compile(r"([A-Za-z_]\w*\.)*models\.((dcgan|vgg)_(64|128)|lstm) [A-Za-z_]\w*", re.ASCII)
OPTIMIZER = re.compile(r"torch\.optim(\.\w+)? [A-Z]\w*", re.ASCII)
MAX_GROUPS, MAX_OPTIONS = 20, 500
OPTIONS = ("opt", "options", "hyper_parameters", "hparams", "args", "config", "cfg")  # where a file may have its options
CELL = re.compile(r"lstm\.(\d+)\.((weight|bias)_[ih]h)")  # one LSTMCell a layer

Refs = dict[str, TensorRef]  # name in a state_dict → tensor
Imported = tuple[TrainConfig, dict[str, dict[str, Tensor]], str]  # config, part → state_dict in our names and float32, notes


def find(title: str) -> Name | None:
    """What the authors' classes, torch's layers and classes of other modules stand for: records."""
    if MODELS.fullmatch(title) or LAYER.fullmatch(title):
        return Name(title, is_class=True)
    return Name(title) if OPTIMIZER.fullmatch(title) else CLASSES.get(title) or of_other_module(title)


def read(path: Path, given: Options | None = None) -> Imported:
    """Reads one of the authors' checkpoints, or any file of torch.save that holds SVG's weights by name and shape.

    given: options that the file does not say, or says otherwise. Raises CheckpointError with the reason; nothing in the file is
    ever executed.
    """
    try:
        with open_archive(path, find) as archive:
            return _imported(path, archive, given or {})
    except Unreadable as error:
        raise CheckpointError(f"{path}: {error}; choose another file") from error
    except ConfigError as error:
        raise CheckpointError(f"{path}: its weights are of a model that cannot be built here ({error})") from error
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error


def _imported(path: Path, archive: Archive, given: Options) -> Imported:
    found = find_weights(archive.content)
    parts = {part: _ours(part, _refs(part, named)) for part, named in found.parts.items()}
    sizes = {part: {name: ref.size for name, ref in refs.items()} for part, refs in parts.items()}
    config, remarks = config_of(sizes, {**_options(archive.content), **given})
    model = skeleton(config.model)
    shapes = {part: {name: v.shape for name, v in getattr(model, part).state_dict().items()} for part in PARTS}
    for part in PARTS:
        _compare(part, parts.get(part, {}), shapes[part])
    needed = sum(shape.numel() for part in shapes.values() for shape in part.values()) * 4
    if needed > MAX_REPEATED * path.stat().st_size:  # twice is honest, from half precision; tensors may share a storage
        raise Unreadable("repeats its numbers, so that its weights are many times the file")
    weights = {part: _weights(part, parts.get(part, {}), shapes[part], archive) for part in PARTS}
    if found.others:
        remarks.insert(0, f"Of several sets of weights in it {_named(found.prefix)} was taken, not {_named(found.others[0])}.")
    return config, weights, _notes(path, archive, config, remarks)


def _named(prefix: str) -> str:
    return repr(prefix[:80]) if prefix else "the outermost"


def _refs(part: str, named: Named) -> Refs:
    """The tensors by name. Raises Unreadable where something else stands among them."""
    refs: Refs = {}
    for name, value in named.items():
        if isinstance(value, Odds):
            raise Unreadable(f"{value.reason} ({part})")
        refs[name] = value
    return refs


def _options(content: object) -> Options:
    """The options by name: plain values, and the optimiser's class as its name. Those in an inner group count as well."""
    outer = content if isinstance(content, dict) else {}
    held = next((found for name in OPTIONS if (found := _group(outer.get(name)))), {})
    inner = [found for value in held.values() if (found := _group(value))]
    plain: Options = {}
    for group in (*inner[:MAX_GROUPS], held):
        for name, value in list(group.items())[:MAX_OPTIONS]:
            value = number(value)
            value = value.title.rpartition(" ")[2].lower() if isinstance(value, Name) else value
            if isinstance(value, bool | int | float | str):
                plain[str(name)[:MAX_NAME]] = value
    return plain


def _group(value: object) -> dict[object, object]:
    """What a dict or a Namespace holds; empty for anything else."""
    if isinstance(value, Record):
        return {**value.items, **(value.state if isinstance(value.state, dict) else {})}
    return value if isinstance(value, dict) else {}


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
        f"Imported from {path.name}, a checkpoint in PyTorch's {archive.layout} layout:"
        f" {kind}, {model.backbone}, {model.image_width} px, {colour}."
    )
    return " ".join([first, *remarks])
