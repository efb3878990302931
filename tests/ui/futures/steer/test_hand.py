"""What controls say becomes a segment, and a path becomes what they show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from svg_studio.engine.address import ClipAddress, Path, Segment, forked, path_of
from svg_studio.engine.config import DataConfig, FuturesConfig
from svg_studio.ui.futures.steer.hand import Hand, by_use

CLIP = ClipAddress.of(FuturesConfig(model_path="a.pt", data=DataConfig(digits="drawn")))
DRAWN = Segment(6, seed=4, temperature=0.5, offset=(0.0, 2.0, 0.0))


@pytest.mark.parametrize(
    "segment",
    [
        Segment(6, seed=4),
        DRAWN,
        Segment(6, "blend", seed=4, other=9, weight=0.25, temperature=1.5),
        Segment(6, "hold", seed=1),
        Segment(6, "borrow", seed=1, clip=CLIP),
    ],
)
def test_that_a_hand_that_was_not_moved_says_what_the_future_is(segment: Segment) -> None:
    path = forked(path_of(1), 6, segment)
    for at in (6, 8):
        assert Hand.of(path, at).segment(at) == replace(segment, start=at)
    assert Hand.of(path, 3).segment(3) == Segment(3, seed=1)


def test_that_each_control_changes_what_it_says() -> None:
    hand = Hand.of(forked(path_of(1), 6, DRAWN), 7)
    assert (hand.temperature, hand.offset, hand.is_drawn) == (0.5, (0.0, 2.0, 0.0), True)
    assert replace(hand, held=True).segment(7).kind == "hold"
    assert replace(hand, clip=CLIP).segment(7) == Segment(7, "borrow", seed=4, clip=CLIP)
    blend = replace(hand, other=9, weight=0.5).segment(7)
    assert (blend.kind, blend.seed, blend.other, blend.weight, blend.temperature) == ("blend", 4, 9, 0.5, 0.5)
    assert replace(hand, other=9, weight=0.0).segment(7) == replace(DRAWN, start=7), "of nothing it is no blend"
    again = replace(hand, held=True).redrawn(30).segment(7)
    assert again == Segment(7, seed=30, temperature=0.5, offset=(0.0, 2.0, 0.0))
    assert hand.shifted(1, 0.0, 3).segment(7).offset == ()
    assert Hand.of(path_of(1), 7).shifted(2, -1.5, 3).segment(7).offset == (0.0, 0.0, -1.5)


def test_that_a_traversal_goes_from_minus_to_plus_three_sigma_along_one_dimension() -> None:
    segments, names = Hand.of(forked(path_of(1), 6, DRAWN), 7).traversal(2, 3, 7)
    assert [segment.offset for segment in segments] == [(0.0, 2.0, float(step)) for step in range(-3, 4)]
    assert {(segment.start, segment.seed, segment.temperature) for segment in segments} == {(7, 4, 0.5)}
    assert names == ["z2 -3σ", "z2 -2σ", "z2 -1σ", "z2 0σ", "z2 +1σ", "z2 +2σ", "z2 +3σ"]


BLENDED: Path = forked(path_of(2), 4, Segment(4, "blend", seed=2, other=3, weight=0.5))


def test_that_only_futures_of_one_seed_each_are_blended() -> None:
    hand = Hand.of(path_of(1), 6)
    assert hand.why_no_blend(path_of(2), 6) == ""
    assert hand.why_no_blend(BLENDED, 3) == "", "before it became one"
    assert "choose another" in hand.why_no_blend(BLENDED, 6)
    assert "no other future" in hand.why_no_blend(None, 6)
    assert "already" in Hand.of(BLENDED, 6).why_no_blend(path_of(1), 6)
    assert Hand.of(BLENDED, 6).redrawn(8).why_no_blend(path_of(1), 6) == ""
    assert "no noise" in replace(hand, held=True).why_no_blend(path_of(2), 6)


def test_that_dimensions_that_carry_most_come_first() -> None:
    assert by_use((0.1, 2.0, 0.0, 0.5), 4) == [1, 3, 0, 2]
    assert by_use((), 3) == [0, 1, 2]
    assert by_use((1.0, 2.0), 3) == [0, 1, 2], "of another model"
