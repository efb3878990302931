"""`replay` says what a file carries, and writes it again as it was exported unless something else is said."""

from pathlib import Path

import numpy as np
import pytest

from svg_studio.cli import replay as module
from svg_studio.cli.main import build_parser, main
from svg_studio.engine.address import Address, ClipAddress, path_of
from svg_studio.engine.config import DataConfig, ExportConfig, FuturesConfig
from svg_studio.engine.export.export import export
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.read_back import read_recipe
from svg_studio.engine.recipe import Future

CLIP = ClipAddress.of(FuturesConfig(model_path="m", data=DataConfig(digits="drawn"), index=4, n_past=2, n_future=3))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    frames = np.zeros((5, 8, 8, 1), np.uint8)
    tiles = [
        Tile(frames, 2, f"seed {seed}", future=Future(Address(model * 64, CLIP, 2, path_of(seed)), "", "a.pt", 12))
        for seed, model in [*((n, "a") for n in range(25)), (1, "b")]
    ]
    path = tmp_path / "futures.gif"
    list(export(ExportConfig(path=str(path), format="gif", fps=12.5, scale=1, captions=False), tuple(tiles)))
    return path


def test_that_it_says_what_a_file_carries(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(file)]) == 0
    said = capsys.readouterr().out
    for words in (f"a.pt, step 12, SHA-256 {'a' * 64}", "test 4", "2 given, 3 imagined, 12.5 frames/s", "25 futures:"):
        assert words in said
    assert "  seed 19\n  and 5 more\n1 future of other models or clips" in said


def test_that_a_file_that_carries_nothing_ends_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.gif").write_bytes(b"GIF89a")
    assert main(["replay", str(tmp_path / "a.gif")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_that_it_is_written_as_it_was_unless_told_otherwise(file: Path) -> None:
    def config(*flags: str) -> ExportConfig:
        return module._config(read_recipe(file), build_parser().parse_args(["replay", str(file), "--out", "x.mp4", *flags]))

    assert config() == ExportConfig(path="x.mp4", format="mp4", fps=12.5, scale=1, captions=False)
    assert config("--fps", "4", "--captions").fps == 4
    assert config("--fps", "4", "--captions").captions


def test_that_a_format_that_is_not_known_is_refused(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(file), "--out", "x.avi"]) == 1
    assert "--out: x.avi: end the name with one of .gif" in capsys.readouterr().err


def test_that_a_missing_model_ends_in_a_line(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SVG_STUDIO_HOME", str(tmp_path))
    assert main(["replay", str(file), "--out", str(tmp_path / "x.gif")]) == 1
    assert "a.pt, step 12" in capsys.readouterr().err
    assert not (tmp_path / "x.gif").exists()
