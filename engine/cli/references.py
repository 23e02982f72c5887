"""References on the command line, and in a recipe.

`--reference PICTURE[@ADAPTER][:WEIGHT[:SCOPE]][:in=MASK][:of=WORD[:as=WORD]][:joined]`
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.api.errors import BadRequest
from engine.api.images import ImageInput
from engine.api.recipe import Recipe
from engine.api.references import ReferenceInput, ReferenceScope, counted
from engine.api.request import GenerationRequest
from engine.cli.maps import PATH, path_up_to
from engine.library.masks import open_mask
from engine.library.pictures import open_picture

REFERENCE = re.compile(
    rf"(?P<file>{path_up_to(':@')})(?:@(?P<adapter>{PATH}))?"
    r"(?::(?P<weight>-?[0-9.]+)(?::(?P<scope>(?!joined\b)[a-z]+))?)?"
    rf"(?::in=(?P<place>{PATH}))?"
    r"(?::of=(?P<subject>[^:]+)(?::as=(?P<becomes>[^:]+))?)?(?P<joined>:joined)?"
)


def with_references(request: GenerationRequest, references: Sequence[str]) -> GenerationRequest:
    """`request` with the references that were said in place of its own; as it is where none were.

    Raises `BadRequest` naming the option, `UnreadableFile` for what is no picture.
    """
    return replace(request, references=tuple(map(read_reference, references))) if references else request


def read_reference(text: str) -> ReferenceInput:
    """`dog.png`, `dog.png:0.6`, `dog.png:0.6:style`, `dog.png@ip-adapter-plus:0.6`, `dog.png:in=left.png`,
    `dog.png:of=dog`, `front.png:joined`."""
    from engine.diffusion.start_picture import within  # Pillow's resizing, needed only here

    match = REFERENCE.fullmatch(text.strip())
    if match is None:
        raise BadRequest(
            "reference",
            "must be PICTURE:WEIGHT, such as dog.png:0.6, dog.png:0.6:style or dog.png:0.6:in=left.png, not "
            f"{text[:60]!r}",
        )
    try:
        scope = ReferenceScope(match["scope"] or "all")
        weight = float(match["weight"] or 1)
    except ValueError:
        scopes = ", ".join(ReferenceScope)
        raise BadRequest(
            "reference",
            f"{text[:60]!r} has no number for its weight, or a scope that is not one of: {scopes}",
        ) from None
    path = Path(match["file"]).expanduser()
    image = ImageInput.of(within(open_picture(path).pixels), path.name)
    place = open_mask(Path(match["place"]).expanduser()) if match["place"] else None
    return ReferenceInput(
        image, weight, scope, match["adapter"] or "", place,
        subject=(match["subject"] or "").strip(), becomes=(match["becomes"] or "").strip(),
        joined=match["joined"] is not None,
    )  # fmt: skip


def reference_facts(recipe: Recipe) -> list[tuple[str, object]]:
    """A line for each reference that took part."""
    facts: list[tuple[str, object]] = []
    for number, given in enumerate(counted(recipe.request.references)):
        use = recipe.references[number] if number < len(recipe.references) else None
        what = "" if given.scope is ReferenceScope.ALL else f", {given.scope} alone"
        if given.place is not None:
            what += f", in {given.place.name or 'a painted place'}"
        if given.subject:
            what += f", of it the {given.subject}" + (f" as a {given.becomes}" if given.becomes else "")
        what += ", together with the one before" if given.joined else ""
        by = f" by {use.adapter} ({use.sha256[:12]}), seen by {use.encoder}" if use is not None else ""
        facts.append(("Reference", f"{given.image.name}, weight {given.weight:g}{what}{by}"))
    return facts
