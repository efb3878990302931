"""Ready-made training settings by name: the paper's, and small ones for a first look."""

from __future__ import annotations

from dataclasses import dataclass, replace

from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig


@dataclass(frozen=True)
class Preset:
    """A title for lists, what to expect in one sentence, and the settings themselves."""

    title: str
    note: str
    config: TrainConfig


_KTH = ModelConfig(backbone="vgg", prior="fixed", g_dim=128, z_dim=24, beta=1e-6, n_past=10, n_future=10)

PRESETS: dict[str, Preset] = {
    "tiny": Preset(
        "Tiny: one drawn digit",
        "A narrow model on a digit the program draws itself: nothing to download, shapes appear within a few epochs.",
        TrainConfig(
            model=ModelConfig(base_width=16, rnn_size=128),
            data=DataConfig(digits="drawn", num_digits=1),
            batch_size=16,
            niter=50,
            epoch_size=200,
            data_threads=1,
        ),
    ),
    # The authors' README: train_svg_lp.py --dataset smmnist --g_dim 128 --z_dim 10 --beta 0.0001 --n_past 5 --n_future 10
    "smmnist-lp": Preset(
        "SM-MNIST, learned prior",
        "The paper's settings for two moving MNIST digits, SVG-LP: 180,000 steps of the full-size model, for a GPU.",
        TrainConfig(model=ModelConfig(g_dim=128, z_dim=10, beta=1e-4, n_past=5, n_future=10)),
    ),
    "smmnist-fp": Preset(
        "SM-MNIST, fixed prior",
        "The same with the fixed prior N(0, I), SVG-FP: the paper's comparison, blurrier after a bounce than the learned prior.",
        TrainConfig(model=ModelConfig(g_dim=128, z_dim=10, beta=1e-4, n_past=5, n_future=10, prior="fixed"), log_dir="logs/fp"),
    ),
    # The authors' README: --dataset bair --model vgg --g_dim 128 --z_dim 64 --beta 0.0001 --n_past 2 --n_future 10 --channels 3
    "bair-lp": Preset(
        "BAIR robot pushing, learned prior",
        "The paper's settings for BAIR, SVG-LP with a VGG: 180,000 steps, for a GPU. It wants the converted data set.",
        TrainConfig(
            model=ModelConfig(backbone="vgg", channels=3, g_dim=128, z_dim=64, beta=1e-4, n_past=2, n_future=10),
            data=DataConfig(dataset="bair"),
        ),
    ),
    # The authors' README: --dataset kth --model vgg --g_dim 128 --z_dim 24 --beta 0.000001 --n_past 10 --n_future 10 --lr 0.0008
    "kth-fp": Preset(
        "KTH actions, fixed prior",
        "The paper's settings for KTH, SVG-FP with a VGG: 180,000 steps, for a GPU. It wants the converted data set.",
        TrainConfig(model=_KTH, data=DataConfig(dataset="kth"), lr=0.0008, n_eval=40, log_dir="logs/fp"),
    ),
    "kth-fp-128": Preset(
        "KTH actions at 128 px, fixed prior",
        "The same at the width of the paper's figures; wants a store that was converted at 128 px.",
        TrainConfig(model=replace(_KTH, image_width=128), data=DataConfig(dataset="kth"), lr=0.0008, n_eval=40, log_dir="logs/fp"),
    ),
    "videos": Preset(
        "Own videos in colour, small",
        "A narrow model for a first look at your own videos, converted in colour at 64 px; shapes appear within a few epochs.",
        TrainConfig(
            model=ModelConfig(channels=3, base_width=16, rnn_size=128, z_dim=16),
            data=DataConfig(dataset="videos"),
            batch_size=16,
            niter=50,
            epoch_size=200,
            data_threads=1,
        ),
    ),
}
DEFAULT_PRESET = "tiny"
