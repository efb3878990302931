"""Lines, bands and legends stand where their values say, in three files that are the same at every drawing."""

from __future__ import annotations

import io
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from support.places import ROOT

from svg_studio.engine.evaluation.figure import COLOURS, DPI, Panel, Series, encode, figure, missing


def picture(paper: Figure) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(encode(paper)["png"])).convert("RGB"))


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def boxes(paper: Figure) -> tuple[Any, list[Any]]:
    """Where the legend stands, and each panel with its words, in pixels."""
    paper.draw_without_rendering()
    return paper.legends[0].get_window_extent(), [axes.get_tightbbox() for axes in paper.axes]


def test_that_a_line_goes_through_its_values_in_its_colour() -> None:
    line = Series([1.0, 2.0, 4.0], colour=COLOURS[1], dash="dashed")
    paper = figure([Panel("", [line])], [], x0=7)
    (drawn,) = paper.axes[0].lines
    assert drawn.get_xydata().tolist() == [[7, 1], [8, 2], [9, 4]]
    assert drawn.get_linestyle() == "--"
    assert paper.axes[0].get_xlim() == (6.5, 9.5)
    assert (picture(paper) == rgb(COLOURS[1])).all(-1).sum() > 100


def test_that_a_band_spans_its_interval_and_stays_within_the_panel() -> None:
    axes = figure([Panel("", [Series([2.0, 3.0, 3.0], [1.0, 0.5, math.nan])])], []).axes[0]
    (band,) = axes.collections
    corners = {tuple(point) for point in band.get_paths()[0].vertices.tolist()}
    assert corners == {(0, 1), (0, 3), (1, 2.5), (1, 3.5), (2, 3)}
    low, high = axes.get_ylim()
    assert (low, high) == pytest.approx((1 - 0.05 * 2.5, 3.5 + 0.05 * 2.5))


@pytest.mark.parametrize("interval", [(), (math.nan, math.nan), (0.0, 0.0)])
def test_that_what_has_no_interval_has_no_band(interval: tuple[float, ...]) -> None:
    line = Series([1.0, 2.0], interval, opacity=1.0)
    both, alone = (picture(figure([Panel("", [one])], [])) for one in (line, Series([1.0, 2.0])))
    np.testing.assert_array_equal(both, alone)


def test_that_a_line_is_broken_where_a_value_is_missing_and_one_alone_is_a_dot() -> None:
    values = [1.0, 1.0, math.nan, 5.0, math.inf, 1.0, 1.0]
    paper = figure([Panel("", [Series(values)])], [])
    (drawn,) = paper.axes[0].lines
    assert drawn.get_markevery() == [3]
    shown = (picture(paper) == rgb(COLOURS[0])).all(-1)
    at = paper.axes[0].transData.transform([(t, 5.0 if t == 3 else 1.0) for t in (0.5, 2, 3, 4, 5.5)])
    columns = [round(x * DPI / paper.dpi) for x in at[:, 0]]
    assert [bool(shown[:, column].any()) for column in columns] == [True, False, True, False, True]


@pytest.mark.parametrize("values", [[], [math.nan], [math.nan, math.inf], [0.0], [5.0, 5.0], [1e-13, 2e-13], [1e6, 2e6]])
def test_that_nothing_and_constants_can_be_drawn(values: list[float]) -> None:
    assert picture(figure([Panel("nothing", [Series(values, [0.1] * len(values))])], [("a", Series(()))], note="n")).any()


@pytest.mark.parametrize("count,first", [(1, 0), (2, 3), (25, 5), (1000, 5)])
def test_that_ticks_stand_at_whole_frames_and_are_few(count: int, first: int) -> None:
    axes = figure([Panel("", [Series(np.linspace(0.31, 0.69, count).tolist())])], [], x0=first).axes[0]
    low, high = axes.get_xlim()
    ticks = [t for t in axes.get_xticks() if low <= t <= high]
    assert 1 <= len(ticks) <= 13
    assert all(t == int(t) for t in ticks)


def test_that_panels_stand_in_two_columns_and_say_what_they_are_of() -> None:
    panels = [Panel(f"title {i}", [Series([1.0, 2.0])], f"convention {i}") for i in range(3)]
    paper = figure(panels, [], x_label="frame", note="4 clips")
    corners = [axes.get_position().min.tolist() for axes in paper.axes]
    assert corners[0][0] == corners[2][0] < corners[1][0]
    assert corners[0][1] == corners[1][1] > corners[2][1]
    for i, axes in enumerate(paper.axes):
        assert axes.get_title(loc="left") == f"title {i}"
        assert [text.get_text() for text in axes.texts] == [f"convention {i}"]
        assert axes.get_xlabel() == ("frame" if i > 0 else ""), "below the lowest panel of a column"
    assert paper.get_supxlabel() == "4 clips"


