"""What an export carries comes back as it was, and whatever else stands in its place is refused in one sentence."""

import json
from dataclasses import replace
from typing import Any

import pytest

from svg_studio.engine.address import Address, ClipAddress, Segment, forked, path_of
from svg_studio.engine.config import DataConfig, FuturesConfig
from svg_studio.engine.recipe import MARK, MOST_BYTES, Future, Recipe, RecipeError, file_name

CLIP = ClipAddress.of(FuturesConfig(model_path="m", data=DataConfig(), index=3, n_past=2, n_future=3))
MODEL, OTHER = "a" * 64, "b" * 64


def future(seed: int, model: str = MODEL, name: str = "demo.pt") -> Future:
    return Future(Address(model, CLIP, 2, path_of(seed)), f"seed {seed}", name, 500)


@pytest.fixture
def recipe() -> Recipe:
    return Recipe((future(4), future(5)), ("truth",), 12.5, {"scale": 2, "captions": True})


def changed(recipe: Recipe, **values: Any) -> str:
    return json.dumps({**json.loads(recipe.to_json()), **values})


def test_that_a_recipe_comes_back_as_it_was(recipe: Recipe) -> None:
    forks = replace(recipe, futures=(future(4), Future(future(9).address.fork(3, Segment(3, "hold")), "fork", "demo.pt", 500)))
    for one in (recipe, forks):
        assert Recipe.from_json(one.to_json()) == one
    assert recipe.to_json().encode().startswith(b"{" + MARK)


def test_that_what_futures_have_in_common_is_written_once(recipe: Recipe) -> None:
    text = replace(recipe, futures=tuple(future(n) for n in range(400))).to_json()
    assert text.count(MODEL) == 2  # as what they share, and as what the checkpoint is called
    assert len(text) < 40_000


def test_that_it_tells_the_wall_that_it_is_of(recipe: Recipe) -> None:
    assert (recipe.model, recipe.n_past, recipe.n_future, recipe.clip) == (MODEL, 2, 3, CLIP)
    assert recipe.checkpoint == "demo.pt, step 500"
    assert recipe.seeds == range(4, 6)
    assert replace(recipe, futures=(future(4), future(6))).seeds is None
    fork = Future(replace(future(5).address, path=forked(path_of(5), 3, Segment(3, seed=1))))
    assert replace(recipe, futures=(future(4), fork)).seeds is None


def test_that_a_wall_is_of_one_model(recipe: Recipe) -> None:
    both = replace(recipe, futures=(future(4), future(4, OTHER, "other.pt"), future(5)))
    again = Recipe.from_json(both.to_json())
    assert [f.checkpoint for f in again.futures] == ["demo.pt", "other.pt", "demo.pt"]
    assert again.paths == (path_of(4), path_of(5))


@pytest.mark.parametrize("path", ["/home/somebody/runs/demo.pt", "C:\\Users\\somebody\\demo.pt", "demo.pt"])
def test_that_no_folder_is_told(path: str) -> None:
    assert file_name(path) == "demo.pt"


def test_that_a_folder_that_was_told_is_left_out(recipe: Recipe) -> None:
    told = changed(recipe, checkpoints={MODEL: {"name": "/home/somebody/demo.pt", "step": 1}})
    assert Recipe.from_json(told).futures[0].checkpoint == "demo.pt"


def test_that_one_of_a_newer_version_is_refused_with_its_version(recipe: Recipe) -> None:
    with pytest.raises(RecipeError, match=r"made by a newer version of this program \(9\.1\)"):
        Recipe.from_json(changed(recipe, format_version=2, program="9.1", futures="something else"))


@pytest.mark.parametrize(
    "values, why",
    [
        ({"format": "another"}, "nothing of this program"),
        ({"format_version": True}, "version is no number"),
        ({"format_version": 0}, "version is no number"),
        ({"program": 3}, "the program's version is no short text"),
        ({"futures": []}, "carries 0 futures"),
        ({"futures": [{"path": [{"start": 0}]}] * 2001}, "2,001 futures"),
        ({"futures": {}}, "no list"),
        ({"futures": [7]}, "no address"),
        ({"futures": [{"path": [{"start": 1}]}]}, "begins at frame 0"),
        ({"futures": [{"path": [{"start": 0}], "run": "rm"}]}, "run is not known"),
        ({"futures": [{"path": [{"start": 0}], "caption": "x" * 301}]}, "a caption is no short text"),
        ({"futures": [{"path": [{"start": 0}], "n_past": 5}]}, "imagine nothing"),
        ({"shared": {}}, "lacks clip, model, n_past"),
        ({"shared": 1}, "no list"),
        ({"fps": float("nan")}, "its rate"),
        ({"fps": 101}, "its rate"),
        ({"layout": {"scale": 17}}, "scale is"),
        ({"layout": {"captions": 1}}, "captions is"),
        ({"layout": {"other": 1}}, "layout is not known"),
        ({"beside": ["x"] * 21}, "no short list"),
        ({"beside": "truth"}, "no short list"),
    ],
)
def test_that_what_is_no_recipe_is_refused(recipe: Recipe, values: dict[str, Any], why: str) -> None:
    with pytest.raises(RecipeError, match=why):
        Recipe.from_json(changed(recipe, **values))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"a":' * 100_000, "\x00"])
def test_that_other_json_and_none_are_refused(text: str) -> None:
    with pytest.raises(RecipeError):
        Recipe.from_json(text)


def test_that_a_long_document_is_not_read(recipe: Recipe) -> None:
    with pytest.raises(RecipeError, match="more than"):
        Recipe.from_json(recipe.to_json() + " " * MOST_BYTES)


def test_that_letters_that_turn_a_line_are_written_out(recipe: Recipe) -> None:
    again = Recipe.from_json(changed(recipe, beside=["tru\u202eth"]))
    assert again.beside == ("tru\\u202eth",)
