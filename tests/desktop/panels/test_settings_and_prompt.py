from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from main_windows import generate, main_window
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QGuiApplication, QImage, QTextCursor
from PySide6.QtTest import QTest
from studios import heard, wait_done

from desktop.bridge.pixels import to_qimage
from desktop.state.editing.edit_settings import Intent
from desktop.widgets.dropped import take_pictures
from engine.api.guiders import Guider
from engine.api.other_words import ReadAs
from engine.api.prompt_marks import Mark


def test_an_aspect_sets_the_size_and_shows_as_chosen(qtbot):
    with main_window(qtbot) as window:
        rows = window.side.settings.size_rows
        rows.presets[(16, 9)].click()
        generation = window.studio.generation
        assert generation.width > generation.height
        assert [aspect for aspect, button in rows.presets.items() if button.isChecked()] == [(16, 9)]
        QTest.keyClicks(rows.width_field, "")
        generation.width = generation.height
        assert not rows.presets[(16, 9)].isChecked()


def test_only_what_the_model_can_do_is_enabled_and_the_rest_says_why(qtbot):
    with main_window(qtbot) as window:
        studio, panel = window.studio, window.side.settings
        info = studio.models.get("toy")
        able = replace(info.capabilities, guidance=False, image_to_image=False, negative_prompt=False)
        studio.models.infos = tuple(
            replace(info, capabilities=able) if other is info else other for other in studio.models.infos
        )
        studio.models.changed.emit()
        assert not panel.guidance.isEnabled() and "guidance" in panel.guidance.toolTip()
        assert not window.side.start_picture.isEnabled() and window.side.start_picture.toolTip()
        assert not window.prompt.negative.isEnabled() and window.prompt.negative.toolTip()


def test_a_model_that_takes_pictures_apart_is_told_into_how_many_layers_and_nothing_without_effect(qtbot):
    with main_window(qtbot) as window:
        studio, panel, edit = window.studio, window.side.settings, window.side.edit
        assert not panel.layers_row.isVisibleTo(panel)
        info = studio.models.get("toy")
        assert info is not None
        apart = replace(info, capabilities=replace(info.capabilities, layers=True, whole_pictures=True))
        studio.models.infos = tuple(apart if other is info else other for other in studio.models.infos)
        studio.generation.use_model(apart)
        studio.models.changed.emit()
        studio.edit.intent = Intent.WHOLE
        assert panel.layers_row.isVisibleTo(panel) and panel.size_rows.isVisibleTo(panel)
        assert not edit.live.isVisibleTo(edit)
        panel.layers.set_value(6)
        panel.layers.value_changed.emit(6)
        assert studio.generation.to_request(is_edit=True).sampling.layers == 6


def test_a_guider_is_chosen_says_what_it_does_and_goes_with_the_model(qtbot):
    with main_window(qtbot) as window:
        studio, rows = window.studio, window.side.settings.guider
        studio.choose_model("starter")
        info = studio.models.get("starter")
        assert info is not None
        offered = [rows.choice.itemData(row) for row in range(rows.choice.count())]
        assert offered == list(info.capabilities.guiders) == list(Guider)
        row = rows.choice.findData(Guider.PROJECTED)
        rows.choice.setCurrentIndex(row)
        rows.choice.activated.emit(row)
        assert "may pull at once" in rows.note.text()
        rows.stop.set_value(0.8)
        rows.stop.value_changed.emit(0.8)
        sampling = studio.generation.to_request().sampling
        assert (sampling.guider, sampling.guidance_stop) == (Guider.PROJECTED, 0.8)
        studio.choose_model("toy")
        assert not rows.choice.isEnabled() and "its own way" in rows.choice.toolTip()
        assert studio.generation.to_request().sampling.is_guided_plainly


def test_the_samplers_are_the_models_own(qtbot):
    with main_window(qtbot) as window:
        studio, sampler = window.studio, window.side.settings.sampler
        studio.choose_model("starter")
        known = studio.models.get("starter").capabilities.schedulers
        assert [sampler.itemText(row) for row in range(sampler.count())] == [known.label for known in known]
        assert sampler.currentData() == studio.generation.scheduler


def test_the_count_says_what_is_cut_off(qtbot):
    with main_window(qtbot) as window:
        window.studio.choose_model("starter")
        window.studio.generation.prompt = "a cat " * 1000
        qtbot.waitUntil(lambda: window.prompt.reading.count is not None and "/" in window.prompt.count.text())
        qtbot.waitUntil(lambda: window.prompt.editor.cut_at() is not None)
        assert window.prompt.count.toolTip()


def test_words_that_the_model_never_learnt_are_marked_and_can_be_left_as_typed(qtbot):
    with main_window(qtbot) as window:
        generation, row = window.studio.generation, window.prompt.other_words
        window.studio.choose_model("starter")
        generation.prompt = "a dog"
        qtbot.waitUntil(lambda: window.prompt.reading.count is not None)
        assert row.isHidden()
        generation.prompt = "a schnauzer and a dog"
        qtbot.waitUntil(lambda: not row.isHidden())
        assert row.said.text() == "schnauzer: drawn as dog"
        assert [(mark.start, mark.end, mark.tip) for mark in window.prompt.editor.other_words()] == [
            (2, 11, "schnauzer: drawn as dog")
        ]
        qtbot.keyClicks(window.prompt.editor, "s")  # behind it: the word stands where it stood
        assert window.prompt.editor.other_words() == ()
        qtbot.waitUntil(lambda: len(window.prompt.editor.other_words()) == 1)
        assert generation.to_request().read_as is None
        row.as_typed.click()
        assert generation.to_request().read_as == ()
        assert "schnauzer" in row.said.text() and "dog" not in row.said.text()
        assert window.prompt.editor.other_words() == ()
        assert generation.to_draft()["as_typed"] is True
        generation.prompt = "a cat"
        qtbot.waitUntil(row.isHidden)


