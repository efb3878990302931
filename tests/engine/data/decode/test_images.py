"""Image files: any kind and depth becomes a frame, upright and on black, and a broken one is named."""

import io
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from support.video_samples import fitted

from svg_studio.engine.data.decode import images
from svg_studio.engine.data.decode.images import AT_ONCE, image_blocks, natural, read_image, write_png
from svg_studio.engine.data.decode.opencv import Unusable
from svg_studio.engine.data.decode.resize import Fitting
from svg_studio.engine.errors import DataError


@pytest.fixture
def picture() -> np.ndarray:
    """(40, 60, 3) RGB, no two corners alike."""
    y, x = np.mgrid[:40, :60]
    return np.stack([x * 4, y * 6, (x + y) * 2], -1).astype(np.uint8)


def rgb(path: Path) -> np.ndarray:
    image = read_image(path)
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


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("orientation,turns", [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_that_images_come_upright(orientation: int, turns: int, suffix: str, picture: np.ndarray, tmp_path: Path) -> None:
    note = Image.Exif()
    note[0x112] = orientation
    Image.fromarray(picture).save(tmp_path / f"a.{suffix}", exif=note, **({"lossless": True} if suffix == "webp" else {}))
    found, upright = rgb(tmp_path / f"a.{suffix}").astype(int), np.rot90(picture, turns)
    assert found.shape == upright.shape
    assert np.abs(found - upright).mean() < 5


def test_that_broken_images_are_named_so(picture: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no image")
    cv2.imwrite(str(tmp_path / "float.tiff"), picture.astype(np.float32))
    for suffix in ("png", "jpg"):
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, {"png": "PNG", "jpg": "JPEG"}[suffix])
        (tmp_path / f"short.{suffix}").write_bytes(stream.getvalue()[: len(stream.getvalue()) * 2 // 3])
    for name, reason in (
        ("empty.png", "is empty"),
        ("text.png", "is no image that can be decoded"),
        ("short.png", "is no image that can be decoded"),
        ("short.jpg", "is no image that can be decoded"),
        ("float.tiff", "holds float32 values, not 8 or 16 bits"),
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
    (first, broken), (second, none) = image_blocks(paths, Fitting(64, 3))
    assert (first.shape, second.shape) == ((AT_ONCE - 1, 64, 64, 3), (6, 64, 64, 3))
    assert broken == [(paths[3], "is no image that can be decoded")]
    assert none == []
    numbers = [n for n in range(AT_ONCE + 6) if n != 3]
    assert [tuple(f[32, 32]) for f in (*first, *second)] == [(n, 0, 255 - n) for n in numbers]
    ((grey, _),) = image_blocks(paths[:3], Fitting(64, 1))
    assert np.array_equal(grey[:, 5, 5, 0], [cv2.cvtColor(f[:1, :1], cv2.COLOR_RGB2GRAY).item() for f in first[:3]])


@pytest.mark.parametrize("fit", ["squash", "crop"])
def test_that_sizes_that_are_shrunk_together_and_others_keep_their_order(fit: str, tmp_path: Path) -> None:
    sizes = [(160, 120), (160, 120), (120, 120), (100, 90), (160, 120), (320, 240), (90, 100), (120, 160)]
    paths = [tmp_path / f"{n}.png" for n in range(len(sizes))]
    for n, path in enumerate(paths):
        Image.fromarray(np.random.default_rng(n).integers(0, 256, sizes[n][::-1], np.uint8)).save(path)
    ((together, _),) = image_blocks(paths, Fitting(64, 1, fit))
    for frame, path in zip(together, paths, strict=True):
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert np.array_equal(frame, fitted([cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)], 64, 1, fit)[0])


def test_that_grey_images_become_three_equal_channels(picture: np.ndarray, tmp_path: Path) -> None:
    Image.fromarray(picture[..., 0]).save(tmp_path / "a.png")
    ((frames, _),) = image_blocks([tmp_path / "a.png"], Fitting(64, 3))
    ((grey, _),) = image_blocks([tmp_path / "a.png"], Fitting(64, 1))
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
