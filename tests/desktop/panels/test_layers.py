"""The layers, the history and the mask shelf, used with mouse and keyboard."""

import pytest
from document_pictures import noise
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from windows import show_in_window

from desktop.bridge.background import Background
from desktop.panels.history import HistoryPanel
from desktop.panels.layer_item_model import FACTS, PICTURE
from desktop.panels.layer_row import eye_place
from desktop.panels.layers import LayersPanel
from desktop.panels.mask_shelf import MaskShelfPanel
from desktop.raster.blend import Blend
from desktop.raster.rect import Rect
from desktop.state.document import layer_commands, merging, results
from desktop.state.document.layers import PaintLayer, Variant, Verdict
from desktop.state.documents import Documents
from desktop.state.messages import Messages
from desktop.state.settings import Settings
from desktop.state.shared_masks import SharedMasks
from engine.api.images import Extent


@pytest.fixture
def documents(qtbot):
    """From the top: c, b, a, Layer 1."""
    background = Background()
    documents = Documents(Settings(background), Messages(), background)
    with documents.current.begin("New layer"):
        for name in "abc":
            documents.current.insert(PaintLayer(name=name, tiles=noise(1, Rect(0, 0, 300, 200))))
    yield documents
    documents.close()
    background.close()


@pytest.fixture
def panel(qtbot, documents) -> LayersPanel:
    return show_in_window(qtbot, LayersPanel(documents), 320, 500)


def rows(panel: LayersPanel, parent: QModelIndex = QModelIndex()) -> list:
    model = panel.item_model
    listed = []
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        listed += [index.data(), *([rows(panel, index)] if model.rowCount(index) else [])]
    return listed


def index_of(panel: LayersPanel, name: str) -> QModelIndex:
    layer = next(layer for layer in panel.document.root.walk() if layer.name == name)
    return panel.item_model.index_of(layer.id)


def click(panel: LayersPanel, place: QPoint, keys=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, keys, place)


def test_rows_are_the_layers_the_topmost_first(panel):
    assert rows(panel) == ["c", "b", "a", "Layer 1"]
    merging.group_layers(panel.document, [panel.document.root.children[1], panel.document.root.children[2]])
    assert rows(panel) == ["c", "Group 1", ["b", "a"], "Layer 1"]
    panel.document.history.undo()
    assert rows(panel) == ["c", "b", "a", "Layer 1"]


def test_a_click_chooses_and_the_document_is_followed(panel):
    click(panel, panel.tree.visualRect(index_of(panel, "a")).center())
    assert panel.document.active.name == "a"
    panel.document.activate(panel.document.root.children[0])
    assert panel.tree.currentIndex().data() == "Layer 1"


def test_the_eye_hides_and_shows_and_chooses_nothing(panel):
    place = eye_place(panel.tree.visualRect(index_of(panel, "a"))).center()
    click(panel, place)
    assert index_of(panel, "a").data(FACTS) == "hidden"
    assert panel.document.active.name == "c"
    click(panel, place)
    assert index_of(panel, "a").data(FACTS) == ""


def test_a_layer_is_renamed_in_place(panel, qtbot):
    panel.tree.setCurrentIndex(index_of(panel, "b"))
    panel.tree.setFocus()
    qtbot.keyClick(panel.tree, Qt.Key.Key_F2)
    editor = panel.tree.findChild(QLineEdit)
    editor.setText("roof")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: rows(panel) == ["c", "roof", "a", "Layer 1"])
    assert panel.document.history.undo_title == "Rename layer"


def test_dragging_moves_below_and_into_a_group(panel):
    model = panel.item_model
    data = model.mimeData([index_of(panel, "c")])
    model.dropMimeData(data, Qt.DropAction.MoveAction, 3, 0, QModelIndex())
    assert rows(panel) == ["b", "a", "c", "Layer 1"]
    layer_commands.add_group(panel.document)
    group = index_of(panel, "Group 1")
    model.dropMimeData(
        model.mimeData([index_of(panel, "b"), index_of(panel, "a")]), Qt.DropAction.MoveAction, -1, 0, group
    )
    assert rows(panel) == ["c", "Group 1", ["b", "a"], "Layer 1"] or rows(panel)[-1] == "Layer 1"
    assert [child.name for child in panel.document.layer(panel.document.active.id).children] == ["a", "b"]


