"""LPIPS (Zhang et al. 2018) with AlexNet, from weights that are already on this machine; nothing is downloaded.

The linear heads come with the program; AlexNet's own weights are looked for where torch.hub keeps them.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Remedy
from svg_studio.engine.utils.plain_file import check_plain, open_plain
from svg_studio.engine.utils.torch_load import DAMAGED
from svg_studio.paths import resource

FILE = "alexnet-owt-7be5be79.pth"  # as torchvision names it
HEADS = "lpips_alex_v0.1.npz"  # lin0 … lin4, (channels,)
# AlexNet's convolutions: number in `features`, channels in and out, kernel, stride, padding; a 3×3 pooling before some
LAYERS = ((0, 3, 64, 11, 4, 2), (3, 64, 192, 5, 1, 2), (6, 192, 384, 3, 1, 1), (8, 384, 256, 3, 1, 1), (10, 256, 256, 3, 1, 1))
POOLED = (3, 6)
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of frames that range over -1 … 1


@dataclass(frozen=True)
class Lpips:
    """Frames as points whose squared distance is LPIPS, so that a frame's features are computed once."""

    convolutions: tuple[tuple[Tensor, Tensor], ...]  # weight and bias
    heads: tuple[Tensor, ...]  # (channels,), ≥ 0
    sha256: str  # of AlexNet's file

    @property
    def convention(self) -> str:
        return f"AlexNet (SHA-256 {self.sha256[:8]}…), linear heads 0.1, grey repeated to three channels"

    def to(self, device: torch.device) -> Lpips:
        moved = tuple((w.to(device), b.to(device)) for w, b in self.convolutions)
        return Lpips(moved, tuple(h.to(device) for h in self.heads), self.sha256)

    @torch.no_grad()
    def embed(self, x: Tensor) -> Tensor:
        """`(…, C, H, W)` in [0, 1] → `(…, D)`: LPIPS of two frames is the squared distance of their rows."""
        leading = x.shape[:-3]
        x = x.reshape(-1, *x.shape[-3:])
        x = x.expand(-1, 3, -1, -1) if x.shape[1] == 1 else x
        shift, scale = (x.new_tensor(v).reshape(3, 1, 1) for v in (SHIFT, SCALE))
        x = (2 * x - 1 - shift) / scale
        parts = []
        for (number, _, _, _, stride, padding), (weight, bias), head in zip(LAYERS, self.convolutions, self.heads, strict=True):
            x = F.max_pool2d(x, 3, 2) if number in POOLED else x
            x = F.relu(F.conv2d(x, weight, bias, stride, padding))
            unit = x * torch.rsqrt(x.square().sum(1, keepdim=True) + 1e-8)
            # the head's weighted sum over channels, averaged over positions, goes into the points themselves
            parts.append((unit * (head / (x.shape[2] * x.shape[3])).sqrt().reshape(-1, 1, 1)).flatten(1))
        return torch.cat(parts, 1).reshape(*leading, -1)


def distance(a: Tensor, b: Tensor) -> Tensor:
    """LPIPS of frames whose points are a and b, `(…, D)` → `(…)`."""
    return (a - b).square().sum(-1)


def find(weights: str) -> tuple[Lpips | None, str]:
    """LPIPS, or None and one sentence on what is missing.

    `weights` is AlexNet's file; empty: the one in torch.hub's cache, if there is one. Raises StudioError for a file that was
    named and cannot be used.
    """
    if weights:
        return load(Path(weights).expanduser()), ""
    path = Path(torch.hub.get_dir()) / "checkpoints" / FILE
    if not path.exists():
        return (
            None,
            f"LPIPS is left out: AlexNet's weights are not in {path}; the setting lpips_weights can name the file elsewhere",
        )
    try:
        return load(path), ""
    except StudioError as error:
        return None, f"LPIPS is left out: {error}"


def load(path: Path) -> Lpips:
    """Reads AlexNet's weights, as torchvision has them, and the heads. Raises StudioError."""
    features = _read(path)
    shapes: dict[str, tuple[int, ...]] = {
        f"features.{n}.{part}": (out, inn, k, k) if part == "weight" else (out,)
        for n, inn, out, k, _, _ in LAYERS
        for part in ("weight", "bias")
    }
    _check(path, features, shapes)
    with open_plain(path) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with np.load(resource(HEADS)) as arrays:
        heads = tuple(torch.from_numpy(arrays[f"lin{i}"]) for i in range(len(LAYERS)))
    return Lpips(
        tuple((features[f"features.{n}.weight"].float(), features[f"features.{n}.bias"].float()) for n, *_ in LAYERS),
        heads,
        digest,
    )


def _read(path: Path) -> Any:
    try:
        check_plain(path)
        with warnings.catch_warnings(action="ignore"):  # of pickles that torch did not write, which are refused below
            return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise StudioError(f"{path}: cannot be read ({error.strerror or error})", Remedy(other=("lpips_weights",))) from error
    except DAMAGED as error:
        raise StudioError(f"{path}: holds no weights that PyTorch can read safely; get {FILE} again") from error


def _check(path: Path, weights: Any, shapes: dict[str, tuple[int, ...]]) -> None:
    """Raises StudioError unless `weights` has real numbers of exactly these shapes under these names."""
    for name, shape in shapes.items():
        found = weights.get(name) if isinstance(weights, dict) else None
        strided = isinstance(found, Tensor) and found.layout is torch.strided and found.is_floating_point()
        if found is None or not strided or tuple(found.shape) != shape:
            raise StudioError(f"{path}: has no {name} of shape {shape}, so it is not what LPIPS needs; get {FILE} again")
