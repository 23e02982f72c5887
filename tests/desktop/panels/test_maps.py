"""The Maps section by real events: kinds that the model can follow, a map painted, followed, undone, told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from main_windows import flush_deletions, main_window
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from studios import PATIENCE_MS, is_over, wait_done
from tiny_vision import tiny_vision

from desktop.panels.maps import MapsPanel
from desktop.panels.side_column import NARROWEST_PX, WIDEST_PX
from desktop.state.document import maps
from desktop.state.document.blank import is_blank
from desktop.state.document.document_map import DocumentMap, MapSource
from desktop.state.editing.edit_settings import Intent
from desktop.state.editing.map_views import MapView
from desktop.state.map_classes import classes_for
from desktop.state.viewing import ShownKind
from desktop.widgets.fold import Fold
from desktop.window import MainWindow
from engine.api.events import Loading, MapReady
from engine.api.images import Extent, ImageInput
from engine.api.look import LookRequest
from engine.api.maps import NOTHING, ControlInfo, ControlType, MapKind
from engine.api.pose import standing
from engine.api.vision import VisionInfo, VisionKind
from engine.library.folders import models_folder
from engine.library.pictures import encode_plain, read_metadata


@pytest.fixture
def window(qtbot):
    with main_window(qtbot) as window:
        window.studio.choose_model("starter")
        qtbot.waitUntil(lambda: bool(window.studio.learnt.controls), timeout=PATIENCE_MS)
        yield window


def choose(panel: MapsPanel, kind: MapKind) -> None:
    """As the menu does it."""
    panel.add.menu().actions()[list(MapKind).index(kind)].trigger()


def paint(window: MainWindow, *points: tuple[float, float]) -> None:
    """A stroke with the mouse through places of the document."""
    view = window.canvas
    seen = [view.viewport.to_view(*at) for at in points]
    places = [QPoint(*[round(value / view.viewport.ratio) for value in at]) for at in seen]
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=places[0])
    for at in places[1:]:
        QTest.mouseMove(view, at)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=places[-1])


def test_what_the_model_cannot_follow_is_off_and_says_why(window: MainWindow, qtbot, monkeypatch):
    panel, actions = window.side.maps, window.side.maps.add.menu().actions()
    reads = {kind for info in window.studio.learnt.controls for kind in info.kinds}
    assert [action.isEnabled() for action in actions] == [kind in reads for kind in MapKind]
    assert "No ControlNet" in actions[list(MapKind).index(MapKind.POSE)].toolTip()
    window.studio.choose_model("toy")
    qtbot.waitUntil(lambda: "cannot follow maps" in panel.said.text(), timeout=PATIENCE_MS)
    assert not panel.add.isEnabled()
    toy = window.studio.models.get("toy")
    reads_itself = replace(toy.capabilities, maps=True, own_maps=(MapKind.CANNY,), needs_map=True)
    monkeypatch.setattr(window.studio.models, "get", lambda _: replace(toy, capabilities=reads_itself))
    window.studio.learnt.controls = (ControlInfo("toy", ControlType.MODEL, Path("toy"), (MapKind.CANNY,)),)
    window.studio.models.changed.emit()
    assert panel.said.text() == "This model draws after a map: add one." and panel.add.isEnabled()
    actions = panel.add.menu().actions()
    assert [kind for kind, action in zip(MapKind, actions, strict=True) if action.isEnabled()] == [
        MapKind.CANNY
    ]


def test_nothing_is_said_to_be_missing_before_the_folders_were_looked_at(window: MainWindow):
    studio, maps, references = window.studio, window.side.maps, window.side.references
    studio.learnt.controls, studio.learnt.adapters, studio.learnt.is_known = (), (), False
    studio.learnt.changed.emit()
    assert "are being looked at" in maps.said.text() and "are being looked at" in references.said.text()
    studio.learnt.is_known = True
    studio.learnt.changed.emit()
    assert "No ControlNet" in maps.said.text() and "No IP-Adapter" in references.said.text()


def test_a_map_painted_by_hand_is_followed_and_made_again(window: MainWindow, qtbot):
    panel, studio = window.side.maps, window.studio
    choose(panel, MapKind.LINES)
    (row,), document = panel.rows, studio.document
    assert window.bench.tool_id == "brush" and window.bench.foreground == "#ffffff"
    assert document.active.name == "Map: Lines" and row.eye.isChecked()
    window.canvas.zoom_to_fit()
    paint(window, (64, 64), (128, 64), (192, 64))
    qtbot.waitUntil(lambda: (view := studio.editing.map_views.views.get(row.id)) is not None
                    and view.pixels is not None and view.pixels.any(), timeout=PATIENCE_MS)  # fmt: skip
    assert not row.thumbnail.pixmap().isNull()
    row.weight.set_value(0.8)
    studio.generation.prompt, studio.generation.steps = "a house", 1
    studio.generation.width = studio.generation.height = 64
    window.generate()
    qtbot.waitUntil(lambda: len(studio.jobs.jobs) == 1, timeout=PATIENCE_MS)
    (job,) = studio.jobs.jobs
    wait_done(qtbot, job)
    (given,) = job.request.maps
    assert given.kind is MapKind.LINES and given.weight == 0.8
    assert (given.image.width, given.image.height) == (64, 64)
    assert given.image.pixels.any() and not given.image.pixels[40:].any()
    recipe = read_metadata(job.results[0].path).recipe
    assert [use.network for use in recipe.controls] == ["starter/lines"] and given.image.sha256 in recipe.maps
    row.on.click()
    assert not document.maps[0].is_on
    document.history.undo()
    assert panel.rows[0].on.isChecked()
    panel.rows[0].away.click()
    flush_deletions()
    assert document.maps == () and not panel.rows
    document.history.undo()
    assert len(panel.rows) == 1


def test_a_map_of_the_mask_makes_itself_and_asks_for_one(window: MainWindow, qtbot, monkeypatch):
    panel, studio, told = window.side.maps, window.studio, []
    name = "control_v11p_sd15_inpaint"
    reader = ControlInfo(name, ControlType.CONTROLNET, Path(name), (MapKind.INPAINT,))
    monkeypatch.setattr(studio.learnt, "controls", (reader,))
    studio.learnt.changed.emit()
    choose(panel, MapKind.INPAINT)
    (row,), document = panel.rows, studio.document
    assert [given.source for given in document.maps] == [MapSource.MASK]
    assert row.source.isHidden() and row.thumbnail.isHidden() and row.eye.isHidden()
    assert "by itself" in row.told.note.text() and not row.weight.isHidden()
    studio.messages.said.connect(lambda _, text: told.append(text))
    studio.generation.prompt = "a house"
    window.generate()
    qtbot.waitUntil(lambda: bool(told), timeout=PATIENCE_MS)
    assert "Paint a mask" in told[-1] and not studio.jobs.jobs
    window.bench.take_up("mask_brush")
    paint(window, (64, 64), (128, 64))
    studio.edit.intent = Intent.PAINTED
    asked = []
    monkeypatch.setattr(studio.jobs, "enqueue", lambda request, at_front=False: asked.append(request))
    window.generate()
    qtbot.waitUntil(lambda: bool(asked), timeout=PATIENCE_MS)
    (given,) = asked[0].maps
    assert given.is_of_mask and given.image == NOTHING and asked[0].edit.mask is not None


def test_a_map_asked_for_while_the_first_picture_is_drawn_lies_on_a_canvas_of_its_size(
    window: MainWindow, qtbot
):
    studio = window.studio
    studio.generation.prompt, studio.generation.steps = "a house", 150
    studio.generation.width, studio.generation.height = 96, 64
    window.generate()
    qtbot.waitUntil(lambda: studio.viewing.shown.kind is ShownKind.STEP, timeout=PATIENCE_MS)
    choose(window.side.maps, MapKind.LINES)
    assert studio.document.size == Extent(96, 64) and window.painting.has_document()
    assert [given.kind for given in studio.document.maps] == [MapKind.LINES]
    (job,) = studio.jobs.jobs
    studio.jobs.cancel(job)
    qtbot.waitUntil(lambda: is_over(job), timeout=PATIENCE_MS)


def test_depth_is_painted_with_a_soft_brush_and_says_what_light_means(window: MainWindow):
    told: list[str] = []
    window.studio.messages.said.connect(lambda _, text: told.append(text))
    choose(window.side.maps, MapKind.DEPTH)
    assert window.bench.options().hardness < 0.5 and window.bench.foreground == "#808080"
    assert "lighter, the nearer" in told[-1]


def test_a_map_that_acts_in_no_step_says_so(window: MainWindow):
    panel, generation = window.side.maps, window.studio.generation
    choose(panel, MapKind.LINES)
    (row,) = panel.rows
    generation.steps = 8
    row.start.value_changed.emit(0.3)
    row.end.value_changed.emit(0.45)
    assert "Of 8 steps none" in row.told.note.text()
    generation.steps = 20
    assert "none" not in row.told.note.text()


def test_a_tool_with_nothing_to_set_says_in_its_bar_what_it_does(window: MainWindow):
    window.bench.take_up("pose")
    hint = window.work.options.hint
    assert hint is not None and "Alt+click takes a joint away" in hint.text()
    window.bench.take_up("brush")
    assert window.work.options.hint is None


def test_a_picture_file_becomes_a_hidden_layer_that_the_map_is_drawn_from(
    window: MainWindow, qtbot, tmp_path: Path
):
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[20:40, 20:40] = 255
    (tmp_path / "square.png").write_bytes(encode_plain(pixels))
    panel, studio = window.side.maps, window.studio
    choose(panel, MapKind.DEPTH)
    window.map_work._choose = lambda title, take: take(str(tmp_path / "square.png"))
    row = panel.rows[0]
    row.source.setCurrentIndex(row.source.findData("file"))
    row.source.activated.emit(row.source.currentIndex())
    qtbot.waitUntil(lambda: studio.document.maps[0].source is MapSource.LAYER, timeout=PATIENCE_MS)
    layer = studio.document.layer(studio.document.maps[0].layer)
    assert layer.name == "square.png" and not layer.visible
    assert "Guessed" in row.told.note.text()
    row.eye.click()
    qtbot.waitUntil(lambda: studio.editing.map_views.shown is not None, timeout=PATIENCE_MS)
    assert window.canvas.item._map is not None
    row.eye.click()
    assert window.canvas.item._map is None


@pytest.mark.parametrize("code", ["en", "es"])
def test_each_class_of_the_starter_has_a_name_of_its_own(code: str, monkeypatch):
    monkeypatch.setattr("desktop.state.map_classes.language", lambda: code)
    names = [entry.name for entry in classes_for("starter/segmentation")]
    assert len({*names}) == len(names) > 30


def test_all_classes_are_searched_by_any_name_and_painted_with(window: MainWindow, monkeypatch):
    monkeypatch.setattr("desktop.state.map_classes.STARTER", "nobody's/")  # as for any other's network
    choose(window.side.maps, MapKind.SEGMENTATION)
    (row,) = window.side.maps.rows
    names = [row.classes.itemText(number) for number in range(row.classes.count())]
    assert len(names) == 150 and names[31] == "rock" and names[32:34] == ["armchair", "seat"]
    assert window.bench.foreground == "#787878"  # a wall, the first
    line = row.classes.lineEdit()
    assert line is not None
    assert line.width() > line.fontMetrics().horizontalAdvance("window pane")
    for typed, name, colour in (("palm", "palm tree", "#0052ff"), ("arbol", "tree", "#04c803")):
        line.selectAll()
        QTest.keyClicks(line, typed)
        popup = row.classes.completer().popup()
        found = [popup.model().index(number, 0).data() for number in range(popup.model().rowCount())]
        assert name in found
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert (row.classes.currentText(), window.bench.foreground) == (name, colour)
    QTest.keyClicks(line, "nothing of the kind")
    row.weight.set_value(0.7)  # what is typed stays while the map changes
    assert line.text().endswith("kind")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert (row.classes.currentText(), window.bench.foreground) == ("tree", "#04c803")
    window.bench.foreground = "#ffffff"
    row.paint.click()
    assert window.bench.foreground == "#04c803"


def test_a_person_is_added_mirrored_and_taken_away(window: MainWindow, qtbot):
    studio, panel = window.studio, window.side.maps
    panel.add_map(MapKind.POSE)
    row = panel.rows[0]
    assert window.bench.tool_id == "pose" and studio.editing.map_views.shown_id == row.id
    row.people.person.click()
    row.people.mirror.click()
    figures = studio.document.maps[0].figures
    assert len(figures) == 2 and figures[1].points[2] != figures[0].points[2]
    row.people.leave.click()
    assert len(studio.document.maps[0].figures) == 1
    assert "No ControlNet for this kind of map" in row.told.note.text()


def test_people_that_a_network_saw_become_figures_and_an_undo_takes_it_back(window: MainWindow):
    studio, views = window.studio, window.studio.editing.map_views
    given = maps.add(studio.document, DocumentMap(MapKind.POSE, MapSource.DOCUMENT, drawer="eyes"))
    (row,) = window.side.maps.rows
    assert row.taken.isHidden()
    picture = ImageInput.of(np.zeros((64, 64, 3), np.uint8))
    views.views = {given.id: MapView(given, None, picture=picture)}
    person = standing(())
    views.answer({given.id: MapReady(np.zeros((64, 64, 3), np.uint8), "eyes", (person,))})
    assert not row.taken.isHidden()
    row.taken.click()
    (changed,) = studio.document.maps
    assert changed.source is MapSource.FIGURES and changed.figures == (person,)
    assert window.bench.tool_id == "pose" and row.taken.isHidden()
    studio.document.history.undo()
    assert studio.document.maps == (given,)


def test_a_network_that_is_here_draws_the_map_and_can_be_left_out(window: MainWindow, qtbot):
    panel, studio = window.side.maps, window.studio
    tiny_vision("dpt", models_folder() / "tiny-dpt")
    studio.wearing.look()
    qtbot.waitUntil(lambda: bool(studio.learnt.seeing), timeout=PATIENCE_MS)
    given = maps.add(studio.document, DocumentMap(MapKind.DEPTH, MapSource.DOCUMENT, drawer="tiny-dpt"))
    (row,) = panel.rows
    assert not row.drawer.isHidden() and row.drawer.currentData() == "tiny-dpt"
    assert "tiny-dpt is looking" in row.told.note.text()
    assert row.drawer.count() == 2
    qtbot.waitUntil(lambda: row.told.note.isHidden(), timeout=PATIENCE_MS)
    answer = studio.editing.map_views.views[row.id].answer
    assert answer is not None and answer.by == "tiny-dpt" and not answer.figures
    assert studio.editing.map_views.views[row.id].pixels is answer.pixels
    studio.generation.prompt, studio.generation.steps = "a house", 1
    window.generate()
    qtbot.waitUntil(lambda: len(studio.jobs.jobs) == 1, timeout=PATIENCE_MS)
    (job,) = studio.jobs.jobs
    wait_done(qtbot, job)
    recipe = read_metadata(job.results[0].path).recipe
    assert recipe is not None
    (told,) = recipe.request.maps
    assert (told.drawn_by, told.is_picture) == ("tiny-dpt", False)
    row.drawer.setCurrentIndex(0)
    row.drawer.activated.emit(0)
    assert studio.document.maps[0].drawer == "" and studio.document.maps[0].id == given.id
    assert "Guessed from colours" in row.told.note.text()


def test_a_look_is_stopped_with_esc_and_asked_for_again(window: MainWindow, qtbot, monkeypatch):
    studio, looking = window.studio, window.studio.map_looking
    asked: list[LookRequest] = []
    monkeypatch.setattr(studio.engine, "submit", lambda look, request, previews: asked.append(request))
    given = maps.add(studio.document, DocumentMap(MapKind.DEPTH, MapSource.DOCUMENT, drawer="eyes"))
    studio.learnt.seeing = (VisionInfo("eyes", VisionKind.DEPTH, Path("eyes"), ""),)
    studio.learnt.changed.emit()
    qtbot.waitUntil(lambda: len(asked) == 1, timeout=PATIENCE_MS)
    (row,) = window.side.maps.rows
    assert asked[0].kind is MapKind.DEPTH and asked[0].by == "eyes"
    assert not row.told.stop.isHidden() and [piece.text for piece in studio.working.pieces] == [
        "eyes is looking"
    ]
    looking.engines.said.emit("look-1", Loading("drawing_maps", 0.25))
    assert studio.working.pieces[0].share == 0.25
    stop = window.actions_by_id["stop"]
    qtbot.waitUntil(stop.isEnabled, timeout=PATIENCE_MS)
    assert [keys.toString() for keys in stop.shortcuts()] == ["Esc"]
    stop.trigger()
    assert not looking.is_at_work and not studio.working.pieces
    assert (
        "was stopped" in row.told.note.text() and row.told.stop.isHidden() and not row.told.again.isHidden()
    )
    studio.editing.map_views.changed.emit()  # nothing that it would see is another
    looking.resting.timeout.emit()
    assert len(asked) == 1
    row.told.again.click()
    assert len(asked) == 2 and "is looking" in row.told.note.text() and row.told.again.isHidden()
    looking.engines.said.emit("look-2", MapReady(np.zeros((64, 64, 3), np.uint8), "eyes"))
    assert row.told.note.isHidden() and studio.editing.map_views.views[given.id].answer is not None


def test_a_row_stays_as_it_is_when_other_maps_come_and_go(window: MainWindow):
    panel, document = window.side.maps, window.studio.document
    first = maps.add(document, DocumentMap(MapKind.LINES, MapSource.DOCUMENT))
    second = maps.add(document, DocumentMap(MapKind.DEPTH, MapSource.DOCUMENT))
    (fold,) = panel.rows[1].findChildren(Fold)
    fold.button.click()
    third = maps.add(document, DocumentMap(MapKind.SEGMENTATION, MapSource.DOCUMENT))
    assert [row.id for row in panel.rows] == [first.id, second.id, third.id]
    maps.remove(document, first.id)
    document.history.undo()
    assert [row.id for row in panel.rows] == [first.id, second.id, third.id]
    flush_deletions()
    assert not fold.page.isHidden()
    assert [panel._rows.indexOf(row) for row in panel.rows] == [0, 1, 2]


def test_a_pose_can_also_be_what_a_network_sees_or_a_file(window: MainWindow):
    studio, panel = window.studio, window.side.maps
    studio.learnt.seeing = (VisionInfo("eyes", VisionKind.POSE, Path("eyes"), "VitPoseForPoseEstimation"),)
    panel.add_map(MapKind.POSE)
    row = panel.rows[0]
    row.show_map(studio.document.maps[0])
    entries = [row.source.itemText(index) for index in range(row.source.count())]
    assert not row.source.isHidden() and "A file that is a map…" in entries
    assert row.source.currentText() == "Posed figures"
    row.source.setCurrentIndex(entries.index("From what one sees"))
    row.source.activated.emit(row.source.currentIndex())
    (given,) = studio.document.maps
    assert (given.source, given.drawer) == (MapSource.DOCUMENT, "eyes")
    row.source.setCurrentIndex(row.source.findText("Posed figures"))
    row.source.activated.emit(row.source.currentIndex())
    (given,) = studio.document.maps
    assert given.source is MapSource.FIGURES and len(given.figures) == 1


@pytest.mark.parametrize(("dot", "source"), [(0, MapSource.READY), (9, MapSource.DOCUMENT)])
def test_a_map_is_painted_on_a_canvas_of_one_colour_and_drawn_of_any_other(window: MainWindow, dot, source):
    pixels = np.full((280, 520, 3), 60, np.uint8)
    pixels[270, 510] += dot
    window.studio.documents.open_pixels(pixels, "Background")
    assert is_blank(window.studio.document.state) is (dot == 0)
    window.side.maps.add_map(MapKind.DEPTH)
    (given,) = window.studio.document.maps
    assert given.source is source and is_blank(window.studio.document.state) is (dot == 0)


def test_nothing_of_a_map_s_row_is_cut_at_the_right_of_the_column(window: MainWindow, qtbot):
    side = window.side
    window.body.setSizes([4_000, 1])
    window.side.maps.add_map(MapKind.POSE)
    row = side.maps.rows[0]
    row.people.person.setText("Otra persona más")
    qtbot.waitUntil(lambda: side.widget().width() >= row.minimumSizeHint().width())
    qtbot.waitUntil(lambda: side.widget().width() <= side.viewport().width())
    assert NARROWEST_PX < side.width() <= WIDEST_PX
