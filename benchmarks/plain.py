"""SVG as a plain per-frame loop, written from the paper: two encoder calls a step, concatenated skips, recurrent cells.

It takes only the weights of a model, by name. The tests compare the model's numbers with it, and the benchmarks its speed.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from svg_studio.engine.config import ModelConfig


class Plain:
    def __init__(self, config: ModelConfig, weights: dict[str, Tensor], *, train: bool) -> None:
        self.config = config
        self.w = weights
        self.train = train

    def bn(self, x: Tensor, name: str) -> Tensor:
        w = self.w
        stats = (None, None) if self.train else (w[f"{name}.running_mean"], w[f"{name}.running_var"])
        return F.batch_norm(x, *stats, w[f"{name}.weight"], w[f"{name}.bias"], training=self.train)

    def conv(self, x: Tensor, name: str, stride: int, pad: int) -> Tensor:
        return F.conv2d(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"], stride, pad)

    def conv_t(self, x: Tensor, name: str, stride: int, pad: int) -> Tensor:
        return F.conv_transpose2d(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"], stride, pad)

    def encode(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        deep = 5 if self.config.image_width == 128 else 4
        skips = []
        for i in range(1, deep + 1):
            if self.config.backbone == "dcgan":
                x = F.leaky_relu(self.bn(self.conv(x, f"encoder.c{i}.main.0", 2, 1), f"encoder.c{i}.main.1"), 0.2)
                skips.append(x)
            else:
                for j in range(2 if i <= 2 else 3):
                    x = F.leaky_relu(self.bn(self.conv(x, f"encoder.c{i}.{j}.main.0", 1, 1), f"encoder.c{i}.{j}.main.1"), 0.2)
                skips.append(x)
                x = F.max_pool2d(x, 2)
        last = f"encoder.c{deep + 1}"
        return torch.tanh(self.bn(self.conv(x, f"{last}.0", 1, 0), f"{last}.1")).flatten(1), skips

    def decode(self, g: Tensor, skips: list[Tensor]) -> Tensor:
        deep = len(skips)
        d = F.leaky_relu(self.bn(self.conv_t(g[..., None, None], "decoder.upc1.0", 1, 0), "decoder.upc1.1"), 0.2)
        for i, skip in zip(range(2, deep + 2), skips[::-1], strict=True):
            name, final = f"decoder.upc{i}", i == deep + 1
            if self.config.backbone == "dcgan":
                d = torch.cat([d, skip], 1)
                if final:
                    return torch.sigmoid(self.conv_t(d, f"{name}.0", 2, 1))
                d = F.leaky_relu(self.bn(self.conv_t(d, f"{name}.main.0", 2, 1), f"{name}.main.1"), 0.2)
            else:
                d = torch.cat([F.interpolate(d, scale_factor=2, mode="nearest"), skip], 1)
                layers = 1 if final else 2 if i == deep else 3
                for j in range(layers):
                    d = F.leaky_relu(self.bn(self.conv(d, f"{name}.{j}.main.0", 1, 1), f"{name}.{j}.main.1"), 0.2)
                if final:
                    return torch.sigmoid(self.conv_t(d, f"{name}.1", 1, 1))
        raise AssertionError("no last stage")

    def cells(self, x: Tensor, name: str, layers: int, state: dict) -> Tensor:
        w = self.w
        x = F.linear(x, w[f"{name}.embed.weight"], w[f"{name}.embed.bias"])
        for n in range(layers):
            h, c = state.get((name, n), (torch.zeros_like(x), torch.zeros_like(x)))
            cell = [w[f"{name}.lstm.{part}_l{n}"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            h, c = torch.lstm_cell(x, (h, c), *cell)
            state[name, n] = (h, c)
            x = h
        return x

    def gaussian(self, h: Tensor, name: str, layers: int, state: dict) -> tuple[Tensor, Tensor]:
        out = self.cells(h, name, layers, state)
        w = self.w
        return (
            F.linear(out, w[f"{name}.mu_net.weight"], w[f"{name}.mu_net.bias"]),
            F.linear(out, w[f"{name}.logvar_net.weight"], w[f"{name}.logvar_net.bias"]),
        )

    def prior(self, h: Tensor, state: dict) -> tuple[Tensor, Tensor]:
        if self.config.prior == "fixed":
            return h.new_zeros(len(h), self.config.z_dim), h.new_zeros(len(h), self.config.z_dim)
        return self.gaussian(h, "prior", self.config.prior_rnn_layers, state)

    def predictor(self, h: Tensor, z: Tensor, state: dict) -> Tensor:
        name = "frame_predictor"
        out = self.cells(torch.cat([h, z], 1), name, self.config.predictor_rnn_layers, state)
        return torch.tanh(F.linear(out, self.w[f"{name}.output.weight"], self.w[f"{name}.output.bias"]))

    def keeps_skips(self, t: int, n_past: int) -> bool:
        """Whether the step that predicts frame t takes over the skips of frame t-1."""
        match self.config.skip_frame:
            case "every":
                return True
            case "last":
                return t <= n_past
            case _:
                return t < n_past or t == 1

    def losses(self, x: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
        """mse and kld of clips (T, B, C, H, W), true inputs throughout; eps[t-1] is the noise at t."""
        state: dict = {}
        mse = kld = x.new_zeros(())
        skips: list[Tensor] = []
        for t in range(1, len(x)):
            h, newest = self.encode(x[t - 1])
            if self.keeps_skips(t, self.config.n_past):
                skips = newest
            h_target, _ = self.encode(x[t])
            mu, logvar = self.gaussian(h_target, "posterior", self.config.posterior_rnn_layers, state)
            z = mu + eps[t - 1] * (0.5 * logvar).exp()
            mu_p, logvar_p = self.prior(h, state)
            x_hat = self.decode(self.predictor(h, z, state), skips)
            mse = mse + F.mse_loss(x_hat, x[t])
            q = torch.distributions.Normal(mu, (0.5 * logvar).exp())
            p = torch.distributions.Normal(mu_p, (0.5 * logvar_p).exp())
            kld = kld + torch.distributions.kl_divergence(q, p).sum() / x.shape[1]
        return mse, kld

    @torch.no_grad()
    def future(self, past: Tensor, eps: Tensor, horizon: int) -> Tensor:
        """One future of clips (n_past, B, C, H, W); eps[t] (B, z_dim) is the noise of frame t."""
        return self._generate(past, horizon, lambda t, mu, logvar: mu + eps[t] * (0.5 * logvar).exp(), None, eps)

    @torch.no_grad()
    def approximate_posterior(self, x: Tensor, n_past: int) -> Tensor:
        return self._generate(x[:n_past], len(x) - n_past, None, x, None)

    def _generate(self, past, horizon, draw, truth, eps):  # type: ignore[no-untyped-def]
        n_past, state, skips = len(past), {}, []
        frames = [past[0]]
        for t in range(1, n_past + horizon):
            h, newest = self.encode(frames[t - 1])
            if self.keeps_skips(t, n_past):
                skips = newest
            target = truth[t] if truth is not None else past[t] if t < n_past else None
            if target is not None:
                mu, logvar = self.gaussian(self.encode(target)[0], "posterior", self.config.posterior_rnn_layers, state)
            mu_p, logvar_p = self.prior(h, state)
            if truth is not None:
                z = mu
            elif t < n_past:
                drawn = {"original": self.config.prior == "learned", "drawn": True, "mean": False}[self.config.context_latents]
                z = mu + eps[t] * (0.5 * logvar).exp() if drawn else mu
            else:
                z = draw(t, mu_p, logvar_p)
            g = self.predictor(h, z, state)
            frames.append(past[t] if t < n_past else self.decode(g, skips))
        return torch.stack(frames)


def of(model, *, train: bool) -> Plain:  # type: ignore[no-untyped-def]
    return Plain(model.config, {**dict(model.named_parameters()), **dict(model.named_buffers())}, train=train)
