"""The canvas with real events: what is seen, zoom and pan, pictures in and out."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from windows import show_in_window

from desktop.canvas.view import CanvasView
from desktop.widgets.theme import apply_theme, tokens

NO_KEYS, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def canvas(qtbot: QtBot, qapp: QApplication) -> CanvasView:
    apply_theme(qapp, "dark")
    return show_in_window(qtbot, CanvasView(), 500, 400)


def checker(width: int, height: int) -> QImage:
    """Red and blue pixels in turn."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    for y in range(height):
        for x in range(width):
            image.setPixelColor(x, y, QColor("red") if (x + y) % 2 else QColor("blue"))
    return image


def plain(width: int, height: int, color: str = "#208040") -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    return image


def wheel(canvas: CanvasView, notches: float, at: QPointF) -> None:
    event = QWheelEvent(
        at, canvas.mapToGlobal(at), QPoint(), QPoint(0, int(120 * notches)),
        Qt.MouseButton.NoButton, NO_KEYS, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def drop(canvas: CanvasView, mime: QMimeData) -> bool:
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(canvas.rect().center(), copy, mime, left, NO_KEYS)
    QApplication.sendEvent(canvas, enter)
    if enter.isAccepted():
        QApplication.sendEvent(canvas, QDropEvent(QPointF(canvas.rect().center()), copy, mime, left, NO_KEYS))
    return enter.isAccepted()


def painted_rect(canvas: CanvasView) -> tuple[float, float, float, float]:
    return canvas.viewport.rect()


def test_a_small_preview_fills_the_place_of_the_picture(canvas: CanvasView):
    canvas.show_pixels(plain(128, 128))
    place = painted_rect(canvas)
    canvas.show_pixels(plain(16, 16), (128, 128))
    assert painted_rect(canvas) == place
    image = canvas.grab().toImage()
    left, top, wide, high = place
    for x in (left + 1, left + wide - 2):
        for y in (top + 1, top + high - 2):
            assert image.pixelColor(int(x), int(y)) == QColor("#208040")
    assert image.pixelColor(2, 200) == tokens().color("desk")


def test_previews_are_smooth_and_pixels_crisp_where_one_looks_closely(canvas: CanvasView):
    canvas.show_pixels(checker(64, 64))
    canvas.zoom_to(4.0)
    assert colors(canvas) <= {QColor("red").rgb(), QColor("blue").rgb()}
    canvas.show_pixels(checker(16, 16), (64, 64))
    assert len(colors(canvas)) > 20


def test_a_grid_shows_from_eight_hundred_percent(canvas: CanvasView):
    canvas.show_pixels(plain(64, 64))
    canvas.zoom_to(7.0)
    assert len(colors(canvas)) == 1
    canvas.zoom_to(8.0)
    assert 2 <= len(colors(canvas)) <= 3  # pixels, lines and where lines cross


def colors(canvas: CanvasView) -> set[int]:
    """The colours around the middle of the view."""
    image = canvas.grab().toImage()
    return {image.pixelColor(x, y).rgb() for x in range(220, 280) for y in range(170, 230)}


def test_actual_pixels_are_the_picture_itself(canvas: CanvasView):
    picture = checker(64, 64)
    canvas.show_pixels(picture)
    canvas.zoom_to(1.0)
    left, top, _, _ = painted_rect(canvas)
    assert (
        canvas.grab().toImage().copy(int(left), int(top), 64, 64).convertToFormat(picture.format()) == picture
    )


def test_the_wheel_zooms_at_the_cursor(qtbot: QtBot, canvas: CanvasView):
    canvas.show_pixels(plain(2000, 2000))
    canvas.zoom_to(1.0)
    at = QPointF(100, 120)
    before = canvas.viewport.to_picture(at.x(), at.y())
    with qtbot.waitSignal(canvas.zoom_changed) as said:
        wheel(canvas, 2, at)
    assert said.args == [pytest.approx(1.25**2)]
    assert canvas.viewport.to_picture(at.x(), at.y()) == pytest.approx(before, abs=1.5)


def test_keys_zoom_fit_and_pan(qtbot: QtBot, canvas: CanvasView):
    canvas.show_pixels(plain(1000, 1000))
    fitted = canvas.zoom
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_1, CONTROL)
    assert canvas.zoom == 1.0
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.zoom == 1.25
    qtbot.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.zoom == 1.0
    left = canvas.viewport.left
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.viewport.left < left
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    assert canvas.zoom == fitted
    canvas.zoom_to(99)
    assert canvas.zoom == 32
    qtbot.keyClick(canvas, Qt.Key.Key_0, CONTROL)
    assert canvas.zoom == fitted


