"""The window of one who paints a mask and generates: what changes, where it comes, what one can do then."""

from __future__ import annotations

import numpy as np
import pytest
from canvas_scenes import PATIENCE_MS, begin, paint_mask, results
from main_windows import main_window, spoken
from pens import picture
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox
from tiny import tiny_sd

from desktop.panels.durations import estimate
from desktop.panels.side_column import NARROWEST_PX
from desktop.raster.rect import Rect
from desktop.state.document import masks
from desktop.state.document.document_state import MaskMode
from desktop.state.document.layers import ResultLayer, Verdict
from desktop.state.editing.changing import Seen, changing
from desktop.state.editing.edit_settings import EditSettings, Intent
from desktop.widgets.choice import Choice
from desktop.window import MainWindow
from engine.api.edit import EditMode, FillMode
from engine.families.family import Reads
from engine.library.folders import models_folder


def generate(qtbot, window: MainWindow, variants: int = 1) -> ResultLayer:
    window.generate()
    document = window.studio.document
    qtbot.waitUntil(
        lambda: (
            not window.is_working() and any(len(layer.variants) == variants for layer in results(document))
        ),
        timeout=PATIENCE_MS,
    )
    layer = document.active
    assert isinstance(layer, ResultLayer)
    return layer


def test_what_is_painted_changes_and_nothing_else_and_the_app_says_so(qtbot):
    with main_window(qtbot) as window:
        document, pixels = begin(window)
        paint_mask(window, (60, 60), (90, 64), (120, 60))
        assert window.studio.edit.intent is Intent.PAINTED
        layer = generate(qtbot, window)
        seen = picture(document)[..., 2::-1]
        painted = document.mask.read(document.canvas) > 0
        assert painted.any() and np.array_equal(seen[~painted], pixels[~painted])
        assert (seen[painted] != pixels[painted]).any()
        report = layer.variant.recipe.edit
        assert (report.kept_changed, report.kept_pixels) == (0, int((~painted).sum()))
        assert window.work.result.isVisible()
        assert window.work.result.facts.text().startswith(f"0 of {report.kept_pixels:,} kept pixels changed")


def test_before_generating_one_sees_what_the_model_will_see(qtbot):
    with main_window(qtbot) as window:
        begin(window)
        assert window.studio.editing.sight.sight is None
        paint_mask(window, (60, 60), (90, 64))
        qtbot.waitUntil(lambda: window.studio.editing.sight.sight is not None)
        sight = window.studio.editing.sight.sight
        assert len(sight.crops) == 1 and sight.paste and sight.denoising
        assert "0 of" in window.canvas.facts.text() and "crop" in window.side.edit.facts.text()
        masks.clear(window.studio.document)
        qtbot.waitUntil(lambda: window.studio.editing.sight.sight is None)
        assert window.studio.edit.intent is Intent.NEW


def test_what_the_model_will_see_is_said_as_soon_as_the_model_is_known(qtbot):
    with main_window(qtbot) as window:
        begin(window)
        generation, maker = window.studio.generation, window.studio.editing.sight
        known, generation.info = generation.info, None  # as at a start with a canvas of the last time
        paint_mask(window, (60, 60), (90, 64))
        qtbot.wait(100)
        assert maker.sight is None and known is not None
        generation.knows_model(known)
        qtbot.waitUntil(lambda: maker.sight is not None, timeout=PATIENCE_MS)


def test_a_picture_on_its_way_comes_where_it_belongs_and_lets_show_what_stays(qtbot):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        came = []
        window.studio.generation.steps = 40  # the first ones may be quicker than the masks
        stream = window.studio.editing.stream
        stream.changed.connect(lambda: came.append(stream.arriving))
        generate(qtbot, window)
        arrived = [arriving for arriving in came if arriving is not None]
        assert arrived and came[-1] is None
        assert arrived[-1].rect.meets(document.canvas)
        alphas = [arrived[-1].image.pixelColor(x, 0).alpha() for x in range(arrived[-1].image.width())]
        assert min(alphas) == 0  # its upper edge lies outside the mask


