"""Weights where a pipeline reads the words itself, together with a picture or within its own blocks.

As `engine.families.blanks` has it, but asked of the networks while the pipeline runs: each that reads words
is asked again with blanks in place of a weighed word, and what the next one is given moves by
`(w - 1) * (whole - without)`. Weight 1 is the stock pipeline to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from engine.families.blanks import ALONE, Ear, Heard, Span, blanked, moved
from engine.families.learnt_tokens import ENCODERS, learnt_tokens

if TYPE_CHECKING:
    import torch

Emphasis = tuple[tuple[float, tuple[Span, ...]], ...]
"""Each weight but 1 with the characters that have it."""
PROMPTS = ("prompt", "negative_prompt")
STATES = ("last_hidden_state", "hidden_states")
"""What of a text encoder's answer pipelines look at, a row for each token."""


class WeighedText(str):
    """A prompt without brackets and numbers that knows what its words weigh, and which of them are learnt."""

    emphasis: Emphasis
    learnt: torch.Tensor | None
    """The vectors of the learnt tokens in it (`engine.families.learnt_tokens`)."""

    def __new__(cls, text: str, emphasis: Emphasis = (), learnt: torch.Tensor | None = None) -> WeighedText:
        made = super().__new__(cls, text)
        made.emphasis, made.learnt = emphasis, learnt
        return made

    def __repr__(self) -> str:
        return f"WeighedText({str(self)!r}, {self.emphasis!r})"


@dataclass(frozen=True)
class Hears:
    """Who reads the words of a pipeline."""

    ears: tuple[Ear, ...] = ALONE
    prepared: Callable[[str], str] = str
    """What the pipeline makes of a text before it reads it; as long as it was."""
    is_taken_apart: bool = False
    """True where the pipeline calls the layers of its text encoder one by one: `encode_prompt` is asked again
    and not the network."""
    by_itself: bool = False
    """True where our class around the pipeline heeds the weights."""
    hears_learnt: bool | None = None
    """Whether learnt words can be read; None: where each encoder is asked as a whole, under its own name."""
    prompt_last: bool = False
    """True where the pipeline reads the prompt behind the negative prompt."""
    cut: Callable[[Any, str], str] = lambda pipeline, text: text
    """What `pipeline` reads of a text, where it cuts it before it is asked for its tokens."""

    @property
    def takes_words(self) -> bool:
        """Whether learnt words can be read."""
        if self.hears_learnt is not None:
            return self.hears_learnt
        return not (self.is_taken_apart or self.by_itself) and all(
            not ear.is_behind and ear.network in ENCODERS.values() for ear in self.ears
        )


ITSELF = Hears()
"""A pipeline with one text encoder and one tokenizer."""


@cache
def heeding(pipeline_class: type, hears: Hears) -> type:
    """`pipeline_class` as it heeds the weights in the `WeighedText`s that it is called with."""
    if hears.by_itself:
        return pipeline_class

    @wraps(pipeline_class.__call__)
    def call(self: Any, *args: Any, **asked: Any) -> Any:
        texts = [text for name in PROMPTS if isinstance(text := asked.get(name), str)]
        if not any(isinstance(text, WeighedText) for text in texts):
            return pipeline_class.__call__(self, *args, **asked)
        texts = [_prepared(text, lambda told: hears.cut(self, hears.prepared(told))) for text in texts]
        with ExitStack() as inside:
            learnt = (text.learnt for text in texts if isinstance(text, WeighedText))
            if (vectors := next((one for one in learnt if one is not None), None)) is not None:
                inside.enter_context(learnt_tokens(self, vectors))
            inside.enter_context(
                _encoding_again(self, texts, hears) if hears.is_taken_apart else _heeded(self, texts, hears)
            )
            plain = {name: str(asked[name]) for name in PROMPTS if isinstance(asked.get(name), WeighedText)}
            return pipeline_class.__call__(self, *args, **{**asked, **plain})

    names = {"__module__": pipeline_class.__module__, "__qualname__": pipeline_class.__qualname__}
    return type(pipeline_class.__name__, (pipeline_class,), {**names, "__call__": call})


def _prepared(text: str, prepare: Callable[[str], str]) -> str:
    made = prepare(str(text))
    return WeighedText(made, text.emphasis, text.learnt) if isinstance(text, WeighedText) else made