def test_middle_drag_and_space_drag_pan(qtbot: QtBot, canvas: CanvasView):
    canvas.show_pixels(plain(2000, 2000))
    canvas.zoom_to(1.0)
    canvas.setFocus()
    for button, space in ((Qt.MouseButton.MiddleButton, False), (Qt.MouseButton.LeftButton, True)):
        if space:
            qtbot.keyPress(canvas, Qt.Key.Key_Space)
            assert canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
        left, top = canvas.viewport.left, canvas.viewport.top
        qtbot.mousePress(canvas, button, NO_KEYS, QPoint(200, 200))
        qtbot.mouseMove(canvas, QPoint(230, 180))
        qtbot.mouseRelease(canvas, button, NO_KEYS, QPoint(230, 180))
        assert (canvas.viewport.left - left, canvas.viewport.top - top) == (30, -20)
    qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_it_follows_its_size_until_somebody_zooms(canvas: CanvasView):
    canvas.show_pixels(plain(256, 256))
    fitted = canvas.zoom
    canvas.resize(250, 200)
    assert canvas.zoom < fitted
    canvas.zoom_to(2.0)
    canvas.resize(500, 400)
    assert canvas.zoom == 2.0


def test_many_pictures_at_once_are_one_repaint(qtbot: QtBot, canvas: CanvasView):
    paints: list[int] = []
    canvas.painted.connect(lambda: paints.append(1))
    for _ in range(50):
        canvas.show_pixels(plain(32, 32))
    qtbot.waitUntil(lambda: bool(paints))
    assert len(paints) == 1


def test_facts_stand_below_the_picture_as_plain_text(canvas: CanvasView):
    canvas.show_pixels(plain(256, 256))
    canvas.set_facts("<b>512 x 512</b>  ·  seed 42")
    assert canvas.facts.isVisible() and canvas.facts.textFormat() == Qt.TextFormat.PlainText
    left, top, wide, high = painted_rect(canvas)
    assert canvas.facts.y() >= top + high
    assert abs(canvas.facts.geometry().center().x() - (left + wide / 2)) <= 1
    assert canvas.rect().contains(canvas.facts.geometry())
    canvas.set_facts("")
    assert not canvas.facts.isVisible()


def test_the_empty_place_says_what_to_do(qtbot: QtBot, canvas: CanvasView):
    canvas.set_empty("image", "Type what should appear", "Try an example")
    assert canvas.empty.isVisible() and not canvas.has_picture
    with qtbot.waitSignal(canvas.empty_clicked):
        qtbot.mouseClick(canvas.empty.button, Qt.MouseButton.LeftButton)
    canvas.show_pixels(plain(8, 8))
    assert not canvas.empty.isVisible()
    canvas.show_pixels(QImage())
    assert canvas.empty.isVisible()


def test_the_picture_goes_out_as_file_and_as_pixels(qtbot: QtBot, canvas: CanvasView, tmp_path: Path):
    canvas.show_pixels(plain(8, 8), path=str(tmp_path / "dog.png"))
    canvas.setFocus()
    with qtbot.waitSignal(canvas.copied):
        qtbot.keyClick(canvas, Qt.Key.Key_C, CONTROL)
    mime = QGuiApplication.clipboard().mimeData()
    assert mime.urls() == [QUrl.fromLocalFile(str(tmp_path / "dog.png"))]
    assert QGuiApplication.clipboard().image().size() == plain(8, 8).size()
    with qtbot.waitSignal(canvas.paste_asked):
        qtbot.keyClick(canvas, Qt.Key.Key_V, CONTROL)


def test_files_pixels_and_encoded_pictures_come_in(qtbot: QtBot, canvas: CanvasView, tmp_path: Path):
    file, pixels, encoded = QMimeData(), QMimeData(), QMimeData()
    file.setUrls([QUrl.fromLocalFile(str(tmp_path / "a dog.jpg"))])
    pixels.setImageData(plain(8, 8))
    memory = QByteArray()
    buffer = QBuffer(memory)
    plain(6, 6).save(buffer, "PNG")  # pyright: ignore
    encoded.setData("image/png", memory)
    with qtbot.waitSignal(canvas.picture_dropped) as said:
        assert drop(canvas, file)
    assert said.args == [str(tmp_path / "a dog.jpg")]
    for mime, width in ((pixels, 8), (encoded, 6)):
        with qtbot.waitSignal(canvas.picture_dropped) as said:
            assert drop(canvas, mime)
        assert said.args is not None and said.args[0].width() == width


def test_addresses_are_refused_and_text_is_not_taken(qtbot: QtBot, canvas: CanvasView):
    remote, text, both = QMimeData(), QMimeData(), QMimeData()
    remote.setUrls([QUrl("https://example.org/dog.png")])
    text.setText("a dog")
    both.setUrls([QUrl("https://example.org/dog.png")])
    both.setImageData(plain(4, 4))
    with qtbot.assertNotEmitted(canvas.picture_dropped), qtbot.waitSignal(canvas.remote_refused) as said:
        drop(canvas, remote)
    assert said.args == ["https://example.org/dog.png"]
    assert not drop(canvas, text)
    with qtbot.waitSignal(canvas.picture_dropped):  # a browser that hands over the pixels is welcome
        drop(canvas, both)


def test_a_large_picture_is_not_copied_to_be_painted(canvas: CanvasView):
    picture = plain(4000, 3000)
    data = picture.constBits()
    canvas.show_pixels(picture)
    for zoom in (0.1, 1.0, 4.0):
        canvas.zoom_to(zoom)
        canvas.grab()
    image = canvas.image()
    assert image is not None and image.constBits() == data
