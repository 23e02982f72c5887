"""The options of an edit, and the edit that they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated

import typer

from engine.api.edit import PRESETS, Edit, EditKind, EditMode, FillMode, Margins, PlacePrompt, SeamMode
from engine.api.errors import BadRequest
from engine.api.rect import Rect
from engine.api.request import GenerationRequest
from engine.library.masks import open_mask
from engine.library.pictures import read_metadata

Mask = Annotated[
    Path | None,
    typer.Option(
        "--mask",
        help="As large as --image: white changes, black stays, grey in between; or by its alpha.",
    ),
]
Keep = Annotated[bool, typer.Option("--keep", help="The other way round: what is white in the mask stays.")]
Grow = Annotated[int | None, typer.Option(metavar="PX", help="Make what is painted in the mask larger.")]
Feather = Annotated[
    int | None,
    typer.Option(metavar="PX", help="How far outside the network eases into what stays; not pasted."),
]
PasteFeather = Annotated[
    int | None, typer.Option(metavar="PX", help="How far inside the result is blended with the picture.")
]
Padding = Annotated[
    int | None, typer.Option(metavar="PX", help="How much around the mask the network sees; else chosen.")
]
Fill = Annotated[FillMode | None, typer.Option(help="What the network finds in the place when it begins.")]
Extend = Annotated[
    str | None,
    typer.Option(metavar="L,T,R,B", help="New canvas in pixels: left, top, right, bottom."),
]
Frame = Annotated[
    str | None,
    typer.Option(metavar="X,Y,WxH", help="Change only this rectangle; beyond the picture it is new canvas."),
]
PlacePrompts = Annotated[
    list[str] | None,
    typer.Option(
        "--place-prompt",
        metavar="TEXT",
        help='Words for one of several separate places, as one reads; or with a pixel of it: "120,80:a cat".',
    ),
]
Remove = Annotated[
    bool,
    typer.Option("--remove", help="Take out what is painted; the prompt, if any, says what is around it."),
]
Refine = Annotated[bool, typer.Option("--refine", help="The same again with better detail.")]
Seam = Annotated[SeamMode | None, typer.Option(help="How colours are brought together across the border.")]
WorkingSize = Annotated[
    int | None,
    typer.Option(metavar="PX", help="Side of what the network works on; else the model's own size."),
]


@dataclass(frozen=True)
class EditWishes:
    """The options as they were typed; None, False or empty is *not said*."""

    mask: Path | None = None
    keep: bool = False
    grow: int | None = None
    feather: int | None = None
    paste_feather: int | None = None
    padding: int | None = None
    fill: FillMode | None = None
    extend: str | None = None
    frame: str | None = None
    place_prompts: tuple[str, ...] = ()
    remove: bool = False
    refine: bool = False
    seam: SeamMode | None = None
    working_size: int | None = None

    @property
    def are_said(self) -> bool:
        return any(getattr(self, field.name) not in (None, False, ()) for field in fields(self))

    @property
    def kind(self) -> EditKind:
        if self.remove and self.refine:
            raise BadRequest("remove", "cannot be combined with --refine")
        return EditKind.REMOVE if self.remove else EditKind.REFINE if self.refine else EditKind.CHANGE


def with_edit(
    request: GenerationRequest, wishes: EditWishes, strength: float | None, size: str | None = None
) -> GenerationRequest:
    """`request`, which has its start picture, as the edit that `wishes` mean; as it is where they mean none.

    What is not said comes from the request's own edit, where it has one, and from the kind's preset.
    Raises `BadRequest` naming the option, `UnreadableFile` for a mask that cannot be read.
    """
    if not wishes.are_said:
        return request
    if size is not None:
        raise BadRequest(
            "size", "an edit is as large as its picture; --extend and --frame give it more canvas"
        )
    if request.image is None:
        raise BadRequest("image", "is missing; say which picture to change: --image FILE")
    image, own = request.image, request.edit or Edit()
    if wishes.keep and wishes.mask is None and own.mask is None:
        raise BadRequest("keep", "says what a mask means; add --mask FILE")
    preset, kind = PRESETS[wishes.kind], wishes.kind
    is_new = request.edit is None or kind is not own.kind
    said = {
        "mask": open_mask(wishes.mask) if wishes.mask is not None else None,
        "mode": EditMode.KEEP if wishes.keep else None,
        "kind": kind if is_new else None,
        "grow_px": wishes.grow,
        "feather_px": wishes.feather,
        "paste_feather_px": wishes.paste_feather,
        "padding_px": wishes.padding,
        "fill": wishes.fill or (preset.fill if is_new else None),
        "extend": read_margins(wishes.extend) if wishes.extend else None,
        "frame": read_frame(wishes.frame) if wishes.frame else None,
        "places": tuple(map(read_place, wishes.place_prompts)) or None,
        "seam": wishes.seam,
        "working_side_px": wishes.working_size,
    }
    edit = replace(own, **{name: value for name, value in said.items() if value is not None})
    if strength is None and is_new:
        request = replace(request, sampling=replace(request.sampling, strength=preset.strength))
    return request.with_edit(image, edit)


def surroundings_of(image: Path | None) -> str:
    """The words of the picture itself, where it says them: what stands around what is removed or refined."""
    metadata = read_metadata(image) if image is not None else None
    if metadata is None:
        return ""
    if metadata.recipe is not None:
        return metadata.recipe.request.prompt
    return (metadata.parameters.prompt or "") if metadata.parameters is not None else ""


def read_margins(text: str) -> Margins:
    """`64,0,64,0`, or one number for all sides."""
    match = re.fullmatch(r"\s*(\d{1,6})(?:\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6}))?\s*", text)
    if match is None:
        raise BadRequest("extend", f"must be LEFT,TOP,RIGHT,BOTTOM, such as 0,0,128,0, not {text[:40]!r}")
    numbers = [int(number) for number in match.groups() if number is not None]
    return Margins(*(numbers if len(numbers) == 4 else numbers * 4))


def read_frame(text: str) -> Rect:
    """`-64,0,256x256`: where its top left lies in the picture, and its size."""
    match = re.fullmatch(r"\s*(-?\d{1,6})\s*,\s*(-?\d{1,6})\s*,\s*(\d{1,6})\s*[x×*]\s*(\d{1,6})\s*", text)
    if match is None:
        raise BadRequest("frame", f"must be X,Y,WIDTHxHEIGHT, such as -64,0,256x256, not {text[:40]!r}")
    return Rect(*map(int, match.groups()))


def read_place(text: str) -> PlacePrompt:
    """`a cat`, or `120,80:a cat` for the place at that pixel."""
    match = re.fullmatch(r"\s*(-?\d{1,6})\s*,\s*(-?\d{1,6})\s*:\s*(.*)", text, re.DOTALL)
    if match is None:
        return PlacePrompt(text)
    return PlacePrompt(match[3], int(match[1]), int(match[2]))
