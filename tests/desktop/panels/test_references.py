"""The References section by real events: brought in, weighed, told why not, kept through a kill."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from main_windows import main_window
from PySide6.QtCore import QMimeData, QUrl
from studios import PATIENCE_MS, wait_done
from tiny import tiny_sd, tiny_unet
from tiny_references import save_adapter, tiny_adapter, tiny_encoder

from desktop.panels.map_work import opened
from desktop.panels.references import ReferenceRow
from desktop.raster.rect import Rect
from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document import regions
from desktop.state.reference_places import bound, place_id
from desktop.state.reference_reading import Reading, read_by, reading
from desktop.widgets.dropped import take_pictures
from desktop.window import MainWindow
from engine.api.images import Extent, ImageInput
from engine.api.maps import MapKind
from engine.api.model_info import Capabilities, ModelInfo
from engine.api.rect import Rect as EngineRect
from engine.api.references import AdapterInfo, AdapterNetwork, ReferenceInput, ReferenceScope
from engine.families.family import Reads
from engine.library.depth import as_map, with_depth
from engine.library.folders import data_folder, models_folder
from engine.library.pictures import encode_plain, read_metadata


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    tiny_sd(folder / "base")
    save_adapter(folder / "my-adapter.safetensors", tiny_adapter(tiny_unet(1)))
    tiny_encoder().save_pretrained(folder / "image_encoder")
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, 30:] = (250, 120, 10)
    (tmp_path / "orange.png").write_bytes(encode_plain(pixels))
    return folder


@pytest.fixture
def window(models: Path, qtbot):
    with main_window(qtbot) as window:
        window.studio.choose_model("base")
        qtbot.waitUntil(lambda: bool(window.studio.learnt.adapters), timeout=PATIENCE_MS)
        yield window


def drop(window: MainWindow, path: Path) -> bool:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    return window.side.references.drop(take_pictures(mime))


def test_a_dropped_picture_is_taken_after_and_written_into_the_recipe(window: MainWindow, qtbot, tmp_path):
    panel, studio = window.side.references, window.studio
    assert "Drop pictures here" in panel.said.text() and panel.add.isEnabled()
    assert drop(window, tmp_path / "orange.png")
    qtbot.waitUntil(lambda: len(panel.rows) == 1, timeout=PATIENCE_MS)
    (row,) = panel.rows
    assert row.name.text() == "orange.png" and not row.thumbnail.pixmap().isNull()
    assert not row.adapter.isVisibleTo(panel), "there is only one"
    row.weight.set_value(0.6)
    row.weight.value_changed.emit(0.6)
    row.scope.setCurrentIndex(1)
    row.scope.activated.emit(1)
    (given,) = studio.generation.references
    assert (given.weight, given.scope) == (0.6, ReferenceScope.STYLE)
    studio.generation.prompt, studio.generation.steps = "a dog", 1
    studio.generation.width = studio.generation.height = 64
    window.generate()
    qtbot.waitUntil(lambda: len(studio.jobs.jobs) == 1, timeout=PATIENCE_MS)
    (job,) = studio.jobs.jobs
    wait_done(qtbot, job)
    recipe = read_metadata(job.results[0].path).recipe
    assert recipe is not None
    assert [use.adapter for use in recipe.references] == ["my-adapter"]
    assert given.image.sha256 in recipe.maps
    row.remove.click()
    assert not panel.rows and not studio.generation.references
    studio.take_settings_from(job.results[0].path)
    qtbot.waitUntil(lambda: len(panel.rows) == 1, timeout=PATIENCE_MS)
    assert studio.generation.references[0].weight == 0.6
    info, studio.generation.prompt = studio.generation.info, ""
    assert info is not None and window.generating._needs_words()
    able = replace(info.capabilities, adapters=False, references=1, reference_or_words=True)
    studio.generation.info = replace(info, capabilities=able)
    assert not window.generating._needs_words(), "it draws after the picture alone"


def test_a_model_that_cannot_says_why_and_draws_all_the_same(window: MainWindow, qtbot, tmp_path):
    panel, studio = window.side.references, window.studio
    drop(window, tmp_path / "orange.png")
    qtbot.waitUntil(lambda: len(panel.rows) == 1, timeout=PATIENCE_MS)
    studio.choose_model("starter")
    qtbot.waitUntil(lambda: "No IP-Adapter for this model" in panel.said.text(), timeout=PATIENCE_MS)
    assert "left out" in panel.said.text()
    assert not panel.add.isEnabled() and not panel.rows[0].weight.isEnabled()
    assert not studio.generation.to_request().references
    studio.choose_model("toy")
    qtbot.waitUntil(lambda: "cannot take after pictures" in panel.said.text(), timeout=PATIENCE_MS)
    studio.choose_model("base")
    qtbot.waitUntil(panel.can_add, timeout=PATIENCE_MS)
    assert len(studio.generation.to_request().references) == 1


def test_one_bound_to_a_painted_place_comes_back_with_that_place(window: MainWindow, qtbot, tmp_path):
    panel, studio, told = window.side.references, window.studio, []
    drop(window, tmp_path / "orange.png")
    qtbot.waitUntil(lambda: len(panel.rows) == 1, timeout=PATIENCE_MS)
    (row,), document = panel.rows, studio.document
    assert row.where.isHidden()
    empty = regions.add(document, "Place 1")
    coverage = Tiles(Kind.COVERAGE)
    coverage.fill(Rect(0, 0, document.size.width // 2, document.size.height), 255)
    left = regions.add(document, "Place 2", coverage)
    assert [row.where.itemText(at) for at in range(3)] == ["Everywhere", "In place 1", "In place 2"]
    studio.generation.prompt, studio.generation.steps = "a dog", 1
    studio.generation.width = studio.generation.height = 64
    studio.messages.said.connect(lambda _, text: told.append(text))
    row.where.setCurrentIndex(1)
    row.where.activated.emit(1)
    assert place_id(studio.generation.references[0]) == empty.id
    window.generate()
    qtbot.waitUntil(lambda: bool(told), timeout=PATIENCE_MS)
    assert "nothing is painted there" in told[-1] and not studio.jobs.jobs
    row.where.setCurrentIndex(2)
    row.where.activated.emit(2)
    window.generate()
    qtbot.waitUntil(lambda: len(studio.jobs.jobs) == 1, timeout=PATIENCE_MS)
    (job,) = studio.jobs.jobs
    wait_done(qtbot, job)
    (given,) = job.request.references
    seen = given.place.read(EngineRect.of(given.place.extent))
    half = seen.shape[1] // 2
    assert (seen[:, :half] == 255).all() and not seen[:, half:].any() and not given.extra
    regions.remove(document, left.id)
    assert row.where.currentText() == "In a place that is gone"
    studio.take_settings_from(job.results[0].path)
    qtbot.waitUntil(lambda: len(document.regions) == 2, timeout=PATIENCE_MS)
    brought = document.regions[-1]
    assert brought.prompt == "" and place_id(studio.generation.references[0]) == brought.id
    assert panel.rows[0].where.currentText() == "In place 2"


def test_they_come_back_after_a_kill(models: Path, qtbot, tmp_path):
    with main_window(qtbot) as window:
        window.studio.choose_model("base")
        qtbot.waitUntil(lambda: bool(window.studio.learnt.adapters), timeout=PATIENCE_MS)
        drop(window, tmp_path / "orange.png")
        qtbot.waitUntil(lambda: len(window.side.references.rows) == 1, timeout=PATIENCE_MS)
        window.studio.references.change(0, weight=0.4)
    (kept,) = (data_folder() / "references").glob("*.png")
    with main_window(qtbot) as window:
        (given,) = window.studio.generation.references
        qtbot.waitUntil(
            lambda: window.studio.generation.references[0].image.pixels is not None, timeout=PATIENCE_MS
        )
        assert given.weight == 0.4 and kept.stem == given.image.sha256
        qtbot.waitUntil(
            lambda: not window.side.references.rows[0].thumbnail.pixmap().isNull(), timeout=PATIENCE_MS
        )
        window.studio.references.remove(0)
    assert not list((data_folder() / "references").glob("*.png"))


def picture(value: int) -> ImageInput:
    return ImageInput.of(np.full((4, 4, 3), value, np.uint8))


def test_what_a_model_reads_is_said_as_it_reads_it():
    given = [ReferenceInput(picture(1), 0.5), ReferenceInput(picture(2), scope=ReferenceScope.STYLE)]
    adapters = [AdapterInfo("one", Path("one")), AdapterInfo("two", Path("two"))]
    able = ModelInfo("m", "m", "sdxl", capabilities=Capabilities(adapters=True))
    itself = ModelInfo("m", "m", "flux2", capabilities=Capabilities(references=1))
    edits = ModelInfo("m", "m", "flux1", capabilities=Capabilities(references=1, needs_picture=True))
    both = [replace(one, joined=True) for one in given]
    assert [one.joined for one in read_by(both, able, adapters, False)] == [False, True]
    redux = [replace(one, network=AdapterNetwork.REDUX) for one in adapters]
    assert [one.joined for one in read_by(both, able, redux, False)] == [False, False]
    assert reading(able, []) is Reading.NO_ADAPTER
    assert reading(ModelInfo("m", "m", "dit"), adapters) is Reading.NOT
    assert [one.adapter for one in read_by(given, able, adapters, False)] == ["one", "one"]
    (whole,) = read_by(given, itself, [], True)
    assert (whole.weight, whole.image) == (1.0, picture(1))
    weighing = replace(itself, capabilities=replace(itself.capabilities, weighs_references=True))
    (heavy,) = read_by([replace(given[0], weight=0.3)], weighing, [], False)
    assert heavy.weight == 0.3
    boxed = ModelInfo("m", "m", "sd", capabilities=Capabilities(references=8, boxes=True, box_pictures=True))
    assert reading(boxed, adapters) is Reading.BOXES
    asked = [*given, replace(bound(given[1], "place"), adapter="one")]
    asked.append(replace(given[0], scope=ReferenceScope.COMPOSITION))
    read = read_by(asked, boxed, adapters, False)
    assert [one.scope.value for one in read] == ["all", "style", "all", "all"]
    assert [place_id(one) for one in read] == ["", "", "place", ""]
    assert read[0].weight == 0.5 and not any(one.adapter for one in read)
    assert not read_by(given, edits, [], True) and len(read_by(given, edits, [], False)) == 1
    assert not read_by(given, able, [], False)


def test_a_subject_is_named_in_its_row_and_boxes_take_over_no_composition(qtbot):
    told: list[dict[str, object]] = []
    able = Capabilities(references=1, subjects=True, reference_scopes=False)
    generation = SimpleNamespace(info=ModelInfo("m", "m", "blip_diffusion", capabilities=able))
    studio: Any = SimpleNamespace(
        generation=generation,
        document=SimpleNamespace(regions=()),
        references=SimpleNamespace(change=lambda number, **fields: told.append(fields)),
    )
    row = ReferenceRow(studio, 0)
    qtbot.addWidget(row)
    row.show_reference(ReferenceInput(picture(1), becomes="cat"), Reading.ITSELF, ())
    assert row.subject.isVisibleTo(row) and row.becomes.text() == "cat"
    qtbot.keyClicks(row.subject, "dog")
    assert told[-1] == {"subject": "dog"}
    boxed = Capabilities(references=8, boxes=True, box_pictures=True)
    generation.info = ModelInfo("m", "m", "stable_diffusion", capabilities=boxed)

    def chosen(given: ReferenceInput) -> list[bool]:
        row.show_reference(given, Reading.BOXES, ())
        model: Any = row.scope.model()
        return [model.item(number).isEnabled() for number in range(row.scope.count())]

    assert chosen(ReferenceInput(picture(1))) == [True, True, False]
    assert chosen(bound(ReferenceInput(picture(1)), "place")) == [True, False, False]
    assert row.weight.isVisibleTo(row) and not row.subject.isVisibleTo(row)
    row.show_reference(ReferenceInput(picture(1)), Reading.ADAPTERS, ())
    assert all(row.scope.model().item(number).isEnabled() for number in range(3))  # type: ignore[attr-defined]


def test_a_map_of_depth_is_the_one_that_a_picture_holds(tmp_path: Path):
    near = np.repeat(np.linspace(0, 65535, 64).astype(np.uint16)[:, None], 64, axis=1)
    path = tmp_path / "room.png"
    path.write_bytes(with_depth(encode_plain(np.zeros((64, 64, 3), np.uint8)), near))
    taken = opened(path, Extent(64, 64), MapKind.DEPTH)
    drawn = taken.tiles.read(Rect.whole(Extent(64, 64)))
    assert taken.is_map and np.array_equal(drawn[..., 0], as_map(near)[..., 0])
    assert not opened(path, Extent(64, 64), MapKind.LINES).is_map


def test_a_picture_is_joined_to_the_one_above_in_its_row(window: MainWindow):
    panel, generation = window.side.references, window.studio.generation
    info = generation.info
    assert info is not None
    generation.use_model(replace(info, name="able", capabilities=replace(info.capabilities, adapters=True)))
    generation.adapters = (AdapterInfo("one", Path("one")),)
    generation.references = (ReferenceInput(picture(1), 0.5), ReferenceInput(picture(2)))
    first, second = panel.rows
    assert first.joined.isHidden() and not second.joined.isHidden() and not second.weight.isHidden()
    second.joined.click()
    assert [one.joined for one in generation.references_read()] == [False, True]
    assert panel.rows[1].weight.isHidden() and panel.rows[1].joined.isChecked()


def test_an_instructed_model_shows_how_closely_it_keeps_to_its_picture(window: MainWindow, qtbot):
    settings, studio = window.side.settings, window.studio
    assert not settings.picture_row.isVisibleTo(settings)
    tiny_sd(models_folder() / "instructed", reads=Reads.PICTURE)
    studio.models.scan(studio.settings.model_folders)
    qtbot.waitUntil(lambda: studio.models.get("instructed") is not None, timeout=PATIENCE_MS)
    studio.choose_model("instructed")
    qtbot.waitUntil(lambda: settings.picture_row.isVisibleTo(settings), timeout=PATIENCE_MS)
    settings.image_guidance.set_value(2.0)
    settings.image_guidance.value_changed.emit(2.0)
    assert studio.generation.image_guidance == 2.0


def test_a_model_that_is_shown_what_to_do_asks_for_pairs(window: MainWindow, qtbot):
    panel, generation = window.side.references, window.studio.generation
    info = generation.info
    assert info is not None
    able = replace(info.capabilities, references=6, reference_pairs=True)
    generation.use_model(replace(info, name="rows", capabilities=able))
    assert "before and after" in panel.said.text()
    image = ImageInput.of(np.zeros((8, 8, 3), np.uint8), "before.png")
    generation.references = (ReferenceInput(image),)
    assert "after" in panel.said.text() and "before" not in panel.said.text()
    generation.references = (ReferenceInput(image), ReferenceInput(image))
    assert not panel.said.text()
