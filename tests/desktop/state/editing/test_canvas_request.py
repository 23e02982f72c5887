"""From the document to a request: what is seen, what may change, and where the result belongs."""

from __future__ import annotations

import numpy as np
import pytest
from document_pictures import noise

from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import layer_commands
from desktop.state.document.document import Document
from desktop.state.document.document_state import MaskMode
from desktop.state.editing import canvas_request as rooms
from desktop.state.editing import changing as areas
from desktop.state.editing.canvas_request import canvas_request
from desktop.state.editing.changing import Seen
from desktop.state.editing.edit_settings import EditSettings, Intent
from engine.api.canvas_place import CanvasPlace
from engine.api.edit import EditKind, EditMode, FillMode
from engine.api.errors import BadRequest
from engine.api.images import Extent
from engine.api.request import GenerationRequest

BASE = GenerationRequest(model="toy", prompt="snow", width=64, height=64)


@pytest.fixture
def document(qapp):
    made = Document(Extent(300, 200))
    layer_commands.add_image(made, opaque(3, 300, 200), "house")
    return made


def opaque(seed: int, width: int, height: int) -> Tiles:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    tiles = Tiles()
    tiles.write(Rect(0, 0, width, height), pixels)
    return tiles


def paint_mask(document: Document, rect: Rect, value: int = 255, mode: MaskMode | None = None) -> None:
    mask = Tiles(Kind.COVERAGE)
    mask.fill(rect, value)
    with document.begin("Mask"):
        document.set_mask(mask, mode)


def settings(intent: Intent, **values: object):
    made = EditSettings()
    made.intent = intent
    for name, value in values.items():
        setattr(made, name, value)
    return made.now()


def test_what_is_painted_may_change_in_what_one_sees(document):
    paint_mask(document, Rect(10, 20, 30, 40), 128)
    request = canvas_request(BASE, Seen.of(document), settings(Intent.PAINTED))
    assert request.extent == (300, 200) and request.edit is not None and request.edit.mask is not None
    assert request.edit.mode is EditMode.CHANGE and request.sampling.strength == 1.0
    mask = request.edit.mask
    assert (mask.left, mask.top, mask.pixels.shape) == (10, 20, (40, 30)) and (mask.pixels == 128).all()
    seen = document.composite.flattened(document.canvas)
    assert (request.image.pixels == seen[..., 2::-1]).all()


def test_a_keep_mask_says_what_stays(document):
    paint_mask(document, Rect(0, 0, 50, 50), mode=MaskMode.KEEP)
    request = canvas_request(BASE, Seen.of(document), settings(Intent.PAINTED))
    assert request.edit.mode is EditMode.KEEP


def test_removing_continues_the_edges_and_never_keeps_what_is_painted(document):
    paint_mask(document, Rect(0, 0, 50, 50), mode=MaskMode.KEEP)
    request = canvas_request(BASE, Seen.of(document), settings(Intent.REMOVE))
    assert (request.edit.kind, request.edit.mode) == (EditKind.REMOVE, EditMode.CHANGE)
    assert request.edit.fill is FillMode.EDGE


def test_what_is_empty_is_filled_and_seen_as_what_is_nearest(qapp):
    document = Document(Extent(300, 200))
    layer_commands.add_image(document, opaque(3, 200, 200), "part")
    request = canvas_request(BASE, Seen.of(document), settings(Intent.EMPTY))
    assert request.edit.mask.bounds.left == 200 and request.edit.mask.bounds.right == 300
    pixels = request.image.pixels
    assert (pixels[:, 200:] == pixels[:, 199:200]).all()
    assert np.array_equal(pixels[:, :200], rooms.picture_of(Seen.of(document), document.canvas)[:, :200])


def test_a_canvas_with_nothing_on_it_is_seen_as_white(qapp):
    request = canvas_request(BASE, Seen.of(Document(Extent(64, 64))), settings(Intent.EMPTY))
    assert (request.image.pixels == 255).all()


def test_half_transparent_places_are_filled_as_far_as_they_are_empty(qapp):
    document = Document(Extent(64, 64))
    layer_commands.add_image(document, noise(1, Rect(0, 0, 64, 64)), "veil")
    request = canvas_request(BASE, Seen.of(document), settings(Intent.EMPTY))
    alpha = document.composite.flattened(document.canvas)[..., 3]
    from engine.api.rect import Rect as EngineRect

    assert (request.edit.mask.read(EngineRect(0, 0, 64, 64)) == 255 - alpha).all()


def test_the_whole_picture_or_what_is_selected(document):
    assert canvas_request(BASE, Seen.of(document), settings(Intent.WHOLE)).edit.mask is None
    selection = Tiles(Kind.COVERAGE)
    selection.fill(Rect(100, 100, 20, 20), 255)
    with document.begin("Select"):
        document.set_selection(selection)
    request = canvas_request(BASE, Seen.of(document), settings(Intent.WHOLE))
    assert request.edit.mask.bounds.left == 100 and request.sampling.strength == 0.6


@pytest.mark.parametrize(
    ("intent", "problem"),
    [(Intent.PAINTED, "nothing_painted"), (Intent.REMOVE, "nothing_painted"), (Intent.EMPTY, "none_empty")],
)
def test_where_nothing_may_change_that_is_said(document, intent, problem):
    with pytest.raises(BadRequest) as error:
        canvas_request(BASE, Seen.of(document), settings(intent))
    assert error.value.data["problem"] == problem


def test_a_huge_canvas_is_seen_around_the_change_only(qapp, monkeypatch):
    monkeypatch.setattr(areas, "MOST_PIXELS", 10_000)
    monkeypatch.setattr(areas, "LEAST_NEIGHBOURHOOD_PX", 16)
    document = Document(Extent(2000, 1000))
    layer_commands.add_image(document, opaque(3, 2000, 1000), "wide")
    paint_mask(document, Rect(1100, 380, 20, 20))
    request = canvas_request(BASE, Seen.of(document), settings(Intent.PAINTED))
    place = CanvasPlace.of(request)
    assert place is not None and place.left > 500 and request.extent.width < 1000
    mask = request.edit.mask.bounds
    assert (mask.left + place.left, mask.top + place.top) == (1100, 380)
    seen = document.composite.flattened(Rect(place.left, place.top, *request.extent))
    assert (request.image.pixels == seen[..., 2::-1]).all()


def test_where_a_result_belongs_survives_the_journal(document):
    paint_mask(document, Rect(0, 0, 9, 9))
    request = canvas_request(BASE, Seen.of(document), settings(Intent.PAINTED))
    again = GenerationRequest.from_json(request.to_json())
    assert CanvasPlace.of(again) == CanvasPlace(document.identity, 0, 0, after=document.history.last.number)
    assert CanvasPlace.of(BASE) is None


def test_each_intent_remembers_its_strength():
    made = EditSettings()
    made.intent = Intent.REFINE
    made.strength = 0.2
    made.intent = Intent.WHOLE
    assert made.strength == 0.6
    made.intent = Intent.REFINE
    assert made.strength == 0.2


def test_places_without_words_of_their_own_are_counted():
    edit = rooms.place_prompts(("", "a dog", " ", ""), "snow")
    assert [place.prompt for place in edit] == ["snow", "a dog"]
