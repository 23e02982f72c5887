"""Measuring what the speeds cost and change: the same pictures drawn at each, on the machine at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.api.errors import BadRequest
from engine.api.form import Json, from_json, to_json
from engine.api.limits import Limits, check_within
from engine.api.request import Speed, check_number

TASK = "measure"
MEASURE_LIMITS: dict[str, Limits] = {"pictures": (1, 50)}
USUAL_PICTURES = 2


@dataclass(frozen=True)
class MeasureRequest:
    """What was found is on disk afterwards: `engine.models.kept.speed_memory`."""

    model: str
    pictures: int = USUAL_PICTURES
    """Of each speed; one more of each goes before, unmeasured."""
    prompts: tuple[str, ...] = ()
    """What they show, by turns; empty: what the model draws well."""
    steps: int | None = None
    """Denoising steps; None: the model's own."""
    task: str = TASK
    """Tells it from a request for pictures wherever both travel."""
    extra: Mapping[str, Json] = field(default_factory=dict)

    def validated(self) -> MeasureRequest:
        """This request, or `BadRequest` naming what is wrong."""
        check_within("pictures", self.pictures, MEASURE_LIMITS["pictures"])
        if self.steps is not None:
            check_number("steps", self.steps)
        if not self.model:
            raise BadRequest("model", "is empty; name a model, a folder or a .safetensors file")
        return self

    @property
    def drawn(self) -> int:
        """Pictures that are drawn for it."""
        return len(Speed) * (self.pictures + 1)

    def to_json(self) -> dict[str, Json]:
        return to_json(self)

    @staticmethod
    def from_json(data: object) -> MeasureRequest:
        """Raises `BadRequest` naming the field."""
        return from_json(MeasureRequest, data)
