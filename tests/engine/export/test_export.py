"""Files written from boards: their contents, and that they are whole or not there."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import imageio.v3 as iio
import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import FileExported, Frames, PreviewOpened, Progressed, SizeEstimated
from svg_studio.engine.export.export import estimate_size, export, open_preview, write_png, write_video
from svg_studio.engine.export.formats import gif
from svg_studio.engine.export.grid import BACKGROUND, GIVEN, IMAGINED, Tile, board, strip
from svg_studio.engine.export.registry import EXPORTERS, GIF_RATES, target

FORMATS = sorted(EXPORTERS)


def blobs(n_frames: int = 6, size: int = 32, channels: int = 1, seed: int = 0) -> Frames:
    """Soft blobs that wander over a ramp: as smooth as what a model imagines."""
    generator = np.random.default_rng(seed)
    centre, speed = generator.uniform(8, size - 8, 2), generator.uniform(-1, 1, 2)
    y, x = np.mgrid[:size, :size]
    frames = []
    for t in range(n_frames):
        cy, cx = centre + speed * t
        blob = 200 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 30)
        frames.append(np.stack([np.clip(blob + (30 + 20 * c) * x / size, 0, 255) for c in range(channels)], -1))
    return np.stack(frames).astype(np.uint8)


def tiles(n: int = 3, **kwargs: Any) -> tuple[Tile, ...]:
    return tuple(Tile(blobs(seed=k, **kwargs), 2, f"seed {k}") for k in range(n))


def config(folder: Path, format: str, **kwargs: Any) -> ExportConfig:
    return ExportConfig(path=str(folder / f"wall{EXPORTERS[format].suffix}"), format=format, **kwargs)


def write(settings: ExportConfig, chosen: tuple[Tile, ...]) -> Path:
    *_, last = export(settings, chosen)
    assert isinstance(last, FileExported)
    assert last.size == last.path.stat().st_size
    return last.path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def play(path: Path) -> Frames:
    """A video's frames (T, H, W, 3), read by OpenCV."""
    video = cv2.VideoCapture(str(path))
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1][..., ::-1])
    video.release()
    return np.stack(frames)


def described(path: Path) -> str:
    """What ffmpeg says of a video."""
    return subprocess.run([get_ffmpeg_exe(), "-i", str(path)], capture_output=True, check=False, text=True).stderr


# ---- what is in the files


def test_that_a_grey_gif_shows_the_board_as_it_is(tmp_path: Path) -> None:
    wall = board(tiles(5), scale=2)
    shown = iio.imread(write(config(tmp_path, "gif"), tiles(5)))
    assert shown.shape == wall.shape
    off = np.abs(shown.astype(int) - wall)
    assert off.max() <= 1
    assert not off[~np.isin(wall, (1, 254)).all(-1)].any()  # all but two greys, and the borders, to the bit
    assert {GIVEN, IMAGINED, BACKGROUND} <= {tuple(map(int, colour)) for colour in np.unique(shown.reshape(-1, 3), axis=0)}


def test_that_a_gif_keeps_every_grey(tmp_path: Path) -> None:
    greys = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    write_video(tmp_path / "greys.gif", greys, 10, "gif")
    shown = iio.imread(tmp_path / "greys.gif")[0]
    off = np.abs(shown.astype(int) - greys[0])
    assert off.max() == 1
    assert (off > 0).any(-1).sum() == 2


def test_that_a_coloured_gif_is_near_and_its_borders_exact(tmp_path: Path) -> None:
    wall = board(tiles(4, channels=3), scale=2)
    shown = iio.imread(write(config(tmp_path, "gif"), tiles(4, channels=3)))
    assert np.abs(shown.astype(int) - wall).mean() < 3
    for colour in (GIVEN, IMAGINED):
        mask = (wall == colour).all(-1)
        assert mask.any()
        assert (shown[mask] == colour).all()


@pytest.mark.parametrize("fps", GIF_RATES)
def test_that_a_gif_stands_for_whole_centiseconds_and_repeats_for_ever(tmp_path: Path, fps: float) -> None:
    with Image.open(write(config(tmp_path, "gif", fps=fps), tiles(1))) as image:
        assert image.info["loop"] == 0
        for t in range(image.n_frames):
            image.seek(t)
            assert image.info["duration"] == 10 * round(100 / fps)


