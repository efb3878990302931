"""The `generate` job: writes videos of the futures of many train and test clips."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from svg_studio.engine.checkpoints.checkpoint import Checkpoint
from svg_studio.engine.checkpoints.model_cache import open_model
from svg_studio.engine.config import DataConfig, SampleConfig
from svg_studio.engine.data.clips import open_clips, prepare
from svg_studio.engine.data.loader import batches
from svg_studio.engine.errors import StudioError
from svg_studio.engine.events import Event, Events, FileExported, Frames, Logged, Progressed, Remedy
from svg_studio.engine.export.export import write_video
from svg_studio.engine.export.grid import Tile, iter_board
from svg_studio.engine.metrics import psnr_ssim
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling.rollout import batch_statistics, reconstruct, sample_batch
from svg_studio.engine.utils.device import autocast, pick_device, pick_precision
from svg_studio.engine.utils.files import clear_parts, needing_encoders
from svg_studio.engine.utils.frames import to_float, to_uint8
from svg_studio.engine.utils.malloc import freed_buffers_kept
from svg_studio.engine.utils.workplace import Workplace

FPS = 4.0  # as the original: 0.25 s a frame
SHOWN = 3  # random futures beside the best one
ROWS = 400  # futures in flight at once, which bounds memory


def generate(config: SampleConfig, data: Mapping[str, Any] | None = None) -> Events:
    """Writes <split>_<i> for ceil(N / batch_size) · batch_size clips of each split that config.split names into config.log_dir.

    `data` replaces single settings of the checkpoint's data. Of each clip: truth, approximate posterior, the best of nsample
    futures by mean SSIM over the imagined frames (11×11 Gaussian window), and three random others.
    """
    device = pick_device(config.device)
    precision = pick_precision(config.precision, device)
    opened = open_model(config.model_path, device, batch_stats=config.batch_stats)
    found = opened.found
    wanted = config.data or DataConfig.from_dict({**found.config.data.to_dict(), **(data or {})})
    yield from prepare(wanted)
    folder = Path(config.log_dir).expanduser()
    with _held(folder), freed_buffers_kept():
        for split in ("train", "test") if config.split == "both" else (config.split,):
            yield from _Generation(config, found, opened.model, wanted, split, folder, device, precision).run()


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The folder for one job at a time. Finds out what is missing before hours of sampling, not after."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remedy = "wait for that one or choose another log_dir"
        place = Workplace(folder / ".generate.lock", folder, "writing futures here", remedy)
    except OSError as error:
        raise StudioError(f"{folder}: cannot be written ({error.strerror})", Remedy(other=("log_dir",))) from error
    with place:
        _require_libraries()
        clear_parts(folder, "train_*", "test_*")
        yield


def _require_libraries() -> None:
    with needing_encoders():
        import av  # noqa: F401
        import PIL.Image  # noqa: F401
    psnr_ssim.ssim(torch.rand(1, 1, 16, 16), torch.rand(1, 1, 16, 16))


@dataclass(frozen=True)
class _Generation:
    """One split's part of a `generate` job."""

    config: SampleConfig
    found: Checkpoint
    model: SVG
    data: DataConfig
    split: str
    folder: Path
    device: torch.device
    precision: str

    def run(self) -> Events:
        config, shape = self.config, self.found.config.model
        clips = open_clips(
            self.data,
            split=self.split,
            image_width=shape.image_width,
            channels=shape.channels,
            n_frames=config.n_past + config.n_future,
            seed=config.seed,
        )
        rounds = math.ceil(config.N / config.batch_size)
        source = batches(clips, config.batch_size, seed=config.seed, threads=config.num_threads, shuffle=False)
        with closing(source):
            for n in range(rounds):
                truth = next(source)  # uint8 (T, B, H, W, C)
                rows = yield from self._batch(truth, n, rounds)
                for b, tiles in enumerate(rows):
                    path = self.folder / f"{self.split}_{n * config.batch_size + b}.{config.format}"
                    write_video(path, iter_board(tiles, len(tiles), scale=2), FPS, config.format)
                    yield FileExported(path, path.stat().st_size)
        yield Logged(f"{self.split}: {rounds * config.batch_size} clips in {self.folder}")

    def _batch(self, frames: Frames, n: int, rounds: int) -> Generator[Event, None, list[list[Tile]]]:
        """The tiles of every clip of a batch."""
        config, n_past = self.config, self.config.n_past
        x = to_float(frames, self.device)  # (T, B, C, H, W)
        batch = x.shape[1]
        with autocast(self.device, self.precision), self._statistics():
            posterior = to_uint8(reconstruct(self.model, x, n_past))
        keep = np.random.Generator(np.random.Philox(key=(config.seed, n)))
        random = [keep.permutation(config.nsample)[:SHOWN] for _ in range(batch)]  # which futures of each clip are shown
        best_ssim = torch.full((batch,), -math.inf)
        best: list[tuple[int, Frames] | None] = [None] * batch
        others: list[dict[int, Frames]] = [{} for _ in range(batch)]
        chunk = 1 if config.batch_stats else max(1, ROWS // batch)
        for start in range(0, config.nsample, chunk):
            numbers = range(start, min(start + chunk, config.nsample))
            done = n * config.nsample + start, rounds * config.nsample
            futures = yield from self._futures(x[:n_past], [config.seed + k for k in numbers], *done)  # (T', K, B, C, H, W)
            scores = self._ssim(futures, x[n_past:])  # (K, B)
            video = to_uint8(futures)
            for b in range(batch):
                top = int(scores[:, b].argmax())
                if scores[top, b] > best_ssim[b]:
                    best_ssim[b] = scores[top, b]
                    best[b] = (numbers[top], video[:, top, b].copy())
                for number in set(numbers) & set(random[b].tolist()):
                    others[b][number] = video[:, number - start, b].copy()
        return [self._tiles(frames[:, b], posterior[:, b], best[b], float(best_ssim[b]), others[b]) for b in range(batch)]

    def _statistics(self) -> AbstractContextManager[None]:
        """Entered anew for each frame, so that it does not outlive this generator's turn."""
        return batch_statistics(self.model) if self.config.batch_stats else nullcontext()

    def _futures(self, past: Tensor, seeds: list[int], done: int, total: int) -> Generator[Event, None, Tensor]:
        """`(T', K, B, C, H, W)`; says after every frame how many futures are done, so that it can be stopped there."""
        frames = []
        work = sample_batch(self.model, past, seeds, self.config.n_future)
        for _ in range(self.config.n_future):
            with autocast(self.device, self.precision), self._statistics():
                frames.append(next(work).float())
            yield Progressed(done, total, "futures", f"Sampling {self.split} clips")
        return torch.stack(frames)

    def _ssim(self, futures: Tensor, truth: Tensor) -> Tensor:
        """Mean over the imagined frames: futures (T', K, B, C, H, W), truth (T', B, C, H, W) → (K, B)."""
        scores = [
            psnr_ssim.ssim(frame.flatten(0, 1), true.repeat(frame.shape[0], 1, 1, 1))
            for frame, true in zip(futures, truth, strict=True)
        ]
        return torch.stack(scores).mean(0).reshape(futures.shape[1:3]).cpu()

    def _tiles(
        self, truth: Frames, posterior: Frames, best: tuple[int, Frames] | None, ssim: float, others: dict[int, Frames]
    ) -> list[Tile]:
        n_past, seed = self.config.n_past, self.config.seed

        def tile(imagined: Frames, caption: str) -> Tile:
            return Tile(np.concatenate([truth[:n_past], imagined]), n_past, caption)

        tiles = [Tile(truth, len(truth), "truth"), Tile(posterior, n_past, "posterior")]
        if best is not None:
            tiles.append(tile(best[1], f"best, SSIM {ssim:.2f}"))
        return tiles + [tile(others[k], f"seed {seed + k}") for k in sorted(others)]
