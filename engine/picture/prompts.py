"""The embeddings of a request's prompts: from the texts to what the network reads."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from functools import cache
from pathlib import Path

from engine.api.events import Event, Loading, Notice
from engine.api.form import Json
from engine.api.other_words import ReadAs, as_read, said_of
from engine.api.prompt_steps import every_step
from engine.api.request import GenerationRequest
from engine.diffusion.embeddings import Embedding, EmbeddingCache
from engine.families.loaded_model import LoadedModel
from engine.library.folders import cache_folder
from engine.models.named.learnt import Learnt
from engine.models.words.other_words import names_of
from engine.picture.plan import Plan
from engine.picture.words import texts_of

Embed = Callable[[str, bool], Embedding]
"""A prompt as typed, and whether it is the negative one, to its embedding on the model's device."""


def wear(model: LoadedModel, learnt: Learnt) -> None:
    """Let `model` wear the LoRAs of `learnt` and no others."""
    model.wardrobe.wear(Learnt(learnt.loras, control=learnt.control).key, lambda: learnt.worn(model.dtype))


def prepare_prompts(
    request: GenerationRequest, model: LoadedModel, learnt: Learnt
) -> Generator[Event, None, None]:
    """Makes the embeddings of the request's prompts, and says what it had to do for them."""
    if model.reader is None:
        yield Loading("prompt")
        return
    embeddings, key = _embedding_cache(cache_folder()), model.encoder_key(learnt.text_key)
    read_as = request.read_as or ()
    if read_as:
        names = names_of(model.info)
        elsewhere: dict[str, Json] = {
            language: said_of(read_as, called) for language, called in names.items()
        }
        yield Notice("read_as", said_of(read_as), {"words": said_of(read_as), "elsewhere": elsewhere})
    embed = embedding_with(model, learnt, read_as)
    wear(model, learnt)
    cut: set[str] = set()
    for field, words in _words_of(request):
        tokens = model.reader.read(model, as_read(words, read_as), learnt.words, field == "negative_prompt")
        if tokens.cut and field not in cut:
            cut.add(field)
            yield Notice("prompt_cut", f"{tokens.cut}", {"field": field, "tokens": tokens.cut})
        if not embeddings.has(tokens, key) and not model.has_text_encoder:
            yield Loading("text_encoder")
            embed(words, field == "negative_prompt")
    yield Loading("prompt")


def _words_of(request: GenerationRequest) -> Iterator[tuple[str, str]]:
    """Every prompt that the network will be given, with the field that it stands in."""
    total = Plan.of(request).total
    yield from texts_of(request, total)
    edit = request.edited.edit if request.edited is not None else None
    for place in edit.places if edit is not None else ():
        for text in every_step(place.prompt, total):
            yield "prompt", text
        if place.negative_prompt is not None:
            for text in every_step(place.negative_prompt, total):
                yield "negative_prompt", text


def embedding_with(model: LoadedModel, learnt: Learnt, read_as: Sequence[ReadAs]) -> Embed:
    """A prompt's embedding; the text encoder is loaded only for one that is new. `learnt` is worn."""
    embeddings, key = _embedding_cache(cache_folder()), model.encoder_key(learnt.text_key)

    def embed(prompt: str, is_negative: bool) -> Embedding:
        if model.reader is None:
            return {}
        reader = model.reader
        read = reader.read(model, as_read(prompt, read_as), learnt.words, is_negative)

        def make() -> Embedding:
            import torch

            with model.reading(), torch.inference_mode():
                return reader.encode(model, read, learnt.vectors(model.dtype))

        made = embeddings.get(read, key, make)
        return {name: tensor.to(model.device) for name, tensor in made.items()}

    return embed


@cache
def _embedding_cache(folder: Path) -> EmbeddingCache:
    return EmbeddingCache(folder)
