"""Estimates how much memory a training run will take, from the shapes that its settings lead to.

What autograd keeps of each layer is counted; the few constants below are measured, by `python -m benchmarks.memory`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from svg_studio.engine.config import ModelConfig, TrainConfig
from svg_studio.engine.training.optimizers import OPTIMIZERS

FLOAT, HALF, INDEX = 4, 2, 8  # bytes of a float32, of a bfloat16, and of a place in a pooling window

# Measured, see above.
BASE = 390_000_000  # an interpreter that has imported torch and made a step
GPU_BASE = 700_000_000  # what the libraries take of a GPU
KEPT = 1.1  # what the allocator makes of a byte that is kept for the backward pass
BACKWARD = 3.0  # gradients and library buffers beside them, in outputs of the largest layer
FORWARD = 3.0  # the same where nothing is kept

TEST_CLIPS = 50  # at most so many are tested together, as training.py does
PREVIEW_CLIPS = 10  # of so many clips so many futures, as previews.py does
PREVIEW_FUTURES = {"learned": 20, "fixed": 5}


@dataclass(frozen=True)
class Conv:
    """A convolution of `n_in` → `n_out` channels whose output is `size` px wide."""

    n_in: int
    n_out: int
    kernel: int
    size: int
    normed: bool = True  # followed by BatchNorm and an activation in place

    @property
    def elements(self) -> int:
        return self.n_out * self.size**2

    @property
    def parameters(self) -> int:
        return self.n_in * self.n_out * self.kernel**2 + self.n_out * (3 if self.normed else 1)


@dataclass(frozen=True)
class Backbone:
    """The layers of an encoder and its decoder."""

    encoder: list[Conv]
    decoder: list[Conv]
    pooled: list[int]  # elements after each pooling of the encoder
    enlarged: list[int]  # elements after each enlargement in the decoder
    joined: list[Conv]  # those of the decoder that act on [d, skip]

    @property
    def parameters(self) -> int:
        return sum(conv.parameters for conv in (*self.encoder, *self.decoder))

    @property
    def halves(self) -> int:
        """Elements of one frame's skip halves."""
        return sum(conv.elements for conv in self.joined)

    def encoded(self, itemsize: int) -> int:
        """Bytes that autograd keeps of one encoded frame: what goes into BatchNorm, what comes out of the activation, poolings."""
        doubled = 2 * sum(conv.elements for conv in self.encoder)
        return itemsize * (doubled + sum(self.pooled)) + INDEX * sum(self.pooled)

    def decoded(self, itemsize: int) -> int:
        """Bytes that autograd keeps of one decoded frame."""
        doubled = sum((2 if conv.normed else 1) * conv.elements for conv in self.decoder)
        return itemsize * (doubled + sum(self.enlarged))

    @property
    def largest(self) -> int:
        """Elements of the largest output."""
        return max(max(conv.elements for conv in (*self.encoder, *self.decoder)), *self.enlarged, 0)


