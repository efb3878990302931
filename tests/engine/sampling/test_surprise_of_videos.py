"""Whole videos are watched frame by frame: every one has a row, what cannot be read is left out with a sentence."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from support.video_samples import cut_short, decoded, fitted, scene, write_video

from svg_studio.cli import main as cli
from svg_studio.engine.checkpoints import checkpoint
from svg_studio.engine.checkpoints.model_cache import open_model
from svg_studio.engine.config import ConfigError, ModelConfig, SurpriseConfig, TrainConfig
from svg_studio.engine.data.datasets.videos import VideosSource
from svg_studio.engine.data.source import Reading
from svg_studio.engine.errors import DataError, ExportError
from svg_studio.engine.events import Event, FileExported, Logged, Progressed, SourceNoted, SourceSkipped
from svg_studio.engine.models.registry import build
from svg_studio.engine.sampling.surprise import Sliding, surprise
from svg_studio.engine.sampling.surprise_of_videos import measure
from svg_studio.engine.utils.frames import to_float

SHAPE = ModelConfig(base_width=2, g_dim=8, z_dim=3, rnn_size=8, n_past=2, n_future=3, channels=3)


@pytest.fixture
def model_path(tmp_path: Path) -> Path:
    return saved(tmp_path / "m.pt", SHAPE)


def saved(path: Path, shape: ModelConfig) -> Path:
    torch.manual_seed(0)
    model = build(shape)
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(4)
    checkpoint.save(path, model, TrainConfig(model=shape), 3)
    return path


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A video of 70 frames, a folder of 9 images of which one is damaged, and a file that is no video."""
    write_video(tmp_path / "mine/a.avi", scene(70))
    for number, frame in enumerate(scene(9, seed=1)):
        (tmp_path / "mine/stills").mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / f"mine/stills/f{number}.png"), frame)
    (tmp_path / "mine/stills/f4.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    (tmp_path / "mine/z.mp4").write_bytes(b"no video" * 99)
    return tmp_path / "mine"


def ask(model_path: Path, source: Path | tuple[str, ...], **settings: object) -> SurpriseConfig:
    base = {"model_path": str(model_path), "out": str(model_path.parent / "s.csv"), "device": "cpu", "precision": "fp32"}
    return SurpriseConfig(**{**base, "source": source if isinstance(source, tuple) else str(source), **settings})


def rows(config: SurpriseConfig) -> dict[str, list[tuple[int, str, str]]]:
    """The CSV by file: frame, seconds, surprise."""
    with Path(config.out).open(encoding="utf-8", newline="") as file:
        head, *lines = csv.reader(file)
    assert head == ["file", "frame", "seconds", "surprise"]
    found: dict[str, list[tuple[int, str, str]]] = {}
    for name, frame, seconds, value in lines:
        found.setdefault(name, []).append((int(frame), seconds, value))
    return found


def figures(lines: list[tuple[int, str, str]]) -> list[float]:
    return [float(value) for _, _, value in lines[1:]]


def of_kind(events: list[Event], kind: type) -> list:
    return [event for event in events if isinstance(event, kind)]


def judged(model_path: Path, frames: np.ndarray, window: int) -> list[float]:
    model = open_model(model_path, torch.device("cpu")).model
    return Sliding(model, window).add(to_float(frames))[1:].tolist()


def test_that_every_frame_has_a_row_with_its_second_and_its_surprise(model_path: Path, mine: Path) -> None:
    config = ask(model_path, mine / "a.avi")
    events = list(measure(config))
    (lines,) = rows(config).values()
    assert [frame for frame, _, _ in lines] == list(range(70))
    assert [seconds for _, seconds, _ in lines[:3]] == ["0.000", "0.040", "0.080"]
    assert lines[0][2] == "", "nothing comes before the first frame"
    expected = judged(model_path, fitted(decoded(mine / "a.avi")), SHAPE.n_frames)
    assert figures(lines) == pytest.approx(expected, rel=1e-4)
    assert of_kind(events, FileExported) == [FileExported(Path(config.out), Path(config.out).stat().st_size)]


@pytest.mark.parametrize("settings,window", [({"carry_state": True}, 0), ({"window": 9}, 9)])
def test_that_windows_are_as_long_as_wished_or_the_state_is_carried_on(
    settings: dict[str, object], window: int, model_path: Path, mine: Path
) -> None:
    config = ask(model_path, mine / "a.avi", **settings)
    list(measure(config))
    expected = judged(model_path, fitted(decoded(mine / "a.avi")), window)
    assert figures(rows(config)["a.avi"]) == pytest.approx(expected, rel=1e-4)
    assert expected != pytest.approx(judged(model_path, fitted(decoded(mine / "a.avi")), SHAPE.n_frames), rel=1e-4)


def test_that_frames_are_fitted_to_the_model_as_a_conversion_fits_them(tmp_path: Path, mine: Path) -> None:
    grey = saved(tmp_path / "grey.pt", ModelConfig(**{**SHAPE.to_dict(), "channels": 1, "image_width": 128}))
    write_video(mine / "wide.avi", scene(12, (320, 256)))
    config = ask(grey, mine / "wide.avi", fit="crop", every=2)
    list(measure(config))
    (lines,) = rows(config).values()
    frames = fitted(decoded(mine / "wide.avi")[::2], 128, 1, "crop")
    assert [frame for frame, _, _ in lines] == [0, 2, 4, 6, 8, 10]
    assert figures(lines) == pytest.approx(judged(grey, frames, SHAPE.n_frames), rel=1e-3)


def test_that_what_cannot_be_read_is_left_out_with_a_sentence(model_path: Path, mine: Path) -> None:
    config = ask(model_path, mine, fps=10.0)
    events = list(measure(config))
    found = rows(config)
    assert list(found) == ["a.avi", "stills"]
    left_out = {event.source: event.reason for event in of_kind(events, SourceSkipped)}
    assert left_out == {"stills/f4.png": "is no image that can be decoded", "z.mp4": "is no video that can be decoded"}
    assert [frame for frame, _, _ in found["stills"]] == [0, 1, 2, 3, 5, 6, 7, 8]
    assert [seconds for _, seconds, _ in found["stills"]][-1] == "0.800", "fps says when an image was taken"
    assert found["a.avi"][1][1] == "0.040", "a video says it itself"
    assert not of_kind(events, SourceNoted), "splits mean nothing here"


def test_that_a_torn_video_is_watched_as_far_as_it_goes(model_path: Path, mine: Path) -> None:
    cut_short(mine / "a.avi", 0.5)
    config = ask(model_path, mine / "a.avi")
    events = list(measure(config))
    assert 10 < len(rows(config)["a.avi"]) < 70
    (skipped,) = of_kind(events, SourceSkipped)
    assert "ends after" in skipped.reason or "missing" in skipped.reason


def test_that_each_video_begins_anew(model_path: Path, mine: Path) -> None:
    shutil.copy(mine / "a.avi", mine / "b.avi")
    config = ask(model_path, (str(mine / "a.avi"), str(mine / "b.avi")), carry_state=True)
    list(measure(config))
    first, second = rows(config).values()
    assert first == second


def test_that_the_most_surprising_moments_are_told(model_path: Path, mine: Path) -> None:
    config = ask(model_path, mine, moments=3)
    told = [event.text for event in of_kind(list(measure(config)), Logged)]
    start = next(i for i, text in enumerate(told) if text.startswith("most surprising of 76 frames"))
    values = {(name, frame): value for name, lines in rows(config).items() for frame, _, value in lines if value}
    (_, frame), most = max(values.items(), key=lambda item: float(item[1]))[0], max(map(float, values.values()))
    assert told[start + 1].strip().startswith(f"{most:.4g} nats at frame {frame}")
    assert len(told[start + 1 :]) == 3
    quiet = [event.text for event in of_kind(list(measure(ask(model_path, mine, moments=0, replace=True))), Logged)]
    assert not any("most surprising" in text for text in quiet)


def test_that_a_file_that_is_there_stays_unless_it_may_be_replaced(model_path: Path, mine: Path) -> None:
    config = ask(model_path, mine / "a.avi")
    Path(config.out).write_text("mine")
    with pytest.raises(ExportError, match="exists"):
        next(measure(config))
    assert Path(config.out).read_text() == "mine"
    list(measure(ask(model_path, mine / "a.avi", replace=True)))
    assert len(rows(config)["a.avi"]) == 70


def test_that_stopping_keeps_the_rows_that_are_written(model_path: Path, mine: Path) -> None:
    config = ask(model_path, mine / "a.avi")
    work = measure(config)
    for event in work:
        if isinstance(event, Progressed) and event.done:
            break
    work.close()
    assert len(rows(config)["a.avi"]) == 64, "the first block"
    assert not list(Path(config.out).parent.glob(".*part"))


def test_that_stopping_before_there_is_a_figure_leaves_nothing(model_path: Path, mine: Path) -> None:
    config = ask(model_path, mine / "a.avi")
    with closing(measure(config)) as work:
        next(work)
    assert sorted(path.name for path in tmp_files(config)) == []


def tmp_files(config: SurpriseConfig) -> Iterator[Path]:
    return (path for path in Path(config.out).parent.iterdir() if "csv" in path.name)


def test_that_nothing_to_watch_is_one_sentence_and_leaves_no_file(model_path: Path, mine: Path) -> None:
    with pytest.raises(DataError, match=r"z\.mp4.*is no video that can be decoded"):
        list(measure(ask(model_path, mine / "z.mp4")))
    with pytest.raises(DataError, match="no such file or folder"):
        list(measure(ask(model_path, mine / "absent")))
    assert list(tmp_files(ask(model_path, mine))) == []


def test_that_a_folder_that_goes_meanwhile_is_left_out(model_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = VideosSource.read

    def read(self: VideosSource, unit: object) -> Iterator[Reading]:
        if unit.name == "stills":  # type: ignore[attr-defined]
            raise FileNotFoundError(2, "No such file or directory", "stills")
        yield from inner(self, unit)  # type: ignore[arg-type]

    monkeypatch.setattr(VideosSource, "read", read)
    config = ask(model_path, mine)
    events = list(measure(config))
    assert SourceSkipped("stills", "cannot be read (No such file or directory)") in events
    assert list(rows(config)) == ["a.avi"]


def test_that_no_mode_is_left_behind(model_path: Path, mine: Path) -> None:
    for _ in measure(ask(model_path, mine / "a.avi", precision="bf16")):
        assert torch.is_grad_enabled()
        assert not torch.is_autocast_enabled("cpu")


def test_that_a_short_video_has_the_figures_of_a_clip(model_path: Path, mine: Path) -> None:
    write_video(mine / "short.avi", scene(SHAPE.n_frames))
    config = ask(model_path, mine / "short.avi")
    list(measure(config))
    model = open_model(model_path, torch.device("cpu")).model
    expected = surprise(model, to_float(fitted(decoded(mine / "short.avi"))))[1:].tolist()
    assert figures(rows(config)["short.avi"]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    "settings,field",
    [
        ({"window": 1}, "window"),
        ({"window": 9, "carry_state": True}, "window"),
        ({"source": ()}, "source"),
        ({"out": ""}, "out"),
        ({"model_path": ""}, "model_path"),
        ({"background": "white"}, "background"),
        ({"every": 0}, "every"),
        ({"fps": -1.0}, "fps"),
    ],
)
def test_that_settings_that_cannot_be_are_named(settings: dict[str, object], field: str) -> None:
    with pytest.raises(ConfigError) as raised:
        SurpriseConfig(**{"model_path": "m.pt", "source": "here", **settings})
    assert list(raised.value.problems) == [field]


def test_that_the_command_line_watches_several_sources(model_path: Path, mine: Path, capsys: pytest.CaptureFixture) -> None:
    out = model_path.parent / "here.csv"
    words = ["--source", str(mine / "a.avi"), "--source", str(mine / "stills"), "--out", str(out), "--moments", "1"]
    assert cli.main(["surprise", "--model_path", str(model_path), "--device", "cpu", *words]) == 0
    err = capsys.readouterr().err
    assert f"{out} (" in err
    assert "most surprising of 76 frames" in err
    assert cli.main(["surprise", "--model_path", str(model_path), *words]) == 1
    err = capsys.readouterr().err
    assert "exists" in err
    assert err.count("\n") == 1
