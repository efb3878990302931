"""Video files: the frames are those that a plain loop finds, made square, and what is no video is said to be none."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.video_samples import cut_short, decoded, ffmpeg, fitted, scene, write_video

from svg_studio.engine.data.decode import video as video_files
from svg_studio.engine.data.decode.opencv import Unusable
from svg_studio.engine.data.decode.resize import Fitting
from svg_studio.engine.data.decode.video import AT_ONCE, Video, likely_frames, pyav
from svg_studio.engine.errors import DataError


def blocks(path: Path, width: int = 64, channels: int = 3, fit: str = "squash", **which: int) -> Iterator[np.ndarray]:
    with Video(path) as video:
        yield from video.blocks(Fitting(width, channels, fit), **which)


def all_of(path: Path, **settings: Any) -> np.ndarray:
    return np.concatenate(list(blocks(path, **settings)))


def read_through(path: Path) -> tuple[int, str]:
    """Frames read, and what is said of those that are not there."""
    with Video(path) as video:
        kept = sum(len(block) for block in video.blocks(Fitting(64, 1)))
        return kept, video.shortfall()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("videos") / "whole.avi", scene(150))


@pytest.fixture(scope="module")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("videos") / "clip.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=192x128:rate=25:duration=2", "-pix_fmt", "yuv420p", path)
    return path


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """23 frames of which the first ten come four times as fast as the others."""
    path = tmp_path_factory.mktemp("videos") / "uneven.mp4"
    chosen = "select='not(mod(n,3))+lt(n,10)'"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=96x80:rate=25:duration=2", "-vf", chosen, "-fps_mode", "vfr", path)
    return path


@pytest.mark.parametrize("fit", ["squash", "crop"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("codec", ["DIVX", "XVID", "MJPG"])
def test_that_frames_are_those_of_a_plain_loop(codec: str, channels: int, fit: str, tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", scene(70), codec)
    read = all_of(path, channels=channels, fit=fit)
    assert read.dtype == np.uint8
    assert np.array_equal(read, fitted(decoded(path), 64, channels, fit))


def test_that_a_tall_video_is_cropped_in_its_middle(tmp_path: Path) -> None:
    path = write_video(tmp_path / "tall.avi", scene(3, (80, 200)), "MJPG")
    assert np.array_equal(all_of(path, fit="crop"), fitted(decoded(path), fit="crop"))
    assert not np.array_equal(all_of(path, fit="crop"), all_of(path))


@pytest.mark.parametrize("width", [64, 128])
def test_that_odd_sizes_shrink_by_area_and_grow_by_interpolation(width: int, tmp_path: Path) -> None:
    path = write_video(tmp_path / "odd.avi", scene(5, (47, 333)), "MJPG")
    for read, frame in zip(all_of(path, width=width), decoded(path), strict=True):
        low = cv2.resize(frame, (frame.shape[1], width), interpolation=cv2.INTER_AREA)
        assert np.array_equal(read, cv2.resize(low, (width, width), interpolation=cv2.INTER_LINEAR)[..., ::-1])


def test_that_a_small_video_is_enlarged(tmp_path: Path) -> None:
    path = write_video(tmp_path / "small.avi", scene(5, (33, 47)), "MJPG")
    wide = np.stack([cv2.resize(frame, (64, 64), interpolation=cv2.INTER_LINEAR)[..., ::-1] for frame in decoded(path)])
    assert np.array_equal(all_of(path), wide)


def test_that_large_frames_differ_by_no_more_than_rounding_from_means_of_areas(tmp_path: Path) -> None:
    path = write_video(tmp_path / "large.avi", scene(3, (1280, 720)), "MJPG")
    difference = all_of(path).astype(int) - fitted(decoded(path))
    assert np.abs(difference).max() <= 2
    assert np.abs(difference).mean() < 0.3


def test_that_every_nth_frame_between_two_is_kept(whole: Path) -> None:
    full = all_of(whole)
    assert np.array_equal(all_of(whole, every=7), full[::7])
    assert np.array_equal(all_of(whole, every=100), full[::100])
    assert np.array_equal(all_of(whole, last=99, every=3), full[:100:3])
    assert len(all_of(whole, last=0)) == 1


def test_that_blocks_are_short_and_come_while_frames_are_left_out(whole: Path) -> None:
    assert [len(b) for b in blocks(whole, width=64, channels=1)] == [AT_ONCE, AT_ONCE, 150 - 2 * AT_ONCE]
    assert [len(b) for b in blocks(whole, width=64, channels=1, every=100)] == [1, 1, 0]


def test_that_no_block_is_changed_by_the_next(whole: Path) -> None:
    first, second, _ = blocks(whole, width=64, channels=1)
    assert not np.array_equal(first[:20], second[:20])
    assert np.array_equal(first, all_of(whole, channels=1, last=AT_ONCE - 1))


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_that_a_turned_video_comes_upright(turn: int, mp4: Path, tmp_path: Path) -> None:
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", str(turn), "-i", mp4, "-c", "copy", turned)
    upright = np.rot90(decoded(mp4), turn // 90, axes=(1, 2))
    assert np.array_equal(all_of(turned), fitted(upright))


def test_that_frames_of_an_uneven_rate_come_as_they_are(uneven: Path) -> None:
    assert np.array_equal(all_of(uneven), fitted(decoded(uneven)))
    assert read_through(uneven) == (23, "")


@pytest.mark.parametrize("suffix", ["mkv", "webm", "mov", "avi", "ts", "gif", "mpg"])
def test_that_whole_videos_in_any_container_are_not_called_short(suffix: str, mp4: Path, tmp_path: Path) -> None:
    path = tmp_path / f"clip.{suffix}"
    ffmpeg("-i", mp4, path)
    assert read_through(path) == (50, "")


@pytest.mark.parametrize("suffix", ["mkv", "webm"])
def test_that_a_guessed_number_of_frames_is_not_held_against_a_video(suffix: str, uneven: Path, tmp_path: Path) -> None:
    path = tmp_path / f"uneven.{suffix}"
    ffmpeg("-i", uneven, "-fps_mode", "passthrough", path)
    with Video(path) as video:
        assert video.stated > 23
    assert read_through(path) == (23, "")


def test_that_a_video_that_was_trimmed_without_being_written_anew_is_whole(mp4: Path, tmp_path: Path) -> None:
    path = tmp_path / "trimmed.mp4"
    ffmpeg("-ss", "0.5", "-i", mp4, "-c", "copy", path)
    kept, reason = read_through(path)
    assert kept < 50
    assert reason == ""


def test_that_a_truncated_avi_gives_what_is_left_and_says_so(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.avi"
    path.write_bytes(whole.read_bytes())
    cut_short(path, 0.6)
    kept, reason = read_through(path)
    assert 50 < kept < 120
    assert reason == f"ends after {kept} of 150 frames"
    assert np.array_equal(all_of(path), fitted(decoded(path)))


def test_that_a_truncated_mkv_and_mp4_say_so(mp4: Path, tmp_path: Path) -> None:
    matroska, fast = tmp_path / "short.mkv", tmp_path / "short.mp4"
    ffmpeg("-i", mp4, "-c", "copy", matroska)
    ffmpeg("-i", mp4, "-c", "copy", "-movflags", "faststart", fast)
    kept, reason = read_through(cut_short(matroska, 0.5))
    assert reason == f"ends after {kept} of about 50 frames"
    kept, reason = read_through(cut_short(fast, 0.75))
    assert reason == f"ends after {kept} of 50 frames"


def test_that_a_video_of_one_frame_is_read(tmp_path: Path) -> None:
    path = write_video(tmp_path / "one.avi", scene(1))
    assert read_through(path) == (1, "")
    assert all_of(path).shape == (1, 64, 64, 3)


def test_that_names_may_hold_spaces_digits_and_any_letters(tmp_path: Path) -> None:
    for name in ("mon été 2024 (1).avi", "видео %03d 动作.avi", "frame_001.avi", "a:b#c?.avi", "-i.avi"):
        path = write_video(tmp_path / name, scene(4))
        assert len(all_of(path)) == 4, name


def test_that_files_that_are_no_videos_are_named_so(tmp_path: Path) -> None:
    (tmp_path / "empty.avi").touch()
    (tmp_path / "text.avi").write_text("no video\n" * 200)
    (tmp_path / "folder.avi").mkdir()
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", tmp_path / "sound.mp4")
    for name, reason in (
        ("empty.avi", "is empty"),
        ("text.avi", "is no video that can be decoded"),
        ("sound.mp4", "is no video that can be decoded"),
        ("folder.avi", "cannot be read"),
        ("absent.avi", r"cannot be read \(No such file"),
        ("zero\0byte.avi", "cannot be read"),
        ("\udcff\udcfe.avi", "cannot be"),
    ):
        with pytest.raises(Unusable, match=reason):
            all_of(tmp_path / name)
        with pytest.raises(Unusable, match=reason):
            likely_frames(tmp_path / name)


def test_that_a_list_of_other_files_is_no_video(whole: Path, tmp_path: Path) -> None:
    """FFmpeg would open what it names, wherever that is."""
    (tmp_path / "other.avi").write_bytes(whole.read_bytes())
    for text in ("ffconcat version 1.0\nfile other.avi\n", "#EXTM3U\n#EXTINF:6,\nother.avi\n#EXT-X-ENDLIST\n"):
        (tmp_path / "list.mp4").write_text(text)
        with pytest.raises(Unusable, match="is no video that can be decoded"):
            all_of(tmp_path / "list.mp4")


def test_that_frames_without_a_size_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "raw.avi"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=96x64:rate=25:duration=1", "-c:v", "cinepak", path)
    data, size = path.read_bytes(), (96).to_bytes(4, "little") + (64).to_bytes(4, "little")
    assert size in data
    path.write_bytes(data.replace(size, bytes(8)))
    with pytest.raises(Unusable, match="states frames of 0 × 0 pixels"):
        all_of(path)


def test_that_frames_that_no_memory_holds_are_refused(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_files, "LARGEST", 160 * 120 - 1)
    with pytest.raises(Unusable, match="states frames of 160 × 120 pixels"):
        all_of(whole)


def test_that_a_video_without_a_frame_says_so(whole: Path, tmp_path: Path) -> None:
    data = whole.read_bytes()
    path = tmp_path / "bare.avi"
    path.write_bytes(data[: data.index(b"movi") + 4])
    try:
        assert read_through(path) == (0, "holds no frame that can be decoded")
    except Unusable as error:
        assert str(error) == "is no video that can be decoded"  # noqa: PT017


def test_that_nothing_is_said_on_stderr(whole: Path, tmp_path: Path) -> None:
    cut_short(write_video(tmp_path / "short.avi", scene(50)), 0.5)
    data = bytearray(whole.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = b"\xa5" * 3000
    (tmp_path / "bent.avi").write_bytes(data)
    (tmp_path / "text.avi").write_text("no video\n" * 200)
    program = (
        "import pathlib, sys\n"
        "from svg_studio.engine.data.decode.video import Unusable, Video, Fitting\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    try:\n"
        "        with Video(path) as video: print(path.name, sum(map(len, video.blocks(Fitting(64, 3)))), video.shortfall())\n"
        "    except Unusable as error: print(path.name, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 3


def test_that_without_pyav_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DataError, match="pip install av"):
        pyav()


def test_that_frames_have_the_seconds_at_which_they_are_shown(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.avi", scene(2 * AT_ONCE), fps=10)
    with Video(path) as video:
        found = [(video.numbers, video.seconds) for _ in video.blocks(Fitting(64, 1), every=3)]
    numbers, seconds = ([value for block in parts for value in block] for parts in zip(*found, strict=True))
    assert numbers == list(range(0, 2 * AT_ONCE, 3))
    assert seconds == pytest.approx([n / 10 for n in numbers])


def test_that_seconds_count_from_the_beginning_of_a_video_that_begins_late(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.avi", scene(20), fps=10)
    ffmpeg("-i", path, "-c", "copy", "-output_ts_offset", "100", tmp_path / "late.ts")
    with Video(tmp_path / "late.ts") as video:
        list(video.blocks(Fitting(64, 1)))
        assert video.seconds == pytest.approx([n / 10 for n in range(20)], abs=1e-3)
