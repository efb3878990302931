"""Checkpoints are whole or not there, and a file that is something else is refused with a sentence, unexecuted."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import ModelConfig, TrainConfig
from svg_studio.engine.errors import CheckpointError
from svg_studio.engine.models.registry import build


def config(**model: object) -> TrainConfig:
    return TrainConfig(model=ModelConfig(**{"base_width": 2, "g_dim": 8, "z_dim": 3, "rnn_size": 8, **model}))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    model = build(config().model)
    path = tmp_path / "run" / "checkpoints" / "last.pt"
    path.parent.parent.mkdir()
    checkpoint.save(path, model, config(), 7, optimizer=torch.optim.Adam(model.parameters()), notes="made by hand")
    return path


@pytest.mark.parametrize("settings", [{}, {"prior": "fixed"}, {"backbone": "vgg"}, {"image_width": 128, "channels": 3}])
def test_that_a_model_comes_back_as_it_was(tmp_path: Path, settings: dict) -> None:
    model = build(config(**settings).model)
    path = tmp_path / "m.pt"
    checkpoint.save(path, model, config(**settings), 12)
    found = checkpoint.load(path)
    assert (found.step, found.config) == (12, config(**settings))
    again = found.model()
    assert not again.training
    c = again.config
    x = torch.rand(4, 2, c.channels, c.image_width, c.image_width)
    eps = torch.randn(3, 2, 3)
    model.eval()
    assert torch.equal(model.loss(x, eps=eps).total, again.loss(x, eps=eps).total)
    assert all(p.requires_grad for p in again.parameters())


def test_that_a_run_that_was_moved_away_gets_no_second_folder(tmp_path: Path) -> None:
    gone = tmp_path / "run" / "checkpoints" / "last.pt"
    with pytest.raises(CheckpointError, match="cannot be written"):
        checkpoint.save(gone, build(config().model), config(), 7)
    assert not (tmp_path / "run").exists()


def test_that_a_run_folder_stands_for_its_last_checkpoint(saved: Path) -> None:
    for place in (saved, saved.parent, saved.parent.parent):
        assert checkpoint.load(place).path == saved
    assert checkpoint.load(saved).notes == "made by hand"
    assert checkpoint.load_model(saved).config == config().model


def test_that_a_checkpoint_is_read_without_its_optimiser_state_being_needed(saved: Path) -> None:
    assert set(checkpoint.load(saved).optimizer or {}) == {"state", "param_groups"}


@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), RuntimeError("[enforce fail at inline_container.cc] unexpected pos 1 vs 2")]
)
def test_that_nothing_half_written_is_left(saved: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    before = saved.read_bytes()

    def fails(content: Any, file: Path) -> None:
        Path(file).write_bytes(b"half")
        raise failure

    monkeypatch.setattr(torch, "save", fails)
    with pytest.raises(CheckpointError, match=r"last\.pt.*disk.*full; free .*space or choose another folder"):
        checkpoint.save(saved, build(config().model), config(), 8)
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir()] == ["last.pt"]


class Bomb:
    def __reduce__(self) -> tuple:
        return (Path.touch, (Path(self.where),))  # type: ignore[attr-defined]


def damaged(saved: Path, tmp_path: Path) -> dict[str, Path]:
    """Files that are no usable checkpoints, by what is wrong with them."""
    good = torch.load(saved, weights_only=True)
    bomb = Bomb()
    bomb.where = str(tmp_path / "executed")  # type: ignore[attr-defined]
    big = {**good, "config": {**good["config"], "model": {**good["config"]["model"], "g_dim": 8192, "rnn_size": 8192}}}
    files: dict[str, Any] = {
        "a list": [1, 2],
        "another dict": {"weights": {}},
        "a later version": {**good, "version": 99},
        "no weights": {**good, "model": None},
        "weights that are no tensors": {**good, "model": {"encoder": {"c1": 3}}},
        "a part missing": {**good, "model": {k: v for k, v in good["model"].items() if k != "prior"}},
        "another shape": {**good, "model": {**good["model"], "posterior": good["model"]["frame_predictor"]}},
        "an unknown setting": {**good, "config": {**good["config"], "warp": 1}},
        "a setting out of range": {**good, "config": {**good["config"], "model": {**good["config"]["model"], "z_dim": 0}}},
        "settings far larger than its weights": big,
        "no settings": {**good, "config": None},
        "a step that is a word": {**good, "step": "seven"},
    }
    paths = {}
    for name, content in files.items():
        paths[name] = tmp_path / f"{name}.pt"
        torch.save(content, paths[name])
    raw = saved.read_bytes()
    for name, content in {
        "empty": b"",
        "a text": b"hello " * 100,
        "cut short": raw[: len(raw) // 2],
        "its end only": raw[len(raw) // 2 :],
        "a pickle that runs code": pickle.dumps(bomb),
        "a dict with a pickle that runs code": pickle.dumps({"format": checkpoint.FORMAT, "model": bomb}),
    }.items():
        paths[name] = tmp_path / f"{name}.pt"
        paths[name].write_bytes(content)
    for first in range(256):
        paths[f"byte {first}"] = tmp_path / f"byte {first}.pt"
        paths[f"byte {first}"].write_bytes(bytes([first]) * 20)
    for word in ("a file", "s hi", "t text", "export x", "....."):
        paths[word] = tmp_path / f"{word}.pt"
        paths[word].write_text(word)
    paths["a zip that runs code"] = tmp_path / "zip.pt"
    torch.save({"format": checkpoint.FORMAT, "model": bomb}, paths["a zip that runs code"])
    paths["not there"] = tmp_path / "absent.pt"
    paths["a folder"] = tmp_path / "folder"
    paths["a folder"].mkdir()
    return paths


def test_that_whatever_is_no_checkpoint_is_refused_with_a_sentence(saved: Path, tmp_path: Path) -> None:
    for name, path in damaged(saved, tmp_path).items():
        with pytest.raises(CheckpointError) as refusal:
            checkpoint.load(path).model()
        text = str(refusal.value)
        assert str(path) in text, name
        assert "\n" not in text, name
    assert not (tmp_path / "executed").exists()
