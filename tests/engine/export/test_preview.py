"""Previews of exports: what will be written, no larger than there is room for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.events import ExportPreviewed
from svg_studio.engine.export import preview as module
from svg_studio.engine.export.export import export
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.preview import fitted, preview

ROOM = (320, 320)


def tiles(count: int, n_frames: int = 5, width: int = 16) -> tuple[Tile, ...]:
    rng = np.random.default_rng(0)
    return tuple(
        Tile(rng.integers(0, 255, (n_frames, width, width, 1), np.uint8), 2, f"seed {n} · SSIM 0.50") for n in range(count)
    )


def made(config: ExportConfig, some: tuple[Tile, ...], room: tuple[int, int] = ROOM) -> list[ExportPreviewed]:
    events = list(preview(config, some, room))
    assert all(isinstance(event, ExportPreviewed) for event in events)
    return events  # type: ignore[return-value]


@pytest.mark.parametrize("count, scale, captions", [(1, 2, True), (5, 3, True), (7, 1, False)])
def test_that_a_preview_has_the_size_and_the_frames_of_the_gif(tmp_path: Path, count: int, scale: int, captions: bool) -> None:
    from PIL import Image, ImageSequence

    config = ExportConfig(path=str(tmp_path / "a.gif"), scale=scale, captions=captions)
    events = made(config, tiles(count))
    list(export(config, tiles(count)))
    with Image.open(tmp_path / "a.gif") as file:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(file)]
    assert [event.t for event in events] == list(range(5))
    assert {(event.size, event.n_frames) for event in events} == {(frames[0].shape[:2], 5)}
    for event, frame in zip(events, frames, strict=True):
        np.testing.assert_allclose(event.frame.astype(int), frame.astype(int), atol=1)


def test_that_a_preview_of_a_strip_is_the_strip(tmp_path: Path) -> None:
    from PIL import Image

    config = ExportConfig(path=str(tmp_path / "a.png"), format="png", scale=1)
    (event,) = made(config, tiles(2))
    list(export(config, tiles(2)))
    with Image.open(tmp_path / "a.png") as file:
        np.testing.assert_array_equal(event.frame, np.asarray(file.convert("RGB")))
    assert event.size == event.frame.shape[:2]


def test_that_an_mp4_has_even_sides() -> None:
    (event, *_) = made(ExportConfig(path="a.mp4", format="mp4", scale=1, borders=False), tiles(2, width=15))
    assert event.size[0] % 2 == event.size[1] % 2 == 0
    assert event.frame.shape[:2] == event.size


def test_that_a_preview_is_bounded_in_size_and_number_and_tells_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PIXELS", 40_000)
    composed: list[int] = []
    monkeypatch.setattr(module, "fitted", lambda picture, room: composed.append(picture.size // 3) or fitted(picture, room))
    config = ExportConfig(path="a.gif", scale=16)
    events = made(config, tiles(4, n_frames=200), (50, 80))
    assert len(events) == module.MOST_FRAMES
    assert max(composed) <= 2 * 40_000, "captions do not shrink with the tiles"
    assert all(event.frame.shape[0] <= 50 and event.frame.shape[1] <= 80 for event in events)
    assert events[0].n_frames == 200
    assert min(events[0].size) > 2 * 16 * 16


def test_that_arrays_have_no_preview() -> None:
    assert made(ExportConfig(path="a.npz", format="npz"), tiles(2)) == []
