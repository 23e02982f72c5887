"""Weights for text encoders that read a prompt as one text: what a word adds is what is missing without it.

A language model carries a word into all that stands behind it, and the networks bring what they are given to
one length (RMSNorm), so that a longer row says no more than a short one. So the prompt is read a second time
with blanks in place of the word, token for token, and the embedding goes on in the direction from that one to
the whole: `whole + (w - 1) * (whole - without)`. Weight 1 is the stock embedding to the bit, 0 that with
blanks. The direction is compel's for weights below 1 (https://github.com/damian0815/compel), which leaves
the words out. As there, what an encoder says of the prompt as a whole stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from engine.families.learnt_tokens import table_of

if TYPE_CHECKING:
    import torch

Span = tuple[int, int]
"""Characters from, to."""
ENDS_OF_MESSAGE = ("<|im_end|>", "[/INST]")
"""Behind a prompt that is put to the encoder as a conversation (of Qwen, of Mistral); else it stands last."""


def as_it_is(text: str) -> list[tuple[int, str]]:
    return [(0, text)]


@dataclass(frozen=True)
class Ear:
    """One text encoder of a pipeline, and what cuts text into tokens for it."""

    tokenizer: str = "tokenizer"
    network: str = "text_encoder"
    holder: str = ""
    """The part of the pipeline that has the tokenizer; empty: the pipeline itself."""
    pieces: Callable[[str], list[tuple[int, str]]] = as_it_is
    """What it is told of a text: where each piece begins, and how it is put, as long as it was."""
    is_behind: bool = False
    """True where it reads what the one before says, besides words of its own."""

    def listened_to(self, pipeline: Any, back: ExitStack) -> Heard:
        """What its tokenizer is asked from now on, until `back` closes."""
        holder = getattr(pipeline, self.holder) if self.holder else pipeline
        tokenizer = getattr(holder, self.tokenizer)
        heard = Heard(tokenizer, self.pieces)
        object.__setattr__(holder, self.tokenizer, heard)  # its own setter would write down a class
        back.callback(object.__setattr__, holder, self.tokenizer, tokenizer)
        return heard


ALONE = (Ear(),)
"""Of a pipeline with one text encoder and one tokenizer."""


@contextmanager
def blanked(pipeline: Any, text: str, spans: Sequence[Span], ears: Sequence[Ear] = ALONE) -> Iterator[None]:
    """Inside, `pipeline.encode_prompt(text)` reads blanks for `text[start:end]` of each of `spans`.

    `text` is as the pipeline prepares it.
    """
    with ExitStack() as back:
        for ear in ears:
            heard = ear.listened_to(pipeline, back)

            def replace_words(_: Any, args: tuple[torch.Tensor, ...], heard: Heard = heard) -> Any:
                return (heard.without(args[0], text, spans), *args[1:])

            table = table_of(getattr(pipeline, ear.network))
            back.callback(table.register_forward_pre_hook(replace_words).remove)
        yield


def moved(whole: torch.Tensor, without: Sequence[torch.Tensor], weights: Sequence[float]) -> torch.Tensor:
    """`whole`, gone on by what is missing in each of `without`, as much as its weight says."""
    said = whole.float()
    for weight, one in zip(weights, without, strict=True):
        said = said + (weight - 1) * (whole.float() - one.float())
    return said.to(whole.dtype)


@dataclass(frozen=True)
class Asked:
    """A text that a tokenizer was asked for."""

    text: str
    ids: tuple[int, ...]
    offsets: tuple[Span, ...]
    """Characters of each token; none of marks and of what fills up."""


class Heard:
    """A tokenizer that remembers what it was asked: only it knows where a word's tokens are."""

    def __init__(self, tokenizer: Any, pieces: Callable[[str], list[tuple[int, str]]] = as_it_is) -> None:
        object.__setattr__(self, "_tokenizer", tokenizer)
        object.__setattr__(self, "_pieces", pieces)
        object.__setattr__(self, "_heard", [])

    def __call__(self, *texts: Any, **options: Any) -> Any:
        read = self._tokenizer(*texts, **options)
        self._keep(texts[0] if texts else options["text"], read)
        return read

    def apply_chat_template(self, messages: Any, *, tokenize: bool = True, **kwargs: Any) -> Any:
        """A conversation is read as it is written out."""
        read = self._tokenizer.apply_chat_template(messages, tokenize=tokenize, **kwargs)
        if tokenize:
            asks = kwargs.get("add_generation_prompt", False)
            self._keep(
                self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=asks),
                read,
            )
        return read

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._tokenizer, name, value)

    def _keep(self, text: Any, read: Any) -> None:
        wholes = [text] if isinstance(text, str) else text
        if encodings := getattr(read, "encodings", None):
            for whole, one in zip(wholes, encodings, strict=True):
                self._heard.append(Asked(whole, tuple(one.ids), tuple(one.offsets)))
            return
        ids = read["input_ids"]
        for whole, row in zip(wholes, [ids] if isinstance(text, str) and _is_row(ids) else ids, strict=True):
            self._heard.append(Asked(whole, tuple(map(int, row)), _by_bytes(whole, len(row))))

    def how_well(self, row: Sequence[int], text: str) -> tuple[bool, int, int]:
        """How surely the tokens of `row` were made of `text` and no other prompt: the more, the surer."""
        found = self._found(row, text)
        if found is None:
            return (False, 0, 0)
        asked, _, count = found
        stands_last = asked.text[: _end(asked.text, text)].rstrip().endswith(text.strip())
        return (stands_last and count == len(asked.ids), count if stands_last else 0, len(text))

    def without(
        self, ids: torch.Tensor, text: str, spans: Sequence[Span], rows: Sequence[int] | None = None
    ) -> torch.Tensor:
        """`ids` (B x length) with blanks for the words, in those of `rows` that are `text`; None: of all."""
        changed = ids.clone()
        for number in range(len(ids)) if rows is None else rows:
            for place in self._places(ids[number].tolist(), text, spans):
                changed[number, place] = self._blank
        return changed

    def _places(self, row: Sequence[int], text: str, spans: Sequence[Span]) -> Iterator[int]:
        """Where in `row` the tokens of the words are."""
        found = self._found(row, text)
        if found is None:
            return
        asked, first, count = found
        for begin, index, length in self._laid(asked.text, text):
            for place, (start, stop) in enumerate(asked.offsets[:count]):
                # by its last letter: a piece begins with the blank before it
                at = max(start, stop - 1) - begin
                if start < stop and 0 <= at < length and any(a <= index + at < b for a, b in spans):
                    yield first + place

    def _found(self, tokens: Sequence[int], text: str) -> tuple[Asked, int, int] | None:
        """What `tokens` were asked for with `text` in it, where that begins, and how much of it is there.

        The pipeline may have put marks before it or behind it, filled it up, or cut it.
        """
        row = tuple(tokens)
        for asked in reversed(self._heard):
            if self._laid(asked.text, text) and (at := _place(asked.ids, row)) is not None:
                return asked, at, len(asked.ids)
        for asked in self._joined(text):
            at, count = max(
                ((at, _agreed(asked.ids, row[at:])) for at in range(len(row))), key=lambda one: one[1]
            )
            if count:
                return asked, at, count
        return None

    def _laid(self, whole: str, text: str) -> list[tuple[int, int, int]]:
        """Where each piece of `text` stands in `whole`: there, in `text`, and how long."""
        found, limit = [], _end(whole, text)
        for index, piece in reversed(self._pieces(text)):
            at = whole.rfind(piece.strip(), 0, limit)
            if at < 0:
                return []
            found.append((at - (len(piece) - len(piece.lstrip())), index, len(piece)))
            limit = at
        return found

    def _joined(self, text: str) -> Iterator[Asked]:
        """What was asked for piece by piece, the pieces together `text`; the last first."""
        for last in range(len(self._heard), 0, -1):
            told = ""
            for first in range(last - 1, -1, -1):
                told = self._heard[first].text + told
                if len(told) >= len(text):
                    if told == text:
                        yield _together(self._heard[first:last])
                    break

    @property
    def _blank(self) -> int:
        """The token of a space."""
        found = self._tokenizer(" ", add_special_tokens=False)["input_ids"]
        return found[0] if found else self._tokenizer.pad_token_id


