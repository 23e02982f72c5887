"""A picture that comes when its document is closed is in it when that is opened again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from canvas_scenes import PATIENCE_MS, begin, paint_mask, results
from main_windows import main_window
from pens import picture

from desktop.raster.rect import Rect
from desktop.state.document.layers import Verdict
from desktop.state.document.results import judge, step_variant
from desktop.tools.crop import crop
from desktop.window import MainWindow
from engine.api.images import Extent
from engine.library import folders


def ask(qtbot, window: MainWindow, images: int = 1) -> None:
    """Generate was pressed; the queue rests, so that nothing comes before `finish`."""
    window.studio.generation.images = images
    window.studio.jobs.pause()
    window.generate()
    qtbot.waitUntil(lambda: bool(window.studio.jobs.queued), timeout=PATIENCE_MS)


def finish(qtbot, window: MainWindow) -> None:
    window.studio.jobs.resume()
    qtbot.waitUntil(lambda: all(job.is_over for job in window.studio.jobs.jobs), timeout=PATIENCE_MS)
    window.studio.background.wait()


def come_back(qtbot, window: MainWindow, identity: str, variants: int) -> None:
    """Wait until that document is open and its results are there."""
    studio = window.studio
    qtbot.waitUntil(lambda: studio.document.identity == identity, timeout=PATIENCE_MS)
    qtbot.waitUntil(
        lambda: [len(layer.variants) for layer in results(studio.document)] == [variants],
        timeout=PATIENCE_MS,
    )


def owes_nothing(qtbot, window: MainWindow) -> None:
    studio = window.studio
    studio.documents.flush()
    studio.background.wait()
    assert studio.journal is not None and not studio.journal.owing_jobs()


def save(window: MainWindow, path: Path) -> None:
    window.studio.files.save_as(path)
    window.studio.working.finish()


def test_an_unsaved_document_that_is_gone_on_with_gets_what_came_meanwhile(qtbot):
    with main_window(qtbot) as window:
        document, pixels = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        identity, id = document.identity, document.id
        mask = document.mask.read(document.canvas) > 0
        ask(qtbot, window, images=2)
        window.studio.documents.new(Extent(64, 64))
        finish(qtbot, window)
        assert not results(window.studio.document)
        assert sum("opened again" in text for text in window.studio.heard.texts) == 2
        window.studio.documents.reopen(folders.documents_folder() / f"{id}.sqlite")
        come_back(qtbot, window, identity, 2)
        document = window.studio.document
        (layer,) = results(document)
        seen = picture(document)[..., 2::-1]
        assert np.array_equal(seen[~mask], pixels[~mask]) and (seen[mask] != pixels[mask]).any()
        assert layer.source is not None and layer.mask is not None  # so it can be made again
        assert document.history.undo_title == "Result"
        owes_nothing(qtbot, window)


def test_a_saved_document_gets_it_where_it_belongs_though_it_was_cropped(qtbot, tmp_path):
    with main_window(qtbot) as window:
        document, pixels = begin(window)
        crop(document, Rect(30, 20, 170, 140))
        paint_mask(window, (60, 60), (90, 64))
        identity = document.identity
        mask = document.mask.read(document.canvas) > 0
        ask(qtbot, window)
        save(window, tmp_path / "house.ora")
        begin(window)  # another one
        finish(qtbot, window)
        window.studio.files.open(tmp_path / "house.ora")
        come_back(qtbot, window, identity, 1)
        document = window.studio.document
        seen, before = picture(document)[..., 2::-1], pixels[20:160, 30:200]
        assert np.array_equal(seen[~mask], before[~mask]) and (seen[mask] != before[mask]).any()
        assert document.is_modified  # the file does not have it
        save(window, tmp_path / "house.ora")
        owes_nothing(qtbot, window)
        begin(window)
        window.studio.files.open(tmp_path / "house.ora")
        come_back(qtbot, window, identity, 1)
        window.studio.background.wait()
        assert len(results(window.studio.document)) == 1


def test_it_comes_at_the_next_start_too(qtbot):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        identity, id = document.identity, document.id
        ask(qtbot, window)
        begin(window)
        finish(qtbot, window)
        window.studio.jobs.remove_finished()  # what it saw is forgotten, what it made is not
    with main_window(qtbot) as window:
        window.studio.documents.reopen(folders.documents_folder() / f"{id}.sqlite")
        come_back(qtbot, window, identity, 1)
        owes_nothing(qtbot, window)


def test_a_picture_that_was_thrown_away_is_owed_no_more(qtbot):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        identity, id = document.identity, document.id
        ask(qtbot, window)
        begin(window)
        finish(qtbot, window)
        (result,) = window.studio.pictures.items
        window.studio.pictures.remove(result)
        window.studio.background.wait()
        window.studio.documents.reopen(folders.documents_folder() / f"{id}.sqlite")
        qtbot.waitUntil(lambda: window.studio.document.identity == identity, timeout=PATIENCE_MS)
        window.studio.background.wait()
        assert not results(window.studio.document)


def test_a_result_with_its_variants_comes_back_from_a_file_and_goes_on(qtbot, tmp_path):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        ask(qtbot, window, images=3)
        finish(qtbot, window)
        step_variant(document, results(document)[0], 2)
        judge(document, results(document)[0], Verdict.ACCEPTED)
        (layer,) = results(document)
        shown, mask = picture(document), document.mask.read(document.canvas)
        save(window, tmp_path / "house.ora")
        begin(window)
        window.studio.files.open(tmp_path / "house.ora")
        come_back(qtbot, window, document.identity, 3)
        document = window.studio.document
        (again,) = results(document)
        assert np.array_equal(picture(document), shown)
        assert np.array_equal(document.mask.read(document.canvas), mask)
        assert (again.chosen, again.verdict, again.name) == (layer.chosen, Verdict.ACCEPTED, layer.name)
        for one, other in zip(layer.variants, again.variants, strict=True):
            assert one.recipe.to_json() == other.recipe.to_json()
        step_variant(document, again, 1)
        assert not np.array_equal(picture(document), shown)
        step_variant(document, results(document)[0], -1)
        assert np.array_equal(picture(document), shown)
        window.studio.remake(results(document)[0])
        qtbot.waitUntil(lambda: len(results(document)[0].variants) == 4, timeout=PATIENCE_MS)
        made = results(document)[0].variants[3].recipe
        assert made.pixels_sha256 == layer.variant.recipe.pixels_sha256
        qtbot.waitUntil(lambda: not window.is_working())
