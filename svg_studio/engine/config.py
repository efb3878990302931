"""The settings of every job as frozen, validated dataclasses that convert to JSON and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from svg_studio.engine.config_base import Config, ConfigError, at_least, at_most, setting

__all__ = ["Config", "ConfigError", "setting"]

SKIP_FRAMES = ("original", "last", "every")
CONTEXT_LATENTS = ("original", "drawn", "mean")
DIGITS = ("mnist", "drawn", "mixed")
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16")
WIDTHS = (64, 128)
SPLITS = ("train", "test", "val")  # in this order for good: random keys count them
FITS = ("squash", "crop")
DEPTHS = (10, 12, 14, 16)
CAMERAS = ("aux1", "main")
DAMAGED = ("skip", "stop")
SSIMS = ("both", "literature", "original")
MAX_MODELS = 7  # as many colours as stay apart


@dataclass(frozen=True, kw_only=True)
class ModelConfig(Config):
    """Architecture and loss of one SVG model, in the paper's symbols. Defaults: the original's SM-MNIST.

    The names of backbones and priors are the keys of BACKBONES and PRIORS in engine/models/registry.py.
    """

    backbone: str = setting("dcgan", "Encoder and decoder family.")
    image_width: int = setting(64, "Width and height of a frame.", choices=WIDTHS, unit="px")
    channels: int = setting(1, "Colour channels of a frame.", choices=(1, 3))
    prior: str = setting("learned", "p(z): learned from past frames (SVG-LP) or fixed N(0, I) (SVG-FP).")
    n_past: int = setting(5, "Frames the model is given before it imagines.", unit="frames")
    n_future: int = setting(10, "Frames it predicts in training.", unit="frames")
    g_dim: int = setting(128, "Size of h = Enc(x) and of what the decoder takes.")
    z_dim: int = setting(10, "Size of the latent z.")
    rnn_size: int = setting(256, "Hidden size of every LSTM.")
    predictor_rnn_layers: int = setting(2, "LSTM layers of the frame predictor.")
    posterior_rnn_layers: int = setting(1, "LSTM layers of the posterior q(z).")
    prior_rnn_layers: int = setting(1, "LSTM layers of the learned prior p(z).")
    beta: float = setting(1e-4, "Weight β of KL(q‖p) in the loss.")
    base_width: int = setting(64, "Channels of the first convolution; 64 is the paper's.", unit="channels")
    skip_frame: str = setting(
        "original",
        "Frame whose skips the decoder uses while imagining: the last but one given (original), "
        "the last given (paper), or the newest at every step (last_frame_skip).",
        choices=SKIP_FRAMES,
    )
    context_latents: str = setting(
        "original",
        "Latents of the given frames in generation: drawn from the posterior, or its mean; the original draws for SVG-LP and takes "
        "the mean for SVG-FP.",
        choices=CONTEXT_LATENTS,
    )
    time_chunk: int = setting(0, "Time steps encoded at once, which BatchNorm's statistics cover; 0: all, 1: the original's.")

    @property
    def n_frames(self) -> int:
        """T = n_past + n_future."""
        return self.n_past + self.n_future

    @property
    def n_stages(self) -> int:
        """Stages of the encoder that halve the frame, down to 4 px: 4 at 64 px, 5 at 128 px."""
        return self.image_width.bit_length() - 3

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from at_least(self, 1, "n_past", "n_future", "g_dim", "z_dim", "rnn_size", "base_width")
        yield from at_least(self, 1, "predictor_rnn_layers", "posterior_rnn_layers", "prior_rnn_layers")
        yield from at_least(self, 0, "beta", "time_chunk")
        yield from at_most(self, 1000, "n_past", "n_future")
        yield from at_most(self, 8192, "g_dim", "z_dim", "rnn_size")
        yield from at_most(self, 512, "base_width")
        yield from at_most(self, 16, "predictor_rnn_layers", "posterior_rnn_layers", "prior_rnn_layers")


@dataclass(frozen=True, kw_only=True)
class DataConfig(Config):
    """Which clips. The names of data sets are the keys of DATASETS in engine/data/registry.py."""

    dataset: str = setting("smmnist", "Data set.")
    data_root: str = setting("data", "Folder that holds the data sets; ~ is the home folder.")
    digits: str = setting("mnist", "Moving digits: MNIST's, the program's own drawings, or half of each.", choices=DIGITS)
    num_digits: int = setting(2, "Moving digits in a clip.", unit="digits")
    deterministic: bool = setting(False, "Digits bounce by flipping their sign instead of at random.")
    store: str = setting("", "Name of the converted set below data_root; empty: the data set's own name.")

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from at_least(self, 1, "num_digits")
        yield from at_most(self, 16, "num_digits")
        if not self.dataset:
            yield "dataset", "dataset: choose one"
        yield from _folder_name(self, "store")
        yield from _home(self, "data_root")


@dataclass(frozen=True, kw_only=True)
class ConvertConfig(Config):
    """One conversion of files into a frame store, `<data_root>/<store>/store-<image_width>`."""

    dataset: str = setting("videos", "Data set.")
    data_root: str = setting("data", "Folder that holds the data sets; ~ is the home folder.")
    source: str | tuple[str, ...] = setting(
        "", "File or folder to read, several for own videos; empty: where the download puts the data set's files."
    )
    store: str = setting("", "Name of the converted set below data_root; empty: the data set's own name.")
    image_width: int = setting(64, "Width and height of a frame.", choices=WIDTHS, unit="px")
    grey: bool = setting(False, "One channel instead of three.")
    fit: str = setting("squash", "How a frame becomes square: squashed as the original does, or its middle cropped.", choices=FITS)
    background: str = setting("#000000", "Colour that shows through where an image or a video is transparent, as #rrggbb.")
    depth: int = setting(16, "Bits that are in use of those of 16-bit images, such as a camera's 12.", choices=DEPTHS, unit="bits")
    camera: str = setting("aux1", "Camera of the robot: image_aux1 as the original, or image_main.", choices=CAMERAS)
    every: int = setting(1, "Keep every n-th frame.", unit="frames")
    test_percent: int = setting(10, "Share of test videos among those that lie in no folder of a split.", unit="%")
    damaged: str = setting("skip", "What to do with a damaged record or file: report and skip it, or stop.", choices=DAMAGED)
    png: bool = setting(False, "Also write the original's tree of PNG files.")
    replace: bool = setting(False, "Put the new store in the place of one that is there.")

    @property
    def folder(self) -> Path:
        """Where the store will lie."""
        return Path(self.data_root).expanduser() / (self.store or self.dataset) / f"store-{self.image_width}"

    @property
    def sources(self) -> tuple[str, ...]:
        """The files and folders to read, as they are written; none: where the download puts the data set's files."""
        return tuple(filter(None, (self.source,) if isinstance(self.source, str) else self.source))

    @property
    def given(self) -> Path | None:
        """What is to be read where that is one file or folder, and somebody has named it."""
        return Path(self.sources[0]).expanduser() if self.sources else None

    @property
    def reads(self) -> str:
        """The sources in words, or the data folder."""
        first, *others = self.sources or (self.data_root,)
        return f"{first} and {len(others)} more" if others else first

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from at_least(self, 1, "every")
        yield from at_most(self, 1000, "every")
        yield from at_least(self, 0, "test_percent")
        yield from at_most(self, 90, "test_percent")
        yield from _folder_name(self, "store")
        yield from _home(self, "data_root", "source")
        if self.dataset != "videos" and len(self.sources) > 1:
            yield "source", f"source: {len(self.sources)} are named; name the one file or folder that holds all of them"
        if not re.fullmatch("#[0-9a-fA-F]{6}", self.background):
            yield "background", f"background={self.background}: write a colour as #rrggbb, such as #ffffff for white"
        if self.dataset == "videos" and not self.sources:
            yield "source", "source: name the folder or file that holds the videos"
        if self.store.casefold() in ("mnist", "softmotion30_44k", "processed_data", "downloads"):
            yield "store", f"store={self.store}: this folder is for a data set's own files; choose another name"


