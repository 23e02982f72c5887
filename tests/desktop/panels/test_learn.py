"""The Learn place, driven as an artist does: folder, words, start, stop, use; and the LoRAs of a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from invented import save_zorbis
from main_windows import controls, main_window, spoken, texts_of
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from studios import PATIENCE_MS

from desktop.panels.learn.page import LearnPage
from desktop.panels.places import Place
from desktop.state.jobs import JobState
from desktop.state.learnt import key_of
from desktop.window import MainWindow
from engine.api.control import Control
from engine.api.events import Event, Finished, Loading, Notice, Step
from engine.api.images import read_only
from engine.api.learnt import LearntInfo, LearntKind, Lora
from engine.api.training import Teaches, TrainRequest
from engine.library.folders import models_folder


class Teacher:
    """Stands in the engine for the networks: says what a teaching says and writes its file."""

    def __init__(self, engine) -> None:
        self._run = engine.run
        self.asked: list[TrainRequest] = []
        self.may_finish = True
        self.before: list[float] = []
        """Losses of a teaching that is gone on with."""

    def run(self, job_id: str, request, control: Control) -> Iterator[Event]:
        if not isinstance(request, TrainRequest):
            yield from self._run(job_id, request, control)
            return
        self.asked.append(request)
        yield Loading("lessons", 0.5)
        yield Notice("memory_plan", "", {"needed_bytes": 1, "free_bytes": 2, "batch": 4})
        yield Notice("skipped", "", {"name": "torn.png"})
        if self.before:
            yield Notice("resumed", "", {"step": len(self.before), "losses": self.before})
        for step in range(5):
            yield self._step(step)
        while not self.may_finish and not control.is_stopping:
            if control.is_cancelled:
                return
        from safetensors.numpy import save_file

        Path(request.output).parent.mkdir(parents=True, exist_ok=True)
        state = {
            f"unet.mid_block.attentions.0.proj_in.lora_{side}.weight": np.zeros((2, 2), np.float32)
            for side in "AB"
        }
        save_file(state, request.output, {"lienzo.trigger": request.trigger})
        yield Finished(0, 1.0)

    def _step(self, step: int) -> Step:
        preview = read_only(np.full((16, 16, 3), 40 * step, np.uint8)) if step % 2 == 0 else None
        return Step(step, 4, 0.0, preview, seconds=0.01, extra={"loss": 1 / (step + 1), "share": step / 4})


@pytest.fixture
def window(qtbot) -> Iterator[MainWindow]:
    with main_window(qtbot) as window:
        yield window


@pytest.fixture
def teacher(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Teacher:
    engine = window.studio.engine._engine
    teacher = Teacher(engine)
    monkeypatch.setattr(engine, "run", teacher.run)
    let_learn(window, *LearntKind)
    return teacher


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = save_zorbis(tmp_path / "zorbis", 3, 64)
    (folder / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    return folder


def let_learn(window: MainWindow, *kinds: LearntKind) -> None:
    """The toy's networks are the teacher's."""
    models = window.studio.models
    toy = models.get("toy")
    assert toy is not None
    able = replace(toy, capabilities=replace(toy.capabilities, learns=kinds))
    models.infos = tuple(able if info is toy else info for info in models.infos)
    models.changed.emit()


def page_of(window: MainWindow) -> LearnPage:
    window.go_to(Place.LEARN)
    page = window.pages.currentWidget()
    assert isinstance(page, LearnPage)
    return page


def choose(qtbot, window: MainWindow, folder: Path) -> LearnPage:
    page = page_of(window)
    with qtbot.waitSignal(window.studio.learning.lessons_changed):
        window.studio.learning.choose_folder(folder)
    return page


def fill(qtbot, window: MainWindow, folder: Path) -> LearnPage:
    page = choose(qtbot, window, folder)
    qtbot.keyClicks(page.settings.trigger, "zorbi")
    qtbot.keyClicks(page.settings.class_words, "toy")
    return page


def wait_state(qtbot, window: MainWindow, state: JobState) -> None:
    learning = window.studio.learning
    qtbot.waitUntil(lambda: learning.job is not None and learning.job.state is state)


def test_places_are_switched_by_button_and_key(window: MainWindow, qtbot):
    switch = window.top_bar.places
    qtbot.mouseClick(switch.buttons[Place.LEARN], Qt.MouseButton.LeftButton)
    assert window.pages.place is Place.LEARN and switch.buttons[Place.LEARN].isChecked()
    qtbot.keyClick(window.content, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert window.pages.place is Place.CANVAS and window.work.isVisible()
    qtbot.keyClick(window.content, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert window.pages.place is Place.LEARN and not window.work.isVisible()


def test_empty_it_says_what_to_do_with_one_button(window: MainWindow, qtbot):
    page = page_of(window)
    assert page.lessons.empty.isVisible() and not page.lessons.filled.isVisible()
    assert not page.settings.start.isEnabled()
    with qtbot.waitSignal(page.folder_asked):
        qtbot.mouseClick(page.lessons.choose, Qt.MouseButton.LeftButton)
    for dialog in window.findChildren(type(window.dialogs)):
        dialog.close()
    for top in QApplication.topLevelWidgets():
        if top.metaObject().className() == "QFileDialog":
            top.close()


def test_a_dropped_folder_shows_its_pictures_and_what_is_broken(window: MainWindow, qtbot, folder: Path):
    page = page_of(window)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    drop = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(window.studio.learning.lessons_changed):
        page.lessons.dropEvent(drop)
    assert page.lessons.item_model.rowCount() == 4
    assert [lesson.thumbnail is None for lesson in window.studio.learning.lessons] == [
        True,
        False,
        False,
        False,
    ]
    assert "3" in page.lessons.count.text() and "1" in page.lessons.count.text()


def test_words_are_typed_in_the_list_and_saved_only_when_asked(window: MainWindow, qtbot, folder: Path):
    page = choose(qtbot, window, folder)
    view = page.lessons.list
    index = page.lessons.item_model.index(1)
    view.setCurrentIndex(index)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_F2)
    editor = view.findChild(QLineEdit)
    assert editor is not None
    qtbot.keyClicks(editor, "zorbi in snow")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: index.data() == "zorbi in snow")
    assert not (folder / "zorbi-00.txt").exists()
    assert page.lessons.save.isEnabled()
    with qtbot.waitSignal(window.studio.learning.lessons_changed):
        qtbot.mouseClick(page.lessons.save, Qt.MouseButton.LeftButton)
    assert (folder / "zorbi-00.txt").read_text("utf-8") == "zorbi in snow"
    qtbot.waitUntil(lambda: not page.lessons.save.isEnabled())


def test_what_is_missing_is_said_below_the_button(window: MainWindow, qtbot, folder: Path):
    let_learn(window, LearntKind.LORA)
    page = choose(qtbot, window, folder)
    qtbot.mouseClick(page.settings.start, Qt.MouseButton.LeftButton)
    assert page.settings.problem.isVisible() and "word" in page.settings.problem.text()
    qtbot.keyClicks(page.settings.trigger, "zorbi")
    assert not page.settings.problem.isVisible()


def test_taught_watched_and_used_on_the_canvas(window: MainWindow, qtbot, folder: Path, teacher: Teacher):
    page = fill(qtbot, window, folder)
    learning = window.studio.learning
    qtbot.mouseClick(page.settings.start, Qt.MouseButton.LeftButton)
    wait_state(qtbot, window, JobState.DONE)
    request = teacher.asked[0]
    assert (request.trigger, request.class_words, request.folder) == ("zorbi", "toy", str(folder))
    assert request.output == str(models_folder() / "loras" / "zorbi.safetensors")
    assert [sample.step for sample in learning.samples] == [0, 2, 4]
    assert len(learning.losses) == 5 and page.progress.curve.smooth()[-1] < page.progress.curve.smooth()[0]
    assert "torn.png" in page.progress.notices.text()
    assert not window.studio.jobs.jobs[0].steps and window.studio.viewing.shown.pixels is None
    page.progress.samples.slider.setValue(1)
    assert "2" in page.progress.samples.now_label.text()
    window.studio.generation.prompt = "a hill"
    qtbot.mouseClick(page.progress.use, Qt.MouseButton.LeftButton)
    assert window.pages.place is Place.CANVAS
    assert window.studio.generation.prompt == "a hill zorbi"
    assert window.studio.generation.loras == (Lora("zorbi", 1.0),)


def test_stop_keeps_and_cancel_does_not(window: MainWindow, qtbot, folder: Path, teacher: Teacher):
    teacher.may_finish = False
    page = fill(qtbot, window, folder)
    qtbot.mouseClick(page.settings.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.studio.learning.samples) == 3)
    assert page.progress.stop.isVisible() and not page.settings.start.isEnabled()
    said: list[str] = []
    window.studio.learning.progress_changed.connect(lambda: said.append(page.progress.state.text()))
    qtbot.mouseClick(page.progress.stop, Qt.MouseButton.LeftButton)
    assert said[0] == "Stopping", "the network may take its time"
    wait_state(qtbot, window, JobState.DONE)
    assert Path(teacher.asked[0].output).exists()
    qtbot.mouseClick(page.settings.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.studio.learning.samples) == 3)
    qtbot.mouseClick(page.progress.cancel, Qt.MouseButton.LeftButton)
    wait_state(qtbot, window, JobState.CANCELLED)
    assert teacher.asked[1].output.endswith("zorbi (2).safetensors")
    assert not Path(teacher.asked[1].output).exists()


def test_started_again_after_a_cancel_it_goes_on_with_its_whole_curve(
    window: MainWindow, qtbot, folder: Path, teacher: Teacher
):
    learning = window.studio.learning
    fill(qtbot, window, folder)
    teacher.may_finish = False
    job = learning.start()
    assert job is not None
    qtbot.waitUntil(lambda: len(learning.losses) == 5)
    learning.cancel()
    qtbot.waitUntil(lambda: job.state is JobState.CANCELLED)
    assert learning.to_request() == job.request
    learning.minutes = 7.0
    assert learning.to_request().seed != teacher.asked[0].seed
    learning.minutes = 5.0
    teacher.may_finish, teacher.before = True, [3.0, 2.0]
    again = learning.start()
    assert again is not None
    qtbot.waitUntil(lambda: again.state is JobState.DONE)
    assert teacher.asked[1] == teacher.asked[0]
    assert learning.losses[:2] == [3.0, 2.0] and len(learning.losses) == 7


def test_what_was_typed_is_there_after_a_restart(window: MainWindow, qtbot, folder: Path):
    from desktop.state.learning import Learning

    fill(qtbot, window, folder)
    learning = window.studio.learning
    learning.teaches, learning.minutes = Teaches.STYLE, 12.5
    learning.set_caption(learning.lessons[1], "typed, not saved")
    learning.file.flush()
    again = Learning(window.studio.generation, window.studio.jobs, window.studio.background, window)
    assert (again.trigger, again.teaches, again.minutes) == ("zorbi", Teaches.STYLE, 12.5)
    assert again.typed == {"zorbi-00.png": "typed, not saved"} and again.folder == str(folder)


def test_loras_are_worn_weighed_and_taken_off(window: MainWindow, qtbot):
    studio, panel = window.studio, window.side.learnt
    assert not panel.add_lora.isEnabled() and panel.said.isVisible()
    studio.wearing.wear("ink", 0.8)
    assert [row.lora.name for row in panel.rows] == ["ink"]
    row = panel.rows[0]
    row.weight.field.setFocus()
    row.weight.field.selectAll()
    qtbot.keyClicks(row.weight.field, "0.3")
    qtbot.keyClick(row.weight.field, Qt.Key.Key_Return)
    assert studio.generation.loras == (Lora("ink", 0.3),)
    assert studio.generation.to_request().loras == (Lora("ink", 0.3),)
    studio.generation.restore_draft(studio.generation.to_draft())
    assert studio.generation.loras == (Lora("ink", 0.3),)
    qtbot.mouseClick(row.remove, Qt.MouseButton.LeftButton)
    assert studio.generation.loras == () and panel.rows == []


def test_a_lora_that_is_worn_says_when_it_is_for_another_model_or_gone(window: MainWindow, qtbot):
    studio, panel = window.studio, window.side.learnt
    qtbot.waitUntil(lambda: studio.learnt.is_known, timeout=PATIENCE_MS)
    studio.wearing.wear("ink", 0.8)
    assert "not here" in panel.rows[0].note.text()
    ink = LearntInfo("ink", LearntKind.LORA, Path("ink.safetensors"))
    studio.learnt.infos = (ink,)
    studio.learnt.changed.emit()
    assert "another model" in panel.rows[0].note.text()
    studio.learnt._fitting = frozenset({key_of(ink)})
    studio.learnt.changed.emit()
    assert panel.rows[0].note.isHidden()


def test_learnt_things_are_listed_for_their_model_only(window: MainWindow, qtbot):
    from learnt import save_embedding

    save_embedding(models_folder() / "embeddings" / "zorbi.safetensors", "zorbi", width=256)
    studio = window.studio
    with qtbot.waitSignal(studio.learnt.changed):
        studio.wearing.look()
    assert len(studio.learnt.infos) == 1 and studio.learnt.of(LearntKind.EMBEDDING) == ()
    with qtbot.waitSignal(studio.learnt.changed):
        studio.learnt.scan((), studio.models.get("starter"))
    width = studio.learnt.of(LearntKind.EMBEDDING)
    studio.generation.prompt = "a zorbi"
    assert studio.generation.to_request().embeddings == tuple(what.name for what in width)


def test_everything_can_be_reached_and_has_a_name(window: MainWindow, qtbot, folder: Path):
    page = fill(qtbot, window, folder)
    assert all(control.accessibleName() for control in controls(page)), [
        (type(control).__name__, control.objectName())
        for control in controls(page)
        if not control.accessibleName()
    ]


def test_the_page_speaks_spanish(window: MainWindow, qtbot, folder: Path, tmp_path: Path):
    fill(qtbot, window, folder)
    with spoken("es", tmp_path):
        qtbot.waitUntil(
            lambda: window.pages.currentWidget().settings.start.text().strip() == "Empezar a aprender"
        )
        page = window.pages.currentWidget()
        assert "Sin" in texts_of(page.progress.samples.before_label)
        assert page.settings.trigger.text() == "zorbi"


def test_the_focus_goes_on_to_what_one_can_do_next(window: MainWindow, teacher: Teacher, qtbot, folder: Path):
    page = fill(qtbot, window, folder)
    teacher.may_finish = False
    page.settings.start.setFocus()
    qtbot.keyClick(page.settings.start, Qt.Key.Key_Space)
    progress = page.progress
    assert QApplication.focusWidget() in (progress.stop, progress.cancel)
    wait_state(qtbot, window, JobState.RUNNING)
    teacher.may_finish = True
    wait_state(qtbot, window, JobState.DONE)
    assert QApplication.focusWidget() is progress.use


def test_what_cannot_be_taught_is_said_before_one_starts(window: MainWindow, qtbot, folder: Path):
    settings = fill(qtbot, window, folder).settings
    assert settings.model.text() == "Toy cannot be taught. Choose another model."
    assert not settings.start.isEnabled()
    let_learn(window, LearntKind.LORA)
    assert settings.start.isEnabled() and settings.model.text().startswith("Teaches Toy")
    window.studio.learning.method = LearntKind.EMBEDDING
    assert not settings.start.isEnabled() and "Choose LoRA" in settings.model.text()
