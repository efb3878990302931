"""The tree of futures: who was forked off whom, in which order it is shown, and how it is gone back to."""

import pytest

from svg_studio.engine.address import Segment, check_path, common_frames
from svg_studio.ui.futures import tree as tree_module
from svg_studio.ui.futures.tree import ROOT, History, Tree, what


def seeds(*numbers: int, at: int) -> list[Segment]:
    return [Segment(at, seed=seed) for seed in numbers]


@pytest.fixture
def tree() -> Tree:
    """Futures 1 and 2 of seeds 5 and 6; 3 and 4 forked off 1 at frame 4, 5 off 3 at frame 7."""
    tree = Tree.of_seeds([5, 6])
    tree, _ = tree.grow(1, 4, seeds(7, 8, at=4))
    tree, _ = tree.grow(3, 7, seeds(9, at=7), ["mine"])
    return tree


def test_that_each_future_is_followed_by_what_was_forked_off_it(tree: Tree) -> None:
    assert [(node.key, depth) for node, depth in tree.rows()] == [(1, 0), (3, 1), (5, 2), (4, 1), (2, 0)]
    assert [node.key for node in tree.children(ROOT)] == [1, 2]
    assert tree.forks == 3


def test_that_a_fork_is_its_parent_before_the_frame_it_leaves_it_at(tree: Tree) -> None:
    parent, child, grandchild = (tree.nodes[key].path for key in (1, 3, 5))
    assert common_frames([parent, child]) == 4
    assert common_frames([child, grandchild]) == 7
    assert [segment.seed for segment in grandchild] == [5, 7, 9]
    check_path(grandchild)


def test_that_a_fork_before_its_parents_own_part_leaves_that_out(tree: Tree) -> None:
    tree, (key,) = tree.grow(5, 2, seeds(50, at=2))
    assert [(segment.start, segment.seed) for segment in tree.nodes[key].path] == [(0, 5), (2, 50)]


def test_that_pruning_takes_what_was_forked_off_it_too_and_keys_do_not_come_back(tree: Tree) -> None:
    pruned = tree.without(3)
    assert sorted(pruned.nodes) == [ROOT, 1, 2, 4]
    assert pruned.grow(1, 4, seeds(1, at=4))[1] == [6]


def test_that_seeds_of_forks_are_used_by_nobody_else(tree: Tree) -> None:
    fresh = tree.fresh_seeds()
    assert [next(fresh), next(fresh)] == [10, 11]
    blended, _ = tree.grow(1, 4, [Segment(4, "blend", seed=2, other=99)])
    assert next(blended.fresh_seeds()) == 100


def test_that_futures_are_called_by_their_names_or_by_what_is_their_own(tree: Tree) -> None:
    assert [tree.nodes[key].title for key in (ROOT, 1, 3, 5)] == ["All futures", "seed 5", "seed 7", "mine"]
    assert tree.named(5, "").nodes[5].title == "seed 9"
    assert what(Segment(3, "hold")) == "z held"
    assert what(Segment(3, seed=4, temperature=0.5)) == "seed 4 × 0.5"
    assert what(Segment(3, "blend", seed=4, other=6, weight=0.25)) == "seeds 4–6, 0.25"
    assert what(Segment(3, seed=4, offset=(0.0, 1.0))) == "seed 4 shifted"


def test_that_a_tree_does_not_grow_without_bound(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_module, "MOST_NODES", 7)
    with pytest.raises(ValueError, match="at most 7 futures"):
        tree.grow(1, 4, seeds(1, 2, at=4))
    assert tree.grow(1, 4, seeds(1, at=4))


def test_that_changes_are_undone_and_done_again_until_there_is_another(tree: Tree) -> None:
    history = History()
    history.begin(tree)
    assert not history.can_undo
    a, b, c = tree.named(1, "a"), tree.named(1, "b"), tree.named(1, "c")
    history.put(a)
    history.put(b)
    history.undo()
    assert (history.tree, history.can_undo, history.can_redo) == (a, True, True)
    history.redo()
    assert history.tree is b
    history.undo()
    history.undo()
    assert history.tree is tree
    history.undo()
    assert history.tree is tree
    history.put(c)
    assert not history.can_redo
    history.begin(tree)
    assert not history.can_undo
    for n in range(tree_module.MOST_UNDONE + 5):
        history.put(tree.named(1, str(n)))
    for _ in range(tree_module.MOST_UNDONE + 5):
        history.undo()
    assert history.tree.nodes[1].name == "4"


def test_that_two_hundred_forks_five_deep_are_listed_in_one_pass() -> None:
    tree, parents = Tree.of_seeds(range(1, 17)), [1]
    for depth in range(1, 6):
        made = []
        for parent in parents[:5]:
            tree, keys = tree.grow(parent, 5 + depth, seeds(*range(8), at=5 + depth))
            made += keys
        parents = made
    assert tree.forks == 8 + 4 * 40
    assert max(depth for _, depth in tree.rows()) == 5
    assert len(tree.rows()) == len(tree.nodes) - 1
