"""The icons."""

import pytest
from PySide6.QtWidgets import QApplication

from svg_studio.ui.style import icons


@pytest.mark.parametrize("name", sorted(icons.ICONS))
def test_that_every_icon_paints_something_inside_its_square(name: str, qapp: QApplication) -> None:
    image = icons.pixmap(name, "#ff0000", 32).toImage()
    inked = [(x, y) for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() > 100]
    assert len(inked) > 20
    assert all(0 < x < 31 and 0 < y < 31 for x, y in inked), "it is cut off"
