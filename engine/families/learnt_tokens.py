"""Learnt words in text encoders of any kind: tokens of their own, whose rows are the learnt vectors.

Textual inversion, Gal et al., https://arxiv.org/abs/2208.01618, as diffusers' `TextualInversionLoaderMixin`
brings it to a pipeline; but the tokens stand in a copy of the tokenizer and their rows beside the table, for
as long as one prompt is read: the model stays as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from engine.api.form import Json
from engine.api.prompt import Segment
from engine.diffusion.embeddings import Words, standing
from engine.families.stages import PREFIX

if TYPE_CHECKING:
    import torch

ENCODERS = {f"tokenizer{end}": f"text_encoder{end}" for end in ("", "_2", "_3", "_4")}
"""Whose tokens each text encoder reads, as diffusers' pipelines call them."""
CLIPS, T5 = ("clip_l", "clip_g"), "t5xxl"
NAMES = (*CLIPS, T5, *ENCODERS.values())
"""What a file with rows for several text encoders calls those of each: as A1111 and ComfyUI do, or by the
part's name. The encoders' order is this one."""
MOST_VECTORS, LEAST_WIDTH = 128, 8
"""Of a learnt word; what is longer or narrower is something else."""
TOKEN = "xlearnt{}x"
"""Small letters and digits: some pipelines read no capitals, others leave out what looks like HTML."""
WIDTHS = ("d_model", "hidden_size")
"""What configurations call the length of a token's row."""
INNER = ("text_config", "encoder", "language_config")
"""Where those of several networks have that of the one that reads text."""
SET_BY_PIPELINES = ("padding_side", "pad_token")
"""What some pipelines change of a tokenizer when they are made."""

_speaking: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
"""Tokenizer to the copy that knows the most tokens so far: to make one takes up to a second."""


def row_width(config: Mapping[str, Json]) -> int:
    """Numbers of a token's row in the text encoder of `config`; 0 where it does not tell."""
    for told in (config, *(config.get(name) for name in INNER)):
        if isinstance(told, Mapping):
            width = next((told[name] for name in WIDTHS if type(told.get(name)) is int), 0)
            if isinstance(width, int) and width:
                return width
    return 0


def row_names(encoders: Mapping[str, Any]) -> tuple[str, ...]:
    """Of `NAMES` those for the rows of `encoders`, networks by their parts."""
    names: list[str] = []
    for part, encoder in encoders.items():
        kind, are_clips = type(encoder).__name__, set(names) <= {*CLIPS}
        if kind.startswith("CLIPText") and are_clips and len(names) < len(CLIPS):
            names.append(CLIPS[len(names)])
        else:
            names.append(T5 if kind == "T5EncoderModel" and are_clips else part)
    return tuple(names)


def with_tokens(segments: Sequence[Segment], words: Words) -> tuple[Segment, ...]:
    """`segments` with tokens in place of each of `words` and of the blank before it.

    Left as it is where it is not in one piece: a part of it has a weight of its own.
    """
    plain = "".join(segment.text for segment in segments)
    found = standing(plain, words)
    if not found:
        return tuple(segments)
    tokens = _tokens_of(words)
    begins = {start for start, _ in found}
    made, at = [], 0
    for segment in segments:
        text, end = segment.text, at + len(segment.text)
        if end in begins:  # the next one begins with a word
            text = text.removesuffix(" ")
        for start, stop in reversed(found):
            if at <= start and stop <= end:
                before, after = text[: start - at].removesuffix(" "), text[stop - at :]
                text = before + tokens[plain[start:stop].lower()] + after
        made.append(segment._replace(text=text))
        at = end
    return tuple(made)


def _tokens_of(words: Words) -> dict[str, str]:
    """Each of `words` in small letters, to what stands for it."""
    first, tokens = 0, {}
    for word, count in words.items():
        tokens[word.lower()] = "".join(TOKEN.format(first + number) for number in range(count))
        first += count
    return tokens


def has_tokens(text: str) -> bool:
    return TOKEN.split("{")[0] in text


def speaking(tokenizer: Any, count: int) -> Any:
    """A copy of the fast `tokenizer`, or of a processor's, that reads at least `count` learnt tokens."""
    tokenizer = getattr(tokenizer, "tokenizer", tokenizer)
    known = _speaking.get(tokenizer)
    if known is None or known.convert_tokens_to_ids(TOKEN.format(count - 1)) in (None, known.unk_token_id):
        from transformers import AddedToken

        known = copy.deepcopy(tokenizer)
        known.add_tokens([AddedToken(TOKEN.format(number), normalized=False) for number in range(count)])
        _speaking[tokenizer] = known
    for name in SET_BY_PIPELINES:
        setattr(known, name, getattr(tokenizer, name))
    return known