def test_pictures_of_one_request_are_stepped_through_in_place(qtbot):
    with main_window(qtbot) as window:
        document, pixels = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        window.studio.generation.images = 2
        layer = generate(qtbot, window, variants=2)
        bar = window.work.result
        second = picture(document)
        assert (layer.chosen, bar.which.text()) == (1, "2 of 2")
        bar.previous.click()
        assert bar.which.text() == "1 of 2" and not np.array_equal(picture(document), second)
        bar.before.click()
        assert np.array_equal(picture(document)[..., 2::-1], pixels)
        bar.before.click()
        bar.discard.click()
        assert results(document)[0].verdict is Verdict.DISCARDED
        assert np.array_equal(picture(document)[..., 2::-1], pixels)
        window.undo()
        window.undo()
        assert np.array_equal(picture(document), second)


def test_a_result_is_made_again_and_varied_into_its_own_layer(qtbot):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        first = generate(qtbot, window)
        window.work.result.again.click()
        qtbot.waitUntil(lambda: len(results(document)[0].variants) == 2, timeout=PATIENCE_MS)
        again = results(document)[0].variants[1]
        assert again.recipe.pixels_sha256 == first.variant.recipe.pixels_sha256
        window.work.result.vary.click()
        qtbot.waitUntil(lambda: len(results(document)[0].variants) == 3, timeout=PATIENCE_MS)
        varied = results(document)[0].variants[2]
        assert varied.recipe.pixels_sha256 != again.recipe.pixels_sha256
        qtbot.waitUntil(lambda: not window.is_working())


def test_who_asks_for_another_variant_of_an_older_one_sees_it(qtbot):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        window.studio.generation.images = 2
        generate(qtbot, window, variants=2)
        bar = window.work.result
        bar.previous.click()
        window.studio.generation.images = 1
        bar.vary.click()
        qtbot.waitUntil(lambda: len(results(document)[0].variants) == 3, timeout=PATIENCE_MS)
        assert bar.which.text() == "3 of 3"
        qtbot.waitUntil(lambda: not window.is_working())
        bar.vary.click()
        bar.next.click()  # one looks at another meanwhile: that one stays
        qtbot.waitUntil(lambda: len(results(document)[0].variants) == 4, timeout=PATIENCE_MS)
        assert bar.which.text() == "1 of 4"
        qtbot.waitUntil(lambda: not window.is_working())


def test_a_result_comes_though_the_handles_of_transform_are_in_hand(qtbot):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        window.bench.take_up("transform")
        assert not document.is_busy
        layer = generate(qtbot, window)
        assert document.active is layer and not document.is_busy
        window.undo()
        assert not results(document)


@pytest.mark.parametrize("code", ["en", "es"])
def test_in_a_narrow_window_one_reads_that_nothing_kept_has_changed(qtbot, tmp_path, code):
    with spoken(code, tmp_path), main_window(qtbot, 960, 600) as window:
        begin(window)
        paint_mask(window, (60, 60), (90, 64))
        generate(qtbot, window)
        bar = window.work.result
        promise = bar.facts.text().split("·")[0]
        qtbot.waitUntil(lambda: bar.facts.width() >= bar.facts.fontMetrics().horizontalAdvance(promise))
        assert not bar.accept.text() and bar.accept.accessibleName() == bar.accept.toolTip()
        assert bar.before.toolTip() != bar.before.accessibleName()
        window.window().resize(1440, 900)
        window.resize(1440, 900)
        qtbot.waitUntil(lambda: bool(bar.accept.text()))


def test_a_keep_mask_lets_everything_else_change(qtbot):
    with main_window(qtbot) as window:
        document, pixels = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        masks.set_mode(document, MaskMode.KEEP)
        generate(qtbot, window)
        kept = document.mask.read(document.canvas) == 255
        seen = picture(document)[..., 2::-1]
        assert kept.any() and np.array_equal(seen[kept], pixels[kept])
        assert (seen[~kept] != pixels[~kept]).any(axis=-1).mean() > 0.5