def test_opacity_and_blending_follow_and_lead(panel):
    panel.opacity.set_value(40)
    assert panel.document.active.opacity == 0.4
    panel.blend.setCurrentIndex(panel.blend.findData(Blend.MULTIPLY))
    panel.blend.activated.emit(panel.blend.currentIndex())
    assert panel.document.active.blend is Blend.MULTIPLY
    panel.document.history.jump_to(1)
    assert panel.opacity.value() == 100 and panel.blend.currentData() == Blend.NORMAL


def test_several_chosen_layers_are_grouped_and_deleted_as_one(panel):
    panel.tree.setCurrentIndex(index_of(panel, "c"))
    click(panel, panel.tree.visualRect(index_of(panel, "b")).center(), Qt.KeyboardModifier.ControlModifier)
    panel.commands.group()
    assert rows(panel) == ["Group 1", ["c", "b"], "a", "Layer 1"]
    panel.commands.delete()
    assert rows(panel) == ["a", "Layer 1"]
    panel.document.history.undo()
    assert rows(panel) == ["Group 1", ["c", "b"], "a", "Layer 1"]


def test_a_folded_group_stays_folded(panel):
    merging.group_layers(panel.document, [panel.document.root.children[1]])
    panel.tree.collapse(index_of(panel, "Group 1"))
    assert panel.document.active.is_folded
    layer_commands.add_paint_layer(panel.document)
    assert not panel.tree.isExpanded(index_of(panel, "Group 1"))


def test_keys_of_the_list(panel, qtbot):
    panel.tree.setFocus()
    click(panel, panel.tree.visualRect(index_of(panel, "b")).center())
    for key, modifier in ((Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier), (Qt.Key.Key_Delete, None)):
        qtbot.keyClick(panel.tree, key, modifier or Qt.KeyboardModifier.NoModifier)
    assert rows(panel) == ["c", "a", "Layer 1"]


def test_a_result_is_stepped_through_accepted_and_asked_for_again(panel, qtbot):
    variants = [Variant(tiles=noise(seed, Rect(0, 0, 64, 64))) for seed in range(3)]
    layer = results.add_result(panel.document, variants, "beagle")
    panel.commands.step_variant(-1)
    panel.commands.judge(Verdict.ACCEPTED)
    assert index_of(panel, "beagle").data(FACTS) == "3 of 3  ·  accepted"
    panel.commands.judge(Verdict.ACCEPTED)
    assert panel.document.layer(layer.id).verdict is Verdict.PROPOSED
    panel.commands.toggle_before()
    assert "before" in index_of(panel, "beagle").data(FACTS)
    with qtbot.waitSignal(panel.commands.vary_asked):
        panel.commands.actions["vary"].trigger()


def test_pictures_of_layers_come_in_idle_moments(panel, qtbot):
    qtbot.waitUntil(lambda: index_of(panel, "a").data(PICTURE) is not None)
    assert index_of(panel, "a").data(PICTURE).width() <= 64
    assert panel.item_model.index_of("nobody").data(PICTURE) is None


def test_everything_is_enabled_only_when_it_can_be(panel):
    layer_commands.set_locked(panel.document, panel.document.active, True)
    actions = panel.commands.actions
    assert not actions["delete"].isEnabled() and not actions["merge"].isEnabled()
    assert not actions["next"].isEnabled() and actions["lock"].isEnabled()
    assert all(action.text() for action in panel.commands.menu(panel).actions() if not action.isSeparator())


def test_another_document_shows_its_own_layers(panel, documents):
    documents.new(Extent(64, 64))
    assert rows(panel) == ["Layer 1"]


