"""What is wrong with the reference pictures of a request, for a model that can what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.api.errors import BadRequest
from engine.api.references import ReferenceScope, counted
from engine.api.request import GenerationRequest

if TYPE_CHECKING:
    from engine.api.model_info import Capabilities


def check_references(request: GenerationRequest, title: str, can: Capabilities) -> None:
    """Raises `BadRequest` where the model `title` cannot take after them, or needs one and has none."""
    given, most = request.references, can.references
    if not given and can.needs_reference and request.upscale is None:
        reason = f"are missing; {title} draws after a picture, so give it one"
        raise BadRequest("references", reason, problem="no_reference")
    if not given:
        return
    if can.adapters:
        _check_adapted(request, title, can)
        return
    if not most:
        raise BadRequest("references", f"{title} cannot take after pictures", problem="no_references")
    if can.needs_picture and request.image is not None:
        most -= 1
    if can.reference_pairs:
        _check_pairs(request, title)
    if len(given) > most:
        raise BadRequest(
            "references",
            f"{title} reads {can.references} picture(s) at most, the start picture counted",
            problem="many_references",
            most=can.references,
        )
    _check_sides(request, title, can)
    if can.reference_or_words and request.prompt.strip():
        why = f"are not read beside words by {title}: take them away, or clear the prompt"
        raise BadRequest("references", why, problem="reference_or_words")
    if can.subjects and not all(one.subject.strip() for one in given):
        raise BadRequest(
            "references",
            f"{title} must be told in a word what each picture shows, as --reference dog.png:of=dog",
            problem="no_subject",
        )
    weighs = can.weighs_references
    if can.box_pictures:
        _check_boxed(request, title)
    elif any((one.weight != 1 and not weighs) or one.scope is not ReferenceScope.ALL for one in given):
        raise BadRequest(
            "references",
            f"{title} reads reference pictures whole: weight 1, and no style or composition alone",
            problem="whole_references",
        )


def _check_boxed(request: GenerationRequest, title: str) -> None:
    for given in request.references:
        is_style = given.scope is ReferenceScope.STYLE and given.place is None
        if given.scope is not ReferenceScope.ALL and not is_style:
            raise BadRequest(
                "references",
                f"{title} puts whole pictures into places, and takes over the style of one that "
                "counts everywhere; composition alone it knows not",
                problem="boxed_references",
            )


def _check_pairs(request: GenerationRequest, title: str) -> None:
    if len(request.references) % 2:
        why = f"must come in pairs, before and after: {title} is shown by them what to do"
        raise BadRequest("references", why, problem="pairs")
    if request.image is None and request.branch is None:
        why = f"is missing; {title} does with it what the pairs show, so give it one"
        raise BadRequest("image", why, problem="no_picture")


def _check_sides(request: GenerationRequest, title: str, can: Capabilities) -> None:
    most = can.narrowest_reference
    if most is None:
        return
    for one in request.references:
        short, long = sorted(one.image.extent)
        if long > most * short:
            raise BadRequest(
                "references",
                f"{title} reads pictures that are at most {most} times as long as wide, and "
                f"{one.image.name or 'one'} is {one.image.extent}; cut it, or take it away",
                problem="narrow_reference",
                most=most,
            )


def _check_adapted(request: GenerationRequest, title: str, can: Capabilities) -> None:
    given, most = counted(request.references), can.most_adapters
    if most is not None and len(given) > most:
        raise BadRequest(
            "references",
            f"{title} takes after {most} picture(s) at once; take some away",
            problem="many_references",
            most=most,
        )
    if not can.reference_scopes and any(one.scope is not ReferenceScope.ALL for one in given):
        raise BadRequest(
            "references",
            f"{title} takes after pictures as a whole, not style or composition alone; choose that",
            problem="no_scopes",
        )
