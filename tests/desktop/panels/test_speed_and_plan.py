"""What a speed does and was measured to cost, what a picture needs of the memory: said where one chooses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from main_windows import main_window, spoken
from studios import PATIENCE_MS, wait_done
from tiny import tiny_sd
from toy_engine import toy_request

from desktop.panels.amounts import LINKED
from desktop.panels.models.words import say_member
from desktop.panels.plan_words import say_plan
from desktop.panels.speed_words import say_lever, say_speed, say_what_it_does
from desktop.widgets.toast import Toast
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
        assert settings.speed_note.text() == say_what_it_does(starter, Speed.FAST)
        assert settings.speed.buttons()[1].toolTip() == say_speed(starter, Speed.FAST, FOUND)
        shown = [[cell.text() for cell in row] for row in settings.speed_table.cells]
        assert shown[2] == ["Fast", "–", "50 %", "1.2"], "of a trial of before no seconds are known"
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
        ("SD 1.x", "SD 1.x, inpainting, v-prediction", "SD 1.x  ·  inpainting"),
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
        assert "architecture" not in panel.facts.text()


@pytest.fixture
def small_model(tmp_path):
    """A folder that draws 64 pixels in a moment."""
    return tiny_sd(tmp_path / "models" / "small")


def table_of(window) -> list[list[str]]:
    return [[cell.text() for cell in row] for row in window.side.settings.speed_table.cells]


def test_the_speeds_are_measured_from_the_window(qtbot, small_model):
    with main_window(qtbot) as window:
        studio, table = window.studio, window.side.settings.speed_table
        assert table.isHidden(), "the toy has nothing to measure"
        studio.choose_model(str(small_model))
        qtbot.waitUntil(lambda: not table.isHidden(), timeout=PATIENCE_MS)
        assert not table.has_figures and table.measure.text() == "Measure on this machine"
        shares: list[float] = []
        studio.measuring.changed.connect(lambda: shares.append(studio.measuring.share or 0.0))
        table.measure.click()
        assert [piece.text for piece in studio.working.pieces] == ["Measuring small"]
        qtbot.waitUntil(lambda: table.has_figures, timeout=PATIENCE_MS)
        assert shares[1:-1] == sorted(shares[1:-1]) and len(set(shares)) > 5
        assert studio.measuring.info is None and not studio.working.pieces
        rows = table_of(window)
        assert [row[0] for row in rows] == ["", "Exact", "Fast", "Fastest"]
        assert rows[1][2:] == ["100 %", "0"] and all(row[1].endswith(" s") for row in rows[1:])
        assert all(row[2].endswith(" %") and float(row[3]) >= 0 for row in rows[2:])
        assert table.measure.text() == "Measure again" and "same seeds" in table._table.toolTip()


def test_measuring_is_stopped_at_its_place_and_in_the_top_bar(qtbot, small_model):
    with main_window(qtbot) as window:
        studio, table = window.studio, window.side.settings.speed_table
        studio.choose_model(str(small_model))
        qtbot.waitUntil(lambda: not table.isHidden(), timeout=PATIENCE_MS)
        for stop in (table.measure.click, lambda: studio.working.pieces[0].work.cancel()):
            table.measure.click()
            qtbot.waitUntil(lambda: bool(studio.measuring.share), timeout=PATIENCE_MS)
            stop()
            assert studio.measuring.info is None and not studio.working.pieces
            qtbot.waitUntil(lambda: not studio.engine.is_busy, timeout=PATIENCE_MS)
        assert not table.has_figures and not heard_errors(window)


def test_a_picture_comes_before_what_is_measured(qtbot, small_model, monkeypatch):
    monkeypatch.setattr("desktop.state.measuring.REST_MS", 10)
    with main_window(qtbot) as window:
        studio, table = window.studio, window.side.settings.speed_table
        studio.choose_model(str(small_model))
        qtbot.waitUntil(lambda: not table.isHidden(), timeout=PATIENCE_MS)
        table.measure.click()
        qtbot.waitUntil(lambda: bool(studio.measuring.share), timeout=PATIENCE_MS)
        job = studio.jobs.enqueue(toy_request())
        assert studio.measuring.share is None and "Waits" in table.measure.text()
        wait_done(qtbot, job)
        qtbot.waitUntil(lambda: table.has_figures, timeout=PATIENCE_MS)


def test_a_measurement_that_fails_is_said_and_can_be_tried_again(qtbot, small_model):
    with main_window(qtbot) as window:
        studio, table = window.studio, window.side.settings.speed_table
        studio.choose_model(str(small_model))
        qtbot.waitUntil(lambda: not table.isHidden(), timeout=PATIENCE_MS)
        weights = next((small_model / "unet").glob("*.safetensors"))
        whole = weights.read_bytes()
        weights.write_bytes(whole[: len(whole) // 2])
        table.measure.click()
        qtbot.waitUntil(lambda: bool(heard_errors(window)), timeout=PATIENCE_MS)
        assert studio.measuring.info is None and table.measure.text() == "Measure on this machine"


def heard_errors(window) -> list[str]:
    return [toast.text for toast in window.findChildren(Toast) if toast.level == "error"]
