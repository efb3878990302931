"""Works out the settings of one of the authors' checkpoints from its options and the shapes of its weights.

Where the two contradict each other, the weights win. What neither says is the original's default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from svg_studio.engine.checkpoints.original.safe_unpickler import Unreadable
from svg_studio.engine.config import Config, ConfigError, DataConfig, ModelConfig, TrainConfig
from svg_studio.engine.data.registry import DATASETS

Options = dict[str, bool | int | float | str]
Sizes = Mapping[str, tuple[int, ...]]  # name in a state_dict → shape

OF_MODEL = ("n_past", "n_future", "beta")
OF_TRAINING = ("lr", "beta1", "batch_size", "niter", "epoch_size", "n_eval", "seed", "data_threads")

OPTIMIZERS = ("adam", "rmsprop", "sgd")  # that its scripts offer


def config_of(parts: Mapping[str, Sizes], opt: Options) -> tuple[TrainConfig, list[str]]:
    """The settings, and a sentence on each option that was not taken over as it stands.

    parts: shapes of each part's weights, in our names. Raises Unreadable where they are no SVG model's, ConfigError where such a
    model cannot be built.
    """
    built = _architecture(parts)
    remarks = _contradictions(built, opt)
    model = {**built, "skip_frame": "every" if opt.get("last_frame_skip") is True else "original"}
    data: dict[str, Any] = {"dataset": _dataset(opt, built["channels"], built["image_width"], remarks)}
    training: dict[str, Any] = {"optimizer": _optimizer(opt, remarks)}
    if built["prior"] == "fixed":
        training["log_dir"] = "logs/fp"  # as the original's train_svg_fp.py
    unsaid = [name for name in OF_MODEL if name not in opt]
    if unsaid:
        values = ", ".join(f"{name}={getattr(ModelConfig(), name)}" for name in unsaid)
        remarks.append(f"It does not say {', '.join(unsaid)}; the original's {values} stand.")
    model |= _usable(OF_MODEL, lambda **one: ModelConfig(**one), opt, remarks)
    data |= _usable(("num_digits",), lambda **one: DataConfig(**one), opt, remarks)
    config = ModelConfig(**model)
    n_eval = max(TrainConfig().n_eval, config.n_frames)
    usable = _usable(OF_TRAINING, lambda **one: TrainConfig(model=config, **{"n_eval": n_eval, **one}), opt, remarks)
    training |= {"n_eval": n_eval, **usable}
    return TrainConfig(model=config, data=DataConfig(**data), **training), remarks


def _architecture(parts: Mapping[str, Sizes]) -> dict[str, Any]:
    """The settings that the weights' shapes tell."""
    encoder = parts["encoder"]
    backbone = "vgg" if "c1.0.main.0.weight" in encoder else "dcgan"
    width = 128 if "c6.0.weight" in encoder else 64
    first = _size(encoder, "encoder", "c1.0.main.0.weight" if backbone == "vgg" else "c1.main.0.weight", 4)
    found = {
        "backbone": backbone,
        "image_width": width,
        "channels": first[1],
        "base_width": first[0],
        "g_dim": _size(encoder, "encoder", "c6.0.weight" if width == 128 else "c5.0.weight", 4)[0],
        "z_dim": _size(parts["posterior"], "posterior", "mu_net.weight", 2)[0],
        "rnn_size": _size(parts["posterior"], "posterior", "embed.weight", 2)[0],
        "prior": "learned" if "prior" in parts else "fixed",
        "predictor_rnn_layers": _layers(parts["frame_predictor"]),
        "posterior_rnn_layers": _layers(parts["posterior"]),
    }
    return found | ({"prior_rnn_layers": _layers(parts["prior"])} if "prior" in parts else {})


def _size(sizes: Sizes, part: str, name: str, dimensions: int) -> tuple[int, ...]:
    size = sizes.get(name)
    if size is None or len(size) != dimensions:
        raise Unreadable(f"lacks the weight {part}.{name}")
    return size


def _layers(sizes: Sizes) -> int:
    return sum(name.startswith("lstm.weight_ih_l") for name in sizes)


def _contradictions(built: Mapping[str, Any], opt: Options) -> list[str]:
    theirs = {"backbone": "model"}
    said = ((theirs.get(name, name), value) for name, value in built.items() if name not in ("prior", "base_width"))
    return [
        f"Its options say {name}={_shown(opt[name])}, its weights {value}." for name, value in said if opt.get(name, value) != value
    ]


def _dataset(opt: Options, channels: int, width: int, remarks: list[str]) -> str:
    def fits(name: str) -> bool:
        return channels in DATASETS[name].channels and width in DATASETS[name].widths

    name = str(opt.get("dataset", "")).lower()
    if name in DATASETS and fits(name):
        return name
    instead = "bair" if channels == 3 and fits("bair") else "smmnist"
    if "dataset" in opt:
        remarks.append(f"Its data set {_shown(opt['dataset'])} is not known here or does not fit it; {instead} is offered.")
    return instead


def _optimizer(opt: Options, remarks: list[str]) -> str:
    name = str(opt.get("optimizer", OPTIMIZERS[0])).lower()
    if name in OPTIMIZERS:
        return name
    remarks.append(f"Its optimiser {_shown(opt['optimizer'])} is not known here.")
    return OPTIMIZERS[0]


def _usable(names: tuple[str, ...], make: Callable[..., Config], opt: Options, remarks: list[str]) -> dict[str, Any]:
    """Those options that `make` takes."""
    taken = {name: opt[name] for name in names if name in opt}
    for name, value in list(taken.items()):
        try:
            make(**{name: value})
        except ConfigError:
            del taken[name]
            remarks.append(f"Its option {name}={_shown(value)} is of no use; {getattr(make(), name)} stands instead.")
    return taken


def _shown(value: object) -> str:
    return repr(value)[:40]
