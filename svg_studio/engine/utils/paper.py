"""What drawing with matplotlib takes in a program of several threads: one at a time, words as they are, the same bytes again."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWING = threading.Lock()  # held while a figure is encoded: how it is done is in part set for all of matplotlib
FONT = "DejaVu Sans"  # which comes with matplotlib


def font_file() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")


def settle_text(paper: Figure) -> None:
    """All words in the font that comes with matplotlib, as they are: a $ begins no formula, and what has no letter is a "?"."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.text import Text

    file = font_file()
    numbers = {label for axes in paper.axes for label in (*axes.get_xticklabels(), *axes.get_yticklabels())}
    for text in paper.findobj(Text):
        size = text.get_fontsize()
        text.set(fontproperties=FontProperties(family=[FONT], fname=file, size=size), usetex=False, parse_math=text in numbers)
        text.set_text(drawable(text.get_text()))


def drawable(text: str) -> str:
    """The text with a "?" for every letter that the font lacks."""
    from matplotlib.font_manager import get_font

    letters = get_font(font_file()).get_charmap()
    return "".join(c if c == "\n" or ord(c) in letters else "?" for c in text)


def width_of(text: str, size: float) -> float:
    """In inches, of one line in letters of `size` points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    return (
        float(TextPath((0, 0), drawable(text), size=size, prop=FontProperties(fname=font_file())).get_extents().x1) / 72
        if text
        else 0.0
    )


def numbered(svg: str) -> str:
    """The names that matplotlib draws at random, numbered in their order."""
    names = dict.fromkeys(re.findall(r'id="(\w*?[0-9a-f]{10})"', svg))
    for i, name in enumerate(names):
        svg = svg.replace(name, f"n{i}")
    return svg
