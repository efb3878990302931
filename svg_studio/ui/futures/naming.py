"""Tells what is named on the Futures page from what is on its wall."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from svg_studio.engine.address import Path as AddressPath
from svg_studio.engine.config import ConfigError, FuturesConfig
from svg_studio.engine.events import Frames, ModelOpened
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.futures.branches import Showing
from svg_studio.ui.futures.origin import spelt_out
from svg_studio.ui.futures.toolbar import FuturesToolbar
from svg_studio.ui.futures.view import FuturesView
from svg_studio.ui.widgets.banner import Banner
from svg_studio.ui.widgets.controls import timer
from svg_studio.ui.widgets.empty_state import EmptyState
from svg_studio.ui.widgets.layouts import stack

if TYPE_CHECKING:
    from svg_studio.ui.futures.plots import FuturesPlots

DEBOUNCE_MS = 250


class Naming(QWidget):
    """What is named is in the bar: model, clip and settings. What is on the wall is `wall.origin`. Where the two differ, which
    they do while something is on its way and where it failed, the wall is faint, says whose it is, and is not exported.
    """

    def __init__(self, studio: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.model_path: Path | None = None
        self.otherwise: Path | None = None  # what to open where the first model cannot be opened
        self.job: Job | None = None
        self._choosing: Job | None = None  # asks which few futures stand for all
        self._own: dict[str, Any] = {}  # the model's DataConfig, as plain data
        self.opened: ModelOpened | None = None  # the last model that could be opened
        self._config: FuturesConfig | None = None  # what the job in hand was asked for
        self._fresh = False  # the wall is not of the job in hand yet
        self._truth: Frames | None = None  # the clip of the job in hand, until the wall is of it too
        self._showing: Showing | None = None  # what of the tree the job in hand was asked for; None: a wall of seeds
        self._paths: Sequence[AddressPath] = ()  # futures that the job in hand was asked for in the place of seeds
        self._names: Sequence[str] = ()  # what they are called
        self._started = False
        self._awaits_model = False  # a clip was chosen that no open model takes
        self._opening = False  # a model that was just named, whose clips have not come yet
        self._carried = False  # its clips were chosen before it
        self.banner = Banner()
        self.bar = FuturesToolbar()
        self.empty = EmptyState(
            "No model open",
            "Open a checkpoint (.pt, or the authors' .pth), or drop one anywhere on this window, to see the futures it imagines. "
            "Or train a model first: a small one shows shapes within a few epochs.",
        )
        self.view = FuturesView()
        self.wall, self.references = self.view.wall, self.view.references
        self.playback, self.transport = self.view.playback, self.view.transport
        self._debounce = timer(self, DEBOUNCE_MS, lambda: self.sample(), once=True)
        self.stack = stack(self.empty, self.view)
        self._on_wall = self.view.branches.showing  # what of the tree it shows

    @property
    def plots(self) -> FuturesPlots | None:
        """FuturesPlots, or None before `make_plots`."""
        return self.view.plots

    def sample(self, paths: Sequence[AddressPath] = (), names: Sequence[str] = ()) -> None:
        """Asks for what is named."""
        raise NotImplementedError

    def cancel(self) -> None:
        """Gives up the request in hand, and what was asked about the futures on the wall."""
        if self._choosing is not None:
            self._choosing.stop()
            self._choosing = None
        if self.job is not None:
            self.job.stop()
            self.job = None
            self._give_up_nodes()
            self.view.halt()

    def _give_up_nodes(self) -> None:
        """Futures of the tree that have not come will not: what is on the wall stays there."""
        if self._fresh and self._showing is not None:
            self._fresh, self._showing = False, None
            self.view.branches.stand_at(self._on_wall)

    def set_wall_alone(self, on: bool) -> None:
        """The wall and its clock without anything else, or all of the page."""
        on = on and self.stack.currentWidget() is self.view
        self.bar.setVisible(not on)
        self.view.set_alone(on)

    # ---- what is named

    def _name_model(self, event: ModelOpened) -> None:
        words = f"step {event.step:,} · {event.parameters:,} parameters · {event.device}, {event.precision}"
        self.bar.set_model(event.path, f"{words}\n{event.note}".strip())

    def _age(self) -> str:
        origin = self.wall.origin
        return f"step {origin.step:,} is on the wall\n" if origin is not None and origin.path == self.model_path else ""

    @property
    def _model(self) -> dict[str, Any]:
        """The ModelConfig of the last model that could be opened, as plain data."""
        return self.opened.model if self.opened is not None else {}

    def _misfit(self) -> str:
        """Why the open model cannot go on from the clips that are chosen; nothing where it can, or where that is not known."""
        opened = self.opened is not None and self.opened.path == self.model_path
        return self.bar.misfit(self._model, self._own) if opened else ""

    def go_back(self) -> None:
        """Names again what is on the wall."""
        origin = self.wall.origin
        if origin is None:
            return
        self._debounce.stop()
        self.cancel()
        self.banner.clear()
        self._fresh = self._opening = self._awaits_model = False
        self.model_path, self.opened, self._own = origin.path, origin.opened, origin.opened.data
        self._name_model(origin.opened)
        self.bar.allow_sample(True)
        self.bar.offer_sources(origin.opened.model, self._own)
        self.bar.put(origin.config, self._own)
        self.bar.count_clips(self._model, self._own)
        self._compare()

    # ---- whether it is what is on the wall

    def _named(self) -> FuturesConfig | None:
        """What is named above the wall, as an Origin has it; None where it contradicts itself."""
        try:
            return spelt_out(self.bar.config(self.model_path or Path(), self._own), self._own)
        except ConfigError:
            return None

    @property
    def differs(self) -> bool:
        """Whether the wall is of another model, clip or setting than those named."""
        origin, opened = self.wall.origin, self.opened
        if origin is None:
            return False
        newer = opened is not None and opened.path == origin.path and opened.step != origin.step
        return newer or self._named() != origin.config

    def _compare(self) -> None:
        """What belongs to something else than is named looks faint, says whose it is, and is not exported."""
        self.view.set_whose(self.wall.origin if self.differs else None, waiting=self.job is not None and self._fresh)
        self._tell_export()

    def _tell_export(self) -> None:
        why = self._why_no_export()
        self.bar.allow_export(not why, why)

    def _why_no_export(self) -> str:
        """A sentence, or nothing where futures can be exported."""
        if self.differs and self.wall.origin is not None:
            return f"The wall is still that of {self.wall.origin.words}: press Sample, or go back to these."
        if not self.wall.futures:
            words = "No future on the wall is complete" if self.wall.imagined else "There are no futures to export yet"
            return f"{words}; wait for the one in hand, or press Sample." if self.job else f"{words}; press Sample first."
        return ""
