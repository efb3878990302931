"""Draws the previews of training: what the model makes of ten test clips, as PNG and GIF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from svg_studio.engine.events import Events, Frames, PreviewSaved, Progressed, read_only
from svg_studio.engine.export.grid import Tile, board, strip
from svg_studio.engine.models.registry import prior_of
from svg_studio.engine.models.svg import SVG
from svg_studio.engine.sampling.rollout import sample_batch
from svg_studio.engine.utils.files import needing_encoders
from svg_studio.engine.utils.frames import to_uint8

FPS = 4.0  # as the original: 0.25 s a frame


def make_previews(model: SVG, clips: Tensor, folder: Path, step: int, seed: int) -> Events:
    """Test clips `(n_eval, ≤ 10, C, H, W)` and the model in evaluation mode; writes sample_N.png, sample_N.gif, rec_N.png.

    A row a clip: the truth, and the futures that the prior's entry in PRIORS names, the best one by squared error.
    rec_N.png: the truth, and frames 1.. predicted from true inputs with z drawn from the posterior.
    """
    from svg_studio.engine.export.export import write_png, write_video

    with needing_encoders():  # before everything is sampled in vain
        import PIL.Image  # noqa: F401
    n_past, wanted = model.config.n_past, prior_of(model.config).previews
    seeds = range(seed, seed + wanted.candidates)
    imagined: list[Tensor] = []
    for frame in sample_batch(model, clips[:n_past], seeds, len(clips) - n_past):
        imagined.append(frame.cpu())  # (K, B, C, H, W)
        yield Progressed(len(imagined), len(clips) - n_past, "frames", "Preview")
    video = torch.stack(imagined)  # (T - n_past, K, B, C, H, W)
    shown = video[:, : len(wanted.titles)]
    if wanted.best_first:
        error = (video - clips[n_past:, None].cpu()).square().sum((0, 3, 4, 5))  # (K, B)
        best = error.argmin(0)  # (B,)
        order = torch.randperm(wanted.candidates, generator=torch.Generator().manual_seed(seed + step))
        at_best = video[:, best, torch.arange(len(best))][:, None]  # (T - n_past, 1, B, C, H, W)
        shown = torch.cat([at_best, video[:, order[: len(wanted.titles) - 1]]], dim=1)
    truth = to_uint8(clips)  # (T, B, H, W, C)
    past = to_uint8(clips[:n_past])
    frames = to_uint8(shown)
    rows = []
    for b in range(clips.shape[1]):
        row = [Tile(truth[:, b], len(clips), "truth")]
        for k, name in enumerate(wanted.titles):
            row.append(Tile(np.concatenate([past[:, b], frames[:, k, b]]), n_past, name))
        rows.append(row)
    png, gif = folder / f"sample_{step}.png", folder / f"sample_{step}.gif"
    mosaic = board(rows, captions=False)
    write_png(png, strip([tile.frames for row in rows for tile in row]))
    write_video(gif, mosaic, FPS, "gif")
    write_png(folder / f"rec_{step}.png", strip(_reconstruction(model, clips, seed)))
    yield PreviewSaved(step, png, gif, read_only(mosaic))


@torch.no_grad()
def _reconstruction(model: SVG, clips: Tensor, seed: int) -> list[Frames]:
    """Truth and one-step predictions, in turn, a clip after the other."""
    x = clips[: model.config.n_frames]
    generator = torch.Generator(x.device).manual_seed(seed)
    x_hat, _, _ = model.predict(x, generator=generator)
    both = torch.stack([x, torch.cat([x[:1], x_hat])])  # (2, T, B, C, H, W)
    return [*to_uint8(rearrange(both, "two t b c h w -> (b two) t c h w"))]
