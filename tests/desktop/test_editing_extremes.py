"""Edits at the ends of what there is: the least and the largest canvas, many places, a model that cannot."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from canvas_scenes import PATIENCE_MS, begin, paint_mask, results
from main_windows import main_window
from pens import picture
from studios import studio_with_toy
from toy_engine import ToyEngine

from desktop.raster.rect import Rect
from desktop.state.editing.edit_settings import Intent
from desktop.state.jobs import JobState
from desktop.state.studio import Studio
from engine.api.control import Control
from engine.api.events import Event, Step
from engine.api.images import Extent
from engine.api.request import GenerationRequest


class PatientEngine(ToyEngine):
    """Rests in the middle of its second place until it is asked to stop."""

    def run(self, job_id: str, request: GenerationRequest, control: Control) -> Iterator[Event]:
        asked = threading.Event()
        control.listen(asked.set)
        for event in super().run(job_id, request, control):
            yield event
            if isinstance(event, Step) and event.place_index == 1:
                assert asked.wait(PATIENCE_MS / 1000)


def edit(qtbot, studio: Studio, *rects: Rect) -> None:
    """Generate for a mask of these rectangles, and wait for the result."""
    document = studio.document
    with document.begin("Mask"):
        for rect in rects:
            document.mask.fill(rect, 255)
    studio.edit.intent = Intent.PAINTED
    studio.generate()
    qtbot.waitUntil(lambda: bool(results(document)) and studio.jobs.running is None, timeout=PATIENCE_MS)
    studio.background.wait()


def test_the_smallest_canvas_is_edited_undone_saved_and_opened(qtbot, tmp_path):
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        studio.documents.open_pixels(np.full((1, 1, 3), 90, np.uint8), "dot")
        studio.generation.prompt = "snow"
        edit(qtbot, studio, Rect(0, 0, 1, 1))
        document = studio.document
        changed = picture(document)
        assert changed.shape == (1, 1, 4) and changed[0, 0, 3] == 255
        report = results(document)[0].variant.recipe.edit
        assert (report.kept_pixels, report.kept_changed) == (0, 0)
        document.history.undo()
        assert picture(document)[0, 0].tolist() == [90, 90, 90, 255]
        document.history.redo()
        studio.files.save_as(tmp_path / "dot.ora")
        studio.working.finish()
        studio.documents.new(Extent(8, 8))
        studio.files.open(tmp_path / "dot.ora")
        studio.working.finish()
        assert studio.document.size == Extent(1, 1) and np.array_equal(picture(studio.document), changed)


def test_the_largest_canvas_is_edited_in_its_corner_and_nothing_dense_is_made_of_it(qtbot, tmp_path):
    side = 16_384
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        document = studio.documents.new(Extent(side, side))
        corner = Rect(side - 300, side - 200, 300, 200)
        with document.begin("Paint"):
            document.active.pixels.fill(corner, (10, 20, 30, 255))
        studio.generation.prompt = "snow"
        place = Rect(side - 120, side - 90, 100, 80)
        edit(qtbot, studio, place)
        (layer,) = results(document)
        tiles = sum(len(store.keys()) for store in document.state.stores())
        assert tiles < 300  # of the 4,096 that such a canvas has
        seen = document.composite.flattened(corner)
        inside = np.zeros((200, 300), bool)
        inside[110:190, 180:280] = True
        assert (seen[~inside] == (10, 20, 30, 255)).all() and (seen[inside] != (10, 20, 30, 255)).any()
        report = layer.variant.recipe.edit
        assert report.kept_changed == 0 and report.kept_pixels > 0
        studio.files.save_as(tmp_path / "large.ora")
        studio.working.finish()
        studio.documents.new(Extent(8, 8))
        studio.files.open(tmp_path / "large.ora")
        studio.working.finish()
        document = studio.document
        assert document.size == Extent(side, side)
        assert np.array_equal(document.composite.flattened(corner), seen)


def test_stopped_in_the_second_of_three_places_the_first_is_whole_and_the_third_as_it_was(qtbot):
    with studio_with_toy(qtbot, PatientEngine()) as studio:
        pixels = np.random.default_rng(1).integers(0, 256, (200, 900, 3)).astype(np.uint8)
        studio.documents.open_pixels(pixels, "wall")
        studio.generation.prompt, studio.generation.steps = "snow", 4
        steps: list[int] = []

        def stop(_job: object, kept) -> None:
            steps.append(kept.place_index)
            if kept.place_index == 1 and steps.count(1) == 1:
                studio.jobs.stop_and_keep()

        studio.jobs.step_arrived.connect(stop)
        places = [Rect(20 + 400 * column, 40, 60, 60) for column in range(3)]
        edit(qtbot, studio, *places[:2], places[2].moved(-40, 0))
        (job,) = studio.jobs.jobs
        assert job.state is JobState.DONE and set(steps) == {0, 1}
        recipe = results(studio.document)[0].variant.recipe
        assert recipe.stopped_at is not None and recipe.edit.kept_changed == 0
        seen = picture(studio.document)[..., 2::-1]
        changed = (seen != pixels).any(axis=2)
        assert changed[40:100, 20:80].mean() > 0.9
        assert changed[40:100, 420:480].any() and not changed[40:100, 780:840].any()


def test_a_model_that_makes_pictures_from_words_alone_says_so_in_the_panel_and_changes_nothing(qtbot):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        info = window.studio.models.get("toy")
        assert info is not None
        words_alone = replace(info, capabilities=replace(info.capabilities, image_to_image=False))
        window.studio.generation.knows_model(words_alone)
        paint_mask(window, (60, 60), (90, 64))
        qtbot.waitUntil(lambda: "words alone" in window.side.edit.facts.text())
        window.generate()
        qtbot.waitUntil(lambda: any("words alone" in text for text in window.studio.heard.texts))
        assert not window.studio.jobs.jobs and not results(document)
        window.studio.generation.knows_model(info)
        window.studio.editing.sight.look_again()
        qtbot.waitUntil(lambda: "crop" in window.side.edit.facts.text())


@pytest.mark.parametrize("size", [(1, 40), (40, 1), (3, 2)])
def test_slivers_are_edited_too(qtbot, size):
    width, height = size
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3)).astype(np.uint8)
        studio.documents.open_pixels(pixels, "sliver")
        studio.generation.prompt = "snow"
        edit(qtbot, studio, Rect(0, 0, 1, 1))
        seen = picture(studio.document)[..., 2::-1].copy()
        seen[0, 0] = pixels[0, 0]
        assert np.array_equal(seen, pixels)
