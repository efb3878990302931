"""Help for a page: its keys, as its buttons and menus have them, and what its pictures and colours mean."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QDialog, QDialogButtonBox, QTextBrowser, QWidget

from svg_studio.ui.style import theme
from svg_studio.ui.widgets.controls import named, resize_on_screen
from svg_studio.ui.widgets.layouts import column

NATIVE = QKeySequence.SequenceFormat.NativeText

# Keys that a page takes as they come, which no button or menu knows of.
KEYS: Mapping[str, Mapping[str, str]] = {
    "futures": {
        "Space": "play, or hold",
        "Left, Right": "a frame back, a frame on",
        "Home, End": "the first frame, the last one",
        "Page Up, Page Down": "five frames, while the frame slider has the focus",
        "Up, Down, Page Up, Page Down": "the future before, the next one, while one is enlarged",
        "P": "pin the selected future, or unpin it",
        "F": "fork the selected future at the frame that is seen",
        "S": "steer the selected future from the frame that is seen on, or close that panel",
        "F2, Delete, Ctrl+Z": "name a fork, prune it, undo, while the tree of futures has the focus",
        "Enter, or a double click": "the selected future beside the truth, as large as there is room for; again: the wall",
        "Up, Down": "through the training of a run, while the slider of the window that compares models has the focus",
        "W": "the wall alone, or all of the page",
        "Escape": "back to the wall, and to all of the page",
        "Menu, Shift+F10": "the menu of the selected tile: copy, pin, save",
        "Tab, then arrow keys": "choose another tile of the wall, or of those beside it",
    },
    "train": {"Left, Right": "the step before, the next one, while curves or the slider of the previews have the focus"},
    "data": {"Space": "play, or hold", "Left, Right": "a frame back, a frame on"},
    "evaluate": {"Delete": "take the selected model off the list", "Alt+Up, Alt+Down": "move it"},
    "runs": {"Left, Right": "the step before, the next one, while the curves have the focus"},
}

# What is seen, by the colour or mark that it has; a name of theme.Colors stands for a patch of that colour.
MEANS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "futures": (
        (
            "given",
            "Border of a frame that was given",
            "The model saw the first n_past frames; they are the same on all tiles.",
        ),
        ("imagined", "Border of a frame that was imagined", "From there on each tile goes its own way, as its seed draws z."),
        ("border", "A veil over a tile", "This frame is still being made; the last one that is there stays visible."),
        (
            "",
            "A faint wall",
            "These futures belong to another model, clip or setting than those named above; the strip says whose they are.",
        ),
        (
            "",
            "Tree of futures",
            "Each row is a future and its length is time; a line leads to where it leaves the one that it was forked off.",
        ),
        ("★", "Pinned", "The future is kept in sight, and can be exported together with the others that are pinned."),
        ("", "truth, posterior", "What really came next, and what the model draws where it may look at it (z of the posterior q)."),
        ("", "mean, spread", "The average of all futures, and how far they differ from it at each pixel: bright is undecided."),
        ("", "Prior sigma", "How wide the prior is before each frame: high where the model does not know what comes."),
        ("", "Surprise", "How little the model expected what truly happened at each frame, KL(q‖p) in nats, whatever is imagined."),
        ("", "SSIM, PSNR", "How near each future is to the truth at each frame; higher is nearer."),
    ),
    "train": (
        ("", "mse", "How far the frames of the posterior are from the true ones, summed as in the paper."),
        ("", "kld", "KL(q‖p): what z says that the prior did not expect, in nats."),
        ("", "total", "mse + beta · kld, which is what training makes small."),
        ("", "Marks at epochs", "The same losses over clips of the test part."),
        ("", "Previews", "The truth, the posterior and a few futures of the same test clips, at every step that was kept."),
    ),
    "data": (
        ("", "Card", "One data set: what of it lies on the disk, and what can be done next."),
        ("", "Clips", "Windows of the converted sequences, as training and tests see them."),
    ),
    "evaluate": (
        ("", "Curves", "The mean over the clips at each frame, of the best of the samples, and the band of its 95 % interval."),
        ("", "Best of N", "Of the samples of a clip the one nearest to the truth counts, as in the literature."),
    ),
    "runs": (
        ("", "State", "Running, finished, stopped and kept, failed, or crashed: then its last checkpoint can be gone on from."),
        ("", "Curves", "The runs that are selected, over each other. The settings that differ are listed beside them."),
    ),
}


def keys_of(page: QWidget) -> Iterator[tuple[str, str]]:
    """(key, what it does) of every button and shortcut below `page` that says what it does."""
    for button in page.findChildren(QAbstractButton):
        if not button.shortcut().isEmpty():
            yield button.shortcut().toString(NATIVE), _plain(button.text()) or button.accessibleName()
    for shortcut in page.findChildren(QShortcut):
        if shortcut.whatsThis():
            yield shortcut.key().toString(NATIVE), shortcut.whatsThis()
    for act in page.findChildren(QAction):
        if not act.shortcut().isEmpty() and act.text():
            yield act.shortcut().toString(NATIVE), _plain(act.text())


class PageHelp(QDialog):
    """May stay open beside the page."""

    def __init__(self, key: str, title: str, page: QWidget, everywhere: list[QAction], parent: QWidget) -> None:
        """everywhere: the entries of the menus, whose keys work on every page."""
        super().__init__(parent)
        self.setWindowTitle(f"Help: {title}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_on_screen(self, 620, 560)
        self.text = named(QTextBrowser(), f"Help for the page {title}")
        self._told: Callable[[], str] = lambda: _page(key, page, everywhere)
        theme.follow(self._write)
        buttons = QDialogButtonBox()
        buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        self.finished.connect(lambda: theme.notifier().changed.disconnect(self._write))
        column(self.text, buttons, on=self, gap=10, margins=(16, 16, 16, 12), stretch=self.text)

    def _write(self) -> None:
        self.text.setHtml(self._told())


EVERYWHERE = {"Escape": "dismiss a message at the foot of the page"}


def _page(key: str, page: QWidget, everywhere: list[QAction]) -> str:
    own = {**KEYS[key], **dict(keys_of(page))}
    menus = EVERYWHERE | {
        QKeySequence.listToString(act.shortcuts(), NATIVE): act.text().replace("&", "") for act in everywhere if act.shortcuts()
    }
    means = [(_mark(mark), name, words) for mark, name, words in MEANS[key]]
    pictures = "".join(
        f"<tr><td width=26>{mark}</td><td width=190><b>{html.escape(name)}</b></td><td>{html.escape(words)}</td></tr>"
        for mark, name, words in means
    )
    return f"<h3>What is seen</h3>{_table(pictures)}<h3>Keys of this page</h3>{_keys(own)}<h3>Keys everywhere</h3>{_keys(menus)}"


def _plain(text: str) -> str:
    """The text of a button or menu without the mark of its key."""
    return text.replace("&", "")


def _keys(keys: Mapping[str, str]) -> str:
    rows = (f"<tr><td width=190><b>{html.escape(key)}</b></td><td>{html.escape(words)}</td></tr>" for key, words in keys.items())
    return _table("".join(rows))


def _table(rows: str) -> str:
    return f"<table cellpadding=4 width='100%'>{rows}</table>"


def _mark(mark: str) -> str:
    if mark in ("given", "imagined", "border"):
        colour = getattr(theme.colors(), mark)
        return f"<span style='background:{colour}'>&nbsp;&nbsp;&nbsp;&nbsp;</span>"
    return html.escape(mark)
