"""Fields for numbers, typed into as people do."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from svg_studio.engine.config import TrainConfig
from svg_studio.ui import number_text
from svg_studio.ui.widgets.controls import decimal_box, spin_box
from svg_studio.ui.widgets.form import ConfigForm
from svg_studio.ui.widgets.layouts import boxed, column
from svg_studio.ui.widgets.number_fields import DecimalField, WholeField


@pytest.fixture(autouse=True, params=["C", "de_DE", "fr_FR", "ar_EG"])
def locale(request: pytest.FixtureRequest) -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    number_text.set_style("point")
    yield
    number_text.set_style("point")
    QLocale.setDefault(before)


class Window:
    """A window with one field of each kind, and another to go to."""

    def __init__(self) -> None:
        self.futures: WholeField = spin_box("Futures", 1, 400, 50, "How many")
        self.fps: DecimalField = decimal_box("Rate", 0.5, 100.0, 10.0, suffix=" frames/s")
        self.columns: WholeField = spin_box("Columns", 0, 40, 0)
        self.columns.setSpecialValueText("nearly square")
        self.other = QLineEdit()
        self.page: QWidget = boxed(column(self.futures, self.fps, self.columns, self.other, None))


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    made = Window()
    qtbot.addWidget(made.page)
    made.page.resize(400, 300)
    with qtbot.waitExposed(made.page):
        made.page.show()
    made.page.activateWindow()
    return made


def write(field: QWidget, text: str, end: Qt.Key = Qt.Key.Key_Return) -> None:
    """Types `text`, of any script, in the place of what is there, and `end`."""
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    for letter in text:
        QApplication.sendEvent(field, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter))
    if not text:
        QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClick(field, end)


@pytest.mark.parametrize("text", ["2.5", "2,5", "٢٫٥", "2.5 frames/s", "25e-1"])
def test_that_a_point_and_a_comma_are_decimal_marks_in_every_locale(window: Window, text: str) -> None:
    write(window.fps, text)
    assert window.fps.value() == 2.5
    assert window.fps.text() == "2.5 frames/s"
    assert not window.fps.typed.remark.text


@pytest.mark.parametrize("end", [Qt.Key.Key_Return, Qt.Key.Key_Tab])
def test_that_a_number_beyond_the_limit_becomes_the_limit_which_is_said(window: Window, end: Qt.Key) -> None:
    told: list[int] = []
    window.futures.valueChanged.connect(told.append)
    write(window.futures, "500", end)
    assert told == [400]
    assert window.futures.text() == "400"
    assert window.futures.typed.remark.text == "At most 400."
    assert window.futures.typed.remark.is_seen
    assert window.futures.accessibleDescription() == "At most 400."
    assert window.futures.toolTip() == "At most 400.\nHow many"


def test_that_a_number_below_the_limit_becomes_the_limit_which_is_said(window: Window) -> None:
    write(window.futures, "-7")
    assert (window.futures.value(), window.futures.typed.remark.text) == (1, "At least 1.")
    write(window.fps, "0,1")
    assert (window.fps.value(), window.fps.typed.remark.text) == (0.5, "At least 0.5 frames/s.")


def test_that_the_remark_goes_with_the_next_edit(window: Window) -> None:
    write(window.futures, "500")
    QTest.keyClicks(window.futures, "4")
    assert not window.futures.typed.remark.is_seen
    assert window.futures.toolTip() == "How many"
    assert window.futures.accessibleDescription() == ""


def test_that_the_remark_goes_with_its_field(window: Window) -> None:
    write(window.futures, "500")
    window.futures.hide()
    assert not window.futures.typed.remark.is_seen


def test_that_nothing_is_said_of_a_number_that_may_be(window: Window) -> None:
    write(window.futures, "500")
    write(window.futures, "120")
    assert window.futures.value() == 120
    assert not window.futures.typed.remark.text


@pytest.mark.parametrize(
    "text, why",
    [
        ("1,000", "1,000 can be read in two ways: write 1000 or 1. Still 10 frames/s."),
        ("", "a number is needed. Still 10 frames/s."),
        ("1.2.3", "1.2.3: is no number. Still 10 frames/s."),
    ],
)
def test_that_what_cannot_be_read_leaves_the_number_and_is_said(window: Window, text: str, why: str) -> None:
    write(window.fps, text)
    assert (window.fps.value(), window.fps.typed.remark.text) == (10.0, why)


def test_that_a_fraction_is_not_cut_to_a_whole_number(window: Window) -> None:
    write(window.futures, "2.5")
    assert (window.futures.value(), window.futures.typed.remark.text) == (50, "2.5: a whole number is needed. Still 50.")


def test_that_digits_which_are_rounded_away_are_said(window: Window) -> None:
    write(window.fps, "2.516")
    assert (window.fps.value(), window.fps.typed.remark.text) == (2.52, "Rounded to 2.52 frames/s.")


def test_that_a_field_can_be_stepped_on_from_what_is_typed(window: Window) -> None:
    write(window.futures, "120", Qt.Key.Key_Up)
    assert window.futures.value() == 121
    assert not window.futures.typed.remark.text


def test_that_words_for_the_least_number_stay_and_can_be_typed(window: Window) -> None:
    write(window.columns, "12")
    assert window.columns.value() == 12
    write(window.columns, "nearly square")
    assert (window.columns.value(), window.columns.text()) == (0, "nearly square")
    window.columns.setFocus()
    window.other.setFocus()
    assert (window.columns.value(), window.columns.typed.remark.text) == (0, "")


def test_that_letters_are_not_taken(window: Window) -> None:
    write(window.futures, "1x2y")
    assert window.futures.value() == 12


def test_that_fields_are_written_anew_when_the_way_of_writing_changes(window: Window) -> None:
    window.fps.setValue(2.5)
    number_text.set_style("system")
    assert window.fps.text() == f"{number_text.written(2.5)} frames/s"
    assert QLocale().decimalPoint() in window.fps.text()
    QTest.keyClick(window.fps, Qt.Key.Key_Return)
    assert window.fps.value() == 2.5
    number_text.set_style("point")
    assert window.fps.text() == "2.5 frames/s"


def test_that_a_form_reads_and_writes_the_same_numbers(qtbot: QtBot) -> None:
    form = ConfigForm(TrainConfig)
    qtbot.addWidget(form)
    write(form.fields["lr"].editor, "0,0005")
    write(form.fields["batch_size"].editor, "1,000")
    assert isinstance(form.config, TrainConfig)
    assert (form.config.lr, form.config.batch_size) == (0.0005, 1000)
    form.set_values(form.config.to_dict())
    number_text.set_style("system")
    assert form.fields["lr"].editor.text() == number_text.written(0.0005)  # type: ignore[union-attr]
    assert (form.config.lr, form.config.batch_size) == (0.0005, 1000)


def test_that_a_form_says_why_a_number_cannot_be_read(qtbot: QtBot) -> None:
    form = ConfigForm(TrainConfig)
    qtbot.addWidget(form)
    write(form.fields["beta"].editor, "1,000")
    assert form.fields["beta"].error == "beta: 1,000 can be read in two ways: write 1000 or 1"
    write(form.fields["beta"].editor, "1")
    assert form.config is not None
    assert repr(form.fields["beta"].value()) == "1"


def test_that_a_field_that_has_gone_hears_nothing(qtbot: QtBot, capfd: pytest.CaptureFixture[str]) -> None:
    made = Window()
    QTest.keyClicks(made.futures, "1")
    gone = weakref.ref(made.futures.typed)
    made.page.deleteLater()
    QApplication.sendPostedEvents(made.page, QEvent.Type.DeferredDelete)
    number_text.set_style("system")
    assert capfd.readouterr().err == ""
    del made
    gc.collect()
    assert gone() is None


def test_that_nothing_is_said_of_what_was_typed_before_another_number_was_set(window: Window) -> None:
    write(window.futures, "600", Qt.Key.Key_Shift)
    window.futures.setValue(3)
    QTest.keyClick(window.futures, Qt.Key.Key_Return)
    assert (window.futures.value(), window.futures.typed.remark.text) == (3, "")
