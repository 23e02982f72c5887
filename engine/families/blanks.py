"""Weights for text encoders that read a prompt as one text: what a word adds is what is missing without it.

A language model carries a word into all that stands behind it, and the networks bring what they are given to
one length (RMSNorm), so that a longer row says no more than a short one. So the prompt is read a second time
with blanks in place of the word, token for token, and the embedding goes on in the direction from that one to
the whole: `whole + (w - 1) * (whole - without)`. Weight 1 is the stock embedding to the bit, 0 that with
blanks. The direction is compel's for weights below 1 (https://github.com/damian0815/compel), which leaves
the words out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

Span = tuple[int, int]
"""Characters from, to."""
ENDS_OF_MESSAGE = ("<|im_end|>", "[/INST]")
"""Behind a prompt that is put to the encoder as a conversation (of Qwen, of Mistral); else it stands last."""


@contextmanager
def blanked(pipeline: Any, text: str, spans: Sequence[Span]) -> Iterator[None]:
    """Inside, `pipeline.encode_prompt(text)` reads blanks for `text[start:end]` of each of `spans`.

    `text` is as the pipeline prepares it. The pipeline is spoilt for other texts: use it once.
    """
    heard = Heard(pipeline.tokenizer)
    object.__setattr__(pipeline, "tokenizer", heard)  # its own setter would write down a class
    table = _table(pipeline.text_encoder)

    def replace_words(_: Any, args: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (heard.without(args[0], text, spans), *args[1:])

    hook = table.register_forward_pre_hook(replace_words)
    try:
        yield
    finally:
        hook.remove()


def _table(text_encoder: Any) -> Any:
    """What turns tokens to numbers: T5 has one, unused, beside that of its stack."""
    stack = getattr(text_encoder, "encoder", None)
    return getattr(stack, "embed_tokens", None) or text_encoder.get_input_embeddings()


class Heard:
    """A tokenizer that remembers what it was asked last: only it knows where a word's tokens are."""

    def __init__(self, tokenizer: Any) -> None:
        object.__setattr__(self, "_tokenizer", tokenizer)
        object.__setattr__(self, "_heard", [])

    def __call__(self, text: Any, *args: Any, **kwargs: Any) -> Any:
        read = self._tokenizer(text, *args, **kwargs)
        self._heard.append((text if isinstance(text, str) else text[0], read.encodings[0]))
        return read

    def apply_chat_template(self, messages: Any, *, tokenize: bool = True, **kwargs: Any) -> Any:
        """A conversation is read as it is written out."""
        read = self._tokenizer.apply_chat_template(messages, tokenize=tokenize, **kwargs)
        if tokenize:
            asks = kwargs.get("add_generation_prompt", False)
            told = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=asks)
            self._heard.append((told if isinstance(told, str) else told[0], read.encodings[0]))
        return read

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._tokenizer, name, value)

    def told(self, ids: torch.Tensor) -> str:
        """The text that `ids` (1 x length) were made of; empty where none was."""
        found = self._asked(ids)
        return found[0] if found is not None else ""

    def without(self, ids: torch.Tensor, text: str, spans: Sequence[Span]) -> torch.Tensor:
        """`ids` (1 x length) as they were asked for, with blanks for the words."""
        found = self._asked(ids)
        if found is None:
            return ids
        whole, read = found
        end = max(map(whole.rfind, ENDS_OF_MESSAGE))
        first = whole.rfind(text.strip(), 0, end if end >= 0 else len(whole))
        first -= len(text) - len(text.lstrip())
        changed = ids.clone()
        filled = ids.shape[-1] - len(read.ids)  # some pipelines fill up in front by themselves
        for place, (start, stop) in enumerate(read.offsets):
            at = max(start, stop - 1) - first  # by its last letter: a piece begins with the blank before it
            if start < stop and any(begin <= at < after for begin, after in spans):
                changed[..., filled + place] = self._blank
        return changed

    def _asked(self, ids: torch.Tensor) -> tuple[str, Any] | None:
        """Text and tokens of what was asked for as `ids`, else of the last that is as long.

        `ids` may begin with marks that the pipeline put there.
        """
        long = [(whole, read) for whole, read in self._heard if len(read.ids) == ids.shape[-1]]
        row = ids[0].tolist()
        same = [(whole, read) for whole, read in long if read.ids == row]
        ends = [(whole, read) for whole, read in self._heard if read.ids == row[-len(read.ids) :]]
        return next(reversed(same or long or ends), None)

    @property
    def _blank(self) -> int:
        """The token of a space."""
        found = self._tokenizer(" ", add_special_tokens=False)["input_ids"]
        return found[0] if found else self._tokenizer.pad_token_id
