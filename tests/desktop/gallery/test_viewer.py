"""The viewer as it is used: real files, real keys and mouse, and what it knows afterwards."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from studios import studio_with_toy, toy_request, wait_done
from toy_engine import ToyEngine
from windows import show_in_window

from desktop.bridge.background import Background
from desktop.gallery.viewer.difference import difference_of
from desktop.gallery.viewer.opened import OpenedPictures
from desktop.gallery.viewer.recipe_rows import compared, rows_of
from desktop.gallery.viewer.stage import Mode
from desktop.gallery.viewer.thumbs import Thumbs
from desktop.gallery.viewer.viewer import Viewer
from desktop.picture_commands import viewer_commands
from desktop.state.viewing import ShownKind
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest, Sampling
from engine.library.pictures import encode_picture, read_metadata
from engine.library.thumbnails import decoder_process
from engine.library.thumbnails.apart import PicturesApart
from engine.library.thumbnails.decoder_process import Limits

COLOURS = [(200, 40, 40), (40, 200, 40), (40, 40, 200), (200, 200, 40)]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Four plain pictures with recipes, which differ in colour, seed and guidance."""
    paths = []
    for number, colour in enumerate(COLOURS):
        pixels = np.full((60, 80, 3), colour, np.uint8)
        sampling = Sampling("euler", 20, 5.0 + number, seed=number)
        recipe = Recipe(GenerationRequest("toy", f"number {number}", sampling=sampling), model_title="Toy")
        paths.append(tmp_path / f"{number}.png")
        paths[-1].write_bytes(encode_picture(pixels, recipe))
    return paths


@contextmanager
def viewer_on(qtbot, paths: list[Path], index: int = 0, **how) -> Iterator[Viewer]:
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        viewer = Viewer(studio, OpenedPictures(studio.looking, studio.apart), Thumbs(studio))
        show_in_window(qtbot, viewer, 1000, 700)
        viewer.view(paths, index, **how)
        viewer.take_focus()
        settle(qtbot, viewer)
        yield viewer


def settle(qtbot, viewer: Viewer) -> None:
    """What is looked at is read and shown."""
    wanted = [path for path in (viewer.current, viewer.pinned) if path is not None]
    qtbot.waitUntil(lambda: all(viewer._opened.get(path) is not None for path in wanted), timeout=30_000)


