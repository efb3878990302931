"""Opens exports again: reads what a file carries, looks for its model, and asks where there is none or another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from svg_studio.engine.config import FuturesConfig
from svg_studio.engine.events import Event, Failed, Finished, ModelSought, RecipeRead, Stopped
from svg_studio.engine.recipe import Recipe
from svg_studio.engine.utils.wording import shown
from svg_studio.engine.worker import Job, Worker
from svg_studio.paths import default_data_root, default_log_dir, resource
from svg_studio.ui import recents
from svg_studio.ui.futures.origin import model_name
from svg_studio.ui.futures.toolbar import LIMITS, FuturesToolbar
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.widgets.action_banner import ActionBanner
from svg_studio.ui.widgets.banner import Banner

CHOOSE, ANYWAY, NOT_NOW = "Choose model…", "Use it anyway", "Not now"


class Reopening(QObject):
    """`open` a file; in the end `show` is called with its recipe and the path of a model that a person knows of."""

    def __init__(
        self,
        studio: Worker,
        banner: Banner,
        show: Callable[[Recipe, Path], None],
        choose: Callable[[], str],
        parent: QObject | None = None,
    ) -> None:
        """choose: asks for a checkpoint; empty where there was no answer."""
        super().__init__(parent)
        self.offer = ActionBanner()
        self.job: Job | None = None
        self._studio, self._banner, self._show, self._choose = studio, banner, show, choose
        self._file = Path()
        self._recipe: Recipe | None = None

    def open(self, path: Path) -> None:
        """Reads what `path` carries, and goes on from there."""
        self._file, self._recipe = path, None
        self._banner.clear()
        self.offer.withdraw()
        self._ask(Job("export.read_back:open_recipe", {"path": path}, f"Opening {path.name}"))

    def on_event(self, job: Job, event: Event) -> None:
        """Of all that the lane says, what is about this."""
        if job is not self.job or self.job is None:
            return
        match event:
            case RecipeRead(recipe=recipe):
                self._recipe = recipe
                self._search(recipe)
            case ModelSought():
                self._on_sought(event)
            case Failed():
                self.job = None
                self._banner.show_error(sentence_of(event))
            case Stopped() | Finished():
                self.job = None

    def _ask(self, job: Job) -> None:
        if self.job is not None:
            self.job.stop()
        self.job = self._studio.submit(job)

    # ---- its model

    def _search(self, recipe: Recipe) -> None:
        log_dirs = list(dict.fromkeys([*recents.recent("runs"), str(default_log_dir())]))
        where = {"files": [str(resource("demo.pt")), *recents.recent("models")], "folders": log_dirs}
        what = {"sha256": recipe.model, "name": recipe.futures[0].checkpoint}
        self._ask(Job("runs.find_model:find_model", {**what, **where}, "Looking for the model"))

    def choose(self) -> None:
        """Asks for a checkpoint, whose bytes are looked at before it is used."""
        if self._recipe is None:
            return
        if path := self._choose():
            arguments = {"path": path, "sha256": self._recipe.model}
            self._ask(Job("runs.find_model:identify", arguments, f"Reading {Path(path).name}"))
        else:
            self._offer_choice(self._recipe)

    def _on_sought(self, sought: ModelSought) -> None:
        recipe = self._recipe
        self.job = None
        if recipe is None:
            return
        if sought.path is None:
            self._offer_choice(recipe)
        elif sought.found == recipe.model:
            self._show(recipe, sought.path)
        else:
            path = sought.path
            words = f"{shown(model_name(path))} is another model than {shown(recipe.checkpoint)}, of which {self._file.name} is: "
            answers = {CHOOSE: self.choose, ANYWAY: lambda: self._show(recipe, path), NOT_NOW: lambda: None}
            self.offer.make(f"{words}its futures will be others.", answers)

    def _offer_choice(self, recipe: Recipe) -> None:
        named = f"The model of {shown(self._file.name)} ({shown(recipe.checkpoint)}, SHA-256 {recipe.model[:12]}…)"
        self.offer.make(
            f"{named} is neither among the recent models nor among your runs.", {CHOOSE: self.choose, NOT_NOW: lambda: None}
        )


def not_shown(recipe: Recipe) -> str:
    """Why the window cannot show these futures, in a sentence; nothing where it can."""
    asked = {
        "index": recipe.clip.index,
        "n_past": recipe.n_past,
        "n_future": recipe.n_future,
        "n_futures": len(recipe.alike),
        "seed": recipe.paths[0][0].seed,
    }
    for name, value in asked.items():
        least, most = LIMITS[name]
        if not least <= value <= most:
            return f"{name}={value:,}: the window shows at most {most:,}; svg-studio replay writes these futures again."
    if recipe.clip.seed != FuturesConfig.data_seed:
        return f"Its clips have the seed {recipe.clip.seed}, which the window does not offer; svg-studio replay writes them again."
    return ""


def data_root_for(bar: FuturesToolbar) -> str:
    """Where data sets lie on this machine, as far as the window knows."""
    return bar.sets.data_root or str(default_data_root())
