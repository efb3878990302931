"""Who may import whom: read from the imports, and seen in what a fresh interpreter has loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from support.places import ROOT

# The packages from the top down, those of one level in one line: a module imports from its own package and from lower levels.
ENGINE_LEVELS = """
training evaluation
sampling
runs checkpoints
choices
data export metrics
presets models optimizers worker recipe
utils address
config
errors config_base control
events
"""
UI_LEVELS = """
shell
futures train data evaluate runs
plots video
widgets converted_sets config_text run_list
style
recents
preferences formatting number_text remedies
"""
TOP_LEVELS = """
__main__
app
cli ui
crash_report engine
paths
"""
# What the window may read of the engine: nothing that brings torch, NumPy's friends or the network when it is imported.
LIGHT = """
config errors events worker presets
data.registry data.splits data.datasets.video_folders models.registry export.registry export.grid export.names training.memory
export.read_back address recipe optimizers choices utils.wording utils.json_file utils.plain_file
runs.command_line runs.curves runs.edit runs.library runs.run_queue runs.state runs.sweep runs.snapshots
"""
HEAVY = ("torch", "torchvision", "torchmetrics", "cv2", "av", "requests", "einops", "PIL", "matplotlib")


def modules(below: str) -> dict[str, Path]:
    """Dotted name → file of every module below a package, and of the package."""
    found = {}
    for path in ROOT.joinpath(*below.split(".")).rglob("*.py"):
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


def climbing(below: str, levels: str) -> list[str]:
    """The imports that go up, or across two packages of one level."""
    order = {name: depth for depth, line in enumerate(levels.split("\n")) for name in line.split()}
    found = []
    for name, path in modules(below).items():
        own = name.removeprefix(f"{below}.").split(".")[0]
        if name == below:
            continue
        assert own in order, f"{name}: has no level; give it one"
        for target in imports(path):
            other = target.removeprefix(f"{below}.").split(".")[0]
            if within(target, below) and other in order and own != other and order[other] <= order[own]:
                found.append(f"{name} → {target}")
    return found


@pytest.mark.parametrize(
    "below,levels", [("svg_studio", TOP_LEVELS), ("svg_studio.engine", ENGINE_LEVELS), ("svg_studio.ui", UI_LEVELS)]
)
def test_that_no_import_goes_up_or_across(below: str, levels: str) -> None:
    assert not climbing(below, levels)


def test_that_modules_import_each_other_in_no_circle() -> None:
    files = modules("svg_studio")
    arrows = {}
    for name, path in files.items():
        targets = {t if t in files else t.rpartition(".")[0] for t in imports(path)}
        arrows[name] = {t for t in targets if t in files and t != name}
    while free := [name for name, targets in arrows.items() if not targets & arrows.keys()]:
        for name in free:
            del arrows[name]
    assert not arrows


def test_that_packages_hold_a_docstring_and_nothing_else() -> None:
    for name, path in modules("svg_studio").items():
        if path.name == "__init__.py" and name != "svg_studio":
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert [type(node) for node in body] == [ast.Expr], name


def test_that_the_engine_knows_qt_in_one_place_and_nothing_above_it() -> None:
    for name, path in modules("svg_studio.engine").items():
        for target in imports(path):
            if within(target, "PySide6", "pyqtgraph", "shiboken6"):
                assert name == "svg_studio.engine.worker", f"{name} imports {target}"
                assert within(target, "PySide6.QtCore")
            if within(target, "svg_studio"):
                assert within(target, "svg_studio.engine", "svg_studio.paths", "svg_studio.__version__"), f"{name} imports {target}"


def test_that_the_window_imports_no_tensor_and_only_the_light_engine() -> None:
    allowed = [f"svg_studio.engine.{name}" for name in LIGHT.split()]
    for name, path in modules("svg_studio.ui").items():
        for target in imports(path):
            assert not within(target, *HEAVY), f"{name} imports {target}"
            assert not within(target, "svg_studio.engine") or within(target, *allowed), f"{name} imports {target}"


def loaded_by(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after `code`."""
    program = f"{code}\nimport sys\nprint(' '.join(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_that_the_registries_and_the_parser_load_nothing_heavy() -> None:
    loaded = loaded_by("from svg_studio.cli import main; main.build_parser()")
    assert not loaded & {*HEAVY, "PySide6", "pyqtgraph"}


def test_that_training_loads_no_window() -> None:
    loaded = loaded_by("import svg_studio.engine.training.train, svg_studio.engine.sampling.generate")
    assert not loaded & {"PySide6", "pyqtgraph", "cv2", "av", "requests", "torchvision", "platformdirs", "matplotlib"}


def test_that_the_window_is_built_without_torch() -> None:
    loaded = loaded_by("import os; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\nimport svg_studio.ui.shell.main_window")
    assert "PySide6" in loaded
    assert not loaded & {*HEAVY, "pyqtgraph"}


def test_that_every_file_of_tests_is_named_after_the_module_it_tests() -> None:
    for path in (ROOT / "tests").rglob("test_*.py"):
        place = path.relative_to(ROOT / "tests")
        if len(place.parts) > 1 and place.parts[0] not in ("journeys", "data"):
            module = ROOT / "svg_studio" / place.parent / place.name.removeprefix("test_")
            assert module.is_file(), f"{path}: tests no module of that name"
