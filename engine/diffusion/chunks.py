"""Long prompts in pieces that a text encoder can read: no torch.

As AUTOMATIC1111 does it: a chunk is as long as the encoder reads, `BREAK` begins a new one, and a full one
ends rather at a comma a little before, so that what belongs together is read together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.api.prompt import BREAK

COMMA_WITHIN = 20
"""Tokens before the end of a full chunk among which a comma is looked for."""
MOST_CHUNKS = 20
"""What lies beyond is not read: the denoiser's time grows with every one."""


class Token(NamedTuple):
    """A token, or one vector of a learnt word, with the characters of the plain prompt that it stands for."""

    id: int
    start: int
    end: int


def readable(plain: str) -> str:
    """`plain` for a tokenizer: as long, a blank for each `BREAK`."""
    return plain.replace(BREAK, " ")


def chunked(tokens: Sequence[Token], plain: str, size: int) -> list[list[Token]]:
    """`tokens` of `plain` in chunks of at most `size`; at least one, and none but that is empty."""
    chunks: list[list[Token]] = []
    for run in _runs(tokens, plain):
        while len(run) > size:
            end = _end(run, plain, size)
            chunks.append(run[:end])
            run = run[end:]
        if run:
            chunks.append(run)
    return chunks or [[]]


def _runs(tokens: Sequence[Token], plain: str) -> list[list[Token]]:
    """Between one `BREAK` and the next."""
    runs: list[list[Token]] = [[]]
    place = plain.find(BREAK)
    for token in tokens:
        while 0 <= place < token.start:
            runs.append([])
            place = plain.find(BREAK, place + 1)
        runs[-1].append(token)
    return runs


def _end(run: list[Token], plain: str, size: int) -> int:
    """How many of `run`, which is longer than `size`, go into the next chunk."""
    for index in range(size, max(0, size - COMMA_WITHIN), -1):
        if plain[run[index - 1].start : run[index - 1].end].strip() == ",":
            return index
    end = size  # no word is torn, where it is no longer than that
    while end > size - COMMA_WITHIN and end > 0 and _goes_on(run[end - 1], run[end], plain):
        end -= 1
    return end if end > max(0, size - COMMA_WITHIN) else size


def _goes_on(before: Token, after: Token, plain: str) -> bool:
    """True where both are of one word, or of one learnt word."""
    if (before.start, before.end) == (after.start, after.end):
        return True
    return before.end == after.start and plain[before.end - 1 : after.start + 1].isalnum()
