"""CLIP's tokenizer from data files only: a vocabulary and its merges, never a class that a folder names."""

from __future__ import annotations

import gzip
import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.api.form import Json
from engine.checkpoints.foreign_files import read_bounded, read_json, unsafe

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LARGEST_TOKENIZER = 16 << 20
START, END = "<|startoftext|>", "<|endoftext|>"


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Byte-pair encoding: token to id, and the pairs to merge, first ones first."""

    ids: Mapping[str, int]
    merges: tuple[tuple[str, str], ...]
    pad: str = END
    """The token that fills a prompt up; OpenCLIP's is "!"."""


def read_vocabulary(folder: Path) -> Vocabulary:
    """From `tokenizer.json`, or `vocab.json` and `merges.txt`.

    Raises `UnsafeFile` where they hold no CLIP vocabulary.
    """
    pad = _pad_token(folder)
    if (folder / "tokenizer.json").exists():
        form = read_json(folder / "tokenizer.json", LARGEST_TOKENIZER)
        model, added = form.get("model"), _added(form.get("added_tokens"))
        ids, merges = (model.get("vocab"), model.get("merges")) if isinstance(model, dict) else (None, None)
        return _checked(folder, {**added, **ids} if isinstance(ids, dict) else None, merges, pad)
    if (folder / "vocab.json").exists() and (folder / "merges.txt").exists():
        ids = read_json(folder / "vocab.json", LARGEST_TOKENIZER)
        lines = read_bounded(folder / "merges.txt", LARGEST_TOKENIZER).decode("utf-8", "replace").split("\n")
        return _checked(
            folder, ids, [line for line in lines if line and not line.startswith("#version")], pad
        )
    raise unsafe(
        folder, "has no tokenizer.json and no vocab.json", "Parts of the model are missing; get it again."
    )


@lru_cache(maxsize=2)
def openai_vocabulary(pad: str = END) -> Vocabulary:
    """CLIP's own 49,408 tokens, for single files, which bring none. See `resources/models/clip/NOTICE`."""
    packed = importlib.resources.files("resources").joinpath("models/clip/merges.txt.gz").read_bytes()
    merges = tuple(
        (first, second)
        for first, second in (line.split() for line in gzip.decompress(packed).decode("utf-8").splitlines())
    )
    single = _byte_characters()
    tokens = [
        *single, *(character + "</w>" for character in single),
        *(first + second for first, second in merges), START, END,
    ]  # fmt: skip
    return Vocabulary({token: index for index, token in enumerate(tokens)}, merges, pad)


def _byte_characters() -> list[str]:
    """The printable stand-ins of the 256 bytes, in the order of GPT-2's `bytes_to_unicode`."""
    printable = [
        *range(ord("!"), ord("~") + 1),
        *range(ord("¡"), ord("¬") + 1),
        *range(ord("®"), ord("ÿ") + 1),
    ]
    return [chr(byte) for byte in printable] + [chr(256 + number) for number in range(256 - len(printable))]


def _added(entries: Json) -> dict[str, Json]:
    return {
        str(entry["content"]): entry.get("id")
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and "content" in entry
    }


def _pad_token(folder: Path) -> str:
    config = folder / "tokenizer_config.json"
    value = read_json(config).get("pad_token", END) if config.exists() else END
    value = value.get("content", END) if isinstance(value, dict) else value
    return value if isinstance(value, str) else END


def _checked(folder: Path, ids: Json, merges: Json, pad: str) -> Vocabulary:
    if not isinstance(ids, dict) or not isinstance(merges, list) or len(ids) > 1_000_000:
        raise _no_vocabulary(folder)
    pairs = [tuple(pair.split(" ")) if isinstance(pair, str) else tuple(pair or ()) for pair in merges]  # type: ignore[arg-type]
    numbers = list(ids.values())
    if (
        not all(type(number) is int and 0 <= number < 1 << 20 for number in numbers)
        or not {START, END} <= ids.keys()
    ):
        raise _no_vocabulary(folder)
    if not all(len(pair) == 2 and {pair[0], pair[1], f"{pair[0]}{pair[1]}"} <= ids.keys() for pair in pairs):
        raise _no_vocabulary(folder)
    return Vocabulary(
        {str(token): int(number) for token, number in ids.items()},  # type: ignore[arg-type]
        tuple((str(first), str(second)) for first, second in pairs),
        pad if pad in ids else END,
    )


def _no_vocabulary(folder: Path):
    return unsafe(folder, "holds no CLIP vocabulary", "Get the model again from its source.")


def build_tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """The `tokenizers` object, without torch; gives the same ids as `transformers.CLIPTokenizer`."""
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
    from tokenizers.models import BPE

    tokenizer = Tokenizer(
        BPE(
            vocab=dict(vocabulary.ids), merges=list(vocabulary.merges), unk_token=END,
            continuing_subword_prefix="", end_of_word_suffix="</w>",
        )
    )  # fmt: skip
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )  # type: ignore[assignment]
    words = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )  # type: ignore[assignment]
    tokenizer.add_special_tokens(list(dict.fromkeys((START, END, vocabulary.pad))))
    return tokenizer


def transformers_tokenizer(vocabulary: Vocabulary, length: int) -> Any:
    """A `transformers.CLIPTokenizer`; `length` counts the start and end marks."""
    from transformers import CLIPTokenizer  # heavy

    return CLIPTokenizer(
        vocab=dict(vocabulary.ids),
        merges=list(vocabulary.merges),  # type: ignore[arg-type]  # pairs are what `tokenizers` takes
        pad_token=vocabulary.pad,
        model_max_length=length,
    )
