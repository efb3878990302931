"""What counts as growth over a long time, and what as the ups and downs of a short one."""

from __future__ import annotations

import pytest

from tools.soak import Sample, growth


def samples(minutes: float, mb: float = 0.0, threads: float = 0.0, files: float = 0.0) -> list[Sample]:
    """A process that grows by so much an hour, after it has loaded its libraries."""
    ends = [minutes * 60 * n / 50 for n in range(51)]
    warm = [(s, 500 + mb * s / 3600, int(5 + threads * s / 3600), int(9 + files * s / 3600)) for s in ends[5:]]
    return [Sample(s, 100 + 80 * n, 2, 3) for n, s in enumerate(ends[:5])] + [Sample(*row) for row in warm]


@pytest.mark.parametrize(
    "minutes,grown,bounded",
    [
        (60, {}, True),
        (60, {"mb": 60}, True),
        (60, {"mb": 200}, False),
        (2, {"mb": 200}, True),  # 4 MB, which is nothing to go by
        (2, {"mb": 2000}, False),
        (60, {"threads": 6}, False),
        (60, {"files": 6}, False),
        (60, {"files": -6}, True),
    ],
)
def test_that_growth_once_warm_is_told_from_what_varies(minutes: float, grown: dict[str, float], bounded: bool) -> None:
    found = growth(samples(minutes, **grown))
    assert found.mb == pytest.approx(grown.get("mb", 0), abs=1)
    assert found.is_bounded is bounded


def test_that_too_little_is_not_judged() -> None:
    with pytest.raises(SystemExit, match="give more --minutes"):
        growth([Sample(0, 1, 1, 1), Sample(1, 1, 1, 1)])