def colour_at(viewer: Viewer, pane=None, x: float = 0.5) -> tuple[int, int, int]:
    """In the middle of the height of a pane, at `x` of its width."""
    pane = pane or viewer.stage.main
    image = pane.grab().toImage()
    seen = QColor(image.pixel(round(image.width() * x), image.height() // 2))
    return seen.red(), seen.green(), seen.blue()


def test_arrows_walk_and_stop_at_the_ends(qtbot, files):
    right, down, left = Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left
    with viewer_on(qtbot, files, 1) as viewer:
        assert colour_at(viewer) == COLOURS[1]
        for key, index in ((right, 2), (down, 3), (right, 3), (left, 2)):
            QTest.keyClick(viewer.stage.main, key)
            settle(qtbot, viewer)
            assert viewer.index == index and colour_at(viewer) == COLOURS[index]
        QTest.keyClick(viewer.stage.main, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
        assert viewer.index == 0 and viewer.strip.currentIndex().row() == 0
        assert "1 of 4" in viewer.header.facts.text() and viewer.header.name.text() == "0.png"


def test_zoom_and_place_stay_from_picture_to_picture_and_arrows_pan_then(qtbot, files):
    with viewer_on(qtbot, files) as viewer:
        main = viewer.stage.main
        main.zoom_to(20.0)
        QTest.keyClick(main, Qt.Key.Key_Right)
        assert viewer.index == 0  # zoomed in: the key pans
        place = main._middle()
        QTest.keyClick(main, Qt.Key.Key_PageDown)
        settle(qtbot, viewer)
        assert viewer.index == 1 and main.zoom == 20.0
        assert main._middle().x() == pytest.approx(place.x(), abs=0.01)
        QTest.mouseDClick(main, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
        assert main.viewport.is_fitted
        QTest.mouseDClick(main, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
        assert main.zoom == 1.0


def test_a_drag_pans_what_is_zoomed_in(qtbot, files):
    with viewer_on(qtbot, files) as viewer:
        main = viewer.stage.main
        main.zoom_to(20.0)
        left = main.viewport.left
        QTest.mousePress(main, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
        QTest.mouseMove(main, QPoint(340, 300))
        QTest.mouseRelease(main, Qt.MouseButton.LeftButton, pos=QPoint(340, 300))
        assert main.viewport.left == pytest.approx(left + 40, abs=1)


def test_the_file_itself_is_dragged_out(qtbot, files):
    with viewer_on(qtbot, files) as viewer:
        (url,) = viewer.stage.main.drag_data().urls()
        assert Path(url.toLocalFile()) == files[0]
        model = viewer.strip.items
        (url,) = model.mimeData([model.index(2)]).urls()
        assert Path(url.toLocalFile()) == files[2]


def test_two_side_by_side_share_zoom_and_place(qtbot, files):
    with viewer_on(qtbot, files) as viewer:
        viewer.compare(Mode.SIDE)
        settle(qtbot, viewer)
        main, beside = viewer.stage.main, viewer.stage.beside
        assert (viewer.pinned, viewer.current) == (files[0], files[1])
        assert (colour_at(viewer), colour_at(viewer, beside)) == (COLOURS[0], COLOURS[1])
        for leader, follower in ((main, beside), (beside, main)):
            leader.zoom_by(3.0)
            leader.pan(30, -20)
            assert follower.zoom == pytest.approx(leader.zoom)
            assert follower._middle().x() == pytest.approx(leader._middle().x(), abs=0.02)
        QTest.keyClick(main, Qt.Key.Key_PageDown)
        settle(qtbot, viewer)
        assert (viewer.pinned, viewer.current) == (files[0], files[2])
        viewer.swap()
        assert (viewer.pinned, viewer.current) == (files[2], files[0])


def test_pictures_of_other_sizes_are_seen_at_the_same_place(qtbot, files, tmp_path):
    large = tmp_path / "large.png"
    Image.new("RGB", (240, 180), "white").save(large)
    with viewer_on(qtbot, [files[0], large]) as viewer:
        viewer.compare(Mode.SIDE)
        settle(qtbot, viewer)
        main, beside = viewer.stage.main, viewer.stage.beside
        main.zoom_to(9.0)
        assert beside.zoom == pytest.approx(3.0)


def test_the_slider_divides_the_two_by_mouse_and_key(qtbot, files):
    with viewer_on(qtbot, files) as viewer:
        viewer.compare(Mode.SLIDER)
        settle(qtbot, viewer)
        main = viewer.stage.main
        assert colour_at(viewer, x=0.4) == COLOURS[0] and colour_at(viewer, x=0.6) == COLOURS[1]
        QTest.mousePress(main, Qt.MouseButton.LeftButton, pos=QPoint(round(main.width() * 0.7), 200))
        QTest.mouseRelease(main, Qt.MouseButton.LeftButton, pos=QPoint(round(main.width() * 0.7), 200))
        assert colour_at(viewer, x=0.6) == COLOURS[0]
        split = main.split
        QTest.keyClick(main, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
        assert main.split < split
        assert viewer.index == 1


def test_the_difference_is_seen_and_counted(qtbot, files):
    with viewer_on(qtbot, files) as viewer:
        viewer.compare(Mode.DIFFERENCE)
        qtbot.waitUntil(lambda: "4800 of 4800 pixels differ" in viewer.stage.main.note.replace(",", ""))
        assert colour_at(viewer) == (255, 255, 0)  # 160 and 160 apart, four times that, and no more than 255
        viewer.compare(Mode.ONE)
        assert not viewer.stage.main.note


def test_a_difference_between_sizes_says_that_one_was_scaled():
    first, second = np.zeros((40, 60, 3), np.uint8), np.zeros((20, 30, 3), np.uint8)
    first[0, 0] = 9
    seen = difference_of(first, second, 4)
    assert (seen.pixels, seen.total, seen.largest, seen.were_scaled) == (1, 2400, 9, True)


def test_recipes_are_read_and_compared_row_by_row(qtbot, files):
    with viewer_on(qtbot, files) as viewer:
        table = viewer.info.table
        rows = {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount())}
        assert rows["Prompt"] == "number 0" and rows["Seed"] == "0" and rows["Size"] == "80 × 60"
        viewer.compare(Mode.SIDE)
        settle(qtbot, viewer)
        lines = {table.item(row, 0).text(): table.item(row, 2).text() for row in range(table.rowCount())}
        assert lines["≠ Seed"] == "1" and lines["Steps"] == "20"
        assert "differ" in viewer.info.note.text()


def test_a_strangers_text_is_text(qtbot, tmp_path):
    evil = "<b>bold</b><img src='file:///etc/passwd'> & more"
    path = tmp_path / "evil.png"
    recipe = Recipe(GenerationRequest("toy", evil))
    path.write_bytes(encode_picture(np.zeros((20, 20, 3), np.uint8), recipe))
    with viewer_on(qtbot, [path]) as viewer:
        table = viewer.info.table
        texts = [table.item(row, 1).text() for row in range(table.rowCount())]
        assert evil in texts
        viewer.info.kind.value_changed.emit("written")
        assert evil in viewer.info.written.toPlainText().replace("\\u0026", "&")


def test_other_programs_recipes_have_the_same_rows(tmp_path):
    told = read_metadata(a1111(tmp_path / "a.png"))
    rows = dict(rows_of(tmp_path / "a.png", (8, 8), told))
    assert rows["Made by"] == "A1111" and rows["Sampler"] == "Euler a" and rows["Seed"] == "5"
    assert rows["Prompt"] == "a cat" and rows["Clip skip"] == "2"


def a1111(path: Path) -> Path:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Clip skip: 2")
    Image.new("RGB", (8, 8)).save(path, pnginfo=info)
    return path


def test_what_differs_comes_first_and_what_only_one_has_is_empty_for_the_other():
    first, second = [("a", "1"), ("same", "0"), ("b", "2")], [("same", "0"), ("b", "3"), ("c", "4")]
    assert compared(first, second) == [("a", "1", ""), ("b", "2", "3"), ("c", "", "4"), ("same", "0", "0")]


def test_a_broken_or_missing_file_says_why_and_walking_goes_on(qtbot, files, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(files[0].read_bytes()[:100])
    with viewer_on(qtbot, [broken, tmp_path / "gone.png", files[2]]) as viewer:
        assert "broken.png" in viewer.stage.main.words
        viewer.go(1)
        settle(qtbot, viewer)
        assert "gone.png" in viewer.stage.main.words
        viewer.go(1)
        settle(qtbot, viewer)
        assert colour_at(viewer) == COLOURS[2] and not viewer.stage.main.words


def test_escape_leaves_one_thing_at_a_time(qtbot, files):
    with viewer_on(qtbot, files) as viewer:
        viewer.full_screen_asked.connect(viewer.set_bare)
        viewer.toggle_slides()
        assert viewer.is_showing_slides and viewer.is_bare and not viewer.strip.isVisible()
        QTest.keyClick(viewer.stage.main, Qt.Key.Key_Escape)
        assert not viewer.is_showing_slides and not viewer.is_bare and viewer.strip.isVisible()
        viewer.compare(Mode.SIDE)
        QTest.keyClick(viewer.stage.main, Qt.Key.Key_Escape)
        assert viewer.mode is Mode.ONE
        with qtbot.waitSignal(viewer.closed):
            QTest.keyClick(viewer.stage.main, Qt.Key.Key_Escape)


def test_a_slide_show_goes_round(qtbot, files):
    with viewer_on(qtbot, files, 3) as viewer:
        viewer._slides.setInterval(10)
        viewer.toggle_slides()
        qtbot.waitUntil(lambda: viewer.index == 1)
        viewer.leave()


def test_what_is_removed_gives_way_to_its_neighbour(qtbot, files):
    with viewer_on(qtbot, files, 3) as viewer:
        viewer.forget(files[3])
        assert viewer.current == files[2]
        viewer.forget(files[0])
        assert viewer.current == files[2] and viewer.index == 1
        viewer.forget(files[1])
        with qtbot.waitSignal(viewer.closed):
            viewer.forget(files[2])


def test_the_kept_steps_are_under_a_slider(qtbot, files):
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        job = studio.jobs.enqueue(toy_request())
        wait_done(qtbot, job)
        path = job.results[0].path
        viewer = Viewer(studio, OpenedPictures(studio.looking, studio.apart), Thumbs(studio))
        show_in_window(qtbot, viewer, 1000, 700)
        viewer.view([path, files[0]])
        settle(qtbot, viewer)
        total = job.request.sampling.steps
        assert viewer.steps.isVisible() and viewer.steps.slider.maximum() == total
        viewer.steps.slider.setFocus()
        QTest.keyClick(viewer.steps.slider, Qt.Key.Key_Home)
        subject = viewer.subject()
        assert subject.kind is ShownKind.STEP and subject.step.index == 1
        assert viewer.stage.main.picture.is_preview or subject.step.preview.shape[0] == 64
        QTest.keyClick(viewer.steps.slider, Qt.Key.Key_End)
        assert viewer.subject().kind is ShownKind.RESULT and viewer.subject().result is job.results[0]
        viewer.go(1)
        assert not viewer.steps.isVisible()


def test_slides_begin_at_a_step_too():
    """A step has no file; the viewer has its list all the same."""
    slides = next(command for command in viewer_commands() if command.id == "slides")
    window = SimpleNamespace(viewer=object(), pictures=SimpleNamespace(has_file=lambda: False))
    assert slides.possible(window)
    window.viewer = None
    assert not slides.possible(window)


def test_memory_is_bounded_and_what_is_looked_at_stays(qtbot, files):
    pool = Background()
    one = 60 * 80 * 3
    apart = PicturesApart()
    opened = OpenedPictures(pool, apart, most_bytes=2 * one)
    for index in range(4):
        opened.want([files[index], files[(index + 1) % 4], files[(index + 2) % 4]])
        qtbot.waitUntil(lambda index=index: opened.get(files[index]) is not None)
        pool.wait()
        assert opened.bytes <= 2 * one
    opened = OpenedPictures(pool, apart, most_bytes=1)
    opened.want(files[:2])
    pool.wait()
    assert opened.get(files[0]) is not None  # however large
    pool.close()
    apart.close()


def test_thousands_of_pictures_cost_nothing_that_is_not_seen(qtbot, files, tmp_path):
    paths = [tmp_path / f"x{number}.png" for number in range(20_000)]
    paths[12_345] = files[1]
    with viewer_on(qtbot, paths, 12_345) as viewer:
        assert colour_at(viewer) == COLOURS[1]
        assert "12346 of 20000" in viewer.header.facts.text().replace(",", "")
        assert viewer.strip.currentIndex().row() == 12_345


DEADLY = """
import os, sys, time
from engine.library.thumbnails import decoder

def open_picture(path, whole=decoder.open_picture):
    if "deadly" in path:
        os.abort()
    if "endless" in path:
        time.sleep(60)
    return whole(path)

decoder.open_picture = open_picture
decoder.main(int(sys.argv[1]), int(sys.argv[2]), sys.stdin.buffer, sys.stdout.buffer)
"""


@pytest.fixture
def hostile(files, tmp_path, monkeypatch) -> list[Path]:
    """Between good pictures one that ends whoever decodes it, and one that keeps him for ever."""
    monkeypatch.setattr(decoder_process, "COMMAND", (sys.executable, "-c", DEADLY))
    deadly, endless = tmp_path / "deadly.png", tmp_path / "endless.png"
    for path in (deadly, endless):
        path.write_bytes(files[3].read_bytes())
    return [files[0], deadly, files[1], endless, files[2]]


def test_what_crashes_or_hangs_its_decoder_is_not_the_window(qtbot, hostile):
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        studio.apart = PicturesApart(Limits(patience_s=2.0))
        viewer = Viewer(studio, OpenedPictures(studio.looking, studio.apart), Thumbs(studio))
        show_in_window(qtbot, viewer, 1000, 700)
        viewer.view(hostile)
        for place, colour in enumerate((COLOURS[0], None, COLOURS[1], None, COLOURS[2])):
            viewer.go(place - hostile.index(viewer.current))
            settle(qtbot, viewer)
            opened = viewer._opened.get(hostile[place])
            if colour is None:
                assert opened.pixels is None and hostile[place].name in str(opened.error)
                assert "memory or time" in viewer.stage.main.words
            else:
                assert colour_at(viewer) == colour


def test_closing_waits_for_no_picture_that_hangs(qtbot, hostile):
    start = time.monotonic()
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        viewer = Viewer(studio, OpenedPictures(studio.looking, studio.apart), Thumbs(studio))
        qtbot.addWidget(viewer)
        viewer.view([hostile[3]])
        qtbot.waitUntil(lambda: any(decoder._process for decoder in studio.apart._busy))
    assert time.monotonic() - start < decoder_process.WHOLE.patience_s / 2
    assert not studio.apart._busy and not studio.apart._idle
