"""The Steer panel: a hand on z of the selected future, whose picture follows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from svg_studio.engine.address import ClipAddress, Path, Segment, forked
from svg_studio.engine.config import FuturesConfig
from svg_studio.engine.events import Event, FramesImagined, FutureSampled, LatentUse
from svg_studio.engine.worker import Job, Worker
from svg_studio.ui.futures.branches import Branches
from svg_studio.ui.futures.origin import Origin
from svg_studio.ui.futures.steer.controls import Choice, SteerControls, others_of
from svg_studio.ui.futures.steer.steering import Steering
from svg_studio.ui.futures.steer.tiles import SteerTiles
from svg_studio.ui.futures.tree import Node
from svg_studio.ui.futures.wall import Wall
from svg_studio.ui.style import theme
from svg_studio.ui.video.playback import Playback
from svg_studio.ui.widgets.controls import IconButton, button, enable, heading, label
from svg_studio.ui.widgets.layouts import column, row

NARROWEST = 270  # px
KEEP_TIP = "Puts the steered future into the tree, as a fork of the selected one"
HERE_TIP = "Steers from the frame that is seen on"


@dataclass(frozen=True)
class Subject:
    """The future that is steered, and from which frame on."""

    origin: Origin
    node: Node
    z_dim: int


class SteerPanel(QWidget):
    """Steers the selected future of `wall` from the frame after the one that is seen. That frame stays the same once a control
    was moved. `closed` where the person wants the room again; `refused` has a sentence.
    """

    closed = Signal()
    refused = Signal(str)

    def __init__(
        self,
        studio: Worker,
        wall: Wall,
        branches: Branches,
        playback: Playback,
        place: Callable[[], tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        """place: device and precision of the futures."""
        super().__init__(parent)
        self._wall, self._branches, self._playback, self._place = wall, branches, playback, place
        self.steering = Steering(studio, self)
        self.subject: Subject | None = None
        self.at = 0
        self.steered = False  # a control was moved since
        self._measured: tuple[object, LatentUse] | None = None  # and what of: the checkpoint's SHA-256 and the data
        self.title = heading("Steer")
        self.close_button = IconButton("close", "Closes the panel (S)", self.closed, name="Close the panel")
        self.tiles = SteerTiles()
        self.where = label("", "muted", wrap=True)
        self.here = button("From here", self._from_here, HERE_TIP)
        self.reset = button("Reset", self._reset, "Takes all that was moved back")
        self.keep_button = button("Keep", self.keep, KEEP_TIP, primary=True)
        self.controls = SteerControls(lambda: next(branches.tree.fresh_seeds()))
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self.controls)
        top = row(self.title, self.where, self.close_button, gap=8, stretch=self.where)
        acts = row(self.here, self.reset, None, self.keep_button, gap=5)
        box = column(top, self.tiles, acts, self.area, on=self, gap=6, margins=(8, 0, 0, 0))
        for part, share in ((self.tiles, 1), (self.area, 2)):
            box.setStretchFactor(part, share)
        bar = self.area.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(max(theme.scaled(NARROWEST), self.controls.minimumSizeHint().width() + bar + 8))

    def _connect(self) -> None:
        self._playback.frame_changed.connect(self.show_frame)
        for signal in (self._wall.selection_changed, self._wall.pins_changed, self._branches.changed):
            signal.connect(self.refresh)
        self.controls.moved.connect(self._wish)
        self.controls.traverse.connect(self.traverse)
        self.steering.imagined.connect(self._on_frames)
        self.steering.completed.connect(self._on_future)
        self.steering.used.connect(self._on_use)
        self.steering.failed.connect(self._on_failure)
        self.steering.unmeasured.connect(lambda why: self.controls.set_use(None, why))
        self.steering.changed.connect(self._tell)

    def on_event(self, job: Job, event: Event) -> None:
        """Everything any job says passes here."""
        self.steering.on_event(job, event)

    # ---- what is steered

    def set_open(self, on: bool) -> None:
        """Whether it is used; while it is not, it does nothing."""
        self.setVisible(on)
        self.refresh()

    def refresh(self) -> None:
        """Takes what is selected on the wall, unless it is steered already."""
        subject = self._selected() if not self.isHidden() else None
        same = subject is not None and self.subject is not None and (subject.origin, subject.node.path) == self._identity
        if same:
            self.subject = subject
            self._begin_controls(keep=True)
        elif subject is None:
            self.subject, self.steered = None, False
            self.steering.drop()
            self.tiles.end()
        else:
            self._begin(subject)
        self._tell()

    @property
    def _identity(self) -> tuple[Origin, Path] | None:
        return (self.subject.origin, self.subject.node.path) if self.subject is not None else None

    def _selected(self) -> Subject | None:
        number, origin = self._wall.selected, self._wall.origin
        there = 0 <= number < len(self._wall.paths) and self._wall.films[number] is not None
        if origin is None or not there:
            return None
        path, tree = self._wall.paths[number], self._branches.tree
        node = self._branches.node_at(number)
        if node is None or node.path != path:  # others are on their way to the wall
            node = next((other for other in tree.nodes.values() if other.path == path), None)
        return Subject(origin, node, int(origin.opened.model["z_dim"])) if node is not None else None

    def _begin(self, subject: Subject) -> None:
        self.steering.drop()
        self.subject, self.steered = subject, False
        self._show_original()
        self.at = self._frame_after()
        self._begin_controls()
        self._measure()

    def _show_original(self) -> None:
        film = self._wall.films[self._wall.selected]
        assert film is not None
        self.tiles.frame = self._playback.frame
        self.tiles.begin(film, self._wall.frame_size)

    def _begin_controls(self, *, keep: bool = False) -> None:
        assert self.subject is not None
        hand = self.controls.hand
        others = others_of(self._wall.names, self._wall.paths, self._wall.selected)
        choice = Choice(others, ClipAddress.of(self.subject.origin.config))
        self.controls.begin(self.subject.node.path, self.at, self.subject.z_dim, choice)
        if keep and self.steered and hand is not None:
            self.controls.put(hand)

    def _measure(self) -> None:
        assert self.subject is not None
        if self._measured is not None and self._measured[0] == self._measurable:
            self.controls.set_use(self._measured[1])
        else:
            self.controls.set_use(None, "Measuring which dimensions carry something…")
            self.steering.measure(self._config())

    def _on_use(self, use: LatentUse) -> None:
        if self.subject is not None:
            self._measured = self._measurable, use
            self.controls.set_use(use)

    @property
    def _measurable(self) -> object:
        origin = self.subject.origin if self.subject is not None else None
        return (origin.opened.sha256, origin.config.data) if origin is not None else None

    def _config(self) -> FuturesConfig:
        assert self.subject is not None
        device, precision = self._place()
        return replace(self.subject.origin.config, device=device, precision=precision)

    # ---- from which frame on

    def _frame_after(self) -> int:
        return max(self._playback.frame + 1, self._playback.n_past)

    def show_frame(self, t: int) -> None:
        """The clock has moved."""
        if self.isHidden() or self.subject is None:
            return
        self.tiles.show_frame(t)
        if not self.steered and self._frame_after() != self.at and self._frame_after() < self._playback.n_frames:
            self.at = self._frame_after()
            self._begin_controls()
            self._tell()

    def _from_here(self) -> None:
        self.at = self._frame_after()
        self._begin_controls(keep=True)
        self._wish()

    def _reset(self) -> None:
        if self.subject is not None:
            self._begin(self.subject)
            self._tell()

    # ---- what is wished for

    @property
    def path(self) -> Path:
        """What the hand makes of the future."""
        assert self.subject is not None
        assert self.controls.hand is not None
        return forked(self.subject.node.path, self.at, self.controls.hand.segment(self.at))

    def _wish(self) -> None:
        if self.subject is None or self._is_refused():
            return
        self.steered = True
        seen = self._playback.frame
        until = seen if not self._playback.playing and seen >= self.at else self.at
        self.steering.wish(self._config(), self.path, self.subject.origin.opened.sha256, until)
        if not self._playback.playing and seen < self.at:
            self._playback.play()  # a frame that was there before shows nothing of the hand
        self._tell()

    def _is_refused(self) -> bool:
        why = self._branches.why_not()
        if not why and self.at >= self._playback.n_frames:
            why = "This is the last frame: go back to the one that is to be steered from."
        if why:
            self.refused.emit(why)
        return bool(why)

    def _on_frames(self, event: FramesImagined) -> None:
        self.tiles.put(event.t, event.frames[0], event.n_frames)
        self._tell()

    def _on_future(self, future: FutureSampled) -> None:
        self._tell()

    def _on_failure(self, sentence: str) -> None:
        self.refused.emit(sentence)
        self._tell()

    # ---- what becomes of it

    def keep(self) -> None:
        """The steered future becomes a fork of the one that it comes from."""
        if self.subject is not None and self.steered and self.controls.hand is not None:
            self._add([self.controls.hand.segment(self.at)])

    def traverse(self, dimension: int) -> None:
        """Seven forks along a latent dimension."""
        if self.subject is not None and self.controls.hand is not None:
            self._add(*self.controls.hand.traversal(dimension, self.subject.z_dim, self.at))

    def _add(self, segments: list[Segment], names: list[str] | None = None) -> None:
        if self.subject is not None and not self._is_refused():
            self._branches.add(self.subject.node.key, self.at, segments, names or [])

    def _tell(self) -> None:
        subject, film = self.subject, self.tiles.steered
        self.controls.setEnabled(subject is not None)
        moved = "Nothing was moved yet."
        for part in (self.here, self.reset, self.keep_button):
            enable(part, self.steered, moved)
        if subject is None:
            self.where.setText("Select a future on the wall: what is moved here steers it.")
            return
        last = self.at >= self._playback.n_frames
        self.where.setText(
            f"{subject.node.title}: the last frame, from which nothing follows"
            if last
            else f"{subject.node.title}, from frame {self.at + 1} on"
        )
        if not self.steered:
            self.tiles.tell("as it is")
        elif film is not None and (self.steering.busy or film.made is not None):
            self.tiles.tell("steered, making…")
        else:
            self.tiles.tell("steered")
