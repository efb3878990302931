"""The figure for a paper: frames, words and curves stand where they belong, and it is the same file each time."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from PIL import Image
from support.places import ROOT

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import ExportPreviewed, FileExported, Frames
from svg_studio.engine.export.columns import columns
from svg_studio.engine.export.export import export
from svg_studio.engine.export.formats import figure
from svg_studio.engine.export.grid import GIVEN, IMAGINED, Tile
from svg_studio.engine.export.preview import preview
from svg_studio.engine.export.registry import target

SVG = "{http://www.w3.org/2000/svg}"


def noise(k: int, n_frames: int = 12, size: int = 16, channels: int = 3) -> Frames:
    return np.random.default_rng(k).integers(0, 256, (n_frames, size, size, channels), np.uint8)


def rows(count: int = 3, **kwargs: Any) -> tuple[Tile, ...]:
    """The truth, and futures with scores."""
    scores = [tuple(0.9 - 0.01 * t - 0.1 * k for t in range(12)) for k in range(count)]
    futures = (Tile(noise(k, **kwargs), 4, f"seed {k} · SSIM 0.5", ssim=scores[k], psnr=scores[k]) for k in range(count))
    return (Tile(noise(99, **kwargs), 12, "truth"), *futures)


def config(**settings: Any) -> ExportConfig:
    return ExportConfig(**({"path": "x", "format": "figure", "kind": "svg", "every": 3} | settings))


def words(svg: bytes) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def pictures(svg: bytes) -> list[Frames]:
    """In their order."""
    found = []
    for image in ElementTree.fromstring(svg).iter(f"{SVG}image"):
        data = image.get("{http://www.w3.org/1999/xlink}href", "").partition("base64,")[2]
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
        found.append(pixels[::-1] if "scale(1 -1)" in image.get("transform", "") else pixels)
    return found


def png(settings: ExportConfig, tiles: tuple[Tile, ...]) -> Frames:
    return np.asarray(Image.open(io.BytesIO(figure.encode(settings, tiles))).convert("RGB"))


# ---- what it shows


@pytest.mark.parametrize("channels", [1, 3])
def test_that_every_nth_frame_of_every_row_is_there_pixel_by_pixel(channels: int) -> None:
    tiles = rows(2, channels=channels)
    shown = pictures(figure.encode(config(), tiles))
    expected = [tile.frames[t] for tile in tiles for t in (0, 3, 6, 9)]
    for picture, frame in zip(shown, expected, strict=True):
        times = len(picture) // len(frame)
        np.testing.assert_array_equal(picture, np.broadcast_to(frame, (16, 16, 3)).repeat(times, 0).repeat(times, 1))


@pytest.mark.parametrize("width", [3.25, 6.875])
def test_that_a_png_has_whole_pixels_for_each_of_a_frame(width: float) -> None:
    tiles = rows(2)
    settings = config(kind="png", width=width)
    picture, plan = png(settings, tiles), columns(settings, tiles)
    times = picture.shape[1] // plan.width
    assert picture.shape == (plan.height * times, plan.width * times, 3)
    for row, tile in enumerate(tiles):
        for column, t in enumerate((0, 3, 6, 9)):
            y, x = (times * n for n in plan.corner(tile, row, column))
            place = picture[y : y + 16 * times, x : x + 16 * times]
            np.testing.assert_array_equal(place, tile.frames[t].repeat(times, 0).repeat(times, 1))
            assert tuple(picture[y - 1, x - 1]) == (GIVEN if t < tile.n_past else IMAGINED)
    with Image.open(io.BytesIO(figure.encode(settings, tiles))) as file:
        assert picture.shape[1] / file.info["dpi"][0] == pytest.approx(width, rel=1e-3)
        assert 400 < file.info["dpi"][0] < 800


@pytest.mark.parametrize("width", [3.25, 6.875])
def test_that_it_is_as_wide_as_a_column(width: float) -> None:
    root = ElementTree.fromstring(figure.encode(config(width=width), rows()))
    assert float(root.get("width", "").removesuffix("pt")) == pytest.approx(72 * width)
    pdf = figure.encode(config(kind="pdf", width=width), rows())
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", pdf)
    assert box is not None
    assert float(box[1]) == pytest.approx(72 * width, abs=0.01)


def test_that_labels_and_numbers_are_text_that_can_be_searched(tmp_path: Path) -> None:
    svg = figure.encode(config(), rows(1))
    assert b"font-family: 'DejaVu Sans', Verdana, sans-serif" in svg, "with others, where that one is not"
    said = words(svg)
    for word in ("truth", "seed 0", "SSIM 0.5", "given", "imagined", "1", "4", "7", "10"):
        assert word in said
    pdf = figure.encode(config(kind="pdf"), rows(1))
    assert b"/Subtype /Type0" in pdf
    assert b"/Subtype /CIDFontType2" in pdf, "TrueType, as publishers ask for"
    assert b"/Type3" not in pdf
    content = b"".join(_streams(pdf))
    assert b"Tj" in content or b"TJ" in content


def _streams(pdf: bytes) -> list[bytes]:
    found = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(match[1]))
        except zlib.error:
            continue
    return found


def test_that_borders_have_the_colours_that_all_exports_share() -> None:
    svg = figure.encode(config(), rows(1)).decode()
    for colour, count in ((GIVEN, 4 + 2), (IMAGINED, 2)):  # the truth is given throughout
        assert svg.count("fill: #{:02x}{:02x}{:02x}".format(*colour)) == count
    bare = figure.encode(config(borders=False, captions=False), rows(1)).decode()
    assert "#00be8c" not in bare
    assert "truth" not in bare


def test_that_curves_stand_below_their_columns() -> None:
    tiles = rows(2)
    plan = columns(config(curves="both"), tiles)
    paper = figure.draw(plan, config(curves="both"), tiles)
    whole, ssim, psnr = paper.axes
    assert [axes.get_ylabel() for axes in (ssim, psnr)] == ["SSIM", "PSNR\n(dB)"]
    for axes in (ssim, psnr):
        assert [line.get_ydata().tolist() for line in axes.lines] == [list(tile.ssim) for tile in tiles[1:]]
        for column, t in enumerate(plan.times):
            middle = plan.x(column) + (plan.pitch - plan.gap) / 2
            there, above = axes.transData.transform((t, 0))[0], whole.transData.transform((middle, 0))[0]
            assert there == pytest.approx(above)
        assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "4", "7", "10"]
    samples = [(line.get_color(), line.get_linestyle()) for line in whole.lines]
    assert samples == [(line.get_color(), line.get_linestyle()) for line in ssim.lines]
    assert len(set(samples)) == 2, "a row's line is told beside it"


def test_that_many_curves_are_alike() -> None:
    tiles = rows(9)
    paper = figure.draw(columns(config(curves="ssim"), tiles), config(curves="ssim"), tiles)
    assert len({line.get_color() for line in paper.axes[1].lines}) == 1
    assert not paper.axes[0].lines


def test_that_as_many_frames_as_fit_are_shown_unless_told_otherwise() -> None:
    tiles = (Tile(noise(0, 120), 4, "a"),)
    for width in (3.25, 6.875):
        plan = columns(config(every=0, width=width), tiles)
        assert 0.2 < plan.pitch * plan.unit < 0.6
        assert plan.width * plan.unit == pytest.approx(width)
    assert columns(config(every=40), tiles).times == (0, 40, 80)


def test_that_a_shorter_clip_ends_and_sizes_may_differ() -> None:
    tiles = (Tile(noise(0), 4, "long"), Tile(noise(1, 4, 8), 2, "short"))
    shown = pictures(figure.encode(config(), tiles))
    assert len(shown) == 4 + 2
    assert png(config(kind="png"), tiles).any()


# ---- the same again


def test_that_the_same_rows_make_the_same_files_in_any_process(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path[:0] = ['tests', '.']\n"
        "import hashlib\n"
        "from engine.export.formats.test_figure import config, figure, rows\n"
        "for kind in ('pdf', 'svg', 'png'):\n"
        "    print(hashlib.sha256(figure.encode(config(kind=kind, curves='both'), rows())).hexdigest())"
    )
    said = set()
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "MPLCONFIGDIR": str(tmp_path / seed), "SOURCE_DATE_EPOCH": seed}
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        said.add(done.stdout)
    assert len(said) == 1
    assert len(set(said.pop().split())) == 3


def test_that_threads_draw_the_same_and_leave_matplotlib_as_it_is() -> None:
    before = dict(matplotlib.rcParams)
    kinds = ["pdf", "svg", "png"] * 2
    with ThreadPoolExecutor(3) as pool:
        files = list(pool.map(lambda kind: figure.encode(config(kind=kind), rows(1)), kinds))
    assert files[:3] == files[3:]
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("kind", ["pdf", "svg"])
def test_that_no_date_is_in_it(kind: str) -> None:
    file = figure.encode(config(kind=kind), rows(1))
    assert b"Date" not in file
    assert not re.search(rb"dc:date|<date", file)


# ---- others' words, and what cannot be drawn


def test_that_nobodys_text_becomes_markup_or_formula() -> None:
    hostile = ("</text><script>alert(1)</script>", "$\\frac{1}{2}$ & <b>", "seed\u202e\x00 未", "_x · " * 20, "w" * 500)
    tiles = tuple(Tile(noise(k), 4, text) for k, text in enumerate(hostile))
    svg = figure.encode(config(width=6.875), tiles)
    assert {tag.tag for tag in ElementTree.fromstring(svg).iter()}.isdisjoint({f"{SVG}script", f"{SVG}b"})
    said = words(svg)
    assert "$\\frac{1}{2}$ & <b>" in said
    assert "seed\\u202e\\x00 ?" in said
    plan = columns(config(width=6.875), tiles)
    assert max(map(len, plan.labels)) <= 3
    assert plan.left * plan.unit < 0.4 * 6.875
    figure.encode(config(kind="pdf"), tiles)


def test_that_curves_of_what_has_no_scores_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no row has scores to be drawn"):
        figure.encode(config(curves="ssim"), (Tile(noise(0), 4, "a"),))


def test_that_a_figure_of_too_many_frames_is_refused() -> None:
    tile = Tile(np.zeros((900, 2, 2, 1), np.uint8), 4)
    with pytest.raises(ExportError, match="2,700 frames are too many for a figure"):
        figure.encode(config(every=1), (tile,) * 3)


def test_that_scores_which_are_no_numbers_leave_a_gap() -> None:
    ssim = (float("nan"), float("inf"), 0.5, 0.6, float("-inf"))
    tiles = (Tile(noise(0, 5), 1, "a", ssim=ssim),)
    paper = figure.draw(columns(config(curves="ssim"), tiles), config(curves="ssim"), tiles)
    np.testing.assert_array_equal(paper.axes[1].lines[0].get_ydata(), [np.nan, np.nan, 0.5, 0.6, np.nan])
    assert figure.encode(config(kind="pdf", curves="ssim"), tiles)


# ---- as the dialog has it


@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
def test_that_the_file_has_the_suffix_of_its_kind(kind: str, tmp_path: Path) -> None:
    settings = config(kind=kind, path=str(tmp_path / "wall.gif"))
    assert target(settings) == tmp_path / f"wall.{kind}"
    *_, last = export(settings, rows(1))
    assert isinstance(last, FileExported)
    assert last.path.read_bytes() == figure.encode(settings, rows(1))
    beginning = {"pdf": b"%PDF-", "svg": b"<?xml", "png": b"\x89PNG"}[kind]
    assert last.path.read_bytes().startswith(beginning)


def test_that_the_preview_tells_its_size_on_paper() -> None:
    (event,) = preview(config(kind="pdf"), rows(1), (320, 320))
    assert isinstance(event, ExportPreviewed)
    assert re.fullmatch(r"3\.25 × [\d.]+ in", event.extent)
    assert max(event.frame.shape[:2]) <= 320
    (event,) = preview(config(kind="png"), rows(1), (320, 320))
    assert isinstance(event, ExportPreviewed)
    assert "pixels" in event.extent
