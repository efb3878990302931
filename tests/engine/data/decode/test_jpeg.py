"""JPEG files: what is sound is never refused, and of what is damaged inside most is found."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from svg_studio.engine.data.decode.jpeg import decoded
from svg_studio.engine.data.decode.opencv import Unusable

KINDS: dict[str, dict[str, object]] = {
    "baseline": {},
    "optimised": {"optimize": True},
    "full colours": {"subsampling": 0},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
    "progressive with restarts": {"progressive": True, "restart_marker_blocks": 7},
}
# Of 20 files with 96 random bytes in them; of what is coded tightly any bytes may mean something.
FOUND = {"baseline": 13, "optimised": 6, "full colours": 17, "progressive": 18, "restarts": 18, "progressive with restarts": 18}


def refusal(data: bytes) -> str:
    """Why it is not decoded; empty where it is."""
    try:
        return "" if decoded(data) is not None else "cannot be decoded"
    except Unusable as error:
        return str(error)


def coded(seed: int, size: tuple[int, int] = (160, 120), mode: str = "RGB", **options: object) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (size[1] // 8 + 1, size[0] // 8 + 1, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).convert(mode).save(file, "JPEG", **{"quality": 85, **options})
    return file.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("kind", KINDS)
def test_that_sound_files_are_decoded_as_opencv_does(kind: str, mode: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description \xff\xd8\xff\xd9"
    for seed, size in enumerate([(1, 1), (8, 8), (9, 17), (64, 64), (160, 120), (203, 77)]):
        data = coded(seed, size, mode, **KINDS[kind], quality=(20, 75, 100)[seed % 3], exif=exif)
        wanted = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        body, end = data[:-2], data[-2:]
        thumbnail = coded(seed, (16, 16))
        segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
        for name, sound in {
            "as it is": data,
            "bytes behind it": data + b"made by a camera",
            "a second picture behind it": data + thumbnail,
            "zeros before its end": body + bytes(9) + end,
            "ones before its end": body + b"\xff\xff" + end,
            "a byte too many": body + b"\x7f" + end,
            "a thumbnail": data[:2] + segment + data[2:],
            "a segment that is nonsense": data[:2] + b"\xff\xe1\0\x08Exif\0\0" + data[2:],
        }.items():
            found = decoded(sound)
            assert found is not None, (name, size)
            assert np.array_equal(found, wanted), (name, size)


@pytest.mark.parametrize("kind", KINDS)
def test_that_most_damage_inside_is_found(kind: str) -> None:
    random = np.random.default_rng(1)
    reasons = []
    for seed in range(20):
        data = coded(seed, **KINDS[kind])
        at = int(random.integers(len(data) // 3, len(data) - 200))
        reasons.append(refusal(data[:at] + bytes(random.integers(0, 255, 96, np.uint8)) + data[at + 96 :]))
    assert "is damaged inside" in reasons
    assert len(list(filter(None, reasons))) >= FOUND[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_that_hardly_a_bad_sector_that_can_be_seen_is_missed(kind: str) -> None:
    random = np.random.default_rng(2)
    missed = 0
    for seed in range(25):
        data = coded(seed, (320, 240), **{**KINDS[kind], "quality": 95})
        at = int(random.integers(700, len(data) - 600))
        bent = data[:at] + bytes(512) + data[at + 512 :]
        if not refusal(bent):
            shown, whole = (cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR).astype(int) for one in (bent, data))
            missed += np.abs(shown - whole).mean() > 2
    assert missed <= 1  # where by chance the bits that follow make as many blocks


@pytest.mark.parametrize("kind", KINDS)
def test_that_what_is_cut_short_is_not_decoded(kind: str) -> None:
    data = coded(0, **KINDS[kind])
    for length in (3, 30, 300, len(data) // 2, len(data) - 2):
        assert refusal(data[:length])


def test_that_12_bits_are_refused_by_name() -> None:
    data = bytearray(coded(0))
    data[data.index(b"\xff\xc0") + 4] = 12
    with pytest.raises(Unusable, match="has 12 bits of each colour, of which only 8 can be read"):
        decoded(bytes(data))
