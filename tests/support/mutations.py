"""Damages bytes as disks, programs and people do, each time the same for the same seed."""

from __future__ import annotations

import random
import re
import struct

NUMBER = re.compile(rb"-?\d+(\.\d+)?([eE][-+]?\d+)?")
TOKEN = re.compile(rb'"[^"]*"|[A-Za-z_]\w*|[-+\w.]+')
EXTREMES = (
    b"-1", b"0", b"1", b"255", b"65536", b"2147483648", b"-9223372036854775809", b"18446744073709551616", b"1e999", b"NaN",
    b"Infinity", b"0.5", b"1e-320", b"9" * 400, b"9" * 5000, b"true", b"null", b'"7"', b"0x10", b"1_0", b"\xd9\xa3",
)  # fmt: skip
WORDS = (
    b"null", b"true", b"[]", b"{}", b'""', b"[[]]", b'"\\ud800"', b'"\\u0000"', b'"../../x"', b'"/dev/zero"', b'"~\\u0000"',
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"\r\n", b"[" * 20_000, b'{"a":' * 2_000, b"(" * 300, b"-" * 300,
)  # fmt: skip
WHOLES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**40, 2**63 - 1, 2**63, 2**64 - 1)


def mutated(data: bytes, seed: str) -> bytes:
    """`data` with one to three faults."""
    rng = random.Random(seed)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = rng.choice(FAULTS)(data, rng)
    return data


def _flipped(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8)) if data else 0):
        changed[_place(data, rng)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _without(data: bytes, rng: random.Random) -> bytes:
    start, end = _stretch(data, rng)
    return data[:start] + data[end:]


def _doubled(data: bytes, rng: random.Random) -> bytes:
    start, end = _stretch(data, rng)
    return data[:end] + data[start:end] * rng.choice((1, 1, 2, 50)) + data[end:]


def _with_zeros(data: bytes, rng: random.Random) -> bytes:
    start, end = _stretch(data, rng)
    return data[:start] + bytes(rng.choice((1, 8, 512, 5000))) + data[rng.choice((start, end)) :]


def _noise(data: bytes, rng: random.Random) -> bytes:
    start, end = _stretch(data, rng)
    return data[:start] + rng.randbytes(end - start) + data[end:]


def _number(data: bytes, rng: random.Random) -> bytes:
    return _replaced(data, NUMBER, rng, lambda _: rng.choice(EXTREMES))


def _word(data: bytes, rng: random.Random) -> bytes:
    return _replaced(data, TOKEN, rng, lambda _: rng.choice(WORDS))


def _swapped(data: bytes, rng: random.Random) -> bytes:
    others = [match[0] for match in TOKEN.finditer(data[:20_000])]
    return _replaced(data, TOKEN, rng, lambda own: rng.choice(others) if others else own)


def _whole(data: bytes, rng: random.Random) -> bytes:
    """Bytes that may be the length of something become the length of something else."""
    size, value = rng.choice(((1, "B"), (2, "H"), (4, "I"), (8, "Q"))), rng.choice(WHOLES)
    at = _place(data, rng)
    packed = struct.pack(rng.choice("<>") + size[1], value % (1 << 8 * size[0]))
    return data[:at] + packed + data[at + size[0] :]


FAULTS = (_flipped, _cut, _without, _doubled, _with_zeros, _noise, _number, _word, _swapped, _whole)


def _place(data: bytes, rng: random.Random) -> int:
    """Headers, which come first, as often as all the rest."""
    return rng.randrange(max(1, rng.choice((min(len(data), 200), len(data)))))


def _stretch(data: bytes, rng: random.Random) -> tuple[int, int]:
    start = _place(data, rng)
    return start, min(len(data), start + rng.choice((1, 2, 4, 16, 100, 1000)))


def _replaced(data: bytes, pattern: re.Pattern[bytes], rng: random.Random, by: object) -> bytes:
    found = list(pattern.finditer(data[:20_000]))
    if not found:
        return data
    match = rng.choice(found)
    return data[: match.start()] + by(match[0]) + data[match.end() :]  # type: ignore[operator]
