"""A made-up metric: the mean absolute error."""

from __future__ import annotations

from torch import Tensor


def absolute_error(x: Tensor, truth: Tensor) -> Tensor:
    return (x - truth).abs().mean((-3, -2, -1))
