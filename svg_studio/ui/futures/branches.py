"""Forks futures at the frame that is seen, and says which of them belong on the wall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from svg_studio.engine.address import Path, Segment
from svg_studio.ui.formatting import count_of
from svg_studio.ui.futures.tree import ROOT, History, Node, Tree
from svg_studio.ui.futures.tree_list import TreeList
from svg_studio.ui.widgets.controls import button, enable, label, spin_box
from svg_studio.ui.widgets.layouts import column, row
from svg_studio.ui.widgets.menus import context_menu, entry

MOST_CHILDREN = 64
MOST_LETTERS = 80  # of a name
FORK_TIP = "Goes on from the frame that is seen with other seeds: the forks are the selected future up to it, to the pixel (F)"
STEER_TIP = "Changes what decides z of the selected future from the frame that is seen on, and shows what becomes of it (S)"
CHILDREN_TIP = "Futures that a fork makes (k)"


@dataclass(frozen=True)
class Showing:
    """What belongs on the wall: the node in whose place it is, and a future for each of `nodes`; `selected` is a place among them.

    ROOT's is the wall of seeds.
    """

    key: int
    nodes: tuple[Node, ...]
    selected: int

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(node.path for node in self.nodes)

    @property
    def names(self) -> list[str]:
        """What captions call them."""
        return [f"parent: {node.title}" if node.key == self.key else node.title for node in self.nodes]


class Branches(QWidget):
    """Button and tree. `begin` with a wall of seeds; `wanted` says what the wall is to show from now on, `refused` why not."""

    wanted = Signal(object)  # Showing
    refused = Signal(str)
    changed = Signal()
    steer = Signal()  # the person wants the Steer panel, or its room

    def __init__(self, stand: Callable[[], tuple[int, int]], parent: QWidget | None = None) -> None:
        """stand: the place on the wall of the selected future, -1 for none, and the frame that is seen."""
        super().__init__(parent)
        self.why_not: Callable[[], str] = lambda: ""  # a sentence where the wall is of something else than is named
        self._stand = stand
        self._history = History()
        self._frames = self._given = 0
        self.showing = Showing(ROOT, (), -1)
        self.fork_button = button("Fork", self.fork, FORK_TIP)
        self.steer_button = button("Steer", self.steer, STEER_TIP)
        self.steer_button.setCheckable(True)
        self.count = spin_box("Forks at once", 1, MOST_CHILDREN, 8, CHILDREN_TIP)
        self.undo_button = button("Undo", self.undo, "Takes the last fork, name or pruning back (Ctrl+Z)")
        self.list = TreeList()
        self.list.hide()
        word = label("into", "muted", buddy=self.count)
        column(
            row(self.fork_button, word, self.count, self.steer_button, None, self.undo_button, gap=6),
            self.list,
            on=self,
            gap=6,
            stretch=self.list,
        )
        self.list.chosen.connect(self.show_node)
        self.list.pruned.connect(self.prune)
        self.list.rows.renamed.connect(self.rename)
        context_menu(self.list, self._entries)
        for key, act in ((QKeySequence.StandardKey.Undo, self.undo), (QKeySequence.StandardKey.Redo, self.redo)):
            QShortcut(QKeySequence(key), self, act, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._tell()

    @property
    def tree(self) -> Tree:
        return self._history.tree

    def begin(self, seeds: Sequence[int], frames: int, given: int) -> None:
        """There is another wall of futures, `frames` long, of which the first `given` were given. Its forks are gone."""
        self._begin(Tree.of_seeds(seeds), frames, given)

    def begin_paths(self, paths: Sequence[Path], names: Sequence[str], frames: int, given: int) -> None:
        """The same of a wall of futures that are more than their seeds."""
        self._begin(Tree.of_paths(paths, [name[:MOST_LETTERS] for name in names]), frames, given)

    def _begin(self, tree: Tree, frames: int, given: int) -> None:
        self._history.begin(tree)
        self._frames, self._given = frames, given
        self.list.set_length(frames, given)
        self.showing = self._around(ROOT)
        self._tell()

    # ---- forks

    def fork(self) -> None:
        """Children of the selected future that part from it after the frame that is seen, with seeds that nobody has."""
        if self._is_refused():
            return
        number, t = self._stand()
        if (node := self._node(number)) is None:
            self.refused.emit("Select a future on the wall first: a fork goes on from it.")
            return
        at = max(t + 1, self._given)
        if at >= self._frames:
            self.refused.emit("This is the last frame: go back to the one that the forks are to go on from.")
            return
        seeds = islice(self.tree.fresh_seeds(), self.count.value())
        self.add(node.key, at, [Segment(at, seed=seed) for seed in seeds])

    def add(self, parent: int, at: int, segments: Sequence[Segment], names: Sequence[str] = ()) -> list[int]:
        """Children of a future that go on as each of `segments` says from frame `at` on; their keys. They are shown on the wall."""
        if self._is_refused():
            return []
        try:
            tree, keys = self.tree.grow(parent, at, segments, names)
        except ValueError as error:
            self.refused.emit(str(error))
            return []
        self._history.put(tree)
        self._show(self._around(keys[0]))
        return keys

    def node_at(self, number: int) -> Node | None:
        """The future in a place on the wall."""
        return self._node(number)

    # ---- what the wall shows

    def show_node(self, key: int) -> None:
        """A future with its forks; one that has none beside those that it was forked with."""
        if key in self.tree.nodes and not self._is_refused():
            self._show(self._around(key))

    def stand_at(self, showing: Showing) -> None:
        """This is what the wall shows, or is on its way to."""
        self.showing = showing
        self._tell()

    def _is_refused(self) -> bool:
        if why := self.why_not():
            self.refused.emit(why)
        return bool(why)

    def _around(self, key: int) -> Showing:
        tree = self.tree
        children = tree.children(key)
        if key != ROOT and not children:
            found = self._around(tree.nodes[key].parent)
            return Showing(found.key, found.nodes, next(n for n, node in enumerate(found.nodes) if node.key == key))
        before = (tree.nodes[key],) if key != ROOT else ()
        return Showing(key, (*before, *children), 0 if before or children else -1)

    def _show(self, showing: Showing) -> None:
        same = showing.key == self.showing.key and showing.nodes == self.showing.nodes
        self.showing = showing
        self._tell()
        if not same or showing.selected >= 0:
            self.wanted.emit(showing)

    # ---- names, pruning, going back

    def rename(self, key: int, name: str) -> None:
        """An empty name is that of its seed again."""
        if key in self.tree.nodes and key != ROOT and name.strip()[:MOST_LETTERS] != self.tree.nodes[key].name:
            self._history.put(self.tree.named(key, name.strip()[:MOST_LETTERS]))
            self._show(self._around(key))

    def prune(self, key: int) -> None:
        """Takes a fork and all of its own forks away."""
        node = self.tree.nodes.get(key)
        if node is None or key == ROOT or node.parent == ROOT:
            self.refused.emit("Only forks can be pruned: the futures of the wall are as many as its settings say.")
            return
        self._history.put(self.tree.without(key))
        self._show(self._around(node.parent))

    def undo(self) -> None:
        self._go(self._history.undo)

    def redo(self) -> None:
        self._go(self._history.redo)

    def _go(self, step: Callable[[], None]) -> None:
        if self._is_refused():
            return
        before = self.tree
        step()
        tree = self.tree
        if tree is not before:
            new = [key for key in tree.nodes if tree.nodes[key] != before.nodes.get(key)]
            key = new[-1] if new else self.showing.key if self.showing.key in tree.nodes else ROOT
            self._show(self._around(key))

    # ---- what is seen of it

    def show_frame(self, t: int) -> None:
        """The clock has moved."""
        self.list.show_frame(t)

    def select(self, number: int) -> None:
        """A future of the wall was selected."""
        if (node := self._node(number)) is not None and not self.list.isHidden():
            self.list.setCurrentIndex(self.list.rows.index(self.list.rows.row_of[node.key]))

    def _node(self, number: int) -> Node | None:
        nodes = self.showing.nodes
        return nodes[number] if 0 <= number < len(nodes) else None

    def _tell(self) -> None:
        shown = self.showing
        at = shown.nodes[shown.selected].key if 0 <= shown.selected < len(shown.nodes) else shown.key
        self.list.put(self.tree, [node.key for node in shown.nodes], at)
        self.list.setHidden(not self.tree.forks and not self._history.can_undo)
        self.list.reveal()
        enable(self.undo_button, self._history.can_undo, "There is nothing to undo.")
        enable(self.fork_button, bool(shown.nodes), "There are no futures to fork yet; press Sample first.")
        self.changed.emit()

    def _entries(self) -> list[QAction | None]:
        key = self.list.current
        node = self.tree.nodes.get(key)
        if node is None:
            return []
        fixed = "" if node.parent != ROOT else "Only forks can be pruned."
        below = len(self.tree.nodes) - len(self.tree.without(key).nodes) - 1 if not fixed else 0
        return [
            entry("Show on the wall", lambda: self.show_node(key), key="Return"),
            entry(
                "Rename…", lambda: self.list.edit(self.list.currentIndex()), key="F2", why="" if key != ROOT else "It has no name."
            ),
            entry(f"Prune with {count_of(below, 'fork')}" if below else "Prune", lambda: self.prune(key), key="Del", why=fixed),
            None,
            entry("Undo", self.undo, key="Ctrl+Z", why="" if self._history.can_undo else "There is nothing to undo."),
            entry("Redo", self.redo, key="Ctrl+Shift+Z", why="" if self._history.can_redo else "There is nothing to redo."),
        ]