def _home(config: Config, *names: str) -> Iterator[tuple[str, str]]:
    """Paths that begin with ~ have to name the home of somebody who is known."""
    for name in names:
        value = getattr(config, name)
        for path in (value,) if isinstance(value, str) else value:
            try:
                Path(path).expanduser()
            except (RuntimeError, ValueError):  # nobody is known by that name, or nobody can have it
                yield name, f"{name}={path!r}: there is no such home folder; write the path out"


def _folder_name(config: Config, name: str) -> Iterator[tuple[str, str]]:
    value = getattr(config, name)
    if value in (".", "..") or any(c in value for c in '/\\:*?"<>|\0'):
        yield name, f'{name}={value!r}: a folder name without / \\ : * ? " < > |'


@dataclass(frozen=True, kw_only=True)
class TrainConfig(Config):
    """One training run. Defaults: the original's train_svg_lp.py. Optimisers: OPTIMIZERS in engine/optimizers.py."""

    model: ModelConfig = ModelConfig()
    data: DataConfig = DataConfig()
    lr: float = setting(0.002, "Learning rate.")
    beta1: float = setting(0.9, "Adam's first-moment decay; RMSprop and SGD do not use it.")
    optimizer: str = setting("adam", "Optimiser.")
    batch_size: int = setting(100, "Clips in a step.", unit="clips")
    recompute: bool = setting(False, "Less memory, more time: what encoder and decoder make of a chunk of time is computed twice.")
    niter: int = setting(300, "Epochs.", unit="epochs")
    epoch_size: int = setting(600, "Steps in an epoch.", unit="steps")
    n_eval: int = setting(30, "Frames of a preview, given ones included.", unit="frames")
    seed: int = setting(1, "Seed of weights, clips and noise.")
    preview_every: int = setting(0, "Steps between previews, beside those of every epoch's end; 0: none.", unit="steps")
    preview_minutes: float = setting(
        5.0, "Minutes of training between previews, the first within the first minute; 0: by steps and epochs alone.", unit="min"
    )
    checkpoint_every: int = setting(0, "Steps between checkpoints; 0: once an epoch.", unit="steps")
    snapshot_factor: float = setting(
        0.0, "Keeps weights alone at step 0, 1 and so on, each step this many times the one before; 0: no snapshots.", unit="×"
    )
    data_threads: int = setting(5, "Threads that prepare batches; 0: none beside the training itself.", unit="threads")
    device: str = setting("auto", "Where the model runs; auto takes a GPU if there is one.", choices=DEVICES)
    precision: str = setting("auto", "Arithmetic; auto takes bf16 where the hardware has it.", choices=PRECISIONS)
    sync_batchnorm: bool = setting(False, "On several GPUs: BatchNorm's statistics over the clips of all of them.")
    log_dir: str = setting("logs/lp", "Folder that holds runs.")
    name: str = setting("", "Name of the run's folder; empty: data, model, prior and time.")
    model_dir: str = setting("", "Run folder or checkpoint whose weights this run starts from; empty: fresh weights.")
    tensorboard: bool = setting(False, "Also write event files for TensorBoard into the run's folder; needs tensorboard installed.")

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from at_least(self, 1, "batch_size", "niter", "epoch_size", "n_eval")
        yield from at_least(self, 0, "seed", "preview_every", "preview_minutes", "checkpoint_every", "data_threads")
        yield from at_most(self, 100_000, "preview_minutes")
        if self.snapshot_factor != 0 and not 1.1 <= self.snapshot_factor <= 1000:
            yield "snapshot_factor", f"snapshot_factor={self.snapshot_factor}: must be 0 or lie in 1.1 ≤ snapshot_factor ≤ 1000"
        if self.lr <= 0:
            yield "lr", f"lr={self.lr}: must be above 0"
        if not 0 <= self.beta1 < 1:
            yield "beta1", f"beta1={self.beta1}: must lie in 0 ≤ beta1 < 1"
        if self.batch_size == 1 and _leaves_a_single_frame(self.model):
            chunk = self.model.time_chunk
            yield "batch_size", f"batch_size=1: with time_chunk={chunk} BatchNorm would see one frame alone; raise one of the two"
        if self.recompute and not self.model.time_chunk:
            yield "recompute", "recompute: works by chunks of time, and time_chunk=0 makes one of all frames; set it to 1 or more"
        if self.n_eval < self.model.n_frames:
            yield "n_eval", f"n_eval={self.n_eval}: needs at least n_past + n_future = {self.model.n_frames} frames"
        yield from at_most(self, 2000, "n_eval")
        yield from at_most(self, 100_000, "batch_size")
        yield from at_most(self, 64, "data_threads")
        yield from at_most(self, 2**62, "seed")
        if not self.log_dir:
            yield "log_dir", "log_dir: name the folder for the run"
        yield from _folder_name(self, "name")
        yield from _home(self, "log_dir", "model_dir")


