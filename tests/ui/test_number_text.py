"""Numbers as people type them, in every locale."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale

from svg_studio.ui import number_text
from svg_studio.ui.number_text import read_decimal, read_whole, written

LOCALES = ("C", "de_DE", "fr_FR", "ar_EG", "de_CH")


@pytest.fixture(autouse=True, params=LOCALES)
def locale(request: pytest.FixtureRequest) -> Iterator[QLocale]:
    """Every test is repeated in locales whose decimal mark, separator and digits differ."""
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    number_text.set_style("point")
    yield QLocale(request.param)
    number_text.set_style("point")
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    "text, value",
    [
        ("2.5", 2.5),
        ("2,5", 2.5),
        (" -2,5 ", -2.5),
        (",5", 0.5),
        ("5.", 5.0),
        ("0,125", 0.125),  # no thousands begin with 0
        ("1,5e-4", 1.5e-4),
        ("1E-4", 1e-4),
        ("1234,567", 1234.567),  # nor with four digits
        ("1.000", 1.0),  # the mark that fields show is always the decimal mark
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1 234,5", 1234.5),
        ("1\u202f234,5", 1234.5),
        ("1'234.5", 1234.5),
        ("1,234,567", 1234567.0),  # no decimal mark comes twice
        ("٢٫٥", 2.5),
        ("٢,٥", 2.5),
        ("\u061c-٢٫٥", -2.5),
        ("\u22122,5", -2.5),
    ],
)
def test_that_a_number_is_read_as_it_is_meant_in_every_locale(text: str, value: float) -> None:
    assert read_decimal(text) == value


@pytest.mark.parametrize(
    "text, value", [("1,000", 1000), ("1 000", 1000), ("٤٠٠", 400), ("1,000,000", 10**6), ("1e3", 1000), ("2.0", 2), ("-3", -3)]
)
def test_that_a_whole_number_may_be_grouped(text: str, value: int) -> None:
    assert read_whole(text) == value


@pytest.mark.parametrize("read, text", [(read_decimal, "1,000"), (read_decimal, "-12,345"), (read_whole, "1.000")])
def test_that_digits_which_can_be_read_in_two_ways_are_refused_with_both(read: object, text: str) -> None:
    with pytest.raises(ValueError, match="can be read in two ways: write 1"):
        read(text)  # type: ignore[operator]


@pytest.mark.parametrize(
    "text", ["", "-", ".", "two", "2.5.1", "12,34,5", "1 00", "1, 5", "10²", "½", "1_0", "nan", "inf", "0x10", "1e", "9" * 5000]
)
def test_that_what_is_no_number_is_refused(text: str) -> None:
    for read in (read_decimal, read_whole):
        with pytest.raises(ValueError, match="number"):
            read(text)


def test_that_a_fraction_is_no_whole_number() -> None:
    with pytest.raises(ValueError, match="2,5: a whole number is needed"):
        read_whole("2,5")


def test_that_numbers_are_written_with_a_point_and_ascii_digits_in_every_locale() -> None:
    assert [written(2.5, 2), written(10.0, 2), written(0.0001), written(-1000), written(100.0, 0)] == [
        "2.5",
        "10",
        "0.0001",
        "-1000",
        "100",
    ]


def test_that_numbers_can_be_written_as_the_system_does(locale: QLocale) -> None:
    number_text.set_style("system")
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    assert written(-2.5, 2) == locale.toString(-2.5, "f", 1)
    assert written(1234) == locale.toString(1234)


@pytest.mark.parametrize("style", number_text.STYLES)
@pytest.mark.parametrize("value", [2.5, 1.234, 1000.0, 1e-4, -0.125, 123.456, 2e-05])
def test_that_what_is_written_is_read_as_the_same_number(style: str, value: float) -> None:
    number_text.set_style(style)
    assert read_decimal(written(value)) == value


def test_that_the_mark_that_fields_show_decides_what_is_in_doubt(locale: QLocale) -> None:
    number_text.set_style("system")
    if locale.decimalPoint() == ",":
        assert read_decimal("1,000") == 1.0
        assert read_whole("1.000") == 1000
        with pytest.raises(ValueError, match="two ways: write 1234 or 1,234"):
            read_decimal("1.234")
    else:
        assert read_decimal("1.000") == 1.0
        assert read_whole("1,000") == 1000


def test_that_an_unknown_style_is_the_point_and_a_new_one_is_told() -> None:
    heard: list[str] = []
    number_text.notifier().changed.connect(lambda: heard.append(number_text.notifier().style))
    number_text.set_style("system")
    number_text.set_style("roman")
    assert heard == ["system", "point"]
