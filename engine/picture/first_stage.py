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
TOLD = ("prompt", "negative_prompt", "pictures", "subjects")
"""What it reads of a pipeline's call in the second one's place."""
WRITTEN = "written"
"""Under which it hands on the words that it wrote, which the second is not told."""
SIZE = ("height", "width")
"""What both are told."""
MOST_KEPT = 8
"""Sentences of which a model in memory keeps what was made: a picture that begins alike waits for nothing."""


class FirstStage:
    """Of one picture. What was made for a sentence is not made again."""

    def __init__(self, model: LoadedModel, text_key: str, seed: int, generator: torch.Generator) -> None:
        """`text_key` is of what its other networks wear than the one that draws.

        The picture's first sentence draws from its own `generator`, as the stock pipeline does; others
        begin from `seed` each.
        """
        self.model, self.text_key, self.seed, self.generator = model, text_key, seed, generator
        self.emit: Callable[[Event], None] = lambda event: None
        self.is_cancelled: Callable[[], bool] = lambda: False
        self.written = ""
        """What it wrote by itself, for the recipe."""
        self._made: dict[str, dict[str, Any]] = {}

    def __call__(self, call: dict[str, Any], prompt: str) -> dict[str, Any]:
        """The call of the second stage's pipeline, from one that says words or has them read already.

        `prompt` is as typed; what it says without brackets is what a first stage reads of it then.
        """
        import torch

        told = {name: call[name] for name in TOLD if name in call}
        if "prompt" not in told:
            told["prompt"] = plainly(prompt)
        traits = self.model.traits
        is_said = traits.writes_if_silent and told["prompt"].strip()
        if is_said or (traits.only_looks and not told.get("pictures")):
            return {name: value for name, value in call.items() if name not in told}
        key = _key(told)
        if key not in self._made:
            other = torch.Generator("cpu").manual_seed(self.seed)
            size = {name: call[name] for name in SIZE if name in call}
            self._made[key] = self._kept({**told, **size}, other if self._made else self.generator)
        rest = {name: value for name, value in call.items() if name not in told}
        made = dict(self._made[key])
        self.written = made.pop(WRITTEN, self.written)
        return {**rest, **made}

    def _kept(self, told: dict[str, Any], generator: torch.Generator) -> dict[str, Any]:
        """What is made of `told`, or was for another picture; `generator` is then where that left it."""
        kept = self.model.first_made
        chance = bytes(generator.get_state().tolist()).hex()
        key = f"{_key(told)} {self.model.encoder_key(self.text_key)} {chance}"
        if key not in kept:
            made = self._make(told, generator)
            kept[key] = made, generator.get_state()
            while len(kept) > MOST_KEPT:
                kept.pop(next(iter(kept)))
        made, state = kept[key] = kept.pop(key)  # the last that was asked for goes last
        generator.set_state(state)
        return made

    def _make(self, told: dict[str, Any], generator: torch.Generator) -> dict[str, Any]:
        import torch

        assert self.model.first_stage is not None
        if not self.model.has_text_encoder:
            self.emit(Loading("text_encoder"))
            self.model.load_text_encoders()
        with torch.inference_mode(), self.model.reading():
            return self.model.first_stage(self.model, told, generator, self._say)

    def _say(self, share: float) -> None:
        if self.is_cancelled():
            raise Cancelled
        self.emit(Loading(STAGE, share))


def plainly(prompt: str) -> str:
    """What `prompt`, as typed, says without its brackets and numbers."""
    return readable("".join(segment.text for segment in parse(prompt)))


def _key(told: dict[str, Any]) -> str:
    """Equal where it is told the same."""
    pictures = told.get("pictures") or ()
    seen = [(picture.size, hashlib.sha256(picture.tobytes()).hexdigest()) for picture in pictures]
    said = sorted((name, text) for name, text in told.items() if name != "pictures")
    weights = [getattr(text, "emphasis", ()) for _, text in said]
    return repr((said, weights, seen))
