"""Writes a figure for a paper as PDF, SVG or PNG, with matplotlib: rows of frames, words as text, curves below them.

The same tiles and settings make the same bytes: no date and no random name is in them.
"""

from __future__ import annotations

import importlib.util
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.errors import ExportError
from svg_studio.engine.events import Frames
from svg_studio.engine.export.columns import BELOW, CURVE, LEADING, PAD, SAMPLE, SMALL, TEXT, Columns, columns
from svg_studio.engine.export.formats.wall import check_size
from svg_studio.engine.export.grid import Tile, paste
from svg_studio.engine.utils.files import needing_encoders
from svg_studio.engine.utils.paper import DRAWING, FONT, numbered, settle_text, width_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import Locator

DPI = 600  # about: a PNG has whole pixels for each of a frame's
MAX_SIDE = 30_000
INK, GREY, FAINT = "#222222", "#666666", "#dddddd"
# Okabe & Ito 2008 without yellow, which is faint on white; each has its dash, too.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#3c3c3c")
DASHES = ("solid", "dashed", "dotted", "dashdot", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 3)))
TITLES = {"ssim": "SSIM", "psnr": "PSNR\n(dB)"}
SETTINGS: Any = {"pdf.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "svg-studio"}


def write(path: Path, config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[int]:
    yield 0
    path.write_bytes(encode(config, tiles))
    yield max(len(tile.frames) for tile in tiles)


def estimate(config: ExportConfig, tiles: Sequence[Tile]) -> int:
    """Exact: it is drawn for it."""
    return len(encode(config, tiles))


def picture_size(config: ExportConfig, tiles: Sequence[Tile]) -> tuple[tuple[int, int], int]:
    """Height and width in pixels, were it a PNG; there is one."""
    plan = columns(config, tiles)
    return _size(plan, _enlargement(plan)), 1


def extent(config: ExportConfig, tiles: Sequence[Tile]) -> str:
    """Width and height on paper, and in pixels where it has any."""
    plan = columns(config, tiles)
    words = f"{plan.width * plan.unit:.3g} × {plan.height * plan.unit:.3g} in"
    height, width = _size(plan, _enlargement(plan))
    return f"{words}, {width:,} × {height:,} pixels" if config.kind == "png" else words


def pictures(config: ExportConfig, tiles: Sequence[Tile]) -> Iterator[Frames]:
    """The figure with as many pixels as its frames have, or a screen wants."""
    _check(config, tiles)
    plan = columns(config, tiles)
    yield picture(plan, config, tiles, max(1, round(150 * plan.unit)))


def encode(config: ExportConfig, tiles: Sequence[Tile]) -> bytes:
    """The file. Raises ExportError."""
    _check(config, tiles)
    plan = columns(config, tiles)
    if config.kind == "png":
        enlarged = _enlargement(plan)
        check_size(_size(plan, enlarged), MAX_SIDE)
        return _png(picture(plan, config, tiles, enlarged), enlarged / plan.unit)
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    with DRAWING, rc_context(SETTINGS):
        paper = draw(plan, config, tiles)
        if config.kind == "pdf":
            pdf = io.BytesIO()
            FigureCanvasPdf(paper).print_pdf(pdf, metadata={"CreationDate": None})  # type: ignore[no-untyped-call]
            return pdf.getvalue()
        svg = io.StringIO()
        FigureCanvasSVG(paper).print_svg(svg, metadata={"Date": None})  # type: ignore[no-untyped-call]
        return numbered(svg.getvalue()).replace(f"'{FONT}'", f"'{FONT}', Verdana, sans-serif").encode()


def picture(plan: Columns, config: ExportConfig, tiles: Sequence[Tile], enlarged: int) -> Frames:
    """(H', W', 3), a pixel of a frame on `enlarged` × `enlarged` of it; exact, so that frames keep their values."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    height, width = _size(plan, enlarged)
    with DRAWING:
        paper = draw(plan, config, tiles, frames=False)
        paper.set_dpi(enlarged / plan.unit)
        paper.set_size_inches((width + 0.5) / paper.dpi, (height + 0.5) / paper.dpi)  # half a pixel, which is cut off
        canvas: Any = FigureCanvasAgg(paper)
        canvas.draw()
        whole = np.array(canvas.buffer_rgba())[:height, :width, :3]
    for tile, row, column, t in _placed(plan, tiles):
        y, x = plan.corner(tile, row, column)
        one = Tile(tile.frames[t : t + 1], int(t < tile.n_past), border=tile.border and config.borders)
        paste(whole, one, 0, y * enlarged, x * enlarged, enlarged, plan.border * enlarged)
    return whole


def draw(plan: Columns, config: ExportConfig, tiles: Sequence[Tile], *, frames: bool = True) -> Figure:
    """The figure, or all of it but its frames. Nothing of matplotlib's own state is changed."""
    from matplotlib.figure import Figure

    paper = Figure((plan.width * plan.unit, plan.height * plan.unit), facecolor="white", dpi=DPI)
    axes = paper.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, plan.width), ylim=(plan.height, 0))
    axes.set_axis_off()
    if frames:
        _draw_frames(axes, plan, config, tiles)
    _draw_head(axes, plan, min(tile.n_past for tile in tiles))
    curves = [row for row, tile in enumerate(tiles) if any(_known(tile, panel) for panel in plan.panels)]
    for row, lines in enumerate(plan.labels):
        middle = plan.y(row) + (plan.step - plan.gap) / 2
        axes.text(0, middle, "\n".join(lines), fontsize=TEXT, color=INK, va="center", linespacing=1.1)
        if row in curves and len(curves) <= len(COLOURS):
            ends = (plan.left - plan.units(SAMPLE), plan.left - plan.units(PAD))
            axes.plot(ends, (middle, middle), **_style(curves.index(row), len(curves)))
    for place, panel in enumerate(plan.panels):
        _draw_curves(paper, plan, tiles, curves, panel, place)
    settle_text(paper)
    return paper


