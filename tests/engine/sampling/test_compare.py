"""Several models imagine futures of one clip with the same noise; one that cannot is told and the others go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from svg_studio.engine.checkpoints import checkpoint, model_cache
from svg_studio.engine.config import DataConfig, FuturesConfig, ModelConfig, TrainConfig
from svg_studio.engine.events import (
    ClipOpened,
    Event,
    FramesImagined,
    FutureSampled,
    FutureScored,
    ModelLeftOut,
    ModelOpened,
    OfModel,
    Progressed,
)
from svg_studio.engine.models.registry import build
from svg_studio.engine.sampling import latents, rollout
from svg_studio.engine.sampling.compare import compare
from svg_studio.engine.sampling.futures import explore

DATA = DataConfig(digits="drawn", num_digits=1)
SEEDS = [7, 3]


def model(path: Path, weights: int = 0, step: int = 1, data: DataConfig = DATA, **settings: object) -> Path:
    torch.manual_seed(weights)
    base = {"base_width": 2, "g_dim": 8, "z_dim": 3, "rnn_size": 8}
    config = TrainConfig(model=ModelConfig(**{**base, **settings}), data=data)  # type: ignore[arg-type]
    checkpoint.save(path, build(config.model), config, step)
    return path


def asked(path: str = "any", **settings: object) -> FuturesConfig:
    base = {"n_past": 3, "n_future": 4, "index": 5, "device": "cpu", "precision": "fp32"}
    return FuturesConfig(**{"model_path": path, **base, **settings})  # type: ignore[arg-type]


def said(models: Sequence[Path], seeds: Sequence[int] = SEEDS, **settings: object) -> list[Event]:
    return [e for e in compare(asked(**settings), models, seeds) if not isinstance(e, Progressed)]


def futures(events: list[Event], row: int) -> list[FutureSampled]:
    return [e.said for e in events if isinstance(e, OfModel) and e.row == row and isinstance(e.said, FutureSampled)]


def left_out(events: list[Event]) -> list[tuple[int, str]]:
    return [(e.row, e.why) for e in events if isinstance(e, ModelLeftOut)]


def test_that_each_model_says_what_explore_says_of_it(tmp_path: Path) -> None:
    models = [model(tmp_path / "a.pt"), model(tmp_path / "b.pt", 1, step=9)]
    events = said(models)
    kinds = [ModelOpened, *[FramesImagined] * 4, *[FutureSampled] * 2, *[FutureScored] * 2]
    assert [(e.row, type(e.said)) for e in events if isinstance(e, OfModel)] == [(row, kind) for row in (0, 1) for kind in kinds]
    assert [type(e) for e in events][:3] == [OfModel, ClipOpened, OfModel]
    assert sum(isinstance(e, ClipOpened) for e in events) == 1
    opened = [e.said for e in events if isinstance(e, OfModel) and isinstance(e.said, ModelOpened)]
    assert [(o.path, o.step) for o in opened] == [(models[0], 1), (models[1], 9)]


def test_that_rows_are_the_futures_that_the_wall_would_show_of_each(tmp_path: Path) -> None:
    models = [model(tmp_path / "a.pt"), model(tmp_path / "b.pt", 1)]
    events = said(models)
    for row, path in enumerate(models):
        for number, seed in enumerate(SEEDS):
            wall = next(e for e in explore(asked(str(path), seed=seed, n_futures=1)) if isinstance(e, FutureSampled))
            found = futures(events, row)[number]
            assert (found.number, found.seed) == (number, seed)
            assert np.abs(found.frames.astype(int) - wall.frames).max() <= 1


def test_that_models_with_the_same_z_dim_get_the_same_noise_by_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[torch.Tensor] = []
    real = latents.Latents

    class Watched(real):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)  # type: ignore[arg-type]
            drawn.append(self._noises)

    monkeypatch.setattr(rollout, "Latents", Watched)
    said([model(tmp_path / "a.pt"), model(tmp_path / "b.pt", 1, rnn_size=12, base_width=4), model(tmp_path / "c.pt", 2, z_dim=5)])
    assert torch.equal(drawn[0], drawn[1])
    assert drawn[2].shape[-1] == 5


def test_that_a_model_of_other_frames_is_told_in_a_sentence_and_the_others_go_on(tmp_path: Path) -> None:
    models = [model(tmp_path / "a.pt"), model(tmp_path / "wide.pt", image_width=128), model(tmp_path / "rgb.pt", channels=3)]
    events = said([*models, model(tmp_path / "d.pt", 1)])
    (one, wide), (two, colours) = left_out(events)
    assert (one, two) == (1, 2)
    assert "wide.pt: makes frames 128 px wide with 1 channel, and the clip's are 64 px wide with 1 channel" in wide
    assert "rgb.pt: makes frames 64 px wide with 3 channels" in colours
    assert [len(futures(events, row)) for row in range(4)] == [2, 0, 0, 2]


def test_that_a_file_that_is_no_model_and_one_that_is_gone_leave_the_others(tmp_path: Path) -> None:
    (tmp_path / "text.pt").write_text("no model")
    events = said([tmp_path / "text.pt", tmp_path / "gone.pt", model(tmp_path / "c.pt")])
    assert [row for row, _ in left_out(events)] == [0, 1]
    assert "there is no such file" in left_out(events)[1][1]
    assert len(futures(events, 2)) == 2


def test_that_a_clip_that_the_first_cannot_have_is_taken_by_the_next(tmp_path: Path) -> None:
    nowhere = DataConfig(dataset="bair", data_root=str(tmp_path / "nowhere"))
    events = said([model(tmp_path / "a.pt", data=nowhere), model(tmp_path / "b.pt")])
    assert [row for row, _ in left_out(events)] == [0]
    assert len(futures(events, 1)) == 2


def test_that_where_none_fits_each_is_told(tmp_path: Path) -> None:
    events = said([tmp_path / "a.pt", tmp_path / "b.pt"])
    assert [type(e) for e in events] == [ModelLeftOut] * 2


def test_that_no_more_models_than_two_are_kept_in_memory(tmp_path: Path) -> None:
    models = [model(tmp_path / f"{n}.pt", n) for n in range(5)]
    kept = [max(map(len, model_cache._kept.values())) for _ in compare(asked(), models, SEEDS)]
    assert max(kept) <= model_cache.KEPT_MODELS
