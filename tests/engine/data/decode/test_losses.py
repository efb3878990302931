"""What of a video cannot be had is told with its place, and what is no loss is not called one."""

from pathlib import Path

import pytest
from support.video_samples import cut_short, differ, ffmpeg, read, scene, shown, squashed, write_video

from svg_studio.engine.data.decode.resize import Fitting
from svg_studio.engine.data.decode.video import Video, likely_frames

SOURCE = ("-f", "lavfi", "-i", "testsrc2=size=96x80:rate=25:duration=1")


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_that_a_frame_that_stands_long_under_sound_loses_nothing(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"slides.{suffix}"
    pause = "[0:v]setpts='if(gte(N,12),PTS+120/TB,PTS)'[v]"
    ffmpeg(*SOURCE, "-f", "lavfi", "-i", "sine=duration=140:sample_rate=48000", "-filter_complex", pause, "-map", "[v]",
           "-map", "1", "-fps_mode", "vfr", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "0", "-c:a", "aac", path)  # fmt: skip
    frames, wrong, notes = read(path)
    assert (len(frames), wrong, notes) == (25, "", [])


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "avi", "ts"])
def test_that_sound_longer_than_the_picture_is_no_missing_frame(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"long.{suffix}"
    ffmpeg(*SOURCE, "-f", "lavfi", "-i", "sine=duration=9", "-c:v", "mpeg4", "-c:a", "mp2", path)
    frames, wrong, notes = read(path)
    assert (len(frames), wrong, notes) == (25, "", [])


def test_that_what_an_editor_cut_away_is_hidden_and_told(tmp_path: Path) -> None:
    whole, trimmed = tmp_path / "whole.mp4", tmp_path / "trimmed.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=96x80:rate=25:duration=4", "-g", "100", "-bf", "2", "-pix_fmt", "yuv420p", whole)
    ffmpeg("-ss", "2", "-i", whole, "-c", "copy", trimmed)
    frames, wrong, notes = read(trimmed)
    assert (len(frames), wrong) == (50, "")
    assert notes == ["50 frames are left out that players hide too: cut away by an editor, or before the first key frame"]
    assert differ(frames, squashed(shown(whole))[50:]) <= 3


def test_that_what_stands_before_the_first_key_frame_is_hidden(tmp_path: Path) -> None:
    whole, late = tmp_path / "whole.ts", tmp_path / "late.ts"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=192x128:rate=25:duration=4",
        "-g",
        "50",
        "-bf",
        "0",
        "-pix_fmt",
        "yuv420p",
        "-c:v",
        "libx264",
        whole,
    )
    data = whole.read_bytes()
    start = len(data) // 4 // 188 * 188
    late.write_bytes(data[: 3 * 188] + data[start:])
    frames, wrong, notes = read(late)
    assert 49 <= len(frames) <= 51
    assert wrong == ""
    assert "before the first key frame" in "".join(notes)


DAMAGED = {  # name, and the least share of frames that is left when a sixth of the file is zeros
    "mpeg4.mp4": ("-c:v", "mpeg4", "-q:v", "4"),
    "divx.avi": ("-c:v", "mpeg4", "-q:v", "4", "-vtag", "DIVX"),
    "mjpeg.avi": ("-c:v", "mjpeg"),
    "h264.mp4": ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "faststart"),
    "h264.mkv": ("-c:v", "libx264", "-pix_fmt", "yuv420p"),
    "h264.ts": ("-c:v", "libx264", "-pix_fmt", "yuv420p"),
    "hevc.mp4": ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-x265-params", "log-level=none"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
    "mpeg2.mpg": ("-c:v", "mpeg2video"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_that_a_stretch_that_does_not_decode_loses_itself_alone(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=8", "-g", "10", *DAMAGED[name], path)
    assert len(read(path)[0]) == 200
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + len(data) // 10] = bytes(len(data) // 10)
    path.write_bytes(data)
    frames, wrong, _ = read(path)
    assert 140 <= len(frames) < 200
    missing = int(wrong.split(" ")[0])
    assert wrong.startswith(f"{missing} frames are missing or cannot be decoded, at ")
    assert abs(len(frames) + missing - 200) <= 1
    if name == "hevc.mp4":
        assert "damaged and shown as far as possible" in wrong  # as of the other codecs, not left out until the next key frame
    second = float(wrong.partition(" at ")[2].split(" ")[0])
    assert 3 <= second <= 5
    end = squashed(shown(path))[-20:]
    assert differ(frames[-20:], end) <= 3


def test_that_a_damaged_avi_tells_which_frames_it_has(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", scene(200), "MJPG")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 20000] = bytes(20000)
    path.write_bytes(data)
    numbers = []
    with Video(path) as video:
        for _ in video.blocks(Fitting(64, 3)):
            numbers += video.numbers
    assert numbers[:90] == list(range(90))
    assert numbers[-80:] == list(range(120, 200))
    assert len(numbers) < 200


def test_that_a_header_that_states_absurd_numbers_of_frames_is_not_believed(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", scene(50), "MJPG")
    data = bytearray(path.read_bytes())
    for chunk, at in ((b"strh", 40), (b"avih", 24)):
        place = data.index(chunk) + at
        data[place : place + 4] = (0x7FFFFFFF).to_bytes(4, "little")
    path.write_bytes(data)
    assert read(path)[1:] == ("", [])
    assert 25 <= likely_frames(path) <= 100
    assert 10 <= likely_frames(cut_short(path, 0.5)) <= 50
    assert read(path)[1] == ""  # without an index, too
