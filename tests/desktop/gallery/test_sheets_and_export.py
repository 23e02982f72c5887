"""Sheets and exports from the window: dialogs, jobs, files, cancelling, undo, and a restart between."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from main_windows import controls, main_window
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollBar
from studios import heard, studio_with_toy, toy_request, wait_done
from toy_engine import ToyEngine
from windows import show_in_window

from desktop.gallery.export_dialog import ExportPicturesDialog
from desktop.gallery.sheet_dialog import SheetDialog
from desktop.panels.durations import forecast
from desktop.state.exporting import Exporting, ExportOrder, Kind
from desktop.state.job import JobState
from desktop.state.messages import Messages
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.library.export.contact_sheet import ContactWish
from engine.library.export.export import ExportWish
from engine.library.export.proof import what_is_left
from engine.library.pictures import encode_picture, read_metadata
from engine.sheets.axis import AxisKind, read_axis
from engine.sheets.sheet import Sheet, is_sheet


def sheet_of(*axes: str) -> Sheet:
    return Sheet(toy_request("a dog"), *map(read_axis, axes))


def dialog_on(qtbot, studio) -> SheetDialog:
    return show_in_window(qtbot, SheetDialog(studio, toy_request("a dog")), 700, 500)


def test_a_sheet_from_the_dialog_to_its_picture(qtbot):
    with main_window(qtbot) as window:
        studio = window.studio
        dialog = dialog_on(qtbot, studio)
        dialog.rows[0].set_axis((AxisKind.PROMPTS, ""), "dog, cat")
        dialog.rows[1].set_axis((AxisKind.GUIDANCE, ""), "3..5")
        assert dialog.make.isEnabled() and "6 picture" in dialog.count.text()
        with qtbot.waitSignal(studio.sheets.finished, timeout=60_000) as finished:
            dialog.make.click()
            assert len(studio.jobs.jobs) == 6
        result = finished.args[0]
        recipe = read_metadata(result.path).recipe
        assert is_sheet(recipe) and len(recipe.extra["sheet"]["cells"]) == 6
        assert result in studio.pictures.items and len(studio.pictures.items) == 7
        assert not studio.sheets.works


def test_the_dialog_counts_and_says_what_is_wrong_where_it_is(qtbot):
    with main_window(qtbot) as window:
        dialog = dialog_on(qtbot, window.studio)
        assert "4 picture" in dialog.count.text()  # four seeds to begin with
        dialog.rows[0].set_axis((AxisKind.GUIDANCE, ""), "3, x")
        assert not dialog.make.isEnabled() and "numbers" in dialog.rows[0].note.text()
        dialog.rows[0].set_axis((AxisKind.PROMPTS, ""), "horse, cat")
        assert not dialog.make.isEnabled() and "must stand in the prompt" in dialog.count.text()
        dialog.rows[0].set_axis((AxisKind.SAMPLERS, ""), "euler")
        dialog.rows[0]._fill_menu()
        dialog.rows[0].menu.actions()[-1].trigger()
        assert dialog.make.isEnabled() and "2 picture" in dialog.count.text()


def test_every_control_of_the_dialogs_has_a_name(qtbot, tmp_path):
    with main_window(qtbot) as window:
        studio = window.studio
        export = ExportPicturesDialog([tmp_path / "a.png"], studio.settings, studio.exporting)
        for dialog in (dialog_on(qtbot, studio), show_in_window(qtbot, export, 600, 500)):
            found = [control for control in controls(dialog) if not isinstance(control, QScrollBar)]
            named = [control.accessibleName() or getattr(control, "text", str)() for control in found]
            assert len(found) > 5 and all(named)


def test_how_long_it_takes_is_told_from_what_was_made_before(qtbot):
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        cells = [cell.request for cell in studio.sheets.cells(sheet_of("seeds=1,2"))]
        assert forecast(studio.jobs, cells) is None
        job = studio.jobs.enqueue(toy_request())
        wait_done(qtbot, job)
        job.seconds_per_step = 0.5  # the toy's take no time
        assert forecast(studio.jobs, cells) == pytest.approx(2 * 0.5 * cells[0].sampling.steps)


def begun_and_cancelled(qtbot, studio) -> Sheet:
    sheet = sheet_of("seeds=1..30")
    with qtbot.waitSignal(studio.jobs.picture_saved):
        studio.sheets.begin(sheet)
    studio.sheets.cancel(sheet.id)
    qtbot.waitUntil(lambda: not studio.sheets.jobs_of(sheet.id))
    return sheet


def test_cancelling_leaves_what_is_made_and_the_rest_is_shown_as_it_is(qtbot):
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        begun_and_cancelled(qtbot, studio)
        made = sum(len(job.results) for job in studio.jobs.jobs)
        assert 1 <= made < 30
        offer = next(offer for offer in heard(studio).offers if "were not made" in offer.text)
        with qtbot.waitSignal(studio.sheets.finished) as finished:
            offer.other()
        assert len(finished.args[0].recipe.extra["sheet"]["cells"]) == made


def test_a_cancelled_sheet_is_asked_about_until_its_missing_pictures_are_made(qtbot):
    with main_window(qtbot) as window:
        studio, bar = window.studio, window.question
        sheet = begun_and_cancelled(qtbot, studio)
        made = set(studio.sheets.works[sheet.id].files.values())
        qtbot.waitUntil(bar.isVisible)
        assert "were not made" in bar.text.text() and bar.other.isVisible()
        with qtbot.waitSignal(studio.sheets.finished, timeout=60_000) as finished:
            QTest.mouseClick(bar.answer, Qt.MouseButton.LeftButton)
            assert len(studio.sheets.jobs_of(sheet.id)) == 30 - len(made)
        assert not bar.isVisible()
        cells = finished.args[0].recipe.extra["sheet"]["cells"]
        assert len(cells) == 30 and len(studio.pictures.items) == 31
        assert made < {result.path for result in studio.pictures.items}


def test_a_cancelled_sheet_is_made_whole_by_the_next_session(qtbot):
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        sheet = begun_and_cancelled(qtbot, studio)
        made = len(studio.sheets.works[sheet.id].files)
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        offer = next(offer for offer in heard(studio).offers if "were not made" in offer.text)
        with qtbot.waitSignal(studio.sheets.finished, timeout=60_000) as finished:
            offer.action()
            assert len(studio.sheets.jobs_of(sheet.id)) == 30 - made
        assert len(finished.args[0].recipe.extra["sheet"]["cells"]) == 30
        path = finished.args[0].path
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        assert path in [result.path for result in studio.pictures.items], "it is in the filmstrip again"


def test_a_sheet_goes_on_after_a_restart(qtbot):
    """The queue comes back by itself; what was made before and after is one sheet."""
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        with qtbot.waitSignal(studio.jobs.picture_saved):
            studio.sheets.begin(sheet_of("seeds=1..8"))
        studio.jobs.pause()
        before = sum(len(job.results) for job in studio.jobs.jobs)
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        assert len(studio.sheets.works) == 1
        with qtbot.waitSignal(studio.sheets.finished, timeout=60_000) as finished:
            studio.jobs.resume()
        assert 1 <= before < 8
        assert len(finished.args[0].recipe.extra["sheet"]["cells"]) == 8
        assert all(job.state is JobState.DONE for job in studio.jobs.jobs)


# export


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, ...]:
    pixels = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number} secret.png")
        paths[-1].write_bytes(encode_picture(pixels, Recipe(GenerationRequest("toy", "a secret"))))
    return tuple(paths)


def test_from_the_dialog_to_proven_files_and_undo(qtbot, files, tmp_path):
    out = tmp_path / "out"
    with main_window(qtbot) as window:
        dialog = window.picture_dialogs.export(files)
        dialog.recipe.setChecked(False)
        dialog.format.set_value("jpeg")
        assert "read back" in dialog.note.text()
        with qtbot.waitSignal(window.studio.exporting.finished):
            dialog.start(out)
        written = sorted(out.iterdir())
        assert [path.name for path in written] == [f"picture-000{number}.jpg" for number in (1, 2, 3)]
        assert all(what_is_left(path.read_bytes()) == () for path in written)
        assert window.studio.settings.panel_states["export_pictures"]["recipe"] is False
        heard(window.studio).offers[-1].action()
        qtbot.waitUntil(lambda: not list(out.iterdir()))
        assert all(path.exists() for path in files)


@pytest.mark.parametrize(
    ("kind", "name"), [(Kind.ZIP, "a.zip"), (Kind.CONTACT_PNG, "a.png"), (Kind.CONTACT_PDF, "a.pdf")]
)
def test_archives_and_contact_sheets(qtbot, files, tmp_path, kind, name):
    exporting, target = Exporting(Messages()), tmp_path / name
    with qtbot.waitSignal(exporting.finished) as finished:
        exporting.start(ExportOrder(files, kind, target, ExportWish(), ContactWish()))
    assert finished.args[0].written == [target] and target.stat().st_size > 1000
    if kind is Kind.ZIP:
        assert len(zipfile.ZipFile(target).namelist()) == 3
    exporting.close()


def test_one_that_cannot_be_read_is_told_with_the_others_done(qtbot, files, tmp_path):
    files[1].write_bytes(b"no picture")
    messages = Messages()
    exporting = Exporting(messages)
    with qtbot.waitSignal(messages.offered) as offered:
        order = ExportOrder(files, Kind.FILES, tmp_path / "out", ExportWish(), ContactWish())
        exporting.start(order)
    assert "2 picture" in offered.args[0].text and files[1].name in offered.args[0].text
    exporting.close()


@pytest.mark.parametrize(("kind", "name"), [(Kind.FILES, "out"), (Kind.ZIP, "out.zip")])
def test_cancelled_it_leaves_nothing(qtbot, files, tmp_path, kind, name):
    exporting, target = Exporting(Messages()), tmp_path / name
    order = ExportOrder(files * 400, kind, target, ExportWish("webp"), ContactWish())
    with qtbot.waitSignal(exporting.changed):
        exporting.start(order)
    qtbot.waitUntil(lambda: exporting.work.done > 2)
    exporting.cancel()
    qtbot.waitUntil(lambda: exporting.work is None)
    exporting.close()
    assert not target.exists() or not list(target.iterdir())


def test_a_folder_that_may_not_be_written_is_said(qtbot, files, tmp_path):
    taken = tmp_path / "file"
    taken.write_bytes(b"")
    messages = Messages()
    exporting = Exporting(messages)
    with qtbot.waitSignal(messages.said) as said:
        exporting.start(ExportOrder(files, Kind.FILES, taken, ExportWish(), ContactWish()))
    assert said.args[0] == "error"
    exporting.close()
