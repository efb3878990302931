"""A look at own videos before they are converted: counts, and the first frames as the store will have them."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.video_samples import decoded, fitted, scene, write_video

from svg_studio.engine.config import ConvertConfig
from svg_studio.engine.data.convert import convert
from svg_studio.engine.data.look import FRAMES, SHOWN, look
from svg_studio.engine.data.store import open_store
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import ClipOpened, Event, Logged, SourcesCounted, StoreConverted


def config(tmp_path: Path, **settings: object) -> ConvertConfig:
    return ConvertConfig(**{"data_root": str(tmp_path / "data"), "source": str(tmp_path / "mine"), **settings})


def counted(events: Sequence[Event]) -> SourcesCounted:
    [found] = [event for event in events if isinstance(event, SourcesCounted)]
    return found


@pytest.mark.parametrize("settings", [{"fit": "crop"}, {"fit": "squash", "grey": True, "every": 3}, {"image_width": 128}])
def test_that_the_first_frames_are_those_of_the_store(settings: dict[str, object], tmp_path: Path) -> None:
    path = write_video(tmp_path / "mine" / "a.avi", scene(60, (160, 140)))
    wanted = config(tmp_path, test_percent=0, **settings)
    [clip] = [event for event in look(wanted) if isinstance(event, ClipOpened)]
    assert (clip.source, clip.split, clip.index, len(clip.frames)) == ("a.avi", "train", 0, FRAMES)
    list(convert(wanted))
    assert np.array_equal(clip.frames, open_store(wanted.folder).frames("train")[:FRAMES])
    frames = decoded(path)[:: wanted.every][:FRAMES]
    assert np.array_equal(clip.frames, fitted(frames, wanted.image_width, 1 if wanted.grey else 3, wanted.fit))


def test_that_videos_folders_of_pictures_frames_and_bytes_are_counted(tmp_path: Path) -> None:
    for n in range(3):
        write_video(tmp_path / "mine" / f"clip {n}.avi", scene(30, (80, 72), n))
    (tmp_path / "mine" / "walk").mkdir()
    for n in range(12):
        Image.new("RGB", (70, 90), (n, n, n)).save(tmp_path / "mine" / "walk" / f"{n}.png")
    (tmp_path / "mine" / "notes.txt").write_text("no video")
    wanted = config(tmp_path)
    events = list(look(wanted))
    found = counted(events)
    assert (found.videos, found.folders, found.left_out) == (3, 1, 1)
    assert (found.frames, found.size) == (102, 102 * 64 * 64 * 3)
    store = list(convert(wanted))[-1]
    assert isinstance(store, StoreConverted)
    assert found.clips == store.sequences
    shutil.rmtree(tmp_path / "data")
    events = list(look(wanted))
    assert found.free > 0
    assert [event.source for event in events if isinstance(event, ClipOpened)] == ["clip 0.avi", "clip 1.avi", "clip 2.avi", "walk"]
    assert not (tmp_path / "data").exists(), "nothing is written"


def test_that_a_few_of_many_are_shown_and_what_cannot_be_is_passed_over(tmp_path: Path) -> None:
    for n in range(20):
        write_video(tmp_path / "mine" / f"clip {n}.avi", scene(4, (40, 36), n))
    (tmp_path / "mine" / "clip 0.avi").write_bytes(b"RIFF, and nothing behind it")
    events = list(look(config(tmp_path)))
    shown = [event.source for event in events if isinstance(event, ClipOpened)]
    assert 3 <= len(shown) < SHOWN
    assert [event.text for event in events if isinstance(event, Logged)] == ["clip 0.avi: is no video that can be decoded"]


def test_that_several_sources_are_looked_at_together(tmp_path: Path) -> None:
    paths = [write_video(tmp_path / folder / "clip.avi", scene(5, (40, 36))) for folder in ("mon", "tue")]
    events = list(look(config(tmp_path, source=tuple(map(str, paths)))))
    assert counted(events).videos == 2
    assert [event.source for event in events if isinstance(event, ClipOpened)] == ["mon/clip.avi", "tue/clip.avi"]


def test_that_nothing_to_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        list(look(config(tmp_path)))
