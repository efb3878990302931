"""Converted sets go into the trash and come back, unless somebody uses them."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fake_source import FakeSource, install
from support.places import ROOT

from svg_studio.engine.config import ConvertConfig, DataConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.data.convert import convert
from svg_studio.engine.data.remove import TRASH, put_back, remove
from svg_studio.engine.data.store import open_store
from svg_studio.engine.data.store_writer import workplace
from svg_studio.engine.errors import Busy, DataError
from svg_studio.engine.events import Progressed, StoreRemoved
from svg_studio.engine.utils.files import part_of


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ConvertConfig:
    install(monkeypatch, FakeSource())
    return ConvertConfig(data_root=str(tmp_path / "data"), source="there", store="mine")


@pytest.fixture
def store(config: ConvertConfig) -> Path:
    """A small converted set."""
    list(convert(config))
    return config.folder


def removed(path: Path, trash: Callable[[str], tuple[bool, str]] | None = None) -> StoreRemoved:
    [event] = remove(path, trash)
    assert isinstance(event, StoreRemoved)
    return event


def test_that_a_set_goes_into_the_data_folders_trash_and_comes_back_whole(store: Path) -> None:
    before = {path.name: path.read_bytes() for path in store.iterdir()}
    event = removed(store)
    assert (event.path, event.system) == (store, False)
    assert event.place is not None
    assert event.place.is_relative_to(store.parent.parent / TRASH)
    assert not store.parent.exists(), "an empty folder is not left behind"
    list(put_back(event.place, store))
    assert {path.name: path.read_bytes() for path in store.iterdir()} == before
    assert open_store(store).sequences
    assert list((store.parent.parent / TRASH).iterdir()) == []


def test_that_the_systems_trash_is_taken_where_there_is_one(store: Path, tmp_path: Path) -> None:
    files, info = tmp_path / "Trash" / "files", tmp_path / "Trash" / "info"

    def trash(path: str) -> tuple[bool, str]:
        files.mkdir(parents=True)
        info.mkdir()
        (info / "store-64.trashinfo").touch()
        shutil.move(path, files / "store-64")
        return True, str(files / "store-64")

    event = removed(store, trash)
    assert (event.place, event.system) == (files / "store-64", True)
    list(put_back(files / "store-64", store))
    assert open_store(store).sequences
    assert list(info.iterdir()) == []


def test_that_a_system_without_a_trash_or_one_that_keeps_silent_is_no_mistake(store: Path, tmp_path: Path) -> None:
    event = removed(store, lambda path: (False, ""))
    assert event.place is not None
    assert not event.system
    list(put_back(event.place, store))

    def silent(path: str) -> tuple[bool, str]:
        shutil.move(path, tmp_path / "somewhere")
        return True, ""

    assert removed(store, silent).place is None


def clips_of(config: ConvertConfig) -> object:
    data = DataConfig(dataset="videos", data_root=config.data_root, store="mine")
    return open_clips(data, split="train", image_width=64, channels=1, n_frames=5, seed=1)


def test_that_a_set_whose_clips_are_read_is_not_removed(config: ConvertConfig, store: Path) -> None:
    clips = clips_of(config)
    with pytest.raises(DataError, match=r"mine, store-64: is in use, such as by a training run; stop what reads its clips"):
        removed(store)
    assert store.is_dir()
    del clips
    removed(store)


@pytest.mark.skipif(sys.platform == "win32", reason="there open files cannot be moved")
def test_that_another_process_that_reads_it_counts_too(config: ConvertConfig, store: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom svg_studio.engine.data.store import Hold\n"
        f"hold = Hold(Path({str(store)!r}))\nprint('ready', flush=True)\nsys.stdin.read()\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, cwd=ROOT, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        with pytest.raises(DataError, match="is in use"):
            removed(store)
        reader.communicate("")
    removed(store)


def test_that_a_set_that_is_being_converted_is_not_removed(store: Path) -> None:
    with workplace(store), pytest.raises(Busy, match="has been converting this"):
        removed(store)
    assert store.is_dir()


def test_that_what_was_cut_off_can_be_removed_and_gone_on_with_again(config: ConvertConfig) -> None:
    events = convert(config)
    for event in events:
        if isinstance(event, Progressed) and event.done > 200:
            break
    events.close()
    part = part_of(config.folder)
    event = removed(part)
    assert event.place is not None
    assert not part.exists()
    list(put_back(event.place, part))
    list(convert(config))
    assert open_store(config.folder).sequences


def test_that_nothing_but_a_store_is_removed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for path in (tmp_path / "mine", tmp_path / "gone"):
        with pytest.raises(DataError, match="is no converted set, or is not there any more"):
            removed(path)
    assert (tmp_path / "mine").is_dir()


def test_that_a_name_taken_meanwhile_is_not_overwritten(config: ConvertConfig, store: Path) -> None:
    event = removed(store)
    list(convert(config))
    assert event.place is not None
    with pytest.raises(DataError, match="there is a converted set of that name again"):
        list(put_back(event.place, store))
    shutil.rmtree(event.place)
    store.rename(store.with_name("other"))
    with pytest.raises(DataError, match="is not in the trash any more"):
        list(put_back(event.place, store))
