"""A vocabulary for the text encoder: byte-level byte pairs in CLIP's manner, learnt from the captions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.library.save import save_bytes
from engine.tokenizers.clip import END, START, Vocabulary, build_tokenizer, read_vocabulary

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LEAST_OFTEN = 2
"""A pair that occurs less often gets no token."""


def learn_vocabulary(texts: Iterable[str], words: int) -> Vocabulary:
    """At most `words` tokens; every single byte is one, so that no letter of any script is unknown."""
    from tokenizers import pre_tokenizers
    from tokenizers.trainers import BpeTrainer

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = build_tokenizer(Vocabulary({START: 0, END: 1}, ()))
    tokenizer.train_from_iterator(
        texts,
        BpeTrainer(
            vocab_size=words - len(letters) - 2,  # those with </w> are added below
            end_of_word_suffix="</w>",
            initial_alphabet=letters,
            min_frequency=LEAST_OFTEN,
            show_progress=False,
        ),
    )
    pairs = json.loads(tokenizer.to_str())["model"]["merges"]
    merges = tuple(_pair(pair) for pair in pairs)
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *(a + b for a, b in merges), START, END]
    unique = dict.fromkeys(tokens)
    return Vocabulary({token: index for index, token in enumerate(unique)}, merges)


def _pair(pair: str | list[str]) -> tuple[str, str]:
    first, second = pair.split(" ") if isinstance(pair, str) else pair
    return first, second


def save_tokenizer(vocabulary: Vocabulary, folder: Path, length: int) -> None:
    """The files of `transformers.CLIPTokenizer`, in `folder`, which must exist."""
    config = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": length,
        "bos_token": START,
        "eos_token": END,
        "unk_token": END,
        "pad_token": vocabulary.pad,
        "do_lower_case": True,
        "add_prefix_space": False,
        "errors": "replace",
    }
    marks = {name: config[name] for name in ("bos_token", "eos_token", "unk_token", "pad_token")}
    merges = "".join(f"{first} {second}\n" for first, second in vocabulary.merges)
    files = {
        "vocab.json": json.dumps(dict(vocabulary.ids), ensure_ascii=False),
        "merges.txt": f"#version: 0.2\n{merges}",
        "tokenizer_config.json": json.dumps(config, indent=1),
        "special_tokens_map.json": json.dumps(marks),
    }
    for name, text in files.items():
        save_bytes(folder / name, text.encode())


class Captions:
    """Turns captions into rows of token ids; torch-free, for the processes that draw scenes."""

    def __init__(self, vocabulary: Vocabulary, length: int) -> None:
        self.vocabulary, self.length = vocabulary, length
        self._tokenizer: Tokenizer = build_tokenizer(vocabulary)
        self.start, self.end = vocabulary.ids[START], vocabulary.ids[END]

    @classmethod
    def read(cls, folder: Path, length: int) -> Captions:
        return cls(read_vocabulary(folder), length)

    def ids(self, text: str) -> NDArray[np.int16]:
        """Start, words, end, filled up with ends; what is too long is cut before the end mark."""
        words = self._tokenizer.encode(text, add_special_tokens=False).ids[: self.length - 2]
        row = np.full(self.length, self.end, np.int16)
        row[0] = self.start
        row[1 : 1 + len(words)] = words
        return row

    @property
    def nothing(self) -> NDArray[np.int16]:
        """The empty caption, for guidance."""
        return self.ids("")
