"""XLM-RoBERTa's words from a `sentencepiece.bpe.model` alone, as older folders have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.checkpoints.foreign_files import read_json
from engine.tokenizers.sentencepiece import read_pieces

FILE = "sentencepiece.bpe.model"
MARKS = ("<s>", "<pad>", "</s>", "<unk>")
"""In front of the pieces, where the file has three of its own; fairseq numbered them so."""
LAST = "<mask>"
LONGEST = 77


def xlm_roberta_tokenizer(folder: Path) -> Any | None:
    """What transformers makes of `folder` with the library sentencepiece; None where that has not the file.

    Raises `UnsafeFile` where it is damaged.
    """
    pieces = read_pieces(folder, FILE, ())
    if pieces is None:
        return None
    from transformers import XLMRobertaTokenizer  # heavy

    settings = folder / "tokenizer_config.json"
    told = read_json(settings).get("model_max_length") if settings.exists() else None
    words = [*((mark, 0.0) for mark in MARKS), *pieces.vocabulary[3:], (LAST, 0.0)]
    return XLMRobertaTokenizer(
        vocab=words, _spm_precompiled_charsmap=pieces.table or None,  # pyright: ignore[reportArgumentType]
        model_max_length=told if isinstance(told, int) and 2 < told < 514 else LONGEST,
    )  # fmt: skip
