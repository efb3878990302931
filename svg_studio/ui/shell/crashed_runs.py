"""Offers to go on with a run that was interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from svg_studio.engine.events import RunRow
from svg_studio.ui import formatting
from svg_studio.ui.preferences import Preferences
from svg_studio.ui.widgets.action_banner import ActionBanner

DECLINED, MAX_DECLINED = "declined", 50  # runs that a person did not want to go on with


def offer_to_go_on(crashed: Sequence[RunRow], settings: Preferences, banner: ActionBanner, resume: Callable[[str], None]) -> None:
    """With the newest of `crashed` that was not declined before; nothing where there is none."""
    declined = settings.text(DECLINED).splitlines()
    fresh = [row for row in crashed if _mark(row) not in declined]
    if not fresh:
        return
    row, others = fresh[0], len(fresh) - 1
    more = f" ({formatting.count_of(others, 'other run')} too: see Runs)" if others else ""
    sentence = f"{row.path.name} was interrupted at step {row.step:,}: go on from its last checkpoint?{more}"

    def decline() -> None:
        settings.put(DECLINED, "\n".join([*declined, *map(_mark, fresh)][-MAX_DECLINED:]))

    banner.make(sentence, {"Resume": lambda: resume(str(row.path)), "Not now": decline})


def _mark(row: RunRow) -> str:
    """A run as it was when it ended: it is offered again when it has gone on since."""
    return f"{row.step} {row.path}"
