"""Pictures and canvases made larger in the window: queued, made by the real engine, saved, offered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from studios import PATIENCE_MS, heard, studio_with_toy, wait_done
from tiny_upscalers import SRVGG, tiny_upscaler

from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import layer_commands, regions
from desktop.state.document_file.picture_out import ExportOptions, export_picture
from desktop.state.editing.changing import Seen, empty_coverage
from desktop.state.editing.editing import has_empty_edge
from desktop.state.enlarging import Wishes, with_picture
from desktop.state.studio import Studio
from desktop.tools.copying import copied
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.api.upscale import Upscale
from engine.library.pictures import encode_image, encode_picture, open_layer


@pytest.fixture
def studio(qtbot, tmp_path: Path) -> Iterator[Studio]:
    tiny_upscaler(tmp_path / "models" / "compact.safetensors", SRVGG)
    with studio_with_toy(qtbot) as studio:
        studio.settings.model_folders = [str(tmp_path / "models")]
        yield studio


def wait_for_jobs(qtbot, studio: Studio, count: int):
    qtbot.waitUntil(lambda: len(studio.jobs.jobs) == count, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: all(job.is_over for job in studio.jobs.jobs), timeout=PATIENCE_MS)
    assert [job.error for job in studio.jobs.jobs] == [None] * count
    wait_done(qtbot, *studio.jobs.jobs)
    return [job.results[0] for job in studio.jobs.jobs]


def test_chosen_pictures_are_enlarged_and_keep_their_alpha(qtbot, studio: Studio, tmp_path: Path):
    pixels = np.full((20, 30, 3), 90, np.uint8)
    path, holed = tmp_path / "a.png", np.dstack([pixels, np.full((20, 30), 255, np.uint8)])
    path.write_bytes(encode_picture(pixels, Recipe(GenerationRequest("toy", "a red boat"))))
    holed[:10, :, 3] = 0
    (tmp_path / "b.png").write_bytes(encode_image(holed))
    studio.enlarging.enlarge_files([path, tmp_path / "b.png"], Wishes(Upscale(2.0, "compact"), 0.2))
    made = {
        result.recipe.request.image.name: result
        for result in wait_for_jobs(qtbot, studio, 2)
        if result.recipe is not None and result.recipe.request.image is not None
    }
    assert made["a.png"].recipe.upscale.network == "compact"
    plain = open_layer(made["a.png"].path)
    assert plain.rgb.shape == (40, 60, 3) and plain.alpha is None
    alpha = open_layer(made["b.png"].path).alpha
    assert alpha is not None and alpha[:18].max() == 0 and alpha[22:].min() == 255


def test_a_canvas_is_enlarged_beside_itself_and_offered_as_a_document(qtbot, studio: Studio):
    studio.documents.open_pixels(np.full((24, 16, 3), 60, np.uint8), "sea.png")
    document = studio.document
    studio.enlarging.enlarge_canvas(document, Wishes(Upscale(3.0), 0.2))
    (result,) = wait_for_jobs(qtbot, studio, 1)
    assert open_layer(result.path).rgb.shape == (72, 48, 3)
    assert studio.document is document and document.state.size == (16, 24)
    offer = next(offer for offer in heard(studio).offers if result.name in offer.text)
    with qtbot.waitSignal(studio.documents.changed, timeout=PATIENCE_MS):
        offer.action()
    qtbot.waitUntil(lambda: studio.document.state.size == (48, 72), timeout=PATIENCE_MS)


def test_the_words_of_what_is_refined_are_the_pictures_own(qtbot, studio: Studio, tmp_path: Path):

    path = tmp_path / "a.png"
    recipe = Recipe(GenerationRequest("toy", "a red boat"))
    path.write_bytes(encode_picture(np.full((20, 30, 3), 90, np.uint8), recipe))
    base = GenerationRequest("starter", "another prompt")
    refined = with_picture(base, Wishes(Upscale(2.0, refine=True), 0.2), path, studio.journal)
    assert (refined.prompt, refined.extent) == ("a red boat", (60, 40))
    assert with_picture(base, Wishes(Upscale(2.0), 0.2), path, None).prompt == ""
    assert refined.image is not None and studio.journal is not None
    assert studio.journal.get_input(refined.image.sha256) is not None


def test_the_networks_in_the_folders_are_listed(qtbot, studio: Studio):
    with qtbot.waitSignal(studio.enlarging.networks_changed):
        studio.enlarging.look()
    assert [(info.name, info.scale) for info in studio.enlarging.networks] == [("compact", 4)]


def test_a_file_that_is_no_picture_is_named(qtbot, studio: Studio, tmp_path: Path):
    (tmp_path / "c.png").write_bytes(b"no picture")
    studio.enlarging.enlarge_files([tmp_path / "c.png"], Wishes(Upscale(2.0), 0.2))
    qtbot.waitUntil(lambda: any("c.png" in text for text in heard(studio).texts), timeout=PATIENCE_MS)
    assert not studio.jobs.jobs


def test_places_with_words_are_no_part_of_the_picture_wherever_it_goes(studio: Studio, tmp_path: Path):
    studio.documents.open_pixels(np.full((24, 16, 3), 60, np.uint8), "sea.png")
    document = studio.document
    everywhere = Tiles(Kind.COVERAGE)
    everywhere.write(document.canvas, np.full((24, 16), 255, np.uint8))
    regions.add(document, "Place 1", everywhere)
    request = with_picture(GenerationRequest("toy"), Wishes(Upscale(2.0), 0.2), document, None)
    assert request.image is not None and (request.image.pixels == 60).all()
    export_picture(tmp_path / "sea.png", document.state, ExportOptions("png"))
    assert (open_layer(tmp_path / "sea.png").rgb == 60).all()
    clip = copied(document, merged=True)
    assert clip is not None and (clip[..., :3] == 60).all()
    assert not has_empty_edge(document)
    layer_commands.set_shown(document, document.root.children[0], False)
    assert has_empty_edge(document) and empty_coverage(Seen.of(document)).keys()
