"""Lists what can be exported from the wall and the references: complete futures only."""

from __future__ import annotations

from svg_studio.engine.export.grid import Tile
from svg_studio.ui.futures.references import References
from svg_studio.ui.futures.wall import Wall


def choices(wall: Wall, references: References) -> dict[str, tuple[Tile, ...]]:
    """By title: the selected future, the pinned ones, and all with truth and posterior; nothing while none is complete."""
    futures = wall.futures
    made = {n: Tile(f.frames, f.n_past, _caption(wall, n)) for n, f in sorted(futures.items())}
    if not made:
        return {}
    found: dict[str, tuple[Tile, ...]] = {}
    if wall.selected in made:
        found[f"Selected future (seed {futures[wall.selected].seed})"] = (made[wall.selected],)
    pinned = tuple(made[n] for n in wall.pinned if n in made)
    if pinned:
        found[f"Pinned futures ({len(pinned)})"] = pinned
    beside: list[Tile] = []
    if references.truth is not None:
        beside.append(Tile(references.truth, len(references.truth), "truth"))
    if references.posterior is not None:
        beside.append(Tile(references.posterior, references.n_past, "posterior"))
    what = "Whole wall" if len(made) == len(wall.films) else f"Complete futures ({len(made)})"
    found[f"{what}, with truth and posterior"] = (*beside, *made.values())
    return found


def _caption(wall: Wall, number: int) -> str:
    film = wall.films[number]
    return film.caption if film is not None else ""
