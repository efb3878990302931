"""Draws the masters of the drawn digits with OpenCV's Hershey fonts and writes resources/glyphs.npz, which ships.

Run `python -m svg_studio.engine.data.datasets.make_glyphs` with OpenCV 4: OpenCV 5 has replaced the Hershey fonts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from svg_studio.engine.errors import DataError
from svg_studio.engine.utils.files import replacing
from svg_studio.paths import resource

MASTER_WIDTH = 64  # px
MASTER_HEIGHT = 40  # px, of a digit's strokes; the rest is margin for the field around them
STEPS_PER_PX = 8  # of the distances stored

# Name in cv2, font scale, thickness, and half the width of the lines that come of it, in px of a canvas 1024 px wide.
# DUPLEX is drawn with double lines, which its thickness closes.
FONTS = (
    ("FONT_HERSHEY_SIMPLEX", 20, 1, 0),
    ("FONT_HERSHEY_PLAIN", 44, 1, 0),
    ("FONT_HERSHEY_DUPLEX", 20, 24, 21),
)


def masters() -> npt.NDArray[np.uint8]:
    """Distance from the middle of the stroke (fonts, 10, 64, 64) in eighths of a px: a digit is what lies below a level."""
    import cv2

    if int(cv2.__version__.split(".")[0]) >= 5:
        raise DataError(f"OpenCV {cv2.__version__}: draws no Hershey fonts; use opencv-python-headless 4 to make glyphs.npz")
    return np.stack([[_master(str(digit), getattr(cv2, name), *how) for digit in range(10)] for name, *how in FONTS])


def _master(text: str, font: int, scale: int, thickness: int, half_width: int) -> npt.NDArray[np.uint8]:
    import cv2

    canvas = np.zeros((1024, 1024), np.uint8)
    cv2.putText(canvas, text, (300, 760), font, scale, 255, thickness)
    ys, xs = np.nonzero(canvas)
    height = ys.max() - ys.min() - thickness
    zoom = MASTER_HEIGHT / height
    outside = cv2.distanceTransform(255 - canvas, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inside = cv2.distanceTransform(canvas, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    centre = np.array([(xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2])
    middle = (MASTER_WIDTH - 1) / 2
    move = np.array([[1 / zoom, 0, centre[0] - middle / zoom], [0, 1 / zoom, centre[1] - middle / zoom]])
    field = cv2.warpAffine(
        (outside - inside + half_width) * zoom,
        move,
        (MASTER_WIDTH, MASTER_WIDTH),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    master: npt.NDArray[np.uint8] = np.clip(np.rint(STEPS_PER_PX * field), 0, 255).astype(np.uint8)
    return master


def main() -> None:
    """Writes resources/glyphs.npz."""
    with replacing(resource("glyphs.npz")) as part, part.open("wb") as file:
        np.savez_compressed(file, masters=masters())


if __name__ == "__main__":
    main()