def test_that_a_gif_is_closed_as_the_format_asks(tmp_path: Path) -> None:
    assert write(config(tmp_path, "gif"), tiles(1)).read_bytes()[-1:] == b"\x3b"


def test_that_yellow_is_no_grey(tmp_path: Path) -> None:
    yellow = np.full((1, 8, 8, 3), (200, 200, 0), np.uint8)
    write_video(tmp_path / "yellow.gif", yellow, 10, "gif")
    np.testing.assert_array_equal(iio.imread(tmp_path / "yellow.gif"), yellow)


def test_that_a_gif_keeps_frames_that_do_not_change(tmp_path: Path) -> None:
    still = blobs(1).repeat(4, axis=0)
    write_video(tmp_path / "still.gif", still, 10, "gif")
    assert len(iio.imread(tmp_path / "still.gif")) == 4


@pytest.mark.parametrize("fps, near", [(30.0, "33.33 or 25"), (60.0, "choose 50"), (24.0, "25 or 20")])
def test_that_a_gif_names_the_nearest_rates_it_can_show(tmp_path: Path, fps: float, near: str) -> None:
    with pytest.raises(ExportError, match=near):
        write(config(tmp_path, "gif", fps=fps), tiles(1))
    assert names(tmp_path) == []


@pytest.mark.parametrize("channels", [1, 3])
def test_that_an_mp4_plays_as_it_should(tmp_path: Path, channels: int) -> None:
    chosen = tiles(2, channels=channels, size=31, n_frames=9)
    settings = config(tmp_path, "mp4", fps=12.5, scale=1, captions=False, borders=False)
    wall = board(chosen, captions=False, border=0)
    height, width = wall.shape[1:3]
    assert height % 2 or width % 2  # there is something to pad
    path = write(settings, chosen)
    assert re.search(r"Video: h264 .*yuv420p.* 12\.50? fps", described(path))
    shown = play(path)
    assert shown.shape == (9, height + height % 2, width + width % 2, 3)
    assert np.abs(shown[:, :height, :width].astype(int) - wall).mean() < 2
    margin = shown[:, height:] if height % 2 else shown[:, :, width:]
    assert abs(margin.mean() - BACKGROUND[0]) < 3
    assert path.read_bytes().find(b"moov") < path.read_bytes().find(b"mdat")  # a browser can begin before it has all


def test_that_an_mp4s_borders_keep_their_colours(tmp_path: Path) -> None:
    chosen = tiles(1)
    wall = board(chosen, scale=4)
    shown = play(write(config(tmp_path, "mp4", scale=4), chosen))[:, : wall.shape[1], : wall.shape[2]]
    for t, colour in ((0, GIVEN), (5, IMAGINED)):
        mask = (wall[t] == colour).all(-1)
        assert np.abs(np.median(shown[t][mask], axis=0) - colour).max() < 16


def test_that_a_png_is_the_strip(tmp_path: Path) -> None:
    np.testing.assert_array_equal(iio.imread(write(config(tmp_path, "png"), tiles())), strip(tiles(), scale=2))


def test_that_borders_and_captions_can_be_left_out_of_a_strip(tmp_path: Path) -> None:
    picture = iio.imread(write(config(tmp_path, "png", borders=False, captions=False, scale=1), tiles()))
    np.testing.assert_array_equal(picture, strip([tile.frames for tile in tiles()])[..., 0])


def test_that_npz_holds_the_clips_themselves(tmp_path: Path) -> None:
    chosen = (Tile(blobs(5), 9, "truth"), Tile(blobs(3, channels=3), 2, "seed 1 · ★"))
    with np.load(write(config(tmp_path, "npz"), chosen), allow_pickle=False) as arrays:
        assert arrays["frames"].shape == (2, 5, 32, 32, 3)
        np.testing.assert_array_equal(arrays["frames"][0], chosen[0].frames.repeat(3, -1))
        np.testing.assert_array_equal(arrays["frames"][1], chosen[1].frames[[0, 1, 2, 2, 2]])
        assert arrays["captions"].tolist() == ["truth", "seed 1 · ★"]
        assert arrays["n_past"].tolist() == [9, 2]


def test_that_npz_refuses_clips_of_different_sizes(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="different sizes"):
        write(config(tmp_path, "npz"), (*tiles(1), *tiles(1, size=16)))


