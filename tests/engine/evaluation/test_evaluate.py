"""The figures of `evaluate` are those of a plain reckoning over all samples, however the work is cut."""

from __future__ import annotations

import csv
import itertools
import json
import math
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.metrics import structural_similarity
from support.alexnet import alexnet, theirs
from support.fake_source import frames_of, small_store

from svg_studio.cli import main as cli
from svg_studio.cli.terminal import Terminal
from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.config import MAX_MODELS, ConfigError, DataConfig, EvaluateConfig, ModelConfig, TrainConfig
from svg_studio.engine.data.clips import open_clips
from svg_studio.engine.data.stored_clips import StoredClips
from svg_studio.engine.errors import Busy, DataError, ExportError, StudioError
from svg_studio.engine.evaluation import evaluate as evaluation
from svg_studio.engine.evaluation import progress as evaluation_state
from svg_studio.engine.evaluation import report as report_files
from svg_studio.engine.evaluation import scorer
from svg_studio.engine.evaluation.evaluate import evaluate
from svg_studio.engine.evaluation.figure import COLOURS, encode, missing
from svg_studio.engine.events import CurvesUpdated, EvaluationFinished, EvaluationStarted, Event, FutureSampled, Logged, Progressed
from svg_studio.engine.models.registry import build
from svg_studio.engine.sampling.rollout import batch_statistics, futures, reconstruct, sample_batch
from svg_studio.engine.sampling.surprise import batch_surprise, surprise
from svg_studio.engine.utils.frames import to_float
from svg_studio.ui.evaluate.results_file import read as read_results

N_PAST, N_FUTURE, SAMPLES, SEED, CLIPS = 2, 3, 5, 4, 3


def model_file(path: Path, seed: int = 0, data: DataConfig | None = None, **settings: Any) -> str:
    torch.manual_seed(seed)
    shape = ModelConfig(**{"base_width": 2, "g_dim": 8, "z_dim": 3, "rnn_size": 8, "n_past": N_PAST, "n_future": 2, **settings})
    config = TrainConfig(model=shape, data=data or DataConfig(digits="drawn"), n_eval=N_PAST + N_FUTURE)
    model = build(shape)
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(4)
    path.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.save(path, model, config, 3 + seed)
    return str(path)


@pytest.fixture(autouse=True)
def no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))


@pytest.fixture
def a(tmp_path: Path) -> str:
    return model_file(tmp_path / "a.pt")


def ask(*models: str, **settings: Any) -> EvaluateConfig:
    base = {"nsample": SAMPLES, "N": CLIPS, "batch_size": 2, "device": "cpu", "precision": "fp32", "seed": SEED}
    return EvaluateConfig(**{**base, "model_path": models, "log_dir": str(Path(models[0]).parent / "out"), **settings})


def run(config: EvaluateConfig) -> tuple[list[Event], dict[str, Any]]:
    events = list(evaluate(config))
    return events, json.loads((Path(config.log_dir) / "evaluation.json").read_text(encoding="utf-8"))


