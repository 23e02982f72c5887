from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from studios import PATIENCE_MS, end, heard, studio_with_toy, toy_request, wait_done

from desktop.bridge.background import Background
from desktop.bridge.local_engine import LocalEngine
from desktop.gallery.viewer.recipe_rows import rows_of
from desktop.state.borrowing import Part
from desktop.state.draft import Draft
from desktop.state.editing.edit_settings import EditSettings
from desktop.state.generation import GenerationState
from desktop.state.models import ModelList
from desktop.state.start_picture import MOST_PIXELS
from desktop.state.studio import Studio
from desktop.state.viewing import ShownKind
from engine.api.images import ImageInput
from engine.api.prompt import literal, plain
from engine.api.recipe import Recipe
from engine.library.pictures import encode_picture, encode_plain, open_picture, read_metadata
from engine.models.catalog import Catalog
from engine.vocabulary.styles import styles
from engine.vocabulary.wording import with_words_drawn


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)


def test_an_unlocked_seed_is_rolled_and_shown(qtbot):
    with studio_with_toy(qtbot) as studio:
        studio.jobs.pause()
        seeds = set()
        for _ in range(3):
            job = studio.generate()
            assert job.request.sampling.seed == studio.generation.seed
            seeds.add(studio.generation.seed)
        assert len(seeds) == 3
        studio.generation.seed_locked = True
        assert studio.generate().request.sampling.seed == studio.generation.seed in seeds


def test_a_wrong_value_is_said_and_nothing_is_queued(qtbot):
    with studio_with_toy(qtbot) as studio:
        studio.generation.steps = 0
        assert studio.generate() is None
        assert heard(studio).texts == ["Steps: choose a value from 1 to 1000."]
        assert not studio.jobs.jobs


