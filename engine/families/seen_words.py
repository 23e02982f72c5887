"""Instructions that a text encoder reads together with the picture that they are about: Qwen-Image-Edit.

What it makes of the words depends on the picture, so nothing is kept of it: the pipeline is given the words
themselves, and encodes them when it runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.api.prompt import parse
from engine.diffusion.chunks import readable
from engine.diffusion.embeddings import Words, tokens_of
from engine.families.heeded import Hears, WeighedText
from engine.families.learnt_tokens import has_tokens, speaking, with_tokens
from engine.families.words import MOST_CHUNKS, Measured, Sentence, emphasis_of, unread
from engine.tokenizers.words_only import WordsOnly

if TYPE_CHECKING:
    import torch

    from engine.families.loaded_model import LoadedModel

LATER = "read_later"
"""Under which the words go through the engine as their bytes, in place of an embedding."""
LEARNT_LATER = "learnt_later"
"""And the vectors of the learnt ones among them."""
PICTURE = "<|image_pad|>"
"""Stands in the text where the picture is, once for each square of it that is read."""
LARGEST_PX, SMALLEST_PX = 12_845_056, 3_136
"""As the makers' processor bounds a picture's area."""


@dataclass(frozen=True)
class LaterReader(Measured):
    """Gives the pipeline the words without brackets and numbers, and with their weights where it can."""

    tokenizer: str
    """The part whose tokenizer counts what is cut off."""
    longest: int | None
    hears: Hears | None = None
    """Who reads the words; None: they cannot be weighed."""
    before: str = ""
    dropped: int = 0
    with_marks: bool = False
    of_one_length: bool = False
    """True where the network's latents hold as many tokens as the prompt has: all that is said in turn is
    filled up to the longest."""
    takes_json: bool = False
    """True where the makers write prompts as JSON: its brackets weigh nothing, and stay."""

    @property
    def weighs(self) -> bool:
        """True where words can count more and less than others."""
        return self.hears is not None

    @property
    def takes_words(self) -> bool:
        """Whether learnt words can be read by it."""
        return self.hears is not None and self.hears.takes_words

    def read(
        self,
        model: LoadedModel,
        prompt: str,
        words: Words | None,
        is_negative: bool,
        chunks: int = MOST_CHUNKS,
    ) -> Sentence:
        segments = () if self.takes_json and form_in(prompt) is not None else parse(prompt)
        if words and self.takes_words:
            segments = with_tokens(segments, words)
        text = readable("".join(segment.text for segment in segments)) or prompt
        tokenizer = model.components.get(self.tokenizer)
        if tokenizer is not None and words and has_tokens(text):
            tokenizer = speaking(tokenizer, sum(words.values()))
        count = len(tokens_of(tokenizer, text)) if tokenizer is not None else 0
        cut = unread(self, tokenizer, count)
        return Sentence((text,), is_negative, cut, emphasis=emphasis_of(segments) if self.weighs else ())

    def encode(
        self, model: LoadedModel, read: Sentence, vectors: Sequence[torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        import torch

        # a blank is never lost: an empty prompt is a sentence too, and no tensor is empty
        told = f" {read.texts[0]}"
        if read.emphasis:
            told = json.dumps([read.texts[0], read.emphasis])
        made = {LATER: torch.tensor([list(told.encode())], dtype=torch.uint8)}
        if vectors and has_tokens(read.texts[0]):
            made[LEARNT_LATER] = torch.cat(list(vectors))
        return made


def form_in(text: str) -> dict[str, Any] | None:
    """What `text` says where it is a form in JSON; None where it is anything else."""
    try:
        form = json.loads(text)
    except ValueError:
        return None
    return form if isinstance(form, dict) else None


def with_words(call: dict[str, Any]) -> dict[str, Any]:
    """The call of a pipeline with the words that `LaterReader` put into it."""
    found = {name: value for name, value in call.items() if not name.endswith((LATER, LEARNT_LATER))}
    for before, name in (("", "prompt"), ("negative_", "negative_prompt")):
        if (value := call.get(f"{before}{LATER}")) is not None:
            told = bytes(value[0].tolist()).decode()
            found[name] = _unpacked(told, call.get(f"{before}{LEARNT_LATER}"))
    return found


def without_empty_negative(call: dict[str, Any]) -> dict[str, Any]:
    """`with_words` for a pipeline that has a negative prompt of its own where it is given none."""
    call = with_words(call)
    if not call.get("negative_prompt"):
        call.pop("negative_prompt", None)
    return call


def _unpacked(told: str, learnt: torch.Tensor | None) -> str:
    if told.startswith(" "):
        return told[1:] if learnt is None else WeighedText(told[1:], learnt=learnt)
    text, emphasis = json.loads(told)
    spoken = tuple((weight, tuple((start, end) for start, end in spans)) for weight, spans in emphasis)
    return WeighedText(text, spoken, learnt)


class SeenWords(WordsOnly):
    """What transformers calls a processor: words to tokens, pictures to patches, each mark to its squares.

    Transformers' own asks for a library of films; this one reads pictures with its Pillow half.
    """

    SETTINGS: Mapping[str, Any] = {"size": {"shortest_edge": SMALLEST_PX, "longest_edge": LARGEST_PX}}

    def __init__(self, tokenizer: Any) -> None:
        from transformers import Qwen2VLImageProcessorPil  # heavy

        super().__init__(tokenizer)
        self.pictures = Qwen2VLImageProcessorPil(**self.SETTINGS)

    @property
    def image_processor(self) -> Any:
        """As transformers calls it."""
        return self.pictures

    def __call__(self, text: Any, images: Any = None, videos: Any = None, **options: Any) -> Any:
        if images is None:
            return super().__call__(text, **options)
        from transformers import BatchFeature

        seen = self.pictures(images=images, return_tensors="pt")
        squares = [int(grid.prod()) // self.pictures.merge_size**2 for grid in seen["image_grid_thw"]]
        lines = [text] if isinstance(text, str) else text
        words = self.tokenizer([_with_squares(line, squares) for line in lines], **options)
        is_picture = words["input_ids"] == self.tokenizer.convert_tokens_to_ids(PICTURE)
        # newer encoders ask where pictures are, by kind: 1 is a still
        return BatchFeature({**words, **seen, "mm_token_type_ids": is_picture.long()})


class SeenByQwen3(SeenWords):
    """As the makers of Qwen3-VL set it: squares of other sizes, and colours from -1 to 1."""

    SETTINGS: Mapping[str, Any] = {
        "patch_size": 16, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
        "size": {"shortest_edge": 65_536, "longest_edge": 16_777_216},
    }  # fmt: skip


def _with_squares(line: str, squares: list[int]) -> str:
    """`line` with each mark as often as its picture has squares; those are taken off `squares`."""
    head, *rest = line.split(PICTURE)
    for piece in rest:
        head += PICTURE * (squares.pop(0) if squares else 1) + piece
    return head
