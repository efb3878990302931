"""Trains as the command does, with what a test wants otherwise; started by torchrun, once for each process.

Environment: FREEZE=1 keeps BatchNorm at its running statistics; FAIL=R lets process R fail at its fourth batch.
"""

from __future__ import annotations

import itertools
import os
import sys

from torch import nn

from svg_studio.cli import main as cli
from svg_studio.engine.errors import DataError

if os.environ.get("FREEZE"):
    nn.BatchNorm2d.train = lambda self, mode=True: nn.Module.train(self, False)  # type: ignore[method-assign]

if "FAIL" in os.environ and os.environ["FAIL"] == os.environ.get("RANK"):
    from svg_studio.engine.data.datasets import smmnist

    real, count = smmnist.MovingDigits.batch, itertools.count()

    def batch(self, indices):  # type: ignore[no-untyped-def]
        if next(count) == 4:
            raise DataError("digits.bin: is gone; put it back")
        return real(self, indices)

    smmnist.MovingDigits.batch = batch

if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:]))
