"""Who may import whom: read from the imports, and seen in what a fresh interpreter has loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "svg_studio"
ENGINE = "svg_studio.engine"

# Layers of engine/, lowest first: a module imports from its own layer and those below.
LAYERS = [
    {"config_base", "errors"},
    {"config", "events"},
    {
        "allocator",
        "worker",
        "memory",
        "torchvision_shim",
        "device",
        "distributed",
        "frames",
        "writing",
        "run_lock",
        "run_state",
        "inert_pickle",
        "torch_layouts",
        "torch_names",
        "aside",
        "fetch",
        "compose",
        "lettering",
        "archives",
        "archive_members",
        "store",
        "run_curves",
        "commands",
        "tensorboard",
    },
    {"downloadable", "download", "store_writer", "stored_clips", "datasets", "models", "metrics", "scores", "formats", "figure"},
    {"export", "loader", "run_folder", "run_queue", "sweep", "run_recorder", "mishaps", "conversion", "library", "run_changes"},
    {
        "authors_options",
        "authors",
        "checkpoint",
        "importing",
        "sampling",
        "previews",
        "session",
        "training",
        "explore",
        "opened",
        "generation",
        "lpips",
        "evaluation",
        "evaluation_state",
        "scoring",
        "subjects",
        "report_files",
    },
]
RUNS = {"library", "run_changes", "run_curves", "run_queue", "sweep"}
# What the window may read.
LIGHT = {"config", "events", "worker", "datasets", "models", "export", "compose", "memory", "commands", "errors", *RUNS}
HEAVY = ("torch", "torchvision", "torchmetrics", "cv2", "imageio", "requests", "einops", "PIL")


def modules() -> dict[str, Path]:
    """Dotted name → file of every module of the package."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path) -> set[str]:
    """Full names a file imports, at import or later, but for type checking alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            names.update(a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.update(f"{node.module}.{a.name}" for a in node.names)
        for child in ast.iter_child_nodes(node):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
                continue
            visit(child)

    visit(tree)
    return names


def within(name: str, *packages: str) -> bool:
    return any(name == p or name.startswith(p + ".") for p in packages)


def engine_part(name: str) -> str:
    """The file or folder directly below engine/ that an import names."""
    return name.split(".")[2] if name.count(".") >= 2 else ""


ENGINE_MODULES = {n: p for n, p in modules().items() if within(n, ENGINE) and n != ENGINE}
UI_MODULES = {n: p for n, p in modules().items() if within(n, "svg_studio.ui")}


def test_that_every_engine_module_has_a_layer() -> None:
    placed = set().union(*LAYERS)
    assert {engine_part(n) for n in ENGINE_MODULES} <= placed


@pytest.mark.parametrize("name", sorted(ENGINE_MODULES))
def test_that_engine_modules_import_only_their_own_layer_and_those_below(name: str) -> None:
    part = engine_part(name)
    level = next(i for i, layer in enumerate(LAYERS) if part in layer)
    allowed = set().union(*LAYERS[: level + 1])
    for target in imports(ENGINE_MODULES[name]):
        if within(target, "svg_studio"):
            assert within(target, ENGINE), f"{name} imports {target}"
            assert target == ENGINE or engine_part(target) in allowed, f"{name} imports {target}"


@pytest.mark.parametrize("name", sorted(ENGINE_MODULES))
def test_that_only_the_lanes_import_qt_and_only_its_core(name: str) -> None:
    qt = {t for t in imports(ENGINE_MODULES[name]) if within(t, "PySide6", "pyqtgraph", "shiboken6")}
    if name == f"{ENGINE}.worker":
        assert all(within(t, "PySide6.QtCore") for t in qt)
        others = {t for t in imports(ENGINE_MODULES[name]) if within(t, "svg_studio")}
        assert all(within(t, f"{ENGINE}.events") for t in others)
    else:
        assert not qt


def test_that_only_the_composition_root_imports_the_window() -> None:
    for name, path in modules().items():
        if name != "svg_studio.app" and not within(name, "svg_studio.ui"):
            assert not any(within(t, "svg_studio.ui") for t in imports(path)), name


@pytest.mark.parametrize("name", sorted(UI_MODULES))
def test_that_the_window_imports_no_tensor_and_only_the_light_engine(name: str) -> None:
    for target in imports(UI_MODULES[name]):
        assert not within(target, *HEAVY), f"{name} imports {target}"
        if within(target, ENGINE):
            assert engine_part(target) in LIGHT, f"{name} imports {target}"


def loaded_by(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after `code`."""
    program = f"{code}\nimport sys\nprint(' '.join(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_that_the_registries_and_the_parser_load_nothing_heavy() -> None:
    loaded = loaded_by(
        "import svg_studio.engine.datasets, svg_studio.engine.models, svg_studio.engine.export\n"
        "from svg_studio import cli; cli.build_parser()"
    )
    assert not loaded & {*HEAVY, "PySide6", "pyqtgraph"}


def test_that_training_loads_no_window() -> None:
    loaded = loaded_by("import svg_studio.engine.training, svg_studio.engine.generation")
    assert not loaded & {"PySide6", "pyqtgraph", "cv2", "imageio", "requests", "torchvision", "torchmetrics", "platformdirs"}


def test_that_the_window_is_built_without_torch() -> None:
    loaded = loaded_by("import os; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\nimport svg_studio.ui.main_window")
    assert "PySide6" in loaded
    assert not loaded & {*HEAVY, "pyqtgraph"}
