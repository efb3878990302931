"""Writes short captions into pictures with Pillow's own font."""

from __future__ import annotations

import math
import unicodedata

import numpy as np
import numpy.typing as npt

from svg_studio.engine.events import Frames
from svg_studio.engine.utils.wording import shown

ELLIPSIS = "…"
BETWEEN = " · "  # of the parts of a caption
MOST_LINES = 3
INK = 225


def text_mask(text: str, size: int, width: int) -> npt.NDArray[np.uint8]:
    """`text` in Pillow's own font as coverage 0..255 (h, w), w <= width; cut with an ellipsis where it is too long."""
    from PIL import Image, ImageDraw, ImageFont  # here, so that pictures without captions need NumPy alone

    text, font = _drawable(text), ImageFont.load_default(size=size)
    if font.getlength(text) > width:
        while text and font.getlength(text.rstrip() + ELLIPSIS) > width:
            text = text[:-1]
        text = text.rstrip() + ELLIPSIS
    image = Image.new("L", (max(1, min(width, math.ceil(font.getlength(text)))), round(1.25 * size)))
    ImageDraw.Draw(image).text((0, 0), text, fill=255, font=font)
    return np.asarray(image)


def lines_of(text: str, size: int, width: int) -> list[str]:
    """`text` in lines of at most `width` px as far as its parts allow, which are joined by BETWEEN."""
    from PIL import ImageFont

    font = ImageFont.load_default(size=size)
    lines: list[str] = []
    for part in text.split(BETWEEN):
        joined = f"{lines[-1]}{BETWEEN}{part}" if lines else part
        if lines and (len(lines) == MOST_LINES or font.getlength(_drawable(joined)) <= width):
            lines[-1] = joined
        else:
            lines.append(part)
    return lines


def _drawable(text: str) -> str:
    """The font has no accents, which would show as boxes."""
    text = unicodedata.normalize("NFKD", shown(text).replace("×", "x"))
    return "".join(c for c in text if c.isascii() or c in "·" + ELLIPSIS)


def stamp(picture: Frames, y: int, x: int, mask: npt.NDArray[np.uint8], height: int) -> None:
    """Writes text into `picture`, in the middle of a line that begins at (y, x), light on the dark ground."""
    h, w = mask.shape
    y += max(0, (height - h) // 2)
    ground = picture[y : y + h, x : x + w]
    cover = mask[: ground.shape[0], : ground.shape[1], None] / 255.0  # a line may be lower than its letters' box
    ground[:] = np.rint(ground * (1 - cover) + INK * cover)
