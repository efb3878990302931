"""Names of files that are proposed, and those that are free."""

from __future__ import annotations

from pathlib import Path

import pytest

from svg_studio.engine.config import ExportConfig
from svg_studio.engine.events import TargetSeen
from svg_studio.engine.export.names import free, look, suggested
from svg_studio.engine.utils.file_names import is_portable


@pytest.mark.parametrize(
    "parts, name",
    [
        (("demo", "test", "0", "seed-1"), "demo-test-0-seed-1"),
        (("My run / copy: 2", "test", "7", "wall"), "My-run-copy-2-test-7-wall"),
        (("../../etc", "val", "0"), "etc-val-0"),
        (("con", "", ""), "con_"),
        (("", "…", "<b>"), "b"),
        ((), "futures"),
        (("…", "???"), "futures"),
        (("Würfel 機械", "test"), "Würfel-機械-test"),
    ],
)
def test_that_a_proposed_name_says_what_it_is_and_suits_every_system(parts: tuple[str, ...], name: str) -> None:
    assert suggested(*parts) == name
    assert is_portable(suggested(*parts))


def test_that_a_proposed_name_is_short_enough_for_a_disk_whatever_the_letters() -> None:
    assert len(suggested("機" * 1000, "x" * 1000, "test", "0").encode()) < 200


def test_that_names_are_counted_up_past_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "demo.gif"
    assert free(path) == path
    path.touch()
    assert free(path).name == "demo-2.gif"
    (tmp_path / "demo-2.gif").mkdir()
    assert free(path).name == "demo-3.gif"
    found = list(look(ExportConfig(path=str(tmp_path / "demo"), format="gif")))
    assert found == [TargetSeen(path, True, tmp_path / "demo-3.gif")]
    other = tmp_path / "demo.mp4"
    assert list(look(ExportConfig(path=str(path), format="mp4"))) == [TargetSeen(other, False, other)]
