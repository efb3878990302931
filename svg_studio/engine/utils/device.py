"""Chooses the device a model runs on and its precision."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch

from svg_studio.engine.errors import StudioError


def pick_device(name: str) -> torch.device:
    """The device for "auto", "cpu", "cuda" or "mps". Raises StudioError where there is none of that kind."""
    have = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, there in have.items() if there)
    if not have.get(name, False):
        raise StudioError(f"device={name}: this machine has none that PyTorch can use; choose auto or cpu")
    return torch.device(name)


def has_bf16(device: torch.device) -> bool:
    """Whether the hardware itself multiplies bf16."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        probe = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
        return bool(probe and probe())
    return False


def pick_precision(name: str, device: torch.device) -> str:
    """ "fp32" or "bf16"; "auto" takes bf16 where the hardware has it."""
    if name == "auto":
        return "bf16" if has_bf16(device) else "fp32"
    return name


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """The context in which forward passes run: bf16 products and convolutions, or nothing special."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16")


def title(device: torch.device) -> str:
    """What the status bar calls it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return {"cpu": f"CPU, {threads} thread{'s' * (threads > 1)}", "mps": "Apple GPU"}[device.type]
