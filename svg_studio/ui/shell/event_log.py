"""Writes the events of jobs to the program's log."""

from __future__ import annotations

import logging

from svg_studio.engine.events import (
    EvaluationFinished,
    Event,
    Failed,
    FileDownloaded,
    Finished,
    JobStarted,
    Logged,
    SourceNoted,
    SourceSkipped,
    Stopped,
    StoreConverted,
    StoreVerified,
)
from svg_studio.engine.worker import Job
from svg_studio.ui import formatting

log = logging.getLogger("svg_studio")


def log_event(job: Job, event: Event) -> None:
    """Beginnings, ends and whatever else is worth reading later; a failure with its traceback."""
    title = job.title or job.target
    match event:
        case Logged(text=text, level=level):
            log.log(logging.WARNING if level == "warning" else logging.INFO, "%s", text)
        case Failed(sentence=sentence, traceback=traceback):
            log.error("%s failed: %s\n%s", title, sentence, traceback.rstrip())
        case SourceSkipped(source=source, reason=reason):
            log.warning("left out: %s: %s", source, reason)
        case SourceNoted(source=source, note=note):
            log.info("note: %s: %s", source, note)
        case FileDownloaded(path=path, size=size):
            log.info("%s: %s", path, formatting.size(size))
        case StoreConverted(path=path, skipped=skipped, report=report):
            log.info("%s is converted; left out: %s, see %s", path, f"{skipped:,}", report)
        case EvaluationFinished(json=path):
            log.info("evaluated: %s", path.parent)
        case StoreVerified(path=path, problems=problems):
            for problem in problems:
                log.warning("%s", problem)
            log.info("%s is verified; problems: %d", path, len(problems))
        case JobStarted():
            log.info("%s …", title)
        case Stopped() | Finished():
            log.info("%s: %s", title, type(event).__name__.lower())
