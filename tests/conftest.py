"""Fixtures that tests of several packages share."""

import os
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # for every test, also one that runs alone; the X11 suite's windows have their own
# Where several processes run the tests (`pytest -n`), each takes its share of the cores; read by torch when it is imported.
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // int(workers))))


def write_idx(path: Path, array: np.ndarray) -> None:
    """`array` of uint8 as an IDX file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes())


NUMBERS = {"models", "sampling", "training", "metrics", "checkpoints"}  # the folders whose tests compute with a model


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what to run again with genuine files (`-m genuine`), and on other processors (`-m numbers`)."""
    for item in items:
        if NUMBERS & {folder.name for folder in item.path.parents} and "engine" in item.path.parts:
            item.add_marker("numbers")
        if {"mnist_root", "genuine_data"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("genuine")


@pytest.fixture(scope="session")
def genuine_data() -> Path:
    """The folder that SVG_STUDIO_TEST_DATA names, with MNIST/raw/*.gz and kth/00sequences.txt; without it the test is skipped."""
    if not (there := os.environ.get("SVG_STUDIO_TEST_DATA")):
        pytest.skip("wants genuine files: SVG_STUDIO_TEST_DATA names no folder with MNIST/raw/*.gz and kth/00sequences.txt")
    return Path(there)


@pytest.fixture(scope="session")
def mnist_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root that holds MNIST: the real one's archives where SVG_STUDIO_TEST_DATA names a folder with MNIST/raw/*.gz,
    else a small one made of drawn digits, as plain files."""
    root = tmp_path_factory.mktemp("data_root")
    folder = root / "MNIST" / "raw"
    if there := os.environ.get("SVG_STUDIO_TEST_DATA"):
        folder.mkdir(parents=True)
        for archive in Path(there, "MNIST", "raw").glob("*.gz"):
            shutil.copyfile(archive, folder / archive.name)
        return root
    from svg_studio.engine.data.datasets.digit_bank import enlarge
    from svg_studio.engine.data.datasets.drawn_digits import drawn_digits

    for split, prefix, count in (("train", "train", 600), ("test", "t10k", 100)):
        bank = drawn_digits(split)
        write_idx(folder / f"{prefix}-images-idx3-ubyte", enlarge(bank.images[:count], 28))
        write_idx(folder / f"{prefix}-labels-idx1-ubyte", bank.labels[:count])
    return root
