"""How a family turns a prompt into what its network reads."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any, Protocol

from engine.api.form import Json
from engine.api.prompt import Segment, parse
from engine.diffusion.chunks import MOST_CHUNKS, Token, chunked, readable
from engine.diffusion.embeddings import Embedding, Read, Tokens, Words, encode, tokenize, tokens_of
from engine.families.blanks import Ear, Span, blanked, moved
from engine.families.family import Task
from engine.families.learnt_tokens import has_tokens, learnt_tokens, speaking, with_tokens

if TYPE_CHECKING:
    import torch

    from engine.families.loaded_model import LoadedModel

NEGATIVE = "negative_"
WORDS = "prompt_embeds"
"""The pipelines' name for a row of numbers for each token; the others are of the prompt as a whole."""
AS_CALLED = ("max_sequence_length", "complex_human_instruction", "system_prompt")
"""Arguments of `encode_prompt` whose defaults are those of the pipeline's whole call."""


class Reader(Protocol):
    """One for each way to encode; a loaded model has one."""

    def read(
        self,
        model: LoadedModel,
        prompt: str,
        words: Words | None,
        is_negative: bool,
        chunks: int = MOST_CHUNKS,
    ) -> Read:
        """At most `chunks` pieces of it, where the family reads in pieces; the rest is cut."""
        ...

    def encode(
        self, model: LoadedModel, read: Any, vectors: Sequence[torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """By the names of the pipeline's arguments for a prompt, without `negative_`.

        `vectors` are those of the learnt words that it was read with, in their order; gradients reach them.
        """
        ...


class ClipReader:
    """One CLIP text encoder, with weights, chunks and learnt words: Stable Diffusion 1 and 2."""

    def read(
        self,
        model: LoadedModel,
        prompt: str,
        words: Words | None,
        is_negative: bool,
        chunks: int = MOST_CHUNKS,
    ) -> Tokens:
        return tokenize(model.tokenizer, prompt, words, chunks)

    def encode(
        self, model: LoadedModel, read: Tokens, vectors: Sequence[torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        empty = tokenize(model.tokenizer, "")
        return {WORDS: encode(model.text_encoder(), read, empty, vectors)}


@dataclass(frozen=True)
class Sentence:
    """A prompt for a pipeline's own `encode_prompt`: its words without brackets and numbers."""

    texts: tuple[str, ...]
    """One for each chunk."""
    is_negative: bool
    cut: int = 0
    weights: tuple[tuple[tuple[int, float], ...], ...] = ()
    """For each chunk the rows that do not weigh 1, with their weights; empty where all do."""
    emphasis: tuple[tuple[float, tuple[Span, ...]], ...] = ()
    """Each weight but 1 with the characters that have it, where they are weighed by blanks."""

    @property
    def form(self) -> Json:
        if self.emphasis:
            told: list[Json] = [[weight, [list(one) for one in spans]] for weight, spans in self.emphasis]
            return [list(self.texts), self.is_negative, {"emphasis": told}]
        if len(self.texts) == 1 and not self.weights:
            return [self.texts[0], self.is_negative]
        return [list(self.texts), self.is_negative, [[list(row) for row in rows] for rows in self.weights]]


@dataclass(frozen=True)
class Rows:
    """Where the tokens of one text encoder stand in `prompt_embeds`."""

    tokenizer: str
    first: int
    """Row of the first token, behind the start mark where there is one."""
    most: int
    """Tokens that are read, marks not counted."""


class Measured:
    """How much of a prompt is read; both kinds of reader have these fields."""

    longest: int | None
    """Tokens that are read; None: as many as there are."""
    before: str
    """What the pipeline puts around the prompt within the same length."""
    dropped: int
    """Tokens of `before` that its makers do not count in; another tokenizer may make more of it."""
    with_marks: bool
    """True where the tokenizer's own marks are counted in."""

    def room(self, count: Callable[[str], int], marks: int) -> int | None:
        """Tokens of the prompt alone: `count` says how many a text has, `marks` are the tokenizer's own."""
        if self.longest is None:
            return None
        taken = count(f"{self.before}a") - count("a") if self.before else 0
        return max(1, self.longest + self.dropped - taken - marks * self.with_marks)


@dataclass(frozen=True)
class StockReader(Measured):
    """The pipeline's own `encode_prompt`."""

    outputs: tuple[str, ...]
    """What it returns, in order, by the names of the pipeline's arguments; empty for what is not needed."""
    tokenizer: str
    """The part whose tokenizer counts what is cut off."""
    longest: int | None
    extra: Mapping[str, Any]
    """Further arguments of `encode_prompt`."""
    rows: tuple[Rows, ...] = ()
    """Of every encoder whose rows can be told apart; empty: its words cannot be weighed."""
    ears: tuple[Ear, ...] = ()
    """Whose words are weighed by reading blanks in their place (`engine.families.blanks`)."""
    weighed: tuple[str, ...] = (WORDS,)
    """Which of the outputs then move: those with a row for each token."""
    in_chunks: bool = False
    """True where longer prompts are read in chunks."""
    before: str = ""
    dropped: int = 0
    with_marks: bool = False
    prepared: Callable[[str], str] = lambda text: text
    """What the pipeline makes of a text before it reads it; as long as it was."""
    takes_words: bool = True
    """Whether learnt words can be read by it."""

    def read(
        self,
        model: LoadedModel,
        prompt: str,
        words: Words | None,
        is_negative: bool,
        chunks: int = MOST_CHUNKS,
    ) -> Sentence:
        segments = parse(prompt)
        if words and self.takes_words:
            segments = with_tokens(segments, words)
        typed = "".join(segment.text for segment in segments)
        plain = self.prepared(typed)
        tokenizer = self._tokenizer(model, self.tokenizer, plain, words)
        tokens = tokens_of(tokenizer, plain) if tokenizer is not None else []
        spans, cut = [(0, len(plain))], unread(self, tokenizer, len(tokens))
        if self.in_chunks and tokenizer is not None and self.longest is not None:
            pieces = chunked(tokens, plain, self.longest)
            cut = sum(map(len, pieces[chunks:]))
            if len(pieces) > 1:
                spans = [(piece[0].start, piece[-1].end) for piece in pieces[:chunks]]
        texts = tuple(readable(typed[start:end]) for start, end in spans)
        is_weighed = self.rows and any(segment.weight != 1 for segment in segments)
        weights = ()
        if is_weighed:
            weights = tuple(self._weights(model, segments, plain, *span, words) for span in spans)
        emphasis = emphasis_of(segments) if self.ears else ()
        return Sentence(texts, is_negative, cut, weights, emphasis)

    @property
    def weighs(self) -> bool:
        """True where words can count more and less than others."""
        return bool(self.ears or self.rows)

    def _tokenizer(self, model: LoadedModel, part: str, text: str, words: Words | None) -> Any:
        """That of `part`, or what stands in for it where learnt words are in `text`; None: there is none."""
        tokenizer = model.components.get(part)
        if tokenizer is None or not words or not has_tokens(text):
            return tokenizer
        return speaking(tokenizer, sum(words.values()))

    def _weights(
        self,
        model: LoadedModel,
        segments: Sequence[Segment],
        plain: str,
        start: int,
        end: int,
        words: Words | None,
    ) -> tuple[tuple[int, float], ...]:
        """Row and weight of every token of `plain[start:end]` that does not weigh 1."""
        ends, reached = [], 0
        for segment in segments:
            reached += len(segment.text)
            ends.append(reached)
        blank = len(plain[start:end]) - len(plain[start:end].lstrip())
        found = []
        for rows in self.rows:
            tokenizer = self._tokenizer(model, rows.tokenizer, plain, words)
            tokens: list[Token] = tokens_of(tokenizer, plain[start:end].strip()) if tokenizer else []
            for number, token in enumerate(tokens[: rows.most]):
                # by its last letter: a sentence piece begins with the blank before it
                at = start + blank + max(token.start, token.end - 1)
                weight = segments[min(bisect_right(ends, at), len(segments) - 1)].weight
                if weight != 1:
                    found.append((rows.first + number, weight))
        return tuple(found)

    def encode(
        self, model: LoadedModel, read: Sentence, vectors: Sequence[torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        import torch

        chunks = [self._encoded(model, text, read.is_negative, vectors) for text in read.texts]
        if read.weights:
            nothing = self._encoded(model, "", read.is_negative)[WORDS]
            for chunk, weights in zip(chunks, read.weights, strict=True):
                chunk[WORDS] = weighed(chunk[WORDS], nothing, weights)
        if read.emphasis:
            chunks[0] = self._emphasised(model, read, chunks[0], vectors)
        if len(chunks) == 1:
            return chunks[0]
        # as everywhere in the field: of the prompt as a whole the first chunk tells
        return {**chunks[0], WORDS: torch.cat([chunk[WORDS] for chunk in chunks], dim=1)}

    def _emphasised(
        self,
        model: LoadedModel,
        read: Sentence,
        whole: dict[str, torch.Tensor],
        vectors: Sequence[torch.Tensor],
    ) -> dict[str, torch.Tensor]:
        """`whole`, moved by what each weighed word adds to it."""
        weights = [weight for weight, _ in read.emphasis]
        without = [
            self._encoded(model, read.texts[0], read.is_negative, vectors, spans)
            for _, spans in read.emphasis
        ]
        told = {name: moved(whole[name], [one[name] for one in without], weights) for name in self.weighed}
        return {**whole, **told}

    def _encoded(
        self,
        model: LoadedModel,
        text: str,
        is_negative: bool,
        vectors: Sequence[torch.Tensor] = (),
        blanks: Sequence[Span] = (),
    ) -> dict[str, torch.Tensor]:
        """`blanks`: characters that are not to be read."""
        import torch

        model.load_text_encoders()
        pipeline = model.pipeline(Task.TEXT_TO_IMAGE, None)
        takes, defaults = (
            signature(pipeline.encode_prompt).parameters,
            signature(pipeline.__call__).parameters,
        )
        asked: dict[str, Any] = {
            name: defaults[name].default for name in AS_CALLED if name in takes and name in defaults
        }
        asked |= {"prompt": text, "device": model.device, **self.extra}
        if "do_classifier_free_guidance" in takes:
            asked["do_classifier_free_guidance"] = is_negative
            if is_negative:  # some families introduce the prompt with a sentence of their own
                asked["negative_prompt"] = text
        with ExitStack() as inside:
            if vectors and has_tokens(text):
                inside.enter_context(learnt_tokens(pipeline, torch.cat(list(vectors))))
            if blanks:
                inside.enter_context(blanked(pipeline, self.prepared(text), blanks, self.ears))
            made = dict(zip(self.outputs, pipeline.encode_prompt(**asked), strict=False))
        wanted = [name for name in made if name and name.startswith(NEGATIVE) == is_negative]
        if not wanted:
            wanted = [name for name in made if name and not name.startswith(NEGATIVE)]
        found = {name.removeprefix(NEGATIVE): _tensor(made[name]) for name in wanted}
        return {name: tensor for name, tensor in found.items() if tensor is not None}


def unread(reader: Measured, tokenizer: Any, tokens: int) -> int:
    """How many of a prompt's `tokens` are beyond what is read."""
    if tokenizer is None:
        return 0
    marks = tokenizer.num_special_tokens_to_add()
    room = reader.room(lambda text: len(tokens_of(tokenizer, text)), marks)
    return 0 if room is None else max(0, tokens - room)


def weighed(
    embeds: torch.Tensor, nothing: torch.Tensor, weights: Sequence[tuple[int, float]]
) -> torch.Tensor:
    """`embeds` (1 x rows x width) with some rows moved away from the same ones of the empty prompt.

    As `engine.diffusion.embeddings.weigh` does it; a row that the empty prompt has not counts from 0.
    """
    heavy = embeds.clone()
    for row, weight in weights:
        if row < embeds.shape[1]:
            origin = nothing[:, row] if row < nothing.shape[1] else 0.0
            heavy[:, row] = origin + weight * (embeds[:, row] - origin)
    return heavy


def emphasis_of(segments: Sequence[Segment]) -> tuple[tuple[float, tuple[Span, ...]], ...]:
    """Each weight but 1 with the characters of the joined `segments` that have it."""
    found: dict[float, list[Span]] = {}
    at = 0
    for segment in segments:
        end = at + len(segment.text)
        if segment.weight != 1 and segment.text.strip():
            found.setdefault(segment.weight, []).append((at, end))
        at = end
    return tuple((weight, tuple(spans)) for weight, spans in found.items())


def lowered(text: str) -> str:
    """`text` in small letters, as long as it was: a letter that is two in small stays."""
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def evened(one: Embedding, other: Embedding, empty: Callable[[], Embedding]) -> tuple[Embedding, Embedding]:
    """Both with as many chunks: what is shorter goes on with what the `empty` prompt says."""
    rows = [embedding[WORDS].shape[1] if WORDS in embedding else 0 for embedding in (one, other)]
    if rows[0] == rows[1] or not all(rows):
        return one, other
    longest = max(rows)
    return _lengthened(one, longest, empty), _lengthened(other, longest, empty)


def _lengthened(embedding: Embedding, rows: int, empty: Callable[[], Embedding]) -> Embedding:
    import torch

    missing = rows - embedding[WORDS].shape[1]
    if not missing:
        return embedding
    filling = empty()[WORDS]
    filling = filling.repeat(1, -(-missing // filling.shape[1]), 1)[:, :missing]
    return {**embedding, WORDS: torch.cat([embedding[WORDS], filling], dim=1)}


def _tensor(value: Any) -> Any:
    """Z-Image gives a list with one tensor for each prompt."""
    return value[0] if isinstance(value, list) else value
