"""Checkpoints as the authors' scripts write them: modules of the right class names, made here from the paper, and torch.save.

Every part is run frame by frame here, with LSTMCells that keep their state in `hidden`; nothing of the program is used.
"""

from __future__ import annotations

import contextlib
import sys
import types
import warnings
from argparse import Namespace
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class dcgan_conv(nn.Module):
    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.main = nn.Sequential(nn.Conv2d(n_in, n_out, 4, 2, 1), nn.BatchNorm2d(n_out), nn.LeakyReLU(0.2, inplace=True))


class dcgan_upconv(nn.Module):
    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.main = nn.Sequential(nn.ConvTranspose2d(n_in, n_out, 4, 2, 1), nn.BatchNorm2d(n_out), nn.LeakyReLU(0.2, inplace=True))


class vgg_layer(nn.Module):
    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.main = nn.Sequential(nn.Conv2d(n_in, n_out, 3, 1, 1), nn.BatchNorm2d(n_out), nn.LeakyReLU(0.2, inplace=True))


def vgg_block(*widths: int) -> nn.Sequential:
    return nn.Sequential(*(vgg_layer(a, b) for a, b in pairwise(widths)))


class dcgan_encoder(nn.Module):
    def __init__(self, g_dim: int, nc: int, nf: int, width: int) -> None:
        super().__init__()
        widths = [nc, nf, 2 * nf, 4 * nf, 8 * nf] + [8 * nf] * (width == 128)
        self.dim, self.deep = g_dim, len(widths) - 1
        for i in range(self.deep):
            setattr(self, f"c{i + 1}", dcgan_conv(widths[i], widths[i + 1]))
        last = nn.Sequential(nn.Conv2d(widths[-1], g_dim, 4, 1, 0), nn.BatchNorm2d(g_dim), nn.Tanh())
        setattr(self, f"c{self.deep + 1}", last)


class dcgan_decoder(nn.Module):
    def __init__(self, g_dim: int, nc: int, nf: int, width: int) -> None:
        super().__init__()
        widths = [8 * nf] * (width == 128) + [8 * nf, 4 * nf, 2 * nf, nf]
        self.dim, self.deep = g_dim, len(widths)
        self.upc1 = nn.Sequential(nn.ConvTranspose2d(g_dim, 8 * nf, 4, 1, 0), nn.BatchNorm2d(8 * nf), nn.LeakyReLU(0.2, True))
        for i in range(self.deep - 1):
            setattr(self, f"upc{i + 2}", dcgan_upconv(2 * widths[i], widths[i + 1]))
        setattr(self, f"upc{self.deep + 1}", nn.Sequential(nn.ConvTranspose2d(2 * nf, nc, 4, 2, 1), nn.Sigmoid()))


class vgg_encoder(nn.Module):
    def __init__(self, g_dim: int, nc: int, nf: int, width: int) -> None:
        super().__init__()
        self.dim, self.deep = g_dim, 5 if width == 128 else 4
        self.c1 = vgg_block(nc, nf, nf)
        self.c2 = vgg_block(nf, 2 * nf, 2 * nf)
        self.c3 = vgg_block(2 * nf, 4 * nf, 4 * nf, 4 * nf)
        self.c4 = vgg_block(4 * nf, 8 * nf, 8 * nf, 8 * nf)
        if width == 128:
            self.c5 = vgg_block(8 * nf, 8 * nf, 8 * nf, 8 * nf)
        last = nn.Sequential(nn.Conv2d(8 * nf, g_dim, 4, 1, 0), nn.BatchNorm2d(g_dim), nn.Tanh())
        setattr(self, f"c{self.deep + 1}", last)
        self.mp = nn.MaxPool2d(kernel_size=2, stride=2, padding=0)


class vgg_decoder(nn.Module):
    def __init__(self, g_dim: int, nc: int, nf: int, width: int) -> None:
        super().__init__()
        self.dim, self.deep = g_dim, 5 if width == 128 else 4
        self.upc1 = nn.Sequential(nn.ConvTranspose2d(g_dim, 8 * nf, 4, 1, 0), nn.BatchNorm2d(8 * nf), nn.LeakyReLU(0.2, True))
        blocks = [vgg_block(16 * nf, 8 * nf, 8 * nf, 8 * nf)] * (width == 128)
        blocks += [
            vgg_block(16 * nf, 8 * nf, 8 * nf, 4 * nf),
            vgg_block(8 * nf, 4 * nf, 4 * nf, 2 * nf),
            vgg_block(4 * nf, 2 * nf, nf),
        ]
        blocks += [nn.Sequential(vgg_layer(2 * nf, nf), nn.ConvTranspose2d(nf, nc, 3, 1, 1), nn.Sigmoid())]
        for i, block in enumerate(blocks):
            setattr(self, f"upc{i + 2}", block)
        self.up = nn.UpsamplingNearest2d(scale_factor=2)


