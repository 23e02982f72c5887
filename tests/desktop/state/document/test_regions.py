"""Places with words: layers that say where, undone, kept, in the request and never in the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import regions
from desktop.state.document.document import Document
from desktop.state.document.document_region import read_regions, regions_form
from desktop.state.document.state_form import from_form, to_form
from desktop.state.document_file.captured import captured
from desktop.state.document_file.ora_read import open_ora
from desktop.state.document_file.ora_write import save_ora
from desktop.state.editing.canvas_request import canvas_request, picture_of
from desktop.state.editing.changing import Seen
from desktop.state.editing.edit_settings import EditSettings, Intent
from engine.api.images import Extent
from engine.api.model_info import Capabilities, ModelInfo, SchedulerInfo
from engine.api.rect import Rect as PictureRect
from engine.api.request import GenerationRequest

BASE = GenerationRequest(model="model", prompt="snow", width=64, height=64)
CAN = Capabilities((SchedulerInfo("dpmpp_2m", "DPM++ 2M"),))


@pytest.fixture
def document(qapp) -> Document:
    made = Document(Extent(64, 64))
    with made.begin("paint"):
        made.active.pixels.fill(made.canvas, (90, 90, 90, 255))
    return made


def left(value: int = 255) -> Tiles:
    coverage = Tiles(Kind.COVERAGE)
    coverage.write(Rect(0, 0, 32, 64), np.full((64, 32), value, np.uint8))
    return coverage


def asked(
    document: Document, intent: Intent = Intent.NEW, info: ModelInfo | None = None
) -> GenerationRequest:
    settings = EditSettings()
    settings.intent = intent
    return canvas_request(BASE, Seen.of(document), settings.now(), info)


def test_every_change_is_an_entry_and_what_is_typed_is_one(document: Document):
    before = len(document.history.entries)
    region = regions.add(document, "Place 1", left())
    for text in ("a", "a ho", "a house"):
        regions.change(document, region.id, prompt=text)
    assert len(document.history.entries) == before + 2 and document.regions[0].prompt == "a house"
    layer = document.layer(region.layer)
    assert layer is not None and document.active is layer
    regions.remove(document, region.id)
    assert document.regions == () and document.layer(region.layer) is None
    document.history.undo()
    assert document.regions[0].prompt == "a house" and document.layer(region.layer) is not None
    assert regions.add(document, "Place 2").colour != region.colour


@pytest.mark.parametrize("value", [255, 100])
def test_a_request_has_the_place_and_its_words_and_the_picture_has_not(document: Document, value: int):
    plain = picture_of(Seen.of(document), document.canvas)
    region = regions.add(document, "Place 1", left(value))
    assert asked(document).regions == (), "it has no words"
    regions.change(document, region.id, prompt="a house", weight=0.7)
    (given,) = asked(document).regions
    assert (given.prompt, given.weight) == ("a house", 0.7)
    coverage = given.mask.read(PictureRect(0, 0, 64, 64))
    assert (coverage[:, :32] == value).all() and not coverage[:, 32:].any()
    layer = document.layer(region.layer)
    assert layer is not None
    document.change_unrecorded(layer, visible=False)
    assert asked(document).regions == (given,), "one need not see it"
    document.change_unrecorded(layer, visible=True)
    assert np.array_equal(picture_of(Seen.of(document), document.canvas), plain)
    (whole,) = asked(document, Intent.WHOLE).regions
    assert whole == given
    regions.change(document, region.id, is_on=False)
    assert asked(document).regions == ()


def test_a_model_that_cannot_is_not_asked_and_a_layer_that_is_gone_does_no_harm(document: Document):
    region = regions.add(document, "Place 1", left())
    regions.change(document, region.id, prompt="a house")
    unable = ModelInfo("model", "Model", "toy", capabilities=Capabilities(CAN.schedulers, regions=False))
    assert asked(document, info=unable).regions == ()
    with document.begin("gone"):
        document.remove(document.layer(region.layer))
    assert asked(document).regions == () and document.regions


def test_they_come_back_from_the_file_and_from_the_journal(document: Document, tmp_path: Path):
    region = regions.add(document, "Place 1", left())
    regions.change(document, region.id, prompt="a “house”, ¡sí!", weight=0.25, is_on=False)
    save_ora(tmp_path / "places.ora", captured(document.state))
    opened = open_ora(tmp_path / "places.ora")
    assert opened.state.regions == document.regions and opened.notes == ()
    stores: list[Tiles] = []

    def number(store: Tiles) -> int:
        stores.append(store)
        return len(stores)

    form = to_form(document.state, number)
    back = from_form(form, lambda number, kind: stores[number - 1])
    assert back.regions == document.regions
    form = regions_form(document.regions)
    assert read_regions([*form, {"layer": 3}, 7]) == document.regions and read_regions(None) == ()
