"""Journals, states and manifests with what no writer writes: each is read up to a bound, and nothing beside it is lost."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fuzzed_readers import READERS
from support.library_runs import make_run

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.data.stored_clips import inspect_stored
from svg_studio.engine.events import RunsListed
from svg_studio.engine.runs.curves import read_curves
from svg_studio.engine.runs.folder import RunFolder
from svg_studio.engine.runs.library import scan
from svg_studio.engine.utils.files import part_of

OF_LINES = ("metrics.jsonl", "tests.jsonl", "log.txt", "conversion's journal")
OF_JSON = (
    "config.json",
    "state.json",
    "about.json",
    "manifest",
    "queue",
    "evaluation",
    "unfinished evaluation",
    "settings of a run",
)
Change = Callable[[bytes], bytes]


def numbers(by: bytes) -> Change:
    """Every number another one."""
    return lambda data: re.sub(rb"-?\b\d+(\.\d+)?\b", by, data)


KINDS: dict[str, Change] = {
    **{name.decode()[:12]: numbers(name) for name in (b"1e999", b"NaN", b"-7", b'"7"', b"null", b"9" * 300, b"9" * 5000, b"[[7]]")},
    "Infinity in a line": lambda data: data + b'{"step": Infinity, "seconds": 1e999}\n',
    "nested 10,000 deep": lambda data: data + b'{"step":' * 10_000 + b"1" + b"}" * 10_000 + b"\n",
    "nested by a hundred": lambda data: re.sub(rb"\b\d+\b", b"[" * 100 + b"]" * 100, data, count=1),
    "cut UTF-8": lambda data: data + b'{"a": "\xe2\x82',
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "a key twice": lambda data: data.replace(b"{", b'{"step": 1, "step": [], ', 1),
    "half a letter": lambda data: data.replace(b'"', b'"\\ud83d', 1).replace(b': "', b': "\\udcff'),
    "zeros between": lambda data: data[: len(data) // 2] + bytes(5000) + data[len(data) // 2 :],
    "zeros alone": lambda data: bytes(5000),
    "a line of 20 MB": lambda data: data + b"x" * (20 << 20),
    "empty lines": lambda data: data + b"\n" * 10_000,
    "nothing": lambda data: b"",
}  # fmt: skip


@pytest.mark.parametrize("name", [*OF_LINES, *OF_JSON])
def test_that_whatever_stands_in_it_is_read_or_refused_in_bounded_memory(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    tracemalloc.start()
    try:
        for number, (kind, change) in enumerate(KINDS.items()):
            folder = tmp_path / str(number)
            folder.mkdir()
            file = reader.make(folder)
            file.write_bytes(change(file.read_bytes()))
            with contextlib.suppress(*reader.errors):
                reader.read(file)
            _, peak = tracemalloc.get_traced_memory()
            assert peak < 150 << 20, f"{kind}: {peak:,} bytes"
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="a file with a hole, as POSIX has them")
@pytest.mark.parametrize("name", [*OF_LINES, *OF_JSON])
def test_that_a_terabyte_of_zeros_is_not_read(name: str, tmp_path: Path) -> None:
    reader = READERS[name]
    file = reader.make(tmp_path)
    try:
        os.truncate(file, 1 << 40)
    except OSError:
        pytest.skip("this file system takes no such file")
    with contextlib.suppress(*reader.errors):
        reader.read(file)


def test_that_a_run_with_bad_lines_goes_on_and_says_so(tmp_path: Path) -> None:
    run_path = make_run(tmp_path)
    with (run_path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": 1e999, "seconds": 1}\n\0\0\0\0\n{"step": 4}\n' + b"x" * (17 << 20))
    run = RunFolder(run_path)
    said = run.begin(TrainConfig(), 5)
    run.close()
    assert said == "metrics.jsonl: what told of no step was left out (3 lines)"
    assert said in (run_path / "log.txt").read_text()
    assert (run_path / "metrics.jsonl").read_bytes().count(b"\n") == 5
    assert list(read_curves(run_path).steps) == [1, 2, 3, 4, 5]
    run = RunFolder(run_path)
    assert run.begin(TrainConfig(), 5) == ""
    run.close()


@pytest.mark.parametrize("name", ["metrics.jsonl", "state.json", "config.json", "about.json"])
def test_that_the_runs_beside_a_damaged_one_are_listed(name: str, tmp_path: Path) -> None:
    make_run(tmp_path, "sound")
    (make_run(tmp_path, "bad") / name).write_bytes(b'{"step": 1e999, "niter": Infinity, "seconds": ' + b"9" * 4000 + b"}\n")
    *_, found = scan(tmp_path)
    assert isinstance(found, RunsListed)
    assert {row.path.name for row in found.rows} == {"sound", "bad"}
    assert next(row for row in found.rows if row.path.name == "sound").state == "stopped"


@pytest.mark.parametrize("file", ["manifest", "npy", "conversion's journal"])
def test_that_the_stores_beside_a_damaged_one_are_shown(file: str, tmp_path: Path) -> None:
    for name in ("sound", "bad"):
        (tmp_path / name).mkdir()
        damaged = READERS[file].make(tmp_path / name)
    damaged.write_bytes(damaged.read_bytes().replace(b"(", b"[", 1).replace(b"{", b"[", 1))
    for name in ("sound", "bad"):
        (tmp_path / name / "s").rename(tmp_path / f"s-{name}")
        (tmp_path / name).rmdir()
    found = inspect_stored("videos", tmp_path, raw="", missing="").stores
    assert {store.path.parent.name for store in found} == {"s-sound", "s-bad"}
    sound, bad = sorted(found, key=lambda store: store.path.parent.name, reverse=True)
    assert not sound.problem
    assert bad.problem or (bad.path.name == part_of(Path("store-64")).name and not bad.settings)
    assert "\n" not in bad.problem