def test_keep_chosen_from_the_list_is_kept_with_the_document_and_meant(qtbot):
    """By keys, as the list has them; what is journaled and asked for is what the bar says."""
    with main_window(qtbot) as window:
        document, _ = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        window.bench.take_up("mask_brush")
        lists = window.work.options.findChildren(Choice)
        (mode,) = (one for one in lists if one.findText("Keep what is painted") >= 0)
        mode.setFocus()
        QTest.keyClick(mode, Qt.Key.Key_Down)
        assert document.mask_mode is MaskMode.KEEP
        window.studio.documents.flush()
        assert changing(Seen.of(document), Intent.PAINTED).mode is EditMode.KEEP


def test_a_canvas_made_larger_waits_to_be_filled(qtbot):
    with main_window(qtbot) as window:
        document, pixels = begin(window)
        from desktop.tools.crop import crop

        crop(document, Rect(-40, 0, 240, 160))
        assert window.studio.edit.intent is Intent.EMPTY
        assert window.studio.edit.fill is FillMode.EDGE
        generate(qtbot, window)
        seen = picture(document)
        assert (seen[..., 3] == 255).all() and np.array_equal(seen[:, 40:, 2::-1], pixels)
        qtbot.waitUntil(lambda: window.studio.editing.sight.is_filled)
        paint_mask(window, (60, 60), (90, 64))  # what was empty is filled: the mask says what is next
        assert window.studio.edit.intent is Intent.PAINTED


def test_a_filled_extension_is_drawn_anew_with_the_present_words_as_another_variant(qtbot):
    with main_window(qtbot) as window:
        document, pixels = begin(window)
        from desktop.tools.crop import crop

        crop(document, Rect(-40, 0, 240, 160))
        filled = generate(qtbot, window)
        window.studio.generation.prompt = "another sea"
        qtbot.waitUntil(lambda: window.studio.editing.sight.is_filled)
        assert "another variant" in window.side.edit.facts.text().replace("\N{NO-BREAK SPACE}", " ")
        crop(document, Rect(0, -8, 240, 168))  # both moved meanwhile, and filled again above
        window.studio.edit.intent = Intent.EMPTY
        window.generate()
        qtbot.waitUntil(lambda: len(results(document)) == 2 and not window.is_working(), timeout=PATIENCE_MS)
        document.activate(document.layer(filled.id))
        again = generate(qtbot, window, variants=2)
        assert again.id == filled.id and len(results(document)) == 2
        assert [one.recipe.request.prompt for one in again.variants][1] == "another sea"
        first, second = (one.tiles.read(Rect(0, 0, 240, 160)) for one in again.variants)
        assert (first[:, :40] != second[:, :40]).any() and (first[..., 3] == second[..., 3]).all()
        seen = picture(document)
        assert (seen[..., 3] == 255).all() and np.array_equal(seen[8:, 40:, 2::-1], pixels)


def test_of_two_fills_of_one_place_the_one_that_is_seen_gets_the_variant(qtbot):
    """The second was asked for before the first was there."""
    with main_window(qtbot) as window:
        document, _ = begin(window)
        from desktop.tools.crop import crop

        crop(document, Rect(-40, 0, 240, 160))
        for number in (1, 2):
            window.generate()
            qtbot.waitUntil(lambda number=number: len(window.studio.jobs.jobs) == number)
        qtbot.waitUntil(lambda: len(results(document)) == 2 and not window.is_working(), timeout=PATIENCE_MS)
        seen = results(document)[-1]
        document.activate(document.root.children[0])
        window.generate()
        qtbot.waitUntil(lambda: len(document.layer(seen.id).variants) == 2, timeout=PATIENCE_MS)


