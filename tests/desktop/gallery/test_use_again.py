"""What one does with a finished picture: in the real window, with real files and jobs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from main_windows import controls, generate, main_window
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QScrollBar
from studios import heard, studio_with_toy, toy_request, wait_done
from toy_engine import ToyEngine

from desktop.panels.picture_menu import PICTURE_MENU, VIEWER_MENU, picture_menu
from desktop.panels.places import Place
from desktop.state.borrowing import Part
from desktop.state.document.document_map import MapSource
from desktop.state.remaking import with_request_of
from engine.api.edit import Edit
from engine.api.images import ImageInput
from engine.api.maps import NOTHING, MapInput, MapKind
from engine.api.mask import MaskInput
from engine.api.recipe import Recipe
from engine.library.maps import packed_maps
from engine.library.pictures import encode_picture, open_picture, read_metadata

A1111 = """a cat
Negative prompt: dog
Steps: 7, Sampler: Euler, CFG scale: 4, Seed: 5, Size: 128x96, Model: toy"""


def foreign(path: Path, text: str = A1111) -> Path:
    info = PngInfo()
    if text:
        info.add_text("parameters", text)
    Image.new("RGB", (64, 48), "red").save(path, pnginfo=info)
    return path


def made(qtbot, window, prompt: str = "a dog") -> Path:
    """A picture of this session, finished and on the disk."""
    before = len(window.studio.jobs.jobs)
    generate(window, prompt)
    qtbot.waitUntil(lambda: len(window.studio.jobs.jobs) > before)
    job = window.studio.jobs.jobs[-1]
    wait_done(qtbot, job)
    return job.results[0].path


def look_at(qtbot, window, paths: list[Path], index: int = 0) -> None:
    window.view_pictures(paths, index)
    qtbot.waitUntil(lambda: window.looking.opened.get(paths[index]) is not None)


def said(window) -> str:
    return "\n".join(heard(window.studio).texts)


def test_enter_in_the_filmstrip_opens_the_viewer_and_escape_leads_back(qtbot):
    with main_window(qtbot) as window:
        first, second = made(qtbot, window), made(qtbot, window)
        window.filmstrip.strip.setFocus()
        QTest.keyClick(window.filmstrip.strip, Qt.Key.Key_Return)
        assert window.viewer is not None and window.viewer.current == second
        assert list(window.viewer.paths) == [first, second]
        QTest.keyClick(window.viewer.stage.main, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
        assert window.viewer.current == first
        QTest.keyClick(window.viewer.stage.main, Qt.Key.Key_C)
        assert window.viewer.pinned == first
        QTest.keyClick(window.viewer.stage.main, Qt.Key.Key_Escape)
        QTest.keyClick(window.viewer.stage.main, Qt.Key.Key_Escape)
        assert window.viewer is None and window.canvas.isVisible()


def test_escape_leaves_the_viewer_though_something_is_being_made(qtbot):
    with main_window(qtbot) as window:
        path = made(qtbot, window)
        request = toy_request(width=512, height=512)
        job = window.studio.jobs.enqueue(replace(request, sampling=replace(request.sampling, steps=1000)))
        qtbot.waitUntil(lambda: job.step > 1 and window.actions_by_id["stop"].isEnabled())
        look_at(qtbot, window, [path])
        QTest.keyClick(window.viewer.stage.main, Qt.Key.Key_Escape)
        assert window.viewer is None and not job.is_stopping
        window.studio.jobs.cancel(job)
        qtbot.waitUntil(lambda: job.is_over)


def test_zoom_commands_act_on_what_is_looked_at(qtbot):
    with main_window(qtbot) as window:
        look_at(qtbot, window, [made(qtbot, window)])
        canvas = window.canvas.zoom
        QTest.keyClick(window.viewer.stage.main, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
        assert window.viewer.stage.main.zoom == 1.0 and window.canvas.zoom == canvas


def test_full_screen_leaves_only_the_picture(qtbot):
    with main_window(qtbot) as window:
        look_at(qtbot, window, [made(qtbot, window)])
        window.modes.toggle_full_screen()
        assert window.viewer.is_bare and not window.top_bar.isVisible()
        QTest.keyClick(window.viewer.stage.main, Qt.Key.Key_Escape)
        assert window.viewer is not None and window.top_bar.isVisible()
        window.modes.toggle_full_screen()
        window.go_to(Place.CANVAS)
        assert window.top_bar.isVisible()


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        (Part.PROMPT, {"prompt": "a cat", "negative_prompt": "dog"}),
        (Part.SEED, {"seed": 5, "seed_locked": True}),
        (Part.SIZE, {"width": 128, "height": 96}),
    ],
)
def test_one_thing_only_is_taken_and_given_back(qtbot, tmp_path, part, changed):
    """Of another program's picture, through the viewer."""
    with main_window(qtbot) as window:
        generation = window.studio.generation
        generation.prompt = "mine"
        before = generation.values()
        look_at(qtbot, window, [foreign(tmp_path / "a.png")])
        with qtbot.waitSignal(window.studio.messages.offered) as offered:
            window.pictures.use(part)
        now = generation.values()
        assert {name: now[name] for name in changed} == changed
        others = set(now) - set(changed)
        assert {name: now[name] for name in others} == {name: before[name] for name in others}
        offered.args[0].action()
        assert all(generation.values()[name] == before[name] for name in changed)


