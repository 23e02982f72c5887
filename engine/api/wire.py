"""Requests and events as frames on a pipe: a line of JSON, then the pixels as they are.

No pickle: a broken engine process cannot make the window run code.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, BinaryIO, TypeVar, cast

import numpy as np

from engine.api.errors import EngineError, EngineLost, from_data
from engine.api.events import EVENTS, Event
from engine.api.form import from_json, to_json
from engine.api.images import Depth, ImageInput, Pixels
from engine.api.maps import MapInput
from engine.api.mask import Coverage, MaskInput
from engine.api.measuring import MeasureRequest
from engine.api.references import ReferenceInput
from engine.api.request import GenerationRequest
from engine.api.task import Question, Request, request_from_json
from engine.api.training import TrainRequest

HEAD = struct.Struct("<II")
"""Length of the JSON, number of pictures after it."""
SIZES = struct.Struct("<III")
"""Height, width, channels of one picture: three are colours, one is a mask, four are layers, and two the
bytes of a depth."""
LARGEST_JSON = 64 << 20
LARGEST_PICTURE = 1 << 30
"""Bytes. What says that it is larger is damaged."""
AGAIN = "Try the job again; the log has the details."

Array = Pixels | Coverage
"""Bytes: what a request brings."""
Sent = Array | Depth
"""What an event brings, besides."""


def write_message(pipe: BinaryIO, form: dict[str, Any], pictures: tuple[Sent, ...] = ()) -> None:
    """One frame. The caller flushes nothing and locks the pipe if several threads write."""
    head = json.dumps(form, ensure_ascii=False).encode("utf-8", "surrogatepass")
    pipe.write(HEAD.pack(len(head), len(pictures)) + head)
    for picture in pictures:
        channels = picture.shape[2] if picture.ndim == 3 else picture.itemsize
        pipe.write(SIZES.pack(*picture.shape[:2], channels))
        pipe.write(np.ascontiguousarray(picture).data.cast("B"))
    pipe.flush()


def read_message(pipe: BinaryIO) -> tuple[dict[str, Any], tuple[Sent, ...]] | None:
    """The next frame, or None at the end of the pipe. Raises `EngineLost` inside a broken frame."""
    start = pipe.read(HEAD.size)
    if not start:
        return None
    length, count = HEAD.unpack(_exactly(pipe, HEAD.size, start))
    if length > LARGEST_JSON:
        raise EngineLost(f"The engine's answer is damaged. {AGAIN}")
    form = json.loads(_exactly(pipe, length).decode("utf-8", "surrogatepass"))
    return form, tuple(_read_picture(pipe) for _ in range(count))


def _read_picture(pipe: BinaryIO) -> Sent:
    height, width, channels = SIZES.unpack(_exactly(pipe, SIZES.size))
    if height * width * channels > LARGEST_PICTURE or channels not in (1, 2, 3, 4):
        raise EngineLost(f"The engine's answer is damaged. {AGAIN}")
    raw = _exactly(pipe, height * width * channels)
    if channels == 2:
        return np.frombuffer(raw, np.uint16).reshape(height, width)
    data = np.frombuffer(raw, np.uint8)
    return data.reshape((height, width, channels) if channels > 1 else (height, width))


def _exactly(pipe: BinaryIO, size: int, start: bytes = b"") -> bytes:
    parts, missing = [start], size - len(start)
    while missing > 0:
        part = pipe.read(missing)
        if not part:
            raise EngineLost(f"The engine process ended in the middle of an answer. {AGAIN}")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts) if len(parts) > 1 else start


def event_to_message(event: Event) -> tuple[dict[str, Any], tuple[Sent, ...]]:
    """JSON form and pixels of an event."""
    assert is_dataclass(event)
    arrays = {
        field.name: value
        for field in fields(event)
        if isinstance(value := getattr(event, field.name), np.ndarray)
    }
    bare = replace(event, **dict.fromkeys(arrays))  # type: ignore[arg-type]
    form = {"event": type(event).__name__, "fields": to_json(bare), "arrays": list(arrays)}
    return form, tuple(arrays.values())


def event_from_message(form: dict[str, Any], pictures: tuple[Sent, ...]) -> Event:
    kind = EVENTS[form["event"]]
    values = dict(form["fields"])
    for name in form["arrays"]:
        values.pop(name, None)
    event = from_json(kind, values)
    return replace(event, **dict(zip(form["arrays"], pictures, strict=True)))  # type: ignore[arg-type]


def request_to_message(request: Request) -> tuple[dict[str, Any], tuple[Array, ...]]:
    """JSON form and the pixels of its start picture, mask, maps and references (and its branch origin's)."""
    pictures = {sha256: pixels for sha256, pixels in inputs_of(request) if pixels is not None}
    return {"request": to_json(request), "pictures": list(pictures)}, tuple(pictures.values())


def request_from_message(form: dict[str, Any], pictures: tuple[Sent, ...]) -> Request:
    request = request_from_json(form["request"])
    if isinstance(request, TrainRequest | MeasureRequest):
        return request
    found = cast(dict[str, Array], dict(zip(form["pictures"], pictures, strict=True)))
    if isinstance(request, Question):
        return replace(request, image=replace(request.image, pixels=found.get(request.image.sha256)))
    return with_pictures(request, found)


def images_of(request: GenerationRequest) -> list[ImageInput]:
    """Every picture that the request (and what it branches from) starts from."""
    own = [request.image] if request.image is not None else []
    return own + (images_of(request.branch.origin) if request.branch is not None else [])


def masks_of(request: GenerationRequest) -> list[MaskInput]:
    """Every mask and alpha of the request (and of what it branches from)."""
    own = [request.edit.mask] if request.edit is not None and request.edit.mask is not None else []
    own += [region.mask for region in request.regions]
    own += [given.place for given in request.references if given.place is not None]
    own += (
        [request.upscale.alpha] if request.upscale is not None and request.upscale.alpha is not None else []
    )
    return own + (masks_of(request.branch.origin) if request.branch is not None else [])


def maps_of(request: GenerationRequest) -> list[ImageInput]:
    """Every map and every reference of the request (and of what it branches from)."""
    own = [given.image for given in (*request.maps, *request.references)]
    return own + (maps_of(request.branch.origin) if request.branch is not None else [])


def inputs_of(request: Request) -> list[tuple[str, Array | None]]:
    """Everything of the request that is stored apart from its JSON: hash and pixels."""
    if isinstance(request, TrainRequest | MeasureRequest):
        return []  # its pictures stay in their folder, or there are none
    if isinstance(request, Question):
        return [(request.image.sha256, request.image.pixels)]
    items = (*images_of(request), *masks_of(request), *maps_of(request))
    return [(item.sha256, item.pixels) for item in items]


def with_pictures(request: GenerationRequest, pictures: Mapping[str, Array]) -> GenerationRequest:
    """`request` with the pixels of its pictures, masks and maps put back in, found by hash."""
    if request.image is not None and request.image.sha256 in pictures:
        request = replace(request, image=replace(request.image, pixels=pictures[request.image.sha256]))
    mask = request.edit.mask if request.edit is not None else None
    if request.edit is not None and mask is not None and mask.sha256 in pictures:
        mask = replace(mask, pixels=pictures[mask.sha256])
        request = replace(request, edit=replace(request.edit, mask=mask))
    if request.regions:
        regions = tuple(
            replace(region, mask=replace(region.mask, pixels=pictures[region.mask.sha256]))
            if region.mask.sha256 in pictures
            else region
            for region in request.regions
        )
        request = replace(request, regions=regions)
    alpha = request.upscale.alpha if request.upscale is not None else None
    if request.upscale is not None and alpha is not None and alpha.sha256 in pictures:
        alpha = replace(alpha, pixels=pictures[alpha.sha256])
        request = replace(request, upscale=replace(request.upscale, alpha=alpha))
    if request.maps or request.references:
        request = replace(
            request,
            maps=tuple(_with_picture(given, pictures) for given in request.maps),
            references=tuple(
                _with_place(_with_picture(given, pictures), pictures) for given in request.references
            ),
        )
    if request.branch is not None:
        origin = with_pictures(request.branch.origin, pictures)
        request = replace(request, branch=replace(request.branch, origin=origin))
    return request


Given = TypeVar("Given", MapInput, ReferenceInput)


def _with_picture(given: Given, pictures: Mapping[str, Array]) -> Given:
    pixels = pictures.get(given.image.sha256)
    return given if pixels is None else replace(given, image=replace(given.image, pixels=pixels))


def _with_place(given: ReferenceInput, pictures: Mapping[str, Array]) -> ReferenceInput:
    pixels = pictures.get(given.place.sha256) if given.place is not None else None
    if given.place is None or pixels is None:
        return given
    return replace(given, place=replace(given.place, pixels=pixels))


def error_to_message(error: EngineError, traceback: str = "") -> dict[str, Any]:
    return {**error.to_data(), "traceback": traceback}


def error_from_message(form: dict[str, Any]) -> EngineError:
    return from_data(form)
