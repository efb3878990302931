"""The layers of each backbone as plain numbers, from which memory and parameters are counted without torch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from svg_studio.engine.config import ModelConfig

INDEX_BYTES = 8  # of a place in a pooling window


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
class Layers:
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
        return itemsize * (doubled + sum(self.pooled)) + INDEX_BYTES * sum(self.pooled)

    def decoded(self, itemsize: int) -> int:
        """Bytes that autograd keeps of one decoded frame."""
        doubled = sum((2 if conv.normed else 1) * conv.elements for conv in self.decoder)
        return itemsize * (doubled + sum(self.enlarged))

    @property
    def largest(self) -> int:
        """Elements of the largest output."""
        return max(max(conv.elements for conv in (*self.encoder, *self.decoder)), *self.enlarged, 0)


def dcgan(model: ModelConfig) -> Layers:
    stages = range(model.n_stages)
    sizes = [model.image_width >> i for i in stages]
    channels = [model.channels, *(model.base_width * min(2**i, 8) for i in stages)]
    encoder = [Conv(channels[i], channels[i + 1], 4, sizes[i] // 2) for i in stages]
    joined = [Conv(2 * channels[i + 1], channels[i], 4, sizes[i], normed=i > 0) for i in reversed(stages)]
    first = Conv(model.g_dim, channels[-1], 4, sizes[-1] // 2)
    return Layers([*encoder, Conv(channels[-1], model.g_dim, 4, 1)], [first, *joined], [], [], joined)


def vgg(model: ModelConfig) -> Layers:
    stages = range(model.n_stages)
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
    return Layers([*encoder, Conv(widths[-1], model.g_dim, 4, 1)], decoder, pooled, enlarged, joined)
