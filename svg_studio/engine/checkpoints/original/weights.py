"""Finds SVG's weights in what a file of torch.save holds: by name, under any prefix, whatever they are wrapped in.

Module objects, dicts of state_dicts, a state_dict of the whole model, and what training frameworks write around one, such as
`state_dict` or `model`, all come down to tensors with a path of names. The part of the path before `encoder`, `decoder` and the
others says which set of weights a tensor is in; there may be several, such as an average of the weights beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from svg_studio.engine.checkpoints.original.safe_unpickler import Record, Unreadable
from svg_studio.engine.checkpoints.original.torch_names import Odd, TensorRef, tensor_of
from svg_studio.engine.utils.wording import count_of

PARTS = ("encoder", "decoder", "frame_predictor", "posterior", "prior")
NEEDED = PARTS[:-1]  # a fixed prior has no weights
NAMES = {f"{part}{end}": part for part in PARTS for end in ("", "_state_dict", "_state", "_weights", "_model", "_net")}
WRAPPERS = ("module", "_orig_mod")  # what DataParallel, DistributedDataParallel and torch.compile put before names
AVERAGES = ("ema", "avg", "average", "averaged", "shadow", "swa", "teacher")

MAX_MODULES = 1000  # in a module; a real one has some hundred
MAX_HELD = 100  # weights or modules that one module itself has
MAX_DEPTH = 8
MAX_NAME = 100
MAX_VALUES = 50_000  # of dicts that are looked through
MAX_TENSORS = 20_000

Path = tuple[str, ...]


class Odds(NamedTuple):
    """Something that stands among weights and cannot be used, as the end of a sentence that begins with the file's name."""

    reason: str


Value = TensorRef | Odds
Named = dict[str, Value]  # name in a state_dict → tensor


class Found(NamedTuple):
    """One set of weights, and what the file holds besides."""

    parts: dict[str, Named]
    prefix: str
    others: tuple[str, ...]  # prefixes of the other sets


# What torch has of modules that an SVG model is made of: kind → names.
NN = {
    "activation": "LeakyReLU Tanh Sigmoid", "batchnorm": "BatchNorm2d", "container": "Sequential ModuleList",
    "conv": "Conv2d ConvTranspose2d", "linear": "Linear", "pooling": "MaxPool2d", "rnn": "LSTM LSTMCell",
    "upsampling": "Upsample UpsamplingNearest2d",
}  # fmt: skip
LAYERS = {f"torch.nn.modules.{file} {name}" for file, names in NN.items() for name in names.split()}
FIXED = {  # what a layer's weights do not tell
    "torch.nn.modules.activation LeakyReLU": ("negative_slope", 0.2),
    "torch.nn.modules.batchnorm BatchNorm2d": ("eps", 1e-5),
}


def find_weights(content: object) -> Found:
    """The weights of an SVG model. Raises Unreadable, which says what the file holds instead."""
    found = list(_tensors(content))
    sets = _sets(found)
    complete = sorted((p for p, parts in sets.items() if all(parts.get(part) for part in NEEDED)), key=_rank)
    if not complete:
        raise Unreadable(_instead(content, found, sets))
    return Found(sets[complete[0]], ".".join(complete[0]), tuple(".".join(prefix) for prefix in complete[1:]))


def is_module(value: object) -> bool:
    """Whether it stands for a module of torch."""
    return isinstance(value, Record) and isinstance(value.state, dict) and isinstance(value.state.get("_modules"), dict)


def _rank(prefix: Path) -> tuple[bool, int, Path]:
    """Weights come before their averages, and what stands further out before what stands further in."""
    words = {word for name in prefix for word in name.lower().split("_")}
    return bool(words & set(AVERAGES)), len(prefix), prefix


def _sets(found: list[tuple[Path, Value]]) -> dict[Path, dict[str, Named]]:
    """Prefix → part → name → tensor."""
    sets: dict[Path, dict[str, Named]] = {}
    for path, value in found:
        words = [word for name in path for word in name.split(".") if word not in WRAPPERS]
        place = next((n for n, word in enumerate(words) if word in NAMES), None)
        if place is None or any("optim" in word.lower() for word in words[:place]):
            continue
        part, name = NAMES[words[place]], ".".join(words[place + 1 :])
        held = sets.setdefault(tuple(words[:place]), {}).setdefault(part, {})
        if name in held and isinstance(value, TensorRef):
            raise Unreadable(f"has the weight {part}.{name[:MAX_NAME]} twice")
        held[name] = value
    return sets


