"""A model is found by its bytes, whatever it is called, and what cannot be read is passed over."""

import hashlib
from pathlib import Path

import pytest

from svg_studio.engine.errors import CheckpointError
from svg_studio.engine.events import ModelSought, Progressed
from svg_studio.engine.runs import find_model as module
from svg_studio.engine.runs.find_model import find_model, identify


def put(path: Path, content: bytes) -> str:
    """Writes a file; its digest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def sought(*arguments: object) -> ModelSought:
    *_, last = find_model(*arguments)  # type: ignore[arg-type]
    assert isinstance(last, ModelSought)
    return last


def test_that_a_model_is_found_among_files_and_runs(tmp_path: Path) -> None:
    recent = put(tmp_path / "recent.pt", b"a")
    last = put(tmp_path / "runs" / "one" / "checkpoints" / "last.pt", b"b")
    assert sought(recent, "", [str(tmp_path / "recent.pt")]).path == tmp_path / "recent.pt"
    found = sought(last, "", [str(tmp_path / "recent.pt")], [str(tmp_path / "runs")])
    assert found.path == tmp_path / "runs" / "one" / "checkpoints" / "last.pt"
    assert found.found == last


def test_that_a_name_alone_finds_nothing(tmp_path: Path) -> None:
    put(tmp_path / "demo.pt", b"another")
    assert sought("f" * 64, "demo.pt", [str(tmp_path / "demo.pt")]) == ModelSought("f" * 64, None, "")


def test_that_files_of_that_name_are_looked_at_first(tmp_path: Path) -> None:
    for name in ("a.pt", "b.pt", "c.pt"):
        digest = put(tmp_path / name, name.encode())
    events = list(find_model(digest, "c.pt", [str(tmp_path / name) for name in ("a.pt", "b.pt", "c.pt")]))
    assert [e.doing for e in events if isinstance(e, Progressed) and e.unit == "bytes"] == ["Reading c.pt"]


def test_that_what_is_gone_or_no_file_is_passed_over(tmp_path: Path) -> None:
    digest = put(tmp_path / "b.pt", b"b")
    (tmp_path / "folder.pt").mkdir()
    files = [str(tmp_path / name) for name in ("gone.pt", "folder.pt", "b.pt")]
    assert sought(digest, "", files, [str(tmp_path / "no runs")]).path == tmp_path / "b.pt"


def test_that_a_file_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    first = put(path, b"first")
    list(identify(path, first))
    assert not [e for e in identify(path, first) if isinstance(e, Progressed)]
    second = put(path, b"second, longer")
    *_, found = identify(path, first)
    assert isinstance(found, ModelSought)
    assert found.found == second


def test_that_the_memory_of_digests_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    for number in range(6):
        list(identify(tmp_path / f"{number}.pt", put(tmp_path / f"{number}.pt", b"x")))
    assert len(module._known) == 3


def test_that_no_more_is_read_than_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    put(tmp_path / "a.pt", b"x" * 8)
    digest = put(tmp_path / "b.pt", b"y" * 8)
    assert sought(digest, "", [str(tmp_path / "a.pt"), str(tmp_path / "b.pt")]).path is None


def test_that_a_run_stands_for_its_newest_checkpoint(tmp_path: Path) -> None:
    put(tmp_path / "run" / "checkpoints" / "step_10.pt", b"10")
    digest = put(tmp_path / "run" / "checkpoints" / "last.pt", b"last")
    *_, found = identify(tmp_path / "run", digest)
    assert found == ModelSought(digest, tmp_path / "run" / "checkpoints" / "last.pt", digest)


def test_that_a_chosen_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"gone\.pt.*choose another"):
        list(identify(tmp_path / "gone.pt", "a" * 64))
