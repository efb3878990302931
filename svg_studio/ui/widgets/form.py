"""A form built from the fields of a config class: groups, folds, and every error beside its field."""

from __future__ import annotations

import typing
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QToolButton, QWidget

from svg_studio.engine.choices import choices_of, titles
from svg_studio.engine.config import Config, ConfigError
from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import heading, label, show_text
from svg_studio.ui.widgets.layouts import column
from svg_studio.ui.widgets.setting_field import SettingField

C = TypeVar("C", bound=Config)


class Fold(QWidget):
    """A heading that shows and hides what is below it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setProperty("flat", True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.content = QWidget()
        column(self.button, self.content, on=self, gap=4)
        self.button.toggled.connect(self.set_open)
        self.set_open(False)

    def set_open(self, is_open: bool) -> None:
        self.button.setChecked(is_open)
        self.button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.content.setVisible(is_open)


class ConfigForm(QWidget, Generic[C]):
    """Edits one config of type `kind`. `config` is what the fields say, None while they are in error; `problems` says why.

    A nested config is a group of its own; settings not in `basic` are folded away in their group.
    """

    changed = Signal()

    def __init__(
        self,
        kind: type[C],
        *,
        basic: Collection[str] = (),
        own_title: str = "Settings",
        choices: Mapping[str, Mapping[Any, str]] | None = None,
        words: Mapping[str, str] | None = None,
        check: Callable[[Any], Mapping[str, str]] = lambda config: {},
    ) -> None:
        """words: what settings are called here, where not as elsewhere. check: problems, field → sentence, of a config that has
        none by itself.
        """
        super().__init__()
        self._kind, self._basic, self._choices, self._words, self._also = kind, basic, choices or {}, words or {}, check
        self._fixed: dict[str, Any] = {}
        self.fields: dict[str, SettingField] = {}
        self._groups: dict[str, tuple[type[Config], list[str]]] = {}  # "" for the config's own settings
        self._folds: dict[str, Fold] = {}
        self._fold_of: dict[str, Fold] = {}
        self._hidden: set[str] = set()
        self._loading = False
        self.problems: dict[str, str] = {}
        self.config: C | None = None
        self.general_error = label(role="error", wrap=True)
        self._box = column(on=self, gap=6)
        hints = typing.get_type_hints(kind)
        nested = {f.name: hints[f.name] for f in _fields(kind) if _is_config(hints[f.name])}
        for name, group in reversed(nested.items()):  # what is learned from comes before what learns
            self._add_group(name, group, name.capitalize())
        self._add_group("", kind, own_title)
        self._box.addWidget(self.general_error)
        self._box.addStretch(1)
        self._check()

    def set_values(self, plain: Mapping[str, Any]) -> None:
        """Show these values, nested as `Config.to_dict` and `values` nest them; they may be in error."""
        self._loading = True
        for group, (_, names) in self._groups.items():
            values = plain[group] if group else plain
            for name in names:
                self.fields[name].set_value(values[name])
        self._loading = False
        self._edited()

    def values(self) -> dict[str, Any]:
        """What stands in the fields, nested as the config is; settings that are not shown are as fixed, or have their defaults."""
        found: dict[str, Any] = {}
        for group, (kind, names) in self._groups.items():
            here = found.setdefault(group, {}) if group else found
            defaults = {f.name: f.default for f in _fields(kind)} | self._fixed
            here |= {name: defaults[name] if name in self._hidden else self.fields[name].value() for name in names}
        return found

    def show_only(self, group: str, names: Collection[str]) -> None:
        """Hide the settings of `group` that mean nothing for the data set at hand."""
        for name in self._groups[group][1]:
            shown = name in names
            self.fields[name].set_shown(shown)
            (self._hidden.discard if shown else self._hidden.add)(name)
        self._edited()

    def fix(self, **values: Any) -> None:
        """What settings that are not shown are to be, other than their defaults."""
        self._fixed |= values
        self._edited()

    def recheck(self) -> None:
        """Look for problems again, where those that `check` finds may have changed by themselves."""
        self._edited()

    def set_enabled(self, enabled: bool, why: str = "") -> None:
        """Lock or free the editors, which then say why; the folds still open."""
        for field in self.fields.values():
            field.set_enabled(enabled, why)

    def reason(self) -> str:
        """Why there is no config: the first problem, or nothing."""
        return next(iter(self.problems.values()), "")

    def _add_group(self, name: str, kind: type[Config], title: str) -> None:
        self._box.addWidget(heading(title))
        plain, fold = _grid(), Fold("More settings")
        fold.button.setAccessibleName(f"More {title.lower()} settings")
        folded = _grid(fold.content)
        self._box.addLayout(plain)
        hints, names = typing.get_type_hints(kind), []
        for f in _fields(kind):
            if _is_config(hints[f.name]) or f.default is MISSING:
                continue
            named = self._choices.get(f.name) or titles().get(f.name, {})
            choices = tuple(named) or choices_of(f)
            field = SettingField(
                f.name,
                hints[f.name],
                tip=f.metadata.get("tip", ""),
                unit=f.metadata.get("unit", ""),
                choices=choices,
                titles=dict(named),
                words=self._words.get(f.name, ""),
            )
            field.set_value(f.default)
            field.changed.connect(self._edited)
            self.fields[f.name] = field
            names.append(f.name)
            basic = f.name in self._basic or not self._basic
            _add_row(plain if basic else folded, field)
            if not basic:
                self._fold_of[f.name] = fold
        self._groups[name] = (kind, names)
        if folded.count():
            self._box.addWidget(fold)
            self._folds[name] = fold
        else:
            fold.deleteLater()

    def _edited(self) -> None:
        if not self._loading:
            self._check()
            self.changed.emit()

    def _check(self) -> None:
        try:
            self.config = self._kind.from_dict(self.values())
            self.problems = dict(self._also(self.config))
            self.config = None if self.problems else self.config
        except ConfigError as error:
            said = {name: self.fields[name].doubt() for name in error.problems if name in self.fields}
            self.config, self.problems = None, {name: said.get(name) or why for name, why in error.problems.items()}
        for name, field in self.fields.items():
            sentence = self.problems.get(name, "")
            if sentence != field.error:
                field.set_error(sentence)
            if sentence and name in self._fold_of:
                self._fold_of[name].set_open(True)  # an error nobody sees cannot be mended
        rest = [sentence for name, sentence in self.problems.items() if name not in self.fields]
        show_text(self.general_error, "\n".join(rest))


def _fields(kind: type[Config]) -> tuple[Field[Any], ...]:
    assert is_dataclass(kind)
    return fields(kind)


def _is_config(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Config)


def _grid(parent: QWidget | None = None) -> QGridLayout:
    grid = QGridLayout(parent)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    grid.setColumnMinimumWidth(0, theme.scaled(112))
    grid.setColumnMinimumWidth(2, 58)  # so that the editors of all groups are equally wide
    return grid


def _add_row(grid: QGridLayout, field: SettingField) -> None:
    row = grid.rowCount()
    grid.addWidget(field.label, row, 0)
    grid.addWidget(field, row, 1, 1, 1 if field.unit.text() else 2)
    if field.unit.text():
        grid.addWidget(field.unit, row, 2)
    grid.addWidget(field.error_label, row + 1, 1, 1, 2)
