from __future__ import annotations

import pytest
from main_windows import main_window
from studios import PATIENCE_MS

from desktop.panels.durations import say_duration, say_progress
from desktop.state.jobs import Job
from engine.api.events import Loading, Step
from engine.api.request import GenerationRequest, Sampling, Speed
from engine.models.catalog import Catalog
from engine.models.kept.pace import remember_pace


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0.1 s"), (0.44, "0.4 s"), (6.4, "6 s"), (99, "99 s"), (125, "2 min"), (3 * 3600, "3.0 h")],
)
def test_a_time_is_said_as_people_say_it(qapp, seconds: float, said: str):
    assert say_duration(seconds) == said


def test_progress_says_step_pace_and_time_left(qapp):
    job = Job("1", GenerationRequest("toy", sampling=Sampling(steps=20)))
    assert say_progress(job) == "Starting"
    job.loading = Loading("model")
    assert say_progress(job) == "Loading the model"
    job.begin()
    job.keep_step(Step(5, 20, 1.0, None, 0, seconds=0.5), first_image=0)
    assert say_progress(job).split("  ·  ") == ["step 5 of 20", "0.50 s/step", "8 s left"]


def test_progress_of_several_pictures_fits_under_the_button(qapp):
    job = Job("1", GenerationRequest("toy", images=40, sampling=Sampling(steps=20)))
    job.begin()
    job.keep_step(Step(5, 20, 1.0, None, 6, seconds=0.5), first_image=0)
    assert say_progress(job).split("  ·  ") == ["picture 7 of 40", "step 5 of 20", "6 min left"]


def test_how_long_is_known_from_earlier_days(qtbot):
    info = Catalog().find("starter")
    remember_pace(info, "cpu", Speed.EXACT, 1e-6)
    with main_window(qtbot) as window:
        generation, speeds = window.studio.generation, window.studio.speeds
        window.studio.choose_model("starter")
        qtbot.waitUntil(lambda: speeds.pace("starter", Speed.EXACT) == 1e-6, timeout=PATIENCE_MS)
        generation.speed = Speed.EXACT
        generation.width, generation.height, generation.steps, generation.images = 1000, 1000, 8, 2
        assert "about 16 s" in window.work.generate.facts.text()