@pytest.mark.parametrize("format", ["gif", "mp4"])
def test_that_progress_counts_every_frame(tmp_path: Path, format: str) -> None:
    progress = [event for event in export(config(tmp_path, format), tiles()) if isinstance(event, Progressed)]
    assert [(event.done, event.total, event.unit) for event in progress] == [(k, 6, "frames") for k in range(7)]


# ---- whole or not at all


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("events", [1, 2])
def test_that_cancelling_leaves_nothing_new_and_nothing_changed(tmp_path: Path, format: str, events: int) -> None:
    settings = config(tmp_path, format, overwrite=True)
    Path(settings.path).write_bytes(b"old")
    job = export(settings, tiles())
    for _ in range(events):
        next(job)
    job.close()
    assert names(tmp_path) == [Path(settings.path).name]
    assert Path(settings.path).read_bytes() == b"old"


@pytest.mark.parametrize("format", ["gif", "mp4"])
def test_that_a_video_whose_frames_fail_leaves_nothing(tmp_path: Path, format: str) -> None:
    def failing() -> Iterator[Frames]:
        yield blobs()[0]
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        write_video(tmp_path / f"clip.{format}", failing(), 10, format)
    assert names(tmp_path) == []


@pytest.mark.parametrize("format", FORMATS)
def test_that_a_file_is_replaced_only_on_request(tmp_path: Path, format: str) -> None:
    path = write(config(tmp_path, format), tiles())
    before = path.read_bytes()
    job = export(config(tmp_path, format), tiles(2))
    next(job)
    with pytest.raises(ExportError, match="exists: choose another name"):
        next(job)  # before a frame is written
    assert path.read_bytes() == before
    write(config(tmp_path, format, overwrite=True), tiles(2))
    assert path.read_bytes() != before
    assert names(tmp_path) == [path.name]


def test_that_a_file_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    settings = config(tmp_path, "gif")
    job = export(settings, tiles())
    next(job)
    next(job)
    Path(settings.path).write_bytes(b"another's")
    with pytest.raises(ExportError, match="exists"):
        list(job)
    assert Path(settings.path).read_bytes() == b"another's"
    assert names(tmp_path) == [Path(settings.path).name]


@pytest.mark.parametrize("format", FORMATS)
def test_that_a_missing_folder_is_named(tmp_path: Path, format: str) -> None:
    with pytest.raises(ExportError, match=r"nowhere: no such folder; make it"):
        write(config(tmp_path / "nowhere", format), tiles())


def test_that_a_folder_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    settings = config(tmp_path, "gif", overwrite=True)
    Path(settings.path).mkdir()
    with pytest.raises(ExportError, match="is a folder"):
        write(settings, tiles())


@pytest.mark.parametrize(
    "number, sentence",
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EACCES, "cannot be written here"),
        (errno.EROFS, "cannot be written here"),
    ],
)
def test_that_a_refusing_disk_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(number, "refused")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ExportError, match=sentence):
        write(config(tmp_path, "gif"), tiles())
    assert names(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_that_ffmpegs_full_disk_is_explained(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"\w") as raised:
        list(EXPORTERS["mp4"].load().write(Path("/dev/full"), config(tmp_path, "mp4"), tiles(n_frames=2)))
    assert raised.value.errno == errno.ENOSPC


@pytest.mark.parametrize("format, module", [("gif", "PIL"), ("png", "PIL"), ("mp4", "av")])
def test_that_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ExportError, match=r"pip install pillow av"):
        write(config(tmp_path, format, captions=False), tiles())
    assert names(tmp_path) == []


def test_that_a_wall_beyond_all_bounds_is_refused_before_it_is_made(tmp_path: Path) -> None:
    frame = np.broadcast_to(np.zeros((1, 1, 1, 1), np.uint8), (1, 4000, 4000, 1))
    for format in ("gif", "mp4", "png"):
        with pytest.raises(ExportError, match="lower the enlargement"):
            write(config(tmp_path, format, scale=16), (Tile(frame, 1),))


def test_that_nothing_chosen_is_said(tmp_path: Path) -> None:
    for job in (export, estimate_size):
        with pytest.raises(ExportError, match="pin some"):
            list(job(config(tmp_path, "gif"), ()))


# ---- names, sizes, previews


