"""The evaluation's prompts: fixed, never a caption of training, each with what is to be seen."""

from __future__ import annotations

from dataclasses import dataclass

from engine.training.scenes.words import Words


@dataclass(frozen=True)
class Prompt:
    text: str
    language: str
    concepts: tuple[str, ...] = ()
    """All of these are to be seen."""


def reserved_prompts(words: Words) -> frozenset[str]:
    return frozenset()