def tokenizers_of(components: Mapping[str, Any]) -> dict[str, Any]:
    """Text encoders, by their parts, that are among `components`, to what cuts text into tokens for them."""
    found = {
        f"{before}{encoder}": components.get(
            f"{before}{part}", components.get("processor") if part == "tokenizer" else None
        )
        for before in ("", PREFIX)
        for part, encoder in ENCODERS.items()
        if components.get(f"{before}{encoder}") is not None
    }
    return {
        part: getattr(tokenizer, "tokenizer", tokenizer)
        for part, tokenizer in found.items()
        if tokenizer is not None
    }


def table_of(text_encoder: Any) -> Any:
    """What turns tokens to numbers: T5 has one, unused, beside that of its stack."""
    stack = getattr(text_encoder, "encoder", None)
    return getattr(stack, "embed_tokens", None) or text_encoder.get_input_embeddings()


@contextmanager
def learnt_tokens(pipeline: Any, vectors: torch.Tensor) -> Iterator[None]:
    """Inside, `pipeline` reads the tokens as `vectors` (tokens x the widths of all text encoders, in order).

    Gradients reach them.
    """
    start = 0
    with ExitStack() as back:
        for part, encoder_part in ENCODERS.items():
            encoder = getattr(pipeline, encoder_part, None)
            found = _tokenizers_in(pipeline, part)
            if not found or encoder is None:
                continue
            spoken = []
            for holder, name in found:
                tokenizer = getattr(holder, name)
                spoken.append(speaking(tokenizer, len(vectors)))
                object.__setattr__(holder, name, spoken[-1])  # its own setter would write down a class
                back.callback(object.__setattr__, holder, name, tokenizer)
            table = table_of(encoder)
            end = start + table.weight.shape[1]
            back.enter_context(_Rows(spoken, vectors[:, start:end]).of(encoder, table))
            start = end
        yield


def _tokenizers_in(pipeline: Any, part: str) -> list[tuple[Any, str]]:
    """What holds the tokenizers that pipelines call `part`, and under which names.

    Some have a processor, and some that beside the tokenizer: which of both they ask is theirs to know.
    """
    holders = []
    for name in (part, "processor") if part == "tokenizer" else (part,):
        found = getattr(pipeline, name, None)
        if getattr(found, "tokenizer", None) is not None:
            holders.append((found, "tokenizer"))
        elif found is not None:
            holders.append((pipeline, name))
    return holders


class _Rows:
    """Puts vectors in the place of what the table has for the tokens, which it does not know."""

    def __init__(self, spoken: Sequence[Any], vectors: torch.Tensor) -> None:
        self._numbers = {
            one.convert_tokens_to_ids(TOKEN.format(number)): number
            for one in spoken
            for number in range(len(vectors))
        }
        # an encoder looks at ids for where a prompt ends: it is told those of a word
        self._known: int = (spoken[0]("a", add_special_tokens=False)["input_ids"] or [0])[-1]
        self._vectors = vectors
        self._asked: torch.Tensor | None = None
        """The ids as the encoder was asked for them; None between its asking and its table's."""

    @contextmanager
    def of(self, encoder: Any, table: Any) -> Iterator[None]:
        look_up, others = table.forward, table.__dict__.get("forward")
        hooks = [
            encoder.register_forward_pre_hook(self._before_encoder, with_kwargs=True),
            table.register_forward_pre_hook(self._before_table),
        ]
        table.forward = lambda ids: self._rows(table, look_up, ids)  # behind all that others do with the ids
        try:
            yield
        finally:
            del table.forward
            if others is not None:  # memory that is short has one of its own
                table.forward = others
            for hook in hooks:
                hook.remove()

    def _before_encoder(
        self, _: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        import torch

        if self._vectors.requires_grad:
            torch.set_grad_enabled(True)  # some pipelines read words without; theirs comes back behind it
        ids = args[0] if args else kwargs.get("input_ids")
        if ids is None:
            return args, kwargs
        which = self._which(ids)
        self._asked = ids
        known = torch.where(which < 0, ids, self._known)
        return ((known, *args[1:]), kwargs) if args else (args, {**kwargs, "input_ids": known})

    def _before_table(self, _: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        asked, self._asked = self._asked, None
        return args if asked is None or asked.shape != args[0].shape else (asked, *args[1:])

    def _rows(self, table: Any, look_up: Callable[[Any], torch.Tensor], ids: torch.Tensor) -> torch.Tensor:
        import torch

        which = self._which(ids)
        rows = look_up(torch.where(which < 0, ids, self._known))
        scale = getattr(table, "embed_scale", 1.0)  # Gemma's makes its rows longer as it gives them
        learnt = self._vectors.to(rows)[which.clamp(min=0)] * scale
        return torch.where((which < 0)[..., None], rows, learnt)

    def _which(self, ids: torch.Tensor) -> torch.Tensor:
        """Of each the number of its vector, -1 for the vocabulary's own."""
        import torch

        which = torch.full_like(ids, -1)
        for id, number in self._numbers.items():
            which[ids == id] = number
        return which
