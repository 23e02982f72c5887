"""Models that know classes, or nothing to be asked: a list to search in place of the prompt."""

from __future__ import annotations

import pytest
from main_windows import main_window
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from studios import PATIENCE_MS, wait_done
from tiny_families import tiny_folder
from tiny_references import tiny_by_example

from desktop.panels.size import SizeRows
from desktop.window import MainWindow
from engine.library.folders import models_folder

CHURCH = "church, church building"


@pytest.fixture
def window(qtbot):
    for name in ("dit", "unet2d"):
        tiny_folder(name, models_folder() / name)
    with main_window(qtbot) as window:
        yield window


def choose(window: MainWindow, qtbot, name: str) -> None:
    window.studio.choose_model(name)
    qtbot.waitUntil(lambda: window.studio.generation.model == name, timeout=PATIENCE_MS)


def test_a_class_is_searched_chosen_and_drawn(window: MainWindow, qtbot):
    panel, generation = window.prompt, window.studio.generation
    assert panel.editor.isVisibleTo(panel) and not panel.classes.isVisibleTo(panel)
    choose(window, qtbot, "dit")
    qtbot.waitUntil(lambda: panel.classes.isVisibleTo(panel), timeout=PATIENCE_MS)
    assert not panel.editor.isVisibleTo(panel) and not panel.negative.isVisibleTo(panel)
    names = window.studio.models.get("dit").capabilities.classes
    found = panel.classes.list.model()
    assert found.rowCount() == len(names)
    QTest.keyClicks(panel.classes.search, "CHUR")
    assert [found.index(row, 0).data() for row in range(found.rowCount())] == [CHURCH]
    generation.steps = 1
    QTest.keyClick(panel.classes.search, Qt.Key.Key_Return)
    assert generation.prompt == CHURCH
    qtbot.waitUntil(lambda: len(window.studio.jobs.jobs) == 1, timeout=PATIENCE_MS)
    (job,) = window.studio.jobs.jobs
    wait_done(qtbot, job)
    assert job.request.prompt == CHURCH
    panel.classes.search.clear()
    assert panel.classes.list.currentIndex().data() == CHURCH, "it is found again in the whole list"
    generation.prompt = "no such class"
    assert not panel.classes.list.currentIndex().isValid()
    window.generate()
    qtbot.waitUntil(lambda: any("in its list" in text for text in window.studio.heard.texts))
    QTest.keyClicks(panel.classes.search, "CHUR")
    QTest.keyClick(panel.classes.search, Qt.Key.Key_Down)
    assert panel.classes.list.hasFocus() and generation.prompt == CHURCH
    presets = window.side.settings.findChildren(SizeRows)[0].presets.values()
    assert sum(preset.isChecked() for preset in presets) == 1  # each would be of this size


def test_a_model_that_is_asked_nothing_says_so(window: MainWindow, qtbot):
    panel = window.prompt
    choose(window, qtbot, "unet2d")
    qtbot.waitUntil(lambda: panel.wordless.isVisibleTo(panel), timeout=PATIENCE_MS)
    assert not panel.editor.isVisibleTo(panel) and not panel.classes.isVisibleTo(panel)
    choose(window, qtbot, "starter")
    qtbot.waitUntil(lambda: panel.editor.isVisibleTo(panel), timeout=PATIENCE_MS)
    assert not panel.wordless.isVisibleTo(panel)


def test_a_model_that_is_asked_by_a_picture_says_where_to_choose_it(window: MainWindow, qtbot):
    panel, studio = window.prompt, window.studio
    tiny_by_example(models_folder() / "example")
    studio.models.scan(studio.settings.model_folders)
    qtbot.waitUntil(lambda: studio.models.get("example") is not None, timeout=PATIENCE_MS)
    choose(window, qtbot, "example")
    qtbot.waitUntil(lambda: panel.wordless.isVisibleTo(panel), timeout=PATIENCE_MS)
    assert "under References" in panel.wordless.text() and not panel.editor.isVisibleTo(panel)
    choose(window, qtbot, "unet2d")
    qtbot.waitUntil(lambda: "without being asked" in panel.wordless.text(), timeout=PATIENCE_MS)
