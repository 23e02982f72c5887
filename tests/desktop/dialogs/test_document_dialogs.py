"""New, open, save and export as the artist meets them: keys, dialogs, the title, progress, a drop."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from main_windows import controls, main_window, spoken
from ora_files import archive, png
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from windows import show_in_window

from desktop.dialogs.export import ExportDialog
from desktop.dialogs.new_document import PAPER, NewDocumentDialog
from desktop.raster.rect import Rect
from desktop.state import document_files
from engine.api.images import Extent


def paint(window) -> None:
    document = window.studio.document
    with document.begin("Brush stroke"):
        document.active.pixels.fill(Rect(0, 0, 20, 20), (0, 0, 200, 255))


def choose(qtbot, window, path: Path) -> None:
    """As if the artist had chosen a file in the dialog that is open."""
    dialog = window.documents.present
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()
    window.window().activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


def done(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.studio.working.pieces and window.studio.background.pending == 0)


def test_from_a_new_document_to_a_saved_file_by_keys(qtbot, tmp_path: Path):
    with main_window(qtbot) as window:
        QTest.keyClick(window.canvas, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        dialog = window.documents.present
        assert isinstance(dialog, NewDocumentDialog)
        dialog.width_field.set_value(300)
        dialog.height_field.set_value(200)
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
        assert window.studio.document.size == Extent(300, 200)
        assert window.windowTitle() == "Untitled[*] – Lienzo" and not window.isWindowModified()
        paint(window)
        assert window.isWindowModified()
        QTest.keyClick(window.canvas, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        choose(qtbot, window, tmp_path / "house.ora")
        done(qtbot, window)
        assert window.windowTitle() == "house.ora[*] – Lienzo" and not window.isWindowModified()
        paint(window)
        QTest.keyClick(window.canvas, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        assert window.documents.present is None
        done(qtbot, window)
        assert not window.isWindowModified()


def test_ctrl_o_opens_and_ctrl_shift_e_exports(qtbot, tmp_path: Path):
    with main_window(qtbot) as window:
        QTest.keyClick(window.canvas, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
        choose(qtbot, window, archive(tmp_path / "a.ora"))
        done(qtbot, window)
        assert window.studio.document.size == Extent(6, 4)
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(window.canvas, Qt.Key.Key_E, both)
        dialog = window.documents.present
        assert isinstance(dialog, ExportDialog)
        dialog.format.set_value("tiff")
        dialog.accept()
        choose(qtbot, window, tmp_path / "a.tif")
        done(qtbot, window)
        assert (tmp_path / "a.tif").read_bytes()[:2] == b"II"
        assert window.studio.settings.panel_states["export"]["format"] == "tiff"


def test_a_document_dropped_on_the_canvas_is_opened(qtbot, tmp_path: Path):
    path = archive(tmp_path / "dropped.ORA")
    with main_window(qtbot) as window:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, mime, buttons, modifiers)
        window.canvas.dragEnterEvent(enter)
        assert enter.isAccepted()
        window.canvas.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, buttons, modifiers))
        done(qtbot, window)
        assert window.studio.files.names.present == "dropped.ORA"
        assert window.studio.generation.image is None


def test_recent_documents_are_in_the_menu_with_those_that_are_in_no_file(qtbot, tmp_path: Path):
    path = archive(tmp_path / "one & two.ora")
    with main_window(qtbot) as window:
        paint(window)
        done(qtbot, window)
        window.studio.files.open(path)
        done(qtbot, window)
        menu = window.actions_by_id["recent"].menu()
        menu.aboutToShow.emit()
        texts = [action.text() for action in menu.actions() if not action.isSeparator()]
        assert texts[0].startswith("Not saved, ") and texts[1:] == ["one && two.ora", "Forget these"]
        menu.actions()[0].trigger()
        qtbot.waitUntil(lambda: window.studio.document.path is None)


def test_long_work_is_seen_and_can_be_stopped(qtbot, tmp_path: Path, monkeypatch):
    go = threading.Event()
    write = document_files.write_document

    def slowly(*args):
        args[-1].expect(4)
        args[-1].step()
        go.wait(10)
        write(*args)

    monkeypatch.setattr(document_files, "write_document", slowly)
    with main_window(qtbot) as window:
        bar = window.top_bar.long_work
        assert bar.isHidden()
        window.studio.files.save_as(tmp_path / "a.ora")
        qtbot.waitUntil(lambda: bar.isVisible())
        assert bar.text.text() == "Saving a.ora"
        qtbot.waitUntil(lambda: bar.share.text() == "25 %")
        bar.stop.click()
        go.set()
        qtbot.waitUntil(lambda: bar.isHidden())
        assert not (tmp_path / "a.ora").exists()


def test_the_new_document_dialog_knows_presets_and_paper(qtbot):
    dialog = show_in_window(qtbot, NewDocumentDialog(Extent(1024, 1024)), 520, 360)
    assert dialog.preset.currentData() == Extent(1024, 1024)
    dialog.width_field.set_value(1000)
    assert dialog.preset.currentData() is None
    dialog.preset.setCurrentIndex(dialog.preset.count() - 1)
    dialog.preset.activated.emit(dialog.preset.count() - 1)
    assert dialog.size_chosen() == PAPER
    dialog.background.set_value("transparent")
    assert dialog.background_chosen() is None
    dialog.colour.set_value(QColor(10, 20, 30))
    assert dialog.background.value() == "colour" and dialog.background_chosen() == (10, 20, 30)


def test_only_what_a_format_has_can_be_chosen(qtbot):
    with main_window(qtbot) as window:
        dialog = show_in_window(qtbot, ExportDialog(window.studio.settings, True), 560, 420)
        able = {}
        for format in ("png", "jpeg", "webp", "tiff", "psd"):
            dialog.format.set_value(format)
            dialog._follow()
            widgets = (dialog.quality, dialog.alpha, dialog.background, dialog.recipe)
            able[format] = [widget.isEnabled() for widget in widgets]
        assert able == {
            "png": [False, True, False, True], "jpeg": [True, False, True, True],
            "webp": [True, True, False, True], "tiff": [False, True, False, True],
            "psd": [False, False, False, False],
        }  # fmt: skip
        dialog.format.set_value("png")
        dialog.alpha.setChecked(False)
        assert dialog.background.isEnabled()


def test_every_control_of_the_dialogs_has_a_name_and_a_place_for_the_focus(qtbot):
    with main_window(qtbot) as window:
        for dialog in (
            NewDocumentDialog(Extent(64, 64)),
            ExportDialog(window.studio.settings, True),
        ):
            show_in_window(qtbot, dialog, 560, 420)
            assert all(
                control.accessibleName() or getattr(control, "text", str)() for control in controls(dialog)
            )


def test_spanish_is_spoken_there(qtbot, tmp_path: Path):
    with spoken("es", tmp_path), main_window(qtbot) as window:
        (tmp_path / "a.png").write_bytes(png(np.zeros((4, 4, 3), np.uint8)))
        assert window.windowTitle() == "Sin título[*] – Lienzo"
        window.documents.new()
        assert window.documents.present.windowTitle() == "Nuevo documento"
        window.documents.present.reject()
        window.documents.export()
        assert window.documents.present.note.text() == "Se conserva cada píxel."
        window.documents.present.reject()