def _leaves_a_single_frame(model: ModelConfig) -> bool:
    """Whether one of the chunks that time is cut into is a single frame, of the T encoded or the T-1 decoded ones."""
    chunk = model.time_chunk or model.n_frames
    return any(frames % chunk == 1 % chunk for frames in (model.n_frames, model.n_frames - 1))


@dataclass(frozen=True, kw_only=True)
class SampleConfig(Config):
    """One `generate` job. Defaults: the original's generate_svg_lp.py."""

    model_path: str = setting("", "Checkpoint to sample from.")
    log_dir: str = setting("", "Folder that takes the videos.")
    data: DataConfig | None = setting(None, "Clips to go on from; empty: those the checkpoint was trained on.")
    n_past: int = setting(2, "Frames the model is given.", unit="frames")
    n_future: int = setting(28, "Frames it imagines.", unit="frames")
    nsample: int = setting(100, "Futures of each clip, of which the best and three others are shown.", unit="futures")
    split: str = setting("both", "Which clips; both: train and test, as the original.", choices=("both", *SPLITS))
    N: int = setting(256, "Clips of each split; rounded up to whole batches.", unit="clips")
    batch_size: int = setting(100, "Clips sampled together.", unit="clips")
    num_threads: int = setting(0, "Threads that prepare batches.", unit="threads")
    seed: int = setting(1, "Seed of clips and noise.")
    device: str = setting("auto", "Where the model runs.", choices=DEVICES)
    precision: str = setting("auto", "Arithmetic.", choices=PRECISIONS)
    format: str = setting("gif", "File format of the videos.")
    batch_stats: bool = setting(
        False, "BatchNorm by the statistics of each batch of clips, as the original's SVG-LP script, not by the running ones."
    )

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from at_least(self, 1, "n_past", "n_future", "nsample", "N", "batch_size")
        yield from at_least(self, 0, "seed", "num_threads")
        yield from at_most(self, 1000, "n_past", "n_future")
        yield from at_most(self, 100_000, "nsample", "batch_size")
        yield from at_most(self, 10_000_000, "N")
        yield from at_most(self, 64, "num_threads")
        yield from at_most(self, 2**62, "seed")
        if self.batch_stats and self.batch_size < 2:
            yield "batch_stats", f"batch_stats: statistics want several clips; raise batch_size={self.batch_size}"
        if not self.model_path:
            yield "model_path", "model_path: name a checkpoint, such as runs/NAME/checkpoints/last.pt"
        if not self.log_dir:
            yield "log_dir", "log_dir: name the folder for the videos"


