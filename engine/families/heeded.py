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

from engine.families.blanks import ENDS_OF_MESSAGE, Heard, Span

if TYPE_CHECKING:
    import torch

Emphasis = tuple[tuple[float, tuple[Span, ...]], ...]
"""Each weight but 1 with the characters that have it."""
PROMPTS = ("prompt", "negative_prompt")
STATES = ("last_hidden_state", "hidden_states")
"""What of a text encoder's answer pipelines look at."""


class WeighedText(str):
    """A prompt without brackets and numbers that knows which of its words weigh more or less."""

    emphasis: Emphasis

    def __new__(cls, text: str, emphasis: Emphasis) -> WeighedText:
        made = super().__new__(cls, text)
        made.emphasis = emphasis
        return made


@dataclass(frozen=True)
class Hears:
    """Who reads the words of a pipeline."""

    tokenizers: Callable[[Any], tuple[tuple[Any, str], ...]]
    """Of a pipeline: each object that holds one, and under which name; the text encoder's first."""
    behind: str = ""
    """A part that reads the text encoder's answer and words of its own, by the second tokenizer."""
    prepared: Callable[[str], str] = str
    """What the pipeline makes of a text before it reads it; as long as it was."""


ITSELF = Hears(lambda pipeline: ((pipeline, "tokenizer"),))
"""A pipeline with one text encoder and one tokenizer."""


@cache
def heeding(pipeline_class: type, hears: Hears) -> type:
    """`pipeline_class` as it heeds the weights in the `WeighedText`s that it is called with."""

    @wraps(pipeline_class.__call__)
    def call(self: Any, *args: Any, **asked: Any) -> Any:
        texts = [text for name in PROMPTS if isinstance(text := asked.get(name), str)]
        if not any(isinstance(text, WeighedText) for text in texts):
            return pipeline_class.__call__(self, *args, **asked)
        texts = [_prepared(text, hears.prepared) for text in texts]
        with _heeded(self, texts, hears):
            plain = {name: str(asked[name]) for name in PROMPTS if isinstance(asked.get(name), WeighedText)}
            return pipeline_class.__call__(self, *args, **{**asked, **plain})

    names = {"__module__": pipeline_class.__module__, "__qualname__": pipeline_class.__qualname__}
    return type(pipeline_class.__name__, (pipeline_class,), {**names, "__call__": call})


def _prepared(text: str, prepare: Callable[[str], str]) -> str:
    made = prepare(str(text))
    return WeighedText(made, text.emphasis) if isinstance(text, WeighedText) else made


@contextmanager
def _heeded(pipeline: Any, texts: Sequence[str], hears: Hears) -> Iterator[None]:
    with ExitStack() as back:
        heard = []
        for owner, name in hears.tokenizers(pipeline):
            tokenizer = getattr(owner, name)
            heard.append(Heard(tokenizer))
            object.__setattr__(owner, name, heard[-1])  # its own setter would write down a class
            back.callback(object.__setattr__, owner, name, tokenizer)
        first = _Asked(texts, heard[0], "input_ids", answers_alone=not hears.behind)
        parts = [(pipeline.text_encoder, first)]
        if hears.behind:
            behind = _Behind(texts, heard[1], "target_input_ids", first)
            parts.append((getattr(pipeline, hears.behind), behind))
        for network, asked in parts:
            hook = network.register_forward_hook(asked.heed, with_kwargs=True)
            back.callback(hook.remove)
        yield


@dataclass(eq=False)
class _Asked:
    """What a network is asked besides, and what is made of its answers."""

    texts: Sequence[str]
    heard: Heard
    ids: str
    """The argument that carries the tokens."""
    answers_alone: bool = True
    """False where another network reads what it says: its answers stay, and are kept."""
    kept: dict[str, list[Any]] = field(default_factory=dict)
    """Text to the answers without each of its weighed words."""
    _is_asking: bool = False

    def heed(self, network: Any, args: tuple[Any, ...], call: dict[str, Any], answer: Any) -> Any:
        """After each pass. None leaves the answer as it is."""
        if args:  # the tokens come first
            args, call = args[1:], {**call, self.ids: args[0]}
        text = self._text_of(call[self.ids]) if not self._is_asking else ""
        if not isinstance(text, WeighedText):
            return None
        self._is_asking = True
        try:
            without = [
                network(*args, **self._call_without(call, text, number))
                for number in range(len(text.emphasis))
            ]
        finally:
            self._is_asking = False
        self.kept[text] = without
        if not self.answers_alone:
            return None
        return self._moved(answer, without, [weight for weight, _ in text.emphasis])

    def _text_of(self, ids: torch.Tensor) -> str:
        """Which of the prompts `ids` are: the longest that stands where a prompt stands."""
        whole = self.heard.told(ids)
        end = max(map(whole.rfind, ENDS_OF_MESSAGE))
        head = (whole if end < 0 else whole[:end]).rstrip()
        return max((text for text in self.texts if head.endswith(text.strip())), key=len, default="")

    def _call_without(self, call: Mapping[str, Any], text: WeighedText, number: int) -> dict[str, Any]:
        _, spans = text.emphasis[number]
        return {**call, self.ids: self.heard.without(call[self.ids], text, spans)}

    def _moved(self, whole: Any, without: Sequence[Any], weights: Sequence[float]) -> Any:
        for name in STATES:
            own = getattr(whole, name, None)
            if own is None:
                continue
            others = [getattr(one, name) for one in without]
            if isinstance(own, tuple):
                layers = zip(own, *others, strict=True)
                setattr(whole, name, tuple(_move(layer[0], layer[1:], weights) for layer in layers))
            else:
                setattr(whole, name, _move(own, others, weights))
        return whole


class _Behind(_Asked):
    """A network that reads what the text encoder says besides words of its own: without in both."""

    def __init__(self, texts: Sequence[str], heard: Heard, ids: str, encoder: _Asked) -> None:
        super().__init__(texts, heard, ids)
        self._encoder = encoder

    def _call_without(self, call: Mapping[str, Any], text: WeighedText, number: int) -> dict[str, Any]:
        source, mask = call["source_hidden_states"], call["source_attention_mask"]
        said = self._encoder.kept[text][number].last_hidden_state.to(source) * mask[..., None].to(source)
        return {**super()._call_without(call, text, number), "source_hidden_states": said}

    def _moved(self, whole: Any, without: Sequence[Any], weights: Sequence[float]) -> Any:
        return _move(whole, without, weights)


def _move(whole: torch.Tensor, without: Sequence[torch.Tensor], weights: Sequence[float]) -> torch.Tensor:
    moved = whole.float()
    for weight, one in zip(weights, without, strict=True):
        moved = moved + (weight - 1) * (whole.float() - one.float())
    return moved.to(whole.dtype)
