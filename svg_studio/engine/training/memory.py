"""Estimates how much memory a training run will take, from the shapes that its settings lead to.

What autograd keeps of each layer is counted; the few constants below are measured, by `python -m benchmarks.memory`.
"""

from __future__ import annotations

from svg_studio.engine.config import ModelConfig, TrainConfig
from svg_studio.engine.models.registry import layers_of, prior_of
from svg_studio.engine.optimizers import optimizer_of
from svg_studio.engine.runs.snapshots import steps_up_to

FLOAT, HALF = 4, 2  # bytes of a float32 and of a bfloat16

# Measured, see above.
BASE = 390_000_000  # an interpreter that has imported torch and made a step
GPU_BASE = 700_000_000  # what the libraries take of a GPU
KEPT = 1.1  # what the allocator makes of a byte that is kept for the backward pass
BACKWARD = 3.0  # gradients and library buffers beside them, in outputs of the largest layer
FORWARD = 3.0  # the same where nothing is kept

TEST_CLIPS = 50  # at most so many are tested together
PREVIEW_CLIPS = 10  # of so many clips previews are made


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
        + weights * (2 + optimizer_of(config).moments)  # the weights and their gradients
        + max(_step(config, HALF if bf16 else FLOAT), _test(config), _preview(config))
    )


def snapshots(config: TrainConfig) -> tuple[int, int]:
    """How many snapshots a run writes, and about how many bytes each takes of the disk."""
    count = len(steps_up_to(config.snapshot_factor, config.niter * config.epoch_size))
    return count, FLOAT * parameters(config.model)


def parameters(model: ModelConfig) -> int:
    """Weights of the whole model."""
    rnn, g, z = model.rnn_size, model.g_dim, model.z_dim

    def recurrent(n_in: int, layers: int, n_out: int) -> int:
        return (n_in + 1) * rnn + layers * (8 * rnn**2 + 8 * rnn) + (rnn + 1) * n_out

    of_prior = prior_of(model).lstm_layers(model)
    prior = recurrent(g, of_prior, 2 * z) if of_prior else 0
    return (
        layers_of(model).parameters
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
    shape, frame, encoded = layers_of(model), model.channels * model.image_width**2, model.n_frames
    decoded = encoded - 1
    encoder, decoder = shape.encoded(itemsize), shape.decoded(itemsize)  # of a frame
    halves = itemsize * shape.halves
    chunk = _chunk(model, encoded), _chunk(model, decoded)
    layers = model.predictor_rnn_layers + model.posterior_rnn_layers + prior_of(model).lstm_layers(model)
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
    shape = layers_of(model)
    at_once = clips * (
        _chunk(model, model.n_frames - 1) * (shape.halves + FORWARD * shape.largest) + contexts(model) * shape.halves
    )
    return FLOAT * (at_once + 3 * clips * model.n_frames * model.channels * model.image_width**2)


def _preview(config: TrainConfig) -> float:
    """Bytes of previews: all futures of some clips, a frame at a time."""
    model, clips = config.model, min(config.batch_size, PREVIEW_CLIPS)
    shape, futures = layers_of(model), clips * prior_of(model).previews.candidates
    # all that was imagined, stacked, its difference from the truth, and the square of that
    frames = 4 * (config.n_eval - model.n_past) * model.channels * model.image_width**2
    return FLOAT * futures * (shape.halves + FORWARD * shape.largest + frames)
