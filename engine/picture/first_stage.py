"""Models of two stages: the first makes of the words what the second draws, once for each sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.api.events import Event, Loading
from engine.api.prompt import parse
from engine.diffusion.chunks import readable
from engine.diffusion.tap import Cancelled

if TYPE_CHECKING:
    import torch

    from engine.families.loaded_model import LoadedModel

STAGE = "first_stage"
TOLD = ("prompt", "negative_prompt", "pictures")
"""What it reads of a pipeline's call."""


class FirstStage:
    """Of one picture. What it has made for a sentence it does not make again."""

    def __init__(self, model: LoadedModel, seed: int, generator: torch.Generator) -> None:
        """The picture's first sentence draws from its own `generator`, as the stock pipeline does; others
        begin from `seed` each."""
        self.model, self.seed, self.generator = model, seed, generator
        self.emit: Callable[[Event], None] = lambda event: None
        self.is_cancelled: Callable[[], bool] = lambda: False
        self._made: dict[str, dict[str, Any]] = {}

    def __call__(self, call: dict[str, Any], prompt: str) -> dict[str, Any]:
        """The call of the second stage's pipeline, from one that says words or has them read already.

        `prompt` is as typed; what it says without brackets is what a first stage reads of it then.
        """
        import torch

        assert self.model.first_stage is not None
        told = {name: call[name] for name in TOLD if name in call}
        if "prompt" not in told:
            told["prompt"] = readable("".join(segment.text for segment in parse(prompt)))
        key = _key(told)
        if key not in self._made:
            other = torch.Generator("cpu").manual_seed(self.seed)
            generator = other if self._made else self.generator
            if not self.model.has_text_encoder:
                self.emit(Loading("text_encoder"))
                self.model.load_text_encoders()
            with torch.inference_mode(), self.model.reading():
                self._made[key] = self.model.first_stage(self.model, told, generator, self._say)
        rest = {name: value for name, value in call.items() if name not in told}
        return {**rest, **self._made[key]}

    def _say(self, share: float) -> None:
        if self.is_cancelled():
            raise Cancelled
        self.emit(Loading(STAGE, share))


def _key(told: dict[str, Any]) -> str:
    """Equal where it is told the same."""
    seen = [hashlib.sha256(picture.tobytes()).hexdigest() for picture in told.get("pictures") or ()]
    said = sorted((name, text) for name, text in told.items() if name != "pictures")
    weights = [getattr(text, "emphasis", ()) for _, text in said]
    return repr((said, weights, seen))