class lstm(nn.Module):
    def __init__(self, n_in: int, n_out: int, rnn: int, layers: int, batch: int) -> None:
        super().__init__()
        self.n_layers = layers
        self.embed = nn.Linear(n_in, rnn)
        self.lstm = nn.ModuleList([nn.LSTMCell(rnn, rnn) for _ in range(layers)])
        self.output = nn.Sequential(nn.Linear(rnn, n_out), nn.Tanh())
        self.hidden = [(torch.zeros(batch, rnn), torch.zeros(batch, rnn)) for _ in range(layers)]


class gaussian_lstm(nn.Module):
    def __init__(self, n_in: int, n_out: int, rnn: int, layers: int, batch: int) -> None:
        super().__init__()
        self.n_layers = layers
        self.embed = nn.Linear(n_in, rnn)
        self.lstm = nn.ModuleList([nn.LSTMCell(rnn, rnn) for _ in range(layers)])
        self.mu_net = nn.Linear(rnn, n_out)
        self.logvar_net = nn.Linear(rnn, n_out)
        self.hidden = [(torch.zeros(batch, rnn), torch.zeros(batch, rnn)) for _ in range(layers)]


CLASSES = {
    "models.lstm": {"lstm": lstm, "gaussian_lstm": gaussian_lstm},
    **{
        f"models.dcgan_{width}": {
            "dcgan_conv": dcgan_conv, "dcgan_upconv": dcgan_upconv, "encoder": dcgan_encoder, "decoder": dcgan_decoder
        }
        for width in (64, 128)
    },
    **{f"models.vgg_{width}": {"vgg_layer": vgg_layer, "encoder": vgg_encoder, "decoder": vgg_decoder} for width in (64, 128)},
}  # fmt: skip


@contextlib.contextmanager
def authors_modules(width: int) -> Iterator[None]:
    """The classes above under the authors' names, so that pickle finds them there."""
    chosen = {name: found for name, found in CLASSES.items() if not name.endswith("64" if width == 128 else "128")}
    before = {cls: (cls.__module__, cls.__name__, cls.__qualname__) for found in chosen.values() for cls in found.values()}
    modules = {"models": types.ModuleType("models")}
    for name, found in chosen.items():
        modules[name] = types.ModuleType(name)
        for title, cls in found.items():
            cls.__module__, cls.__name__, cls.__qualname__ = name, title, title
            setattr(modules[name], title, cls)
    try:
        sys.modules.update(modules)
        yield
    finally:
        for name in modules:
            del sys.modules[name]
        for cls, names in before.items():
            cls.__module__, cls.__name__, cls.__qualname__ = names


def authors_model(
    backbone: str = "dcgan",
    width: int = 64,
    channels: int = 1,
    prior: bool = True,
    layers: tuple[int, int, int] = (2, 1, 1),
    nf: int = 2,
) -> dict[str, nn.Module]:
    """The parts by name, with g_dim 6, z_dim 3 and rnn_size 5; BatchNorm's statistics are no identity. layers: predictor, q, p."""
    g, z, rnn, batch = 6, 3, 5, 2
    encoder, decoder = (dcgan_encoder, dcgan_decoder) if backbone == "dcgan" else (vgg_encoder, vgg_decoder)
    parts: dict[str, nn.Module] = {
        "encoder": encoder(g, channels, nf, width),
        "decoder": decoder(g, channels, nf, width),
        "frame_predictor": lstm(g + z, g, rnn, layers[0], batch),
        "posterior": gaussian_lstm(g, z, rnn, layers[1], batch),
    }
    if prior:
        parts["prior"] = gaussian_lstm(g, z, rnn, layers[2], batch)
    for part in parts.values():
        for module in part.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)  # so that what goes in is still seen in what comes out
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.running_mean, -0.2, 0.2)
                nn.init.uniform_(module.running_var, 0.5, 1.5)
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.uniform_(module.bias, -0.2, 0.2)
    return parts


def authors_options(backbone: str = "dcgan", width: int = 64, channels: int = 1, prior: bool = True, **other: Any) -> Namespace:
    """What argparse made of the flags, and the optimiser's class."""
    options = {
        "lr": 0.001, "beta1": 0.8, "batch_size": 16, "log_dir": "/home/them/logs", "model_dir": "", "name": "x",
        "data_root": "/theirs",
        "optimizer": torch.optim.Adam, "niter": 200, "seed": 7, "epoch_size": 500, "image_width": width, "channels": channels,
        "dataset": "smmnist", "n_past": 3, "n_future": 4, "n_eval": 12, "rnn_size": 5, "posterior_rnn_layers": 1,
        "predictor_rnn_layers": 2, "z_dim": 3, "g_dim": 6, "beta": 0.0002, "model": backbone, "data_threads": 4, "num_digits": 1,
        "last_frame_skip": False, "max_step": 7,
    }  # fmt: skip
    if prior:
        options["prior_rnn_layers"] = 1
    return Namespace(**(options | other))