def test_settings_of_a_picture_that_was_read_as_typed_stay_so(qtbot):
    with main_window(qtbot) as window:
        generation = window.studio.generation
        window.studio.choose_model("starter")
        request = window.studio.models.get("starter").request("a schnauzer")
        generation.apply_request(replace(request, read_as=()))
        assert generation.as_typed
        generation.apply_request(replace(request, read_as=(ReadAs("schnauzer", "a dog"),)))
        assert not generation.as_typed
        generation.apply_request(replace(request, prompt="a dog", read_as=()))
        assert not generation.as_typed


def test_a_picture_dropped_on_the_prompt_gives_its_settings(qtbot):
    with main_window(qtbot) as window:
        window.studio.generation.prompt = "a blue cat"
        generate(window)
        wait_done(qtbot, window.studio.jobs.jobs[0])
        path = window.studio.pictures.items[0].path
        window.studio.generation.prompt = "something else"
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        window.prompt.editor.insertFromMimeData(mime)
        qtbot.waitUntil(lambda: window.studio.generation.prompt == "a blue cat")
        offer = heard(window.studio).offers[-1]
        assert "taken" in offer.text
        offer.action()
        assert window.studio.generation.prompt == "something else"


def test_a_dropped_file_and_pasted_pixels_start_a_picture(qtbot, tmp_path: Path):
    with main_window(qtbot) as window:
        panel, generation = window.side.start_picture, window.studio.generation
        pixels = np.full((32, 48, 3), 200, np.uint8)
        mime = QMimeData()
        mime.setImageData(to_qimage(pixels).copy())
        assert panel.take(take_pictures(mime))
        qtbot.waitUntil(lambda: generation.image is not None)
        assert (generation.image.width, generation.image.height) == (48, 32)
        window.studio.starting.forget()
        buffer = tmp_path / "start.png"
        QImage(to_qimage(pixels)).save(str(buffer))
        files = QMimeData()
        files.setUrls([QUrl.fromLocalFile(str(buffer))])
        panel.take(take_pictures(files))
        qtbot.waitUntil(lambda: generation.image is not None)
        assert "start.png" in panel.name.text()


def test_an_address_is_not_fetched_and_that_is_said(qtbot):
    with main_window(qtbot) as window:
        mime = QMimeData()
        mime.setUrls([QUrl("https://example.org/cat.png")])
        window.side.start_picture.take(take_pictures(mime))
        assert any("offline" in text for text in heard(window.studio).texts)
        assert window.studio.generation.image is None


def test_a_picture_and_its_prompt_go_to_the_clipboard(qtbot):
    with main_window(qtbot) as window:
        window.studio.generation.prompt = "a cat"
        generate(window)
        qtbot.waitUntil(lambda: window.pictures.has_result() and window.pictures.has_recipe())
        window.pictures.copy()
        data = QGuiApplication.clipboard().mimeData()
        assert data.hasImage() and data.urls()[0].toLocalFile() == str(window.studio.pictures.items[0].path)
        window.pictures.copy_prompt()
        assert QGuiApplication.clipboard().text() == "a cat"


def test_what_waits_after_a_crash_is_asked_about_in_its_own_line(qtbot):
    with main_window(qtbot) as window:
        ran = []
        window.studio.messages.offer("info", "2 jobs wait", "Run on", lambda: ran.append(1), "waiting")
        assert window.question.isVisible() and window.question.text.text() == "2 jobs wait"
        window.question.answer.click()
        assert ran == [1] and not window.question.isVisible()


def test_a_long_prompt_is_marked_beside_the_window_and_painted_where_it_is_seen(qtbot):
    with main_window(qtbot) as window:
        editor = window.prompt.editor

        def painted() -> list[int]:
            return [one.cursor.selectionStart() for one in editor.extraSelections()]

        window.studio.generation.prompt = "(a cat:1.2), " * 300
        qtbot.waitUntil(lambda: len(editor.marks()) == 600)
        editor.verticalScrollBar().setValue(0)
        top = painted()
        assert 0 < len(top) < 300 and min(top) == 0
        editor.verticalScrollBar().setValue(editor.verticalScrollBar().maximum())
        assert painted() and min(painted()) > max(top)
        editor.moveCursor(QTextCursor.MoveOperation.Start)
        before = painted()
        QTest.keyClicks(editor, "x")  # until they are known anew, the marks move along
        assert editor.marks() == () and painted() == [place + 1 for place in before]
        qtbot.waitUntil(lambda: len(editor.marks()) == 600)
        assert editor.marks()[0].start == 1
        # of a very long one what is seen, wherever that is, and what cannot be read
        long = "(a cat:1.2), " * 5_000
        window.studio.generation.prompt = "__none__, " + long
        qtbot.waitUntil(lambda: len(editor.marks()) > 1)
        editor.verticalScrollBar().setValue(editor.verticalScrollBar().maximum())
        qtbot.waitUntil(lambda: editor.marks()[-1].start > len(long))
        assert max(painted()) > len(long) and len(editor.marks()) < 600
        editor.verticalScrollBar().setValue(0)
        qtbot.waitUntil(lambda: editor.marks()[1].start < 100)
        assert max(painted()) < 2_000
        assert [mark.start for mark in editor.marks() if mark.what is Mark.FAULT] == [0]