def test_the_smallest_extension_of_an_edge_is_filled_also_with_a_mask_and_taken_back_it_is_not(qtbot):
    """It may lie inside tiles that are there already; a canvas that only comes back has nothing to fill."""
    with main_window(qtbot) as window:
        document, _ = begin(window)
        from desktop.tools.crop import crop

        edit = window.studio.edit
        crop(document, Rect(0, 0, 210, 160))
        assert edit.intent is Intent.EMPTY
        document.history.undo()
        assert edit.intent is Intent.NEW
        paint_mask(window, (60, 60), (90, 64))
        assert edit.intent is Intent.PAINTED
        crop(document, Rect(0, 0, 200, 165))
        assert edit.intent is Intent.EMPTY
        document.history.undo()
        assert edit.intent is Intent.PAINTED
        crop(document, Rect(10, 10, 100, 100))
        crop(document, Rect(-10, -10, 200, 160))
        assert edit.intent is Intent.PAINTED


def test_the_seam_of_what_extends_a_picture_is_not_measured_against_white(qtbot):
    with main_window(qtbot) as window:
        document = window.painting.open_picture(np.full((160, 200, 3), (40, 90, 60), np.uint8), "wall")
        window.studio.generation.prompt = "snow"
        from desktop.tools.crop import crop

        crop(document, Rect(0, 0, 280, 160))
        report = generate(qtbot, window).variant.recipe.edit
        assert report.kept_changed == 0 and report.places[0].seam.own < 1


def test_with_nothing_painted_generate_says_what_to_do(qtbot):
    with main_window(qtbot) as window:
        begin(window)
        window.studio.edit.intent = Intent.REMOVE
        window.generate()
        qtbot.waitUntil(lambda: any("mask brush" in text for text in window.studio.heard.texts))
        assert not window.studio.jobs.jobs


def test_an_instructed_model_without_a_picture_is_offered_the_one_on_the_canvas(qtbot, tmp_path):
    tiny_sd(models_folder() / "instructed", reads=Reads.PICTURE)
    with main_window(qtbot) as window:
        studio = window.studio
        studio.choose_model("instructed")
        qtbot.waitUntil(lambda: studio.generation.model == "instructed", timeout=30_000)
        studio.generation.prompt = "make it snow"
        with qtbot.waitSignal(studio.messages.offered) as offered:
            window.generate()
        assert offered.args[0].text == "There is no picture to change yet."
        studio.documents.open_pixels(np.full((64, 64, 3), 60, np.uint8), "sea.png")
        assert "changes a picture" in window.side.edit.facts.text()
        with qtbot.waitSignal(studio.messages.offered) as offered:
            window.generate()
        offered.args[0].action()
        assert studio.edit.intent is Intent.WHOLE
        qtbot.waitUntil(lambda: len(studio.jobs.jobs) == 1, timeout=30_000)
        studio.jobs.cancel_all()


def test_where_no_picture_is_there_generate_offers_to_open_one_to_change(qtbot, tmp_path):
    with main_window(qtbot) as window:
        window.studio.edit.intent = Intent.REFINE
        assert window.side.edit.facts.text() == "There is no picture to change yet."
        with qtbot.waitSignal(window.studio.messages.offered) as offered:
            window.generate()
        assert not window.studio.jobs.jobs and offered.args[0].text == "There is no picture to change yet."
        offered.args[0].action()
        assert window.documents.present is not None
        window.documents.present.close()
        Image.new("RGB", (64, 64), "teal").save(tmp_path / "sea.png")
        window.studio.files.open(tmp_path / "sea.png")
        qtbot.waitUntil(lambda: not window.studio.documents.is_pristine, timeout=PATIENCE_MS)
        assert window.studio.edit.intent is Intent.REFINE


def test_a_start_picture_is_what_generate_is_for_though_a_mask_is_painted(qtbot):
    with main_window(qtbot) as window:
        begin(window)
        paint_mask(window, (60, 60), (90, 64))
        assert window.studio.edit.intent is Intent.PAINTED
        window.studio.starting.from_pixels(np.full((64, 64, 3), 90, np.uint8), "cat")
        qtbot.waitUntil(lambda: window.studio.generation.image is not None, timeout=PATIENCE_MS)
        assert window.studio.edit.intent is Intent.NEW


