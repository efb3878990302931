"""LPIPS is torchmetrics' with the same weights, which are read safely or not at all."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from support.alexnet import alexnet, theirs

from svg_studio.engine.errors import StudioError
from svg_studio.engine.metrics import lpips


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.save(alexnet(), tmp_path / "alex.pth")
    return tmp_path / "alex.pth"


@pytest.mark.parametrize("channels,width", [(3, 64), (1, 64), (3, 128)])
def test_that_lpips_is_torchmetrics(weights: Path, channels: int, width: int) -> None:
    ours = lpips.load(weights)
    x, y = torch.rand(2, 3, channels, width, width)
    three = [v.expand(-1, 3, -1, -1) for v in (x, y)]
    expected = theirs()(*three, normalize=True).flatten()
    assert expected.min() > 1e-3
    torch.testing.assert_close(lpips.distance(ours.embed(x), ours.embed(y)), expected, rtol=1e-4, atol=1e-6)


def test_that_faint_features_count_as_torchmetrics_counts_them(weights: Path) -> None:
    ours, net = lpips.load(weights), copy.deepcopy(theirs())
    (weight, bias), *rest = ours.convolutions
    ours = replace(ours, convolutions=((1e-5 * weight, 1e-5 * bias), *rest))
    with torch.no_grad():
        for p in net.net.slice1.parameters():
            p.mul_(1e-5)
    x, y = torch.rand(2, 3, 3, 64, 64)
    torch.testing.assert_close(lpips.distance(ours.embed(x), ours.embed(y)), net(x, y, normalize=True).flatten(), rtol=1e-4, atol=0)


def test_that_leading_axes_stay(weights: Path) -> None:
    net = lpips.load(weights)
    x = torch.rand(2, 3, 1, 64, 64)
    points = net.embed(x)
    assert points.shape[:2] == (2, 3)
    torch.testing.assert_close(points[1, 2], net.embed(x[1, 2]), rtol=1e-4, atol=1e-6)


def test_that_the_convention_names_the_weights(weights: Path) -> None:
    assert lpips.load(weights).sha256[:8] in lpips.load(weights).convention


def test_that_absent_weights_are_said_and_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", None)
    monkeypatch.setattr(torch.hub, "download_url_to_file", None)
    found, sentence = lpips.find("")
    assert found is None
    assert str(tmp_path / "checkpoints" / lpips.FILE) in sentence
    assert "lpips_weights" in sentence


def test_that_the_cache_of_torch_hub_is_looked_into(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    cached = weights.rename(tmp_path / "checkpoints" / lpips.FILE)
    found, sentence = lpips.find("")
    assert found is not None
    assert not sentence
    cached.write_bytes(b"cut short")
    found, sentence = lpips.find("")
    assert found is None
    assert "left out" in sentence
    assert str(cached) in sentence


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> object:
        return Path.touch, (self.path,)


def broken(kind: str, tmp_path: Path) -> object:
    good = alexnet()
    match kind:
        case "missing":
            del good["features.8.bias"]
        case "shape":
            good["features.3.weight"] = good["features.3.weight"][:, :32]
        case "order":
            good["features.6.weight"] = good["features.6.weight"].transpose(0, 1).contiguous()
        case "integers":
            good["features.0.bias"] = good["features.0.bias"].long()
        case "sparse":
            good["features.0.weight"] = good["features.0.weight"].to_sparse()
        case "no tensor":
            return {**good, "features.0.bias": [0.0] * 64}
        case "list":
            return list(good.values())
        case "code":
            return {**good, "more": Evil(tmp_path / "ran")}
    return good


@pytest.mark.parametrize("kind", ["missing", "shape", "order", "integers", "sparse", "no tensor", "list", "code"])
def test_that_a_file_of_something_else_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    torch.save(broken(kind, tmp_path), path)
    with pytest.raises(StudioError, match=r"x\.pth"):
        lpips.find(str(path))
    assert not (tmp_path / "ran").exists()


def test_that_a_bare_pickle_runs_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.pth").write_bytes(pickle.dumps(Evil(tmp_path / "ran")))
    with pytest.raises(StudioError, match=r"x\.pth"):
        lpips.find(str(tmp_path / "x.pth"))
    assert not (tmp_path / "ran").exists()


def test_that_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match=r"nowhere\.pth: cannot be read"):
        lpips.find(str(tmp_path / "nowhere.pth"))
