"""What of a picture is decided before it is begun: how many steps, from what, and what of it is held."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from engine.api.images import ImageInput, Pixels, pixels_hash
from engine.api.mask import Coverage
from engine.api.request import GenerationRequest, steps_run


@dataclass(frozen=True)
class Plan:
    """What is asked of the stock pipeline besides the prompts."""

    steps: int
    start: ImageInput | None
    strength: float
    begins_midway: bool
    """True where the first step is not the schedule's first."""

    @staticmethod
    def of(request: GenerationRequest) -> Plan:
        """A branch runs its origin's plan, of which the first steps are made already."""
        if request.branch is not None and request.branch.is_exact_for(request.sampling):
            return Plan.of(request.branch.origin)
        begins_midway = request.branch is not None or request.image is not None
        return Plan(request.sampling.steps, request.image, request.sampling.strength, begins_midway)

    @property
    def total(self) -> int:
        """Steps that are run: a start picture spares those above its strength."""
        return self.steps if self.start is None else steps_run(self.steps, self.strength)


def says_the_same(request: GenerationRequest, other: GenerationRequest) -> bool:
    names = (
        "prompt", "negative_prompt", "loras", "embeddings", "maps", "regions", "references", "read_as",
    )  # fmt: skip
    return all(getattr(request, name) == getattr(other, name) for name in names)


@dataclass(frozen=True, eq=False)
class Held:
    """What a picture starts from and how much of it may change."""

    start: Pixels
    """H x W x 3, of the size of the request."""
    mask: Coverage
    """H x W: 255 may change from the first step on, 0 never."""
    strength: float
    """Of the run that the mask is for; a branch of it may be a run of its own."""

    @cached_property
    def key(self) -> str:
        return pixels_hash(self.mask)