def test_a_picture_from_words_alone_is_looked_at_and_the_document_waits(qtbot):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        window.generate()
        qtbot.waitUntil(lambda: window.pictures.has_result() and not window.is_working(), timeout=PATIENCE_MS)
        assert not window.canvas.shows_document
        assert not results(document)


def test_what_is_refined_is_the_picture_that_is_seen_though_no_document_was_begun(qtbot):
    with main_window(qtbot) as window:
        window.studio.generation.prompt = "a house"
        window.generate()
        qtbot.waitUntil(lambda: window.pictures.has_picture(), timeout=PATIENCE_MS)
        seen = window.studio.viewing.shown.pixels
        assert not window.painting.has_document()
        window.studio.edit.intent = Intent.REFINE
        assert window.painting.has_document()
        document = window.studio.document
        assert np.array_equal(picture(document)[..., 2::-1], seen)
        assert window.studio.edit.intent is Intent.REFINE


def test_live_follows_the_hand_with_one_layer_and_leaves_nothing_else(qtbot):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        window.studio.edit.is_live = True
        qtbot.waitUntil(lambda: len(results(document)) == 1, timeout=PATIENCE_MS)
        first = results(document)[0]
        window.studio.generation.prompt = "a red house"
        qtbot.waitUntil(lambda: results(document)[0].variant is not first.variant, timeout=PATIENCE_MS)
        second = results(document)[0]
        assert second.id == first.id and len(second.variants) == 1
        assert second.source_hash == first.source_hash  # what live makes is no part of what it sees
        assert not window.studio.jobs.jobs and not window.studio.pictures.items
        assert not window.canvas.item.rests, "the mask brush is in the hand"
        window.bench.take_up("brush")
        window.studio.generation.prompt = "a blue house"
        qtbot.waitUntil(lambda: results(document)[0].variant is not second.variant, timeout=PATIENCE_MS)
        assert window.canvas.item.rests, "one looks at what comes of the strokes"
        window.studio.edit.is_live = False
        qtbot.waitUntil(lambda: not window.is_working(), timeout=PATIENCE_MS)
        window.undo()
        qtbot.wait(50)


def test_a_result_is_seen_without_the_mask_until_the_next_mask_is_painted(qtbot):
    with main_window(qtbot) as window:
        begin(window)
        paint_mask(window, (60, 60), (90, 64))
        size = window.canvas.size()
        generate(qtbot, window)
        item = window.canvas.item
        assert item.rests and not item.shows_sight and item.shows_overlays
        assert window.canvas.size() == size  # the picture did not move for the bar
        assert window.canvas.rect().contains(window.work.result.geometry())
        assert not window.canvas.facts.isVisible()
        window.bench.take_up("move")
        assert item.rests
        window.bench.take_up("mask_brush")
        assert not item.rests and item.shows_sight


def test_what_goes_by_what_is_there_needs_no_words(qtbot):
    with main_window(qtbot) as window:
        begin(window)
        window.studio.generation.prompt = ""
        paint_mask(window, (30, 30), (40, 34))
        window.generate()
        assert not window.studio.jobs.jobs
        window.studio.edit.intent = Intent.REMOVE
        generate(qtbot, window)


def test_words_of_places_that_are_gone_stop_nothing(qtbot):
    with main_window(qtbot) as window:
        begin(window)
        paint_mask(window, (30, 30), (40, 34))
        window.studio.edit.place_prompts = ("a moon", "a dog")
        layer = generate(qtbot, window)
        assert [place.prompt for place in layer.variant.recipe.edit.places] == ["snow"]


