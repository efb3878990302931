"""Lists what can be exported from the wall and the references: complete futures only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from svg_studio.engine.address import Address, ClipAddress
from svg_studio.engine.export.grid import Tile
from svg_studio.engine.export.names import suggested
from svg_studio.engine.recipe import Future, file_name
from svg_studio.ui.futures.origin import Origin
from svg_studio.ui.futures.references import References
from svg_studio.ui.futures.wall import Wall

BESIDE = ("truth", "posterior", "mean", "spread")  # what can stand before the futures
USUAL = frozenset({"truth", "posterior"})  # of these, what stands before a whole wall unless something else is wished
BETWEEN = " · "  # of the parts of a caption


@dataclass(frozen=True, eq=False)
class Choice:
    """Futures to be exported together, what stands for them in a file's name, and what stands before them at first."""

    tiles: tuple[Tile, ...]
    name: str
    beside: frozenset[str] = frozenset()


def choices(wall: Wall) -> dict[str, Choice]:
    """By title: the selected future, the pinned ones, the best beside them, and all; nothing while none is complete."""
    futures, named = wall.futures, futures_of(wall)
    made = {n: _tile(wall, n, named.get(n)) for n in sorted(futures)}
    if not made:
        return {}
    found: dict[str, Choice] = {}
    if wall.selected in made:
        seed = futures[wall.selected].seed
        found[f"Selected future ({wall.names[wall.selected]})"] = Choice((made[wall.selected],), f"seed-{seed}")
    pinned = tuple(n for n in wall.pinned if n in made)
    if pinned:
        found[f"Pinned futures ({len(pinned)})"] = Choice(tuple(made[n] for n in pinned), "pinned")
    if len(made) == len(wall.scored) == len(wall.films) and len(made) > 1:
        best = max(made, key=lambda n: wall.score(n) or 0)
        chosen = pinned or ((wall.selected,) if wall.selected in made else ())
        others = tuple(made[n] for n in chosen if n != best)
        beside = ", and those pinned" if pinned else ", and the selected one"
        tiles = (replace(made[best], caption=f"best{BETWEEN}{made[best].caption}"), *others)
        found[f"Best future{beside if others else ''} ({wall.names[best]})"] = Choice(tiles, "best", USUAL)
    what = "Whole wall" if len(made) == len(wall.films) else "Complete futures"
    found[f"{what} ({len(made)})"] = Choice(tuple(made.values()), "wall", USUAL)
    return found


def futures_of(wall: Wall) -> dict[int, Future]:
    """By number, what names each future of the wall for good: nothing where its checkpoint has no name."""
    origin = wall.origin
    if origin is None or not origin.opened.sha256:
        return {}
    clip, model = ClipAddress.of(origin.config), origin.opened.sha256
    addresses = (Address(model, clip, origin.n_past, path) for path in wall.paths)
    return {n: Future(address, "", file_name(origin.path), origin.step) for n, address in enumerate(addresses)}


def _tile(wall: Wall, number: int, named: Future | None) -> Tile:
    future, scored = wall.futures[number], wall.scored.get(number)
    ssim, psnr = (scored.ssim, scored.psnr) if scored else ((), ())
    words = caption(wall.names[number], wall.score(number))
    return Tile(future.frames, future.n_past, words, ssim=ssim, psnr=psnr, future=named)


def companions(references: References) -> dict[str, Tile]:
    """What can stand before the futures, by its name in BESIDE, where it is complete."""
    found: dict[str, Tile] = {}
    if references.truth is not None:
        found["truth"] = Tile(references.truth, len(references.truth), "truth")
    if references.posterior is not None:
        found["posterior"] = Tile(references.posterior, references.n_past, "posterior")
    for name, film in zip(("mean", "spread"), references.growing, strict=False):
        if film.complete:
            found[name] = Tile(film.frames.copy(), film.n_past, film.name)
    return found


def caption(name: str, ssim: float | None) -> str:
    """The same whatever room there is on the wall, such as "seed 3 · SSIM 0.873"."""
    return name if ssim is None else f"{name}{BETWEEN}SSIM {ssim:.3f}"


def stem_of(origin: Origin | None) -> str:
    """What the names of files begin with, such as demo-test-0."""
    if origin is None:
        return suggested()
    path = origin.path
    model = path.parent.parent.name if path.parent.name == "checkpoints" else path.stem  # <run>/checkpoints/best.pt
    return suggested(model, origin.split, str(origin.index))
