"""What the controls of the Steer panel say, as the segment of a path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from svg_studio.engine.address import ClipAddress, Path, Segment, rule_at

REACH = 3.0  # sigma, on either side, of sliders and traversals
DRAWN = ("seed", "blend")  # kinds of segments with noise, which can be scaled and shifted


@dataclass(frozen=True)
class Hand:
    """`noise` says whose eps it is, "seed" or "blend"; the rest is what is done with it, or in its place."""

    noise: Segment
    temperature: float = 1.0
    offset: tuple[float, ...] = ()  # in sigma, by latent dimension; empty: none
    held: bool = False
    clip: ClipAddress | None = None  # that z is borrowed from
    other: int = 0  # seed of the future that it is blended with
    weight: float = 0.0  # of that

    @classmethod
    def of(cls, path: Path, at: int) -> Hand:
        """What decides z of a future at frame `at`; where z is not drawn, `noise` is that of the frames before."""
        rule = rule_at(path, at)
        if rule.kind in DRAWN:
            bare = replace(rule, temperature=1.0, offset=())
            return cls(bare, rule.temperature, rule.offset)
        drawn = next((part for part in reversed(path) if part.kind in DRAWN and part.start <= at), Segment(0, seed=rule.seed))
        return cls(replace(drawn, start=0, temperature=1.0, offset=()), held=rule.kind == "hold", clip=rule.clip)

    @property
    def is_drawn(self) -> bool:
        """Whether there is noise to scale, shift and blend."""
        return not self.held and self.clip is None

    def segment(self, at: int) -> Segment:
        """From frame `at` on."""
        if self.clip is not None:
            return Segment(at, "borrow", seed=self.noise.seed, clip=self.clip)
        if self.held:
            return Segment(at, "hold", seed=self.noise.seed)
        offset = self.offset if any(self.offset) else ()
        drawn = replace(self.noise, start=at, temperature=self.temperature, offset=offset)
        return replace(drawn, kind="blend", other=self.other, weight=self.weight) if self.weight else drawn

    def shifted(self, dimension: int, sigma: float, z_dim: int) -> Hand:
        """The same with one latent dimension moved to `sigma`."""
        offset = list(self.offset or (0.0,) * z_dim)
        offset[dimension] = sigma
        return replace(self, offset=tuple(offset) if any(offset) else ())

    def redrawn(self, seed: int) -> Hand:
        """With noise of another seed, scaled and shifted as before."""
        return replace(self, noise=Segment(0, seed=seed), held=False, clip=None, other=0, weight=0.0)

    def traversal(self, dimension: int, z_dim: int, at: int) -> tuple[list[Segment], list[str]]:
        """Seven futures from -3 to +3 sigma along a latent dimension, and their names."""
        steps = [-3, -2, -1, 0, 1, 2, 3]
        names = [f"z{dimension} {step:+d}σ" if step else f"z{dimension} 0σ" for step in steps]
        return [self.shifted(dimension, float(step), z_dim).segment(at) for step in steps], names

    def why_no_blend(self, other: Path | None, at: int) -> str:
        """A sentence where it cannot be blended with the future of path `other`; None: there is no other."""
        if not self.is_drawn:
            return "z is not drawn here, so there is no noise to blend: redraw it first."
        if self.noise.kind != "seed":
            return "This future is a blend of two seeds already: redraw it first."
        if other is None:
            return "There is no other future on the wall to blend with."
        if rule_at(other, at).kind != "seed":
            return "The other future is not drawn from one seed at this frame: choose another."
        return ""


def by_use(kl: Sequence[float], z_dim: int) -> list[int]:
    """Latent dimensions, those that carry most KL first; as they are numbered where that is not known."""
    known = list(kl) if len(kl) == z_dim else [0.0] * z_dim
    return sorted(range(z_dim), key=lambda dimension: -known[dimension])
