"""Own videos: every kind of file and folder becomes a sequence of one of the splits, and the rest is named."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.video_samples import converted, cut_short, decoded, ffmpeg, files_of, fitted, scene, write_video

from svg_studio.engine.config import ConvertConfig, DataConfig
from svg_studio.engine.data.clips import open_clips, prepare
from svg_studio.engine.data.convert import convert
from svg_studio.engine.data.datasets import videos
from svg_studio.engine.data.datasets.video_folders import search
from svg_studio.engine.data.source import Piece
from svg_studio.engine.data.store import open_store, verify
from svg_studio.engine.errors import DataError
from svg_studio.engine.events import Event, Progressed, SourceNoted

SMALL = (80, 72)


def config(tmp_path: Path, **settings: object) -> ConvertConfig:
    return ConvertConfig(**{"data_root": str(tmp_path / "data"), "source": str(tmp_path / "mine"), **settings})


def images(folder: Path, numbers: Sequence[int], pattern: str = "frame{}.png") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for n in numbers:
        Image.new("RGB", (70 + n, 90), (n, 2 * n, 255 - n)).save(folder / pattern.format(n))


def lengths(found: dict[str, dict[str, np.ndarray]]) -> dict[str, int]:
    together: dict[str, int] = {}
    for split in found.values():
        for name, frames in split.items():
            together[name] = together.get(name, 0) + len(frames)
    return together


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Ten videos of 20 … 29 frames in folders two deep."""
    for n in range(10):
        write_video(tmp_path / "mine" / ("a", "b c", "d/é 动")[n % 3] / f"clip {n}.avi", scene(20 + n, SMALL, n))
    return tmp_path / "mine"


# ---- conversions


@pytest.mark.parametrize("width,grey,fit,every", [(64, False, "squash", 1), (64, True, "crop", 3), (64, False, "crop", 2)])
def test_that_the_store_holds_what_a_plain_loop_finds(
    width: int, grey: bool, fit: str, every: int, mine: Path, tmp_path: Path
) -> None:
    found, skipped = converted(config(tmp_path, image_width=width, grey=grey, fit=fit, every=every))
    assert skipped == []
    together = found["train"] | found["test"]
    assert set(together) == {path.relative_to(mine).as_posix() for path in mine.rglob("*.avi")}
    for name, frames in together.items():
        assert np.array_equal(frames, fitted(decoded(mine / name)[::every], width, 1 if grey else 3, fit)), name


def test_that_videos_of_128_px_are_converted(tmp_path: Path) -> None:
    path = write_video(tmp_path / "mine" / "a.avi", scene(12, (160, 140)))
    found, _ = converted(config(tmp_path, image_width=128, test_percent=0))
    assert np.array_equal(found["train"]["a.avi"], fitted(decoded(path), 128))


def test_that_folders_of_images_are_sequences_in_the_order_people_count(tmp_path: Path) -> None:
    images(tmp_path / "mine" / "walk", (1, 2, 10, 9))
    images(tmp_path / "mine" / "deep" / "er" / "run", (3, 20, 100), "{}.jpg")
    write_video(tmp_path / "mine" / "clip.avi", scene(5, SMALL))
    found, skipped = converted(config(tmp_path))
    together = found["train"] | found["test"]
    assert skipped == []
    assert {name: len(frames) for name, frames in together.items()} == {"clip.avi": 5, "deep/er/run": 3, "walk": 4}
    assert [tuple(frame[0, 0]) for frame in together["walk"]] == [(n, 2 * n, 255 - n) for n in (1, 2, 9, 10)]
    every, _ = converted(config(tmp_path, store="second", every=3))
    assert [frame[0, 0, 0] for frame in (every["train"] | every["test"])["walk"]] == [1, 10]


def test_that_files_of_several_pages_are_sequences_beside_the_still_images(tmp_path: Path) -> None:
    images(tmp_path / "mine" / "walk", range(3))
    pages = [Image.new("RGB", (70, 90), (40 * n, 0, 0)) for n in range(5)]
    names = ("walk/stack.tif", "walk/a.png", "alone/a.webp", "alone/a.gif")
    for name in names:
        (tmp_path / "mine" / name).parent.mkdir(exist_ok=True)
        pages[0].save(tmp_path / "mine" / name, save_all=True, append_images=pages[1:])
    events = list(convert(config(tmp_path)))
    store = open_store(config(tmp_path).folder)
    found = {s.name: s.length for split in store.sequences.values() for s in split}
    assert found == {"walk": 3} | dict.fromkeys(names, 5)
    assert store.skipped == ()
    noted = sorted(event.source for event in events if isinstance(event, SourceNoted) and "pages" in event.note)
    assert noted == ["walk/a.png", "walk/stack.tif"]


