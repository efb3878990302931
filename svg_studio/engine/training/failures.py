"""Detects what goes wrong in training, such as NaN or too little memory, and turns it into a sentence with a remedy."""

from __future__ import annotations

import gc
import math
import re
import traceback
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import torch
from torch import Tensor

from svg_studio.engine.config import TrainConfig
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Remedy
from svg_studio.engine.training.memory import estimate

ROOM = 0.95  # of the memory that is free, what an estimate may fill
# PyTorch's allocators: "Tried to allocate 20.00 MiB", "you tried to allocate 512 bytes"; NumPy: "Unable to allocate 2.1 GiB".
_ASKED = re.compile(r"(?:tried|Unable) to allocate ([\d.]+ \w+)", re.IGNORECASE)
_SHORT_OF_MEMORY = re.compile(r"out of memory|can't allocate memory|not enough memory", re.IGNORECASE)


WayOut = tuple[str, Remedy]  # in words, and as settings


class Diverged(StudioError):
    """A loss, gradient or weight is not a finite number any more, so nothing of this run is to be kept from here on."""


def gradient_norm(parameters: Iterable[Tensor]) -> Tensor:
    """The 2-norm of all gradients as one number on their device; not finite where one of them is not.

    A norm whose square is beyond float32 counts as infinite: Adam's second moments would be, too.
    """
    return torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])


def require_finite(values: Mapping[str, float], step: int, way_out: WayOut) -> None:
    """Raises Diverged, which names the step and the first of the values that is no finite number."""
    for name, value in values.items():
        if not math.isfinite(value):
            what = "no number (NaN)" if math.isnan(value) else "infinite"
            words, remedy = way_out
            raise Diverged(f"step {step}: the {name} became {what}, so training stopped there; {words}", remedy)


def require_finite_weights(tensors: Iterable[Tensor], step: int, way_out: WayOut) -> None:
    """The same of weights and of BatchNorm's statistics."""
    sums = [
        t.detach().double().sum().item() if t.device.type != "mps" else t.sum().item() for t in tensors if t.is_floating_point()
    ]
    require_finite({"model's weights": sum(sums)}, step, way_out)


@contextmanager
def explain_failures(config: TrainConfig, device: torch.device, precision: str) -> Iterator[None]:
    """Around building or training a model: what memory and files refuse becomes a StudioError."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not isinstance(error, torch.OutOfMemoryError | MemoryError) and not _SHORT_OF_MEMORY.search(str(error)):
            raise
        words, remedy = short_of_memory(config, device, precision, str(error))
        raise StudioError(words, remedy) from error
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise StudioError(
            f"{place}cannot be read or written ({error.strerror or error}); mend that, then resume the run"
        ) from error


def short_of_memory(config: TrainConfig, device: torch.device, precision: str, said: str) -> tuple[str, Remedy | None]:
    """How much was asked for, and a batch size that should fit. `said` is what the allocator said."""
    asked = _ASKED.search(said)
    where = "the GPU's memory" if device.type == "cuda" else "the memory"
    wanted = f" ({asked[1]} more were asked for)" if asked else ""
    fits = fitting_batch_size(config, _free(device), bf16=precision == "bf16", gpu=device.type == "cuda")
    words = f"batch_size={fits} should fit" if fits else "choose a narrower model, such as by base_width"
    remedy = Remedy({"batch_size": fits}) if fits else None
    return f"batch_size={config.batch_size}: {where} does not suffice{wanted}; {words}", remedy


def fitting_batch_size(config: TrainConfig, free: float | None, *, bf16: bool, gpu: bool) -> int:
    """The largest batch size below the one that did not fit whose estimate fits into `free` bytes, 0 for none.

    Half of it where `free` is not known, or where by the estimate even the one that failed would fit.
    """
    sizes = range(2, config.batch_size)
    half = config.batch_size // 2
    if free is None:
        return half

    def need(batch_size: int) -> int:
        return estimate(replace(config, batch_size=batch_size), bf16=bf16, gpu=gpu)

    if need(config.batch_size) <= ROOM * free:
        return half
    place = bisect_right(sizes, ROOM * free, key=need)
    return sizes[place - 1] if place else 0


def _free(device: torch.device) -> float | None:
    """Bytes that a run that starts now could take, as far as that is known; what this process holds goes back first."""
    if device.type == "cuda":
        return float(torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device))
    with suppress(ImportError):  # a server may have no psutil
        import psutil

        return float(psutil.virtual_memory().available + psutil.Process().memory_info().rss)
    return None


class MemoryReturned:
    """On leaving, however that happens, nothing of what was built inside is held any more.

    An exception keeps the frames that it passed, and they the model; their variables are let go, their line numbers stay.
    """

    def __enter__(self) -> MemoryReturned:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        failed = error is not None and not isinstance(error, GeneratorExit)
        while error is not None:
            traceback.clear_frames(error.__traceback__)
            error = error.__cause__ or error.__context__
        if failed:  # not otherwise, when nothing goes round in circles: it would keep the window waiting
            gc.collect()
        if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            torch.cuda.empty_cache()


def lower_rate(run: Path, kept: int, lr: float) -> WayOut:
    """How to go on after numbers went out of bounds; `kept` is the step of the newest checkpoint, 0 for none."""
    if kept:
        words = f"go on from the checkpoint of step {kept} with a lower learning rate"
        return words, Remedy({"lr": lr / 2}, str(run))
    words = f"no checkpoint was written before it; start again with a lower learning rate than lr={lr:g}"
    return words, Remedy({"lr": min(lr / 2, TrainConfig().lr)})
