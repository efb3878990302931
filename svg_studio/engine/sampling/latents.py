"""What z is at every frame of many futures, as their paths decide it: drawn of seeds, shifted, held or borrowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from svg_studio.engine.address import AddressError, ClipAddress, Path, Segment


def noise(seeds: Sequence[int], n_frames: int, z_dim: int) -> Tensor:
    """`(n_frames, len(seeds), z_dim)`, N(0, 1): row t is for frame t, column k depends on seed k alone.

    A longer horizon has the same beginning, and frame t's noise is the same however frame t was reached.
    """
    columns = [np.random.Generator(np.random.Philox(key=seed)).standard_normal((n_frames, z_dim)) for seed in seeds]
    return torch.from_numpy(np.stack(columns, axis=1).astype(np.float32))


class Latents:
    """Of N paths over frames 0..end-1, of which the first n_past are given.

    `given` (n_past, N, z_dim) is the noise with which the latents of given frames are drawn from the posterior. `lent` has the
    posterior's mean of the clips that are borrowed from, (T, z_dim) each. Raises AddressError where a path does not fit.
    """

    def __init__(
        self, paths: Sequence[Path], n_past: int, end: int, z_dim: int, lent: Mapping[ClipAddress, Tensor], device: torch.device
    ) -> None:
        seeds = {seed for path in paths for segment in path for seed in _seeds_of(segment)}
        drawn = {seed: noise([seed], end, z_dim)[:, 0] for seed in seeds}  # (end, z_dim) each
        self.given = torch.zeros(n_past, len(paths), z_dim)
        noises = torch.zeros(end, len(paths), z_dim)
        self._held = torch.zeros(end, len(paths), 1, dtype=torch.bool)
        self._lends = torch.zeros(end, len(paths), 1, dtype=torch.bool)
        self._lent = torch.zeros(end, len(paths), z_dim)
        for k, path in enumerate(paths):
            for segment, stop in zip(path, (*(later.start for later in path[1:]), end), strict=True):
                given, when = slice(segment.start, min(stop, n_past)), slice(max(segment.start, n_past), min(stop, end))
                eps = _noise_of(segment, drawn)
                if eps is not None:
                    self.given[given, k] = eps[given]
                    noises[when, k] = eps[when] + _offset(segment, z_dim) if segment.offset else eps[when]
                elif segment.kind == "hold":
                    self._held[when, k] = True
                elif when.start < when.stop:
                    self._lends[when, k] = True
                    self._lent[when, k] = _borrowed(segment, lent, when, z_dim)
        self._noises = noises.to(device)
        self.given, self._held, self._lends = self.given.to(device), self._held.to(device), self._lends.to(device)
        self._lent = self._lent.to(device)

    def deciding(self, t: int, rows: Sequence[int], before: Tensor | None) -> Callable[[Tensor, Tensor], Tensor]:
        """What makes z of frame t, (len(rows), z_dim), of the prior's mu and logvar; `before` is the z of the frame before."""
        eps, held, lends, lent = (v[t, list(rows)] for v in (self._noises, self._held, self._lends, self._lent))
        if before is None and bool(held.any()):
            raise AddressError(f"z cannot be held at frame {t}: there is none before it.")

        def decide(mu: Tensor, logvar: Tensor) -> Tensor:
            z = mu + eps * torch.exp(0.5 * logvar)
            if before is not None:
                z = torch.where(held, before.to(z), z)
            return torch.where(lends, lent.to(z), z)

        return decide


def _seeds_of(segment: Segment) -> tuple[int, ...]:
    return {"seed": (segment.seed,), "blend": (segment.seed, segment.other)}.get(segment.kind, ())


def _noise_of(segment: Segment, drawn: Mapping[int, Tensor]) -> Tensor | None:
    """Temperature · eps of all frames, (end, z_dim); None where z is not drawn."""
    if segment.kind == "seed":
        eps = drawn[segment.seed]
    elif segment.kind == "blend":
        eps = blended(drawn[segment.seed], drawn[segment.other], segment.weight)
    else:
        return None
    return eps if segment.temperature == 1 else segment.temperature * eps


def blended(a: Tensor, b: Tensor, weight: float) -> Tensor:
    """From a (weight 0) to b (1), to the bit at both ends; between them N(0, 1) where a and b are so and independent."""
    if weight in (0, 1):
        return b if weight else a
    angle = weight * math.pi / 2
    return math.cos(angle) * a + math.sin(angle) * b


def _offset(rule: Segment, z_dim: int) -> Tensor:
    if len(rule.offset) != z_dim:
        raise AddressError(f"The offset is of {len(rule.offset)} latent dimensions, but this model has z_dim {z_dim}.")
    return torch.tensor(rule.offset)


def _borrowed(segment: Segment, lent: Mapping[ClipAddress, Tensor], when: slice, z_dim: int) -> Tensor:
    assert segment.clip is not None
    means = lent[segment.clip]
    if when.stop > len(means):
        raise AddressError(f"z of frame {len(means)} cannot be borrowed from clip {segment.clip.index}, which ends before it.")
    if means.shape[1] != z_dim:
        raise AddressError(f"z has {means.shape[1]} dimensions in the clip that is borrowed from, but {z_dim} in this model.")
    return means[when]
