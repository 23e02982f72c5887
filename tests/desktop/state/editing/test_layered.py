"""A picture that is taken apart: all of the canvas goes in, and its layers come back onto it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from desktop.raster.rect import Rect
from desktop.raster.tiles import Tiles
from desktop.state.document import layer_commands
from desktop.state.document.document import Document
from desktop.state.document.layers import Group, ImageLayer, ResultLayer
from desktop.state.document_file.picture_in import open_picture_as_document
from desktop.state.editing.canvas_request import canvas_request
from desktop.state.editing.canvas_results import CanvasResults
from desktop.state.editing.changing import Seen
from desktop.state.editing.edit_settings import EditSettings, Intent
from desktop.state.editing.owed_results import owed_to
from desktop.state.editing.stream import CanvasStream
from desktop.state.job import KeptStep
from desktop.state.jobs import Job
from desktop.state.saving import FinishedPicture, Naming, write_picture
from engine.api.errors import BadRequest
from engine.api.events import ImageReady
from engine.api.images import Extent, Stack, layers_in, pixels_hash, read_only
from engine.api.model_info import ModelInfo
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.library.layers import read_layers
from engine.models.catalog import Catalog

WIDE, HIGH = 300, 200


class Jobs(QObject):
    """What of the queue is listened to."""

    picture_made = Signal(object, object)
    changed = Signal(object)
    step_arrived = Signal(object, object)


def apart() -> ModelInfo:
    info = Catalog().find("toy")
    return replace(
        info, capabilities=replace(info.capabilities, layers=True, whole_pictures=True, size_multiple=32)
    )


class Scene:
    """A document with one opaque layer, and the queue's signals."""

    def __init__(self) -> None:
        self.document, self.info = Document(Extent(WIDE, HIGH)), apart()
        house = Tiles()
        house.write(Rect(0, 0, WIDE, HIGH), np.full((HIGH, WIDE, 4), 255, np.uint8))
        layer_commands.add_image(self.document, house, "house")
        self.jobs, self.background = Jobs(), Background()
        given = lambda: self.document, self.jobs, lambda _name: self.info, self.background
        self.results, self.stream = CanvasResults(*given), CanvasStream(*given)  # type: ignore[arg-type]
        self.request = self.asked(Intent.WHOLE)
        self.job = Job("0123456789abcdef", self.request)

    def asked(self, intent: Intent, live_layer: str = "") -> GenerationRequest:
        settings = EditSettings()
        settings.intent = intent
        base = GenerationRequest(model="toy", prompt="a house", width=96, height=96, images=2)
        return canvas_request(base, Seen.of(self.document), settings.now(), self.info, live_layer)

    def finished(self, shade: int = 9) -> ImageReady:
        """Two layers: the lower is opaque, of the upper only the left half is there."""
        width, height = self.request.extent
        stack = np.full((2 * height, width, 4), 255, np.uint8)
        stack[height:, : width // 2, :3], stack[height:, width // 2 :] = shade, 0
        pixels = read_only(np.full((height, width, 3), shade, np.uint8))
        told = Recipe(self.request.one_image(0), pixels_hash(pixels), layers_sha256=pixels_hash(stack))
        return ImageReady(pixels, told, layers=stack)

    def arrive(self, made: ImageReady) -> None:
        self.jobs.picture_made.emit(self.job, made)
        self.background.wait()


@pytest.fixture
def scene(qapp) -> Iterator[Scene]:
    made = Scene()
    yield made
    made.background.close()


def groups(document: Document) -> list[Group]:
    return [layer for layer in document.root.walk() if isinstance(layer, Group)]


def test_all_of_the_canvas_is_asked_for_in_its_proportions(scene):
    assert scene.request.edit is None and scene.request.image.extent == (WIDE, HIGH)
    assert scene.request.extent == (128, 64)  # about as many pixels as were set, a multiple of 32
    for intent, live_layer in ((Intent.PAINTED, ""), (Intent.EMPTY, ""), (Intent.WHOLE, "live")):
        with pytest.raises(BadRequest) as caught:
            scene.asked(intent, live_layer)
        assert caught.value.data["problem"] == "whole_only"


def test_the_layers_come_as_a_group_of_the_canvas_s_size_and_go_in_one_step(scene):
    entries = len(scene.document.history.entries)
    scene.arrive(scene.finished())
    (group,) = groups(scene.document)
    lower, upper = group.children
    assert isinstance(lower, ImageLayer)
    assert group.name == "a house" and scene.document.root.children[-1].id == group.id
    assert isinstance(upper, ImageLayer) and upper.is_paintable and scene.document.active.id == upper.id
    canvas = Rect(0, 0, WIDE, HIGH)
    assert (lower.pixels.read(canvas) == 255).all()
    alpha = upper.pixels.read(canvas)[..., 3]
    assert (alpha[:, : WIDE // 2 - 3] == 255).all() and not alpha[:, WIDE // 2 + 3 :].any()
    scene.arrive(scene.finished(7))  # the second picture of the same job
    assert len(groups(scene.document)) == 2 and len(scene.document.history.entries) == entries + 1
    scene.document.history.undo()
    assert not groups(scene.document)
    scene.arrive(scene.finished())  # as where a killed job makes it again
    assert not groups(scene.document)


def test_one_picture_made_of_the_whole_lies_over_the_whole(scene):
    scene.arrive(replace(scene.finished(9), layers=None))
    layer = scene.document.root.children[-1]
    assert isinstance(layer, ResultLayer)
    assert (layer.pixels.read(Rect(0, 0, WIDE, HIGH))[..., :3] == 9).all()


def test_each_step_is_shown_where_the_layers_will_lie(scene):
    step = KeptStep(0, 1, 2, 0.5, read_only(np.full((16, 32, 3), 80, np.uint8)))
    scene.jobs.step_arrived.emit(scene.job, step)
    assert scene.stream.arriving is not None and scene.stream.arriving.rect == Rect(0, 0, WIDE, HIGH)
    scene.jobs.picture_made.emit(scene.job, scene.finished())
    scene.background.wait()
    assert scene.stream.arriving is None


class Owing:
    """A journal that owes one picture."""

    def __init__(self, path: Path, job: Job) -> None:
        self.owed = [(path, job, job.id)]

    def owed_to(self, _document: str) -> list[tuple[Path, Job, str]]:
        return self.owed


def stack_of(document_file: Path) -> Stack:
    kept = read_layers(document_file)
    assert kept is not None
    return kept


def test_the_file_keeps_the_layers_for_a_document_and_for_one_that_was_closed(scene, tmp_path):
    made = scene.finished()
    picture = FinishedPicture(scene.job, 0, made.pixels, made.recipe, layers=made.layers)
    written = write_picture(picture, Naming(tmp_path, "{number}", "jpeg", 90), None)
    assert written.path.suffix == ".png" and np.array_equal(stack_of(written.path), made.layers)
    opened = open_picture_as_document(written.path)
    assert opened.state.size == scene.request.extent and not opened.keeps_path
    for layer, told in zip(opened.state.root.children, layers_in(made.layers, 64), strict=True):
        assert isinstance(layer, ImageLayer)
        assert np.array_equal(layer.pixels.read(Rect(0, 0, 128, 64))[..., 3], told[..., 3])
    (owed,) = owed_to(Owing(written.path, scene.job), "any")  # type: ignore[arg-type]
    assert owed.layers is not None and np.array_equal(owed.layers, made.layers)