def test_a_branch_takes_the_present_prompt_and_the_steps_own_size(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = studio.jobs.enqueue(toy_request("a dog"))
        wait_done(qtbot, job)
        studio.generation.prompt = "a cat"
        branch = studio.branch(job, job.steps[4])
        wait_done(qtbot, branch)
        assert branch.request.branch.step == 5 and branch.request.prompt == "a cat"
        assert branch.request.extent == job.request.extent
        assert branch.steps[0].index > 5


def test_the_canvas_follows_until_one_looks_back(qtbot):
    with studio_with_toy(qtbot) as studio:
        first = studio.jobs.enqueue(toy_request("a"))
        wait_done(qtbot, first)
        assert studio.viewing.shown.result is first.results[0]
        studio.viewing.show_step(first, first.steps[0])
        second = studio.jobs.enqueue(toy_request("b"))
        wait_done(qtbot, second)
        assert studio.viewing.shown.step is first.steps[0]
        studio.viewing.follow()
        assert studio.viewing.shown.result is second.results[0]


def test_a_dropped_picture_is_started_from_in_its_own_proportions(qtbot, tmp_path: Path):
    path = tmp_path / "wide.png"
    path.write_bytes(encode_plain(noise(3000, 2000)))
    with studio_with_toy(qtbot) as studio:
        info = studio.generation.info
        studio.starting.from_file(path)
        qtbot.waitUntil(lambda: studio.generation.image is not None, timeout=PATIENCE_MS)
        image, generation = studio.generation.image, studio.generation
        assert image.name == "wide.png" and image.width * image.height <= MOST_PIXELS
        assert image.width / image.height == pytest.approx(1.5, rel=0.01)
        assert generation.width / generation.height == pytest.approx(1.5, rel=0.1)
        assert generation.width % info.capabilities.size_multiple == 0
        assert studio.viewing.shown.kind is ShownKind.START
        job = studio.generate()
        wait_done(qtbot, job)
        assert studio.journal.jobs()[0].request.image.pixels is not None


def test_a_start_picture_comes_back_when_it_was_removed_and_survives_the_next_start(qtbot):
    with studio_with_toy(qtbot) as studio:
        studio.starting.from_pixels(noise(64, 64), "clipboard")
        qtbot.waitUntil(lambda: studio.generation.image is not None, timeout=PATIENCE_MS)
        image = studio.generation.image
        studio.starting.forget()
        (offer,) = heard(studio).offers
        assert studio.generation.image is None and offer.action_text == "Undo"
        offer.action()
    with studio_with_toy(qtbot) as again:
        qtbot.waitUntil(lambda: again.generation.image == image, timeout=PATIENCE_MS)
        assert again.generation.image.name == "clipboard"


def test_of_two_start_pictures_the_newer_one_is_kept_however_long_the_older_one_takes(qtbot, own_home: Path):
    large, small = (ImageInput.of(noise(edge, edge), str(edge)) for edge in (2048, 64))
    background = Background()
    generation = GenerationState()
    draft = Draft(generation, EditSettings(), background)
    generation.image = large
    generation.image = small
    background.close()
    draft.flush()
    assert open_picture(own_home / "data" / "start.png").width == 64
    with studio_with_toy(qtbot) as again:
        qtbot.waitUntil(lambda: again.generation.image == small, timeout=PATIENCE_MS)


@pytest.mark.parametrize("content", [b"", b"words", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_a_file_that_is_no_picture_is_said_and_changes_nothing(qtbot, tmp_path: Path, content: bytes):
    path = tmp_path / "bad <b>.png"
    path.write_bytes(content)
    with studio_with_toy(qtbot) as studio:
        before = studio.generation.to_draft()
        studio.starting.from_file(path)
        studio.take_settings_from(path)
        qtbot.waitUntil(lambda: len(heard(studio).texts) == 2, timeout=PATIENCE_MS)
        assert studio.generation.to_draft() == before


def test_the_settings_of_our_own_picture_are_taken(qtbot, tmp_path: Path):
    request = toy_request("a <b>dog</b>", images=1, negative_prompt="cats")
    path = tmp_path / "ours.png"
    path.write_bytes(encode_picture(noise(64, 64), Recipe(request)))
    with studio_with_toy(qtbot) as studio:
        studio.take_settings_from(path)
        qtbot.waitUntil(lambda: studio.generation.prompt == "a <b>dog</b>", timeout=PATIENCE_MS)
        assert studio.generation.seed_locked
        assert studio.generation.to_request() == replace(request, read_as=None)


def test_what_a_model_wrote_of_its_picture_comes_into_an_empty_prompt(qtbot, tmp_path: Path):
    said = "A harbour (at night), 50 [boats]"
    for number, typed in enumerate(("", "mine")):
        path = tmp_path / f"{number}.png"
        recipe = Recipe(toy_request(typed, images=1), described=said)
        path.write_bytes(encode_picture(noise(64, 64), recipe))
        with studio_with_toy(qtbot) as studio:
            studio.take_settings_from(path)
            wanted = typed or literal(said)
            qtbot.waitUntil(lambda s=studio, w=wanted: s.generation.prompt == w, timeout=PATIENCE_MS)
            told = dict(rows_of(path, None, read_metadata(path)))
            assert said in told.values() and plain(literal(said)) == said


def test_words_come_back_as_typed_with_the_styles_that_were_chosen(qtbot, tmp_path: Path):
    name = styles()[0].name
    typed = toy_request("a {red|blue} boat", styles=(name,))
    made = with_words_drawn(typed).one_image(0)
    assert made.prompt != typed.prompt
    path, gone = tmp_path / "ours.png", tmp_path / "gone.png"
    path.write_bytes(encode_picture(noise(64, 64), Recipe(made)))
    gone.write_bytes(encode_picture(noise(64, 64), Recipe(replace(made, styles=("Long gone",)))))
    with studio_with_toy(qtbot) as studio:
        generation = studio.generation
        for part in (Part.ALL, Part.PROMPT):
            generation.prompt, generation.styles = "", ()
            studio.take_settings_from(path, part)
            qtbot.waitUntil(lambda: generation.prompt == typed.prompt, timeout=PATIENCE_MS)
            assert generation.styles == (name,)
            studio.take_settings_from(gone, part)  # only the words that drew it are known
            qtbot.waitUntil(lambda: generation.prompt == made.prompt, timeout=PATIENCE_MS)
            assert generation.styles == ()
        studio.take_request(made)
        assert (generation.prompt, generation.styles) == (typed.prompt, (name,))


def test_a_foreign_model_and_scheduler_are_said_and_the_present_ones_kept(qtbot, tmp_path: Path):
    text = (
        "a dog\nNegative prompt: cats\n"
        "Steps: 7, Sampler: DPM fast, CFG scale: 3.5, Seed: 42, Size: 64x128, Model: dreamy"
    )
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", text)
    path = tmp_path / "a1111.png"
    Image.fromarray(noise(64, 64)).save(path, pnginfo=info)
    with studio_with_toy(qtbot) as studio:
        scheduler = studio.generation.scheduler
        studio.take_settings_from(path)
        qtbot.waitUntil(lambda: studio.generation.prompt == "a dog", timeout=PATIENCE_MS)
        generation = studio.generation
        assert (generation.steps, generation.guidance, generation.seed) == (7, 3.5, 42)
        assert (generation.width, generation.height) == (64, 128)
        assert (generation.model, generation.scheduler) == ("toy", scheduler)
        assert any("dreamy" in text for text in heard(studio).texts)


def test_a_model_that_is_gone_is_said_and_another_is_used(qtbot):
    with studio_with_toy(qtbot, model="long gone") as studio:
        assert any("long gone" in text for text in heard(studio).texts)
        assert studio.generation.model == "starter"
        assert studio.generation.to_request().width == studio.generation.info.defaults.width


def test_the_first_picture_need_not_wait_until_all_folders_are_looked_through(qtbot, monkeypatch):
    """A drive with thousands of models takes its time."""
    go_on, look = threading.Event(), Catalog.infos_so_far

    def slowly(catalog):
        found = look(catalog)
        yield next(found)
        go_on.wait(PATIENCE_MS / 1000)
        yield from found

    monkeypatch.setattr(Catalog, "infos_so_far", slowly)
    studio = Studio(LocalEngine())
    try:
        studio.generation.model = "toy"
        studio.start()
        qtbot.waitUntil(lambda: studio.is_ready, timeout=PATIENCE_MS)
        assert not studio.models.is_scanned and studio.models.get("starter") is not None
        job = studio.generate()
        wait_done(qtbot, job)
        go_on.set()
        qtbot.waitUntil(lambda: studio.models.is_scanned, timeout=PATIENCE_MS)
        assert studio.generation.model == "toy"
    finally:
        go_on.set()
        end(studio)


def test_while_folders_are_looked_through_models_come_by_name_and_none_leaves(qapp):
    models = ModelList(Background(qapp))
    own, found = Catalog().infos(), Catalog().infos()[1]
    models.is_scanning = True
    seen = []
    models.changed.connect(lambda: seen.append([info.name for info in models.infos]))
    for names in ("", "m", "bm", "m", "abm"):
        models._told.emit([*own, *(replace(found, name=name) for name in names)])
    assert seen == [
        ["starter", "toy"], ["starter", "toy", "m"], ["starter", "toy", "b", "m"],
        ["starter", "toy", "a", "b", "m"],
    ]  # fmt: skip


def test_a_removed_picture_comes_back_to_its_place(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = studio.jobs.enqueue(toy_request(images=2))
        wait_done(qtbot, job)
        first, second = studio.pictures.items
        studio.pictures.remove(first)
        qtbot.waitUntil(lambda: studio.pictures.items == [second], timeout=PATIENCE_MS)
        assert not first.path.exists()
        heard(studio).offers[-1].action()
        qtbot.waitUntil(lambda: studio.pictures.items == [first, second], timeout=PATIENCE_MS)
        assert open_picture(first.path).width == 64
        assert len(studio.journal.recent_results()) == 2


def test_pictures_are_there_at_the_next_start_and_missing_ones_are_shown_as_missing(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = studio.jobs.enqueue(toy_request(images=2))
        wait_done(qtbot, job)
        paths = [result.path for result in studio.pictures.items]
    paths[0].unlink()
    with studio_with_toy(qtbot) as again:
        items = again.pictures.items
        assert [result.path for result in items] == paths
        qtbot.waitUntil(lambda: items[0].is_missing and items[1].thumbnail is not None, timeout=PATIENCE_MS)
        assert items[1].recipe.request.prompt == "a dog"
        assert not again.jobs.jobs and not again.jobs.is_paused
