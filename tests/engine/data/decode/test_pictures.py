"""Every kind of video has the frames that FFmpeg's own program counts, and looks as that program shows it."""

from pathlib import Path

import numpy as np
import pytest
from support.video_samples import differ, ffmpeg, read, shown, squashed

from svg_studio.engine.data.decode.video import likely_frames

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
    if transfer == "smpte2084":  # what is darker than paper stays as bright as it is
        power = (np.arange(1, 4) / 7) ** (1 / 78.84375)
        light = 10000 * ((power - 0.8359375) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
        assert bars[4] < bars[5] < bars[7]  # nor is what is brighter all one white
        assert np.abs(bars[1:4] - 255 * (light / 203) ** (1 / 2.4)).max() <= 5
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