def test_a_model_that_is_not_here_is_said_and_nothing_changes(qtbot, tmp_path):
    with main_window(qtbot) as window:
        path = foreign(tmp_path / "a.png", A1111.replace("Model: toy", "Model: dreamy"))
        look_at(qtbot, window, [path])
        window.pictures.use(Part.MODEL)
        qtbot.waitUntil(lambda: "dreamy" in said(window))
        assert window.studio.generation.model == "toy"


def test_the_seed_of_a_known_picture_is_used_with_one_letter_in_the_viewer(qtbot):
    with main_window(qtbot) as window:
        path = made(qtbot, window)
        seed = window.studio.pictures.items[0].recipe.request.sampling.seed
        window.studio.generation.roll_seed()
        look_at(qtbot, window, [path])
        qtbot.waitUntil(lambda: window.actions_by_id["use_seed"].isEnabled())
        QTest.keyClick(window.viewer.stage.main, Qt.Key.Key_S)
        assert window.studio.generation.seed == seed


def test_it_starts_the_next_picture_or_becomes_a_layer(qtbot, tmp_path):
    with main_window(qtbot) as window:
        path = foreign(tmp_path / "a.png")
        look_at(qtbot, window, [path])
        window.chosen.start_from()
        qtbot.waitUntil(lambda: window.studio.generation.image is not None)
        assert window.viewer is None
        assert np.array_equal(window.studio.generation.image.pixels, open_picture(path).pixels)
        look_at(qtbot, window, [path])
        count = len(list(window.studio.document.root.walk()))
        window.chosen.place()
        qtbot.waitUntil(lambda: len(list(window.studio.document.root.walk())) > count)


def test_vary_makes_four_with_other_seeds_from_the_same_recipe(qtbot):
    with main_window(qtbot) as window:
        path = made(qtbot, window)
        recipe = read_metadata(path).recipe
        window.studio.generation.prompt = "something else"
        look_at(qtbot, window, [path])
        QTest.keyClick(window.viewer.stage.main, Qt.Key.Key_V)
        qtbot.waitUntil(lambda: len(window.studio.jobs.jobs) == 2)
        job = window.studio.jobs.jobs[1]
        wait_done(qtbot, job)
        assert job.request.prompt == recipe.request.prompt and job.request.images == 4
        seeds = {result.recipe.request.sampling.seed for result in job.results}
        assert recipe.request.sampling.seed not in seeds and len(seeds) == 4


def test_another_programs_picture_is_varied_with_what_it_tells(qtbot, tmp_path):
    with main_window(qtbot) as window:
        look_at(qtbot, window, [foreign(tmp_path / "a.png")])
        window.pictures.make_again()
        qtbot.waitUntil(lambda: bool(window.studio.jobs.jobs))
        request = window.studio.jobs.jobs[0].request
        assert (request.prompt, request.sampling.seed, request.width) == ("a cat", 5, 128)
        assert (request.sampling.steps, request.sampling.scheduler) == (7, "euler")


def test_a_picture_without_a_recipe_says_so(qtbot, tmp_path):
    with main_window(qtbot) as window:
        look_at(qtbot, window, [foreign(tmp_path / "bare.png", "")])
        window.pictures.vary()
        qtbot.waitUntil(lambda: bool(heard(window.studio).said))
        assert not window.studio.jobs.jobs


def test_a_start_picture_is_found_again_where_the_journal_has_it(qtbot):
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        start = ImageInput.of(np.full((64, 64, 3), 90, np.uint8), "start.png")
        request = toy_request()
        request = replace(request, image=start, sampling=replace(request.sampling, strength=0.5))
        job = studio.jobs.enqueue(request)
        wait_done(qtbot, job)
        studio.make_again(job.results[0].path)
        qtbot.waitUntil(lambda: len(studio.jobs.jobs) == 2)
        wait_done(qtbot, studio.jobs.jobs[1])
        first, second = (entry.results[0].recipe.pixels_sha256 for entry in studio.jobs.jobs)
        assert first == second


