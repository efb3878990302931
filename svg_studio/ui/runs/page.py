"""The Runs page: all runs of a log folder, with curves and settings side by side."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QToolButton, QWidget

from svg_studio.engine.events import CurvesRead, Event, Failed, Finished, RunRow, RunStarted, Stopped
from svg_studio.engine.runs.curves import Followed
from svg_studio.engine.worker import Job, Worker
from svg_studio.paths import default_log_dir
from svg_studio.ui import recents
from svg_studio.ui.formatting import count_of
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.run_list import RunList
from svg_studio.ui.runs.actions import RunActions
from svg_studio.ui.runs.config_diff import ConfigDiff
from svg_studio.ui.runs.curves_plot import MAX_DRAWN, RunCurvesPlot, Shown, badge
from svg_studio.ui.runs.table import KEYS, RunsFilter, RunsModel, RunsTable, explain
from svg_studio.ui.runs.toolbar import RunsToolbar
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.action_banner import ActionBanner
from svg_studio.ui.widgets.banner import Banner
from svg_studio.ui.widgets.cards import card, lay_page
from svg_studio.ui.widgets.confirm_dialog import confirm
from svg_studio.ui.widgets.controls import label, timer
from svg_studio.ui.widgets.flow_layout import FlowLayout
from svg_studio.ui.widgets.layouts import split

MAX_SEARCH = 200  # letters
LOOK_MS = 2_000  # between two looks at the folder while the page is shown


class RunsPage(QWidget):
    """Every (job, event) of the lanes comes in by `on_event`. It follows the log folder while it is shown."""

    crashes_found = Signal(list)  # RunRows of this machine that were interrupted, newest first, at the first look

    def __init__(self, studio: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.runs = RunList(studio, default_log_dir(), self)  # which other pages read too
        self._reading: Job | None = None
        self._followed: dict[Path, Followed] = {}
        self._read: dict[Path, tuple[int, ...]] = {}  # the state of a run's files when its curves were read
        self._looked = False  # a first time
        self._wanted: list[Path] = []  # to be selected once they are listed
        self._listing = False  # rows come and go, and with them parts of the selection, which is shown once they stand
        self.banner = Banner()
        self.offer = ActionBanner()
        self.bar = RunsToolbar(str(self.runs.log_dir))
        self.model = RunsModel(self)
        self.filter = RunsFilter(self.model)
        self.table = RunsTable(self.filter)
        self.actions_ = RunActions(self, self.runs, self.offer)
        self.words = label(role="muted", name="About the selected run", wrap=True)
        self.curves = RunCurvesPlot()
        self.diff = ConfigDiff()
        self._lay_out()
        self._timer = timer(self, LOOK_MS, self._tick)
        self._connect()
        self._on_selection()

    @property
    def pictures(self) -> tuple[QWidget, ...]:
        """Over whose feet messages lie: no control is there."""
        return (self.curves,)

    @property
    def log_dir(self) -> Path:
        """The folder whose runs are listed."""
        return self.runs.log_dir

    @property
    def rows(self) -> tuple[RunRow, ...]:
        """What was listed last."""
        return self.runs.rows

    def rescan(self) -> None:
        """List the runs; once more, if that is being done."""
        self.runs.rescan()

    def choose(self, paths: list[Path]) -> None:
        """Select these runs as soon as they are listed."""
        self._wanted = paths
        if paths and all(self.runs.row(path) for path in paths):
            self.table.choose(paths)

    def on_event(self, job: Job, event: Event) -> None:
        """What the lanes say; only looks at the folder, this page's own jobs, and that a run began or ended, matter here."""
        self.runs.on_event(job, event)
        match event:
            case CurvesRead() if job is self._reading:
                self.curves.put(event)
            case Failed() if job is self._reading:
                self._on_failed(sentence_of(event))
                self._end_reading()
            case Finished() | Stopped() if job is self._reading:
                self._end_reading()
            case RunStarted(run=run) if run.parent != self.log_dir:
                self.banner.show_info(f"{run.name} is written in {run.parent}: name that folder to see it here")

    def state(self) -> dict[str, object]:
        """What `restore` takes: plain values."""
        header = self.table.horizontalHeader()
        return {
            "log_dir": self.bar.folder.text(),
            "search": self.bar.search.text(),
            "sort": KEYS[header.sortIndicatorSection()],
            "descending": header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder,
            "all_settings": self.diff.all.isChecked(),
        }

    def restore(self, state: Mapping[str, object]) -> None:
        """As it was left; what is damaged is left out."""
        folder, search, sort = (state.get(name) for name in ("log_dir", "search", "sort"))
        if isinstance(folder, str) and folder.strip() and folder.isprintable():
            self.bar.show_folder(folder)
        if isinstance(search, str):
            self.bar.search.setText(search[:MAX_SEARCH])
        if sort in KEYS:
            down = Qt.SortOrder.DescendingOrder if state.get("descending") is True else Qt.SortOrder.AscendingOrder
            self.table.sortByColumn(KEYS.index(str(sort)), down)
        self.diff.all.setChecked(state.get("all_settings") is True)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.table.setFocus()  # and not the folder's field, in which a key typed by chance names another one
        self._timer.start()
        self.rescan()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def empty_trash(self) -> None:
        """Ask, and delete for good."""
        question = (
            f"{count_of(len(self.runs.trashed), 'run')} in the trash of {self.log_dir}. Delete for good? There is no way back."
        )
        if confirm(self, "Empty the trash", question, "Delete for good", danger=True):
            self.offer.withdraw()
            self._studio.submit(Job("runs.edit:empty_trash", {"log_dir": self.log_dir}, "Emptying the trash"))

    # ---- what is listed

    def _tick(self) -> None:
        if not self.runs.is_looking:
            self.rescan()

    def _on_listed(self) -> None:
        rows = self.rows
        self._listing = True
        try:
            self.model.put(rows)
        finally:
            self._listing = False
        self.bar.show_values("data", sorted({row.dataset for row in rows if row.dataset}))
        self.bar.show_values("prior", sorted({row.prior for row in rows if row.prior}))
        self.bar.show_trash(self.runs.trashed)
        if self._wanted:
            self.table.choose(self._wanted)
        self._on_selection()
        here = platform.node()
        if not self._looked and self.runs.listing is not None:
            self._looked = True
            if crashed := [r for r in rows if r.state == "crashed" and r.host == here and r.checkpoint]:
                self.crashes_found.emit(crashed)

    def _on_looked(self) -> None:
        if not self.runs.is_behind:
            self._wanted = []  # selected, or not there
        if rows := self.rows:
            recents.note("runs", rows[0].path.parent)

    def _on_failed(self, sentence: str) -> None:
        self._timer.stop()  # the same would fail again every other second
        self.banner.show_error(sentence)

    def _end_reading(self) -> None:
        self._reading = None
        self._follow()

    def open_folder(self, folder: str) -> None:
        """Lists the runs of `folder`."""
        self.bar.set_folder(folder)

    def _on_folder(self) -> None:
        self.banner.clear()
        self._timer.start()
        self.runs.set_folder(Path(self.bar.folder.text().strip() or str(default_log_dir())))

    # ---- what is selected

    def _on_selection(self) -> None:
        if self._listing:
            return
        rows = self.table.chosen()
        self.actions_.show(rows)
        drawn = rows[:MAX_DRAWN]
        icons = {row.path: badge(number) for number, row in enumerate(drawn)}
        self.model.mark(icons)
        self.curves.show_runs([Shown(row.path, row.path.name, _beta(row)) for row in drawn])
        self.diff.show_configs([(row.path.name, row.config, icons[row.path]) for row in drawn if row.config])
        self.words.setText(self._say(rows))
        self._follow()

    def _say(self, rows: list[RunRow]) -> str:
        if len(rows) == 1:
            return "  ".join(filter(None, (explain(rows[0]), rows[0].notes)))
        if rows:
            more = f"; the curves of the first {MAX_DRAWN} are drawn" if len(rows) > MAX_DRAWN else ""
            return f"{len(rows)} of {count_of(len(self.rows), 'run')} selected{more}."
        if self.runs.listing is None:
            return f"Looking into {self.log_dir}…" if self.runs.is_looking else ""
        if not self.rows:
            return f"There is no run in {self.log_dir} yet: the Train page makes the first one."
        shown = self.filter.rowCount()
        return f"{count_of(len(self.rows), 'run')}{f', {shown:,} listed' if shown < len(self.rows) else ''}."

    def _follow(self) -> None:
        """Read on where a selected run's files have changed since its curves were read."""
        rows = self.table.chosen()[:MAX_DRAWN]
        self._followed = {row.path: self._followed.get(row.path) or Followed(row.path) for row in rows}
        self._read = {path: seen for path, seen in self._read.items() if path in self._followed}
        fresh = [row for row in rows if self._read.get(row.path) != row.seen]
        if fresh and self._reading is None:
            self._read |= {row.path: row.seen for row in fresh}
            followed = [self._followed[row.path] for row in fresh]
            self._reading = Job("runs.curves:follow", {"runs": followed}, "Reading curves")
            self._studio.submit(self._reading)

    # ---- building

    def _connect(self) -> None:
        self.runs.listed.connect(self._on_listed)
        self.runs.ended.connect(self._on_looked)
        self.runs.failed.connect(self._on_failed)
        self.bar.folder_changed.connect(self._on_folder)
        self.bar.searched.connect(self.filter.search)
        self.bar.filtered.connect(self.filter.only)
        self.bar.empty_wanted.connect(self.empty_trash)
        self.bar.restore_wanted.connect(self._restore)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self.table.doubleClicked.connect(self.actions_.all["futures"].trigger)
        self.actions_.changed.connect(self.choose)
        self.actions_.failed.connect(self.banner.show_error)
        self.actions_.done.connect(self.banner.clear)
        theme.notifier().changed.connect(self._on_selection)

    def _restore(self, place: Path) -> None:
        self.actions_.bring_back([place])

    def _lay_out(self) -> None:
        buttons = QWidget()
        flow = FlowLayout(buttons)
        for action in self.actions_.all.values():
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            flow.addWidget(button)
            self.table.addAction(action)
        upper = card(self.bar, self.table, self.words, buttons, stretch=self.table)
        curves, diff = card(self.curves, stretch=self.curves), card(self.diff, stretch=self.diff)
        lower = split(curves, diff, sizes=(640, 430), weights=(0, 1))
        lay_page(self, (self.banner, self.offer), split(upper, lower, sizes=(390, 310), down=True), lambda: self.pictures)


def _beta(row: RunRow) -> float:
    """Of the loss's KL; a config may say anything there."""
    beta = row.config.get("model", {}).get("beta", 0.0)
    return float(beta) if isinstance(beta, int | float) and abs(beta) < 1e30 else 0.0
