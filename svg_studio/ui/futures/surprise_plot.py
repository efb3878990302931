"""Plots how much the true clip surprised the model, frame by frame: one curve, which has nothing to do with the futures."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from svg_studio.ui.futures.bundle_plot import SEEK, BundlePlot
from svg_studio.ui.plots.parts import drawn_line
from svg_studio.ui.plots.plot_picture import Entry

TIP = "How little the model expected what truly happened at each frame: KL(q‖p), summed over z, in nats"
MORE = (
    "q has seen the frame, p has not; both go step by step on true frames.\n"
    "Compare frames of one model, not models: its size depends on beta and training."
)


class SurprisePlot(BundlePlot):
    """`put(0, values)` brings the curve."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Surprise (nats)", TIP, parent)
        self.caption.setToolTip(f"{TIP}.\nHere: at this frame, and at the most surprising one.\n{MORE}")
        self.plot.setToolTip(f"{TIP}.\n{MORE}\n{SEEK}")

    def reset(self, count: int, n_frames: int, n_past: int) -> None:
        """Forgets the curve, however many futures there will be."""
        super().reset(1, n_frames, n_past)

    def select(self, number: int) -> None:
        """It is the same for all futures."""

    def said(self, frame: int) -> tuple[str, str]:
        values = self.values[0] if len(self.values) else np.full(0, np.nan)
        if not np.isfinite(values).any():
            return f"{self.name}   …", self.name
        here = f"   {values[frame]:.3g}" if frame < len(values) and np.isfinite(values[frame]) else ""
        most = int(np.nanargmax(values))
        return f"{self.name}{here}   most {values[most]:.3g} at frame {most + 1}", f"{self.name}{here}"

    def _legend(self) -> list[Entry]:
        return [(drawn_line(self._mean.opts["pen"]), f"{self.name}: KL(q‖p) at each frame of the true clip")]

    def _columns(self) -> dict[str, list[float]]:
        """Frames, counted from 1, and the curve."""
        if not np.isfinite(self.values).any():
            return {}
        return {"frame": [float(t) for t in range(1, self.values.shape[1] + 1)], "KL(q‖p) in nats": self.values[0].tolist()}
