"""The line that says how many snapshots a run will keep, and how much of the disk they take."""

from __future__ import annotations

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.training.memory import snapshots
from svg_studio.ui.formatting import count_of, size
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.words import Words

TIP = (
    "What the run's checkpoints/snapshots folder will hold in the end: the weights alone, without the optimiser. "
    "They are for comparing a run's futures through its training, and no run can be resumed from them (snapshot_factor)."
)


class SnapshotCost(Words):
    """Hidden until it is shown settings that keep snapshots."""

    def __init__(self) -> None:
        super().__init__(wrap=True)
        self.setToolTip(TIP)
        theme.notifier().changed.connect(self._recolour)
        self.show_config(None)
        self._recolour()

    def show_config(self, config: TrainConfig | None) -> None:
        """What a run with these settings will keep; nothing where there are none."""
        count, each = snapshots(config) if config is not None else (0, 0)
        self.setText(f"Disk: {count_of(count, 'snapshot')}, {size(each)} each, {size(count * each)} in all" if count else "")
        self.setAccessibleName(self.text() or "Snapshots")
        self.setVisible(bool(count))

    def _recolour(self) -> None:
        self.setStyleSheet(f"color: {theme.colors().muted}")
