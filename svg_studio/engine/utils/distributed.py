"""Lets several processes, as torchrun starts them, train one model together."""

from __future__ import annotations

import contextlib
import os
import socket
import time
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Awaited, Event, StepFinished

TIMEOUT = "SVG_STUDIO_PEER_TIMEOUT"  # environment variable: seconds that a process waits for the others
_TIMEOUT_S = 600.0
_PAUSE_S = 0.2  # between two looks at who has come
_ATTEMPT = timedelta(seconds=1)  # to reach the first process, which may not have been started yet
_HANGS_S = 5.0  # of waiting for one batch, after which a process may leave the others
_MOST_FILES = 1024
_MOST_PROCESSES = 100_000
_REMEDY = "start with torchrun, or take RANK, WORLD_SIZE and LOCAL_RANK out of the environment to train in one process"


class PeerLost(StudioError):
    """Another process of the group has gone, or does not answer."""


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
        with self.losing_peers():
            dist.all_reduce(total)
        return [float(v) for v in (total / self.size).tolist()]

    def stops_after(self, event: Event, wanted: bool) -> bool:
        """Whether the run ends after `event`: alone as soon as that is wanted, together after a step, when any process wants it.

        Before they have met, and while its data do not come, a process leaves alone.
        """
        if self.size == 1 or not dist.is_initialized():
            return wanted
        if isinstance(event, Awaited):
            return wanted and event.seconds > _HANGS_S
        return isinstance(event, StepFinished) and self.means([float(wanted)])[0] > 0

    def wait(self) -> None:
        """Until all processes have come this far."""
        if self.size > 1:
            with self.losing_peers():
                dist.barrier()

    def leave(self) -> None:
        """Breaks the connections to the others, from any thread: who waits for them here gets PeerLost. Nothing for one alone."""
        if self.size == 1 or not dist.is_initialized():
            return
        if dist.get_backend() == "nccl":
            dist.distributed_c10d._get_default_group().abort()
            return
        for number in range(3, _MOST_FILES):  # gloo waits on, whatever is asked of it, as long as its sockets are open
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(number)) as one:
                if one.family in (socket.AF_INET, socket.AF_INET6):
                    one.getpeername()  # raises for those that listen
                    one.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def losing_peers(self) -> Iterator[None]:
        """Around what is done together. Raises PeerLost where one of the others has gone."""
        try:
            yield
        except RuntimeError as error:  # also what backward passes raise, and dist.DistBackendError
            if self.size == 1 or not (isinstance(error, dist.DistError) or "gloo" in str(error)):
                raise
            raise PeerLost(
                f"process {self.rank + 1} of {self.size}: another process has gone or does not answer, so training stopped here; "
                "see what it said, then start all of them again"
            ) from error


ALONE = Group()


def group_from_environment() -> Group:
    """The group that torchrun's environment variables tell of, or one process alone. Raises StudioError where they contradict."""
    try:
        group = Group(*(int(os.environ.get(name, alone)) for name, alone in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))))
    except ValueError as error:
        raise StudioError(f"RANK, WORLD_SIZE and LOCAL_RANK: are to be whole numbers ({error}); {_REMEDY}") from error
    for name, place in (("RANK", group.rank), ("LOCAL_RANK", group.local_rank)):
        if not 0 <= place < group.size <= _MOST_PROCESSES:
            raise StudioError(f"{name}={place}: lies outside of WORLD_SIZE={group.size}; {_REMEDY}")
    if group.size > 1 and not dist.is_available():
        raise StudioError(f"WORLD_SIZE={group.size}: this PyTorch is built without torch.distributed; {_REMEDY}")
    return group


def _address() -> tuple[str, int]:
    """Where the first process waits for the others. Raises StudioError where the environment does not say so."""
    host, port = os.environ.get("MASTER_ADDR", "").strip(), os.environ.get("MASTER_PORT", "")
    if not host:
        raise StudioError(f"MASTER_ADDR: the environment does not say where the first process is; {_REMEDY}")
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 1 << 16):
        raise StudioError(f"MASTER_PORT={port}: is to be a port, such as 29500; {_REMEDY}")
    return host, int(port)


def _patience() -> float:
    """Seconds that a process waits for the others. Raises StudioError."""
    given = os.environ.get(TIMEOUT, "") or str(_TIMEOUT_S)
    with contextlib.suppress(ValueError):
        if 0 < (seconds := float(given)) <= 7 * 86400:
            return seconds
    raise StudioError(f"{TIMEOUT}={given}: is to be a number of seconds, such as 600")


@contextmanager
def process_group(group: Group, device: torch.device, store: Any) -> Iterator[None]:
    """While it lasts the processes of a group, which met at `store`, hear each other. Raises StudioError where they do not."""
    if store is None:
        yield
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    try:
        dist.init_process_group(
            "nccl" if device.type == "cuda" else "gloo",
            store=store,
            rank=group.rank,
            world_size=group.size,
            timeout=timedelta(seconds=_patience()),
        )
    except (RuntimeError, ValueError) as error:
        raise StudioError(f"the {group.size} processes do not hear each other ({_first_line(error)}); start all again") from error
    try:
        yield
    finally:
        with contextlib.suppress(RuntimeError):  # of those that have gone something was said already
            dist.destroy_process_group()


def meet(group: Group) -> Generator[Event, None, Any]:
    """Waits until all processes of a group are there; returns the store where they met, None for one alone.

    Yields Awaited at once, and until then every now and then; closing it ends the wait. Raises StudioError, which names
    those that are missing, when nobody came any more for as long as SVG_STUDIO_PEER_TIMEOUT says.
    """
    if group.size == 1:
        return None
    (host, port), most, begun = _address(), _patience(), time.monotonic()
    # torchrun's own process holds the store; where each process was started by hand the first one does.
    is_master = group.is_first and os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True"
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def awaited() -> Awaited:
        who = f"process {group.rank + 1} of {group.size}"
        return Awaited(f"{who} waits for the others at {place}, {most:g} seconds at most", time.monotonic() - begun)

    def check_time(missing: Sequence[int]) -> None:
        if time.monotonic() - begun < most:
            return
        who = ", ".join(map(str, missing[:8])) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
        raise StudioError(
            f"process {group.rank + 1} of {group.size}: waited {most:g} seconds at {place} and did not hear of RANK {who}; "
            f"start all {group.size} with the same MASTER_ADDR and MASTER_PORT, or set {TIMEOUT} to wait longer"
        )

    yield awaited()  # seconds about 0
    while True:
        try:
            store: Any = dist.TCPStore(  # type: ignore[attr-defined]  # which it documents
                host, port, group.size, is_master, timeout=_ATTEMPT, wait_for_workers=False
            )
            store.set_timeout(timedelta(seconds=most))
            break
        except (RuntimeError, ValueError) as error:
            if is_master:
                raise StudioError(
                    f"{place}: the first process cannot wait for the others there ({_first_line(error)}); "
                    "choose another MASTER_ADDR or MASTER_PORT"
                ) from error
            check_time([0])
        yield awaited()
        time.sleep(_PAUSE_S)
    with group.losing_peers():
        store.set(_mark(group.rank), "here")
        while missing := [rank for rank in range(group.size) if not store.check([_mark(rank)])]:
            check_time(missing)
            yield awaited()
            time.sleep(_PAUSE_S)
    return store


def _mark(rank: int) -> str:
    """What a process leaves at the store; torchrun starts all anew at the same one."""
    return f"svg_studio/{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}/{rank}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