def save(path: Path, parts: dict[str, Any], options: object, layout: str, width: int = 64) -> Path:
    """Writes a checkpoint as the authors' train scripts do, in the "legacy" or the "zip" layout."""
    with authors_modules(width), warnings.catch_warnings(action="ignore"):  # that the classes' source cannot be found
        torch.save({**parts, "opt": options}, path, _use_new_zipfile_serialization=layout == "zip")
    return path


# ---- the model of the paper, one frame at a time, BatchNorm with running statistics


class FrameByFrame:
    def __init__(self, parts: dict[str, nn.Module], backbone: str, n_past: int, skips: str = "original") -> None:
        self.parts = {name: part.eval() for name, part in parts.items()}
        self.vgg = backbone == "vgg"
        self.n_past, self.skips = n_past, skips

    def encode(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        encoder, skips = self.parts["encoder"], []
        for i in range(1, encoder.deep + 1):
            stage = getattr(encoder, f"c{i}")
            for layer in stage if self.vgg else [stage]:
                x = layer.main(x)
            skips.append(x)
            if self.vgg:
                x = encoder.mp(x)
        return getattr(encoder, f"c{encoder.deep + 1}")(x).flatten(1), skips

    def decode(self, g: Tensor, skips: list[Tensor]) -> Tensor:
        decoder = self.parts["decoder"]
        d = decoder.upc1(g[:, :, None, None])
        for i in range(2, decoder.deep + 2):
            stage, skip = getattr(decoder, f"upc{i}"), skips[decoder.deep + 1 - i]
            d = torch.cat([decoder.up(d) if self.vgg else d, skip], 1)
            for layer in stage if isinstance(stage, nn.Sequential) else [stage]:
                d = layer.main(d) if hasattr(layer, "main") else layer(d)
        return d

    def recur(self, part: str, x: Tensor) -> Tensor:
        module = self.parts[part]
        x = module.embed(x)
        for n, cell in enumerate(module.lstm):
            module.hidden[n] = cell(x, module.hidden[n])
            x = module.hidden[n][0]
        return x

    def gaussian(self, part: str, h: Tensor) -> tuple[Tensor, Tensor]:
        out, module = self.recur(part, h), self.parts[part]
        return F.linear(out, module.mu_net.weight, module.mu_net.bias), module.logvar_net(out)

    def predict(self, h: Tensor, z: Tensor) -> Tensor:
        return self.parts["frame_predictor"].output(self.recur("frame_predictor", torch.cat([h, z], 1)))

    def forget(self) -> None:
        for part in self.parts.values():
            for state in getattr(part, "hidden", []):
                assert len(state) == 2
            if hasattr(part, "hidden"):
                part.hidden = [tuple(torch.zeros_like(v) for v in state) for state in part.hidden]

    @torch.no_grad()
    def teacher_forced(self, x: Tensor, eps: Tensor) -> tuple[Tensor, list[Tensor]]:
        """x `(T, B, C, H, W)`, eps `(T-1, B, z_dim)` → frames 1..T-1; mu, logvar of posterior and prior."""
        self.forget()
        frames, stats = [], []
        for t in range(1, len(x)):
            h, newest = self.encode(x[t - 1])
            if t < self.n_past or t == 1 or self.skips == "every":
                skips = newest
            mu, logvar = self.gaussian("posterior", self.encode(x[t])[0])
            p = self.gaussian("prior", h) if "prior" in self.parts else (torch.zeros_like(mu), torch.zeros_like(mu))
            frames.append(self.decode(self.predict(h, mu + eps[t - 1] * torch.exp(logvar / 2)), skips))
            stats.append((mu, logvar, *p))
        return torch.stack(frames), [torch.stack(values) for values in zip(*stats, strict=True)]

    @torch.no_grad()
    def approximate_posterior(self, x: Tensor) -> Tensor:
        """x `(T, B, C, H, W)` → as many frames, the first n_past the truth's."""
        self.forget()
        frames = [x[0]]
        for t in range(1, len(x)):
            h, newest = self.encode(frames[-1])
            if t < self.n_past or t == 1 or self.skips == "every":
                skips = newest
            z, _ = self.gaussian("posterior", self.encode(x[t])[0])
            g = self.predict(h, z)
            frames.append(x[t] if t < self.n_past else self.decode(g, skips))
        return torch.stack(frames)