@dataclass(frozen=True, kw_only=True)
class SurpriseConfig(Config):
    """One `surprise` job: KL(q‖p) at every frame of whole videos, which become frames as `convert videos` makes them."""

    model_path: str = setting("", "Checkpoint.")
    source: str | tuple[str, ...] = setting("", "Video or folder to watch; may be given several times.")
    out: str = setting("surprise.csv", "CSV file to write: file, frame, seconds, surprise in nats.")
    window: int = setting(
        0, "Frames that each frame is judged with, itself included; 0: as many as the model was trained on.", unit="frames"
    )
    carry_state: bool = setting(False, "No windows: the LSTMs' state goes on from a video's first frame to its last.")
    fit: str = setting("squash", "How a frame becomes square, as in the conversion that the model was trained on.", choices=FITS)
    background: str = setting("#000000", "Colour that shows through where an image or a video is transparent, as #rrggbb.")
    depth: int = setting(16, "Bits that are in use of those of 16-bit images, such as a camera's 12.", choices=DEPTHS, unit="bits")
    every: int = setting(1, "Watch every n-th frame.", unit="frames")
    fps: float = setting(0.0, "Frames a second of folders of images, which do not say it; 0: not known.", unit="frames/s")
    moments: int = setting(10, "Most surprising moments to print; 0: none.")
    device: str = setting("auto", "Where the model runs.", choices=DEVICES)
    precision: str = setting("auto", "Arithmetic.", choices=PRECISIONS)
    replace: bool = setting(False, "Put the CSV file in the place of one that is there.")

    @property
    def sources(self) -> tuple[str, ...]:
        """The files and folders to watch, as they are written."""
        return tuple(filter(None, (self.source,) if isinstance(self.source, str) else self.source))

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from at_least(self, 1, "every")
        yield from at_least(self, 0, "window", "fps", "moments")
        yield from at_most(self, 2000, "window")
        yield from at_most(self, 1000, "every", "moments")
        yield from at_most(self, 100_000, "fps")
        yield from _home(self, "out", "source")
        if self.window == 1:
            yield "window", "window=1: a frame is judged by those before it; give 2 frames or more"
        if self.window and self.carry_state:
            yield "window", f"window={self.window}: contradicts carry_state, which has no windows; leave one out"
        if not re.fullmatch("#[0-9a-fA-F]{6}", self.background):
            yield "background", f"background={self.background}: write a colour as #rrggbb, such as #ffffff for white"
        if not self.model_path:
            yield "model_path", "model_path: name a checkpoint, such as runs/NAME/checkpoints/last.pt"
        if not self.sources:
            yield "source", "source: name a video, or a folder that holds videos"
        if not self.out:
            yield "out", "out: name the CSV file to write, such as surprise.csv"


