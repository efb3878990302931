"""Brings what the settings dialog says to the pages, at the start and at every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from svg_studio.engine.config import DEVICES, PRECISIONS
from svg_studio.ui import number_text
from svg_studio.ui.shell.settings_dialog import DATA_FOLDER, DEVICE, LOG_FOLDER, NUMBERS, PRECISION, SettingsDialog
from svg_studio.ui.widgets.controls import enable, open_dialog

if TYPE_CHECKING:
    from svg_studio.ui.shell.main_window import MainWindow

WHERE = ("device", "precision")


def restore(window: MainWindow) -> None:
    """As they were chosen last; once all pages are there."""
    settings = window.settings
    number_text.set_style(settings.choice(NUMBERS, number_text.STYLES, number_text.STYLES[0]))
    if folder := settings.folder(DATA_FOLDER, ""):
        _use_data_folder(window, folder)
    if folder := settings.folder(LOG_FOLDER, ""):
        _use_log_folder(window, folder)
    for name, key, choices in (("device", DEVICE, DEVICES), ("precision", PRECISION, PRECISIONS)):
        if (chosen := settings.choice(key, choices, choices[0])) != choices[0]:
            _compute(window, name, chosen)


def show(window: MainWindow) -> SettingsDialog:
    """Opens the dialog on `window`, whose pages follow it."""
    dialog = SettingsDialog(window.settings, [window.notifier.switch, window.awake.switch], window)
    dialog.data_folder_changed.connect(lambda folder: _use_data_folder(window, folder))
    dialog.log_folder_changed.connect(lambda folder: _use_log_folder(window, folder))
    dialog.device_changed.connect(lambda device: _compute(window, "device", device))
    dialog.precision_changed.connect(lambda precision: _compute(window, "precision", precision))
    dialog.scheme_changed.connect(lambda scheme: _dress(window, scheme))
    if window.data is not None:
        dialog.mirrors_wanted.connect(window.data.ask_mirrors)
    enable(dialog.mirrors, window.data is not None, "The Data page is still being made.")
    open_dialog(dialog)
    return dialog


def _use_data_folder(window: MainWindow, folder: str) -> None:
    if window.data is not None:
        window.data.set_data_root(folder)  # which tells the Train page


def _use_log_folder(window: MainWindow, folder: str) -> None:
    if window.runs is not None:
        window.runs.open_folder(folder)
    if window.train is not None:
        window.train.settings.form.fields["log_dir"].set_value(folder)


def _compute(window: MainWindow, name: str, value: str) -> None:
    """What runs, evaluations and samples compute on from now on; `name` is one of WHERE."""
    assert name in WHERE, name
    setattr(window.futures.bar, name, value)
    for page in (window.train, window.evaluate):
        if page is not None:
            page.settings.form.fields[name].set_value(value)


def _dress(window: MainWindow, scheme: str) -> None:
    window.choose_scheme(scheme)
    for entry in window.menus.schemes.actions():
        entry.setChecked(entry.data() == scheme)
