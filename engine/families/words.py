"""How a family turns a prompt into what its network reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any, Protocol

from engine.api.form import Json
from engine.api.prompt import parse
from engine.diffusion.embeddings import Read, Tokens, Words, encode, tokenize

if TYPE_CHECKING:
    import torch

    from engine.families.family import LoadedModel

NEGATIVE = "negative_"
AS_CALLED = ("max_sequence_length", "complex_human_instruction", "system_prompt")
"""Arguments of `encode_prompt` whose defaults are those of the pipeline's whole call."""


class Reader(Protocol):
    """One for each way to encode; a loaded model has one."""

    def read(self, model: LoadedModel, prompt: str, words: Words | None, is_negative: bool) -> Read: ...

    def encode(
        self, model: LoadedModel, read: Any, vectors: Sequence[torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """By the names of the pipeline's arguments for a prompt, without `negative_`."""
        ...


class ClipReader:
    """One CLIP text encoder, with weights for words and learnt words: Stable Diffusion 1 and 2."""

    def read(self, model: LoadedModel, prompt: str, words: Words | None, is_negative: bool) -> Tokens:
        return tokenize(model.tokenizer, prompt, words)

    def encode(
        self, model: LoadedModel, read: Tokens, vectors: Sequence[torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        empty = tokenize(model.tokenizer, "")
        return {"prompt_embeds": encode(model.text_encoder(), read, empty, vectors)}


@dataclass(frozen=True)
class Sentence:
    """A prompt for encoders that read no weights: as typed, without its brackets and numbers."""

    text: str
    is_negative: bool
    cut: int = 0

    @property
    def form(self) -> Json:
        return [self.text, self.is_negative]


@dataclass(frozen=True)
class StockReader:
    """The pipeline's own `encode_prompt`."""

    outputs: tuple[str, ...]
    """What it returns, in order, by the names of the pipeline's arguments; empty for what is not needed."""
    tokenizer: str
    """The part whose tokenizer counts what is cut off."""
    longest: int
    """Tokens of a prompt that are read, marks not counted."""
    extra: Mapping[str, Any]
    """Further arguments of `encode_prompt`."""

    def read(self, model: LoadedModel, prompt: str, words: Words | None, is_negative: bool) -> Sentence:
        text = "".join(segment.text for segment in parse(prompt))
        tokenizer = model.components.get(self.tokenizer)
        ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"] if tokenizer else ()
        return Sentence(text, is_negative, max(0, len(ids) - self.longest))

    def encode(
        self, model: LoadedModel, read: Sentence, vectors: Sequence[torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        import torch

        from engine.families.family import Task

        model.load_text_encoders()
        pipeline = model.pipeline(Task.TEXT_TO_IMAGE, None)
        takes, defaults = (
            signature(pipeline.encode_prompt).parameters,
            signature(pipeline.__call__).parameters,
        )
        asked: dict[str, Any] = {
            name: defaults[name].default for name in AS_CALLED if name in takes and name in defaults
        }
        asked |= {"prompt": read.text, "device": model.device, **self.extra}
        if "do_classifier_free_guidance" in takes:
            asked["do_classifier_free_guidance"] = read.is_negative
            if read.is_negative:  # some families introduce the prompt with a sentence of their own
                asked["negative_prompt"] = read.text
        with torch.inference_mode():
            made = dict(zip(self.outputs, pipeline.encode_prompt(**asked), strict=False))
        wanted = [name for name in made if name and name.startswith(NEGATIVE) == read.is_negative]
        if not wanted:
            wanted = [name for name in made if name and not name.startswith(NEGATIVE)]
        found = {name.removeprefix(NEGATIVE): _tensor(made[name]) for name in wanted}
        return {name: tensor for name, tensor in found.items() if tensor is not None}


def _tensor(value: Any) -> Any:
    """Z-Image gives a list with one tensor for each prompt."""
    return value[0] if isinstance(value, list) else value