def test_that_the_legend_names_everything_and_covers_nothing() -> None:
    names = ["_private", "a$b$c", "100 % \\frac", "run-" + "0123456789" * 6, "", "best of 5"]
    lines = [Series((), colour=colour) for colour in COLOURS[:4]] + [Series((), dash="none"), Series((), dash="dotted")]
    panels = [Panel("t " * 8, [Series([1.0, 2.0], [0.1, 0.1])], "a long convention " * 6)] * 3
    paper = figure(panels, list(zip(names, lines, strict=True)), note="a note " * 40)
    assert [text.get_text().replace("\n", "") for text in paper.legends[0].get_texts()] == names
    handles = paper.legends[0].legend_handles
    assert [handle.get_color() for handle in handles[:4]] == list(COLOURS[:4])
    assert [handle.get_linestyle() for handle in handles[4:]] == ["None", ":"]
    legend, boxed = boxes(paper)
    assert legend.x1 <= paper.bbox.x1
    for i, box in enumerate(boxed):
        assert box.x1 < legend.x0
        assert box.y0 > paper._supxlabel.get_window_extent().y1
        assert not any(box.overlaps(other) for other in boxed[i + 1 :])


def test_that_letters_the_font_lacks_are_question_marks() -> None:
    paper = figure([Panel("Grüße, 11×11, √n", [Series([1.0])])], [("模型 b", Series(()))])
    assert paper.legends[0].get_texts()[0].get_text() == "?? b"
    assert paper.axes[0].get_title(loc="left") == "Grüße, 11×11, √n"
    assert picture(paper).any()  # and nobody is warned


def some() -> Figure:
    line = Series([1.0, 3.0, 2.0], [0.5, 0.2, 0.1])
    return figure([Panel("a", [line], "b"), Panel("c", [Series([1e-9, 2e-9], dash="dotted")])], [("m", line)], x0=2, note="n")


def test_that_three_files_are_written_that_others_can_read() -> None:
    files = encode(some())
    assert list(files) == ["png", "pdf", "svg"]
    width, height = some().get_size_inches()
    assert Image.open(io.BytesIO(files["png"])).size == pytest.approx((width * DPI, height * DPI), abs=1)
    assert files["pdf"].startswith(b"%PDF-")
    assert files["pdf"].rstrip().endswith(b"%%EOF")
    root = ElementTree.fromstring(files["svg"])
    assert [float(v) for v in root.attrib["viewBox"].split()[2:]] == pytest.approx([72 * width, 72 * height], abs=0.1)
    link = "{http://www.w3.org/1999/xlink}href"
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    used = {element.attrib[link][1:] for element in root.iter() if link in element.attrib}
    used |= {element.attrib["clip-path"][5:-1] for element in root.iter() if "clip-path" in element.attrib}
    assert used <= set(ids)
    assert len(ids) == len(set(ids))


def test_that_the_same_curves_make_the_same_files_in_any_thread() -> None:
    expected = encode(some())
    with ThreadPoolExecutor(4) as pool:
        for files in pool.map(lambda _: encode(some()), range(8)):
            assert files == expected
    assert b"Date" not in expected["pdf"]
    assert b"date>" not in expected["svg"]


def test_that_nothing_of_matplotlibs_own_is_changed() -> None:
    before = dict(matplotlib.rcParams)
    encode(some())
    assert dict(matplotlib.rcParams) == before


def test_that_a_home_that_cannot_be_written_and_a_taste_of_ones_own_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nfigure.facecolor: black\nbackend: tkagg\n")
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\n"
        "from svg_studio.engine.evaluation.figure import Series, Panel, encode, figure\n"
        "assert 'matplotlib' not in sys.modules\n"
        "line = Series([1.0, 3.0, 2.0], [0.5, 0.2, 0.1])\n"
        "paper = figure([Panel('a', [line], 'b')], [('m_1', line)], x0=2, note='95 %')\n"
        "Path('out.png').write_bytes(encode(paper)['png'])\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    home = str(tmp_path / "file" / "home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "MPL", "DISPLAY", "WAYLAND"))}
    environment = {**kept, "HOME": home, "USERPROFILE": home, "LOCALAPPDATA": home}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    line = Series([1.0, 3.0, 2.0], [0.5, 0.2, 0.1])
    expected = picture(figure([Panel("a", [line], "b")], [("m_1", line)], x0=2, note="95 %"))
    found = np.asarray(Image.open(tmp_path / "out.png").convert("RGB"))
    for colour in (rgb(COLOURS[0]), (255, 255, 255)):
        assert (found == colour).all(-1).sum() == pytest.approx((expected == colour).all(-1).sum(), rel=0.03)


def test_that_a_missing_matplotlib_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing() == ""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "pip install 'matplotlib" in missing()


@pytest.mark.parametrize(
    "text, seen",
    [
        (r"a$\frac$b", r"a$\frac$b"),
        ("_a", "_a"),
        ("a\x1b[2J\u202e", r"a\x1b[2J\u202e"),
        ("\0\ud800", r"\x00\ud800"),
        ("W" * 100_000, "…"),
    ],
)
def test_that_names_are_drawn_as_they_are_written(text: str, seen: str) -> None:
    line = Series([1.0, 2.0])
    paper = figure([Panel("a", [line])] * 2, [(text, line)])
    legend = paper.legends[0].get_texts()[0].get_text().replace("\n", "")
    assert seen in legend
    assert len(legend) <= 105
    ElementTree.fromstring(encode(paper)["svg"])
