"""Futures and what was forked off them, as plain data that can be gone back to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from svg_studio.engine.address import Path, Segment, forked, path_of

ROOT = 0  # the key of the wall of seeds, from which all futures come
MOST_NODES = 10_000
MOST_UNDONE = 200


@dataclass(frozen=True)
class Node:
    """A future: the same as its parent before frame `at`, and its own from there on. `path` is empty for ROOT alone."""

    key: int
    parent: int
    path: Path
    at: int = 0
    name: str = ""  # what a person calls it

    @property
    def seed(self) -> int:
        """Of its last segment."""
        return self.path[-1].seed

    @property
    def title(self) -> str:
        """Its name, or what is told of its own part."""
        return self.name or (what(self.path[-1]) if self.path else "All futures")


@dataclass(frozen=True)
class Tree:
    """Nodes by key, parents before their children; an operation gives a new tree, and keys are never used twice."""

    nodes: dict[int, Node] = field(default_factory=lambda: {ROOT: Node(ROOT, ROOT, ())})
    following: int = 1  # the next key

    @classmethod
    def of_seeds(cls, seeds: Sequence[int]) -> Tree:
        """A wall of futures, nothing forked yet."""
        tree = cls()
        return tree._with([Node(key, ROOT, path_of(seed)) for key, seed in zip(count(tree.following), seeds, strict=False)])

    @classmethod
    def of_paths(cls, paths: Sequence[Path], names: Sequence[str] = ()) -> Tree:
        """A wall of futures that are told apart by more than their seeds."""
        tree = cls()
        called = [*names, *[""] * (len(paths) - len(names))]
        keys = count(tree.following)
        return tree._with([Node(key, ROOT, path, 0, name) for key, path, name in zip(keys, paths, called, strict=False)])

    def grow(self, parent: int, at: int, segments: Sequence[Segment], names: Sequence[str] = ()) -> tuple[Tree, list[int]]:
        """Children of `parent` that go on as each of `segments` says from frame `at` on; their keys too.

        Raises ValueError where the tree would be too large.
        """
        if len(self.nodes) + len(segments) > MOST_NODES:
            raise ValueError(f"A tree has at most {MOST_NODES:,} futures: prune some first.")
        path = self.nodes[parent].path
        names = [*names, *[""] * (len(segments) - len(names))]
        keys = range(self.following, self.following + len(segments))
        new = [
            Node(key, parent, forked(path, at, segment), at, name) for key, segment, name in zip(keys, segments, names, strict=True)
        ]
        return self._with(new), list(keys)

    def without(self, key: int) -> Tree:
        """The tree without a future and all that was forked off it."""
        gone = {key}
        for node in self.nodes.values():  # parents come first
            if node.parent in gone and node.key != ROOT:
                gone.add(node.key)
        return replace(self, nodes={k: node for k, node in self.nodes.items() if k not in gone})

    def named(self, key: int, name: str) -> Tree:
        """The tree with a future called `name`."""
        return replace(self, nodes={**self.nodes, key: replace(self.nodes[key], name=name)})

    def children(self, key: int) -> list[Node]:
        return [node for node in self.nodes.values() if node.parent == key and node.key != ROOT]

    @property
    def forks(self) -> int:
        """How many futures were forked off others."""
        return sum(node.parent != ROOT for node in self.nodes.values())

    def rows(self) -> list[tuple[Node, int]]:
        """All futures, each followed by what was forked off it, and how deep each lies; futures of the wall are 0 deep."""
        by_parent: dict[int, list[Node]] = {}
        for node in self.nodes.values():
            if node.key != ROOT:
                by_parent.setdefault(node.parent, []).append(node)
        found: list[tuple[Node, int]] = []
        waiting = [(node, 0) for node in reversed(by_parent.get(ROOT, []))]
        while waiting:
            node, depth = waiting.pop()
            found.append((node, depth))
            waiting += [(child, depth + 1) for child in reversed(by_parent.get(node.key, []))]
        return found

    def fresh_seeds(self) -> Iterator[int]:
        """Seeds that no future of the tree has used, the lowest first above all of them."""
        used = (seed for node in self.nodes.values() for segment in node.path for seed in (segment.seed, segment.other))
        return count(max(used, default=0) + 1)

    def _with(self, new: Sequence[Node]) -> Tree:
        return Tree({**self.nodes, **{node.key: node for node in new}}, self.following + len(new))


def what(segment: Segment) -> str:
    """What decides z in a segment, in a few words."""
    if segment.kind == "hold":
        return "z held"
    if segment.kind == "borrow":
        assert segment.clip is not None
        return f"z of clip {segment.clip.index}"
    seeds = f"seed {segment.seed}"
    if segment.kind == "blend":
        seeds = f"seeds {segment.seed}–{segment.other}, {segment.weight:.2g}"
    warm = "" if segment.temperature == 1 else f" × {segment.temperature:.2g}"
    return f"{seeds}{warm}{' shifted' if any(segment.offset) else ''}"


class History:
    """A tree, and those that it was before."""

    def __init__(self) -> None:
        self.tree = Tree()
        self._before: list[Tree] = []
        self._after: list[Tree] = []

    def begin(self, tree: Tree) -> None:
        """Another wall: what was before it cannot come back."""
        self.tree, self._before, self._after = tree, [], []

    def put(self, tree: Tree) -> None:
        """A change that can be undone."""
        self._before = [*self._before[-MOST_UNDONE + 1 :], self.tree]
        self.tree, self._after = tree, []

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        return bool(self._after)

    def undo(self) -> None:
        if self._before:
            self._after.append(self.tree)
            self.tree = self._before.pop()

    def redo(self) -> None:
        if self._after:
            self._before.append(self.tree)
            self.tree = self._after.pop()
