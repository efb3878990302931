"""From a server to futures on the command line, for each real data set: download, killed and gone on with, convert, browse,
train, generate. Small archives stand in for the real ones; everything else is as a person would run it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.places import ROOT
from support.small_server import Server, half_of, serving
from support.small_sets import BAIR, install, make_archives, make_videos

from svg_studio.cli import main as cli
from svg_studio.engine.config import DataConfig
from svg_studio.engine.data.clips import browse, inspect
from svg_studio.engine.data.download.catalog import DOWNLOADS
from svg_studio.engine.events import ClipOpened, DatasetInspected

CHILD = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from pathlib import Path
from support.small_sets import install
install(Path(sys.argv.pop(1)))
from svg_studio.app import main
sys.exit(main(sys.argv[1:]))
"""
TINY = (
    "--device cpu --precision fp32 --base_width 2 --g_dim 8 --z_dim 3 --rnn_size 8 --batch_size 4 --epoch_size 3 --niter 1"
    " --data_threads 1 --n_past 2 --n_future 4 --n_eval 8"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archives(tmp_path_factory.mktemp("archives"))


@pytest.fixture
def server(served: Path) -> Iterator[Server]:
    with serving(served) as server:
        yield server


def killed_in_the_middle(name: str, file: str, root: Path, server: Server) -> int:
    """Starts a download as a person would, kills it while `file` arrives; returns how many bytes of that are kept."""
    server.stalling = file
    words = ["download", name, "--data_root", str(root), "--mirror", server.url]
    process = subprocess.Popen([sys.executable, "-c", CHILD, str(server.folder), *words], stderr=subprocess.PIPE)
    half, part = half_of(server.folder / file), root / "downloads" / f"{file}.part"
    while not (part.is_file() and part.stat().st_size == half):
        assert process.poll() is None, process.communicate()[1].decode()
    process.kill()
    process.communicate()
    server.stalling = ""
    server.asked.clear()
    return half


def trained_and_imagined(words: list[str], root: Path, tmp_path: Path) -> None:
    """A tiny epoch, and futures of it as GIF."""
    logs, out = tmp_path / "logs", tmp_path / "videos"
    assert cli.main(["train", *TINY.split(), *words, "--data_root", str(root), "--log_dir", str(logs), "--name", "a"]) == 0
    model = str(logs / "a" / "checkpoints" / "last.pt")
    sampling = "--n_past 2 --n_future 6 --nsample 3 --N 2 --batch_size 2"
    assert cli.main(["generate", "--model_path", model, "--log_dir", str(out), *sampling.split()]) == 0
    assert {path.name for path in out.iterdir()} == {f"{split}_{i}.gif" for split in ("train", "test") for i in range(2)}


def browsed(data: DataConfig, channels: int, split: str) -> list[ClipOpened]:
    """Every clip of `split`, as the clip browser asks for them."""
    (found,) = inspect(data.dataset, data.data_root)
    assert isinstance(found, DatasetInspected)
    assert found.ready, found.state
    return [clip for clip in browse(data, 64, channels, split, range(found.clips[split]), 30, 1) if isinstance(clip, ClipOpened)]


@pytest.mark.parametrize(
    "name, file, channels, clips, model",
    [
        ("bair", BAIR, 3, {"train": 8, "test": 4}, ["--channels", "3"]),
        ("kth", "walking.zip", 1, {"train": 16, "test": 16}, ["--prior", "fixed"]),
    ],
)
def test_that_a_data_set_comes_from_a_server_to_futures(
    name: str,
    file: str,
    channels: int,
    clips: dict[str, int],
    model: list[str],
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    for key in ("bair", "kth"):
        monkeypatch.setitem(DOWNLOADS, key, DOWNLOADS[key])
    install(server.folder)
    root = tmp_path / "data"
    kept = killed_in_the_middle(name, file, root, server)
    assert cli.main(["download", name, "--data_root", str(root), "--mirror", server.url]) == 0
    assert (file, kept) in server.asked
    assert (file, 0) not in server.asked
    assert not list((root / "downloads").iterdir())
    assert cli.main(["convert", name, "--data_root", str(root)]) == 0
    assert cli.main(["verify", str(root / name / "store-64")]) == 0
    data = DataConfig(dataset=name, data_root=str(root))
    for split, count in clips.items():
        opened = browsed(data, channels, split)
        assert len(opened) == count
        assert all(clip.frames.shape == (30, 64, 64, channels) and np.ptp(clip.frames) > 50 for clip in opened)
        assert len({clip.source for clip in opened}) == count
    trained_and_imagined(["--dataset", name, *model], root, tmp_path)
    assert "Traceback" not in capsys.readouterr().err


def test_that_own_videos_come_from_a_folder_to_futures(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    root, folder = tmp_path / "data", make_videos(tmp_path / "my own videos")
    words = ["convert", "videos", "--source", str(folder), "--data_root", str(root), "--store", "mine", "--fit", "crop"]
    assert cli.main(words) == 0
    assert "broken.avi" in capsys.readouterr().err
    data = DataConfig(dataset="videos", data_root=str(root), store="mine")
    opened = browsed(data, 3, "train")
    assert sorted(len(clip.frames) for clip in opened) == [3, 30, 30, 30, 30, 30]
    assert "été 0" in browsed(data, 3, "test")[0].source
    trained_and_imagined(["--dataset", "videos", "--store", "mine", "--channels", "3"], root, tmp_path)
    assert "1 of 6 train sequences have fewer than 6 frames and are left out" in capsys.readouterr().err