def test_verify_says_the_same_and_what_was_changed(qtbot, tmp_path):
    with main_window(qtbot) as window:
        path = made(qtbot, window)
        look_at(qtbot, window, [path])
        with qtbot.waitSignal(window.studio.verifying.verified) as verified:
            window.pictures.verify()
        assert verified.args[1].is_same and "every pixel is the same" in said(window)
        assert len(window.studio.jobs.jobs) == 1 and len(window.studio.pictures.items) == 1
        recipe = read_metadata(path).recipe
        pixels = open_picture(path).pixels.copy()
        pixels[0, 0] ^= 255
        path.write_bytes(encode_picture(pixels, recipe))
        with qtbot.waitSignal(window.studio.verifying.verified) as verified:
            window.pictures.verify()
        assert not verified.args[1].is_verified and "was changed after it was made" in said(window)


def test_a_picture_that_was_stopped_is_verified_up_to_its_step(qtbot):
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        request = toy_request(width=512, height=512)
        job = studio.jobs.enqueue(replace(request, sampling=replace(request.sampling, steps=1000)))
        qtbot.waitUntil(lambda: job.step > 2)
        studio.jobs.stop_and_keep()
        wait_done(qtbot, job)
        assert job.results[0].recipe.stopped_at < 1000
        with qtbot.waitSignal(studio.verifying.verified) as verified:
            studio.verifying.start(job.results[0].path, studio.journal)
        assert verified.args[1].is_same


def test_verifying_can_be_cancelled(qtbot):
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        job = studio.jobs.enqueue(toy_request())
        wait_done(qtbot, job)
        slow = toy_request(width=512, height=512)
        busy = studio.jobs.enqueue(replace(slow, sampling=replace(slow.sampling, steps=1000)))
        qtbot.waitUntil(lambda: busy.step > 1)
        studio.verifying.start(job.results[0].path, studio.journal)
        qtbot.waitUntil(lambda: studio.verifying.is_at_work)
        studio.verifying.cancel()
        studio.jobs.cancel(busy)
        qtbot.waitUntil(lambda: not studio.verifying.is_at_work and busy.is_over)


def test_a_picture_from_anywhere_goes_to_the_trash_and_comes_back(qtbot, tmp_path):
    with main_window(qtbot) as window:
        paths = [foreign(tmp_path / f"{number}.png") for number in range(2)]
        look_at(qtbot, window, paths)
        qtbot.waitUntil(lambda: window.actions_by_id["trash"].isEnabled())
        QTest.keyClick(window.viewer.stage.main, Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda: window.viewer.current == paths[1])
        assert not paths[0].exists()
        window.undo()
        qtbot.waitUntil(lambda: window.viewer.current == paths[0])
        assert paths[0].exists()
        assert not window.studio.pictures.items


def test_copy_brings_the_file_and_the_pixels(qtbot, tmp_path):
    with main_window(qtbot) as window:
        path = foreign(tmp_path / "a.png")
        look_at(qtbot, window, [path])
        qtbot.waitUntil(lambda: window.actions_by_id["copy"].isEnabled())
        QTest.keyClick(window.viewer.stage.main, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        data = QGuiApplication.clipboard().mimeData()
        assert data.urls()[0].toLocalFile() == str(path) and data.hasImage()
        QTest.keyClick(window.viewer.stage.main, Qt.Key.Key_P)
        qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == "a cat")


def test_the_menu_is_one_for_all_places(qtbot):
    with main_window(qtbot) as window:
        look_at(qtbot, window, [made(qtbot, window)])
        window.going.ask_for_menu()
        menu = [found for found in window.findChildren(QMenu) if found.parent() is window][-1]
        below = [action.menu() for action in menu.actions() if action.menu()]
        names = [action.objectName() for part in (menu, *below) for action in part.actions()]
        wanted = {"use_prompt", "vary", "verify", "sheet", "export_pictures", "compare_side", "trash"}
        assert wanted <= set(names)
        menu.close()
        for entries in (PICTURE_MENU, VIEWER_MENU):
            picture_menu(window.actions_by_id, entries, window).close()


def test_every_control_of_the_viewer_has_a_name_and_is_reached_by_keyboard(qtbot):
    with main_window(qtbot) as window:
        look_at(qtbot, window, [made(qtbot, window)])
        found = [control for control in controls(window.viewer) if not isinstance(control, QScrollBar)]
        assert len(found) > 8
        assert not [control for control in found if control.isVisible() and not control.accessibleName()]
        seen = set()
        for _ in range(5):
            window.modes.focus_area(1)
            seen.add(window.focusWidget())
        assert window.viewer.strip in seen and window.viewer.stage.main in seen


def test_the_viewer_stays_open_in_another_language(qtbot):
    with main_window(qtbot) as window:
        path = made(qtbot, window)
        look_at(qtbot, window, [path])
        window._rebuild()
        assert window.viewer is not None and window.viewer.current == path


