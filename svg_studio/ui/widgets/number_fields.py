"""Fields for numbers: typing is free, a decimal comma is understood, and what cannot be taken is said beside the field."""

from __future__ import annotations

from PySide6.QtGui import QHideEvent, QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QWidget

from svg_studio.ui import number_text
from svg_studio.ui.widgets.remark import Remark

State = QValidator.State
Checked = tuple[QValidator.State, str, int]


class WholeField(QSpinBox):
    """A field for a whole number. While something is typed, `value` is the allowed number nearest to it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.typed = Typed(self)
        number_text.notifier().changed.connect(self._rewrite)

    def read(self, text: str) -> int:
        """The number that `text`, with prefix and suffix, spells. Raises ValueError with a sentence."""
        return self.minimum() if _is_special(self, text) else number_text.read_whole(_bare(self, text))

    def nearest(self, wish: float) -> int:
        """The allowed number nearest to the whole number `wish`."""
        return int(max(self.minimum(), min(self.maximum(), wish)))

    def shown(self, value: float) -> str:
        """`value` with prefix and suffix."""
        return f"{self.prefix()}{self.textFromValue(int(value))}{self.suffix()}"

    def validate(self, text: str, pos: int) -> Checked:
        return _checked(self, text, pos)

    def fixup(self, text: str) -> str:
        return text  # what is no number is none: the last one is shown again

    def valueFromText(self, text: str) -> int:
        try:
            return self.nearest(self.read(text))
        except ValueError:
            return self.value()

    def textFromValue(self, value: int) -> str:
        return number_text.written(value)

    def stepBy(self, steps: int) -> None:
        super().stepBy(steps)
        self.typed.finish(stepped=True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.typed.remark.hide()

    def _rewrite(self) -> None:
        self.typed.rewrite()


class DecimalField(QDoubleSpinBox):
    """The same for a number with as many digits of a fraction as `decimals` says."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.typed = Typed(self)
        number_text.notifier().changed.connect(self._rewrite)

    def read(self, text: str) -> float:
        """The number that `text`, with prefix and suffix, spells. Raises ValueError with a sentence."""
        return self.minimum() if _is_special(self, text) else number_text.read_decimal(_bare(self, text))

    def nearest(self, wish: float) -> float:
        """The allowed number nearest to `wish`."""
        return round(max(self.minimum(), min(self.maximum(), wish)), self.decimals())

    def shown(self, value: float) -> str:
        """`value` with prefix and suffix."""
        return f"{self.prefix()}{self.textFromValue(value)}{self.suffix()}"

    def validate(self, text: str, pos: int) -> Checked:
        return _checked(self, text, pos)

    def fixup(self, text: str) -> str:
        return text

    def valueFromText(self, text: str) -> float:
        try:
            return self.nearest(self.read(text))
        except ValueError:
            return self.value()

    def textFromValue(self, value: float) -> str:
        return number_text.written(value, self.decimals())

    def stepBy(self, steps: int) -> None:
        super().stepBy(steps)
        self.typed.finish(stepped=True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.typed.remark.hide()

    def _rewrite(self) -> None:
        self.typed.rewrite()


class Typed:
    """What a person types into one field, and what is to be said of it at the end."""

    def __init__(self, field: WholeField | DecimalField) -> None:
        self._field = field
        self._text: str | None = None  # what was typed since the last end
        self.remark = Remark(field)
        field.lineEdit().textEdited.connect(self._note)
        field.editingFinished.connect(self.finish)

    def finish(self, *, stepped: bool = False) -> None:
        """Says where the field has another number now than was typed; not where that was `stepped` on from."""
        text, self._text = self._text, None
        field = self._field
        if text is None or not field.hasAcceptableInput():
            return
        try:
            wish = field.read(text)
        except ValueError as error:
            self.remark.say(f"{error}. Still {field.text()}.")
            return
        if not stepped and field.value() != field.nearest(wish):
            return  # it was set to something else meanwhile
        if wish > field.maximum():
            self.remark.say(f"At most {field.shown(field.maximum())}.")
        elif wish < field.minimum():
            self.remark.say(f"At least {field.shown(field.minimum())}.")
        elif field.value() != wish and not stepped:
            self.remark.say(f"Rounded to {field.text()}.")

    def _note(self, text: str) -> None:
        self._text = text
        self.remark.clear()

    def rewrite(self) -> None:
        """Numbers are written in another way now; what is being typed stays."""
        if self._text is None:
            self._field.setSuffix(self._field.suffix())  # which has Qt write it again


def _checked(field: WholeField | DecimalField, text: str, pos: int) -> Checked:
    """Any number may be typed, and what may become one; limits are looked at in the end."""
    try:
        field.read(text)
    except ValueError:
        begun = number_text.may_begin(_bare(field, text)) or field.specialValueText().startswith(text.strip())
        return (State.Intermediate if begun else State.Invalid), text, pos
    return State.Acceptable, text, pos


def _bare(field: WholeField | DecimalField, text: str) -> str:
    """`text` without the field's prefix and suffix, of which a part may be there: it is being typed, or was deleted."""
    suffix = field.suffix().strip()
    text = text.strip().removeprefix(field.prefix().strip()).strip().removesuffix(suffix).strip()
    for length in range(len(suffix), 0, -1):
        if text.endswith(suffix[:length]):
            return text[:-length].strip()
    return text


def _is_special(field: WholeField | DecimalField, text: str) -> bool:
    return bool(field.specialValueText()) and text.strip() == field.specialValueText().strip()
