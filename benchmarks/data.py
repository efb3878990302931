"""Measures the speed of the data code, as ratios within one run: `python -m benchmarks.data [digits|batches|bair|kth …]`."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from benchmarks import conversions, moving_digits, stored_batches
from benchmarks.measure import machine


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], "digits", "batches", "bair", "kth"], help="which tables; none: all")
    parser.add_argument("--data_root", type=Path, default=Path("data"), help="folder that holds MNIST; without it digits are drawn")
    parser.add_argument("--seconds", type=float, default=10.0, help="seconds of measuring for each row")
    opt = parser.parse_args()
    threads = torch.get_num_threads()
    tables: dict[str, Callable[[Path], Iterator[str]]] = {
        "digits": lambda folder: moving_digits.compare(opt.data_root, opt.seconds),
        "batches": lambda folder: stored_batches.compare(folder, opt.seconds, threads),
        "bair": conversions.compare_bair,
        "kth": conversions.compare_kth,
    }
    print(machine())
    for name in opt.parts or tables:
        torch.set_num_threads(1)
        with tempfile.TemporaryDirectory() as folder:
            for line in tables[name](Path(folder)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