def test_that_gifs_of_one_picture_are_the_images_of_one_sequence(tmp_path: Path) -> None:
    images(tmp_path / "mine" / "stills", range(12), "{}.gif")
    first, *others = [Image.new("RGB", (70, 90), (n, 0, 0)) for n in (10, 90, 200)]
    first.save(tmp_path / "mine" / "stills" / "film.gif", save_all=True, append_images=others)
    (tmp_path / "mine" / "stills" / "broken.gif").write_bytes(b"GIF89a")
    found, skipped = converted(config(tmp_path, test_percent=0))
    assert lengths(found) == {"stills": 12, "stills/film.gif": 3}
    frames = found["train"]["stills"]
    assert np.abs(frames[:, 32, 32].astype(int) - [(n, 2 * n, 255 - n) for n in range(12)]).max() <= 1
    assert [name for name, _ in skipped] == ["stills/broken.gif"]


@pytest.mark.parametrize("kind", ["png", "tif", "stack"])
def test_that_few_bits_of_16_are_told_and_stretched_if_asked(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "a"
    folder.mkdir(parents=True)
    pictures = [np.full((70, 70), 400 * n, np.uint16) for n in range(10)]
    if kind == "stack":
        first, *others = map(Image.fromarray, pictures)
        first.save(folder / "a.tif", save_all=True, append_images=others)
    for n, picture in enumerate([] if kind == "stack" else pictures):
        Image.fromarray(picture).save(folder / f"{n}.{kind}")
    for depth, note in (
        (16, "has 16-bit images without a value above 3600, which are dark; depth=12 stretches them"),
        (12, ""),
        (10, "has 16-bit images with values up to 3600; at depth=10 those above 1023 are white"),
    ):
        said = list(convert(config(tmp_path, depth=depth, test_percent=0, replace=True)))
        assert [event.note for event in said if isinstance(event, SourceNoted)] == ([note] if note else [])
        store = open_store(config(tmp_path).folder)
        wanted = [min(round(400 * n * 255 / ((1 << depth) - 1)), 255) for n in range(10)]
        assert store.frames("train")[:, 5, 5, 0].tolist() == wanted


@pytest.mark.parametrize("kind", ["png", "webp", "gif", "stack.tif", "apng.png"])
def test_that_what_is_transparent_lies_on_the_colour_that_is_asked_for(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "mine" / "a" / f"a.{kind}"
    path.parent.mkdir(parents=True)
    image, other = Image.new("RGBA", (70, 70), (0, 0, 0, 0)), Image.new("RGBA", (70, 70), (9, 9, 9, 255))
    if kind in ("png", "webp"):
        image.save(path)
        other.save(path.with_name(f"b.{kind}"))
    else:
        image.save(path, save_all=True, append_images=[other], disposal=2)
    for background, colour in (("#000000", [0, 0, 0]), ("#40C0ff", [64, 192, 255])):
        list(convert(config(tmp_path, background=background, test_percent=0, replace=True)))
        frame = open_store(config(tmp_path).folder).frames("train")[0]
        assert np.abs(frame[20, 20].astype(int) - colour).max() <= 1


def test_that_what_cannot_be_used_is_named_once_and_hidden_files_are_not(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    write_video(mine / "good.avi", scene(20, SMALL))
    write_video(mine / "one frame.avi", scene(1, SMALL))
    cut_short(write_video(mine / "short.avi", scene(60, SMALL)), 0.5)
    (mine / "empty.mp4").touch()
    (mine / "text.avi").write_text("no video\n" * 100)
    (mine / "notes.txt").write_text("about the videos")
    for junk in (".DS_Store", "._good.avi", "Thumbs.db", "desktop.ini", ".hidden/clip.avi"):
        (mine / junk).parent.mkdir(exist_ok=True)
        (mine / junk).write_bytes(b"junk")
    images(mine / "images", range(5))
    (mine / "images" / "frame2.png").write_bytes(b"broken")
    found, skipped = converted(config(tmp_path))
    half = len(decoded(mine / "short.avi"))
    assert lengths(found) == {"good.avi": 20, "short.avi": half, "images": 4}
    assert sorted(skipped) == [
        (".hidden", "is passed over: hidden, of a system, or small copies and pictures of videos"),
        ("empty.mp4", "is empty"),
        ("images/frame2.png", "is no image that can be decoded"),
        ("notes.txt", "is neither a video nor an image"),
        ("one frame.avi", "gives a single frame, which is no sequence"),
        ("short.avi", f"ends after {half} of 60 frames"),
        ("text.avi", "is no video that can be decoded"),
    ]
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(DataError, match=r"empty\.mp4: is empty; mend it"):
        list(convert(config(tmp_path, damaged="stop")))


def test_that_other_files_are_counted_when_they_are_many_and_are_no_damage(tmp_path: Path) -> None:
    write_video(tmp_path / "mine" / "good.avi", scene(5, SMALL))
    for n in range(50):
        (tmp_path / "mine" / f"label{n}.json").write_text("{}")
    _, skipped = converted(config(tmp_path, damaged="stop"))
    assert [source for source, _ in skipped[:20]] == [f"label{n}.json" for n in range(20)]
    assert skipped[20:] == [(str(tmp_path / "mine"), "30 more files are neither videos nor images")]


def test_that_a_conversion_that_was_cut_off_ends_in_the_same_bytes(mine: Path, tmp_path: Path) -> None:
    images(mine / "images", range(8))
    (mine / "broken.avi").write_text("no video")
    list(convert(config(tmp_path)))
    whole = files_of(config(tmp_path).folder)
    shutil.rmtree(tmp_path / "data")
    for share in (0.3, 0.7):
        events = convert(config(tmp_path))
        next(event for event in events if isinstance(event, Progressed) and event.done > share * event.total)
        events.close()
        assert not config(tmp_path).folder.exists()
    list(convert(config(tmp_path)))
    assert files_of(config(tmp_path).folder) == whole


def test_that_a_turned_video_comes_upright_and_an_uneven_one_whole(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    plain, turned = tmp_path / "plain.mp4", mine / "turned.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=192x128:rate=25:duration=1", "-pix_fmt", "yuv420p", plain)
    ffmpeg("-display_rotation", "90", "-i", plain, "-c", "copy", turned)
    chosen = "select='not(mod(n,3))+lt(n,10)'"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=96x80:rate=25:duration=2", "-vf", chosen, "-fps_mode", "vfr", mine / "uneven.mp4")
    found, skipped = converted(config(tmp_path))
    together = found["train"] | found["test"]
    assert skipped == []
    assert np.array_equal(together["turned.mp4"], fitted(np.rot90(decoded(plain), axes=(1, 2))))
    assert len(together["uneven.mp4"]) == 23


def test_that_progress_rises_with_the_frames_read(tmp_path: Path) -> None:
    write_video(tmp_path / "mine" / "long.avi", scene(300, SMALL))
    done = [e.done / e.total for e in convert(config(tmp_path, test_percent=0)) if isinstance(e, Progressed)]
    assert done == sorted(done)
    assert done[-1] == 1
    assert len({value for value in done if 0 < value < 0.9}) >= 3


def test_that_the_size_of_the_store_is_guessed_before(mine: Path, tmp_path: Path) -> None:
    images(mine / "images", range(20))
    source = videos.source(config(tmp_path, every=2, grey=True))
    found, _ = converted(config(tmp_path, every=2, grey=True))
    written = sum(frames.nbytes for split in found.values() for frames in split.values())
    assert written / 2 < source.expected_bytes < written * 2


# ---- splits


def test_that_folders_of_a_split_are_the_splits(tmp_path: Path) -> None:
    for name in ("Train/a.avi", "training/b.avi", "TEST/deep/c.avi", "TEST/d.avi", "deep/Validation/train/e.avi"):
        write_video(tmp_path / "mine" / name, scene(3, SMALL, len(name)))
    images(tmp_path / "mine" / "test", (1, 2))
    found, skipped = converted(config(tmp_path, test_percent=0))
    assert skipped == []
    assert list(found["train"]) == ["Train/a.avi", "training/b.avi"]
    assert sorted(found["test"]) == ["TEST/d.avi", "TEST/deep/c.avi", "test"]
    assert list(found["val"]) == ["deep/Validation/train/e.avi"]


def noted(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.source, event.note) for event in events if isinstance(event, SourceNoted)]


ALONE = "is the only sequence to train and test with, so its last {} frames are the test part; give more videos, or a folder test"
FILLED = "is the {} part, which the hash of the names had left empty"
NO_TEST = "has nothing to test with; give more videos, or a folder test"


@pytest.mark.parametrize(
    "files, settings, wanted, notes",
    [
        # file → frames; -1 for one that cannot be read; a folder of images where the name has no suffix
        ({"a.avi": 9, "b.avi": 8}, {}, {"train": {"a.avi": 9}, "test": {"b.avi": 8}}, [("b.avi", FILLED.format("test"))]),
        ({"a.avi": 9, "b.avi": 8}, {"test_percent": 0}, {"train": {"a.avi": 9, "b.avi": 8}, "test": {}}, []),
        (
            {"a.avi": 9, "b.avi": -1, "c.avi": 8, "d.avi": -1},
            {},
            {"train": {"a.avi": 9}, "test": {"c.avi": 8}},
            [("c.avi", FILLED.format("test"))],
        ),
        ({"a.avi": 100, "b.avi": -1}, {}, {"train": {"a.avi": 60}, "test": {"a.avi": 40}}, [("a.avi", ALONE.format(40))]),
        ({"a.avi": 100, "b.avi": 1, "walk": 1}, {}, {"train": {"a.avi": 60}, "test": {"a.avi": 40}}, [("a.avi", ALONE.format(40))]),
        ({"a.avi": 9, "still.jpg": 1}, {}, {"train": {"a.avi": 5}, "test": {"a.avi": 4}}, [("a.avi", ALONE.format(4))]),
        ({"a.avi": 3}, {}, {"train": {"a.avi": 3}, "test": {}}, [("", NO_TEST)]),
        ({"b.avi": 3}, {"test_percent": 90}, {"train": {"b.avi": 3}, "test": {}}, [("", NO_TEST)]),
        ({"walk": 9}, {"test_percent": 90}, {"train": {"walk": 5}, "test": {"walk": 4}}, [("walk", ALONE.format(4))]),
        ({"train/a.avi": 9}, {}, {"train": {"train/a.avi": 9}, "test": {}}, [("", NO_TEST)]),
        (
            {"test/a.avi": 9},
            {"test_percent": 0},
            {"train": {}, "test": {"test/a.avi": 9}},
            [("", "has nothing to train with; give more videos, or a folder train")],
        ),
        ({"val/a.avi": 9, "b.avi": 8}, {}, {"train": {"b.avi": 4}, "test": {"b.avi": 4}, "val": {"val/a.avi": 9}}, "mixed"),
        ({"train/a.avi": 9, "b.avi": 8}, {}, {"train": {"train/a.avi": 9}, "test": {"b.avi": 8}}, "mixed"),
        ({"val/a.avi": -1, "b.avi": 8, "c.avi": 7}, {}, {"train": {"c.avi": 7}, "test": {"b.avi": 8}, "val": {}}, "mixed"),
        ({"a.avi": 9, "a.mkv": 8, "b.avi": 7}, {}, {"train": {"a.avi": 9, "a.mkv": 8}, "test": {"b.avi": 7}}, "any"),
    ],
)
def test_that_splits_are_made_of_what_was_read(
    files: dict[str, int], settings: dict[str, int], wanted: dict[str, dict[str, int]], notes: object, tmp_path: Path
) -> None:
    for seed, (name, frames) in enumerate(files.items()):
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if frames < 0:
            path.write_text("no video")
        elif not path.suffix:
            images(path, range(frames))
        elif path.suffix == ".jpg":
            Image.new("RGB", (70, 90), (9, 9, 9)).save(path)
        else:
            write_video(path, scene(frames, SMALL, seed))
    events = list(convert(config(tmp_path, **settings)))
    store = open_store(config(tmp_path).folder)
    assert {split: {one.name: one.length for one in those} for split, those in store.sequences.items()} == wanted
    assert not list(verify(store.path))[-1].problems  # type: ignore[union-attr]
    if notes == "mixed":
        loose = next(name for name in files if "/" not in name)
        assert any(n.endswith(f"such as {loose}, and are split by a hash of their names") for _, n in noted(events))
    elif notes != "any":
        assert noted(events) == [(source or str(tmp_path / "mine"), note) for source, note in notes]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "places", [("train/a.avi", "test/b.avi", "val/c.avi"), ("train/a.avi", "deep/val/b.avi"), ("test/a.avi", "test/b.avi")]
)
@pytest.mark.parametrize("kind", ["copy", "hard link", "link"])
def test_that_the_same_bytes_in_several_splits_are_said(places: tuple[str, ...], kind: str, tmp_path: Path) -> None:
    first = write_video(tmp_path / "mine" / places[0], scene(5, SMALL))
    for place in places[1:]:
        path = tmp_path / "mine" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        {"copy": shutil.copy, "hard link": os.link, "link": os.symlink}[kind](first, path)
    said = [(source, note) for source, note in noted(list(convert(config(tmp_path)))) if "bytes" in note]
    others = " and ".join(f"{place} in {place.split('/')[-2]}" for place in sorted(places[1:]))
    leaks = len({place.split("/")[-2] for place in places}) > 1
    assert said == ([(places[0], f"is in train and has the same bytes as {others}")] if leaks else [])


def test_that_copies_of_one_video_stay_in_one_split_while_there_are_others(tmp_path: Path) -> None:
    first = write_video(tmp_path / "mine" / "copy0.avi", scene(5, SMALL))
    for n in range(1, 20):
        shutil.copy(first, tmp_path / "mine" / f"copy{n}.avi")
    write_video(tmp_path / "mine" / "other.avi", scene(6, SMALL))
    found, _ = converted(config(tmp_path, test_percent=50))
    assert {len(found["train"]), len(found["test"])} == {1, 20}
    (tmp_path / "mine" / "other.avi").unlink()
    found, _ = converted(config(tmp_path, test_percent=50, store="copies"))  # nothing else is there to test with
    assert min(len(found["train"]), len(found["test"])) == 1
    assert any("same bytes" in note for _, note in open_store(tmp_path / "data/copies/store-64").notes)


def test_that_a_copy_goes_where_a_folder_says_of_the_other(tmp_path: Path) -> None:
    first = write_video(tmp_path / "mine" / "val" / "a.avi", scene(5, SMALL))
    shutil.copy(first, tmp_path / "mine" / "b.avi")
    write_video(tmp_path / "mine" / "c.avi", scene(9, SMALL))
    found, _ = converted(config(tmp_path))
    assert list(found["val"]) == ["b.avi", "val/a.avi"]


@pytest.mark.parametrize("name, wanted", [("test", "test"), ("VAL", "val"), ("training", ""), ("tested", ""), ("my test", "")])
def test_that_the_sources_own_name_says_test_or_val_and_nothing_else(name: str, wanted: str, tmp_path: Path) -> None:
    for n in range(3):
        write_video(tmp_path / name / f"{n}.avi", scene(5, SMALL, n))
    (tmp_path / "test").mkdir(exist_ok=True)
    asked = config(tmp_path, source=str(tmp_path / name))
    events = list(convert(asked))
    counts = {split: len(those) for split, those in open_store(asked.folder).sequences.items()}
    assert (counts.get(wanted) == 3) if wanted else (counts["train"] + counts["test"] == 3 and 0 < counts["train"] < 3)
    said = [note for source, note in noted(events) if source == str(tmp_path / name)]
    if wanted:
        assert said[0] == f"is called {name}, so all of it is {wanted}; name the folder above to train as well"
    elif name == "training":
        assert said == ["is split by a hash of the names; name the folder above to have its other splits as they are"]
    else:
        assert said == []


def test_that_a_folder_below_says_more_than_the_sources_own_name(tmp_path: Path) -> None:
    for split in ("train", "val"):
        write_video(tmp_path / "test" / split / "a.avi", scene(5, SMALL, len(split)))
    asked = config(tmp_path, source=str(tmp_path / "test"))
    assert noted(list(convert(asked))) == [(str(tmp_path / "test"), NO_TEST)]
    found = open_store(asked.folder).sequences
    assert {split: [one.name for one in those] for split, those in found.items()} == {
        "train": ["train/a.avi"],
        "test": [],
        "val": ["val/a.avi"],
    }


def test_that_a_conversion_cut_off_while_splits_are_filled_ends_in_the_same_bytes(tmp_path: Path) -> None:
    write_video(tmp_path / "mine" / "a.avi", scene(90, SMALL))
    list(convert(config(tmp_path)))
    whole = files_of(config(tmp_path).folder)
    shutil.rmtree(tmp_path / "data")
    events = convert(config(tmp_path))
    next(event for event in events if isinstance(event, Progressed) and event.doing == "Splitting")
    events.close()
    assert not config(tmp_path).folder.exists()
    list(convert(config(tmp_path)))
    assert files_of(config(tmp_path).folder) == whole


def test_that_no_test_split_is_made_when_none_is_wanted(mine: Path, tmp_path: Path) -> None:
    found, _ = converted(config(tmp_path, test_percent=0))
    assert (len(found["train"]), len(found["test"])) == (10, 0)


def test_that_the_end_of_a_single_video_is_the_test(tmp_path: Path) -> None:
    path = write_video(tmp_path / "only.avi", scene(600, SMALL))
    frames = fitted(decoded(path))
    found, skipped = converted(config(tmp_path, source=str(path)))
    assert skipped == []
    assert np.array_equal(found["train"]["only.avi"], frames[:540])
    assert np.array_equal(found["test"]["only.avi"], frames[540:])
    found, _ = converted(config(tmp_path, source=str(path), store="tenth", every=10))
    assert np.array_equal(found["train"]["only.avi"], frames[:300:10])
    assert np.array_equal(found["test"]["only.avi"], frames[300::10])
    found, _ = converted(config(tmp_path, source=str(path), store="all", test_percent=0))
    assert (len(found["train"]["only.avi"]), found["test"]) == (600, {})


def test_that_a_single_short_video_gives_its_test_what_is_of_use(tmp_path: Path) -> None:
    path = write_video(tmp_path / "only.avi", scene(100, SMALL))
    assert lengths_of(config(tmp_path, source=str(path))) == (60, 40)
    assert lengths_of(config(tmp_path, source=str(write_video(tmp_path / "tiny.avi", scene(9, SMALL))), store="t")) == (5, 4)
    assert lengths_of(config(tmp_path, source=str(write_video(tmp_path / "three.avi", scene(3, SMALL))), store="o")) == (3, 0)


def lengths_of(wanted: ConvertConfig) -> tuple[int, int]:
    found, _ = converted(wanted)
    return sum(map(len, found["train"].values())), sum(map(len, found["test"].values()))


def test_that_a_single_truncated_video_is_split_by_what_is_left(tmp_path: Path) -> None:
    path = cut_short(write_video(tmp_path / "only.avi", scene(200, SMALL)), 0.5)
    half = len(decoded(path))
    found, skipped = converted(config(tmp_path, source=str(path)))
    assert (len(found["train"]["only.avi"]), len(found["test"]["only.avi"])) == (half - 40, 40)
    assert skipped == [("only.avi", f"ends after {half} of 200 frames")]


def test_that_a_single_folder_of_images_is_split_as_a_video(tmp_path: Path) -> None:
    images(tmp_path / "mine", range(100))
    found, _ = converted(config(tmp_path))
    assert [f[0, 0, 0] for f in found["train"]["mine"]] == list(range(60))
    assert [f[0, 0, 0] for f in found["test"]["mine"]] == list(range(60, 100))


# ---- what is looked at


def test_that_images_beside_a_folder_of_the_same_name_are_another_sequence(tmp_path: Path) -> None:
    images(tmp_path / "mine", (1, 2))
    images(tmp_path / "mine" / "mine", (3, 4, 5))
    found, _ = converted(config(tmp_path))
    assert lengths(found) == {".": 2, "mine": 3}


def test_that_links_to_folders_are_not_followed_and_pipes_not_read(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    real = write_video(tmp_path / "elsewhere" / "real.avi", scene(4, SMALL))
    write_video(mine / "here" / "good.avi", scene(3, SMALL))
    try:
        (mine / "here" / "round").symlink_to(mine, target_is_directory=True)
        (mine / "away").symlink_to(real.parent, target_is_directory=True)
        (mine / "linked.avi").symlink_to(real)
        (mine / "nowhere.avi").symlink_to(tmp_path / "gone.avi")
        os.mkfifo(mine / "pipe.avi")
    except (OSError, AttributeError):
        pytest.skip("no links or pipes here")
    found, skipped = converted(config(tmp_path))
    assert lengths(found) == {"here/good.avi": 3, "linked.avi": 4}
    assert sorted(skipped) == [
        ("away", "is a link to a folder, which is not followed"),
        ("here/round", "is a link to a folder, which is not followed"),
        ("nowhere.avi", "is neither a video nor an image"),
        ("pipe.avi", "is neither a video nor an image"),
    ]


def test_that_names_no_screen_can_show_are_converted_and_written_plainly(tmp_path: Path) -> None:
    name = b"cl\xff\nip.avi"
    plain = write_video(tmp_path / "plain.avi", scene(3, SMALL))
    (tmp_path / "mine").mkdir()
    try:
        shutil.copyfile(plain, os.fsencode(tmp_path / "mine") + b"/" + name)
    except (OSError, UnicodeError):
        pytest.skip("this disk takes no such names")
    write_video(tmp_path / "mine" / "good\n.avi", scene(4, SMALL))
    found, skipped = converted(config(tmp_path))
    assert lengths(found)["good\\n.avi"] == 4
    assert skipped == []


def test_that_a_folder_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "mine" / "good.avi", scene(3, SMALL))
    images(tmp_path / "mine" / "locked", (1,))
    scandir = os.scandir

    def guarded(path: Path) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found, skipped = search(tmp_path / "mine")
    assert [one.name for one in found] == ["good.avi"]
    assert [(s.source, s.reason, s.damaged) for s in skipped] == [("locked", "cannot be read (Permission denied)", True)]


def test_that_a_source_that_holds_nothing_is_refused_with_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="mine: no such file or folder; name the folder that holds the videos"):
        list(convert(config(tmp_path)))
    (tmp_path / "mine").mkdir()
    with pytest.raises(DataError, match=r"holds nothing to convert; choose a folder with video files \(mp4.*images \(png"):
        list(convert(config(tmp_path)))
    (tmp_path / "mine" / "notes.txt").write_text("nothing")
    with pytest.raises(DataError, match=r"holds nothing to convert \(notes\.txt: is neither"):
        list(convert(config(tmp_path)))
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(DataError, match=r"holds nothing to convert \(empty\.mp4: is empty\)"):
        list(convert(config(tmp_path, source=str(tmp_path / "empty.mp4"))))
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(DataError, match=r"text\.mp4: is no video that can be decoded"):
        list(convert(config(tmp_path, source=str(tmp_path / "text.mp4"))))