@dataclass(frozen=True, kw_only=True)
class FuturesConfig(Config):
    """What the wall shows: some futures of one clip."""

    model_path: str = setting("", "Checkpoint.")
    data: DataConfig | None = setting(None, "Clips; empty: those the checkpoint was trained on.")
    split: str = setting("test", "Which clips.", choices=SPLITS)
    index: int = setting(0, "Number of the clip.")
    n_past: int = setting(5, "Frames the model is given.", unit="frames")
    n_future: int = setting(25, "Frames it imagines.", unit="frames")
    n_futures: int = setting(16, "Futures on the wall.", unit="futures")
    seed: int = setting(1, "Seed of the first future; the others count on from it.")
    data_seed: int = setting(1, "Seed of the clips.")
    device: str = setting("auto", "Where the model runs.", choices=DEVICES)
    precision: str = setting("auto", "Arithmetic.", choices=PRECISIONS)

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(range(self.seed, self.seed + self.n_futures))

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from at_least(self, 1, "n_past", "n_future", "n_futures")
        yield from at_least(self, 0, "index", "seed", "data_seed")
        yield from at_most(self, 1000, "n_past", "n_future")
        yield from at_most(self, 400, "n_futures")
        yield from at_most(self, 2**62, "index", "seed", "data_seed")
        if not self.model_path:
            yield "model_path", "model_path: open a model first"


