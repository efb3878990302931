"""Lets several processes, as torchrun starts them, train one model together."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Event, StepFinished


@dataclass(frozen=True)
class Group:
    """The place of this process among those that train together; alone it is the first of one."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0  # among those on this machine: the number of its GPU

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes, tests and makes previews."""
        return self.rank == 0

    def part(self, batch_size: int) -> slice:
        """Which clips of a batch are this process's: every clip is one process's, in order. Raises StudioError for none."""
        if batch_size < self.size:
            raise StudioError(f"batch_size={batch_size}: {self.size} processes want a clip each; raise it or start fewer of them")
        return slice(batch_size * self.rank // self.size, batch_size * (self.rank + 1) // self.size)

    def share(self, batch_size: int) -> float:
        """What a loss of this process's clips is multiplied with, so that the mean over processes is that over all clips."""
        part = self.part(batch_size)
        return float(part.stop - part.start) * self.size / batch_size

    def device(self, device: torch.device) -> torch.device:
        """A GPU of its own for each process of a machine. Raises StudioError where there are fewer than processes."""
        if self.size == 1 or device.type != "cuda":
            return device
        if self.local_rank >= torch.cuda.device_count():
            raise StudioError(
                f"process {self.local_rank + 1} of this machine finds {torch.cuda.device_count()} GPUs; lower --nproc-per-node"
            )
        return torch.device("cuda", self.local_rank)

    def wrap(self, model: nn.Module, *, sync_batchnorm: bool = False) -> nn.Module:
        """`model` so that backward passes average gradients over all processes; its own tensors, under other names."""
        if self.size == 1:
            return model
        device = next(model.parameters()).device
        if sync_batchnorm:
            if device.type != "cuda":
                raise StudioError("sync_batchnorm: works on GPUs only; leave it off")
            model = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
        # Of gradients whose strides differ in dimensions of size 1: nothing is copied for it.
        warnings.filterwarnings("ignore", "Grad strides do not match bucket view strides", UserWarning)
        return DistributedDataParallel(model, device_ids=[device.index] if device.type == "cuda" else None)

    def means(self, values: Sequence[float]) -> list[float]:
        """The mean of each value over all processes."""
        if self.size == 1:
            return list(values)
        device = torch.device("cuda", self.local_rank) if dist.get_backend() == "nccl" else torch.device("cpu")
        total = torch.tensor(values, dtype=torch.float64, device=device)
        dist.all_reduce(total)
        return [float(v) for v in (total / self.size).tolist()]

    def stops_after(self, event: Event, wanted: bool) -> bool:
        """Whether the run ends after `event`: alone as soon as that is wanted, together after a step, when any process wants it."""
        if self.size == 1 or not dist.is_initialized():
            return wanted
        return isinstance(event, StepFinished) and self.means([float(wanted)])[0] > 0

    def wait(self) -> None:
        """Until all processes have come this far."""
        if self.size > 1:
            dist.barrier()


ALONE = Group()


def group_from_environment() -> Group:
    """The group that torchrun's environment variables tell of, or one process alone. Raises StudioError where they contradict."""
    try:
        group = Group(*(int(os.environ.get(name, alone)) for name, alone in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))))
    except ValueError as error:
        raise StudioError(f"RANK, WORLD_SIZE and LOCAL_RANK: are to be numbers ({error}); start with torchrun") from error
    if not 0 <= group.rank < group.size:
        raise StudioError(f"RANK={group.rank}: lies outside of WORLD_SIZE={group.size}; start with torchrun")
    return group


@contextmanager
def process_group(group: Group, device: torch.device) -> Iterator[None]:
    """While it lasts the processes of a group can be heard by each other. Raises StudioError where they do not meet."""
    if group.size == 1:
        yield
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    try:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise StudioError(f"the {group.size} processes do not meet ({reason}); start them with torchrun") from error
    try:
        yield
    finally:
        dist.destroy_process_group()
