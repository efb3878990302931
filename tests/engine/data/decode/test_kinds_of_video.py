"""Every kind of video has the frames that FFmpeg's own program counts, and looks as that program shows it."""

import subprocess
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from support.video_samples import cut_short, ffmpeg, scene, write_video

from svg_studio.engine.data.decode.resize import Fitting
from svg_studio.engine.data.decode.video import Video, likely_frames

SOURCE = ("-f", "lavfi", "-i", "testsrc2=size=96x80:rate=25:duration=1")
CLEAR = (*SOURCE, "-vf", "format=rgba,colorchannelmixer=aa=0.5")
H264 = (*SOURCE, "-pix_fmt", "yuv420p", "-c:v", "libx264")
KINDS = {  # name of the file: how it is written
    "h264.mp4": H264,
    "open-gop.mp4": (*H264, "-bf", "3", "-g", "8", "-x264-params", "open-gop=1"),
    "interlaced.mp4": (*H264, "-flags", "+ildct+ilme"),
    "fragmented.mp4": (*H264, "-g", "5", "-movflags", "+frag_keyframe+empty_moov"),
    "uneven.mp4": (*SOURCE, "-vf", "select='not(mod(n,3))+lt(n,10)'", "-fps_mode", "vfr", "-pix_fmt", "yuv420p"),
    "444.mkv": (*SOURCE, "-pix_fmt", "yuv444p", "-c:v", "libx264"),
    "10-bits.mkv": (*SOURCE, "-pix_fmt", "yuv420p10le", "-c:v", "libx264"),
    "full-range.mp4": (*SOURCE, "-pix_fmt", "yuvj420p", "-c:v", "libx264"),
    "bt709.mp4": (*H264, "-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709"),
    "odd.mkv": (*SOURCE, "-vf", "scale=97:81", "-pix_fmt", "yuv444p", "-c:v", "libx264"),
    "h264.ts": H264,
    "h264.mov": H264,
    "h264.flv": H264,
    "hevc.mp4": (*SOURCE, "-pix_fmt", "yuv420p", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"),
    "vp8.webm": (*SOURCE, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-auto-alt-ref", "0"),
    "vp9.webm": (*SOURCE, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
    "hidden-frames.webm": (
        *SOURCE,
        "-c:v",
        "libvpx",
        "-cpu-used",
        "5",
        "-auto-alt-ref",
        "1",
        "-lag-in-frames",
        "10",
        "-arnr-maxframes",
        "5",
    ),
    "divx.avi": (*SOURCE, "-c:v", "mpeg4", "-vtag", "DIVX"),
    "xvid.avi": (*SOURCE, "-c:v", "mpeg4", "-bf", "2", "-vtag", "XVID"),
    "mjpeg.avi": (*SOURCE, "-c:v", "mjpeg"),
    "raw.avi": (*SOURCE, "-c:v", "rawvideo", "-pix_fmt", "bgr24"),
    "palette.avi": (*SOURCE, "-vf", "format=rgb24,format=pal8", "-c:v", "rawvideo"),
    "ffv1.mkv": (*SOURCE, "-c:v", "ffv1"),
    "mpeg1.mpg": (*SOURCE, "-c:v", "mpeg1video"),
    "mpeg2.ts": (*SOURCE, "-c:v", "mpeg2video"),
    "wmv.asf": (*SOURCE, "-c:v", "wmv2"),
    "flv1.flv": (*SOURCE, "-c:v", "flv1"),
    "theora.ogv": (*SOURCE, "-c:v", "libtheora"),
    "prores.mov": (*SOURCE, "-c:v", "prores_ks"),
    "grey.mkv": (*SOURCE, "-pix_fmt", "gray", "-c:v", "ffv1"),
    "raw.y4m": (*SOURCE, "-pix_fmt", "yuv420p"),
}


def shown(path: Path, *filters: str) -> np.ndarray:
    """(T, H, W, 3) BGR, upright, as FFmpeg's program gives them."""
    size = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path), *filters, "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-"],
        capture_output=True, check=False,
    ).stdout  # fmt: skip
    height, width = cv2.imdecode(np.frombuffer(size, np.uint8), cv2.IMREAD_COLOR).shape[:2]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "quiet", "-i", str(path), *filters, "-fps_mode", "passthrough"]
    raw = subprocess.run([*command, "-pix_fmt", "bgr24", "-f", "rawvideo", "-"], capture_output=True, check=False).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def read(path: Path, fit: str = "squash", width: int = 64, background: str = "#000000") -> tuple[np.ndarray, str, list[str]]:
    """Frames (T, W, W, 3) RGB, what is wrong with the video, and notes."""
    with Video(path) as video:
        frames = np.concatenate(list(video.blocks(Fitting(width, 3, fit, background))))
        return frames, video.shortfall(), list(video.notes())


def squashed(frames: np.ndarray, width: int = 64) -> np.ndarray:
    return np.stack([cv2.resize(frame, (width, width), interpolation=cv2.INTER_AREA)[..., ::-1] for frame in frames])


def differ(ours: np.ndarray, theirs: np.ndarray) -> float:
    assert ours.shape == theirs.shape
    return float(np.abs(ours.astype(int) - theirs).mean(axis=(1, 2, 3)).max())


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("videos") / "base.mp4"
    ffmpeg(*H264, path)
    return path


