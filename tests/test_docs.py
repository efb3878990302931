"""What the pages for readers name is there: files, links, names in files, registries, and the packages in their order."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from support.places import ROOT
from test_architecture import ENGINE_LEVELS, TOP_LEVELS, UI_LEVELS

PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/guide.md")
OF_THE_CODE = ("ARCHITECTURE.md", "CONTRIBUTING.md")
REGISTRIES = {"DATASETS", "BACKBONES", "PRIORS", "OPTIMIZERS", "METRICS", "EXPORTERS"}
# Where a path may begin that the two pages give without `svg_studio/`, as they say.
SHORTENED = ("engine/", "cli/", "ui/")
# A path of this project begins with one of its folders, or is a file of code or text; NAME and <name> stand for any.
PATH = re.compile(r"`((?:[\w.]+/)+[\w.-]*|[\w.-]+\.(?:py|md|toml|ya?ml|txt|cfg))`")
OTHERS = {"previews/", "log.txt", "kth/00sequences.txt", "__init__.py"}  # in a run's folder, among genuine files, in every package


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def paths_in(text: str) -> set[str]:
    """The paths of this project that stand in backticks."""
    return {found for found in PATH.findall(text) if "NAME" not in found and "KEY" not in found} - OTHERS


def place(path: str) -> Path:
    return ROOT / "svg_studio" / path if path.startswith(SHORTENED) else ROOT / path


def anchors(text: str) -> set[str]:
    """What a link may have after #: the headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def drawn(text: str) -> dict[str, list[list[str]]]:
    """The drawing of the packages: heading → the names of each line, of which no more than three spaces stand between two."""
    levels: dict[str, list[list[str]]] = {}
    heading = ""
    block = text.split("```")[1]
    for line in filter(str.strip, block.splitlines()):
        if found := re.match(r"(\w+)/ +", line):
            heading = found[1]
            line = line[found.end() :]
        levels.setdefault(heading, []).append(re.split(r" {4,}", line.strip())[0].split())
    return levels


@pytest.mark.parametrize("page", OF_THE_CODE)
def test_that_the_paths_a_page_names_exist(page: str) -> None:
    named = paths_in(text_of(page))
    assert len(named) > 20
    assert not [path for path in sorted(named) if not place(path).exists()]


@pytest.mark.parametrize("page", OF_THE_CODE)
def test_that_names_are_in_the_files_beside_them(page: str) -> None:
    pairs = re.findall(r"`([\w.]+)`\s+in\s+`([\w/]+\.py)`", text_of(page))
    assert pairs
    for name, path in pairs:
        last = name.rpartition(".")[2]
        code = place(path).read_text(encoding="utf-8")
        assert re.search(rf"^\s*(?:def|class) {last}\b|^{last}\b.*=", code, re.MULTILINE), f"{name} in {path}"


@pytest.mark.parametrize("page", PAGES)
def test_that_modules_that_are_to_be_run_exist(page: str) -> None:
    for module in re.findall(r"python -m ((?:tools|benchmarks|svg_studio)[\w.]*)", text_of(page)):
        file = ROOT / module.replace(".", "/")
        assert file.with_suffix(".py").is_file() or (file / "__main__.py").is_file(), module


@pytest.mark.parametrize("page", PAGES)
def test_that_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", text_of(page))
    own = [link for link in links if not link.startswith("https://")]
    assert own
    for link in own:
        file, _, anchor = link.partition("#")
        target = (ROOT / page).parent / file if file else ROOT / page
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", OF_THE_CODE)
def test_that_registries_are_in_the_files_beside_their_names(page: str) -> None:
    text = " ".join(text_of(page).split())
    # `NAME` (`path.py`), or of two in one file `NAME` and `NAME` (`path.py`)
    found = re.findall(r"((?:`[A-Z]+`(?: and )?)+) \(`([\w/]+)\.py`\)", text)
    seen = set()
    for names, path in found:
        module = importlib.import_module(f"svg_studio.{path.replace('/', '.')}")
        for name in re.findall(r"[A-Z]+", names):
            assert hasattr(module, name), f"{name} in {path}.py"
            seen.add(name)
    assert seen >= REGISTRIES


def test_that_the_drawing_of_the_packages_is_the_order_that_is_held() -> None:
    held = {"svg_studio": TOP_LEVELS, "engine": ENGINE_LEVELS, "ui": UI_LEVELS}
    assert drawn(text_of("ARCHITECTURE.md")) == {
        name: [line.split() for line in levels.strip().splitlines()] for name, levels in held.items()
    }
