"""AlexNet with random weights, and torchmetrics' LPIPS with the same ones."""

from __future__ import annotations

import functools

import torch

from svg_studio.engine.data.datasets.torchvision_shim import ensure_torchvision


def alexnet() -> dict[str, torch.Tensor]:
    """Random weights with the names and shapes of AlexNet's convolutions."""
    g = torch.Generator().manual_seed(0)
    shapes = {"0": (64, 3, 11, 11), "3": (192, 64, 5, 5), "6": (384, 192, 3, 3), "8": (256, 384, 3, 3), "10": (256, 256, 3, 3)}
    weights = {}
    for n, shape in shapes.items():
        weights[f"features.{n}.weight"] = torch.randn(shape, generator=g) * (2 / (shape[1] * shape[2] ** 2)) ** 0.5
        weights[f"features.{n}.bias"] = 0.1 * torch.randn(shape[0], generator=g)
    return weights


@functools.cache
def theirs() -> torch.nn.Module:
    """torchmetrics' LPIPS with these weights and the heads that come with it."""
    ensure_torchvision()
    from torchmetrics.functional.image.lpips import _LPIPS

    net = _LPIPS(net="alex", pnet_rand=True)
    parts = {name.split(".")[-1]: part for slice_ in net.net.children() for name, part in slice_.named_children()}
    with torch.no_grad():
        for name, value in alexnet().items():
            _, number, kind = name.split(".")
            getattr(parts[number], kind).copy_(value)
    return net
