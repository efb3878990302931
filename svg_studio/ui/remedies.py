"""What went wrong and what would help, in the window's words."""

from __future__ import annotations

from svg_studio.engine.events import Failed

STEPS = {"download": "download it", "convert": "convert it"}


def sentence_of(failed: Failed) -> str:
    """Such as "no clips in data/kth; download it, then convert it, on the Data page"; changes of settings have a button instead."""
    remedy = failed.remedy
    if remedy is None:
        return failed.sentence
    found = []
    if remedy.jobs:
        found.append(", then ".join(STEPS[job] for job, _, _ in remedy.jobs) + ", on the Data page")
    if remedy.other:
        found.append("change " + " or ".join(remedy.other))
    return "; ".join([failed.sentence, ", or ".join(found)] if found else [failed.sentence])
