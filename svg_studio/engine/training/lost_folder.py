"""What a run does whose folder has vanished: it asks where to go on, or ends with a sentence where nobody can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from svg_studio.engine.control import Control
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Events, RunMoved, RunVanished
from svg_studio.engine.training.failures import Diverged

if TYPE_CHECKING:
    from svg_studio.engine.training.trainer import Trainer


def lost(run: Path, step: int, kept: int) -> StudioError:
    """The error that a run ends with whose folder is gone; `kept` is the step of its newest checkpoint, 0 for none."""
    left = f"nothing later than step {kept:,} was kept, and that lies where the folder is now" if kept else "nothing was kept"
    return StudioError(
        f"{run}: this folder has vanished, moved, deleted or with its drive; training ended at step {step:,} and {left}"
    )


def folder_again(trainer: Trainer, control: Control) -> Events:
    """Until the run has a folder again, in which its newest checkpoint is then that of the last step.

    Whoever holds `control` resumes with a place to go on in, or with none where the folder is back. Raises StudioError where
    nobody does.
    """
    run, problem = trainer.run, ""
    if not control.answers:
        raise lost(run.path, trainer.step, trainer.kept)
    control.watch = None  # it is known
    while True:
        control.pause()
        yield RunVanished(run.path, trainer.step, trainer.kept, problem)
        place, old = control.take_place(), run.path
        try:
            if place:
                whole = run.move_to(Path(place).expanduser())
            else:
                run.come_back()
                whole = True
            trainer.config = run.config
            if not whole:
                trainer.best = None  # its weights stayed with the folder
            kept = trainer.save("last")
        except Diverged:
            raise
        except (StudioError, OSError) as error:
            problem = str(error)
            continue
        run.log(f"goes on after step {trainer.step} in {run.path}" + ("" if run.path == old else f", which was {old}"))
        control.watch = run.is_lost
        yield RunMoved(run.path, old, trainer.step, whole)
        yield kept
        return


def saved(trainer: Trainer, control: Control, name: str) -> Events:
    """`trainer.save`, and again where the folder had vanished. Raises StudioError for whatever else keeps it from being written."""
    while True:
        try:
            event = trainer.save(name)
        except StudioError as error:
            if isinstance(error, Diverged) or not trainer.run.has_lost(error):
                raise
        else:
            yield event
            return
        yield from folder_again(trainer, control)