def _draw_frames(axes: Axes, plan: Columns, config: ExportConfig, tiles: Sequence[Tile]) -> None:
    from matplotlib.patches import Rectangle

    finer = max(1, math.ceil(DPI * plan.unit))  # so that a viewer which smooths what it enlarges leaves pixels as they are
    for tile, row, column, t in _placed(plan, tiles):
        y, x = plan.corner(tile, row, column)
        height, width = tile.frames.shape[1:3]
        if tile.border and config.borders:
            edge = plan.border
            colour = tuple(part / 255 for part in tile.colour(t))
            axes.add_patch(Rectangle((x - edge, y - edge), width + 2 * edge, height + 2 * edge, color=colour, linewidth=0))
        pixels = np.broadcast_to(tile.frames[t], (height, width, 3)).repeat(finer, 0).repeat(finer, 1)
        axes.imshow(pixels, interpolation="none", extent=(x, x + width, y + height, y), aspect="auto", zorder=2)
    axes.set(xlim=(0, plan.width), ylim=(plan.height, 0))


def _draw_head(axes: Axes, plan: Columns, n_past: int) -> None:
    """Above the rows: which columns are given, and the frames' numbers, counted from 1."""
    line = plan.units(SMALL * LEADING / 72)
    wide = plan.pitch - plan.gap
    rare = math.ceil((width_of(str(plan.times[-1] + 1), SMALL) + PAD / 2) / (plan.pitch * plan.unit))
    for column in range(0, len(plan.times), rare):
        place = plan.x(column) + wide / 2
        axes.text(place, plan.above - 0.2 * line, str(plan.times[column] + 1), fontsize=SMALL, color=GREY, ha="center")
    given = sum(t < n_past for t in plan.times)
    for words, first, end in (("given", 0, given), ("imagined", given, len(plan.times))):
        span = plan.x(end) - plan.gap - plan.x(first)
        if end > first and width_of(words, SMALL) <= span * plan.unit:
            axes.text(plan.x(first), plan.above - 1.2 * line, words, fontsize=SMALL, color=INK)


def _draw_curves(paper: Figure, plan: Columns, tiles: Sequence[Tile], curves: Sequence[int], panel: str, place: int) -> None:
    """The scores of the rows by frame; a frame's number stands below the column that shows it."""
    top = plan.below + place * plan.units(CURVE + BELOW) + plan.units(0.08)
    high, wide = plan.units(CURVE) - plan.units(0.08), plan.width - plan.left
    axes = paper.add_axes((plan.left / plan.width, 1 - (top + high) / plan.height, wide / plan.width, high / plan.height))
    for number, row in enumerate(curves):
        scores = np.array(_known(tiles[row], panel), dtype=float)
        scores[~np.isfinite(scores)] = math.nan
        axes.plot(np.arange(len(scores)), scores, **_style(number, len(curves)))
    middle = (plan.pitch - plan.gap) / 2 / plan.pitch
    axes.set_xlim(-middle * plan.every, (wide / plan.pitch - middle) * plan.every)
    rare = math.ceil((width_of(str(plan.times[-1] + 1), SMALL) + PAD) / (plan.pitch * plan.unit))
    axes.set_xticks(plan.times[::rare], [str(t + 1) for t in plan.times[::rare]])
    axes.set_ylabel(TITLES[panel], fontsize=SMALL, color=INK, rotation=0, ha="left", va="center")
    axes.yaxis.set_label_coords(-plan.left / wide, 0.5)
    axes.yaxis.set_major_locator(_ticks())
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=SMALL, labelcolor=INK, color=GREY, length=2, width=0.5, pad=2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set(color=GREY, linewidth=0.5)


def _ticks() -> Locator:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(4, steps=[1, 2, 2.5, 5, 10])


def _style(number: int, count: int) -> dict[str, Any]:
    """Of one of so many curves: where there are too many to be told apart, all are alike."""
    if count > len(COLOURS):
        return {"color": COLOURS[0], "linewidth": 0.5, "alpha": 0.5}
    return {"color": COLOURS[number], "linestyle": DASHES[number], "linewidth": 1.0}


def _placed(plan: Columns, tiles: Sequence[Tile]) -> Iterator[tuple[Tile, int, int, int]]:
    """Every frame that is shown: its tile, row and column, and its number; a clip that has ended has none."""
    for row, tile in enumerate(tiles):
        for column, t in enumerate(plan.times):
            if t < len(tile.frames):
                yield tile, row, column, t


def _known(tile: Tile, panel: str) -> tuple[float, ...]:
    return tile.ssim if panel == "ssim" else tile.psnr


def _check(config: ExportConfig, tiles: Sequence[Tile]) -> None:
    if importlib.util.find_spec("matplotlib") is None:
        raise ExportError("a figure is drawn with matplotlib: pip install 'matplotlib>=3.9,<4'")
    if config.curves != "none" and not any(tile.ssim or tile.psnr for tile in tiles):
        raise ExportError("no row has scores to be drawn: choose complete futures or leave the curves out")


def _enlargement(plan: Columns) -> int:
    return max(1, round(DPI * plan.unit))


def _size(plan: Columns, enlarged: int) -> tuple[int, int]:
    return plan.height * enlarged, plan.width * enlarged


def _png(whole: Frames, dpi: float) -> bytes:
    with needing_encoders():
        from PIL import Image
    buffer = io.BytesIO()
    Image.fromarray(whole).save(buffer, "PNG", dpi=(dpi, dpi))
    return buffer.getvalue()