# ---- the file's objects


def _tensors(content: object) -> Iterator[tuple[Path, Value]]:
    """(path, tensor) of all that dicts and modules hold, each a bounded number of times."""
    waiting: list[tuple[Path, object]] = [((), content)]
    seen = tensors = 0
    while waiting:
        path, here = waiting.pop()
        seen += 1
        if seen > MAX_VALUES or tensors > MAX_TENSORS:
            raise Unreadable("holds more than any checkpoint of an SVG model")
        if (ref := tensor_of(here)) is not None:
            tensors += 1
            yield path, _usable(ref)
        elif is_module(here):
            for name, value in _of_module(here):
                tensors += 1
                yield (*path, name), value
        elif len(path) < MAX_DEPTH:
            inner = [(name, v) for name, v in _inner(here).items() if isinstance(name, str | int)]
            waiting += [((*path, str(name)), value) for name, value in inner[: MAX_VALUES + 1]]


def _inner(value: object) -> Mapping[object, object]:
    """What a dict, or an object that is none of torch's, holds by name."""
    if isinstance(value, Record):
        return {**value.items, **(value.state if isinstance(value.state, dict) else {})}
    return value if isinstance(value, dict) else {}


def _of_module(module: object) -> Iterator[tuple[str, Value]]:
    """(name, tensor) of all parameters and buffers of a module, named as in its state_dict."""
    waiting, seen = [("", module)], 0
    while waiting:
        prefix, here = waiting.pop()
        if complaint := _unlike(here):
            yield f"{prefix}?", Odds(complaint)
        for name, value in _held(here, "_parameters") + _held(here, "_buffers"):
            if (ref := tensor_of(value)) is None:
                raise Unreadable(f"has a weight that is no tensor ({(prefix + name)!r})")
            yield prefix + name, _usable(ref)
        waiting += [(f"{prefix}{name}.", value) for name, value in _held(here, "_modules")]
        seen += 1
        if seen > MAX_MODULES:
            raise Unreadable("has more modules than any SVG model")
        if prefix.count(".") > MAX_DEPTH:
            raise Unreadable("has modules within modules without end")


def _usable(ref: TensorRef | Odd) -> Value:
    if isinstance(ref, TensorRef):
        return ref
    return Odds(f"has weights that are {ref.kind}, where an SVG model's are plain tensors; save it with such")


def _unlike(module: object) -> str:
    """What a module is that no SVG model has; nothing where it may be one of its layers."""
    if not isinstance(module, Record) or not isinstance(module.state, dict):
        return ""
    title = module.name.title
    if title.startswith("torch.nn.modules.") and title not in LAYERS:
        return f"names {title!r}, a layer that no SVG model has"
    setting, value = FIXED.get(title, ("", None))
    if setting and module.state.get(setting, value) != value:
        return f"has a {title.rpartition(' ')[2]} whose {setting} is not {value}, as it is in every SVG model"
    return ""


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


# ---- what it is instead


def _instead(content: object, found: list[tuple[Path, Value]], sets: dict[Path, dict[str, Named]]) -> str:
    needed = f"needed are {', '.join(NEEDED)} and, unless the prior is fixed, {PARTS[-1]}"
    if sets:
        parts = max(sets.values(), key=lambda held: sum(part in held for part in NEEDED))
        return f"holds weights of {_listed([p for p in PARTS if p in parts])} alone, no whole SVG model: {needed}"
    optimiser = isinstance(content, dict) and ("param_groups" in content or all("optim" in str(name).lower() for name in content))
    if content and optimiser:
        return f"holds the state of an optimiser alone, and no weights: {needed}"
    if found:
        path, first = min(found, key=lambda one: (-len(one[1].size) if isinstance(one[1], TensorRef) else 1, one[0]))
        shape = " × ".join(map(str, first.size)) if isinstance(first, TensorRef) else ""
        example = f"{'.'.join(path)[-MAX_NAME:]} {shape}".strip()
        many = count_of(len(found), "tensor")
        return f"holds the weights of another network ({many}, such as {example}), not SVG's: {needed}"
    names = [str(name)[:40] for name in content if isinstance(name, str)][:8] if isinstance(content, dict) else []
    inside = f"only {', '.join(names)}" if names else "nothing of use"
    return f"holds no weights, {inside}, so it is neither a checkpoint of SVG Studio nor one of the SVG authors: {needed}"


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
