"""Every format gives back what it carries; files that carry nothing, are damaged or mean harm end in one sentence."""

import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from svg_studio.engine.address import Address, ClipAddress, path_of
from svg_studio.engine.config import DataConfig, ExportConfig, FuturesConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import RecipeRead, SizeEstimated
from svg_studio.engine.export.export import carrying, estimate_size, export, write_video
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.read_back import MOST_BLOCKS, START, SUFFIXES, open_recipe, read_recipe
from svg_studio.engine.recipe import MOST_BYTES, Future, Recipe

FORMATS = ("gif", "mp4", "png", "npz")
CLIP = ClipAddress.of(FuturesConfig(model_path="m", data=DataConfig(), n_past=3, n_future=3))


def video(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (6, 8, 10, 1), np.uint8)


@pytest.fixture
def tiles() -> tuple[Tile, ...]:
    futures = [Future(Address("a" * 64, CLIP, 3, path_of(seed)), "", "demo.pt", 7) for seed in (1, 2)]
    named = (Tile(video(seed), 3, f"seed {seed}", future=future) for seed, future in enumerate(futures, 1))
    return (Tile(video(9), 6, "truth"), *named)


def refusal(path: Path) -> str:
    """The sentence about a file that cannot be used; its name where it can. No other error comes through."""
    try:
        read_recipe(path)
    except ExportError as error:
        return str(error)
    return str(path)


def write(folder: Path, format: str, tiles: tuple[Tile, ...]) -> Path:
    path = folder / f"futures.{format}"
    list(export(ExportConfig(path=str(path), format=format, fps=10, scale=1, overwrite=True), tiles))
    return path


@pytest.mark.parametrize("format", FORMATS)
def test_that_an_export_gives_back_its_futures(tmp_path: Path, tiles: tuple[Tile, ...], format: str) -> None:
    path = write(tmp_path, format, tiles)
    [found] = open_recipe(path)
    assert isinstance(found, RecipeRead)
    recipe = found.recipe
    assert [f.caption for f in recipe.futures] == ["seed 1", "seed 2"]
    assert [f.address for f in recipe.futures] == [tile.future.address for tile in tiles if tile.future]
    assert recipe.checkpoint == "demo.pt, step 7"
    assert (recipe.beside, recipe.fps) == (("truth",), 10)
    assert recipe.layout == {"scale": 1, "columns": 0, "captions": True, "borders": True}
    assert path.suffix in SUFFIXES


@pytest.mark.parametrize("format", FORMATS)
def test_that_tiles_that_nothing_names_leave_no_trace(tmp_path: Path, tiles: tuple[Tile, ...], format: str) -> None:
    path = write(tmp_path, format, tiles[:1])
    assert b"svg-studio" not in path.read_bytes()
    with pytest.raises(ExportError, match="carries no futures to open again"):
        read_recipe(path)


@pytest.mark.parametrize("format", ["gif", "npz"])
def test_that_the_size_that_is_told_counts_it(tmp_path: Path, tiles: tuple[Tile, ...], format: str) -> None:
    config = ExportConfig(path=str(tmp_path / "x"), format=format)
    bare = tuple(Tile(tile.frames, tile.n_past, tile.caption) for tile in tiles)
    [plain], [whole] = estimate_size(config, bare), estimate_size(config, tiles)
    assert isinstance(plain, SizeEstimated)
    assert isinstance(whole, SizeEstimated)
    assert whole.size - plain.size >= len(carrying(config, tiles).recipe) > 500


def test_that_more_futures_than_a_reader_takes_are_not_carried(tiles: tuple[Tile, ...]) -> None:
    config = ExportConfig(path="x")
    assert carrying(config, tiles[1:2] * 2000).recipe
    assert not carrying(config, tiles[1:2] * 2001).recipe


def test_that_arrays_can_be_opened_without_pickle(tmp_path: Path, tiles: tuple[Tile, ...]) -> None:
    with np.load(write(tmp_path, "npz", tiles), allow_pickle=False) as arrays:
        assert Recipe.from_json(arrays["recipe"].tobytes()) == read_recipe(tmp_path / "futures.npz")
        assert arrays["frames"].shape[0] == 3


@pytest.mark.parametrize("format", FORMATS)
def test_that_a_file_that_was_cut_off_says_so(tmp_path: Path, tiles: tuple[Tile, ...], format: str) -> None:
    path = write(tmp_path, format, tiles)
    whole = path.read_bytes()
    for end in range(0, len(whole), max(1, len(whole) // 60)):
        path.write_bytes(whole[:end])
        assert str(path) in refusal(path)


@pytest.mark.parametrize("format", FORMATS)
def test_that_damage_anywhere_ends_in_a_sentence(tmp_path: Path, tiles: tuple[Tile, ...], format: str) -> None:
    path = write(tmp_path, format, tiles)
    whole, chance = path.read_bytes(), random.Random(1)
    head = min(len(whole), 4000)
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 3, 20])):
            data[chance.randrange(head) if chance.random() < 0.8 else chance.randrange(len(whole))] = chance.choice(
                [0, 1, 127, 255]
            )
        path.write_bytes(data)
        assert str(path) in refusal(path)


@pytest.mark.parametrize("name", ["text.txt", "empty.gif", "bare.mp4"])
def test_that_other_files_carry_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes({"text.txt": b"hello" * 10, "empty.gif": b"", "bare.mp4": b"\0\0\0\x08ftyp"}[name])
    with pytest.raises(ExportError, match="carries no futures"):
        read_recipe(path)


def test_that_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.gif", tmp_path):
        with pytest.raises(ExportError, match="choose another file"):
            read_recipe(path)


def test_that_a_video_without_futures_carries_none(tmp_path: Path) -> None:
    for format in ("gif", "mp4"):
        write_video(tmp_path / f"v.{format}", list(video(0)), 10, format)
        with pytest.raises(ExportError, match="carries no futures"):
            read_recipe(tmp_path / f"v.{format}")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))


def test_that_endless_texts_are_not_kept(tmp_path: Path) -> None:
    long = START + b" " * (MOST_BYTES + 1)
    blocks = b"".join(bytes([len(part)]) + part for part in (long[i : i + 255] for i in range(0, len(long), 255)))
    gif = b"GIF89a" + b"\1\0\1\0\0\0\0" + b"\x21\xfe" + blocks + b"\0\x3b"
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"svg-studio\0" + long)
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({len(long)},), }}\n".encode()
    array = b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + long
    npz = b"PK\3\4" + bytes(22) + struct.pack("<HH", 10, 0) + b"recipe.npy" + array
    for name, data in (("a.gif", gif), ("a.png", png), ("a.npz", npz)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ExportError, match=r"more than|carries no futures"):
            read_recipe(tmp_path / name)


def test_that_boxes_without_end_are_left(tmp_path: Path) -> None:
    boxes = b"\0\0\0\x0cftypisom" + b"\0\0\0\x08free" * 5000
    large = b"\0\0\0\x0cftypisom" + b"\xff\xff\xff\xffmoov"
    for name, data, why in (("many.mp4", boxes, "carries no futures"), ("large.mp4", large, "damaged")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ExportError, match=why):
            read_recipe(tmp_path / name)
    assert MOST_BLOCKS <= 1_000_000


def test_that_arrays_of_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", recipe=np.array([{"format": "svg-studio futures"}], dtype=object))
    with pytest.raises(ExportError, match="carries no futures"):
        read_recipe(tmp_path / "evil.npz")
