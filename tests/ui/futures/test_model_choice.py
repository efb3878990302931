"""Models that were opened lately can be opened again from the bar."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from svg_studio.ui import recents
from svg_studio.ui.futures.model_choice import NO_MODEL, ModelChoice


@pytest.fixture
def choice(qtbot: QtBot) -> ModelChoice:
    choice = ModelChoice()
    qtbot.addWidget(choice)
    choice.show()
    return choice


def lines(choice: ModelChoice) -> list[str]:
    choice.menu.aboutToShow.emit()
    return [act.text() for act in choice.menu.actions() if not act.isSeparator()]


def test_that_the_newest_comes_first_with_its_run_and_folder(choice: ModelChoice, qtbot: QtBot) -> None:
    recents.note("models", Path("/data/a&b.pt"))
    recents.note("models", Path("/runs/kth-lp/checkpoints/best.pt"))
    assert lines(choice) == [f"kth-lp · best   {Path('/runs')}", f"a&&b.pt   {Path('/data')}", "Forget these"]
    with qtbot.waitSignal(choice.recent_chosen) as chosen:
        choice.menu.actions()[1].trigger()
    assert chosen.args == [str(Path("/data/a&b.pt"))]


def test_that_they_can_be_forgotten(choice: ModelChoice) -> None:
    recents.note("models", "/data/a.pt")
    lines(choice)
    choice.menu.actions()[-1].trigger()
    assert lines(choice) == ["Forget these"]
    forget = choice.menu.actions()[-1]
    assert not forget.isEnabled()
    assert forget.toolTip() == "No model was opened yet."


def test_that_a_long_name_is_cut_and_whole_in_its_tip(choice: ModelChoice) -> None:
    path = Path("/data") / ("long" * 30 + ".pt")
    choice.set_model(path, "step 5")
    assert "…" in choice.name.text()
    assert str(path) in choice.name.toolTip()
    choice.forget_model()
    assert (choice.name.text(), choice.name.toolTip()) == (NO_MODEL, "")
