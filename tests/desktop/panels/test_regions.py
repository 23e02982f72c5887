"""Places with words by real events: painted, written, drawn, undone; what the model cannot is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from main_windows import flush_deletions, main_window
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from studios import PATIENCE_MS, wait_done
from tiny_boxes import tiny_gligen

from desktop.state.document import regions
from desktop.window import MainWindow
from engine.api.images import Extent
from engine.api.learnt import LearntInfo, LearntKind
from engine.library.folders import models_folder
from engine.library.masks import unpacked_masks
from engine.library.pictures import read_metadata


@pytest.fixture
def window(qtbot):
    with main_window(qtbot) as window:
        window.studio.choose_model("starter")
        yield window


def paint(window: MainWindow, *points: tuple[float, float]) -> None:
    """A stroke with the mouse through places of the document."""
    view = window.canvas
    seen = [view.viewport.to_view(*at) for at in points]
    places = [QPoint(*[round(value / view.viewport.ratio) for value in at]) for at in seen]
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=places[0])
    for at in places[1:]:
        QTest.mouseMove(view, at)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=places[-1])


def test_a_place_is_painted_given_words_and_drawn(window: MainWindow, qtbot):
    panel, studio = window.side.regions, window.studio
    panel.add_painted()
    (row,), document = panel.rows, studio.document
    assert window.bench.tool_id == "brush" and window.bench.foreground == document.regions[0].colour
    assert "Nothing is painted" in row.note.text()
    window.canvas.zoom_to_fit()
    paint(window, (40, 40), (40, 128), (40, 200))
    qtbot.waitUntil(lambda: "no words" in row.note.text())
    row.words.set_value("a [house|barn]")
    assert document.regions[0].prompt == "a [house|barn]" and row.note.isHidden()
    assert {mark.what.value for mark in row.words.marks()} == {"turn"}
    row.words.set_value("a schnauzer AND (a cat:1.2) {")
    assert {mark.what.value for mark in row.words.marks()} == {"weight", "ignored", "drawn", "fault"}
    assert "character 29" in row.note.text()
    qtbot.waitUntil(lambda: [mark.start for mark in row.words.other_words()] == [2], timeout=PATIENCE_MS)
    row.words.set_value("dog " * 2000)
    qtbot.waitUntil(lambda: "dimmed end" in row.note.text(), timeout=PATIENCE_MS)
    row.words.set_value("a [house|barn]")
    qtbot.waitUntil(row.note.isHidden, timeout=PATIENCE_MS)
    row.weight.set_value(0.8)
    studio.generation.prompt, studio.generation.steps = "a meadow", 2
    studio.generation.width = studio.generation.height = 64
    window.generate()
    qtbot.waitUntil(lambda: len(studio.jobs.jobs) == 1, timeout=PATIENCE_MS)
    (job,) = studio.jobs.jobs
    wait_done(qtbot, job)
    recipe = read_metadata(job.results[0].path).recipe
    (given,) = recipe.request.regions
    assert (given.prompt, given.weight) == ("a [house|barn]", 0.8)
    coverage = unpacked_masks(recipe.masks)[given.mask.sha256]
    assert coverage.any() and coverage.shape[1] < document.size.width // 2
    row.away.click()
    flush_deletions()
    assert document.regions == () and not panel.rows
    document.history.undo()
    assert panel.rows[0].words.value() == "a [house|barn]"
    studio.documents.new(Extent(128, 128))
    offers = []
    studio.messages.offered.connect(offers.append)
    studio.take_settings_from(job.results[0].path)
    qtbot.waitUntil(lambda: bool(studio.document.regions))
    (brought,) = studio.document.regions
    assert (brought.prompt, brought.weight) == ("a [house|barn]", 0.8) and brought.counts
    again = regions.coverage_of(studio.document.state, brought, studio.document.canvas)
    assert again is not None and again[:, :60].any() and not again[:, 80:].any()  # twice as large
    offers[-1].action()
    assert studio.document.regions == ()


def test_the_mask_and_the_selection_become_places(window: MainWindow):
    panel = window.side.regions
    panel.add_painted()
    document = window.studio.document
    panel.add.menu().aboutToShow.emit()
    assert not panel.from_mask.isEnabled() and not panel.from_selection.isEnabled()
    with document.begin("mask"):
        document.mask.write(
            document.canvas, np.full((document.size.height, document.size.width), 200, np.uint8)
        )
    panel.add.menu().aboutToShow.emit()
    panel.from_mask.trigger()
    assert len(panel.rows) == 2 and "no words" in panel.rows[1].note.text()
    assert len({region.colour for region in document.regions}) == 2


def test_the_second_place_is_painted_with_the_brush_that_the_artist_chose_for_the_first(window: MainWindow):
    panel, bench = window.side.regions, window.bench
    panel.add_painted()
    began_with = bench.options().size
    bench.set_size(began_with + 20)
    panel.add_painted()
    assert bench.options().size == began_with + 20
    window.studio.documents.new(Extent(64, 64))
    panel.add_painted()
    assert bench.options().size < began_with


def test_a_model_that_cannot_follow_places_says_so(window: MainWindow, qtbot):
    window.side.regions.add_painted()
    window.studio.choose_model("toy")
    panel = window.side.regions
    qtbot.waitUntil(lambda: "cannot follow" in panel.said.text(), timeout=PATIENCE_MS)
    assert not panel.add.isEnabled() and not panel.rows[0].isEnabled()


def test_the_prompt_shows_what_it_is_made_of_and_says_what_cannot_be_read(window: MainWindow, qtbot):
    prompt = window.prompt
    prompt.editor.set_value("a (big:1.3) [red|blue] {cat|dog} and __nothing__ more")
    qtbot.waitUntil(lambda: window.studio.vocabulary.is_known and bool(prompt.fault.text()))
    assert {mark.what.value for mark in prompt.editor.marks()} == {"weight", "turn", "drawn", "fault"}
    assert "character 38" in prompt.fault.text() and not prompt.fault.isHidden()
    prompt.editor.set_value("a (big:1.3) cat")
    assert prompt.fault.isHidden() and prompt.editor.value() == "a (big:1.3) cat"
    window.studio.generation.prompt = "a {cat"
    window.generate()
    assert window.studio.jobs.jobs == [] or window.studio.generation.prompt == "a {cat"


def test_styles_are_chosen_shown_and_go_into_the_request(window: MainWindow, qtbot):
    styles, studio = window.prompt.styles, window.studio
    qtbot.waitUntil(lambda: bool(studio.vocabulary.styles))
    styles.button.menu().aboutToShow.emit()
    action = next(one for one in styles.button.menu().actions() if one.text() == "Watercolour")
    action.trigger()
    assert studio.generation.styles == ("Watercolour",)
    (chip,) = styles.chips
    assert "soft washes" in chip.toolTip()
    studio.generation.prompt = "a fox"
    assert studio.generation.to_request().styles == ("Watercolour",)
    chip.click()
    assert studio.generation.styles == () and not styles.chips
    studio.generation.styles = ("Watercolour", "Of a file that is gone")
    assert [chip.text()[:-3] for chip in styles.chips] == ["Watercolour", "Of a file that is gone (not here)"]


def test_a_list_written_meanwhile_is_there_when_the_window_comes_to_the_front(window: MainWindow, qtbot):
    words, read = window.studio.vocabulary, []

    def settled() -> bool:
        """What was looked for is taken and remembered."""
        window.studio.background.wait()
        qtbot.wait(1)
        return words.is_known and words._seen is not None

    qtbot.waitUntil(settled)
    words.changed.connect(lambda: read.append(words.lists))
    (words.make_folder() / "wildcards" / "mist.txt").write_text("fog\n", "utf-8")
    words.look_where_changed()
    qtbot.waitUntil(lambda: settled() and "mist" in words.lists)
    words.look_where_changed()
    assert settled() and read == [("mist",)]  # nothing is read again where nothing changed


def test_a_lora_that_is_not_here_or_is_for_another_model_is_marked_before_anything_is_drawn(
    window: MainWindow, qtbot
):
    learnt, prompt = window.studio.learnt, window.prompt
    qtbot.waitUntil(lambda: learnt.is_known, timeout=PATIENCE_MS)
    learnt.infos = (LearntInfo("ink", LearntKind.LORA, Path("/x/ink.safetensors")),)
    prompt.editor.set_value("a fox <lora:ink:0.8> <lora:mist:1> <lora:mist:0>")
    told = [mark.tip for mark in prompt.editor.marks() if mark.what.value == "fault"]
    assert len(told) == 2 and "“ink” was learnt with another model" in told[0] and "no LoRA “mist”" in told[1]
    assert prompt.fault.text().endswith(told[0])
    learnt._fitting = frozenset({"lora/ink"})
    learnt.changed.emit()
    assert "no LoRA “mist”" in prompt.fault.text()


def test_several_styles_are_chosen_without_leaving_the_menu_and_stand_below_in_lines(
    window: MainWindow, qtbot
):
    styles, studio = window.prompt.styles, window.studio
    qtbot.waitUntil(lambda: bool(studio.vocabulary.styles))
    menu = styles.button.menu()
    menu.aboutToShow.emit()
    menu.popup(styles.button.mapToGlobal(QPoint(0, 0)))
    before = styles.button.mapTo(window, QPoint(0, 0)).x()
    for action in menu.actions()[:8]:
        place = menu.actionGeometry(action).center()
        QTest.mouseMove(menu, place)
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)
        assert menu.isVisible() and action.isChecked()
    menu.hide()
    assert len(studio.generation.styles) == 8
    qtbot.waitUntil(lambda: len({chip.y() for chip in styles.chips}) > 1)
    right = styles.chosen.width()
    assert all(chip.geometry().right() < right for chip in styles.chips)
    assert styles.button.mapTo(window, QPoint(0, 0)).x() == before
    studio.generation.styles = ()
    assert styles.chosen.isHidden()


def test_a_file_of_styles_that_cannot_be_read_is_named_when_it_comes_and_in_the_menu(
    window: MainWindow, qtbot
):
    words, said = window.studio.vocabulary, []
    qtbot.waitUntil(lambda: words.is_known)
    window.studio.messages.said.connect(lambda level, text: said.append((level, text)))
    (words.make_folder() / "styles" / "torn.yaml").write_text("- name: [torn\n  prompt: x", "utf-8")
    for _ in range(2):  # told once
        with qtbot.waitSignal(words.changed):
            words.look()
    ((level, text),) = said
    assert level == "warning" and text.startswith("torn.yaml is no YAML") and "line 2" in text
    menu = window.prompt.styles.button.menu()
    menu.aboutToShow.emit()
    (named,) = [action for action in menu.actions() if "torn.yaml" in action.text()]
    assert not named.isEnabled()


def test_the_words_of_styles_are_counted_and_marks_stand_at_the_artist_s_letters(window: MainWindow, qtbot):
    studio, reading = window.studio, window.prompt.reading
    studio.choose_model("starter")
    qtbot.waitUntil(lambda: bool(studio.vocabulary.styles) and bool(studio.vocabulary.style("Watercolour")))
    studio.generation.prompt = "a fox"
    qtbot.waitUntil(lambda: reading.count is not None and reading.count.tokens in (2, 3, 4))
    assert reading.count is not None
    alone = reading.count.tokens
    studio.generation.styles = ("Watercolour",)
    qtbot.waitUntil(lambda: reading.count is not None and reading.count.tokens > alone + 5)


def test_a_model_of_boxes_says_what_a_place_is_to_it_and_asks_for_how_long_it_counts(
    window: MainWindow, qtbot
):
    panel, settings, studio = window.side.regions, window.side.settings, window.studio
    assert not settings.boxes_row.isVisibleTo(settings)
    tiny_gligen(models_folder() / "gligen")
    studio.models.scan(studio.settings.model_folders)
    qtbot.waitUntil(lambda: studio.models.get("gligen") is not None, timeout=PATIENCE_MS)
    studio.choose_model("gligen")
    qtbot.waitUntil(lambda: "box around its place" in panel.said.text(), timeout=PATIENCE_MS)
    assert settings.boxes_row.isVisibleTo(settings) and studio.generation.box_share == 0.3
    settings.box_share.set_value(0.5)
    settings.box_share.value_changed.emit(0.5)
    assert studio.generation.to_request().sampling.box_share == 0.5