def _dcgan(model: ModelConfig) -> Backbone:
    stages = range(4 + model.image_width // 128)
    sizes = [model.image_width >> i for i in stages]
    channels = [model.channels, *(model.base_width * min(2**i, 8) for i in stages)]
    encoder = [Conv(channels[i], channels[i + 1], 4, sizes[i] // 2) for i in stages]
    joined = [Conv(2 * channels[i + 1], channels[i], 4, sizes[i], normed=i > 0) for i in reversed(stages)]
    first = Conv(model.g_dim, channels[-1], 4, sizes[-1] // 2)
    return Backbone([*encoder, Conv(channels[-1], model.g_dim, 4, 1)], [first, *joined], [], [], joined)


def _vgg(model: ModelConfig) -> Backbone:
    stages = range(4 + model.image_width // 128)
    sizes = [model.image_width >> i for i in stages]
    widths = [model.base_width * min(2**i, 8) for i in stages]
    encoder = []
    for i in stages:
        through = [widths[i - 1] if i else model.channels, *[widths[i]] * (2 if i < 2 else 3)]
        encoder += [Conv(a, b, 3, sizes[i]) for a, b in pairwise(through)]
    decoder, joined = [Conv(model.g_dim, widths[-1], 4, sizes[-1] // 2)], []
    for i in reversed(stages):
        through = [2 * widths[i], *[widths[i]] * min(i, 2), widths[max(i - 1, 0)]]
        block = [Conv(a, b, 3, sizes[i]) for a, b in pairwise(through)]
        joined.append(block[0])
        decoder += block
    decoder.append(Conv(widths[0], model.channels, 3, sizes[0], normed=False))
    pooled = [widths[i] * (sizes[i] // 2) ** 2 for i in stages]
    enlarged = [widths[i] * sizes[i] ** 2 for i in stages]
    return Backbone([*encoder, Conv(widths[-1], model.g_dim, 4, 1)], decoder, pooled, enlarged, joined)


SHAPES: dict[str, Callable[[ModelConfig], Backbone]] = {"dcgan": _dcgan, "vgg": _vgg}  # a name each of models.BACKBONES


def estimate(config: TrainConfig, *, bf16: bool = False, gpu: bool = False) -> int:
    """Bytes that the process, or the GPU, will hold at the most: steps, tests and previews.

    `bf16`: activations take half; `gpu`: interpreter and batches made ahead are elsewhere.
    """
    model, clips = config.model, config.batch_size
    frame = model.channels * model.image_width**2
    elsewhere = (config.data_threads + 2) * clips * model.n_frames * frame + min(clips, TEST_CLIPS) * config.n_eval * frame
    beside = GPU_BASE if gpu else BASE + elsewhere
    weights = FLOAT * parameters(model)
    return round(
        beside
        + weights * (2 + OPTIMIZERS[config.optimizer].moments)  # the weights and their gradients
        + max(_step(config, HALF if bf16 else FLOAT), _test(config), _preview(config))
    )


def is_gpu(device: str) -> bool:
    """Whether a device, by the title that events give it, has a memory of its own, where a run takes it instead."""
    return not device.startswith(("CPU", "Apple GPU"))


def parameters(model: ModelConfig) -> int:
    """Weights of the whole model."""
    rnn, g, z = model.rnn_size, model.g_dim, model.z_dim

    def recurrent(n_in: int, layers: int, n_out: int) -> int:
        return (n_in + 1) * rnn + layers * (8 * rnn**2 + 8 * rnn) + (rnn + 1) * n_out

    prior = recurrent(g, model.prior_rnn_layers, 2 * z) if model.prior == "learned" else 0
    return (
        SHAPES[model.backbone](model).parameters
        + recurrent(g + z, model.predictor_rnn_layers, g)
        + recurrent(g, model.posterior_rnn_layers, 2 * z)
        + prior
    )


def _chunk(model: ModelConfig, frames: int) -> int:
    """How many of `frames` go through the encoder or the decoder at once."""
    return min(model.time_chunk or frames, frames)


def contexts(model: ModelConfig) -> int:
    """Frames whose skip halves are made in training."""
    if model.skip_frame == "every":
        return model.n_frames - 1
    return min(model.n_past if model.skip_frame == "last" else max(model.n_past - 1, 1), model.n_frames - 1)


def _step(config: TrainConfig, itemsize: int) -> float:
    """Bytes of a step beside weights and optimiser."""
    model, clips = config.model, config.batch_size
    shape, frame, encoded = SHAPES[model.backbone](model), model.channels * model.image_width**2, model.n_frames
    decoded = encoded - 1
    encoder, decoder = shape.encoded(itemsize), shape.decoded(itemsize)  # of a frame
    halves = itemsize * shape.halves
    chunk = _chunk(model, encoded), _chunk(model, decoded)
    layers = model.predictor_rnn_layers + model.posterior_rnn_layers + (model.prior_rnn_layers if model.prior == "learned" else 0)
    # gates, cell, its tanh and what comes out, of every layer; the clips; the frames predicted and their errors
    always = FLOAT * clips * (decoded * 8 * model.rnn_size * layers + encoded * frame + 2 * decoded * frame)
    gradients = BACKWARD * itemsize * shape.largest * chunk[1] * clips
    context = contexts(model) * clips * halves
    if config.recompute:
        # the halves, their gradient, and one chunk's share of it before it is added
        again = max(chunk[0] * encoder, chunk[1] * (decoder + halves)) * clips
        return always + 3 * context + KEPT * again + gradients
    kept = KEPT * clips * (encoded * encoder + decoded * decoder)
    return always + kept + max(context + chunk[1] * clips * halves, gradients + context)


def _test(config: TrainConfig) -> float:
    """Bytes of a test, of which nothing is kept."""
    model, clips = config.model, min(config.batch_size, TEST_CLIPS)
    shape = SHAPES[model.backbone](model)
    at_once = clips * (
        _chunk(model, model.n_frames - 1) * (shape.halves + FORWARD * shape.largest) + contexts(model) * shape.halves
    )
    return FLOAT * (at_once + 3 * clips * model.n_frames * model.channels * model.image_width**2)


def _preview(config: TrainConfig) -> float:
    """Bytes of previews: all futures of some clips, a frame at a time."""
    model, clips = config.model, min(config.batch_size, PREVIEW_CLIPS)
    shape, futures = SHAPES[model.backbone](model), clips * PREVIEW_FUTURES[model.prior]
    # all that was imagined, stacked, its difference from the truth, and the square of that
    frames = 4 * (config.n_eval - model.n_past) * model.channels * model.image_width**2
    return FLOAT * futures * (shape.halves + FORWARD * shape.largest + frames)
