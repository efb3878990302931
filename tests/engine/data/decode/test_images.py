"""Image files: any kind and depth becomes a frame, upright and on black, and a broken one is named."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from support.video_samples import fitted

from svg_studio.engine.data.decode import images
from svg_studio.engine.data.decode.images import AT_ONCE, image_blocks, natural, read_image, write_png
from svg_studio.engine.data.decode.opencv import Unusable
from svg_studio.engine.data.decode.resize import Fitting, plain
from svg_studio.engine.errors import DataError


@pytest.fixture
def picture() -> np.ndarray:
    """(40, 60, 3) RGB, no two corners alike."""
    y, x = np.mgrid[:40, :60]
    return np.stack([x * 4, y * 6, (x + y) * 2], -1).astype(np.uint8)


def rgb(path: Path) -> np.ndarray:
    image = plain(read_image(path), Fitting(64, 3))
    return image if image.ndim == 2 else image[..., ::-1]


def test_that_8_bit_images_are_read_as_they_are(picture: np.ndarray, tmp_path: Path) -> None:
    for suffix in ("png", "bmp", "tif", "ppm"):
        Image.fromarray(picture).save(tmp_path / f"a.{suffix}")
        assert np.array_equal(rgb(tmp_path / f"a.{suffix}"), picture), suffix
    Image.fromarray(picture).save(tmp_path / "a.webp", lossless=True)
    assert np.array_equal(rgb(tmp_path / "a.webp"), picture)
    Image.fromarray(picture).save(tmp_path / "a.jpg", quality=95)
    assert np.abs(rgb(tmp_path / "a.jpg").astype(int) - picture).mean() < 3


def test_that_16_bits_become_8_by_257(picture: np.ndarray, tmp_path: Path) -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    cv2.imwrite(str(tmp_path / "grey.png"), values)
    assert np.array_equal(rgb(tmp_path / "grey.png"), np.round(values / 257).astype(np.uint8))
    cv2.imwrite(str(tmp_path / "colour.png"), picture[..., ::-1].astype(np.uint16) * 257)
    assert np.array_equal(rgb(tmp_path / "colour.png"), picture)


def test_that_palettes_greys_and_bits_are_read(picture: np.ndarray, tmp_path: Path) -> None:
    palette = Image.fromarray(picture).quantize(16)
    palette.save(tmp_path / "palette.png")
    assert np.array_equal(rgb(tmp_path / "palette.png"), np.array(palette.convert("RGB")))
    grey = Image.fromarray(picture).convert("L")
    grey.save(tmp_path / "grey.png")
    assert np.array_equal(rgb(tmp_path / "grey.png"), np.array(grey))
    grey.convert("1").save(tmp_path / "bits.png")
    assert np.array_equal(rgb(tmp_path / "bits.png"), np.array(grey.convert("1")) * np.uint8(255))


def test_that_what_is_transparent_is_black(picture: np.ndarray, tmp_path: Path) -> None:
    alpha = np.tile(np.linspace(0, 255, 60).astype(np.uint8), (40, 1))
    black = np.round(picture * (alpha[..., None] / 255)).astype(int)
    Image.fromarray(np.dstack([picture, alpha])).save(tmp_path / "a.png")
    assert np.abs(rgb(tmp_path / "a.png") - black).max() <= 1
    deep = np.dstack([picture[..., ::-1], alpha]).astype(np.uint16) * 257
    cv2.imwrite(str(tmp_path / "deep.png"), deep)
    assert np.abs(rgb(tmp_path / "deep.png") - black).max() <= 1
    grey = Image.fromarray(np.dstack([picture[..., 0], alpha]))
    grey.save(tmp_path / "la.png")
    assert np.abs(rgb(tmp_path / "la.png") - black[..., :1]).max() <= 1


@pytest.mark.parametrize("background", ["#000000", "#40c0ff"])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_that_images_come_upright_and_on_their_ground(
    orientation: int, suffix: str, background: str, picture: np.ndarray, tmp_path: Path
) -> None:
    note = Image.Exif()
    note[0x112] = orientation
    image = Image.fromarray(picture)
    ground = Image.new("RGBA", image.size, background)
    if suffix != "jpg":
        image.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, 60).astype(np.uint8), (40, 1))))
    image.save(tmp_path / f"a.{suffix}", exif=note, **({"lossless": True, "exact": True} if suffix == "webp" else {"quality": 95}))
    shown = np.asarray(Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")).astype(int)
    mirrored = shown[:, ::-1]
    upright = {
        1: shown,
        2: mirrored,
        3: np.rot90(shown, 2),
        4: np.rot90(mirrored, 2),
        5: np.rot90(mirrored, 1),
        6: np.rot90(shown, 3),
        7: np.rot90(mirrored, 3),
        8: np.rot90(shown, 1),
    }[orientation]
    found = plain(read_image(tmp_path / f"a.{suffix}"), Fitting(64, 3, background=background))[..., ::-1]
    assert found.shape == upright.shape
    assert np.abs(found - upright).max() <= (5 if suffix == "jpg" else 1)


def tiff(values: np.ndarray, photometric: int, *, planes: int = 1, extra: int = -1, deflate: bool = False) -> bytes:
    """A TIFF file of one strip, or one a plane, of `values` (H, W, samples); planes = 2: one plane after another."""
    height, width, samples = values.shape
    parts = [values] if planes == 1 else list(np.moveaxis(values, -1, 0))
    strips = [zlib.compress(part.tobytes()) if deflate else part.tobytes() for part in parts]
    body = bytearray(b"II*\0\0\0\0\0")
    offsets = []
    for strip in strips:
        offsets.append(len(body))
        body += strip
    tags = {256: [width], 257: [height], 258: [values.itemsize * 8] * samples, 259: [8 if deflate else 1], 262: [photometric]}
    tags |= {273: offsets, 277: [samples], 278: [height], 279: [len(strip) for strip in strips], 284: [planes]}
    if extra >= 0:
        tags[338] = [extra]
    entries = b""
    for tag, numbers in sorted(tags.items()):
        packed = struct.pack(f"<{len(numbers)}I", *numbers) if tag in (273, 279) else struct.pack(f"<{len(numbers)}H", *numbers)
        if len(packed) > 4:
            body += b"\0" * (len(body) % 2)
            at, packed = struct.pack("<I", len(body)), packed
            body += packed
        else:
            at = packed.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, 4 if tag in (273, 279) else 3, len(numbers)) + at
    body += b"\0" * (len(body) % 2)
    body[4:8] = struct.pack("<I", len(body))
    return bytes(body) + struct.pack("<H", len(tags)) + entries + b"\0\0\0\0"


@pytest.mark.parametrize("deflate", [False, True])
def test_that_every_kind_of_tiff_has_the_values_that_it_means(deflate: bool, picture: np.ndarray, tmp_path: Path) -> None:
    grey, alpha = picture[..., :1], np.tile(np.linspace(0, 255, 60).astype(np.uint8)[:, None], (40, 1, 1))
    black = np.round(picture * (alpha / 255)).astype(np.uint8)
    deep = picture.astype(np.uint16) * 257
    kinds: dict[str, tuple[np.ndarray, dict[str, int], np.ndarray]] = {
        "grey": (grey, {"photometric": 1}, grey),
        "white is 0": (255 - grey, {"photometric": 0}, grey),
        "16 bits": (deep[..., :1], {"photometric": 1}, grey),
        "16 bits, white is 0": (65535 - deep[..., :1], {"photometric": 0}, grey),
        "colours": (picture, {"photometric": 2}, picture),
        "planes": (picture, {"photometric": 2, "planes": 2}, picture),
        "colours of 16 bits": (deep, {"photometric": 2}, picture),
        "opacity": (np.dstack([picture, alpha]), {"photometric": 2, "extra": 2}, black),
        "premultiplied": (np.dstack([black, alpha]), {"photometric": 2, "extra": 1}, black),
        "opacity of 16 bits": (np.dstack([picture, alpha]).astype(np.uint16) * 257, {"photometric": 2, "extra": 2}, black),
        "grey and opacity": (np.dstack([grey, alpha]), {"photometric": 1, "extra": 2}, black[..., :1]),
        "inks": (np.dstack([255 - picture, 0 * grey]), {"photometric": 5}, picture),
    }
    for name, (values, tags, wanted) in kinds.items():
        (tmp_path / "a.tif").write_bytes(tiff(values, deflate=deflate, **tags))
        found = np.atleast_3d(rgb(tmp_path / "a.tif")).astype(int)
        assert np.abs(found - wanted).max() <= 1, name
    data = tiff(deep, 2, deflate=True)
    (tmp_path / "a.tif").write_bytes(data[:60] + bytes(40) + data[100:])
    with pytest.raises(Unusable, match="cannot be decoded"):  # which OpenCV reads in silence
        read_image(tmp_path / "a.tif")
    (tmp_path / "a.tif").write_bytes(tiff(deep, 2, planes=2))
    with pytest.raises(Unusable, match="in a plane of its own"):  # which both read wrongly
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("kind", range(1, 7))
@pytest.mark.parametrize("most", [1, 100, 255, 1023, 65535])
def test_that_netpbm_counts_up_to_what_the_file_says(most: int, kind: int, picture: np.ndarray, tmp_path: Path) -> None:
    values = np.round(picture / 255 * most).astype(int)
    if kind not in (3, 6):
        values = values[..., 0]
    if kind in (1, 4):
        values, most = values % 2, 1
    if kind <= 3:
        body = b"# of a comment\n" + b"\n".join(b" ".join(b"%d" % value for value in row.ravel()) for row in values)
    elif kind == 4:
        body = np.packbits(values, axis=1).tobytes()
    else:
        body = values.astype(np.uint8 if most < 256 else ">u2").tobytes()
    header = f"P{kind} # a comment\n60 40\n".encode() + (b"" if kind in (1, 4) else b"%d\n" % most)
    (tmp_path / "a.pnm").write_bytes(header + body)
    wanted = np.round(values * 255 / most)
    assert np.abs(rgb(tmp_path / "a.pnm") - (255 - wanted if kind in (1, 4) else wanted)).max() <= 1
    (tmp_path / "a.pnm").write_bytes(header + body[: len(body) // 2])
    with pytest.raises(Unusable, match="ends before its last pixel"):
        read_image(tmp_path / "a.pnm")


def test_that_a_shade_or_a_colour_that_is_transparent_is_black(picture: np.ndarray, tmp_path: Path) -> None:
    grey = picture[..., 0]
    Image.fromarray(grey).save(tmp_path / "grey.png", transparency=40)
    assert np.array_equal(rgb(tmp_path / "grey.png")[..., 0], np.where(grey == 40, 0, grey))
    Image.fromarray(picture).save(tmp_path / "rgb.png", transparency=(40, 60, 40))
    assert not rgb(tmp_path / "rgb.png")[10, 10].any()


@pytest.mark.parametrize("depth", [10, 12, 14, 16])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_that_fewer_bits_of_16_are_stretched(suffix: str, depth: int, picture: np.ndarray, tmp_path: Path) -> None:
    most = (1 << depth) - 1
    values = np.round(picture[..., ::-1] / 255.0 * most).astype(np.uint16)
    for image, wanted in ((values, picture[..., ::-1]), (values[..., 0], picture[..., 2])):
        cv2.imwrite(str(tmp_path / f"a.{suffix}"), image)
        found = read_image(tmp_path / f"a.{suffix}")
        assert np.array_equal(plain(found, Fitting(64, 3, depth=depth)), wanted)
        assert plain(np.full_like(found, 65535), Fitting(64, 3, depth=depth)).min() == 255  # what is above does not come round to 0


def test_that_broken_images_are_named_so(picture: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no image")
    cv2.imwrite(str(tmp_path / "float.tiff"), picture[..., 0].astype(np.float32))
    for suffix in ("png", "jpg"):
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, {"png": "PNG", "jpg": "JPEG"}[suffix])
        (tmp_path / f"short.{suffix}").write_bytes(stream.getvalue()[: len(stream.getvalue()) * 2 // 3])
    for name, reason in (
        ("empty.png", "is empty"),
        ("text.png", "is no image that can be decoded"),
        ("short.png", "is no image that can be decoded"),
        ("short.jpg", "is no image that can be decoded"),
        ("float.tiff", "holds values that are not of 8 or 16 bits"),
        ("absent.png", r"cannot be read \(No such file"),
        ("zero\0byte.png", "cannot be read"),
    ):
        with pytest.raises(Unusable, match=reason):
            read_image(tmp_path / name)


def test_that_an_image_too_large_for_memory_is_refused(
    picture: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(picture).save(tmp_path / "a.png")
    monkeypatch.setattr(images, "_LARGEST", 60 * 40 - 1)
    with pytest.raises(Unusable, match="is too large an image"):
        read_image(tmp_path / "a.png")


def test_that_nothing_is_said_on_stderr(picture: np.ndarray, tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", icc_profile=b"no profile at all" * 20)
    whole = stream.getvalue()
    (tmp_path / "profile.png").write_bytes(whole)
    (tmp_path / "short.png").write_bytes(whole[: len(whole) - 40])
    at = whole.index(b"IDAT") + 60
    (tmp_path / "bent.png").write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
    (tmp_path / "text.tif").write_text("no image")
    program = (
        "import sys, pathlib\nfrom svg_studio.engine.data.decode.images import read_image, Unusable\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    try: print(path.name, read_image(path).shape)\n"
        "    except Unusable as error: print(path.name, error)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    broken = "is no image that can be decoded"
    assert done.stdout.splitlines() == [
        f"bent.png {broken}",
        "profile.png (40, 60, 3)",
        f"short.png {broken}",
        f"text.tif {broken}",
    ]


def test_that_blocks_hold_images_of_all_sizes_in_order_without_the_broken(tmp_path: Path) -> None:
    paths = []
    for n in range(AT_ONCE + 6):
        paths.append(tmp_path / f"{n}.png")
        Image.new("RGB", (20 + n, 90 - n), (n, 0, 255 - n)).save(paths[-1])
    paths[3].write_bytes(b"broken")
    (first, broken, _), (second, none, _) = image_blocks(paths, Fitting(64, 3))
    assert (first.shape, second.shape) == ((AT_ONCE - 1, 64, 64, 3), (6, 64, 64, 3))
    assert broken == [(paths[3], "is no image that can be decoded")]
    assert none == []
    numbers = [n for n in range(AT_ONCE + 6) if n != 3]
    assert [tuple(f[32, 32]) for f in (*first, *second)] == [(n, 0, 255 - n) for n in numbers]
    ((grey, *_),) = image_blocks(paths[:3], Fitting(64, 1))
    assert np.array_equal(grey[:, 5, 5, 0], [cv2.cvtColor(f[:1, :1], cv2.COLOR_RGB2GRAY).item() for f in first[:3]])


@pytest.mark.parametrize("fit", ["squash", "crop"])
def test_that_sizes_that_are_shrunk_together_and_others_keep_their_order(fit: str, tmp_path: Path) -> None:
    sizes = [(160, 120), (160, 120), (120, 120), (100, 90), (160, 120), (320, 240), (90, 100), (120, 160)]
    paths = [tmp_path / f"{n}.png" for n in range(len(sizes))]
    for n, path in enumerate(paths):
        Image.fromarray(np.random.default_rng(n).integers(0, 256, sizes[n][::-1], np.uint8)).save(path)
    ((together, *_),) = image_blocks(paths, Fitting(64, 1, fit))
    for frame, path in zip(together, paths, strict=True):
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert np.array_equal(frame, fitted([cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)], 64, 1, fit)[0])


def test_that_grey_images_become_three_equal_channels(picture: np.ndarray, tmp_path: Path) -> None:
    Image.fromarray(picture[..., 0]).save(tmp_path / "a.png")
    ((frames, *_),) = image_blocks([tmp_path / "a.png"], Fitting(64, 3))
    ((grey, *_),) = image_blocks([tmp_path / "a.png"], Fitting(64, 1))
    assert np.array_equal(frames, np.repeat(grey, 3, -1))


def test_that_names_are_sorted_as_people_count() -> None:
    names = ["frame10", "Frame2", "frame1", "2", "10", "a", "1b", "frame", "frame02"]
    assert sorted(names, key=natural) == ["1b", "2", "10", "a", "frame", "frame1", "Frame2", "frame02", "frame10"]


def test_that_a_png_appears_whole_and_reads_back(tmp_path: Path) -> None:
    frame = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64, 1).astype(np.uint8)
    write_png(tmp_path / "a.png", frame)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert np.array_equal(read_image(tmp_path / "a.png"), frame[..., 0])
    (tmp_path / "b.png").mkdir()
    (tmp_path / "b.png" / "c").touch()
    with pytest.raises(DataError, match=r"b\.png: could not be written|b\.png: cannot be written"):
        write_png(tmp_path / "b.png", frame)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]
