"""The curve of surprise is that of the true clip: it stays while futures come, go and are chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from svg_studio.engine.address import Segment
from svg_studio.engine.events import ClipOpened, Event, SurpriseMeasured
from svg_studio.ui.futures.surprise_plot import SurprisePlot
from svg_studio.ui.futures.view import FuturesView
from svg_studio.ui.plots.plot_menu import menu_of

NAN = float("nan")
CURVE = SurpriseMeasured((NAN, 1.0, 2.0, 30.5, 4.0, 5.0, 6.0, 7.0))


@pytest.fixture
def view(qtbot: QtBot, exploration: Callable[..., list[Event]]) -> FuturesView:
    view = FuturesView()
    qtbot.addWidget(view)
    view.resize(1200, 700)
    with qtbot.waitExposed(view):
        view.show()
    view.open_clip(next(event.frames for event in exploration() if isinstance(event, ClipOpened)), 2)
    view.grow([1, 2])
    return view


def plot_of(view: FuturesView) -> SurprisePlot:
    assert view.plots is not None
    view.plots.redraw()
    return view.plots.surprise


def test_that_the_curve_is_drawn_and_read_under_the_playhead(view: FuturesView) -> None:
    view.make_plots()
    plot = plot_of(view)
    assert plot.caption.text() == "Surprise (nats)   …"
    view.put_surprise(CURVE)
    view.plots.set_frame(2)  # type: ignore[union-attr]
    plot_of(view).set_frame(2)
    assert plot.caption.text() == "Surprise (nats)   2   most 30.5 at frame 4"
    x, y = plot._mean.getData()
    assert (x.tolist(), y[1:].tolist()) == ([1, 2, 3, 4, 5, 6, 7, 8], list(CURVE.values[1:]))
    plot.set_frame(0)
    assert plot.caption.text() == "Surprise (nats)   most 30.5 at frame 4", "nothing comes before the first frame"
    assert plot._playhead.value() == 1


def test_that_a_narrow_plot_says_what_is_under_the_playhead(view: FuturesView) -> None:
    view.make_plots()
    view.put_surprise(CURVE)
    plot = plot_of(view)
    plot.plot.setFixedWidth(130)
    plot.set_frame(2)
    assert plot.caption.text() == "Surprise (nats)   2"


def test_that_choosing_a_future_changes_nothing(view: FuturesView) -> None:
    view.make_plots()
    view.put_surprise(CURVE)
    for number in (0, 1, -1):
        view.wall.select(number)
        plot = plot_of(view)
        _, strong = plot._strong.getData()
        assert strong is None or not any(value == value for value in strong), "there is no curve of a future"


def test_that_it_stays_with_the_clip_whatever_futures_are_shown(view: FuturesView) -> None:
    view.put_surprise(CURVE)  # before there are plots
    view.make_plots()
    assert plot_of(view).values[0, 1:].tolist() == list(CURVE.values[1:])
    view.branches.add(view.branches.tree.children(0)[0].key, 4, [Segment(4, seed=9)])
    view.show_nodes(view.branches.showing)
    assert plot_of(view).values[0, 1:].tolist() == list(CURVE.values[1:]), "forks are of the same clip"
    assert view.references.truth is not None
    view.open_clip(view.references.truth, 2)
    view.grow([1, 2])
    assert plot_of(view).plot.values() == {}, "of another clip nothing is known yet"


def test_that_its_values_are_saved_with_their_unit(view: FuturesView) -> None:
    view.make_plots()
    plot = plot_of(view)
    assert plot.plot.values() == {}
    view.put_surprise(CURVE)
    values = plot.plot.values()
    assert list(values) == ["frame", "KL(q‖p) in nats"]
    assert values["frame"] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert values["KL(q‖p) in nats"][3] == 30.5
    assert plot.plot.file_name == "surprise"
    save = next(entry for entry in menu_of(plot.plot).actions() if "CSV" in entry.text())
    assert save.isEnabled()
    assert [words for _, words in plot.plot.legend()] == ["Surprise (nats): KL(q‖p) at each frame of the true clip"]


def test_that_unit_and_symbol_are_told_and_the_keyboard_comes_there(view: FuturesView) -> None:
    view.make_plots()
    plot = plot_of(view)
    for tip in (plot.caption.toolTip(), plot.plot.toolTip(), plot.plot.accessibleName()):
        assert "nats" in tip
        assert "KL(q‖p)" in tip
    assert plot.accessibleName() == "Plot of Surprise (nats)"
    assert plot.focusPolicy().value
