"""Finished pictures come back as layers: only where they may differ, and as variants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from document_pictures import seen
from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import layer_commands
from desktop.state.document.document import Document
from desktop.state.document.layers import ResultLayer
from desktop.state.editing.canvas_request import canvas_request
from desktop.state.editing.canvas_results import CanvasResults, request_again
from desktop.state.editing.changing import Seen
from desktop.state.editing.edit_settings import EditSettings, Intent
from desktop.state.jobs import Job
from engine.api.canvas_place import CanvasPlace
from engine.api.events import ImageReady
from engine.api.images import Extent, pixels_hash, read_only
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.models.catalog import Catalog

WIDE, HIGH = 300, 280
PLACE = Rect(20, 30, 200, 100)


class Jobs(QObject):
    """What of the queue is listened to."""

    picture_made = Signal(object, object)


class Scene:
    """A document with a house, a painted mask, and the queue's signal."""

    def __init__(self) -> None:
        self.document = Document(Extent(WIDE, HIGH))
        pixels = np.random.default_rng(0).integers(0, 256, (HIGH, WIDE, 4)).astype(np.uint8)
        pixels[..., 3] = 255
        house = Tiles()
        house.write(Rect(0, 0, WIDE, HIGH), pixels)
        layer_commands.add_image(self.document, house, "house")
        mask = Tiles(Kind.COVERAGE)
        mask.fill(PLACE, 255)
        with self.document.begin("Mask"):
            self.document.set_mask(mask)
        self.jobs, self.background, self.info = Jobs(), Background(), Catalog().find("toy")
        self.results = CanvasResults(
            lambda: self.document,
            self.jobs,
            lambda _name: self.info,
            self.background,  # type: ignore[arg-type]
        )
        settings = EditSettings()
        settings.intent = Intent.PAINTED
        base = GenerationRequest(model="toy", prompt="it's snowing", width=64, height=64)
        self.request = canvas_request(base, Seen.of(self.document), settings.now())
        self.job = Job("0123456789abcdef", self.request)

    def finished(self, shade: int, request: GenerationRequest | None = None) -> ImageReady:
        """The source, with the place in one grey."""
        request = request or self.request
        pixels = np.array(request.image.pixels)
        pixels[PLACE.top : PLACE.bottom, PLACE.left : PLACE.right] = shade
        pixels = read_only(pixels)
        return ImageReady(pixels, Recipe(request.one_image(0), pixels_hash(pixels)))

    def arrive(self, shade: int, job: Job | None = None) -> None:
        job = job or self.job
        self.jobs.picture_made.emit(job, self.finished(shade, job.request))
        self.background.wait()


@pytest.fixture
def scene(qapp):
    made = Scene()
    yield made
    made.background.close()


def result_of(document: Document) -> ResultLayer:
    (layer,) = [layer for layer in document.root.walk() if isinstance(layer, ResultLayer)]
    return layer


def test_the_canvas_shows_exactly_what_the_engine_made(scene):
    scene.arrive(7)
    made = scene.finished(7).pixels
    assert (seen(scene.document)[..., 2::-1] == made).all()
    layer = result_of(scene.document)
    assert layer.name == "it's snowing" and layer.variant.recipe.request.prompt == "it's snowing"


def test_where_the_picture_had_to_stay_the_layer_is_empty(scene):
    scene.arrive(7)
    layer = result_of(scene.document)
    alpha = layer.variant.tiles.read(scene.document.canvas)[..., 3]
    inside = np.zeros((HIGH, WIDE), bool)
    inside[PLACE.top : PLACE.bottom, PLACE.left : PLACE.right] = True
    assert (alpha[inside] == 255).all() and (alpha[~inside] == 0).all()


def test_the_source_is_shared_with_the_layer_it_was_seen_through(scene):
    scene.arrive(7)
    layer = result_of(scene.document)
    house = scene.document.root.children[-2]
    shared = [key for key in sorted(layer.source.keys()) if layer.source.get(key) is house.pixels.get(key)]
    assert (0, 0) in shared


