"""The sentences that a picture follows: which at which step, how much, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from engine.api.prompt_steps import every_step, sentences
from engine.api.request import GenerationRequest
from engine.conditioning.fitting import fitted_mask
from engine.conditioning.sentences import Voice


@dataclass(frozen=True, eq=False)
class Said:
    """All that is said to the network while one picture is made."""

    voices: tuple[Voice, ...]
    """The whole picture's first: one, or those that `AND` joins; then one for each region."""
    negative: tuple[str, ...]
    """For each step."""
    boxed: tuple[Voice, ...] = ()
    """Places that the network is told as boxes, and that are no voices of their own."""

    @staticmethod
    def of(request: GenerationRequest, total: int, in_boxes: bool = False) -> Said:
        """
        Args:
            total: Steps that are run.
            in_boxes: True where the network reads boxes.
        """
        whole = [
            Voice(every_step(sentence.text, total), sentence.weight) for sentence in sentences(request.prompt)
        ]
        places = [
            Voice(every_step(region.prompt, total), region.weight, fitted_mask(region.mask, request.extent))
            for region in request.regions
            if region.prompt.strip() and region.weight > 0
        ]
        negative = every_step(request.negative_prompt, total)
        if in_boxes:
            return Said(tuple(whole), negative, tuple(places))
        return Said((*whole, *places), negative)

    @property
    def first(self) -> tuple[str, str]:
        """Prompt and negative prompt that the pipeline is called with."""
        return self.voices[0].texts[0], self.negative[0]

    @cached_property
    def is_plain(self) -> bool:
        """True where the pipeline is told everything at once, and nothing else happens."""
        return len(self.voices) == 1 and len({*self.voices[0].texts}) == len({*self.negative}) == 1

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every prompt with the negative prompt that stands beside it, once."""
        found = [pair for voice in self.voices for pair in zip(voice.texts, self.negative, strict=True)]
        return tuple(dict.fromkeys(found))


def texts_of(request: GenerationRequest, total: int) -> list[tuple[str, str]]:
    """Every text that an encoder will be given, with the field that it stands in; masks are not looked at."""
    whole = [sentence.text for sentence in sentences(request.prompt)]
    places = [region.prompt for region in request.regions]
    prompts = [step for text in (*whole, *places) for step in every_step(text, total)]
    found = [("prompt", text) for text in prompts]
    found += [("negative_prompt", text) for text in every_step(request.negative_prompt, total)]
    return list(dict.fromkeys(found))
