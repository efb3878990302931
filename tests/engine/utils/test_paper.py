"""Words of a figure are drawn as they are, in the letters there are."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from svg_studio.engine.utils.paper import drawable, numbered, settle_text, width_of


def test_that_a_letter_the_font_lacks_is_a_question_mark_and_a_dollar_no_formula() -> None:
    paper = Figure()
    words = paper.text(0, 0, "$x_1$ 未来 β\nz")
    settle_text(paper)
    assert words.get_text() == "$x_1$ ?? β\nz"
    assert not words.get_parse_math()
    assert drawable("ü·…") == "ü·…"


def test_that_widths_grow_with_words_and_letters() -> None:
    assert width_of("", 7) == 0
    assert width_of("seed 12", 7) > width_of("seed 1", 7) > 0
    assert width_of("seed 1", 14) == pytest.approx(2 * width_of("seed 1", 7), rel=0.02)


def test_that_random_names_become_numbers_wherever_they_stand() -> None:
    svg = '<path id="m0123456789"/><use href="#m0123456789"/><path id="pabcdef0123"/><g id="axes_1"/>'
    assert numbered(svg) == '<path id="n0"/><use href="#n0"/><path id="n1"/><g id="axes_1"/>'