def test_pictures_of_one_request_are_variants_of_one_layer_and_one_step_of_undo(scene):
    scene.arrive(7)
    entries = len(scene.document.history.entries)
    scene.arrive(9)
    layer = result_of(scene.document)
    assert len(layer.variants) == 2 and layer.chosen == 1
    assert len(scene.document.history.entries) == entries
    scene.document.history.undo()
    assert not any(isinstance(layer, ResultLayer) for layer in scene.document.root.walk())


def test_a_result_that_was_undone_does_not_come_back_with_the_next_picture(scene):
    scene.arrive(7)
    scene.document.history.undo()
    scene.arrive(9)
    assert not any(isinstance(layer, ResultLayer) for layer in scene.document.root.walk())


def test_a_picture_of_another_document_is_not_placed(scene):
    elsewhere = replace(scene.request, extra={"canvas": CanvasPlace("another", 0, 0).to_json()})
    told: list[tuple[str, str]] = []
    scene.results.went_elsewhere.connect(told.append)
    scene.arrive(7, Job("fedcba9876543210", elsewhere))
    assert [job_id for job_id, _ in told] == ["fedcba9876543210"]
    assert len(scene.document.root.children) == 2


def test_what_was_undone_can_be_redone_after_a_late_result(scene):
    document, (house, paint) = scene.document, scene.document.root.children
    for value in (50, 60):
        with document.begin("Paint"):
            paint.tiles.fill(Rect(value, 0, 30, 20), (0, 0, value, 255))
    with document.begin("Rename"):
        document.change(paint, name="sky")
    whole = seen(document)
    for _ in range(3):
        document.history.undo()
    scene.arrive(7)
    late = seen(document)
    assert document.history.redo_title == "Paint" and document.history.undo_title == "Result"
    for _ in range(3):
        document.history.redo()
    painted = seen(document)
    assert document.layer(paint.id).name == "sky" and result_of(document).variant.recipe is not None
    assert (painted[:20, 50:90] == whole[:20, 50:90]).all()  # the strokes are there again
    assert (painted[PLACE.top :, PLACE.left :] == late[PLACE.top :, PLACE.left :]).all()  # and so is it
    for _ in range(3):
        document.history.undo()
    assert (seen(document) == late).all()
    document.history.undo()
    assert [layer.id for layer in document.root.children] == [house.id, paint.id]


def test_a_further_variant_leaves_what_was_undone_too(scene):
    scene.arrive(7)
    document, layer = scene.document, result_of(scene.document)
    with document.begin("Fade"):
        document.change(layer, opacity=0.5)
    document.history.undo()
    scene.arrive(9)
    assert len(result_of(document).variants) == 2 and document.history.redo_title == "Fade"
    document.history.redo()
    faded = result_of(document)
    assert (len(faded.variants), faded.opacity) == (2, 0.5)
    document.history.undo()
    document.history.undo()
    assert not any(isinstance(layer, ResultLayer) for layer in document.root.walk())


def test_the_same_picture_of_the_same_job_does_not_come_twice(scene):
    scene.arrive(7)
    scene.arrive(7)
    assert len(result_of(scene.document).variants) == 1


def test_a_picture_from_words_alone_is_not_placed(scene):
    plain = Job("fedcba9876543210", GenerationRequest(model="toy", prompt="a dog", width=64, height=64))
    scene.jobs.picture_made.emit(plain, scene.finished(7))
    scene.background.wait()
    assert len(scene.document.root.children) == 2


def test_a_layer_is_made_again_from_the_same_pixels_into_itself(scene):
    scene.arrive(7)
    again = request_again(result_of(scene.document), Seen.of(scene.document))
    assert again is not None
    assert again.image.sha256 == scene.request.image.sha256
    assert again.edit == scene.request.edit and again.sampling == scene.request.sampling
    scene.arrive(8, Job("aaaaaaaaaaaaaaaa", again))
    assert len(result_of(scene.document).variants) == 2


def test_a_variation_has_another_seed(scene):
    scene.arrive(7)
    again = request_again(result_of(scene.document), Seen.of(scene.document), images=3, anew=True)
    assert again is not None and again.images == 3
    assert again.sampling.seed != scene.request.sampling.seed