class Spoken:
    """Which of a pipeline's prompts is read: the prompt and the negative prompt may be the same words.

    Then they are told apart by their turn: the prompt is read once, what is read again is the negative one.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """`texts` in the order in which pipelines read them."""
        self.texts = texts
        self._read: dict[str, int] = {}

    def next(self, text: str) -> str:
        """The one whose words are `text`."""
        alike = [one for one in self.texts if one == text]
        turn = self._read.get(text, 0)
        self._read[text] = turn + 1
        return alike[min(turn, len(alike) - 1)] if alike else text


@contextmanager
def _heeded(pipeline: Any, texts: Sequence[str], hears: Hears) -> Iterator[None]:
    with ExitStack() as back:
        before: _Asked | None = None
        for ear in hears.ears:
            heard = ear.listened_to(pipeline, back)
            if ear.is_behind and before is not None:
                before.answers_alone = False
                before = _Behind(Spoken(texts), heard, "target_input_ids", before)
            else:
                before = _Asked(Spoken(texts), heard, "input_ids", hears.prompt_last)
            hook = getattr(pipeline, ear.network).register_forward_hook(before.heed, with_kwargs=True)
            back.callback(hook.remove)
        yield


@contextmanager
def _encoding_again(pipeline: Any, texts: Sequence[str], hears: Hears) -> Iterator[None]:
    """Inside, the first that `encode_prompt` gives, a row for each token, is moved."""
    encode, spoken = pipeline.encode_prompt, Spoken(texts)

    def encode_prompt(prompt: Any, *args: Any, **asked: Any) -> Any:
        made = encode(prompt, *args, **asked)
        told = prompt if isinstance(prompt, str) else prompt[0]
        text = spoken.next(next((text for text in texts if text.startswith(told)), ""))  # cut to what is read
        if not isinstance(text, WeighedText):
            return made
        without = []
        for _, spans in text.emphasis:
            with blanked(pipeline, told, spans, hears.ears):
                without.append(encode(prompt, *args, **asked)[0])
        return (moved(made[0], without, [weight for weight, _ in text.emphasis]), *made[1:])

    object.__setattr__(pipeline, "encode_prompt", encode_prompt)
    try:
        yield
    finally:
        object.__delattr__(pipeline, "encode_prompt")


@dataclass(eq=False)
class _Asked:
    """What a network is asked besides, and what is made of its answers."""

    spoken: Spoken
    heard: Heard
    ids: str
    """The argument that carries the tokens."""
    prompt_last: bool = False
    """As `Hears`."""
    answers_alone: bool = True
    """False where another network reads what it says: its answers stay, and are kept."""
    kept: dict[int, list[Any]] = field(default_factory=dict)
    """The answers without each of its weighed words, by the `id` of the text."""
    _is_asking: bool = False

    def heed(self, network: Any, args: tuple[Any, ...], call: dict[str, Any], answer: Any) -> Any:
        """After each pass. None leaves the answer as it is."""
        if args:  # the tokens come first
            args, call = args[1:], {**call, self.ids: args[0]}
        if self._is_asking:
            return None
        rows = call[self.ids].tolist()[:: -1 if self.prompt_last else 1]
        texts = [self.spoken.next(self._text_of(row)) for row in rows][:: -1 if self.prompt_last else 1]
        for text in {id(text): text for text in texts if isinstance(text, WeighedText)}.values():
            rows = [number for number, one in enumerate(texts) if one is text]
            self._is_asking = True
            try:
                without = [
                    network(*args, **self._call_without(call, text, number, rows))
                    for number in range(len(text.emphasis))
                ]
            finally:
                self._is_asking = False
            self.kept[id(text)] = without
            if self.answers_alone:
                answer = self._moved(answer, without, [weight for weight, _ in text.emphasis], rows)
        return answer

    def _text_of(self, row: Sequence[int]) -> str:
        """Which of the prompts it is."""
        return max(self.spoken.texts, key=lambda text: self.heard.how_well(row, text), default="")

    def _call_without(
        self, call: Mapping[str, Any], text: WeighedText, number: int, rows: Sequence[int]
    ) -> dict[str, Any]:
        _, spans = text.emphasis[number]
        return {**call, self.ids: self.heard.without(call[self.ids], text, spans, rows)}

    def _moved(
        self, whole: Any, without: Sequence[Any], weights: Sequence[float], rows: Sequence[int]
    ) -> Any:
        for name in STATES:
            own = getattr(whole, name, None)
            if own is None:
                continue
            others = [getattr(one, name) for one in without]
            if isinstance(own, tuple):
                layers = zip(own, *others, strict=True)
                told = tuple(_move(layer[0], layer[1:], weights, rows) for layer in layers)
            else:
                told = _move(own, others, weights, rows)
            setattr(whole, name, told)
        return whole


class _Behind(_Asked):
    """A network that reads what the text encoder says besides words of its own: without in both."""

    def __init__(self, spoken: Spoken, heard: Heard, ids: str, encoder: _Asked) -> None:
        super().__init__(spoken, heard, ids)
        self._encoder = encoder

    def _call_without(
        self, call: Mapping[str, Any], text: WeighedText, number: int, rows: Sequence[int]
    ) -> dict[str, Any]:
        source, mask = call["source_hidden_states"], call["source_attention_mask"]
        said = self._encoder.kept[id(text)][number].last_hidden_state.to(source) * mask[..., None].to(source)
        return {**super()._call_without(call, text, number, rows), "source_hidden_states": said}

    def _moved(
        self, whole: Any, without: Sequence[Any], weights: Sequence[float], rows: Sequence[int]
    ) -> Any:
        return _move(whole, without, weights, rows)


def _move(
    whole: torch.Tensor, without: Sequence[torch.Tensor], weights: Sequence[float], rows: Sequence[int]
) -> torch.Tensor:
    """`whole` (B x ...), of which some rows are moved."""
    told = whole.clone()
    told[list(rows)] = moved(whole[list(rows)], [one[list(rows)] for one in without], weights)
    return told
