"""The filmstrip: two groups, walked by keys, dragged out as files, quick with thousands."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QImage
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from windows import show_in_window

from desktop.widgets.strip import Group, ImageStrip, StripItem
from desktop.widgets.theme import apply_theme, tokens


def frame(key: int, group: Group = Group.RESULT, path: str = "", running: bool = False) -> StripItem:
    image = QImage(32, 24, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkCyan)
    return StripItem(key, group, f"seed {key}", image, f"Result, seed {key}", path, running)


@pytest.fixture
def strip(qtbot: QtBot, qapp: QApplication) -> ImageStrip:
    apply_theme(qapp, "dark")
    strip = ImageStrip()
    for key in range(3):
        strip.items.add(frame(key, Group.STEP))
    for key in range(10, 15):
        strip.items.add(frame(key))
    return show_in_window(qtbot, strip, 900, 120)


def keys(strip: ImageStrip) -> list[object]:
    return [item.key for item in strip.items.items()]


def test_steps_come_before_results_whenever_they_arrive(strip: ImageStrip):
    strip.items.add(frame(3, Group.STEP))
    strip.items.insert(0, frame(9))
    assert keys(strip) == [0, 1, 2, 3, 9, 10, 11, 12, 13, 14]
    strip.items.remove(1)
    strip.items.set_items(Group.RESULT, [frame(20)])
    assert keys(strip) == [0, 2, 3, 20]
    with pytest.raises(ValueError, match="another group"):
        strip.items.set_items(Group.STEP, [frame(1, Group.RESULT)])


def test_the_item_model_keeps_qts_rules(strip: ImageStrip):
    tester = QAbstractItemModelTester(strip.items, QAbstractItemModelTester.FailureReportingMode.Warning)
    strip.items.add(frame(30, Group.STEP))
    strip.items.set_items(Group.STEP, [])
    strip.items.update(12, label="chosen")
    strip.items.remove(14)
    strip.items.set_items(Group.RESULT, [])
    assert tester.model() is strip.items


def test_keys_walk_it_and_say_so(qtbot: QtBot, strip: ImageStrip):
    said: list[object] = []
    strip.current_changed.connect(lambda item: said.append(item.key))
    strip.setFocus()
    strip.set_current(2)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Home):
        qtbot.keyClick(strip, key)
    assert said == [10, 14, 13, 0]
    with qtbot.waitSignal(strip.opened):
        qtbot.keyClick(strip, Qt.Key.Key_Return)


def test_a_click_chooses_but_code_stays_silent(qtbot: QtBot, strip: ImageStrip):
    with qtbot.assertNotEmitted(strip.current_changed):
        strip.set_current(11)
    current = strip.current()
    assert current is not None and current.key == 11
    with qtbot.waitSignal(strip.current_changed) as said:
        place = strip.visualRect(strip.items.index(1)).center()
        qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert said.args is not None and said.args[0].key == 1


def test_a_removal_is_not_taken_for_a_choice(qtbot: QtBot, strip: ImageStrip):
    strip.setFocus()
    strip.set_current(12)
    with qtbot.assertNotEmitted(strip.current_changed):
        strip.items.remove(12)
        strip.items.set_items(Group.STEP, [])


def test_a_drag_takes_the_file_out(strip: ImageStrip, tmp_path: Path):
    path = tmp_path / "dog.png"
    path.write_bytes(b"")
    strip.items.add(frame(40, path=str(path)))
    mime = strip.items.mimeData([strip.items.index(strip.items.row_of(40))])
    assert [url.toLocalFile() for url in mime.urls()] == [str(path)]
    pixels = strip.items.mimeData([strip.items.index(0)])
    assert pixels.hasImage() and not pixels.urls()


def test_the_menu_key_asks_for_the_chosen_one(qtbot: QtBot, strip: ImageStrip):
    strip.set_current(13)
    with qtbot.waitSignal(strip.menu_asked) as said:
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
        QApplication.sendEvent(strip.viewport(), event)
    assert said.args is not None and said.args[0].key == 13


def test_the_chosen_frame_wears_the_accent(strip: ImageStrip):
    strip.set_current(10)
    accent, line = tokens().color("accent"), strip.visualRect(strip.items.index(3))
    image = strip.viewport().grab().toImage()
    seen = {image.pixelColor(x, line.top() + 2 + 40).rgb() for x in range(line.left(), line.right())}
    assert accent.rgb() in seen


def test_the_running_frame_pulses_only_while_it_is_seen(strip: ImageStrip):
    strip.items.add(frame(5, Group.STEP, running=True))
    assert strip.is_pulsing
    strip.items.update(5, is_running=False)
    assert not strip.is_pulsing
    strip.items.update(5, is_running=True)
    strip.hide()
    assert not strip.is_pulsing


def test_ten_thousand_pictures_are_no_matter(qtbot: QtBot, strip: ImageStrip):
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    started = time.process_time()
    strip.items.set_items(
        Group.RESULT, [StripItem(n, Group.RESULT, str(n), image) for n in range(100, 10_100)]
    )
    strip.setFocus()
    qtbot.keyClick(strip, Qt.Key.Key_End)
    strip.viewport().grab()
    assert strip.items.rowCount() == 10_003
    assert strip.visualRect(strip.items.index(10_002)).right() <= strip.viewport().width()
    assert time.process_time() - started < 10  # a hang, not a speed


def test_a_screen_reader_hears_each_frame(strip: ImageStrip):
    index = strip.items.index(4)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Result, seed 11"
    interface = QAccessible.queryAccessibleInterface(strip)
    assert interface.text(QAccessible.Text.Name) == "Filmstrip"


def test_the_pointer_leaving_is_survived(strip: ImageStrip):
    QApplication.sendEvent(strip.viewport(), QEvent(QEvent.Type.Leave))


def test_who_only_comes_by_with_tab_has_chosen_nothing(qtbot: QtBot, strip: ImageStrip):
    strip.items.set_items(Group.RESULT, [frame(key) for key in range(3)])
    strip.set_current(None)
    strip.clearFocus()
    chosen: list[object] = []
    strip.current_changed.connect(lambda item: chosen.append(item.key))
    strip.setFocus(Qt.FocusReason.TabFocusReason)
    assert strip.hasFocus() and not chosen and strip.current() is None
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert len(chosen) == 1, "the arrows choose"
