"""The words of a `tokenizer.model` that joins pairs of pieces, as ChatGLM's folder has it: for Kolors.

diffusers' own class asks the library sentencepiece to read it; `tokenizers` joins the same pairs in the same
order, held to that library's own answers by a test.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.tokenizers.sentencepiece import Kind, Pieces, read_pieces

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILE = "tokenizer.model"
BLANK = "▁"
MARKS = (
    "[MASK]", "[gMASK]", "[sMASK]", "sop", "eop", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"
)  # fmt: skip
"""That ChatGLM has behind its pieces, in the order of their numbers."""
BEFORE = ("[gMASK]", "sop")
"""Of them those that stand before every prompt."""


def chatglm_tokenizer(folder: Path) -> Any:
    """What transformers calls a fast tokenizer, from the `tokenizer.model` in `folder`.

    Raises `UnsafeFile` where that is damaged, `FileNotFoundError` where there is none.
    """
    from transformers import PreTrainedTokenizerFast  # heavy

    class ChatGlmTokenizer(PreTrainedTokenizerFast):
        """Tells the place of each token besides, counted from the first that is no filling."""

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            read = super().__call__(*args, **kwargs)
            if kwargs.get("return_tensors") == "pt":
                read["position_ids"] = (read["attention_mask"].cumsum(-1) - 1).clamp(min=0)
            return read

    pieces = read_pieces(folder, FILE, ())
    if pieces is None:
        raise FileNotFoundError(f"{FILE} is missing")
    unknown = pieces.vocabulary[pieces.unknown][0]
    return ChatGlmTokenizer(
        tokenizer_object=chatglm(pieces), unk_token=unknown, pad_token=unknown, padding_side="left",
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def chatglm(pieces: Pieces) -> Tokenizer:
    """The tokenizer with what stands before a prompt."""
    from tokenizers import processors

    tokenizer = byte_pairs(pieces)
    first = len(pieces.vocabulary)
    before = [(mark, first + MARKS.index(mark)) for mark in BEFORE]
    tokenizer.post_processor = processors.TemplateProcessing(  # type: ignore[assignment]
        single=[*BEFORE, "$A"], pair=[*BEFORE, "$A", "$B"], special_tokens=before
    )
    return tokenizer


def byte_pairs(pieces: Pieces) -> Tokenizer:
    """Joins the pairs of `pieces`, the likeliest first, as sentencepiece does."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers

    numbers = {piece: number for number, (piece, _) in enumerate(pieces.vocabulary)}
    tokenizer = Tokenizer(
        models.BPE(
            numbers,
            _merges(pieces, numbers),
            unk_token=pieces.vocabulary[pieces.unknown][0],
            fuse_unk=True,
            byte_fallback=Kind.BYTE in pieces.kinds,
        )
    )
    evened: list[Any] = [normalizers.Precompiled(pieces.table)] if pieces.table else []
    if pieces.squeezes:
        evened += [normalizers.Strip(), normalizers.Replace(Regex(" {2,}"), " ")]
    evened += [normalizers.Prepend(BLANK)] if pieces.begins_blank else []
    tokenizer.normalizer = normalizers.Sequence([*evened, normalizers.Replace(" ", BLANK)])  # type: ignore[assignment]
    whole = [piece for piece, kind in zip(numbers, pieces.kinds, strict=True) if kind is Kind.WHOLE]
    tokenizer.add_tokens([AddedToken(piece, normalized=False) for piece in whole])
    return tokenizer


def _merges(pieces: Pieces, numbers: dict[str, int]) -> list[tuple[str, str]]:
    """Every pair of pieces that is a piece itself, by how likely that one is."""
    joined = {
        piece: score
        for (piece, score), kind in zip(pieces.vocabulary, pieces.kinds, strict=True)
        if kind is Kind.NORMAL
    }
    found = [
        (score, numbers[piece], piece[:cut], piece[cut:])
        for piece, score in joined.items()
        for cut in range(1, len(piece))
        if piece[:cut] in joined and piece[cut:] in joined
    ]
    found.sort(key=lambda one: (-one[0], one[1]))
    return [(left, right) for _, _, left, right in found]