@pytest.mark.parametrize("name", KINDS)
def test_that_every_kind_is_read_whole_and_looks_right(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    ffmpeg(*KINDS[name], path)
    frames, wrong, notes = read(path)
    assert (wrong, notes) == ("", [])
    assert differ(frames, squashed(shown(path))) <= 3
    assert len(frames) / 2 <= likely_frames(path) <= 2 * len(frames)


@pytest.mark.parametrize("mirror", [(), ("-display_hflip",), ("-display_vflip",)])
@pytest.mark.parametrize("turn", ["0", "90", "180", "270"])
def test_that_turned_and_mirrored_videos_come_as_players_show_them(
    turn: str, mirror: tuple[str, ...], base: Path, tmp_path: Path
) -> None:
    path = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", turn, *mirror, "-i", base, "-c", "copy", path)
    assert differ(read(path)[0], squashed(shown(path))) <= 3


@pytest.mark.parametrize("turn", ["0", "90"])
@pytest.mark.parametrize("sar", ["2/1", "1/2", "12/11"])
def test_that_pixels_that_are_not_square_are_made_so_before_cropping(sar: str, turn: str, tmp_path: Path) -> None:
    lying, path = tmp_path / "lying.mp4", tmp_path / "wide.mp4"
    ffmpeg(*H264, "-vf", f"scale=384:320,gblur=sigma=4,setsar={sar}", lying)
    ffmpeg("-display_rotation", turn, "-i", lying, "-c", "copy", path)
    square = shown(path, "-vf", "scale='trunc(iw*sar/2)*2':ih,setsar=1,crop='min(iw,ih)':'min(iw,ih)'")
    assert differ(read(path, "crop")[0], squashed(square)) <= 3


@pytest.mark.parametrize("name, encoding", [("a.webm", ("libvpx-vp9", "yuva420p")), ("b.webm", ("libvpx", "yuva420p")),
                                            ("c.mov", ("qtrle", "argb")), ("d.mov", ("prores_ks", "yuva444p10le")),
                                            ("e.mkv", ("ffv1", "bgra"))])  # fmt: skip
@pytest.mark.parametrize("background, ground", [("#000000", (0, 0, 0)), ("#ff8000", (255, 128, 0))])
def test_that_what_is_transparent_lies_on_the_colour_asked_for(
    background: str, ground: tuple[int, int, int], name: str, encoding: tuple[str, str], tmp_path: Path
) -> None:
    path, opaque = tmp_path / name, tmp_path / "opaque.mkv"
    ffmpeg(*CLEAR, "-auto-alt-ref", "0", "-c:v", encoding[0], "-pix_fmt", encoding[1], path) if "vpx" in encoding[0] else ffmpeg(
        *CLEAR, "-c:v", encoding[0], "-pix_fmt", encoding[1], path
    )
    ffmpeg(*SOURCE, "-c:v", "ffv1", "-pix_fmt", "bgr0", opaque)
    wanted = (squashed(shown(opaque)).astype(int) + ground) // 2
    assert differ(read(path, background=background)[0], wanted) <= 4  # lossy codecs among them


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_that_high_dynamic_range_is_brought_into_the_standard_one(transfer: str, tmp_path: Path) -> None:
    path = tmp_path / "hdr.mkv"
    steps = "format=gray16le,geq=lum='65535*floor(X/12)/7'"
    ffmpeg(*SOURCE, "-vf", f"{steps},format=yuv420p10le", "-c:v", "libx265", "-x265-params",
           f"log-level=none:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:range=limited", path)  # fmt: skip
    frames, wrong, notes = read(path)
    bars = frames[0, 32, 4::8, 1].astype(int)
    assert bars[0] < 8
    assert bars[-1] > 245
    assert (np.diff(bars) >= 0).all()
    assert wrong == ""
    assert notes == [
        f"has a high dynamic range ({'PQ' if transfer == 'smpte2084' else 'HLG'}), which was brought into the standard one"
    ]


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_that_of_several_videos_the_one_is_taken_that_players_show(suffix: str, tmp_path: Path) -> None:
    path, other = tmp_path / f"two.{suffix}", ("-f", "lavfi", "-i", "testsrc=size=128x128:rate=25:duration=1")
    for shown_one, size, picture in ((0, "96 × 80", SOURCE), (1, "128 × 128", other)):
        ffmpeg(*SOURCE, *other, "-map", "0", "-map", "1", "-pix_fmt", "yuv420p", "-disposition:v", "0",
               f"-disposition:v:{shown_one}", "default", path)  # fmt: skip
        plain = tmp_path / "plain.mkv"
        ffmpeg(*picture, "-pix_fmt", "yuv420p", plain)
        frames, wrong, notes = read(path)
        assert wrong == ""
        assert notes == [f"holds 2 video streams; number {shown_one + 1} ({size} px), which players show, was taken"]
        assert differ(frames, squashed(shown(plain))) <= 3


def test_that_a_cover_is_no_video(base: Path, tmp_path: Path) -> None:
    cover, path = tmp_path / "cover.png", tmp_path / "covered.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=red:size=320x320", "-frames:v", "1", cover)
    ffmpeg("-i", cover, "-i", base, "-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0", "attached_pic", path)
    frames, wrong, notes = read(path)
    assert (len(frames), wrong, notes) == (25, "", [])


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