def test_the_next_picture_follows_a_map_of_it(qtbot, tmp_path):
    with main_window(qtbot) as window:
        path = foreign(tmp_path / "a.png")
        look_at(qtbot, window, [path])
        window.map_work.follow_picture(MapKind.LINES, path)
        qtbot.waitUntil(lambda: bool(window.studio.document.maps and window.studio.document.maps[-1].layer))
        document = window.studio.document
        (given,) = document.maps
        assert given.source is MapSource.LAYER and document.layer(given.layer).name == "a.png"
        assert not document.layer(given.layer).visible
        menu = window.side.maps.kinds_menu(lambda kind: None)
        assert len(menu.actions()) == sum(
            any(info.reads(kind) for info in window.studio.learnt.controls)
            for kind in MapKind
            if kind is not MapKind.POSE
        )
        menu.close()


MAP = np.zeros((40, 60, 3), np.uint8)
MAP[10:30, 20:22] = 255


def with_map(path: Path, is_inside: bool = True) -> Path:
    """A picture that followed a line, with that in its recipe or only its hash."""
    given = MapInput(MapKind.LINES, ImageInput.of(MAP, "lines.png"), 0.7, 0.1, 0.8, network="liner")
    request = toy_request("a house", maps=(given,))
    recipe = Recipe(request, maps=packed_maps(request) if is_inside else {})
    path.write_bytes(encode_picture(np.zeros((64, 64, 3), np.uint8), recipe))
    return path


def test_its_maps_come_along_with_its_settings_and_go_with_them(qtbot, tmp_path):
    with main_window(qtbot) as window:
        studio = window.studio
        studio.generation.prompt = "before"
        studio.take_settings_from(with_map(tmp_path / "a.png"))
        qtbot.waitUntil(lambda: bool(studio.document.maps))
        document = studio.document
        (given,) = document.maps
        assert (given.kind, given.source, given.network) == (MapKind.LINES, MapSource.READY, "liner")
        assert (given.weight, given.start, given.end, given.is_on) == (0.7, 0.1, 0.8, True)
        layer = document.layer(given.layer)
        assert layer is not None and not layer.visible and layer.name == "lines.png"
        drawn = layer.tiles.read(document.canvas)
        assert document.size == (64, 64) and drawn[:, 17, 0].max() > 200 and drawn[:, 50, 0].max() == 0
        assert studio.generation.prompt == "a house"
        heard(studio).offers[-1].action()
        assert document.maps == () and studio.generation.prompt == "before"


def test_a_map_of_the_mask_comes_along_as_one_of_this_document_s_mask(qtbot, tmp_path):
    given = MapInput(MapKind.INPAINT, NOTHING, 0.7, network="filler")
    edit = Edit(mask=MaskInput.of(np.full((64, 64), 255, np.uint8)))
    start = ImageInput.of(np.zeros((64, 64, 3), np.uint8))
    request = toy_request("a house", maps=(given,)).with_edit(start, edit)
    path = tmp_path / "a.png"
    path.write_bytes(
        encode_picture(np.zeros((64, 64, 3), np.uint8), Recipe(request, maps=packed_maps(request)))
    )
    with main_window(qtbot) as window:
        window.studio.take_settings_from(path)
        qtbot.waitUntil(lambda: bool(window.studio.document.maps))
        (given,) = window.studio.document.maps
        assert (given.kind, given.source, given.layer) == (MapKind.INPAINT, MapSource.MASK, "")
        assert (given.network, given.weight) == ("filler", 0.7)


def test_the_maps_of_before_are_turned_off_and_not_lost(qtbot, tmp_path):
    with main_window(qtbot) as window:
        studio = window.studio
        studio.take_settings_from(with_map(tmp_path / "a.png"))
        qtbot.waitUntil(lambda: len(studio.document.maps) == 1)
        studio.take_settings_from(with_map(tmp_path / "a.png"))
        qtbot.waitUntil(lambda: len(studio.document.maps) == 2)
        assert [given.is_on for given in studio.document.maps] == [False, True]


def test_a_map_that_is_not_inside_is_said(qtbot, tmp_path):
    with main_window(qtbot) as window:
        window.studio.take_settings_from(with_map(tmp_path / "a.png", is_inside=False))
        qtbot.waitUntil(lambda: "not inside" in said(window))
        assert window.studio.document.maps == ()


def test_made_again_varied_or_in_a_sheet_it_follows_its_maps(qtbot, tmp_path):
    with studio_with_toy(qtbot, ToyEngine()) as studio:
        asked: list = []
        with_request_of(studio, with_map(tmp_path / "a.png"), asked.append)
        qtbot.waitUntil(lambda: bool(asked))
        (given,) = asked[0].maps
        assert np.array_equal(given.image.pixels, MAP) and given.network == "liner"
