"""Every icon the window names is there, can be told from the others, and takes the colour that is asked for."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from support.places import ROOT

from svg_studio.paths import resource
from svg_studio.ui.shell.main_window import PAGES
from svg_studio.ui.style import icons

NAMES = sorted(path.stem for path in resource("icons").glob("*.svg"))
EVERY_ICON = pytest.mark.parametrize("name", NAMES)
# How the sources name icons: in a call of this module, as what such a call chooses from, and through what passes a name on.
CALL = re.compile(r"\b(?:icon|pixmap|paint|svg|show_icon|_tint|IconButton)\((.*)\)?")
NAME = re.compile(r'(?<!== )(?<!=)"([a-z-]+)"')
PASSED_ON = {
    "futures/toolbar.py": re.compile(r'\b_tool\("([a-z-]+)"'),
    "style/theme.py": re.compile(r'\("[a-z]+", "([a-z-]+)", c\.'),
    "video/transport.py": re.compile(r'\b_button\("([a-z-]+)"'),
    "widgets/ordered_list.py": re.compile(r'self\.add\("([a-z-]+)"'),
}


def named_by_the_sources() -> set[str]:
    ui = ROOT / "svg_studio" / "ui"
    found = {key for key, _ in PAGES}
    for path in ui.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"import .*\b(icons?|IconButton|Strip)\b", text):
            found.update(name for call in CALL.findall(text) for name in NAME.findall(call))
    for file, pattern in PASSED_ON.items():
        names = pattern.findall(ui.joinpath(file).read_text(encoding="utf-8"))
        assert names, f"{file} names its icons in another way now"
        found.update(names)
    return found


def pixels(image: QImage) -> np.ndarray:
    """(height, width, 4): red, green, blue, alpha."""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    return np.array(image.constBits()).reshape(image.height(), image.width(), 4)


def painted(name: str, rect: QRectF, color: str, side: int) -> np.ndarray:
    """The pixels of an empty square into which an icon is painted."""
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    icons.paint(painter, name, rect, color)
    painter.end()
    return pixels(image)


def test_that_the_files_are_the_icons_that_the_window_names() -> None:
    assert named_by_the_sources() == set(NAMES)


@EVERY_ICON
def test_that_a_file_is_a_drawing_in_the_current_colour_alone(name: str) -> None:
    text = resource(f"icons/{name}.svg").read_text(encoding="utf-8")
    assert QSvgRenderer(text.encode()).isValid()
    assert {word for _, word in re.findall(r'\b(fill|stroke)="([^"]*)"', text)} <= {"none", "currentColor"}
    assert "style=" not in text


@EVERY_ICON
@pytest.mark.parametrize("size", [12, 16, 32])
def test_that_an_icon_shows_in_its_square_alone_and_in_the_asked_colour(name: str, size: int) -> None:
    image = painted(name, QRectF(size, size, size, size), "#ff00ff", 3 * size)
    ink = image[..., 3].copy()
    assert (image[ink > 0][:, :3] == (255, 0, 255)).all()
    assert (ink > 150).sum() > size * size / 25
    ink[size : 2 * size, size : 2 * size] = 0
    assert not ink.any(), "it would be cut off"


def test_that_icons_differ_clearly_from_one_another() -> None:
    shapes = [pixels(icons.pixmap(name, "#000000", 16).toImage())[..., 3].astype(float) / 255 for name in NAMES]
    for number, one in enumerate(shapes):
        for other, name in zip(shapes[:number], NAMES, strict=False):
            assert abs(one - other).sum() > 10, (NAMES[number], name)


@EVERY_ICON
def test_that_a_disabled_button_shows_the_same_icon_faintly(name: str) -> None:
    made = icons.icon(name, "#1a1e26", 16)
    usual, faint = (
        pixels(made.pixmap(QSize(16, 16), 1.0, mode).toImage()).astype(float) for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled)
    )
    np.testing.assert_allclose(faint[..., 3], usual[..., 3] * 90 / 255, atol=1)
    strong = faint[..., 3] > 80
    assert strong.any()
    np.testing.assert_allclose(faint[strong][:, :3], usual[strong][:, :3], atol=2)  # premultiplied, thus rounded


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("mode", [QIcon.Mode.Normal, QIcon.Mode.Disabled])
def test_that_an_icon_is_drawn_for_each_density(ratio: float, mode: QIcon.Mode) -> None:
    shown = icons.icon("loop", "#1a1e26", 16).pixmap(QSize(16, 16), ratio, mode)
    assert shown.size() == QSize(16, 16) * ratio
    assert shown.devicePixelRatio() == ratio
    drawn = painted("loop", QRectF(0, 0, 16 * ratio, 16 * ratio), "#1a1e26", int(16 * ratio))[..., 3]
    share = 1 if mode == QIcon.Mode.Normal else 90 / 255
    np.testing.assert_allclose(pixels(shown.toImage())[..., 3], drawn * share, atol=1)


@pytest.mark.parametrize("name, lines", [("pause", range(4, 7)), ("first", range(1, 3)), ("last", range(13, 15))])
def test_that_upright_bars_fill_whole_pixels_of_a_button(name: str, lines: range) -> None:
    middle = pixels(icons.pixmap(name, "#000000", 16).toImage())[8, :, 3]
    assert (middle[list(lines)] == 255).all()
    assert middle[lines.start - 1] == middle[lines.stop] == 0


def test_that_an_icon_fills_the_rectangle_it_is_painted_into() -> None:
    rows, columns = np.nonzero(painted("star", QRectF(30, 10, 20, 20), "#8a5a00", 60)[..., 3] > 100)
    assert (rows.min(), rows.max()) == pytest.approx((11, 28), abs=1)
    assert (columns.min(), columns.max()) == pytest.approx((31, 48), abs=1)


def test_that_a_file_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = icons.svg("play", "#123456")
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} is read again"))
    assert icons.svg("play", "#123456") == first
    assert icons.svg("play", "#654321") == first.replace(b"#123456", b"#654321") != first


def test_that_an_icon_that_does_not_exist_is_named_and_leaves_no_painter_active() -> None:
    with pytest.raises(LookupError, match=r"no icon is called 'sun': .*sun\.svg is missing") as caught:
        icons.icon("sun", "#000000")
    # Qt crashes where the pixmap goes before a painter that is active on it, as the frames of an error let happen.
    held = [value for entry in caught.traceback for value in entry.frame.f_locals.values()]
    assert not any(value.isActive() for value in held if isinstance(value, QPainter))