def _end(whole: str, text: str) -> int:
    """Where `whole` says no more of the prompt `text`; some pipelines put the end of the message apart."""
    end = max(map(whole.rfind, ENDS_OF_MESSAGE))
    return len(whole) if end < 0 or whole.rstrip().endswith(text.strip()) else end


def _together(pieces: Sequence[Asked]) -> Asked:
    begins = [0]
    for piece in pieces:
        begins.append(begins[-1] + len(piece.text))
    offsets = tuple(
        (begin + start, begin + stop)
        for piece, (begin, _) in zip(pieces, pairwise(begins), strict=True)
        for start, stop in piece.offsets
    )
    text = "".join(piece.text for piece in pieces)
    return Asked(text, tuple(id for piece in pieces for id in piece.ids), offsets)


def _is_row(ids: Any) -> bool:
    """Not a list of rows, nor a tensor of them."""
    return isinstance(ids[0], int)


def _by_bytes(text: str, length: int) -> tuple[Span, ...]:
    """Characters of the tokens of ByT5, which has one for each byte and no quicker tokenizer."""
    spans = [(at, at + 1) for at, letter in enumerate(text) for _ in letter.encode()]
    return tuple(spans[:length]) + ((0, 0),) * (length - len(spans))


def _place(part: tuple[int, ...], whole: tuple[int, ...]) -> int | None:
    """Where `part` begins in `whole`."""
    ends = len(whole) - len(part) + 1
    return next((at for at in range(ends) if whole[at : at + len(part)] == part), None)


def _agreed(one: Sequence[int], other: Sequence[int]) -> int:
    """How many of the first are the same."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
