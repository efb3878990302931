"""Offers to go on with a run that was interrupted, for as long as it stands so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from svg_studio.engine.events import RunRow
from svg_studio.ui import formatting
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.run_list import RunList
from svg_studio.ui.widgets.action_banner import ActionBanner

DECLINED, MAX_DECLINED = "declined", 50  # runs that a person did not want to go on with


class CrashOffer(QObject):
    """`make` offers; the offer is withdrawn once `runs` says that the run goes on, has another name or is gone."""

    def __init__(self, runs: RunList, settings: Preferences, banner: ActionBanner, resume: Callable[[str], None]) -> None:
        super().__init__(banner)
        self._runs, self._settings, self._banner, self._resume = runs, settings, banner, resume
        self._offered: RunRow | None = None
        self._sentence = ""
        runs.listed.connect(self._look)

    def make(self, crashed: Sequence[RunRow]) -> None:
        """With the newest of `crashed` that was not declined before; nothing where there is none."""
        declined = self._settings.text(DECLINED).splitlines()
        fresh = [row for row in crashed if _mark(row) not in declined]
        if not fresh:
            return
        row, others = fresh[0], len(fresh) - 1
        more = f" ({formatting.count_of(others, 'other run')} too: see Runs)" if others else ""
        self._sentence = f"{row.path.name} was interrupted at step {row.step:,}: go on from its last checkpoint?{more}"
        self._offered = row

        def decline() -> None:
            self._settings.put(DECLINED, "\n".join([*declined, *map(_mark, fresh)][-MAX_DECLINED:]))

        self._banner.make(self._sentence, {"Resume": lambda: self._resume(str(row.path)), "Not now": decline})

    def _look(self) -> None:
        if self._offered is None or self._runs.listing is None:
            return
        path = self._offered.path
        if self._banner.text != self._sentence:
            self._offered = None  # it was answered, or something else is offered
        elif self._runs.log_dir.expanduser() == path.parent:
            row = self._runs.row(path)
            if row is None or row.state != "crashed":
                self._offered = None
                self._banner.withdraw()


def _mark(row: RunRow) -> str:
    """A run as it was when it ended: it is offered again when it has gone on since."""
    return f"{row.step} {row.path}"
