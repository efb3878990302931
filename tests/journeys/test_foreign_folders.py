"""Jobs that work in somebody else's folder write, truncate and delete nothing outside it, whatever links lie inside."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.small_server import serving

from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import ConfigError
from svg_studio.engine.data.download.http_fetch import fetch
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Events
from svg_studio.engine.runs.edit import describe, empty_trash, trash
from svg_studio.engine.runs.library import trashed
from svg_studio.engine.runs.run_queue import RunQueue
from svg_studio.engine.runs.tensorboard import FOLDER, Board
from svg_studio.engine.training.train import train
from tools import victims

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links want a permission there")
FILES, FOLDERS = ("file", "dangling", "loop", "chain", "second name"), ("folder",)


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("staged")
    victims.stage(folder)
    return folder


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder of somebody, which is as it was afterwards."""
    folder = tmp_path / "outside"
    (folder / "more" / "deep").mkdir(parents=True)
    for name in ("precious", ".a.part", "more/train.npy", "more/1.png", "more/deep/.b.part"):
        (folder / name).write_bytes(b"mine\n" * 40)
    before = seen(folder)
    yield folder
    assert seen(folder) == before


def seen(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


def plant(path: Path, kind: str, outside: Path) -> None:
    """Puts something that leads to `outside` in the place of `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    match kind:
        case "file":
            path.symlink_to(outside / "precious")
        case "folder":
            path.symlink_to(outside)
        case "dangling":
            path.symlink_to(outside / "nothing")
        case "loop":
            path.symlink_to(path.name)
        case "chain":
            between = outside.with_name(f"between-{path.name}")
            between.symlink_to(outside / "precious")
            path.symlink_to(between)
        case "second name":
            path.hardlink_to(outside / "precious")


def end(events: Events) -> str:
    """What a job says at its end where it refuses."""
    try:
        for _ in events:
            pass
    except StudioError as error:
        return str(error)
    return ""


REPLACED = [
    "metrics.jsonl", "config.json", "state.json", "checkpoints/best.pt", "previews/sample_8.gif", ".state.json.part",
    "checkpoints/.last.pt.part", "previews/.sample_8.png.part", ".x.part",
]  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("name", ["run.lock", "log.txt", "tests.jsonl"])
def test_that_a_run_goes_on_in_no_file_of_another_folder(staged: Path, tmp_path: Path, outside: Path, name: str, kind: str) -> None:
    run = tmp_path / "model"
    shutil.copytree(staged / "model", run)
    plant(run / name, kind, outside)
    word = "hard link" if kind == "second name" else "link"
    said = end(train(victims.tiny(tmp_path, name="model", niter=2), str(run)))
    assert said.startswith(f"{run / name}: is a {word}, ")


@pytest.mark.parametrize("kind", FILES)
def test_that_a_run_replaces_links_by_files_of_its_own(staged: Path, tmp_path: Path, outside: Path, kind: str) -> None:
    run = tmp_path / "model"
    shutil.copytree(staged / "model", run)
    for name in REPLACED:
        if name != "config.json" or kind == "second name":  # what is no config.json is no run
            plant(run / name, kind, outside)
    if kind == "second name":
        (run / "config.json").unlink()
        shutil.copy(staged / "model" / "config.json", outside.parent / "theirs.json")
        (run / "config.json").hardlink_to(outside.parent / "theirs.json")
    assert end(train(victims.tiny(tmp_path, name="model", niter=2), str(run))) == ""
    assert checkpoint.load(run).step == 8
    assert not [path for path in run.rglob("*") if path.is_symlink() or (path.is_file() and path.stat().st_nlink > 1)]
    if kind == "second name":
        assert (outside.parent / "theirs.json").read_bytes() == (staged / "model" / "config.json").read_bytes()


@pytest.mark.parametrize("name", ["checkpoints", "previews", FOLDER])
def test_that_a_runs_folders_are_its_own(staged: Path, tmp_path: Path, outside: Path, name: str) -> None:
    run = tmp_path / "model"
    shutil.copytree(staged / "model", run)
    plant(run / name, "folder", outside)
    if name == FOLDER:
        with pytest.raises(StudioError, match="tensorboard: is a link"):
            Board(run)._open()
        return
    before = {path.name for path in run.iterdir()}
    assert end(train(victims.tiny(tmp_path, name="model", niter=2), str(run))).startswith(f"{run / name}: is a link")
    assert {path.name for path in run.iterdir()} == before


def test_that_a_whole_run_may_lie_behind_a_link_of_its_owners(staged: Path, tmp_path: Path) -> None:
    shutil.copytree(staged / "model", tmp_path / "elsewhere")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "model").symlink_to(tmp_path / "elsewhere")
    assert end(train(victims.tiny(tmp_path / "runs", name="model", niter=2), str(tmp_path / "runs" / "model"))) == ""
    assert checkpoint.load(tmp_path / "elsewhere").step == 8


WRITTEN = [
    ("generate", [".generate.lock"]),
    ("generate", ["train_0.gif", ".train_0.gif.part", ".test_9.gif.part"]),
    ("evaluate", [".evaluation.lock"]),
    ("evaluate", ["evaluation.json", "evaluation.progress.json", "curves.svg", ".evaluation.csv.part"]),
    *(("convert", [f"set/{name}"]) for name in (".store-64.lock", ".store-64.old", ".store-64.part")),
    *(("convert", [f"set/.store-64.part/{name}"]) for name in ("journal.jsonl", "train.npy", "manifest.json", "report.txt")),
    *(("replace", [f"set/{name}"]) for name in ("store-64", ".store-64.old")),
    *(("unpack", [name]) for name in (".set.lock", ".set.part", ".set.part/files", ".set.part/files/0.bin", ".set.part/incoming")),
    ("export", ["wall.gif", ".wall.gif.part"]),
]


@pytest.mark.parametrize("kind", ["file", "folder", "second name"])
@pytest.mark.parametrize("job,names", WRITTEN)
def test_that_jobs_write_in_their_own_folders_alone(staged: Path, outside: Path, job: str, names: list[str], kind: str) -> None:
    places = [staged / "out" / name for name in names]
    try:
        for place in places:
            plant(place, kind, outside)
        said = end(victims.job(job, staged))
        if said:
            assert any(str(place) in said for place in places), said
        else:
            assert not [place for place in places if place.is_symlink()]
    finally:
        shutil.rmtree(staged / "out", ignore_errors=True)


def test_that_a_journal_does_not_make_files_of_other_names_theirs(staged: Path, outside: Path) -> None:
    """A conversion that was cut off, with a link in the place of what it goes on with."""
    try:
        events = victims.job("convert", staged)
        for event in events:
            if type(event).__name__ == "Progressed" and getattr(event, "done", 0):
                break
        events.close()
        part = staged / "out" / "set" / ".store-64.part"
        plant(part / "train.npy", "second name", outside)
        assert end(victims.job("convert", staged)).startswith(f"{part / 'train.npy'}: is a hard link")
    finally:
        shutil.rmtree(staged / "out", ignore_errors=True)


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("name", ["set.bin.part", "set.bin.part.json", "set.bin"])
def test_that_a_download_writes_its_own_file_alone(tmp_path: Path, outside: Path, name: str, kind: str) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "set.bin").write_bytes(b"new" * 100)
    target = tmp_path / "here" / "set.bin"
    plant(target.with_name(name), kind, outside)
    with serving(tmp_path / "there") as server:
        said = end(fetch([f"http://127.0.0.1:{server.server_port}/set.bin"], target, size=300, tries=1, sleep=lambda _: None))
    if name == "set.bin.part":
        assert "link" in said
    else:
        assert said == ""
        assert target.read_bytes() == b"new" * 100


@pytest.mark.parametrize("kind", FILES + FOLDERS)
@pytest.mark.parametrize("name", ["queue.json", "run.lock", ".queue.json.part"])
def test_that_a_queue_is_kept_in_its_own_folder_alone(tmp_path: Path, outside: Path, name: str, kind: str) -> None:
    plant(tmp_path / "queue" / name, kind, outside)
    queue = RunQueue(tmp_path / "queue")
    queue.add([victims.tiny(tmp_path)])
    if name == "run.lock":
        assert "link" in queue.problem
    queue.close()


@pytest.mark.parametrize("kind", FILES + FOLDERS)
@pytest.mark.parametrize("name", ["about.json", ".about.json.part"])
def test_that_notes_are_written_into_the_run_alone(tmp_path: Path, outside: Path, name: str, kind: str) -> None:
    plant(tmp_path / "run" / name, kind, outside)
    try:
        describe(tmp_path / "run", ["tag"], "a note")
    except StudioError as error:
        assert (name, kind) == ("about.json", "folder"), error  # noqa: PT017


def test_that_the_trash_is_not_somebody_elses_folder(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "runs" / "a").mkdir(parents=True)
    (tmp_path / "runs" / ".trash").symlink_to(outside)
    assert list(trashed(tmp_path / "runs")) == []
    assert end(empty_trash(tmp_path / "runs")) == ""
    with pytest.raises(StudioError, match=r"\.trash: is a link"):
        trash(tmp_path / "runs" / "a")
    (tmp_path / "runs" / ".trash").unlink()
    (tmp_path / "runs" / ".trash").mkdir()
    (tmp_path / "runs" / ".trash" / "1").symlink_to(outside)
    assert end(empty_trash(tmp_path / "runs")) == ""


def test_that_what_is_no_run_is_not_begun_anew_as_one(tmp_path: Path) -> None:
    """A queue may name any folder, and any folder may have a config.json."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "config.json").write_text('{"theme": "dark"}')
    for events in (train(victims.tiny(tmp_path, name="site"), str(site)), train(victims.tiny(tmp_path, name="site"))):
        assert end(events).startswith(f"{site}: ")
    assert {path.name: path.read_text() for path in site.iterdir()} == {"config.json": '{"theme": "dark"}'}


def test_that_a_resumed_run_downloads_nothing_to_where_its_config_says(staged: Path, tmp_path: Path, outside: Path) -> None:
    run = tmp_path / "model"
    shutil.copytree(staged / "model", run)
    config = victims.tiny(tmp_path, name="model", niter=2).to_dict()
    config["data"] |= {"digits": "mnist", "data_root": str(outside)}
    theirs = type(victims.tiny(tmp_path)).from_dict(config)
    (run / "config.json").write_text(theirs.to_json())
    assert "MNIST has to be downloaded" in end(train(theirs, str(run)))


@pytest.mark.parametrize("name", ["CON", "nul.txt", "end.", "end ", "COM1"])
def test_that_new_folders_have_names_that_every_system_knows(tmp_path: Path, name: str) -> None:
    def refused(make: Callable[[], object]) -> bool:
        try:
            make()
        except (ConfigError, StudioError) as error:
            return "choose another name" in str(error)
        return False

    assert refused(lambda: list(train(victims.tiny(tmp_path, name=name))))
    assert list(tmp_path.iterdir()) == []
