"""The recurrent parts of SVG, over whole sequences: frame predictor, posterior and the two priors."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from svg_studio.engine.config import ModelConfig

State = tuple[Tensor, Tensor]  # hidden and cell, each (layers, B, rnn_size)


def at_least_float32(x: Tensor) -> Tensor:
    """What statistics are computed in: KL is a small difference of large terms, which bf16 loses."""
    return x.float() if x.dtype == torch.bfloat16 else x


class DeterministicLSTM(nn.Module):
    """Linear → stacked LSTM → Linear → tanh: the frame predictor."""

    def __init__(self, n_in: int, n_out: int, rnn_size: int, layers: int) -> None:
        super().__init__()
        self.embed = nn.Linear(n_in, rnn_size)
        self.lstm = nn.LSTM(rnn_size, rnn_size, layers)
        self.output = nn.Linear(rnn_size, n_out)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """x `(T, B, n_in)` → `(T, B, n_out)` in (-1, 1), and the state after the last step; None starts from zeros."""
        out, state = self.lstm(self.embed(x), state)
        return torch.tanh(self.output(out)), state


class GaussianLSTM(nn.Module):
    """Linear → stacked LSTM → mu and logvar: the posterior and the learned prior."""

    def __init__(self, n_in: int, z_dim: int, rnn_size: int, layers: int) -> None:
        super().__init__()
        self.embed = nn.Linear(n_in, rnn_size)
        self.lstm = nn.LSTM(rnn_size, rnn_size, layers)
        self.mu_net = nn.Linear(rnn_size, z_dim)
        self.logvar_net = nn.Linear(rnn_size, z_dim)

    def forward(self, h: Tensor, state: State | None = None) -> tuple[Tensor, Tensor, State]:
        """h `(T, B, n_in)` → mu, logvar `(T, B, z_dim)`, and the state after the last step."""
        out, state = self.lstm(self.embed(h), state)
        return at_least_float32(self.mu_net(out)), at_least_float32(self.logvar_net(out)), state


class LearnedPrior(GaussianLSTM):
    """p(z_t | x_{1:t-1}) of SVG-LP."""


class FixedPrior(nn.Module):
    """p(z_t) = N(0, I) of SVG-FP; answers the same call as LearnedPrior."""

    def __init__(self, z_dim: int) -> None:
        super().__init__()
        self.z_dim = z_dim

    def forward(self, h: Tensor, state: State | None = None) -> tuple[Tensor, Tensor, State]:
        """h `(T, B, n_in)` → mu = logvar = 0, `(T, B, z_dim)`, and an empty state."""
        zeros = at_least_float32(h.new_zeros(*h.shape[:2], self.z_dim))
        return zeros, zeros, (h.new_zeros(0, h.shape[1], 0),) * 2


def learned_prior(config: ModelConfig) -> LearnedPrior:
    """SVG-LP's."""
    return LearnedPrior(config.g_dim, config.z_dim, config.rnn_size, config.prior_rnn_layers)


def fixed_prior(config: ModelConfig) -> FixedPrior:
    """SVG-FP's."""
    return FixedPrior(config.z_dim)
