"""Asks the studio lane for futures, and tells what is named from what is on the wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from svg_studio.engine.address import Path as AddressPath
from svg_studio.engine.config import ConfigError, DataConfig
from svg_studio.engine.events import (
    CheckpointSaved,
    ClipOpened,
    DatasetInspected,
    Event,
    Failed,
    FewChosen,
    Finished,
    Frames,
    FramesImagined,
    FutureSampled,
    FutureScored,
    ModelOpened,
    PosteriorReconstructed,
    Stopped,
    SurpriseMeasured,
)
from svg_studio.engine.worker import Job
from svg_studio.paths import resource
from svg_studio.ui import recents
from svg_studio.ui.converted_sets import OWN, colour
from svg_studio.ui.futures.branches import Showing
from svg_studio.ui.futures.naming import Naming
from svg_studio.ui.futures.origin import model_name, origin_of
from svg_studio.ui.futures.toolbar import OTHER
from svg_studio.ui.remedies import sentence_of
from svg_studio.ui.run_list import inside


class Asking(Naming):
    """`open_model` and `show_clip` start sampling; whatever the studio lane then says arrives through `on_event`."""

    # ---- what is asked for

    def open_model(
        self, path: str | Path, source: str = OWN, *, paths: Sequence[AddressPath] = (), names: Sequence[str] = ()
    ) -> None:
        """Samples from the checkpoint at `path`, clips from its own data or from another `source` of the bar.

        paths: futures in the place of one for each seed, with `names`.
        """
        self.model_path = Path(path)
        self._own = self.opened.data if self.opened is not None and self.opened.path == self.model_path else {}
        self.bar.set_model(self.model_path, "")
        self.bar.allow_sample(True)
        self._carried = self._awaits_model and source == OWN
        if not self._carried:
            self.bar.choose_source(source)
        self._awaits_model = False
        self._opening = True
        self.sample(paths, names)

    def open_with_clip(self, path: str | Path, *, paths: Sequence[AddressPath] = (), names: Sequence[str] = ()) -> None:
        """The same, with the clip that is chosen already, if the model takes it."""
        self._awaits_model = True
        self.open_model(path, paths=paths, names=names)

    def run_moved(self, before: Path, now: Path) -> None:
        """The folder of a run has another name: what is open of it, and what the wall is of, lies there from now on."""
        if self.opened is not None and (path := inside(self.opened.path, before, now)) is not None:
            self.opened = replace(self.opened, path=path)
        origin = self.wall.origin
        if origin is not None and (path := inside(origin.path, before, now)) is not None:
            opened = replace(origin.opened, path=path)
            self.wall.origin = replace(origin, opened=opened, config=replace(origin.config, model_path=str(path)))
        if self.model_path is not None and (path := inside(self.model_path, before, now)) is not None:
            self.model_path = path
            self.bar.set_model(path, "")
            if self.opened is not None and self.opened.path == path:
                self._name_model(self.opened)
        self._compare()

    def show_clip(self, data: DataConfig, split: str, index: int) -> None:
        """Samples futures of one clip that another page shows; the next model takes it where this one cannot."""
        self.bar.show_clip(data, split, index)
        self.bar.count_clips(self._model, self._own)
        if self.model_path is None:
            self._awaits_model = True
            self.banner.show_info("Open a model to see how it goes on from this clip.")
        elif misfit := self._misfit():
            self._awaits_model = True
            self.cancel()
            self._compare()
            self.banner.show_error(misfit)
        else:
            self.sample()

    def sample(self, paths: Sequence[AddressPath] = (), names: Sequence[str] = ()) -> None:
        """Asks for the futures the bar describes, or for those of `paths`, called `names`; an older request is given up."""
        self._debounce.stop()
        if self.model_path is None:
            return
        try:
            config = self.bar.config(self.model_path, self._own)
        except ConfigError as error:
            self.banner.show_error(str(error))
            self._compare()
            return
        self.cancel()
        self.banner.clear()
        self._config, self._fresh, self._truth, self._showing = config, True, None, None
        self._paths, self._names = paths, names
        if not self.wall.imagined:
            self.empty.show_text("Opening the model", f"{self.model_path.name}: its futures appear here in a moment.", busy=True)
        more = {"paths": paths} if paths else {}
        self.job = self.studio.submit(Job("sampling.futures:explore", {"config": config, **more}, "Sampling"))
        self._compare()

    def show_nodes(self, showing: Showing) -> None:
        """Asks for other futures of the clip, model and settings that the wall is of."""
        origin = self.wall.origin
        if (showing.key, showing.paths) == (self._on_wall.key, self._on_wall.paths):
            if self._fresh:
                self.cancel()  # others were on their way
            self._on_wall = showing
            self.view.branches.stand_at(showing)
            self.wall.rename(showing.names)
            self.wall.select(showing.selected)
            self._compare()
            return
        assert origin is not None, "a tree without a wall"
        self.cancel()
        self.view.branches.stand_at(showing)
        self.banner.clear()
        self._config, self._fresh, self._truth, self._showing = origin.config, True, self.references.truth, showing
        config = replace(origin.config, device=self.bar.device, precision=self.bar.precision)
        asked = {"config": config, "paths": showing.paths, "sha256": origin.opened.sha256}
        self.job = self.studio.submit(Job("sampling.futures:imagine_paths", asked, "Sampling"))
        self._compare()

    def choose_few(self, k: int) -> None:
        """Asks which k futures of the wall stand for all; an older question is dropped."""
        if self._choosing is not None:
            self._choosing.stop()
        films = [self.wall.futures[number].frames for number in sorted(self.wall.futures)]
        asked = {"futures": films, "n_past": self.references.n_past, "k": k}
        self._choosing = self.studio.submit(Job("sampling.few:choose", asked, "Comparing futures"))

    # ---- what is heard

    def on_event(self, job: Job, event: Event) -> None:
        """Everything any job says passes here; most of it is not for this page."""
        match event:
            case DatasetInspected():
                self._on_found(event)
            case CheckpointSaved(path=path, step=step) if path == self.model_path:
                self.bar.set_model(path, f"{self._age()}step {step:,} is saved; Sample takes it")
            case FewChosen() if job is self._choosing:
                self.view.arrangement.put_few(event)
            case Failed() if job is self._choosing:
                self.banner.show_error(sentence_of(event))
            case _ if job is self.job:
                self._on_own_event(event)

    def _on_own_event(self, event: Event) -> None:
        match event:
            case ModelOpened():
                self._on_model(event)
            case ClipOpened(frames=truth):
                self._on_clip(truth)
            case FramesImagined():
                self._on_frames(event)
            case FutureSampled():
                self._on_future(event)
            case SurpriseMeasured():
                self.view.put_surprise(event)
            case PosteriorReconstructed(frames=frames):
                self.references.set_posterior(frames)
            case FutureScored():
                self.view.put_score(event)
            case Failed():
                self._on_failure(event)
            case Stopped() | Finished():
                self._end()

    def _on_model(self, event: ModelOpened) -> None:
        self.model_path, self.opened = event.path, event
        self._name_model(event)
        self._own = event.data
        if event.path != resource("demo.pt"):
            recents.note("models", event.path)
        chosen, title = self.bar.source.currentData(), self.bar.source.currentText()
        self.bar.offer_sources(event.model, event.data)
        self.bar.count_clips(self._model, self._own)
        if self.bar.source.currentData() != chosen or (self._opening and self._misfit()):
            takes = f"{event.model['image_width']} px, {colour(event.model['channels'])}"
            self._take_own(f"{title} does not fit {model_name(event.path)}, which takes {takes}")
        elif self._config is not None and self.bar.data(self._own) != self._config.data:
            self.sample(self._paths, self._names)  # what was asked for did not know yet how many digits the model was trained on

    def _take_own(self, why: str) -> None:
        """Samples from the model's own data in the place of what was chosen, and says so."""
        self._opening = self._carried = False
        self.bar.choose_source(OWN)
        self.bar.count_clips(self._model, self._own)
        self.sample()
        self.banner.show_info(f"{why}: these are clips of its own data.")

    def _on_failure(self, failed: Failed) -> None:
        sentence = sentence_of(failed)
        opened = self.opened is not None and self.opened.path == self.model_path
        if opened and self._opening and self._truth is None and self.bar.source.currentData() != OWN:
            self._take_own(f"{self.bar.source.currentText()}: {sentence.rstrip('.')}")
            return
        if not opened:
            self._leave_file()
        self._end()
        if self.opened is None and self.otherwise is not None:  # the model of last time is gone
            self.open_model(self.otherwise, "drawn")
            self.otherwise = None
        self.banner.show_error(self._misfit() or sentence)

    def _leave_file(self) -> None:
        """A file that could not be opened leaves the model before it in place, or none."""
        self._opening, self._awaits_model = False, self._carried or self._awaits_model
        before, origin = self.opened, self.wall.origin
        recents.forget("models", str(self.model_path))
        if before is None:
            self.model_path = None
            self.bar.forget_model()
        elif origin is not None and origin.path == before.path and not self._carried:
            self.go_back()
        else:
            self.model_path, self._own = before.path, before.data
            self._name_model(before)

    def _on_clip(self, truth: Frames) -> None:
        self._truth, self._opening = truth, False
        if not self.wall.imagined:
            self._begin_anew()  # the given frames move while the others are still being imagined
        if not self._started:
            self._started = True
            self.playback.play()  # the first clip plays at once; from then on the person decides

    def _begin_anew(self) -> None:
        """The clip of the job in hand and its futures take the place of older ones, once and all together."""
        if not self._fresh:
            return
        assert self._config is not None
        assert self._truth is not None
        self._fresh = False
        if self._showing is not None:
            self._on_wall = self._showing
            self.view.show_nodes(self._showing)
            self._compare()
            return
        self.view.open_clip(self._truth, self._config.n_past)
        origin = origin_of(self.opened, self._config) if self.opened is not None else None
        if self._paths:
            self.view.grow_paths(self._paths, self._names, replace(origin, apart=True) if origin else None)
        else:
            self.view.grow(self._config.seeds, origin)
        self._on_wall = self.view.branches.showing
        if self.stack.currentWidget() is not self.view:
            self.view.resize(self.stack.size())  # nothing has told it so far
            self.stack.setCurrentWidget(self.view)
            self.view.share_height()
        self._compare()

    def _on_frames(self, event: FramesImagined) -> None:
        begun = self._fresh
        self._begin_anew()
        self.view.put_frames(event)
        if begun:
            self._tell_export()

    def _on_future(self, future: FutureSampled) -> None:
        self._begin_anew()
        self.view.add(future)
        self._tell_export()

    def _end(self) -> None:
        self.job = None
        self._give_up_nodes()
        if len(self.wall.futures) == len(self.wall.films):
            self.view.arrangement.complete()
        self.view.halt()
        if not self.wall.imagined:
            self.wall.origin = None
            self._show_empty()
            self.playback.set_length(0, 0)
        self._compare()

    def _show_empty(self) -> None:
        self.set_wall_alone(False)
        self.stack.setCurrentWidget(self.empty)
        if self.model_path is None:
            self.empty.show_default()
        else:
            self.empty.show_text(
                "No futures yet", f"{model_name(self.model_path)}: press Sample to see the futures that it imagines."
            )

    # ---- what there is to choose from

    def _on_bar(self) -> None:
        if self.bar.source.currentData() != OTHER:
            self._awaits_model = False  # other clips were chosen meanwhile
        self.bar.count_clips(self._model, self._own)
        self._compare()
        self._debounce.start()

    def _on_found(self, found: DatasetInspected) -> None:
        self.bar.sets.put(found)
        self.bar.offer_sources(self._model, self.opened.data if self.opened is not None else {})
        self.bar.count_clips(self._model, self._own)
        self._compare()