@dataclass(frozen=True, kw_only=True)
class ExportConfig(Config):
    """How chosen videos are written. `format` is a key of EXPORTERS in engine/export/registry.py."""

    path: str = setting("", "File to write; one that is there is replaced only when `overwrite` says so.")
    format: str = setting("gif", "File format.")
    fps: float = setting(10.0, "Frames a second; GIF offers only whole centiseconds a frame.", unit="frames/s")
    scale: int = setting(2, "Whole-number enlargement, nearest neighbour.", unit="×")
    columns: int = setting(0, "Tiles in a row; 0: nearly square.")
    captions: bool = setting(True, "Write each tile's caption below it.")
    borders: bool = setting(True, "Green border while a frame is given, red once it is imagined.")
    overwrite: bool = setting(False, "Replace a file of that name.")
    recipe: str = setting("", "What the file carries so that it opens again, as JSON; `export` makes it of the tiles.")
    about: tuple[str, ...] = setting((), "What a page tells of the futures, as `name: value`.")
    kind: str = setting("pdf", "What a paper figure is written as.", choices=("pdf", "svg", "png"))
    width: float = setting(3.25, "Width of a paper figure: one column or two.", choices=(3.25, 6.875), unit="in")
    every: int = setting(0, "A paper figure shows every n-th frame; 0: as many as there is room for.")
    curves: str = setting("none", "Curves below a paper figure.", choices=("none", "ssim", "psnr", "both"))

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from at_least(self, 1, "scale")
        yield from at_least(self, 0, "columns", "every")
        yield from at_most(self, 16, "scale")
        if not 0 < self.fps <= 100:
            yield "fps", f"fps={self.fps}: must lie above 0 and at most at 100"
        if not self.path:
            yield "path", "path: name the file to write"


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig(Config):
    """One `evaluate` job: the literature's protocol, several checkpoints on the same clips with the same noise."""

    model_path: tuple[str, ...] = setting((), "Checkpoint; may be given several times.")
    log_dir: str = setting("", "Folder that takes evaluation.json, evaluation.csv and the curves as PNG, PDF and SVG.")
    data: DataConfig | None = setting(None, "Clips to go on from; empty: those the first checkpoint was trained on.")
    n_past: int = setting(0, "Frames the models are given; 0: as the first was trained.", unit="frames")
    n_future: int = setting(0, "Frames they imagine; 0: up to the first one's n_eval.", unit="frames")
    nsample: int = setting(100, "Futures of each clip.", unit="futures")
    split: str = setting("test", "Which clips.", choices=SPLITS)
    N: int = setting(256, "Clips, fewer where there are fewer.", unit="clips")
    batch_size: int = setting(16, "Clips sampled together; after each batch the work so far is kept.", unit="clips")
    seed: int = setting(1, "Seed of clips and noise: sample k of every clip has seed + k.")
    ssim: str = setting("both", "Conventions of SSIM: the literature's, the original's, or both.", choices=SSIMS)
    lpips_weights: str = setting("", "AlexNet's weights for LPIPS; empty: those in torch.hub's cache, if there are any.")
    device: str = setting("auto", "Where the models run.", choices=DEVICES)
    precision: str = setting("auto", "Arithmetic.", choices=PRECISIONS)
    batch_stats: bool = setting(
        False, "BatchNorm by the statistics of each batch of clips, as the original's SVG-LP script, not by the running ones."
    )

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from at_least(self, 1, "nsample", "N", "batch_size")
        yield from at_least(self, 0, "n_past", "n_future", "seed")
        yield from at_most(self, 1000, "n_past", "n_future")
        yield from at_most(self, 100_000, "nsample", "batch_size")
        yield from at_most(self, 10_000_000, "N")
        yield from at_most(self, 2**62, "seed")
        if self.batch_stats and self.batch_size < 2:
            yield "batch_stats", f"batch_stats: statistics want several clips; raise batch_size={self.batch_size}"
        if not self.model_path or not all(self.model_path):
            yield "model_path", "model_path: name a checkpoint, such as runs/NAME/checkpoints/last.pt"
        if len(self.model_path) > MAX_MODELS:
            yield "model_path", f"model_path: {len(self.model_path)} checkpoints; at most {MAX_MODELS} stay apart in one plot"
        if not self.log_dir:
            yield "log_dir", "log_dir: name the folder for the results"
