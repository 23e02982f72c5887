"""From the words of a request as they are written to those that its pictures are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.api.choices import is_drawn
from engine.api.dynamic import Lists, draw, fault_of
from engine.api.errors import BadRequest
from engine.api.request import Branch, GenerationRequest
from engine.api.wording import Style, Wording
from engine.vocabulary.styles import chosen, styles
from engine.vocabulary.wildcards import Wildcards

APART = 0x632BE5AB
"""Between the seeds of the texts of one picture: the same choice in two of them is drawn twice."""


def with_words_drawn(
    request: GenerationRequest, lists: Lists | None = None, known: Sequence[Style] | None = None
) -> GenerationRequest:
    """`request` with the words of each picture in `drawn`; as it is where they are those that are written.

    Styles are put around the prompts first; then each picture draws by its own seed. `lists` and `known` are
    the artist's own where they are not given. Raises `BadRequest` naming the field, with the place where a
    text cannot be read.
    """
    if request.branch is not None:
        request = replace(request, branch=_with_words_drawn(request.branch, lists, known))
    if request.written is not None or request.drawn:
        return request
    written = request.wording
    around = chosen(request.styles, known if known is not None else styles()) if request.styles else ()
    draws = any(map(is_drawn, written.texts)) or any(
        is_drawn(style.around("")) or is_drawn(style.around_negative("")) for style in around
    )
    if not around and not draws:
        return request
    lists = lists or Wildcards()
    _check(written, lists)
    drawn = tuple(
        _drawn(written, around, request.seed_of(index), lists)
        for index in range(request.images if draws else 1)
    )
    return replace(request, drawn=drawn if draws else drawn * request.images)


def as_typed(
    request: GenerationRequest, lists: Lists | None = None, known: Sequence[Style] | None = None
) -> GenerationRequest:
    """`request`, which makes one picture, with words and styles as the artist chose them.

    As it is where it does not know them, or where they would give other words by now: a style that is gone
    or says something else, a list that has changed. `lists` and `known` as for `with_words_drawn`.
    """
    if request.written is None:
        return request
    typed = request.as_written
    try:
        again = with_words_drawn(replace(typed, branch=None), lists, known)
    except BadRequest:
        return request
    return typed if again.one_image(0).wording == request.wording else request


def _with_words_drawn(branch: Branch, lists: Lists | None, known: Sequence[Style] | None) -> Branch:
    origin = with_words_drawn(branch.origin, lists, known)
    if not origin.drawn:
        return replace(branch, origin=origin)
    return replace(branch, origin=origin.one_image(branch.image_index), image_index=0)


def _drawn(written: Wording, around: Sequence[Style], seed: int, lists: Lists) -> Wording:
    prompt, negative = written.prompt, written.negative_prompt
    for style in around:
        prompt, negative = style.around(prompt), style.around_negative(negative)

    def one(text: str, number: int, field: str) -> str:
        return draw(text, seed + APART * number, lists, field)

    return Wording(
        one(prompt, 0, "prompt"),
        one(negative, 1, "negative_prompt"),
        tuple(one(text, 2 + number, "places") for number, text in enumerate(written.places)),
        tuple(
            None if text is None else one(text, 1002 + number, "places")
            for number, text in enumerate(written.negative_places)
        ),
        tuple(one(text, 2002 + number, "regions") for number, text in enumerate(written.regions)),
    )


def _check(written: Wording, lists: Lists) -> None:
    """Raises `BadRequest` for what cannot be read in any text, whatever would be drawn."""
    fields = ("prompt", "negative_prompt", "places", "regions")
    negative = tuple(text for text in written.negative_places if text is not None)
    texts = ((written.prompt,), (written.negative_prompt,), written.places + negative, written.regions)
    for field, own in zip(fields, texts, strict=True):
        for text in own:
            if (fault := fault_of(text, lists)) is not None:
                raise fault.as_error(field, text)
