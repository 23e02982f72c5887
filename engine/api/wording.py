"""The words of a request as the artist wrote them, beside those that a picture was made of; styles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.api.form import Json

HERE = "{prompt}"
"""Where, in a style, the artist's own words go; a style without it is put behind them."""


@dataclass(frozen=True)
class Style:
    """Words that are put around the artist's, by name; from a data file."""

    name: str
    prompt: str = ""
    negative_prompt: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    """`name` in other languages, by their codes."""
    source: str = ""
    """The name of the file that it is from."""

    def around(self, prompt: str) -> str:
        return _around(self.prompt, prompt)

    def around_negative(self, negative_prompt: str) -> str:
        return _around(self.negative_prompt, negative_prompt)


@dataclass(frozen=True)
class Wording:
    """Everything of a request that is words."""

    prompt: str = ""
    negative_prompt: str = ""
    places: tuple[str, ...] = ()
    """Of an edit's `places`, in their order."""
    negative_places: tuple[str | None, ...] = ()
    """Their negative prompts; None: the request's."""
    regions: tuple[str, ...] = ()
    """Of the request's `regions`, in their order."""
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """All of them."""
        negative = [text for text in self.negative_places if text is not None]
        return [self.prompt, self.negative_prompt, *self.places, *negative, *self.regions]


def put_around(styles: Sequence[Style], words: str, *, negative: bool = False) -> tuple[str, int]:
    """`words` with those of `styles` around them, and by how many characters they moved behind them."""
    moved = 0
    for style in styles:
        own = style.negative_prompt if negative else style.prompt
        if HERE in own:
            moved += own.index(HERE)
        elif own.strip():
            moved -= len(words) - len(words.lstrip())
        words = _around(own, words)
    return words, moved


def _around(style: str, words: str) -> str:
    if HERE in style:
        return style.replace(HERE, words)
    return ", ".join(filter(None, (words.strip().rstrip(","), style.strip()))) if style.strip() else words
