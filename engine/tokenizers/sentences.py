"""The tokenizers of language models without torch, to count with: as transformers makes them.

Of a folder's files only words, merges and likelihoods are used; how text is cut is ours, as no stranger's
pattern is to be run on what the artist types. The files are read by `tokenizers`, which lets other threads
go on: Gemma's 34 MB would hold the window for a second in Python.
"""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

from engine.checkpoints.foreign_files import read_bounded, unsafe
from engine.tokenizers.byte_pairs import FILE as CHATGLM
from engine.tokenizers.byte_pairs import byte_pairs
from engine.tokenizers.sentencepiece import Pieces, read_pieces

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LARGEST = 64 << 20
"""Bytes of one file; Gemma's has 34 MB."""
KINDS = {
    **dict.fromkeys(("XLMRobertaTokenizer", "XLMRobertaTokenizerFast"), "t5"),
    "T5Tokenizer": "t5", "T5TokenizerFast": "t5", "Qwen2Tokenizer": "qwen", "Qwen2TokenizerFast": "qwen",
    "GemmaTokenizer": "gemma", "GemmaTokenizerFast": "gemma", "Qwen3VLProcessor": "qwen",
    "Qwen2VLProcessor": "qwen", "Qwen2_5_VLProcessor": "qwen", "PixtralProcessor": "mistral",
    "ChatGLMTokenizer": "chatglm", "LlamaTokenizer": "own", "LlamaTokenizerFast": "own",
    "PreTrainedTokenizerFast": "own", "TokenizersBackend": "own",
}  # fmt: skip
"""By the class that a model names; "own" cuts text as its file says, where that is known to be harmless."""
QWEN_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
MISTRAL_WORDS = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""Tekken's (https://github.com/mistralai/mistral-common); some folders have another by mistake."""
LLAMA_WORDS = QWEN_WORDS.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
"""Llama 3's, GLM's and SmolLM3's."""
KNOWN_WORDS = (QWEN_WORDS, MISTRAL_WORDS, LLAMA_WORDS)
HARMLESS = (
    "Sequence", "ByteLevel", "Metaspace", "Whitespace", "WhitespaceSplit", "Digits", "Punctuation", "Prepend",
    "Replace", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Strip", "StripAccents", "Split",
    "Precompiled",
)  # fmt: skip
"""Steps before a text is cut that run no pattern but one that is known."""


def read_tokenizer(folder: Path, kind: str) -> Tokenizer | None:
    """The tokenizer in `folder`, which is of `kind`; None where only files lie there that we do not read.

    Raises `UnsafeFile` where a file is damaged.
    """
    if kind == "chatglm":
        pieces = read_pieces(folder, CHATGLM, ())
        return byte_pairs(pieces) if pieces is not None else None
    form = _form_in(folder)
    if form is None or (kind == "own" and not _is_harmless(form)):
        return None
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_buffer(form)
    except Exception as error:  # of a stranger's file it raises plain ones
        raise unsafe(folder, f"holds no tokenizer ({str(error)[:200]})", "Get the model again.") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    if kind != "own":
        _cut_as(kind, tokenizer)
    return tokenizer


def _form_in(folder: Path) -> bytes | None:
    """As `tokenizer.json` has it."""
    if (folder / "tokenizer.json").is_file():
        return read_bounded(folder / "tokenizer.json", LARGEST)
    if (pieces := read_pieces(folder)) is not None:
        return _form_of(pieces)
    if not ((folder / "vocab.json").is_file() and (folder / "merges.txt").is_file()):
        return None
    words = read_bounded(folder / "vocab.json", LARGEST)
    lines = read_bounded(folder / "merges.txt", LARGEST).decode("utf-8", "replace").split("\n")
    merges = json.dumps([line for line in lines if line and not line.startswith("#version")])
    return b'{"version":"1.0","model":{"type":"BPE","vocab":%s,"merges":%s}}' % (words, merges.encode())


def _form_of(pieces: Pieces) -> bytes:
    model = {"type": "Unigram", "unk_id": pieces.unknown, "vocab": pieces.vocabulary}
    table = b64encode(pieces.table).decode()
    normalizer = {"type": "Precompiled", "precompiled_charsmap": table} if table else None
    return json.dumps({"version": "1.0", "normalizer": normalizer, "model": model}).encode()


def _is_harmless(form: bytes) -> bool:
    """Whether a `tokenizer.json` runs no pattern of its own on what the artist types."""
    try:
        told = json.loads(form)
    except ValueError:
        return True  # the library says what is wrong with it
    steps = [told.get("normalizer"), told.get("pre_tokenizer")] if isinstance(told, dict) else []
    while steps:
        step = steps.pop()
        if step is None:
            continue
        if not isinstance(step, dict) or step.get("type") not in HARMLESS:
            return False
        pattern = step.get("pattern")
        if isinstance(pattern, dict) and pattern.get("Regex", KNOWN_WORDS[0]) not in KNOWN_WORDS:
            return False
        steps += [*step.get("normalizers", ()), *step.get("pretokenizers", ())]
    return True


def _cut_as(kind: str, tokenizer: Tokenizer) -> None:
    """How transformers' class for `kind` makes words of text."""
    from tokenizers import Regex, normalizers, pre_tokenizers

    match kind:
        case "qwen" | "mistral":
            normalizer = normalizers.NFC() if kind == "qwen" else normalizers.Sequence([])
            words = Regex(QWEN_WORDS if kind == "qwen" else MISTRAL_WORDS)
            cut = pre_tokenizers.Sequence(
                [
                    pre_tokenizers.Split(words, "isolated"),
                    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
                ]
            )
        case "gemma":
            normalizer = normalizers.Replace(" ", "▁")
            cut = pre_tokenizers.Split(" ", "merged_with_previous")
        case _:
            own = tokenizer.normalizer  # a table of characters, no pattern
            normalizer = own if isinstance(own, normalizers.Precompiled) else normalizers.Sequence([])
            cut = pre_tokenizers.Sequence(
                [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace("▁", "always", True)]
            )
    tokenizer.normalizer = normalizer  # type: ignore[assignment]
    tokenizer.pre_tokenizer = cut  # type: ignore[assignment]
