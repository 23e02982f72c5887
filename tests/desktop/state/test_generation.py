from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from desktop.bridge.background import Background
from desktop.state.generation import GenerationState
from desktop.state.history import PromptHistory
from desktop.state.reading import Reading
from desktop.state.sizes import ASPECTS, size_for
from engine.api.errors import BadRequest
from engine.api.images import ImageInput
from engine.api.model_info import Capabilities, Defaults, ModelInfo, SchedulerInfo
from engine.api.request import Sampling
from engine.models.catalog import Catalog


def model(name: str, size: int, steps: int, scheduler: str = "ddim", multiple: int = 8) -> ModelInfo:
    sampling = Sampling(scheduler=scheduler, steps=steps, guidance=5.0)
    known = tuple(SchedulerInfo(id, id) for id in (scheduler, "euler"))
    capabilities = Capabilities(schedulers=known, size_multiple=multiple)
    return ModelInfo(name, name, "test", capabilities=capabilities, defaults=Defaults(size, size, sampling))


SMALL, LARGE = model("small", 128, 20), model("large", 512, 30, "unipc", 64)


@pytest.fixture
def generation(qapp):
    generation = GenerationState()
    generation.use_model_defaults(SMALL)
    return generation


def test_a_new_model_brings_its_defaults_for_what_was_not_touched(generation):
    generation.guidance = 9.0
    generation.use_model(LARGE)
    assert (generation.width, generation.height, generation.steps) == (512, 512, 30)
    assert (generation.scheduler, generation.guidance) == ("unipc", 9.0)


def test_a_chosen_size_keeps_its_proportions_with_another_model(generation):
    generation.set_aspect(2, 1)
    chosen = generation.width / generation.height
    generation.use_model(LARGE)
    assert generation.width / generation.height == pytest.approx(chosen, rel=0.15)
    assert generation.width * generation.height == pytest.approx(512 * 512, rel=0.15)
    assert generation.width % 64 == generation.height % 64 == 0


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("info", [SMALL, LARGE], ids=["small", "large"])
def test_aspect_presets_keep_the_area_and_the_multiple(aspect, info):
    size = size_for(aspect[0] / aspect[1], info)
    own = info.defaults.width * info.defaults.height
    assert size.width % info.capabilities.size_multiple == 0
    assert size.height % info.capabilities.size_multiple == 0
    assert size.width * size.height == pytest.approx(own, rel=0.2)


@pytest.mark.parametrize(
    ("field", "value"),
    [("steps", 0), ("width", 7), ("height", 13), ("seed", 2**64), ("guidance", math.nan), ("images", 0),
     ("strength", 1.1), ("width", 129), ("prompt", "x" * 200_001), ("scheduler", "magic")],
)  # fmt: skip
def test_every_wrong_value_is_named(generation, field, value):
    generation.image = ImageInput.of(np.zeros((64, 64, 3), np.uint8))
    setattr(generation, field, value)
    with pytest.raises(BadRequest) as caught:
        generation.to_request()
    assert caught.value.field == field


def test_a_request_comes_back_from_the_state_it_was_applied_to(generation):
    request = replace(
        SMALL.request("a dog", negative_prompt="cats", images=3),
        sampling=Sampling("euler", 7, 3.5, 0.2, 1.0, 2**64 - 1),
        width=256,
    )
    generation.apply_request(request)
    assert generation.seed_locked
    assert generation.to_request() == replace(request, read_as=None), "the engine looks the words up"


def test_the_draft_brings_everything_back(generation):
    generation.prompt, generation.seed, generation.seed_locked = "ñ 🙂 \u202e", 2**64 - 1, True
    generation.guidance = 3
    other = GenerationState()
    assert other.restore_draft(generation.to_draft()) == ""
    other.knows_model(SMALL)
    assert other.to_request() == generation.to_request()


@pytest.mark.parametrize("draft", [{}, {"steps": "many", "speed": "warp", "guidance": [], "image": 3}])
def test_a_strange_draft_does_no_harm(generation, draft):
    before = generation.to_request()
    assert generation.restore_draft(draft) == ""
    assert generation.to_request() == before


def test_tokens_are_counted_after_typing(qtbot):
    background, text = Background(), "a dog " * 2000
    reading = Reading(background)
    with qtbot.waitSignal(reading.changed, timeout=20_000):
        reading.ask(Catalog().find("starter"), text)
    count = reading.count
    assert count.tokens > count.limit and 0 < count.cut_at < len(text)
    background.close()


def test_the_history_goes_back_and_forth():
    history = PromptHistory()
    for prompt in ("one", "two", "two", " ", "three"):
        history.add(prompt)
    assert history.entries == ["one", "two", "three"]
    assert [history.previous("typing"), history.previous("three"), history.previous("two")] == [
        "three",
        "two",
        "one",
    ]
    assert history.previous("one") is None
    assert [history.next() for _ in range(4)] == ["two", "three", "typing", None]


def test_the_history_is_bounded():
    history = PromptHistory(str(number) for number in range(1000))
    history.add("last")
    assert len(history.entries) == 200 and history.entries[-1] == "last"
