"""Ready-made training settings by name: the paper's, and one that learns in minutes on two cores; knows no screen and no disk."""

from __future__ import annotations

from dataclasses import dataclass

from svg_studio.engine.config import DataConfig, ModelConfig, TrainConfig


@dataclass(frozen=True)
class Preset:
    """A title for lists, what to expect in one sentence, and the settings themselves."""

    title: str
    note: str
    config: TrainConfig


PRESETS: dict[str, Preset] = {
    "tiny": Preset(
        "Tiny: one drawn digit",
        "A narrow model on a digit the program draws itself: nothing to download, shapes appear within minutes on a laptop.",
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
        "The paper's settings for two moving MNIST digits, SVG-LP: hours on a GPU, days on a CPU.",
        TrainConfig(model=ModelConfig(g_dim=128, z_dim=10, beta=1e-4, n_past=5, n_future=10)),
    ),
    "smmnist-fp": Preset(
        "SM-MNIST, fixed prior",
        "The same with the fixed prior N(0, I), SVG-FP: the paper's comparison, blurrier after a bounce than the learned prior.",
        TrainConfig(model=ModelConfig(g_dim=128, z_dim=10, beta=1e-4, n_past=5, n_future=10, prior="fixed"), log_dir="logs/fp"),
    ),
}
DEFAULT_PRESET = "tiny"
