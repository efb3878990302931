"""A run stands for the snapshot of the step that is looked at; each model is a row once."""

from pathlib import Path

from svg_studio.ui.futures.compare.models import MOST, Model, Models

RUN = Path("/runs/lp")
SNAPSHOTS = tuple((step, RUN / "checkpoints" / "snapshots" / f"step_{step}.pt") for step in (2, 4, 8))
COURSE = Model(RUN, SNAPSHOTS)


def models(*rows: Model) -> Models:
    made = Models()
    assert not made.add(rows)
    return made


def test_that_a_run_shows_its_last_snapshot_by_the_step_or_the_first_of_all() -> None:
    assert [COURSE.at(step) for step in (0, 2, 3, 8, 99)] == [SNAPSHOTS[n][1] for n in (0, 0, 0, 2, 2)]


def test_that_a_file_is_the_same_at_every_step() -> None:
    assert Model(Path("a.pt")).at(0) == Model(Path("a.pt")).at(100) == Path("a.pt")


def test_that_names_are_those_of_runs_and_titles_say_the_step() -> None:
    assert (COURSE.name, COURSE.title) == ("lp", "lp · 3 snapshots")
    one = Model(SNAPSHOTS[1][1])
    assert (one.name, one.title) == ("lp", "lp · step 4")
    assert Model(RUN / "checkpoints" / "last.pt").title == "lp · last"
    assert Model(RUN).title == "lp"


def test_that_a_model_is_a_row_once_and_rows_are_bounded() -> None:
    made = models(Model(Path("a.pt")), Model(Path("a.pt")), COURSE)
    assert len(made.rows) == 2
    assert "at most" in made.add(Model(Path(f"{n}.pt")) for n in range(MOST))
    assert len(made.rows) == MOST


def test_that_the_slider_goes_over_the_steps_of_all_runs() -> None:
    other = Model(Path("/runs/fp"), ((1, Path("x")), (4, Path("y"))))
    assert models(COURSE, Model(Path("a.pt")), other).steps == [1, 2, 4, 8]
    assert models(COURSE, other).paths_at(4) == [SNAPSHOTS[1][1], Path("y")]


def test_that_snapshots_become_rows_in_the_place_of_their_run() -> None:
    made = models(Model(Path("a.pt")), COURSE, Model(Path("b.pt")))
    assert made.spread_out(1) == ""
    assert [row.path for row in made.rows] == [Path("a.pt"), *(path for _, path in SNAPSHOTS), Path("b.pt")]
    assert made.steps == []


def test_that_rows_move_and_stop_at_either_end() -> None:
    made = models(Model(Path("a.pt")), Model(Path("b.pt")))
    assert made.move(0, -1) == 0
    assert made.move(0, 1) == 1
    assert [row.path.name for row in made.rows] == ["b.pt", "a.pt"]
