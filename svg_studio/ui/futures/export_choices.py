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


@dataclass(frozen=True, eq=False)
class Choice:
    """Futures to be exported together, what stands for them in a file's name, and what stands before them at first."""

    tiles: tuple[Tile, ...]
    name: str
    beside: frozenset[str] = frozenset()


def choices(wall: Wall) -> dict[str, Choice]:
    """By title: the selected future, the pinned ones, and all of them; nothing while none is complete."""
    futures, named = wall.futures, futures_of(wall)
    made = {
        n: Tile(f.frames, f.n_past, caption(wall.names[n], wall.score(n)), future=named.get(n)) for n, f in sorted(futures.items())
    }
    if not made:
        return {}
    found: dict[str, Choice] = {}
    if wall.selected in made:
        seed = futures[wall.selected].seed
        found[f"Selected future ({wall.names[wall.selected]})"] = Choice((made[wall.selected],), f"seed-{seed}")
    pinned = tuple(made[n] for n in wall.pinned if n in made)
    if pinned:
        found[f"Pinned futures ({len(pinned)})"] = Choice(pinned, "pinned")
    shown = tuple(marked(wall, n, made[n]) for n in wall.order if n in made)
    if wall.marks and len(shown) < len(made):
        found[f"Futures shown ({len(shown)})"] = Choice(shown, "shown", USUAL)
    what = "Whole wall" if len(made) == len(wall.films) else "Complete futures"
    found[f"{what} ({len(made)})"] = Choice(tuple(made.values()), "wall", USUAL)
    return found


def marked(wall: Wall, number: int, tile: Tile) -> Tile:
    """The tile with what the wall says of it beside its name, such as "stands for 5"."""
    mark = wall.marks.get(number, "")
    return replace(tile, caption=f"{tile.caption} · {mark}") if mark else tile


def futures_of(wall: Wall) -> dict[int, Future]:
    """By number, what names each future of the wall for good: nothing where its checkpoint has no name."""
    origin = wall.origin
    if origin is None or not origin.opened.sha256:
        return {}
    clip, model = ClipAddress.of(origin.config), origin.opened.sha256
    addresses = (Address(model, clip, origin.n_past, path) for path in wall.paths)
    return {n: Future(address, "", file_name(origin.path), origin.step) for n, address in enumerate(addresses)}


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
    return name if ssim is None else f"{name} · SSIM {ssim:.3f}"


def stem_of(origin: Origin | None) -> str:
    """What the names of files begin with, such as demo-test-0."""
    if origin is None:
        return suggested()
    path = origin.path
    model = path.parent.parent.name if path.parent.name == "checkpoints" else path.stem  # <run>/checkpoints/best.pt
    return suggested(model, origin.split, str(origin.index))
