"""What lies on disk of the run in training: the curve of its earlier part, and previews that are asked for again."""

from __future__ import annotations

from pathlib import Path

from svg_studio.engine.events import CurvesRead, Event, Failed, Finished, PreviewOpened, Stopped
from svg_studio.engine.runs.curves import Followed
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.plots.loss_curves import LossCurves
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.train.previews import Previews
from svg_studio.ui.widgets.banner import Banner


class OnDisk:
    """Fills `plot` and `previews` by jobs of its own on both lanes; their failures stand in `banner`."""

    def __init__(self, training: Worker, studio: Worker, plot: LossCurves, previews: Previews, banner: Banner) -> None:
        self._training, self._studio = training, studio
        self._plot, self._previews, self._banner = plot, previews, banner
        self._curve: Job | None = None
        self._beta = 0.0
        self._reading: dict[Job, int] = {}  # previews asked for again → step
        previews.wanted.connect(self.read_preview)

    def clear(self) -> None:
        """Another run: what is still being read belongs to the one before."""
        self._curve = None
        self._reading.clear()

    def read_curve(self, run: str, beta: float) -> None:
        """On the lane of the training, so that it has been drawn when the first step comes."""
        self._beta = beta
        self._curve = Job("runs.curves:follow", {"runs": [Followed(Path(run))]}, "Reading the earlier curve")
        self._training.submit(self._curve)

    def read_preview(self, step: int, path: Path) -> None:
        """A preview that the page no longer holds."""
        if step not in self._reading.values():
            job = Job("export.export:open_preview", {"path": path, "step": step}, "Reading a preview")
            self._reading[job] = step
            self._studio.submit(job)

    def on_event(self, job: Job, event: Event) -> None:
        """What either lane says; other jobs are passed over."""
        if job is self._curve and isinstance(event, CurvesRead):
            self._draw(event)
        elif job in self._reading:
            self._on_preview(job, event)

    def _draw(self, curves: CurvesRead) -> None:
        columns = zip(*(curves.columns[name].tolist() for name in ("mse", "kld", "total")), strict=True)
        for step, losses in zip(curves.steps.tolist(), columns, strict=True):
            self._plot.add_step(int(step), *losses)
        for at, mse, kld in curves.tests:
            self._plot.add_test(at, mse, kld, mse + self._beta * kld)
        self._previews.add_kept(dict(curves.previews))

    def _on_preview(self, job: Job, event: Event) -> None:
        match event:
            case PreviewOpened():
                self._previews.fill(event.step, event.frames)
            case Failed():
                self._banner.show_error(sentence_of(event))
                del self._reading[job]
            case Finished() | Stopped():
                del self._reading[job]
