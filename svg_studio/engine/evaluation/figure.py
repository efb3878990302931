"""Draws curves with bands into panels with axes and one legend, with matplotlib, and writes the figure as PNG, PDF and SVG."""

from __future__ import annotations

import importlib.util
import io
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from svg_studio.engine.utils.paper import DRAWING, numbered, settle_text
from svg_studio.engine.utils.wording import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Dash = Literal["solid", "dashed", "dotted", "dashdot", "none"]

# Okabe & Ito 2008 without yellow, which is faint on white: they stay apart for eyes that lack red or green cones.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#3c3c3c")
INK, GREY, FAINT = "#222222", "#666666", "#e6e6e6"
COLUMNS = 2
PANEL, LEGEND, NOTE = (4.3, 2.9), 1.6, 0.2  # inches: width and height, width, height
DPI = 180  # of the PNG
TITLE, TEXT, SMALL, WIDTH = 9.5, 8.5, 7.3, 1.4  # points: letters and lines


@dataclass(frozen=True)
class Series:
    """Values at x0, x0 + 1, … with half the width of a band around them; what is not finite is left out."""

    values: Sequence[float]
    band: Sequence[float] = field(default=())
    colour: str = COLOURS[0]
    dash: Dash = "solid"
    opacity: float = 0.22  # of the band


@dataclass(frozen=True)
class Panel:
    """One pair of axes."""

    title: str
    lines: Sequence[Series]
    subtitle: str = ""


def missing() -> str:
    """One sentence where there is no matplotlib to draw with; does not import it."""
    if importlib.util.find_spec("matplotlib") is not None:
        return ""
    return "the curves are not drawn: they need matplotlib: pip install 'matplotlib>=3.9,<4'"


def figure(
    panels: Sequence[Panel], legend: Sequence[tuple[str, Series]], *, x0: int = 0, x_label: str = "", note: str = ""
) -> Figure:
    """Panels in two columns, right of them the legend, whose lines give colours and dashes, and below them a note.

    Nothing of matplotlib's own state is changed, and its pyplot not used, so that any thread can draw.
    """
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    columns = min(COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    paper = Figure((columns * PANEL[0] + LEGEND, rows * PANEL[1] + NOTE), facecolor="white")
    lines = max(len(_wrapped(panel)) for panel in panels)
    paper.set_layout_engine("constrained", w_pad=0.08, h_pad=0.08, wspace=0.02, hspace=0.02)
    for i, panel in enumerate(panels):
        axes = paper.add_subplot(rows, columns, i + 1, facecolor="white")
        _draw(axes, panel, x0, lines)
        if i + columns >= len(panels):
            axes.set_xlabel(x_label, fontsize=SMALL, color=INK)
    handles = [Line2D([], [], color=line.colour, linestyle=line.dash, linewidth=WIDTH) for _, line in legend]
    box = paper.legend(handles, ["·"] * len(legend), loc="outside right upper", fontsize=TEXT, labelcolor=INK, frameon=False)
    for words, (text, _) in zip(box.get_texts(), legend, strict=True):
        words.set_text(textwrap.fill(shown(text, 105), 21))  # not as the label: matplotlib leaves out those that begin with "_"
    paper.supxlabel(textwrap.fill(note, 150), x=0.012, ha="left", fontsize=SMALL, color=GREY)
    settle_text(paper)
    return paper


def encode(paper: Figure) -> dict[str, bytes]:
    """The figure as "png", "pdf" and "svg", without a date and random names: the same curves make the same files."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    png, pdf, svg = io.BytesIO(), io.BytesIO(), io.StringIO()
    with DRAWING:
        paper.dpi = DPI
        FigureCanvasAgg(paper).print_png(png)  # type: ignore[no-untyped-call]
        paper.set_layout_engine("none")  # it is laid out now: once is enough
        FigureCanvasPdf(paper).print_pdf(pdf, metadata={"CreationDate": None})  # type: ignore[no-untyped-call]
        FigureCanvasSVG(paper).print_svg(svg, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return {"png": png.getvalue(), "pdf": pdf.getvalue(), "svg": numbered(svg.getvalue()).encode()}


def _draw(axes: Axes, panel: Panel, x0: int, lines: int) -> None:
    """One panel, with room for a subtitle of so many lines."""
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    for line in panel.lines:
        values = np.array(line.values, dtype=float)
        values[~np.isfinite(values)] = math.nan
        band = np.zeros(len(values))
        band[: len(line.band)] = np.nan_to_num(line.band, posinf=0)
        x = x0 + np.arange(len(values))
        gone = np.isnan(np.pad(values, 1, constant_values=math.nan))
        alone = np.flatnonzero(~gone[1:-1] & gone[:-2] & gone[2:]).tolist()  # no line leads to these
        axes.fill_between(x, values - band, values + band, color=line.colour, alpha=line.opacity, linewidth=0)
        axes.plot(x, values, color=line.colour, linestyle=line.dash, linewidth=WIDTH, marker="o", markersize=3.5, markevery=alone)
    last = x0 + max([1, *(len(line.values) for line in panel.lines)]) - 1
    axes.set_xlim(x0 - 0.5, last + 0.5)
    axes.margins(y=0.05)
    axes.xaxis.set_major_locator(MaxNLocator(12, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False, useMathText=False))
    axes.yaxis.get_offset_text().set(fontsize=SMALL, color=INK, x=-0.02, ha="right")  # left of the subtitle
    axes.grid(axis="y", color=FAINT, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=SMALL, labelcolor=INK, color=GREY, length=3, width=0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set(color=GREY, linewidth=0.6)
    room = 5 + 1.3 * SMALL * lines  # so that titles of one row stand on one height
    axes.set_title(panel.title, loc="left", fontsize=TITLE, color=INK, pad=room + 4)
    words = axes.annotate("\n".join(_wrapped(panel)), (0, 1), (0, room), xycoords="axes fraction", textcoords="offset points")
    words.set(fontsize=SMALL, color=GREY, va="top")


def _wrapped(panel: Panel) -> list[str]:
    return textwrap.wrap(panel.subtitle, 74)
