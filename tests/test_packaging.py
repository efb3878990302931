"""The program as pip installs it, as a wheel and in place: whole, with its resources, and started from any folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest
from support.places import ROOT

from svg_studio import __version__

NEEDED = "svg_studio resources docs pyproject.toml setup.py README.md LICENSE main.py"

# Two frames of a future of the demo, of a drawn digit: that takes every file of resources/.
IMAGINE = """
import json
import svg_studio
from svg_studio.engine.config import DataConfig, FuturesConfig
from svg_studio.engine.events import ClipOpened, FutureSampled
from svg_studio.engine.sampling.futures import explore
from svg_studio.paths import resource

digit = DataConfig(digits="drawn", num_digits=1)
config = FuturesConfig(
    model_path=str(resource("demo.pt")), data=digit, n_past=2, n_future=2, n_futures=1, device="cpu", precision="fp32"
)
said = {"package": svg_studio.__file__, "resources": str(resource("demo.pt").parent)}
for event in explore(config):
    if isinstance(event, ClipOpened):
        said["digit"] = int(event.frames.max())
    elif isinstance(event, FutureSampled):
        said["imagined"] = [int(frame.max()) for frame in event.frames[2:]]
print(json.dumps(said))
"""


@dataclass(frozen=True)
class Installed:
    """A new environment with the program in it."""

    scripts: Path
    folder: Path  # what the package svg_studio lies in
    elsewhere: Path  # to start it from

    def run(self, program: str, *words: str) -> str:
        """What one of the environment's programs prints."""
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"SVG_STUDIO_HOME": str(self.elsewhere)}
        command = [self.scripts / program, *words]
        done = subprocess.run(
            command, cwd=self.elsewhere, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def copied(folder: Path) -> Path:
    """What a build reads, away from the checkout, which stays as it is."""
    folder.mkdir()
    for name in NEEDED.split():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder)
    return folder


def pip(*words: str | Path) -> None:
    """Runs pip with the setuptools that is here, or, where that is missing or too old, with one from the network."""
    try:
        here = int(metadata.version("setuptools").partition(".")[0]) >= 77
    except metadata.PackageNotFoundError:
        here = False
    options = ["--no-deps", "--disable-pip-version-check", *(["--no-build-isolation", "--no-index"] if here else [])]
    done = subprocess.run([sys.executable, "-m", "pip", *words, *options], capture_output=True, text=True, check=False)
    if not here and "No matching distribution found for setuptools" in done.stdout + done.stderr:
        pytest.skip("wants setuptools 77 or newer, here or from the network")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", copied(folder / "source"), "--wheel-dir", folder)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module", params=["wheel", "editable"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    environment = folder / "environment"
    venv.create(environment, symlinks=os.name != "nt")
    places = sysconfig.get_paths("venv", vars={"base": str(environment), "platbase": str(environment)})
    scripts, packages = Path(places["scripts"]), Path(places["purelib"])
    # What the program needs comes from the environment that runs this test, after all that is in the new one.
    lent = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (packages / "lent.pth").write_text("\n".join(lent), encoding="utf-8")
    python = ["--python", scripts / "python"]
    if request.param == "wheel":
        pip(*python, "install", "--no-compile", request.getfixturevalue("wheel"))
        inside = packages
    else:
        if any(Path(path, "svg_studio").is_dir() for path in lent):
            pytest.skip("svg_studio is installed beside pytest, and Python looks there before it follows an editable install")
        inside = copied(folder / "source")
        pip(*python, "install", "--editable", inside)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    return Installed(scripts, inside, elsewhere)


def test_that_a_wheel_holds_the_package_its_resources_the_guide_and_the_licence_alone(wheel: Path) -> None:
    with ZipFile(wheel) as file:
        names = {name for name in file.namelist() if not name.endswith("/")}
        licence = file.read(f"svg_studio-{__version__}.dist-info/licenses/LICENSE").decode()
    wanted = {str(path.relative_to(ROOT).as_posix()) for path in ROOT.glob("svg_studio/**/*.py")}
    wanted |= {f"svg_studio/{path.relative_to(ROOT).as_posix()}" for path in ROOT.glob("resources/**/*") if path.is_file()}
    wanted.add("svg_studio/docs/guide.md")
    assert {name for name in names if not name.startswith(f"svg_studio-{__version__}.dist-info/")} == wanted
    assert licence == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_that_an_installed_program_says_its_version(installed: Installed) -> None:
    assert installed.run("svg-studio", "--version") == f"svg-studio {__version__}\n"
    assert installed.run("python", "-m", "svg_studio", "--version") == f"svg-studio {__version__}\n"


def test_that_an_installed_program_has_its_guide(installed: Installed) -> None:
    said = installed.run(
        "python", "-c", "from svg_studio.paths import guide; print(guide().read_text(encoding='utf-8')[:7], guide())"
    )
    assert said.startswith("# Guide")
    assert Path(said.split(maxsplit=2)[2].strip()).is_relative_to(installed.folder)


def test_that_an_installed_program_imagines_with_the_demo_and_draws_its_digits(installed: Installed) -> None:
    said = json.loads(installed.run("python", "-c", IMAGINE))
    assert Path(said["package"]).parent.parent == installed.folder
    assert Path(said["resources"]).is_relative_to(installed.folder)
    assert said["digit"] > 200
    assert len(said["imagined"]) == 2
    assert min(said["imagined"]) > 100, "a digit, and no darkness"
