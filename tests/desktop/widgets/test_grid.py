"""The grid under a hand: picked by pointer and keys as in a file manager, dragged out, 100,000 long."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QContextMenuEvent,
    QDrag,
    QDropEvent,
    QImage,
    QWheelEvent,
)
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from windows import show_in_window

from desktop.widgets.grid import gestures
from desktop.widgets.grid.content import Cell, GridContent
from desktop.widgets.grid.drawing import stack_badge
from desktop.widgets.grid.fitted import FittedImages
from desktop.widgets.grid.view import LARGEST_PX, SMALLEST_PX, ImageGrid, Shape
from desktop.widgets.theme import apply_theme, tokens

NONE, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier,
)  # fmt: skip
LEFT = Qt.MouseButton.LeftButton


class Shelf:
    """A source of plain pictures: every key has its own colour."""

    def __init__(self) -> None:
        self.cells: dict[int, Cell] = {}
        self.images: dict[int, QImage] = {}
        self.wanted: list[list[int]] = []

    def cell(self, key: int) -> Cell:
        return self.cells.get(key, Cell(f"picture {key}", f"a dog <b>{key}</b>"))

    def image(self, key: int, pixels: int) -> QImage | None:
        return self.images.get(key)

    def placeholder(self, key: int) -> QColor | None:
        return None

    def files(self, keys: list[int]) -> QMimeData:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(f"/pictures/{key}.png") for key in keys])
        return data

    def want(self, keys: list[int], pixels: int) -> None:
        self.wanted.append(keys)


def content(count: int, starts: tuple[int, ...] = (), first: int = 1000) -> GridContent:
    keys = np.arange(first, first + count)
    aspects = np.tile([1.0, 1.5, 0.75], count // 3 + 1)[:count]
    titles = tuple(f"Day {number}" for number, _ in enumerate(starts))
    return GridContent(keys, aspects, np.array(starts, np.int64), titles)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def grid(qtbot: QtBot, qapp: QApplication, shelf: Shelf) -> ImageGrid:
    """Sixty squares, six in a row of 1,000 pixels."""
    apply_theme(qapp, "dark")
    grid = ImageGrid(shelf)
    grid.set_shape(Shape.SQUARES)
    grid.set_size(150)
    show_in_window(qtbot, grid, 1000, 600)
    grid.set_content(content(60))
    grid.setFocus()
    return grid


def click(grid: ImageGrid, index: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(grid.viewport(), LEFT, modifiers, grid.box_of(index).center())


def press(grid: ImageGrid, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(grid, key, modifiers)


def picked(grid: ImageGrid) -> list[int]:
    return [key - 1000 for key in grid.picked_keys()]


def columns(grid: ImageGrid) -> int:
    return int(grid.geometry_of_items.row_starts[1])


def test_clicks_pick_as_in_a_file_manager(grid: ImageGrid):
    click(grid, 3)
    assert picked(grid) == [3] and grid.current == 1003
    click(grid, 6, SHIFT)
    assert picked(grid) == [3, 4, 5, 6]
    click(grid, 4, SHIFT)
    assert picked(grid) == [3, 4], "the anchor stays"
    click(grid, 9, CONTROL)
    click(grid, 3, CONTROL)
    assert picked(grid) == [4, 9]
    click(grid, 7, CONTROL | SHIFT)
    assert picked(grid) == [3, 4, 5, 6, 7, 9], "the last pressed is where the range begins"
    click(grid, 5)
    assert picked(grid) == [5]
    QTest.mouseClick(grid.viewport(), LEFT, NONE, QPoint(3, 3))
    assert picked(grid) == [] and grid.current == 1005


def test_keys_pick_as_in_a_file_manager(grid: ImageGrid):
    wide = columns(grid)
    click(grid, 0)
    press(grid, Qt.Key.Key_Right)
    press(grid, Qt.Key.Key_Down)
    assert picked(grid) == [1 + wide]
    press(grid, Qt.Key.Key_Right, SHIFT)
    press(grid, Qt.Key.Key_Right, SHIFT)
    assert picked(grid) == [1 + wide, 2 + wide, 3 + wide]
    press(grid, Qt.Key.Key_Left, SHIFT)
    assert picked(grid) == [1 + wide, 2 + wide]
    press(grid, Qt.Key.Key_Down, CONTROL)
    assert picked(grid) == [1 + wide, 2 + wide] and grid.current == 1000 + 2 + 2 * wide
    press(grid, Qt.Key.Key_Space, CONTROL)
    assert picked(grid) == [1 + wide, 2 + wide, 2 + 2 * wide]
    press(grid, Qt.Key.Key_End)
    assert picked(grid) == [59]
    assert grid.viewport().rect().contains(grid.box_of(59)), "brought into view"
    press(grid, Qt.Key.Key_Home, SHIFT)
    assert len(picked(grid)) == 60
    press(grid, Qt.Key.Key_Escape)
    assert picked(grid) == []
    press(grid, Qt.Key.Key_A, CONTROL)
    assert len(picked(grid)) == 60
    press(grid, Qt.Key.Key_PageDown)
    assert picked(grid) == [3 * wide], "a page less than what is seen"


def test_the_focus_stands_somewhere_as_soon_as_it_comes_and_is_seen(grid: ImageGrid, qtbot):
    assert grid.current == 1000 and picked(grid) == []
    ring = grid.viewport().grab().toImage().pixelColor(grid.box_of(0).left() + 60, grid.box_of(0).top() + 1)
    assert ring == QColor(Qt.GlobalColor.white)


def test_enter_and_a_double_click_open(grid: ImageGrid, qtbot):
    opened = []
    grid.opened.connect(opened.append)
    click(grid, 4)
    press(grid, Qt.Key.Key_Return)
    QTest.mouseDClick(grid.viewport(), LEFT, NONE, grid.box_of(8).center())
    assert opened == [1004, 1008]


def drag(grid: ImageGrid, start: QPoint, end: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.mousePress(grid.viewport(), LEFT, modifiers, start)
    for share in (0.5, 1.0):
        QTest.mouseMove(grid.viewport(), start + (end - start) * share)
        QApplication.processEvents()


def test_a_band_picks_what_it_touches_and_control_turns_it_round(grid: ImageGrid):
    wide = columns(grid)
    start, end = QPoint(4, 4), grid.box_of(wide + 1).center()
    drag(grid, start, end)
    assert picked(grid) == [0, 1, wide, wide + 1]
    seen = grid.viewport().grab().toImage()
    edge = [seen.pixelColor(x, end.y() - 40) for x in range(end.x() - 3, end.x() + 3)]
    assert tokens().color("accent") in edge, "the band is drawn"
    QTest.mouseMove(grid.viewport(), grid.box_of(0).center())
    QTest.mouseRelease(grid.viewport(), LEFT, NONE, grid.box_of(0).center())
    assert picked(grid) == [0], "it shrinks too"
    drag(grid, start, grid.box_of(1).center(), CONTROL)
    QTest.mouseRelease(grid.viewport(), LEFT, CONTROL, grid.box_of(1).center())
    assert picked(grid) == [1]


def test_a_band_scrolls_at_the_edge_and_grows(grid: ImageGrid, qtbot):
    drag(grid, QPoint(4, 4), QPoint(500, grid.viewport().height() + 30))
    qtbot.waitUntil(lambda: grid.verticalScrollBar().value() > 300)
    QTest.mouseRelease(grid.viewport(), LEFT, NONE, QPoint(500, 300))
    assert 0 in picked(grid) and len(picked(grid)) > 12


@pytest.fixture
def drags(monkeypatch) -> list[QDrag]:
    """What was dragged out; nothing waits for a drop."""
    begun: list[QDrag] = []
    monkeypatch.setattr(gestures.QDrag, "exec", lambda drag, *_: begun.append(drag))
    return begun


def test_all_that_are_picked_are_dragged_out_as_files(grid: ImageGrid, shelf: Shelf, drags):
    shelf.images[1004] = QImage(64, 64, QImage.Format.Format_RGB32)
    click(grid, 3)
    click(grid, 5, SHIFT)
    drag(grid, grid.box_of(4).center(), grid.box_of(10).center())
    (begun,) = drags
    assert [url.toLocalFile() for url in begun.mimeData().urls()] == [
        f"/pictures/100{n}.png" for n in (3, 4, 5)
    ]
    assert not begun.pixmap().isNull()
    assert picked(grid) == [3, 4, 5]


def test_pressing_one_of_several_picks_it_alone_only_when_it_is_let_go(grid: ImageGrid):
    click(grid, 3)
    click(grid, 5, SHIFT)
    QTest.mousePress(grid.viewport(), LEFT, NONE, grid.box_of(4).center())
    assert picked(grid) == [3, 4, 5]
    QTest.mouseRelease(grid.viewport(), LEFT, NONE, grid.box_of(4).center())
    assert picked(grid) == [4]


def test_what_is_dropped_is_said_where_it_is_welcome(grid: ImageGrid):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/elsewhere")])
    got = []
    grid.dropped.connect(lambda dropped: got.append(dropped.urls()[0].toLocalFile()))

    def drop() -> None:
        grid.dropEvent(QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, LEFT, NONE))

    drop()
    assert got == []
    grid.welcomes = lambda mime: mime.hasUrls()
    drop()
    assert got == ["/elsewhere"]


def test_the_menu_is_for_what_is_below_the_pointer(grid: ImageGrid):
    places = []
    grid.menu_asked.connect(places.append)
    click(grid, 2)
    over = grid.box_of(7).center()
    reason = QContextMenuEvent.Reason
    QApplication.sendEvent(
        grid.viewport(), QContextMenuEvent(reason.Mouse, over, grid.viewport().mapToGlobal(over))
    )
    assert picked(grid) == [7]
    QApplication.sendEvent(grid.viewport(), QContextMenuEvent(reason.Keyboard, QPoint(1, 1), QPoint(1, 1)))
    assert places == [grid.viewport().mapToGlobal(over)] * 2


def test_other_pictures_come_and_what_stays_stays_picked_and_in_its_place(grid: ImageGrid):
    grid.verticalScrollBar().setValue(400)
    wide = columns(grid)
    click(grid, 4 * wide)
    before = grid.box_of(4 * wide).top()
    grid.set_content(content(60 + wide, first=1000 - wide))  # a row of new ones above
    assert picked(grid) == [4 * wide] and grid.current == 1000 + 4 * wide
    assert grid.box_of(5 * wide).top() == before
    grid.set_content(content(10))
    assert picked(grid) == [] and grid.current == 1009, "it went: the keyboard stands at what is left"


def test_at_the_top_one_stays_at_the_top_where_the_newest_come(grid: ImageGrid):
    click(grid, 0)
    grid.set_content(content(90, first=970))
    assert grid.verticalScrollBar().value() == 0


def test_groups_have_titles_and_a_click_picks_them(grid: ImageGrid, qtbot):
    grid.set_content(content(20, (0, 4)))
    header = grid.box_of(4).topLeft() - QPoint(-30, 20)
    assert grid.group_under(header) == 1
    QTest.mouseClick(grid.viewport(), LEFT, NONE, header)
    assert picked(grid) == list(range(4, 20))
    QTest.mouseClick(grid.viewport(), LEFT, CONTROL, QPoint(40, 30))
    assert picked(grid) == list(range(20))
    image = grid.viewport().grab(grid.viewport().rect()).toImage()
    row = [image.pixelColor(x, 12 + 20) for x in range(12, 60)]
    assert max(colour.lightness() for colour in row) > 150, "the title is written"


def test_a_stack_is_opened_by_its_number_and_by_space(grid: ImageGrid, shelf: Shelf):
    toggled = []
    grid.stack_toggled.connect(toggled.append)
    shelf.cells[1002] = Cell("top", stack=4)
    click(grid, 2)
    press(grid, Qt.Key.Key_Space)
    badge = stack_badge(grid.box_of(2), shelf.cells[1002])
    QTest.mouseClick(grid.viewport(), LEFT, NONE, badge.center())
    assert toggled == [1002, 1002]
    assert picked(grid) == [2]


def wheel(grid: ImageGrid, turn: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
    place = QPointF(300, 300)
    event = QWheelEvent(
        place, grid.mapToGlobal(place), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(grid.viewport(), event)


def test_the_wheel_scrolls_and_with_control_makes_them_larger(grid: ImageGrid):
    wheel(grid, -120)
    assert grid.verticalScrollBar().value() == 120
    sizes = []
    grid.size_changed.connect(sizes.append)
    wheel(grid, 120, CONTROL)
    assert grid.item_px > 150 and sizes == [grid.item_px]
    for _ in range(40):
        wheel(grid, 120, CONTROL)
    assert grid.item_px == LARGEST_PX
    for _ in range(80):
        wheel(grid, -120, CONTROL)
    assert grid.item_px == SMALLEST_PX


def test_only_what_is_seen_is_wanted_and_first_what_one_sees(grid: ImageGrid, shelf: Shelf, qtbot):
    grid.set_content(content(100_000))
    qtbot.waitUntil(lambda: bool(shelf.wanted) and len(shelf.wanted[-1]) > 0)
    wide = columns(grid)
    assert shelf.wanted[-1][0] == 1000 and len(shelf.wanted[-1]) < 12 * wide
    shelf.wanted.clear()
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 2)
    qtbot.waitUntil(lambda: bool(shelf.wanted))
    seen = shelf.wanted[-1]
    first = grid.index_under(QPoint(50, 50)) + 1000
    assert first in seen[:wide] and len(seen) < 16 * wide


def test_a_hundred_thousand_draw_no_more_than_is_seen(grid: ImageGrid, shelf: Shelf, monkeypatch):
    asked: list[int] = []
    monkeypatch.setattr(shelf, "image", lambda key, pixels: asked.append(key))
    grid.set_content(content(100_000))
    grid.viewport().grab()
    assert 0 < len(set(asked)) <= 6 * columns(grid)
    asked.clear()
    press(grid, Qt.Key.Key_A, CONTROL)
    press(grid, Qt.Key.Key_End, SHIFT)
    grid.viewport().grab()
    assert len(grid.picked_keys()) == 100_000
    assert 0 < len(set(asked)) <= 12 * columns(grid)


def test_pictures_are_shown_when_they_come(grid: ImageGrid, shelf: Shelf, qtbot):
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 200, 30))
    before = grid.viewport().grab().toImage().pixelColor(grid.box_of(1).center())
    assert before == tokens().color("field")
    shelf.images[1001] = image
    grid.refresh([1001])
    assert grid.viewport().grab().toImage().pixelColor(grid.box_of(1).center()) == QColor(10, 200, 30)


def test_fitted_pictures_have_the_pixels_of_the_screen_and_are_bounded(qapp):
    images = FittedImages(most_bytes=250_000)
    source = QImage(400, 200, QImage.Format.Format_RGB32)
    source.fill(Qt.GlobalColor.red)
    size = source.size() / 2
    assert images.get(1, size, source) is None
    made = images.make(1, size, source, 2.0)
    assert made.size() == size and made.devicePixelRatio() == 2.0
    assert made.pixelColor(0, 0).alpha() == 0 and made.pixelColor(100, 50) == QColor(Qt.GlobalColor.red)
    assert images.get(1, size, source) is made
    other = source.copy()
    other.fill(Qt.GlobalColor.blue)
    assert images.get(1, size, other) is None, "another picture has come for it"
    for key in range(2, 9):
        images.make(key, size, source, 2.0)
    assert images.get(1, size, source) is None and images.get(8, size, source) is not None


def test_the_items_keep_qts_rules_and_are_read_aloud(grid: ImageGrid, shelf: Shelf):
    tester = QAbstractItemModelTester(grid.items, QAbstractItemModelTester.FailureReportingMode.Warning)
    grid.set_content(content(30))
    assert tester.model() is grid.items
    QAccessible.setActive(True)
    try:
        click(grid, 3)
        click(grid, 5, SHIFT)
        interface = QAccessible.queryAccessibleInterface(grid)
        assert interface.childCount() == 30
        assert interface.child(3).text(QAccessible.Text.Name) == "a dog <b>1003</b>"
        assert [index.row() for index in grid.selectionModel().selectedIndexes()] == [3, 4, 5]
        assert grid.currentIndex().row() == 5
    finally:
        QAccessible.setActive(False)
    tip = grid.items.index(3).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;" in tip and "<b>" not in tip, "a prompt is no HTML"


def test_marks_are_drawn_over_the_picture(grid: ImageGrid, shelf: Shelf):
    white = QImage(200, 200, QImage.Format.Format_RGB32)
    white.fill(Qt.GlobalColor.white)
    shelf.images |= {1000 + number: white for number in range(6)}
    plain = grid.viewport().grab(grid.box_of(0)).toImage()
    for cell in (
        Cell(rating=3),
        Cell(colour=QColor("#2a9d4a")),
        Cell(stack=4),
        Cell(is_missing=True),
        Cell(mark="4 s"),
    ):
        shelf.cells[1000] = cell
        grid.refresh()
        assert grid.viewport().grab(grid.box_of(0)).toImage() != plain, cell


def test_turning_the_theme_draws_anew(grid: ImageGrid, qapp):
    apply_theme(qapp, "light")
    try:
        assert grid.viewport().grab().toImage().pixelColor(2, 2) == tokens().color("desk")
    finally:
        apply_theme(qapp, "dark")


def test_the_pointer_leaves_no_trace(grid: ImageGrid):
    QTest.mouseMove(grid.viewport(), grid.box_of(2).center())
    QApplication.processEvents()
    assert grid._hovered == 2
    QApplication.sendEvent(grid.viewport(), QEvent(QEvent.Type.Leave))
    QApplication.sendEvent(grid, QEvent(QEvent.Type.Leave))
    assert grid._hovered == -1


def test_nothing_needs_a_path(tmp_path: Path, grid: ImageGrid, drags):
    grid.set_content(GridContent())
    press(grid, Qt.Key.Key_Down)
    press(grid, Qt.Key.Key_Return)
    press(grid, Qt.Key.Key_A, CONTROL)
    drag(grid, QPoint(40, 40), QPoint(300, 300))
    QTest.mouseRelease(grid.viewport(), LEFT, NONE, QPoint(300, 300))
    assert picked(grid) == [] and grid.current is None and drags == []
