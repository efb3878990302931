"""Curves read from a file that grows: only what was added, whole lines alone, and never more points than asked for."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from support.library_runs import make_run, metrics_line

from svg_studio.engine.events import CurvesRead
from svg_studio.engine.runs import curves as run_curves
from svg_studio.engine.runs.curves import Followed, Means, Tail, follow, read_curves


def test_that_curves_have_every_step_while_they_are_short(tmp_path: Path) -> None:
    curves = read_curves(make_run(tmp_path, step=6))
    assert curves.steps.tolist() == [1, 2, 3, 4, 5, 6]
    assert curves.seconds.tolist() == [0.5, 1, 1.5, 2, 2.5, 3]
    assert curves.columns["mse"].tolist() == [1 / n for n in range(1, 7)]
    assert curves.columns["kld"].tolist() == [1, 2, 3, 4, 5, 6]
    assert curves.columns["total"].tolist() == [2, 4, 6, 8, 10, 12]
    assert curves.tests == ((5, 0.25, 3.0),)
    assert not curves.columns["mse"].flags.writeable


def test_that_previews_up_to_the_last_step_are_named_in_their_order(tmp_path: Path) -> None:
    run = make_run(tmp_path, step=12)
    assert read_curves(run).previews == ()
    folder = run / "previews"
    folder.mkdir(exist_ok=True)
    others = ("sample_3.png", "rec_3.png", ".sample_4.gif.part", "sample_05.gif", "sample_x.gif", "sample_1e1.gif", "sample_-1.gif")
    for name in ("sample_10.gif", "sample_2.gif", "sample_12.gif", "sample_13.gif", "sample_99999999999999999.gif", *others):
        (folder / name).touch()
    (folder / "sample_6.gif").mkdir()
    assert read_curves(run).previews == tuple((step, folder / f"sample_{step}.gif") for step in (2, 10, 12))


@pytest.mark.parametrize("steps", [7, 8, 9, 64, 100, 1000])
@pytest.mark.parametrize("most", [8, 9])
def test_that_long_curves_are_means_that_cover_every_step_once(tmp_path: Path, steps: int, most: int) -> None:
    curves = read_curves(make_run(tmp_path, step=steps), most)
    assert len(curves.steps) <= most
    assert curves.steps[-1] == steps
    assert np.array_equal(curves.seconds, curves.steps / 2)
    counts = np.diff(curves.steps, prepend=0)
    assert (counts * curves.columns["kld"]).sum() == pytest.approx(steps * (steps + 1) / 2)
    assert len(set(counts[:-1])) == 1
    assert counts[0] < 2 * steps / (most // 2)


def test_that_only_what_was_added_is_read_and_a_torn_line_waits(tmp_path: Path) -> None:
    run = make_run(tmp_path, step=2)
    followed, tail = Followed(run), Tail(run / "metrics.jsonl")
    assert [json.loads(line)["step"] for line in tail.read()] == [1, 2]
    (first,) = [event for event in follow([followed]) if isinstance(event, CurvesRead)]
    assert list(follow([followed])) == [], "nothing new"
    whole = metrics_line(3)
    with (run / "metrics.jsonl").open("a") as file:
        file.write(whole[:20])
    assert tail.read() == []
    assert list(follow([followed])) == []
    with (run / "metrics.jsonl").open("a") as file:
        file.write(whole[20:] + metrics_line(4))
    assert [json.loads(line)["step"] for line in tail.read()] == [3, 4]
    (second,) = [event for event in follow([followed]) if isinstance(event, CurvesRead)]
    assert (first.steps.tolist(), second.steps.tolist()) == ([1, 2], [1, 2, 3, 4])


def test_that_each_run_speaks_for_itself(tmp_path: Path) -> None:
    runs = [make_run(tmp_path, name, step=step) for name, step in (("a", 1), ("b", 2))]
    said = [(event.run, len(event.steps)) for event in follow([Followed(run) for run in runs]) if isinstance(event, CurvesRead)]
    assert said == [(runs[0], 1), (runs[1], 2)]


def test_that_metrics_cut_back_to_a_checkpoint_are_read_anew(tmp_path: Path) -> None:
    run = make_run(tmp_path, step=6)
    followed = Followed(run)
    list(follow([followed]))
    (run / "other").write_text("".join(metrics_line(s) for s in range(1, 4)))
    (run / "other").replace(run / "metrics.jsonl")
    with (run / "metrics.jsonl").open("a") as file:
        file.writelines(metrics_line(step, mse=9.0) for step in range(4, 9))
    (curves,) = follow([followed])
    assert isinstance(curves, CurvesRead)
    assert curves.steps.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert curves.columns["mse"].tolist() == [1, 1 / 2, 1 / 3, 9, 9, 9, 9, 9]


def test_that_metrics_that_are_gone_leave_no_curve(tmp_path: Path) -> None:
    run = make_run(tmp_path, step=6)
    followed = Followed(run)
    list(follow([followed]))
    (run / "metrics.jsonl").write_text("")
    (curves,) = follow([followed])
    assert isinstance(curves, CurvesRead)
    assert curves.steps.tolist() == []


def test_that_steps_made_again_take_the_place_of_the_old_ones(tmp_path: Path) -> None:
    run = make_run(tmp_path, step=6)
    with (run / "metrics.jsonl").open("a") as file:
        file.writelines(metrics_line(step, mse=9.0) for step in (4, 5))
    curves = read_curves(run)
    assert curves.steps.tolist() == [1, 2, 3, 4, 5]
    assert curves.columns["mse"].tolist() == [1, 1 / 2, 1 / 3, 9, 9]


def test_that_test_losses_come_from_the_log_and_those_of_steps_cut_back_are_left_out(tmp_path: Path) -> None:
    run = make_run(tmp_path, step=6)
    with (run / "log.txt").open("a") as file:
        file.write("2026-01-01 12:00:00  epoch 1: step 9, test mse 0.1, test kld 1.0\n")
        file.write("2026-01-01 12:00:00  epoch 0: step 3, test mse nan, test kld inf\n")
        file.write("2026-01-01 12:00:00  epoch 0: step 5, test mse 0.5, test kld 4.0\n")
        file.write("2026-01-01 12:00:00  epoch 0: step 6, test mse a.b, test kld 4.0\nno preview: step 4\n")
    tests = read_curves(run).tests
    assert tests[1:] == ((5, 0.5, 4.0),)
    assert tests[0][0] == 3
    assert np.isnan(tests[0][1])


ODD = [
    "",
    "{",
    "[]",
    "null",
    '{"step": "a"}',
    '{"step": -1}',
    '{"step": true}',
    '{"step": 7}',
    "[" * 50_000,
    '{"step": 1e3}',
    "\xff",
]


@pytest.mark.parametrize("line", [*ODD, metrics_line(7, mse="x").strip(), metrics_line(7, seconds=None).strip()])
def test_that_lines_that_say_no_step_are_passed_over(tmp_path: Path, line: str) -> None:
    run = make_run(tmp_path, step=3)
    with (run / "metrics.jsonl").open("ab") as file:
        file.write(line.encode("latin-1") + b"\n" + metrics_line(4).encode())
    assert read_curves(run).steps.tolist() == [1, 2, 3, 4]


def test_that_losses_of_a_run_that_diverges_are_kept_as_they_are(tmp_path: Path) -> None:
    run = make_run(tmp_path, step=3)
    with (run / "metrics.jsonl").open("a") as file:
        file.writelines([metrics_line(4, mse=float("inf")), metrics_line(5, mse=-float("inf")), metrics_line(6, mse=1e308)])
        file.writelines(metrics_line(step, mse=1e308) for step in range(7, 20))
    mse = read_curves(run, 4).columns["mse"]
    assert len(mse) <= 4
    assert not np.isfinite(mse).all()


def test_that_a_line_without_end_is_passed_over_chunk_by_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_curves, "CHUNK", 400)
    run = make_run(tmp_path, step=3)
    with (run / "metrics.jsonl").open("a") as file:
        file.write("x" * 1500 + "\n" + metrics_line(4) + "\n" + metrics_line(5))
    assert read_curves(run).steps.tolist() == [1, 2, 3, 4, 5]


def test_that_the_end_of_a_line_that_is_too_long_is_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_curves, "CHUNK", 10)
    (tmp_path / "file").write_bytes(b"aaaaaaaaaabbbbb\ncc\ndd\n")
    tail = Tail(tmp_path / "file")
    assert (tail.read(), tail.more) == ([], True)
    assert (tail.read(), tail.more) == ([b"cc"], True)
    assert (tail.read(), tail.more) == ([b"dd"], False)


def test_that_a_long_file_is_read_in_pieces_between_which_a_job_can_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_curves, "CHUNK", 400)
    run = make_run(tmp_path, step=30)
    said = [type(event).__name__ for event in follow([Followed(run)])]
    assert said[-1] == "CurvesRead"
    assert set(said[:-1]) == {"Progressed"}
    assert len(said) > 5


def test_that_a_run_without_metrics_has_empty_curves(tmp_path: Path) -> None:
    curves = read_curves(tmp_path)
    assert len(curves.steps) == len(curves.columns["mse"]) == 0
    assert curves.tests == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_that_a_pipe_in_the_place_of_the_metrics_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "metrics.jsonl")
    assert len(read_curves(tmp_path).steps) == 0


def test_that_going_back_into_a_mean_forgets_it() -> None:
    means = Means(3, 4)
    for step in range(1, 8):
        means.add((step, step, step))
    assert means.table()[0].tolist() == [2, 4, 6, 7]
    means.add((7, 7, 50))
    assert means.table()[2].tolist() == [1.5, 3.5, 5.5, 50]
    means.add((4, 4, 100))
    assert means.table()[0].tolist() == [2, 4]
    assert means.table()[2].tolist() == [1.5, 100]