@pytest.mark.parametrize(
    "path, format, name",
    [
        ("wall", "gif", "wall.gif"),
        ("wall.gif", "gif", "wall.gif"),
        ("wall.GIF", "gif", "wall.GIF"),
        ("wall.gif", "mp4", "wall.mp4"),
        ("wall.v2", "png", "wall.v2.png"),
        ("beta 0.1.mp4", "npz", "beta 0.1.npz"),
    ],
)
def test_that_the_name_ends_as_the_format_asks(path: str, format: str, name: str) -> None:
    assert target(ExportConfig(path=f"folder/{path}", format=format)) == Path("folder") / name


@pytest.mark.parametrize("change", [{"path": "/"}, {"path": "folder/.."}, {"format": "avi"}])
def test_that_an_unusable_name_or_format_is_said(change: dict[str, str]) -> None:
    with pytest.raises(ExportError, match=r"name the file|choose one of gif, mp4"):
        target(replace(ExportConfig(path="wall"), **change))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("channels", [1, 3])
def test_that_the_size_is_foretold(tmp_path: Path, format: str, channels: int) -> None:
    chosen = tiles(12, channels=channels, n_frames=20)
    settings = config(tmp_path, format)
    (event,) = estimate_size(settings, chosen)
    assert isinstance(event, SizeEstimated)
    assert names(tmp_path) == []
    real = write(settings, chosen).stat().st_size
    if format == "npz":
        assert event.size == real
    else:
        assert real / 2 < event.size < 2 * real


@pytest.mark.parametrize("format", FORMATS)
def test_that_the_size_of_one_frame_can_be_asked_for(tmp_path: Path, format: str) -> None:
    (event,) = estimate_size(config(tmp_path, format), tiles(1, n_frames=1))
    assert event.size > 500  # type: ignore[union-attr]


def test_that_a_preview_reads_back_as_it_was_written(tmp_path: Path) -> None:
    wall = board(tiles(4, n_frames=5))
    write_video(tmp_path / "step_7.gif", wall, 4, "gif")
    (event,) = open_preview(tmp_path / "step_7.gif", 7)
    assert isinstance(event, PreviewOpened)
    assert (event.step, event.path) == (7, tmp_path / "step_7.gif")
    assert event.frames.shape == wall.shape
    assert np.abs(event.frames.astype(int) - wall).max() <= 1
    assert not event.frames.flags.writeable


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:900]),
        lambda path: path.write_bytes(path.read_bytes()[:5]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"GIF89a" + bytes(300)),
        lambda path: write_png(path, np.zeros((4, 4), np.uint8)),
    ],
)
def test_that_a_damaged_preview_is_named(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    path = tmp_path / "step_7.gif"
    write_video(path, blobs(3), 4, "gif")
    damage(path)
    with pytest.raises(ExportError, match=r"step_7\.gif: .* choose another step"):
        list(open_preview(path, 7))


def test_that_a_video_takes_frames_as_they_come(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", (frame for frame in blobs(7, 32, 3)), 30, "mp4")
    assert len(play(tmp_path / "clip.mp4")) == 7


@pytest.mark.parametrize("format", ["gif", "mp4"])
def test_that_a_video_needs_a_frame(tmp_path: Path, format: str) -> None:
    with pytest.raises(ExportError, match="at least one frame"):
        write_video(tmp_path / f"clip.{format}", [], 10, format)
    assert names(tmp_path) == []


@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 1), (5, 6, 3)])
def test_that_a_picture_is_written_without_loss(tmp_path: Path, shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    write_png(tmp_path / "picture.png", image)
    np.testing.assert_array_equal(iio.imread(tmp_path / "picture.png"), image.squeeze())
    assert names(tmp_path) == ["picture.png"]


def test_that_an_adaptive_palette_never_takes_the_borders_places() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    frame[0], frame[-1] = GIVEN, IMAGINED
    indices, palette = gif.quantise(frame)
    assert palette is not None
    assert (indices[0] == 254).all()
    assert (indices[-1] == 255).all()
    assert indices[1:-1].max() < 254
    assert [tuple(colour) for colour in palette[254:]] == [GIVEN, IMAGINED]


def test_that_reading_the_formats_imports_next_to_nothing() -> None:
    code = (
        "import sys; from svg_studio.engine.export.registry import EXPORTERS; assert EXPORTERS['gif'].fps_choices\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'PySide6', 'imageio', 'PIL', 'cv2', 'av')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