# ---- afterwards


def test_that_windows_of_a_store_are_drawn(mine: Path, tmp_path: Path) -> None:
    found, _ = converted(config(tmp_path, store="my set", test_percent=0))
    data = DataConfig(dataset="videos", data_root=str(tmp_path / "data"), store="my set")
    assert list(prepare(data)) == []
    clips = open_clips(data, split="train", image_width=64, channels=3, n_frames=20, seed=3)
    name = list(found["train"])[-1]
    last = len(found["train"]) - 1
    starts = {clips.source(index).split("frames ")[1] for index in range(last, last + 200, 10)}
    assert len(starts) > 1
    start = int(clips.source(last).split("frames ")[1].split("-")[0])
    assert np.array_equal(clips.batch([last])[:, 0], found["train"][name][start : start + 20])


def test_that_the_stores_are_told_of(mine: Path, tmp_path: Path) -> None:
    nothing = videos.inspect("videos", tmp_path / "data")
    assert nothing.state == "none yet"
    assert not nothing.ready
    list(convert(config(tmp_path, store="my set", test_percent=0)))
    inspected = videos.inspect("videos", tmp_path / "data")
    assert inspected.ready
    assert [(s.name, s.channels, s.clips) for s in inspected.stores] == [("my set", 3, {"train": 10, "test": 0})]


def test_that_every_frame_has_its_number(mine: Path, tmp_path: Path) -> None:
    pages = [Image.fromarray(frame) for frame in scene(70)]
    pages[0].save(mine / "pages.tif", save_all=True, append_images=pages[1:])
    images(mine / "many", range(1, 71))
    (mine / "many/frame5.png").write_bytes(b"no picture")
    source = videos.source(config(tmp_path, source=str(mine), every=2))
    for unit in source.units:
        pieces = [piece for piece in source.read(unit) if isinstance(piece, Piece)]
        assert all(len(piece.places) == len(piece.frames) for piece in pieces)
        numbers = [number for piece in pieces for number, _ in piece.places]
        gone = {4} if unit.name == "many" else set()  # the fifth image, which is damaged
        assert numbers == [n for n in range(0, 2 * len(numbers) + 2 * len(gone), 2) if n not in gone], unit.name
        told = [second for piece in pieces for _, second in piece.places]
        assert np.isfinite(told).all() == (unit.path.suffix not in ("", ".tif")), unit.name