def of_kind(events: list[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def curves(found: dict[str, Any], model: str = "a") -> dict[tuple[str, str], tuple[list[float], list[float]]]:
    return {(c["metric"], c["statistic"]): (c["mean"], c["interval"]) for c in found["curves"] if c["model"] == model}


# ---- a plain reckoning


def clip_frames(n: int = CLIPS, length: int = N_PAST + N_FUTURE, channels: int = 1) -> torch.Tensor:
    clips = open_clips(DataConfig(digits="drawn"), split="test", image_width=64, channels=channels, n_frames=length, seed=SEED)
    return to_float(clips.batch(range(n)))  # (T, N, C, H, W)


def videos(model_path: str, x: torch.Tensor) -> np.ndarray:
    """Every sample of every clip by itself: (N, K, T', C, H, W), float64."""
    model = checkpoint.load_model(model_path)
    out = [
        [torch.stack(list(sample_batch(model, x[:N_PAST, i : i + 1], [SEED + k], N_FUTURE)))[:, 0, 0] for k in range(SAMPLES)]
        for i in range(x.shape[1])
    ]
    return torch.stack([torch.stack(row) for row in out]).double().numpy()


def plain_psnr(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean([10 * math.log10(1 / np.mean((p - q) ** 2)) for p, q in zip(x, y, strict=True)]))


def plain_ssim_literature(x: np.ndarray, y: np.ndarray) -> float:
    settings: dict[str, Any] = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    images = [structural_similarity(p, q, win_size=11, full=True, **settings)[1] for p, q in zip(x, y, strict=True)]
    return float(np.mean([image[5:-5, 5:-5].mean() for image in images]))


def plain_ssim_original(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean([structural_similarity(p, q, data_range=2.0) for p, q in zip(x, y, strict=True)]))


PLAIN = {"psnr": plain_psnr, "ssim_literature": plain_ssim_literature, "ssim_original": plain_ssim_original}


def summary(per_clip: list[list[float]]) -> tuple[list[float], list[float]]:
    values = np.array(per_clip)  # (N, T')
    return values.mean(0).tolist(), (1.96 * values.std(0, ddof=1) / math.sqrt(len(values))).tolist()


def plainly(model_path: str, channels: int = 1) -> dict[tuple[str, str], tuple[list[float], list[float]]]:
    x = clip_frames(channels=channels)
    sampled, truth = videos(model_path, x), x[N_PAST:].double().numpy()  # truth (T', N, C, H, W)
    posterior = reconstruct(checkpoint.load_model(model_path), x, N_PAST)[N_PAST:].double().numpy()
    out = {}
    for name, metric in PLAIN.items():
        scores = np.array([
            [[metric(sampled[i, k, t], truth[t, i]) for t in range(N_FUTURE)] for k in range(SAMPLES)] for i in range(CLIPS)
        ])  # (N, K, T')  # fmt: skip
        means = scores.mean(2)
        out[name, "best"] = summary([scores[i, means[i].argmax()].tolist() for i in range(CLIPS)])
        out[name, "worst"] = summary([scores[i, means[i].argmin()].tolist() for i in range(CLIPS)])
        out[name, "average"] = summary([scores[i].mean(0).tolist() for i in range(CLIPS)])
        out[name, "posterior"] = summary([[metric(posterior[t, i], truth[t, i]) for t in range(N_FUTURE)] for i in range(CLIPS)])
    pairs = list(itertools.combinations(range(SAMPLES), 2))
    out["squared_distance", "diversity"] = summary(
        [
            [float(np.mean([((sampled[i, p, t] - sampled[i, q, t]) ** 2).mean() for p, q in pairs])) for t in range(N_FUTURE)]
            for i in range(CLIPS)
        ]
    )
    model = checkpoint.load_model(model_path)
    out["surprise", "truth"] = summary([surprise(model, x[:, i])[N_PAST:].tolist() for i in range(CLIPS)])
    return out


def assert_same(found: dict, expected: dict, rel: float = 1e-4) -> None:
    assert set(found) == set(expected)
    for key, (mean, interval) in expected.items():
        assert found[key][0] == pytest.approx(mean, rel=rel, abs=1e-7), key
        assert found[key][1] == pytest.approx(interval, rel=20 * rel, abs=1e-6), key


@pytest.mark.parametrize("channels,prior", [(1, "learned"), (3, "fixed")])
def test_that_curves_are_those_of_a_plain_reckoning(
    tmp_path: Path, channels: int, prior: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorer, "ROWS", 4)  # two samples of two clips at a time
    path = model_file(tmp_path / "a.pt", channels=channels, prior=prior)
    expected = plainly(path, channels)
    _, found = run(ask(path))
    assert_same(curves(found), expected)
    best = {name: expected[name, "best"][0] for name in PLAIN}
    assert all(expected[n, "worst"][0] < best[n] for n in PLAIN)  # the samples are not all alike


def test_that_samples_are_the_futures_of_the_window(a: str) -> None:
    x = clip_frames()
    model, per_clip = checkpoint.load_model(a), []
    for i in range(CLIPS):
        seeds = [SEED + k for k in range(SAMPLES)]
        wall = [e for e in futures(model, x[:N_PAST, i], seeds, N_FUTURE) if isinstance(e, FutureSampled)]
        frames = [to_float(e.frames[N_PAST:]).double().numpy() for e in wall]
        truth = x[N_PAST:, i].double().numpy()
        per_clip.append(np.mean([[plain_psnr(f[t], truth[t]) for t in range(N_FUTURE)] for f in frames], 0).tolist())
    _, found = run(ask(a))
    assert curves(found)["psnr", "average"][0] == pytest.approx(summary(per_clip)[0], abs=1e-3)  # the window rounds to 1/255


def test_that_the_best_sample_is_chosen_for_each_metric_by_itself(tmp_path: Path) -> None:
    path = model_file(tmp_path / "a.pt", seed=1)
    x = clip_frames()
    sampled, truth = videos(path, x), x[N_PAST:].double().numpy()
    chosen = {
        name: [
            int(np.argmax([np.mean([metric(sampled[i, k, t], truth[t, i]) for t in range(N_FUTURE)]) for k in range(SAMPLES)]))
            for i in range(CLIPS)
        ]
        for name, metric in PLAIN.items()
    }
    assert chosen["psnr"] != chosen["ssim_original"]  # or this test could not tell
    _, found = run(ask(path))
    for name, metric in PLAIN.items():
        expected = summary([[metric(sampled[i, k, t], truth[t, i]) for t in range(N_FUTURE)] for i, k in enumerate(chosen[name])])
        assert curves(found)[name, "best"][0] == pytest.approx(expected[0], rel=1e-4)


def test_that_lpips_joins_where_its_weights_are(a: str, tmp_path: Path) -> None:
    torch.save(alexnet(), tmp_path / "alexnet.pth")
    events, found = run(ask(a, lpips_weights=str(tmp_path / "alexnet.pth")))
    assert not [e for e in of_kind(events, Logged) if "LPIPS" in e.text]
    assert found["lpips"] == "computed"
    assert "AlexNet" in found["metrics"]["lpips"]["convention"]
    assert found["metrics"]["lpips"]["higher_is_better"] is False
    net, x = theirs(), clip_frames()
    sampled, truth = torch.from_numpy(videos(a, x)).float(), x[N_PAST:]

    def distance(p: torch.Tensor, q: torch.Tensor) -> float:
        return float(net(*(v[None].expand(-1, 3, -1, -1) for v in (p, q)), normalize=True))

    scores = np.array([
        [[distance(sampled[i, k, t], truth[t, i]) for t in range(N_FUTURE)] for k in range(SAMPLES)] for i in range(CLIPS)
    ])  # fmt: skip
    means = scores.mean(2)
    expected = {
        "best": [scores[i, means[i].argmin()].tolist() for i in range(CLIPS)],
        "worst": [scores[i, means[i].argmax()].tolist() for i in range(CLIPS)],
        "average": [scores[i].mean(0).tolist() for i in range(CLIPS)],
        "diversity": [
            [
                float(np.mean([distance(p, q) for p, q in itertools.combinations(sampled[i, :, t], 2)]))
                for t in range(N_FUTURE)
            ]
            for i in range(CLIPS)
        ],
    }  # fmt: skip
    for statistic, per_clip in expected.items():
        mean, interval = curves(found)["lpips", statistic]
        assert mean == pytest.approx(summary(per_clip)[0], rel=1e-3, abs=1e-6), statistic
        assert interval == pytest.approx(summary(per_clip)[1], rel=2e-2, abs=1e-6), statistic
    posterior = reconstruct(checkpoint.load_model(a), x, N_PAST)[N_PAST:]
    plain = [[distance(posterior[t, i], truth[t, i]) for t in range(N_FUTURE)] for i in range(CLIPS)]
    assert curves(found)["lpips", "posterior"][0] == pytest.approx(summary(plain)[0], rel=1e-3)


def test_that_absent_lpips_is_said_once_and_written_down(a: str) -> None:
    events, found = run(ask(a))
    said = [e.text for e in of_kind(events, Logged) if "LPIPS" in e.text]
    assert len(said) == 1
    assert found["lpips"] == said[0] == of_kind(events, EvaluationStarted)[0].lpips
    assert "lpips" not in found["metrics"]


# ---- however the work is cut


@pytest.mark.parametrize("batch_size,rows", [(1, 400), (3, 1), (3, 7), (8, 400)])
def test_that_batches_and_chunks_change_nothing(a: str, batch_size: int, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _, one = run(ask(a))
    monkeypatch.setattr(scorer, "ROWS", rows)
    _, other = run(ask(a, batch_size=batch_size))
    assert_same(curves(other), curves(one), rel=1e-5)


def test_that_futures_in_flight_are_bounded(a: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorer, "ROWS", 6)
    seen = []

    def spy(model: Any, past: torch.Tensor, seeds: list[int], horizon: int) -> Iterator[torch.Tensor]:
        seen.append(past.shape[1] * len(seeds))
        return sample_batch(model, past, seeds, horizon)

    rebuilt = []
    monkeypatch.setattr(scorer, "sample_batch", spy)
    monkeypatch.setattr(scorer, "reconstruct", lambda m, x, n: rebuilt.append(x.shape[1]) or reconstruct(m, x, n))
    run(ask(a, nsample=11))
    assert max(seen) == 6
    assert sum(seen) == 11 * CLIPS
    assert max(rebuilt) * (N_PAST + N_FUTURE) <= 6
    assert sum(rebuilt) == CLIPS


def test_that_what_is_kept_does_not_grow_with_the_clips(a: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    save = evaluation_state.save

    def spy(folder: Path, *rest: Any) -> None:
        save(folder, *rest)
        sizes.append((folder / evaluation_state.NAME).stat().st_size)

    monkeypatch.setattr(evaluation_state, "save", spy)
    run(ask(a, N=12, batch_size=1))
    assert len(sizes) == 12
    assert max(sizes[1:]) < 1.1 * min(sizes[1:])


def test_that_checkpoints_meet_the_same_clips_and_noise(a: str, tmp_path: Path) -> None:
    b = model_file(tmp_path / "b.pt", seed=1)
    _, both = run(ask(a, b))
    _, alone = run(ask(b, log_dir=str(tmp_path / "alone")))
    assert curves(both, "b") == curves(alone, "b")
    assert curves(both, "a") != curves(both, "b")
    _, twice = run(ask(a, a))
    assert curves(twice, "a") == curves(twice, "a (2)") == curves(both, "a")


# ---- stopping and going on


FILES = ("evaluation.json", "evaluation.csv", "curves.png", "curves.pdf", "curves.svg")


def whole(out: Path) -> list[bytes]:
    return [(out / name).read_bytes() for name in FILES]


def stopped_after(config: EvaluateConfig, kind: type, count: int) -> list[Event]:
    seen: list[Event] = []
    with closing(evaluate(config)) as events:
        for event in events:
            seen.append(event)
            if len(of_kind(seen, kind)) == count:
                return seen
    raise AssertionError("ended by itself")


@pytest.mark.parametrize(
    "kind,count", [(CurvesUpdated, 1), (CurvesUpdated, 2), (CurvesUpdated, 3), (Progressed, 6), (Progressed, 2)]
)
def test_that_a_stopped_evaluation_goes_on_to_the_same_files(a: str, tmp_path: Path, kind: type, count: int) -> None:
    config = ask(a, model_file(tmp_path / "b.pt", seed=1))
    out = Path(config.log_dir)
    run(config)
    expected = whole(out)
    for name in FILES:
        (out / name).unlink()
    stopped_after(config, kind, count)
    assert not (out / "evaluation.json").exists()
    run(config)
    assert whole(out) == expected
    assert {p.name for p in out.iterdir()} == set(FILES)


def test_that_finished_batches_are_not_done_again(a: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config = ask(a, batch_size=1)
    stopped_after(config, CurvesUpdated, 2)
    sampled = []

    def spy(model: Any, past: torch.Tensor, seeds: list[int], horizon: int) -> Iterator[torch.Tensor]:
        sampled.append(past)
        return sample_batch(model, past, seeds, horizon)

    monkeypatch.setattr(scorer, "sample_batch", spy)
    events, _ = run(config)
    assert len(sampled) == 1
    assert torch.equal(sampled[0], clip_frames()[:N_PAST, 2:3])
    started = of_kind(events, EvaluationStarted)[0]
    assert (started.done, started.clips) == (2, 3)
    assert any("goes on" in e.text for e in of_kind(events, Logged))
    at = events.index(started)
    again = next(e for e in events[at:] if isinstance(e, CurvesUpdated))  # what was found before is shown at once
    assert again.clips == 2


@pytest.mark.parametrize(
    "change", [{"seed": 9}, {"nsample": 4}, {"N": 4}, {"n_past": 3}, {"n_future": 2}, {"ssim": "original"}, {"batch_size": 1}]
)
def test_that_other_settings_begin_anew(a: str, change: dict[str, Any]) -> None:
    stopped_after(ask(a), CurvesUpdated, 1)
    events, _ = run(ask(a, **change))
    assert of_kind(events, EvaluationStarted)[0].done == 0
    assert any("begun anew" in e.text for e in of_kind(events, Logged))


def test_that_another_checkpoint_or_other_clips_begin_anew(a: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped_after(ask(a), CurvesUpdated, 1)
    model_file(Path(a), seed=1)
    assert of_kind(stopped_after(ask(a), CurvesUpdated, 1), EvaluationStarted)[0].done == 0
    data = DataConfig(digits="drawn", num_digits=1)
    assert of_kind(stopped_after(ask(a, data=data), CurvesUpdated, 1), EvaluationStarted)[0].done == 0
    assert of_kind(stopped_after(ask(a, data=data), CurvesUpdated, 1), EvaluationStarted)[0].done == 2  # the same: it goes on
    monkeypatch.setattr(evaluation, "open_clips", lambda data, **k: open_clips(data, **{**k, "seed": 77}))
    assert of_kind(stopped_after(ask(a, data=data), CurvesUpdated, 1), EvaluationStarted)[0].done == 0


def test_that_another_place_of_the_same_files_goes_on(a: str, tmp_path: Path) -> None:
    stopped_after(ask(a), CurvesUpdated, 1)
    (tmp_path / "moved").mkdir()
    moved = Path(a).rename(tmp_path / "moved" / "a.pt")
    events, _ = run(ask(str(moved), log_dir=str(tmp_path / "out")))
    assert of_kind(events, EvaluationStarted)[0].done == 2


def cut(text: str) -> str:
    return text[: len(text) // 2]


def swapped(text: str, **change: Any) -> str:
    return json.dumps({**json.loads(text), **change})


def first_row(text: str, **change: Any) -> str:
    content = json.loads(text)
    content["curves"][0] |= change
    return json.dumps(content)


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        lambda text: "",
        lambda text: "[]",
        lambda text: "[" * 100_000,
        lambda text: swapped(text, units=99),
        lambda text: swapped(text, units=0),
        lambda text: swapped(text, units=-1),
        lambda text: swapped(text, units="many"),
        lambda text: swapped(text, curves=[]),
        lambda text: swapped(text, curves={}),
        lambda text: first_row(text, mean=[1.0]),
        lambda text: first_row(text, count=None),
        lambda text: first_row(text, count=7),
        lambda text: first_row(text, model="z"),
        lambda text: first_row(text, metric="taste"),
        lambda text: first_row(text, metric=["psnr"]),
    ],
)
def test_that_a_damaged_progress_file_is_not_believed(a: str, damage: Any) -> None:
    config = ask(a)
    stopped_after(config, CurvesUpdated, 1)
    path = Path(config.log_dir) / evaluation_state.NAME
    path.write_text(damage(path.read_text()))
    events = stopped_after(config, EvaluationStarted, 1)
    assert of_kind(events, EvaluationStarted)[0].done == 0


def test_that_two_evaluations_do_not_share_a_folder(a: str) -> None:
    with closing(evaluate(ask(a))) as first:
        next(event for event in first if isinstance(event, EvaluationStarted))
        with pytest.raises(Busy, match=rf"process {os.getpid()} on .* has been writing an evaluation here since .*; wait"):
            list(evaluate(ask(a)))
    run(ask(a))


# ---- what is said and written


def test_that_events_carry_what_a_page_needs(a: str, tmp_path: Path) -> None:
    events, found = run(ask(a, model_file(tmp_path / "b.pt", seed=1)))
    started = of_kind(events, EvaluationStarted)[0]
    assert [(m.name, m.step, m.path.name, m.n_past) for m in started.models] == [("a", 3, "a.pt", 2), ("b", 4, "b.pt", 2)]
    assert (started.clips, started.samples, started.n_past, started.n_future) == (CLIPS, SAMPLES, N_PAST, N_FUTURE)
    assert [m.key for m in started.metrics] == ["psnr", "ssim_literature", "ssim_original", "squared_distance", "surprise"]
    updates = of_kind(events, CurvesUpdated)
    assert [(u.model, u.clips) for u in updates] == [("a", 2), ("b", 2), ("a", 3), ("b", 3)]
    for update in updates[2:]:
        assert {k: (list(m), list(i)) for k, (m, i) in update.curves.items()} == curves(found, update.model)
        assert set(update.overall) == set(update.curves) == {(m.key, s) for m in started.metrics for s in m.statistics}
        mean, _ = update.overall["psnr", "best"]
        assert mean == pytest.approx(np.mean(update.curves["psnr", "best"][0]))
    assert updates[-1].seconds_left == 0
    assert all(u.seconds_left > 0 for u in updates[:-1])
    progress = of_kind(events, Progressed)
    assert [p.done for p in progress] == sorted(p.done for p in progress)
    assert (progress[0].done, progress[-1].done, {p.total for p in progress}) == (0, 6, {6})
    assert {p.unit for p in progress} == {"clips"}
    finished = of_kind(events, EvaluationFinished)[0]
    out = tmp_path / "out"
    assert (finished.json, finished.csv, finished.png, finished.pdf, finished.svg) == tuple(out / name for name in FILES)
    assert all((out / name).is_file() for name in FILES)
    assert events[-1] is finished


def test_that_the_json_says_how_it_was_made(a: str) -> None:
    _, found = run(ask(a, N=2))
    assert found["format"] == "svg-studio evaluation"
    assert found["t"] == [2, 3, 4]
    assert "11×11 Gaussian window, sigma 1.5, data range 1" in found["metrics"]["ssim_literature"]["convention"]
    assert "7×7 uniform window, data range 2" in found["metrics"]["ssim_original"]["convention"]
    assert "mean over channels" in found["metrics"]["psnr"]["convention"]
    assert "1.96" in found["interval"]
    model = found["models"][0]
    assert (model["name"], model["step"], model["path"]) == ("a", 3, a)
    assert model["model"]["z_dim"] == 3
    assert found["settings"]["seed"] == SEED
    assert found["settings"]["data"]["digits"] == "drawn"
    assert found["versions"]["torch"] == torch.__version__
    assert found["versions"]["svg-studio"]
    assert found["clips"] == {"split": "test", "asked": 2, "evaluated": 2, "sequences_too_short": 0}
    assert set(found["statistics"]) == {"best", "average", "worst", "posterior", "diversity", "truth"}


def test_that_the_table_is_tidy(a: str) -> None:
    _, found = run(ask(a))
    with (Path(a).parent / "out" / "evaluation.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["model", "metric", "convention", "statistic", "t", "mean", "interval", "n"]
    assert len(rows) == N_FUTURE * len(found["curves"])
    for row in rows:
        mean, interval = curves(found)[row["metric"], row["statistic"]]
        t = int(row["t"]) - N_PAST
        assert (float(row["mean"]), float(row["interval"]), row["n"]) == (mean[t], interval[t], str(CLIPS))
        assert row["convention"] == found["metrics"][row["metric"]]["convention"]


def test_that_the_plot_has_a_line_of_each_models_colour(a: str, tmp_path: Path) -> None:
    run(ask(a, model_file(tmp_path / "b.pt", seed=1)))
    picture = np.asarray(Image.open(tmp_path / "out" / "curves.png").convert("RGB"))
    height, width, _ = picture.shape
    panel = picture[: height // 2, : width // 3]  # within the first
    for colour in COLOURS[:2]:
        assert (panel == tuple(bytes.fromhex(colour[1:]))).all(-1).sum() > 100
    assert not (panel == tuple(bytes.fromhex(COLOURS[2][1:]))).all(-1).any()


def test_that_panels_say_what_they_are_of(a: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(report_files, "encode", lambda paper: drawn.append(paper) or encode(paper))
    _, found = run(ask(a, batch_size=3, batch_stats=True))
    (paper,) = drawn
    titles = [axes.get_title(loc="left") for axes in paper.axes]
    assert titles == [
        "PSNR (dB), higher is better",
        "SSIM, higher is better",
        "SSIM, higher is better",
        "Diversity of samples: squared distance",
        "Surprise (nats)",
    ]
    said = [axes.texts[0].get_text().replace("\n", " ") for axes in paper.axes]
    assert said == [metric["convention"] for metric in found["metrics"].values()]
    best = next(line for line in paper.axes[0].lines if line.get_linestyle() == "-")
    assert best.get_ydata().tolist() == curves(found)["psnr", "best"][0]
    assert best.get_xdata().tolist() == found["t"]
    names = [text.get_text().replace("\n", " ") for text in paper.legends[0].get_texts()]
    assert names == ["a", "", "best of 5", "average", "worst of 5", "posterior's reconstruction"]
    note = paper.get_supxlabel().replace("\n", " ")
    assert note.startswith("3 test clips, 5 samples of each; bands: 95 % interval, 1.96 · std / √n over clips")
    assert "one sample of each at a time" in note


def test_that_without_matplotlib_the_figures_are_written_and_the_curves_asked_for(
    a: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    events, found = run(ask(a))
    assert {c["n"] for c in found["curves"]} == {CLIPS}
    out = Path(a).parent / "out"
    assert {p.name for p in out.iterdir()} == {"evaluation.json", "evaluation.csv"}
    at = next(i for i, event in enumerate(events) if isinstance(event, EvaluationStarted))
    assert [e.text for e in of_kind(events[:at], Logged) if e.level == "warning"] == [missing()]  # before hours of sampling
    with Terminal() as terminal:
        terminal.show(events[-1])
    assert capsys.readouterr().err.split() == [str(out / "evaluation.json"), str(out / "evaluation.csv")]


def test_that_one_clip_and_one_sample_are_enough(a: str) -> None:
    events, found = run(ask(a, N=1, nsample=1))
    assert {m.key for m in of_kind(events, EvaluationStarted)[0].metrics} == {
        "psnr",
        "ssim_literature",
        "ssim_original",
        "surprise",
    }
    assert curves(found)["psnr", "best"][1] == [None] * N_FUTURE
    assert curves(found)["psnr", "best"] == curves(found)["psnr", "worst"] == curves(found)["psnr", "average"]


@pytest.mark.parametrize("rows", [1, 400])
def test_that_batch_statistics_are_of_one_sample_of_each_clip_of_a_batch(
    a: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorer, "ROWS", rows)
    x, model, per_clip, posteriors, spread = clip_frames(4), checkpoint.load_model(a), [], [], []
    surprises: list[list[float]] = []
    for some in x.split(2, dim=1):
        truth = some[N_PAST:].double().numpy()
        with batch_statistics(model):
            sampled = [torch.stack(list(sample_batch(model, some[:N_PAST], [SEED + k], N_FUTURE)))[:, 0] for k in range(SAMPLES)]
            posterior = reconstruct(model, some, N_PAST)[N_PAST:]
            surprises += batch_surprise(model, some)[N_PAST:].T.tolist()
        video = torch.stack(sampled).double().numpy()  # (K, T', B, C, H, W)
        for b in range(2):
            scores = [[plain_psnr(video[k, t, b], truth[t, b]) for t in range(N_FUTURE)] for k in range(SAMPLES)]
            per_clip.append(np.mean(scores, 0).tolist())
            spread.append((2 * video[:, :, b].var(0, ddof=1).mean((1, 2, 3))).tolist())  # the mean over pairs, in short
            posteriors.append([plain_psnr(posterior[t, b].double().numpy(), truth[t, b]) for t in range(N_FUTURE)])
    _, found = run(ask(a, N=4, batch_stats=True))
    assert curves(found)["psnr", "average"][0] == pytest.approx(summary(per_clip)[0], rel=1e-5)
    assert curves(found)["squared_distance", "diversity"][0] == pytest.approx(summary(spread)[0], rel=1e-4)
    assert curves(found)["psnr", "posterior"][0] == pytest.approx(summary(posteriors)[0], rel=1e-4)
    assert curves(found)["surprise", "truth"][0] == pytest.approx(summary(surprises)[0], rel=1e-4)
    assert "one sample of each" in found["batch_norm"]
    _, running = run(ask(a, N=4))
    assert running["batch_norm"] == "running statistics"
    assert curves(running)["psnr", "average"][0] != pytest.approx(curves(found)["psnr", "average"][0], rel=1e-3)


def test_that_batch_statistics_of_one_clip_are_refused(a: str) -> None:
    with pytest.raises(StudioError, match="leave one alone"):
        list(evaluate(ask(a, N=3, batch_stats=True)))
    with pytest.raises(ConfigError, match="raise batch_size"):
        ask(a, batch_size=1, batch_stats=True)


@pytest.mark.parametrize("ssim,keys", [("literature", ["ssim_literature"]), ("original", ["ssim_original"])])
def test_that_one_convention_can_be_asked_for(a: str, ssim: str, keys: list[str]) -> None:
    _, found = run(ask(a, ssim=ssim))
    assert [k for k in found["metrics"] if k.startswith("ssim")] == keys
    _, both = run(ask(a))
    assert curves(found)[keys[0], "best"] == curves(both)[keys[0], "best"]


def test_that_a_model_that_has_diverged_is_written_down_as_null(tmp_path: Path) -> None:
    path = Path(model_file(tmp_path / "a.pt"))
    found = checkpoint.load(path)
    model = found.model()
    with torch.no_grad():
        next(model.frame_predictor.parameters()).fill_(3e38)  # finite, so that the file opens; what comes of it is not
    checkpoint.save(path, model, found.config, 3)
    _, report = run(ask(str(path)))
    assert curves(report)["psnr", "best"][0] == [None] * N_FUTURE


@dataclass(frozen=True)
class FewClips:
    """Ten sequences, of which some are long enough."""

    inner: Any
    usable: Any
    count: int = 10
    asked: Any = None

    def batch(self, indices: Any) -> Any:
        self.asked.extend(int(i) for i in indices)
        return self.inner.batch(indices)


def test_that_sequences_too_short_are_left_out_and_counted(a: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    usable = np.array([1, 2, 5, 7, 8])

    def few(data: DataConfig, **settings: Any) -> FewClips:
        assert settings["split"] == "test"
        assert settings["n_frames"] == N_PAST + N_FUTURE
        return FewClips(open_clips(data, **settings), usable, asked=asked)

    monkeypatch.setattr(evaluation, "open_clips", few)
    events, found = run(ask(a, N=256))
    started = of_kind(events, EvaluationStarted)[0]
    assert (started.clips, started.left_out) == (5, 5)
    texts = [e.text for e in of_kind(events, Logged)]
    assert any("5 of 10 test sequences have fewer than 5 frames" in t for t in texts)
    assert any("N=256: there are 5 test clips" in t for t in texts)
    assert set(asked) == set(usable.tolist())
    assert found["clips"] == {"split": "test", "asked": 256, "evaluated": 5, "sequences_too_short": 5}
    assert {c["n"] for c in found["curves"]} == {5}


@pytest.mark.parametrize("split", ["train", "test", "val"])
def test_that_the_clips_are_those_of_the_split_and_every_result_says_which(
    split: str, a: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    data = small_store(monkeypatch, tmp_path, "train", "test", "val")
    batches: list[Any] = []
    read = StoredClips.batch
    monkeypatch.setattr(StoredClips, "batch", lambda self, at: batches.append(read(self, at)) or batches[-1])
    notes: list[str] = []
    monkeypatch.setattr(report_files, "figure", lambda *_, note, **__: notes.append(note))
    monkeypatch.setattr(report_files, "encode", lambda _: {})
    events, found = run(ask(a, data=data, split=split, N=9))
    assert found["clips"] == {"split": split, "asked": 9, "evaluated": 2, "sequences_too_short": 0}
    assert found["settings"]["split"] == split
    rows = {frames.tobytes() for name in (f"{split}0", f"{split}1") for frames in frames_of(name, 9)}
    assert {frame.tobytes() for batch in batches for frame in batch.reshape(-1, 64, 64, 1)} <= rows
    assert any(f"N=9: there are 2 {split} clips" in e.text for e in of_kind(events, Logged))
    assert notes[0].startswith(f"2 {split} clips, ")
    with Terminal() as terminal:
        terminal.show(of_kind(events, EvaluationStarted)[0])
    assert f"2 {split} clips, 5 samples of each" in capsys.readouterr().err
    assert read_results(Path(tmp_path / "out")).started.split == split


def test_that_an_evaluation_of_another_split_begins_anew(a: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = small_store(monkeypatch, tmp_path, "train", "test", "val", length=N_PAST + N_FUTURE)
    (tmp_path / "videos" / "store-64" / "val.npy").write_bytes((tmp_path / "videos" / "store-64" / "test.npy").read_bytes())
    stopped_after(ask(a, data=data, split="test", batch_size=1), CurvesUpdated, 1)
    events = list(evaluate(ask(a, data=data, split="val", batch_size=1)))
    assert of_kind(events, EvaluationStarted)[0].done == 0
    assert any("begun anew" in e.text for e in of_kind(events, Logged))


@pytest.mark.parametrize(
    "data, words", [("store", "has no val sequences; choose train or test"), ("digits", "has no such clips; choose train or test")]
)
def test_that_a_split_that_is_not_there_is_refused_before_sampling(
    data: str, words: str, a: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = small_store(monkeypatch, tmp_path, "train", "test") if data == "store" else None
    with pytest.raises(DataError, match=words):
        list(evaluate(ask(a, data=chosen, split="val")))


def test_that_frames_come_from_the_first_checkpoint_unless_given(a: str, tmp_path: Path) -> None:
    b = model_file(tmp_path / "b.pt", n_past=1)
    events = list(evaluate(ask(a, b)))
    assert of_kind(events, EvaluationStarted)[0].n_future == N_FUTURE  # its n_eval, less those given
    assert any("b was trained with n_past=1 and is given 2 frames" in e.text for e in of_kind(events, Logged))
    events, found = run(ask(a, n_past=4, n_future=2))
    assert found["t"] == [4, 5]


def test_that_other_training_data_are_said(a: str, tmp_path: Path) -> None:
    b = model_file(tmp_path / "b.pt", data=DataConfig(digits="drawn", num_digits=1, data_root="elsewhere"))
    events, found = run(ask(a, b))
    told = [e.text for e in of_kind(events, Logged) if "other data" in e.text]
    assert told == ["b was trained on other data than it is evaluated on (num_digits)"]
    assert found["settings"]["data"]["num_digits"] == 2
    events = list(evaluate(ask(a), {"num_digits": 3}))
    assert any("a was trained on other data" in e.text for e in of_kind(events, Logged))


def test_that_models_of_other_frames_are_refused(a: str, tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="evaluate them one by one"):
        list(evaluate(ask(a, model_file(tmp_path / "b.pt", channels=3))))


def test_that_names_tell_runs_apart(a: str, tmp_path: Path) -> None:
    paths = [model_file(tmp_path / name) for name in ("one/checkpoints/last.pt", "two/checkpoints/last.pt", "three/model.pth")]
    events = stopped_after(ask(a, *paths, a), EvaluationStarted, 1)
    assert [m.name for m in events[-1].models] == ["a", "one last", "two last", "three model", "a (2)"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "settings,sentence",
    [
        ({"model_path": ()}, "model_path: name a checkpoint"),
        ({"model_path": ("",)}, "model_path: name a checkpoint"),
        ({"model_path": "m.pt"}, "must be a list"),
        ({"model_path": (1,)}, "must be a list, each text"),
        ({"model_path": ("m",) * 8}, "8 checkpoints; at most 7"),
        ({"log_dir": ""}, "log_dir: name the folder"),
        ({"N": 0}, "N=0: needs at least 1 clip"),
        ({"nsample": 0}, "nsample=0"),
        ({"ssim": "mine"}, "choose one of both"),
    ],
)
def test_that_settings_are_checked(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        EvaluateConfig(**{"model_path": ("m.pt",), "log_dir": "o", **settings})


def test_that_settings_survive_json(tmp_path: Path) -> None:
    config = EvaluateConfig(model_path=("a.pt", "b.pt"), log_dir="o", data=DataConfig(digits="drawn"))
    (tmp_path / "c.json").write_text(config.to_json(), encoding="utf-8")
    assert EvaluateConfig.load(tmp_path / "c.json") == config
    assert (config.N, config.nsample) == (256, 100)
    assert len(COLOURS) == MAX_MODELS  # every model has a colour of its own


def test_that_a_folder_that_cannot_be_written_is_named_before_sampling(a: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match="file/out: cannot be written"):
        next(evaluate(ask(a, log_dir=str(tmp_path / "file" / "out"))))


def test_that_files_that_cannot_be_written_leave_the_figures(a: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config = ask(a)
    with monkeypatch.context() as patch:
        patch.setattr(report_files, "encode", lambda *_: (_ for _ in ()).throw(ExportError("the disk is full")))
        with pytest.raises(ExportError):
            list(evaluate(config))
    assert (Path(config.log_dir) / "evaluation.csv").is_file()
    events, found = run(config)
    assert of_kind(events, EvaluationStarted)[0].done == CLIPS
    assert {c["n"] for c in found["curves"]} == {CLIPS}


def test_that_the_command_line_compares_checkpoints(a: str, tmp_path: Path) -> None:
    b, out = model_file(tmp_path / "b.pt", seed=1), tmp_path / "out"
    words = f"--log_dir {out} --N 2 --nsample 3 --batch_size 2 --n_past 1 --n_future 2 --seed 6 --ssim literature --num_digits 1"
    models = ["--model_path", a, "--model_path", b]
    assert cli.main(["evaluate", *models, *words.split(), "--device", "cpu", "--precision", "fp32"]) == 0
    found = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    assert [m["path"] for m in found["models"]] == [a, b]
    assert (found["t"], found["samples"], found["clips"]["evaluated"]) == ([1, 2], 3, 2)
    settings = found["settings"]
    assert (settings["seed"], settings["ssim"], settings["batch_size"], settings["device"]) == (6, "literature", 2, "cpu")
    assert (settings["data"]["num_digits"], settings["data"]["digits"]) == (1, "drawn")


@pytest.mark.parametrize(
    "words,sentence",
    [
        ("--log_dir o", "--model_path: name a checkpoint"),
        ("--model_path m.pt", "--log_dir"),
        ("--model_path /no/such.pt --log_dir o", "/no/such.pt"),
        ("--model_path m.pt --log_dir o --nsample 0", "--nsample"),
    ],
)
def test_that_a_mistake_ends_in_one_line(words: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", *words.split()]) == 1
    err = capsys.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1


def test_that_the_terminal_names_conventions_and_files(a: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Terminal() as terminal:
        for event in evaluate(ask(a)):
            terminal.show(event)
    err = capsys.readouterr().err
    assert "ssim_original: 7×7 uniform window, data range 2" in err
    assert "3 test clips, 5 samples of each, 2 frames given, 3 imagined" in err
    assert "a: 3 clips, best psnr " in err
    assert " ± " in err
    for name in FILES:
        assert name in err