def test_an_edit_is_estimated_by_its_places(qtbot):
    with main_window(qtbot) as window:
        begin(window)
        panel = window.work.generate
        paint_mask(window, (30, 30), (40, 34))
        qtbot.waitUntil(lambda: window.studio.editing.sight.sight is not None)
        assert "about" not in panel.facts.text()
        generate(qtbot, window)
        qtbot.waitUntil(lambda: bool(window.studio.jobs.jobs[-1].results))
        job = window.studio.jobs.jobs[-1]
        job.seconds_per_step = 0.5  # the toy takes no time
        window.studio.jobs.changed.emit(job)
        assert "about 2 s" in panel.facts.text()
        places = window.studio.editing.sight.sight.plan.places
        one = [place.working for place in places]
        figures = [estimate(window.studio.jobs, window.studio.generation, one * count) for count in (1, 3)]
        assert figures[0] == pytest.approx(0.5 * window.studio.generation.steps)
        assert figures[1] == pytest.approx(3 * figures[0])
        assert "of memory" in window.side.edit.facts.text().replace("\u00a0", " ")


def test_what_an_edit_does_not_ask_for_is_away(qtbot):
    with main_window(qtbot) as window:
        assert not window.side.edit.facts.isVisible()
        begin(window)
        assert "mask brush" in window.side.edit.facts.text()
        side = window.side
        assert side.settings.size_rows.isVisible() and not side.start_section.isHidden()
        window.studio.edit.intent = Intent.WHOLE
        assert not side.settings.size_rows.isVisible() and side.start_section.isHidden()
        window.studio.edit.intent = Intent.NEW
        assert side.settings.size_rows.isVisible()


@pytest.mark.parametrize("code", ["en", "es"])
def test_nothing_is_cut_off_at_the_smallest_screen(qtbot, tmp_path, code):
    with spoken(code, tmp_path), main_window(qtbot) as window:
        begin(window)
        paint_mask(window, (30, 30), (40, 34))
        window.side.edit.more.button.setChecked(True)
        for intent in Intent:
            window.studio.edit.intent = intent
            narrowest = window.side.widget().minimumSizeHint().width()
            assert narrowest + window.side.verticalScrollBar().sizeHint().width() <= NARROWEST_PX
        for place in window.top_bar.places.buttons.values():
            assert place.width() >= place.sizeHint().width(), place.text()
        for choice in (window.side.edit.intent, window.side.edit.fill, window.side.edit.seam):
            option = QStyleOptionComboBox()
            choice.initStyleOption(option)
            part = QStyle.SubControl.SC_ComboBoxEditField
            room = choice.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, choice)
            words = [choice.itemText(row) for row in range(choice.count())]
            assert max(map(choice.fontMetrics().horizontalAdvance, words)) <= room.width(), words
        options = window.work.options
        invert = options.mask_options.invert
        qtbot.waitUntil(
            lambda: (
                invert.mapTo(options, invert.rect().topRight()).x() < options.more.x() and invert.isVisible()
            )
        )


def test_what_is_queued_goes_before_live(qtbot):
    with main_window(qtbot) as window:
        document, _ = begin(window)
        paint_mask(window, (60, 60), (90, 64))
        window.studio.generation.steps = 50
        window.studio.edit.is_live = True
        qtbot.waitUntil(window.is_working, timeout=PATIENCE_MS)
        assert window.studio.jobs.running.is_live
        window.studio.edit.is_live = False
        window.generate()
        qtbot.waitUntil(
            lambda: bool(window.studio.jobs.jobs) and window.studio.jobs.jobs[0].is_over, timeout=PATIENCE_MS
        )
        assert [job.is_live for job in window.studio.jobs.jobs] == [False]
        qtbot.waitUntil(lambda: len(results(document)) >= 1, timeout=PATIENCE_MS)


@pytest.mark.parametrize("intent", list(Intent))
def test_the_settings_of_each_intent_come_back_at_the_next_start(intent):
    made, again = EditSettings(), EditSettings()
    made.intent, made.grow_px, made.padding_px = intent, 7, 32
    made.place_prompts = ("a dog", "")
    again.restore_draft(made.to_draft())
    assert again.now() == made.now()