def test_the_history_is_seen_and_jumped_in(qtbot, documents):
    panel = show_in_window(qtbot, HistoryPanel(documents), 320, 300)
    layer_commands.add_paint_layer(documents.current)
    layer_commands.rename(documents.current, documents.current.active, "snow")
    titles = [panel.item_model.index(row).data() for row in range(panel.item_model.rowCount())]
    assert titles == ["Beginning", "New layer", "New layer", "Rename layer"]
    place = panel.list.visualRect(panel.item_model.index(1)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert documents.current.history.position == 1 and panel.list.currentIndex().row() == 1
    layer_commands.add_group(documents.current)
    assert panel.item_model.rowCount() == 3 and panel.list.currentIndex().row() == 2


def test_masks_are_kept_named_used_and_joined(qtbot, documents):
    panel = show_in_window(qtbot, MaskShelfPanel(documents), 320, 300)
    document = documents.current
    assert panel.empty.isVisible() and not panel.mask_actions["keep"].isEnabled()
    with document.begin("Paint the mask"):
        document.mask.fill(Rect(0, 0, 100, 100), 255)
    panel.mask_actions["keep"].trigger()
    panel.item_model.setData(panel.item_model.index(0), "roof")
    assert document.state.shelf[0].name == "roof" and not panel.empty.isVisible()
    with document.begin("Paint the mask"):
        document.mask.fill(Rect(0, 0, 50, 100), 0)
    panel.list.setCurrentIndex(panel.item_model.index(0))
    panel.mask_actions["subtract"].trigger()
    assert not document.mask.keys()
    panel.mask_actions["use"].trigger()
    assert document.mask.read(Rect(0, 0, 100, 100)).min() == 255
    panel.mask_actions["remove"].trigger()
    assert panel.item_model.rowCount() == 0


def test_a_mask_for_every_picture_is_on_the_shelf_of_another_of_any_size(qtbot, documents, own_home):
    messages = Messages()
    offers = []
    messages.offered.connect(offers.append)
    shared = SharedMasks(documents._background, messages)
    panel = show_in_window(qtbot, MaskShelfPanel(documents, shared), 320, 300)
    size = documents.current.size
    with documents.current.begin("Paint the mask"):
        documents.current.mask.fill(Rect(0, 0, size.width // 2, size.height), 255)
    panel.mask_actions["keep"].trigger()
    panel.item_model.setData(panel.item_model.index(0), "left half")
    panel.list.setCurrentIndex(panel.item_model.index(0))
    panel.mask_actions["share"].trigger()
    qtbot.waitUntil(lambda: panel.item_model.rowCount() == 2)
    assert panel.list.height() >= 2 * panel.list.sizeHintForRow(0)
    other = documents.new(Extent(301, 77))
    assert [panel.item_model.index(row).data() for row in range(panel.item_model.rowCount())] == [
        "left half  ·  every picture"
    ]
    panel.list.setCurrentIndex(panel.item_model.index(0))
    assert not panel.mask_actions["share"].isEnabled()
    panel.mask_actions["use"].trigger()
    qtbot.waitUntil(lambda: bool(other.mask.keys()))
    mask = other.mask.read(other.canvas)
    assert mask[:, :149].min() == 255 and mask[:, 152:].max() == 0
    other.history.undo()
    assert not other.mask.keys()
    panel.item_model.setData(panel.item_model.index(0), "west/wing")
    qtbot.waitUntil(lambda: "west" in panel.item_model.index(0).data())
    (file,) = (own_home / "data" / "masks").iterdir()
    assert file.suffix == ".png" and file.stem == shared.masks[0].name
    fresh = SharedMasks(documents._background, messages)  # as at the next start
    fresh.look()
    qtbot.waitUntil(lambda: len(fresh.masks) == 1)
    assert fresh.masks[0].size == size
    panel.list.setCurrentIndex(panel.item_model.index(0))
    panel.mask_actions["remove"].trigger()
    qtbot.waitUntil(lambda: not shared.masks)
    assert not file.exists() and panel.empty.isVisible()
    offers[-1].action()
    qtbot.waitUntil(lambda: len(shared.masks) == 1)
    assert file.exists()
