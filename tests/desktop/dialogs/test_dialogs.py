from __future__ import annotations

from main_windows import controls, main_window
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QScrollBar
from windows import show_in_window

from desktop.dialogs.about import AboutDialog
from desktop.dialogs.command_palette import CommandPalette, found
from desktop.dialogs.keyboard_help import KeyboardHelp
from desktop.dialogs.preferences import PreferencesDialog
from desktop.widgets.label import Label


def preferences(qtbot, window) -> PreferencesDialog:
    return show_in_window(qtbot, PreferencesDialog(window.studio, ["cpu"]), 640, 700)


def test_a_preference_acts_at_once(qtbot):
    with main_window(qtbot) as window:
        dialog = preferences(qtbot, window)
        theme = dialog.findChild(QComboBox, "theme")
        theme.setCurrentIndex(theme.findData("light"))
        assert window.studio.settings.theme == "light"
        window.studio.settings.theme = "grey"
        assert theme.currentData() == "grey"
        speed = dialog.findChild(QComboBox, "speed")
        speed.setCurrentIndex(speed.findData("fast"))
        assert window.studio.generation.to_request().speed == "fast"


def test_a_template_that_leaves_the_library_is_explained_and_stays_as_typed(qtbot):
    with main_window(qtbot) as window:
        dialog = preferences(qtbot, window)
        template = dialog.template
        assert "00007" in template.example.text()
        before = window.studio.settings.name_template
        template.field.selectAll()
        template.field.insert("../{prompt}")
        assert template.field.text() == "../{prompt}"
        assert "stay in the library" in template.example.text()
        assert window.studio.settings.name_template == before
        template.field.selectAll()
        template.field.insert("x {seed}")
        assert window.studio.settings.name_template == "x {seed}"
        assert template.example.text().endswith("x 42.png")


def test_quality_is_for_formats_that_lose_something(qtbot):
    with main_window(qtbot) as window:
        dialog = preferences(qtbot, window)
        assert not dialog.quality.isEnabled() and dialog.quality.toolTip()
        window.studio.settings.picture_format = "webp"
        assert dialog.quality.isEnabled() and dialog.template.example.text().endswith(".webp")


def test_who_adds_a_folder_of_models_sees_it_in_the_list(qtbot, tmp_path):
    with main_window(qtbot) as window:
        window.add_model_folder()
        dialog = window.dialogs.show_preferences(window.ready)
        (asking,) = dialog.folders.findChildren(QFileDialog)
        asking.fileSelected.emit(str(tmp_path))
        asking.close()
        assert dialog.folders.list.count() == 1
        assert dialog.folders.list.visibleRegion().boundingRect().height() > 10


def test_model_folders_are_added_once_and_removed(qtbot, tmp_path):
    with main_window(qtbot) as window:
        dialog = preferences(qtbot, window)
        folders = dialog.folders
        folders.take(str(tmp_path))
        folders.take(str(tmp_path))
        assert window.studio.settings.model_folders == [str(tmp_path)] and folders.list.count() == 1
        folders.list.setCurrentRow(0)
        folders.remove.click()
        assert window.studio.settings.model_folders == []


def test_every_control_of_the_dialogs_has_a_name(qtbot):
    with main_window(qtbot) as window:
        about = show_in_window(
            qtbot, AboutDialog(window.ready, window.studio.models.get("starter")), 500, 400
        )
        dialog = preferences(qtbot, window)
        for page in (dialog, about):
            for control in controls(page):
                name = control.accessibleName() or getattr(control, "text", lambda: "")()
                assert name or isinstance(control, QScrollBar), type(control)


def test_about_names_the_licences_as_plain_text(qtbot):
    with main_window(qtbot) as window:
        starter = window.studio.models.get("starter")
        about = show_in_window(qtbot, AboutDialog(window.ready, starter), 500, 400)
        text = about.text.toPlainText()
        assert all(name in text for name in ("Apache", "LGPL", "Lucide, ISC", starter.licence))
        assert all(label.textFormat() == Qt.TextFormat.PlainText for label in about.findChildren(Label))


def test_the_palette_finds_by_words_without_accents(qapp):
    actions = [QAction("Tamaño &nuevo"), QAction("Rehacer"), QAction("Nuevo tamaño…")]
    assert found(actions, "tamano nue") == [actions[0], actions[2]]
    actions[0].setEnabled(False)
    assert found(actions, "tamaño") == [actions[2], actions[0]]


def test_enter_does_the_chosen_command_and_closes(qtbot):
    done = []
    first, second = QAction("Zoom in"), QAction("Zoom out")
    second.triggered.connect(lambda: done.append("out"))
    palette = show_in_window(qtbot, CommandPalette([first, second]))
    QTest.keyClicks(palette.search, "zoom")
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert done == ["out"] and not palette.isVisible()


def test_the_keyboard_page_shows_every_key(qtbot):
    page = show_in_window(qtbot, KeyboardHelp({"View": [("Fit", "Ctrl+0")]}), 700, 500)
    texts = [label.text() for label in page.findChildren(Label)]
    assert "Fit" in texts and "Ctrl+0" in texts and "Alt+Up, Alt+Down" in texts
