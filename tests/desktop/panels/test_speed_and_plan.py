"""What a speed does and was measured to cost, what a picture needs of the memory: said where one chooses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from main_windows import main_window, spoken
from studios import PATIENCE_MS
from tiny import tiny_sd

from desktop.panels.amounts import LINKED
from desktop.panels.models.words import say_member
from desktop.panels.plan_words import say_plan
from desktop.panels.speed_words import say_lever, say_speed
from engine.api.images import Extent
from engine.api.job_plan import Measure, plan_job
from engine.api.model_info import Capabilities, ModelInfo, Part
from engine.api.request import Speed
from engine.api.speed import Lever, Measured
from engine.families.family import Reads
from engine.models.catalog import Catalog
from engine.models.kept.speed_memory import remember

GIB = 1 << 30
LARGE = ModelInfo(
    "large", "Large", "sdxl",
    parts=(
        Part("unet", "UNet2DConditionModel", 2_600_000_000, 0, "F16"),
        Part("text_encoder", "CLIPTextModel", 120_000_000, 0, "F16"),
    ),
    capabilities=Capabilities(bytes_per_px=5120),
)  # fmt: skip
FOUND = Measured(Speed.FAST, 0.5, 1.2, 2.0, 38.0, 4)


def test_every_lever_and_measure_has_its_own_words(qapp):
    assert len({say_lever(lever) for lever in Lever}) == len(Lever)
    card = plan_job(LARGE, Extent(2048, 2048), 2, 4 * GIB, has_own_memory=True, may_pack=True)
    assert set(card.measures) == set(Measure)
    said = say_plan(card).replace(LINKED, " ")
    assert "16-bit" in said and "in tiles" in said and "outside" in said
    assert "8 bits" in said and "layer by layer" in said


def test_what_does_not_fit_says_what_to_do(qapp):
    assert "may not fit" in say_plan(plan_job(LARGE, Extent(512, 512), 4, 2 * GIB))
    assert "may not fit" not in say_plan(plan_job(LARGE, Extent(512, 512), 4, 64 * GIB))


def test_a_speed_says_what_it_does_and_what_that_cost(qapp):
    starter = Catalog().find("starter")
    assert say_speed(starter, Speed.EXACT, None) == "The same pixels every time."
    assert "not measured" in say_speed(starter, Speed.FAST, None)
    assert "outermost level" in say_speed(starter, Speed.FASTEST, None)
    said = say_speed(starter, Speed.FAST, FOUND)
    assert "50 %" in said and "1.2" in said and "not measured" not in said
    assert "nothing to gain" in say_speed(Catalog().find("toy"), Speed.FAST, None)


def test_the_settings_show_what_a_trial_found(qtbot):
    starter = Catalog().find("starter")
    remember(starter, "cpu", [FOUND, replace(FOUND, speed=Speed.FASTEST)])
    with main_window(qtbot) as window:
        window.studio.choose_model("starter")
        settings = window.side.settings
        qtbot.waitUntil(lambda: window.studio.speeds.of(starter, Speed.FAST) is not None, timeout=PATIENCE_MS)
        window.studio.generation.speed = Speed.FAST
        assert settings.speed_note.text() == say_speed(starter, Speed.FAST, FOUND)
        assert settings.speed.buttons()[0].toolTip() == "The same pixels every time."
        window.studio.generation.speed = Speed.EXACT
        assert settings.speed_note.text() == "The same pixels every time."


def test_the_plan_follows_the_size(qtbot):
    with main_window(qtbot) as window:
        window.studio.choose_model("starter")
        plan = window.side.model.plan
        qtbot.waitUntil(lambda: "memory" in plan.text(), timeout=PATIENCE_MS)
        before = plan.text()
        window.studio.generation.width = 1024
        assert plan.text() != before


@pytest.mark.parametrize("speed", Speed)
def test_spanish_says_it_in_spanish(qapp, tmp_path_factory, speed: Speed):
    with spoken("es", tmp_path_factory.mktemp("es")):
        said = say_speed(Catalog().find("starter"), speed, FOUND)
        assert "pixels" not in said and "píxeles" in said
        assert "memoria" in say_plan(plan_job(LARGE, Extent(512, 512), 4))


@pytest.mark.parametrize(
    ("version", "variant", "said"),
    [
        ("FLUX.1", "Canny", "FLUX.1  ·  Canny"),
        ("SD 1.x", "SD 1.x, inpainting, v-prediction", "SD 1.x  ·  inpainting, v-prediction"),
        ("JoyImage Edit", "Edit", "JoyImage Edit"),
        ("DeepFloyd IF", "stage I, 64 pixels", "DeepFloyd IF  ·  stage I, 64 pixels"),
        ("Lumina 2", "", "Lumina 2"),
    ],
)
def test_a_model_is_called_by_its_family_and_which_of_it(qapp, version: str, variant: str, said: str):
    assert say_member(replace(LARGE, version=version, variant=variant)) == said


def test_the_line_under_the_model_says_which_one_of_its_family_it_is(qtbot, tmp_path):
    folder = tiny_sd(tmp_path / "models" / "paints-over", reads=Reads.MASKED_PICTURE)
    with main_window(qtbot) as window:
        window.studio.choose_model(str(folder))
        panel = window.side.model
        qtbot.waitUntil(lambda: "inpainting" in panel.facts.text(), timeout=PATIENCE_MS)
        assert panel.facts.text().count("SD") == 1
