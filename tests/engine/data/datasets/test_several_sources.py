"""Several files and folders that were chosen are one set, with the names and splits that they would have in their folder."""

from pathlib import Path

import numpy as np
import pytest
from support.video_samples import converted, scene, write_video

from svg_studio.engine.config import ConfigError, ConvertConfig
from svg_studio.engine.data.convert import convert
from svg_studio.engine.data.datasets.several_sources import search_all
from svg_studio.engine.data.datasets.video_folders import search, split_by_name
from svg_studio.engine.data.store import open_store
from svg_studio.engine.data.store_writer import unfinished
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Logged, Progressed, SourceSkipped
from svg_studio.engine.utils.files import part_of
from tests.engine.data.datasets.test_video_folders import lay


def found_in(root: Path, *names: str) -> dict[str, str]:
    """Name → split of what is found where `names` are chosen."""
    return {one.name: one.split for one in search_all([root / name for name in names])[0]}


def test_that_files_of_one_folder_are_called_and_split_as_where_all_of_it_is_converted(tmp_path: Path) -> None:
    names = [f"IMG_{n}.mp4" for n in range(30)]
    lay(tmp_path / "phone", *names)
    whole = {unit.name: unit.split for unit in split_by_name(search(tmp_path / "phone")[0], 30)}
    chosen = [tmp_path / "phone" / name for name in reversed(names[:12])]
    some = split_by_name(search_all(chosen)[0], 30)
    assert [unit.name for unit in some] == names[:12], "in the order of names, however they were chosen"
    assert {unit.name: unit.split for unit in some} == {name: whole[name] for name in names[:12]}
    assert {unit.split for unit in some} == {"train", "test"}


def test_that_files_of_the_same_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    lay(tmp_path, "mon/clip.mp4", "tue/clip.mp4", "tue/other.mp4")
    assert set(found_in(tmp_path, "mon/clip.mp4", "tue/clip.mp4", "tue/other.mp4")) == {
        "mon/clip.mp4",
        "tue/clip.mp4",
        "tue/other.mp4",
    }


def test_that_files_and_folders_go_together_and_say_their_splits(tmp_path: Path) -> None:
    lay(tmp_path, "train/a.mp4", "train/test/b.mp4", "walks/test/c.mp4", "walk/1.png", "walk/2.png", "d.mp4")
    assert found_in(tmp_path, "train", "walks", "walk", "d.mp4") == {
        "train/a.mp4": "train",
        "train/test/b.mp4": "train",
        "walks/test/c.mp4": "test",
        "walk": "",
        "d.mp4": "",
    }


@pytest.mark.parametrize(
    "names, splits",
    [
        (("train.mp4", "test.avi"), ("train", "test")),
        (("test.mp4", "x.mp4"), ("", "")),
        (("test/x.mp4", "y.mp4"), ("", "")),  # what lies above a file that was chosen says nothing
    ],
)
def test_that_files_say_splits_only_side_by_side(names: tuple[str, ...], splits: tuple[str, ...], tmp_path: Path) -> None:
    lay(tmp_path, *names)
    assert tuple(found_in(tmp_path, *names)[Path(name).name] for name in names) == splits


def test_that_what_is_chosen_twice_is_read_once(tmp_path: Path) -> None:
    lay(tmp_path, "all/a.mp4", "all/b.mp4")
    assert set(found_in(tmp_path, "all/a.mp4", "all", "all")) == {"a.mp4", "b.mp4"}


def test_that_what_is_left_out_is_named_by_what_was_chosen(tmp_path: Path) -> None:
    lay(tmp_path, "one/a.mp4", "one/notes.txt", "b.mp4")
    (tmp_path / "empty.mp4").touch()
    _, skipped = search_all([tmp_path / "one", tmp_path / "b.mp4", tmp_path / "empty.mp4"])
    assert {(one.source, one.reason) for one in skipped} == {
        ("one/notes.txt", "is neither a video nor an image"),
        ("empty.mp4", "is empty"),
    }


def five(tmp_path: Path) -> tuple[str, ...]:
    """Five phone clips among others in their folder."""
    paths = [write_video(tmp_path / "phone" / f"clip {n}.avi", scene(20 + n, (80, 72), n)) for n in range(7)]
    return tuple(str(path) for path in paths[:5])


def chosen(tmp_path: Path, **settings: object) -> ConvertConfig:
    return ConvertConfig(**{"data_root": str(tmp_path / "data"), "store": "mine", **settings})


def test_that_five_files_become_one_store_that_names_each(tmp_path: Path) -> None:
    config = chosen(tmp_path, source=five(tmp_path))
    found, _ = converted(config)
    assert set(found["train"]) | set(found["test"]) == {f"clip {n}.avi" for n in range(5)}
    store = open_store(config.folder)
    assert store.settings["source"] == list(config.sources)
    assert [Path(path).name for path in store.sources] == [f"clip {n}.avi" for n in range(5)]
    assert ConvertConfig.from_dict(config.to_dict()) == config
    *_, before, _ = convert(config)
    assert isinstance(before, Logged)
    assert before.text == f"{config.folder} is converted already"


def test_that_damage_is_told_of_the_file_among_several(tmp_path: Path) -> None:
    broken = tmp_path / "phone" / "broken.avi"
    config = chosen(tmp_path, source=(*five(tmp_path), str(broken)))
    broken.write_bytes(b"RIFF, and nothing behind it")
    said = [event for event in convert(config) if isinstance(event, SourceSkipped)]
    assert [event.source for event in said] == ["broken.avi"]
    assert "broken.avi: is no video" in (config.folder / "report.txt").read_text(encoding="utf-8")


def test_that_several_files_that_were_cut_off_are_gone_on_with(tmp_path: Path) -> None:
    config = chosen(tmp_path, source=five(tmp_path))
    events = convert(config)
    for event in events:
        if isinstance(event, Progressed) and event.doing == "clip 3.avi":
            break
    events.close()
    assert unfinished(part_of(config.folder)) == config
    said = [event.text for event in convert(unfinished(part_of(config.folder))) if isinstance(event, Logged)]
    assert any("going on after" in text for text in said)
    whole = chosen(tmp_path, source=config.source, store="whole")
    list(convert(whole))
    for split in ("train", "test"):
        assert np.array_equal(open_store(config.folder).frames(split), open_store(whole.folder).frames(split))


def test_that_several_sources_without_a_video_are_told_in_one_sentence(tmp_path: Path) -> None:
    lay(tmp_path, "a/notes.txt", "b/notes.txt")
    with pytest.raises(DataError, match=r"a and 1 more: hold nothing to convert"):
        list(convert(chosen(tmp_path, source=(str(tmp_path / "a"), str(tmp_path / "b")))))


def test_that_other_sets_take_one_source() -> None:
    with pytest.raises(ConfigError, match="source: 2 are named; name the one file or folder that holds all of them"):
        ConvertConfig(dataset="kth", source=("a", "b"))
    with pytest.raises(ConfigError, match="source"):
        ConvertConfig(source=("~nobody-of-that-name/a", "b"))
