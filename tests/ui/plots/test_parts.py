"""Parts of plots."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from svg_studio.ui.plots.parts import FrameAxis


def test_that_ticks_stand_at_whole_frames(qapp: QApplication) -> None:
    axis = FrameAxis("bottom")
    assert all(step >= 1 for step, _ in axis.tickSpacing(5.0, 8.0, 700))
    assert axis.tickSpacing(5.0, 5.2, 700)
