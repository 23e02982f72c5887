"""Guiders: the numbers of diffusers' own blocks with its own guiders, in the pipelines that know of none."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import tiny_families
import torch
from diffusers import guiders
from tiny_other import modular, modular_folder

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import ImageReady, Step
from engine.api.guiders import WITH_A_WORSE, Guider
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.regions import RegionInput
from engine.api.request import Branch, GenerationRequest, Sampling, Speed
from engine.diffusion import schedulers
from engine.diffusion.guiding import Guiding, layers_of
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS, SCALE = 4, 6.0
LAST_BIT = 1
"""Of 255: the blocks ask for one half of the batch after the other."""
UNSEEN = Control(wants_previews=False)
MIDDLE, ALL = "mid_block.attentions.0.transformer_blocks", "transformer_blocks"
DISTURBED = {"skip_attention": False, "skip_attention_scores": True, "skip_ff": False}


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("guided")
    made = {name: tiny_families.tiny_folder(name, root / name) for name in ("sdxl", "sd3", "pixart")}
    return {**made, "anima": modular_folder("anima", root / "anima")}


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(Catalog(), "cpu")


def ask(folder: Path, models: Models, guider: Guider = Guider.CFG, **sampling: Any) -> GenerationRequest:
    info = models.catalog.find(str(folder))
    own = replace(info.defaults.sampling, scheduler="euler", steps=STEPS, guidance=SCALE, seed=7)
    told = replace(own, guider=guider, **sampling)
    return info.request("a dog", negative_prompt="a cat", width=64, height=64, sampling=told)


def pixels(request: GenerationRequest, models: Models) -> np.ndarray:
    (made,) = [event for event in run(request, models, UNSEEN) if isinstance(event, ImageReady)]
    return made.pixels


def by_blocks(request: GenerationRequest, models: Models, guider: Any) -> np.ndarray:
    """The picture of the same networks and noise from all of diffusers' own blocks."""
    info = models.catalog.find(request.model)
    model = models.load(info, torch.float32)
    model.load_text_encoders()
    scheduler = schedulers.build("euler", model.scheduler_config, 7, request.sampling.steps)
    parts = {**model.components, "scheduler": scheduler}
    blocks = {
        "sdxl": diffusers.StableDiffusionXLAutoBlocks, "sd3": diffusers.StableDiffusion3AutoBlocks,
        "anima": diffusers.AnimaAutoBlocks,
    }[Path(request.model).name]  # fmt: skip
    pipeline = modular(blocks, **{name: part for name, part in parts.items() if part is not None})
    pipeline.update_components(guider=guider)
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        made = pipeline(
            prompt="a dog", negative_prompt="a cat", width=64, height=64, output="images",
            num_inference_steps=request.sampling.steps, generator=torch.Generator().manual_seed(7),
        )  # fmt: skip
    return np.array(made[0].convert("RGB"))


def far(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


class OnMatrices(guiders.MagnitudeAwareGuidance):
    """The stock one's norms know no latents of pictures, which lie in four dimensions: here in three."""

    def forward(self, pred_cond: Any, pred_uncond: Any = None) -> Any:
        made = super().forward(pred_cond.flatten(2), pred_uncond.flatten(2))
        made.pred = made.pred.reshape(pred_cond.shape)
        return made


def stock(guider: Guider, name: str, **told: Any) -> Any:
    """diffusers' guider as its own documentation would have it made."""
    flow, layers = name != "sdxl", diffusers.LayerSkipConfig([0, 1], fqn=MIDDLE)
    own: dict[Guider, dict[str, Any]] = {
        Guider.ZERO_STAR: {"zero_init_steps": 1 if flow else 0},
        Guider.PERTURBED: {
            "perturbed_guidance_config": replace(layers, **DISTURBED),
            "perturbed_guidance_start": 0.0, "perturbed_guidance_stop": 1.0,
        },
        Guider.SKIPPED: {"skip_layer_config": layers},
    }  # fmt: skip
    kind = {
        Guider.CFG: guiders.ClassifierFreeGuidance,
        Guider.ZERO_STAR: guiders.ClassifierFreeZeroStarGuidance,
        Guider.PROJECTED: guiders.AdaptiveProjectedGuidance,
        Guider.TANGENTIAL: guiders.TangentialClassifierFreeGuidance,
        Guider.MAGNITUDE: OnMatrices,
        Guider.PERTURBED: guiders.PerturbedAttentionGuidance,
        Guider.SKIPPED: guiders.SkipLayerGuidance,
    }[guider]
    return kind(guidance_scale=SCALE, **own.get(guider, {}), **told)


CASES = [
    *(("sdxl", guider) for guider in Guider if guider is not Guider.CFG),
    ("sd3", Guider.ZERO_STAR),
    *(("anima", guider) for guider in (Guider.PROJECTED, Guider.MAGNITUDE)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "guider"), CASES)
def test_a_guider_draws_what_diffusers_blocks_draw_with_it(name, guider, places, models):
    steps = {"steps": 10} if guider is Guider.SKIPPED else {}  # it skips in the second step of ten alone
    request = ask(places[name], models, guider, **steps)
    made = pixels(request, models)
    assert far(made, by_blocks(request, models, stock(guider, name))) <= LAST_BIT
    if guider is Guider.PROJECTED:  # whose limit tiny latents do not reach
        return
    plainly = replace(request, sampling=replace(request.sampling, guider=Guider.CFG))
    assert far(made, pixels(plainly, models)) > LAST_BIT


def test_stable_diffusion_3_skips_layers_as_its_pipeline_does(places, models):
    request = ask(places["sd3"], models, Guider.SKIPPED, steps=10)
    made = pixels(request, models)
    model = models.load(models.catalog.find(request.model), torch.float32)
    model.load_text_encoders()
    scheduler = schedulers.build("euler", model.scheduler_config, 7, 10)
    pipeline = diffusers.StableDiffusion3Pipeline(**model.components, scheduler=scheduler)
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        own = pipeline(
            prompt="a dog", negative_prompt="a cat", width=64, height=64, num_inference_steps=10,
            guidance_scale=SCALE, generator=torch.Generator().manual_seed(7), skip_guidance_layers=[0],
            return_dict=False,
        )[0][0]  # fmt: skip
    plainly = replace(request, sampling=replace(request.sampling, guider=Guider.CFG))
    assert np.array_equal(made, np.array(own)) and not np.array_equal(made, pixels(plainly, models))
    with pytest.raises(BadRequest, match="magnitude-aware, slg"):
        pixels(ask(places["sd3"], models, Guider.PERTURBED), models)


def test_a_share_of_the_steps_is_guided_and_the_others_ask_the_prompt_alone(places, models):
    request = ask(places["sdxl"], models, guidance_start=0.25, guidance_stop=0.75)
    whole = replace(request, sampling=replace(request.sampling, guidance_start=0.0, guidance_stop=1.0))
    network = models.load(models.catalog.find(request.model), torch.float32).denoiser
    batches: list[int] = []
    hook = network.conv_in.register_forward_pre_hook(lambda _, given: batches.append(len(given[0])))
    try:
        made = pixels(request, models)
    finally:
        hook.remove()
    assert batches == [1, 2, 2, 1]
    guider = guiders.ClassifierFreeGuidance(guidance_scale=SCALE, start=0.25, stop=0.75)
    assert far(made, by_blocks(request, models, guider)) <= LAST_BIT
    assert far(made, pixels(whole, models)) > LAST_BIT
    fast = replace(request, speed=Speed.FAST)  # whose numbers are shorter, and whose passes are fewer
    assert pixels(fast, models).std() > 1


def test_rescaled_it_is_the_guider_that_does_so_once(places, models):
    request = ask(places["sdxl"], models, Guider.PROJECTED, guidance_rescale=0.7)
    rescaled = stock(Guider.PROJECTED, "sdxl", guidance_rescale=0.7)
    assert far(pixels(request, models), by_blocks(request, models, rescaled)) <= LAST_BIT


def test_without_guidance_it_is_the_pipeline_itself(places, models):
    request = ask(places["sdxl"], models, Guider.PROJECTED, guidance=1.0)
    plain = replace(request, sampling=replace(request.sampling, guider=Guider.CFG))
    assert np.array_equal(pixels(request, models), pixels(plain, models))


@pytest.mark.parametrize("name", ["sdxl", "anima"])
def test_a_branch_goes_on_under_a_guider(name, places, models):
    KEPT.clear()
    request = ask(places[name], models, Guider.PROJECTED)
    made = pixels(request, models)
    branch = replace(request, branch=Branch(request, 0, 2))
    assert np.array_equal(pixels(branch, models), made)
    KEPT.clear()
    assert np.array_equal(pixels(branch, models), made)
    steps = run(request, models, UNSEEN)
    assert next(event.index for event in steps if isinstance(event, Step)) == 1
    steps.close()  # cancelled: nothing of it is in the way of the next
    assert np.array_equal(pixels(request, models), made)


@pytest.mark.parametrize("guider", WITH_A_WORSE)
def test_a_disturbed_network_is_afterwards_as_before_also_when_cancelled(guider, places, models):
    plain = ask(places["pixart"], models)
    before = pixels(plain, models)
    request = ask(places["pixart"], models, guider, steps=11)
    made = pixels(request, models)
    assert made.std() > 1 and far(
        made, pixels(replace(plain, sampling=replace(plain.sampling, steps=11)), models)
    )
    steps = run(request, models, UNSEEN)
    next(event for event in steps if isinstance(event, Step))
    steps.close()
    assert np.array_equal(pixels(plain, models), before)
    assert np.array_equal(pixels(request, models), made)


def test_places_and_masks_go_with_a_guider_and_one_that_asks_with_one_sentence_says_so(places, models):
    request = ask(places["sdxl"], models, Guider.PROJECTED)
    half = np.zeros((64, 64), np.uint8)
    half[:, 32:] = 255
    placed = replace(request, regions=(RegionInput("a red house", MaskInput.of(half)),))
    assert far(pixels(placed, models), pixels(request, models)) > LAST_BIT
    y, x = np.mgrid[0:64, 0:64]
    start = ImageInput.of(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), "drawing.png")
    midway = replace(request, image=start, sampling=replace(request.sampling, strength=0.5))
    assert pixels(midway, models).std() > 1
    disturbed = replace(placed, sampling=replace(placed.sampling, guider=Guider.PERTURBED))
    with pytest.raises(BadRequest, match="one sentence"):
        pixels(disturbed, models)


def test_what_cannot_be_guided_so_says_what_it_takes(places, models, tmp_path):
    tiny_families.tiny_folder("qwen-image", tmp_path / "qwen")
    with pytest.raises(BadRequest, match=r"nothing that .* can be guided by: it takes plain guidance"):
        pixels(ask(tmp_path / "qwen", models, Guider.PROJECTED), models)
    with pytest.raises(BadRequest, match="cfg, cfg-zero-star, apg, tangential, magnitude-aware"):
        pixels(ask(places["anima"], models, Guider.SKIPPED), models)
    with pytest.raises(BadRequest, match="after where guidance begins"):
        GenerationRequest("starter", sampling=Sampling(guidance_start=0.5, guidance_stop=0.5)).validated()


def test_a_folder_s_guider_is_where_the_choice_begins(places, models, tmp_path):
    folder = tmp_path / "anima"
    shutil.copytree(places["anima"], folder)
    index = json.loads((folder / "modular_model_index.json").read_text())
    told: dict[str, Any] = {"adaptive_projected_guidance_momentum": -0.2, "eta": 0.5, "start": 0.25}
    (folder / "guider").mkdir()
    (folder / "guider" / "guider_config.json").write_text(json.dumps(told))
    named = {**index, "guider": ["diffusers", "AdaptiveProjectedGuidance"]}
    (folder / "modular_model_index.json").write_text(json.dumps(named))
    request = ask(folder, models, models.catalog.find(str(folder)).defaults.sampling.guider)
    assert request.sampling.guider is Guider.PROJECTED
    own = guiders.AdaptiveProjectedGuidance(guidance_scale=SCALE, **told)
    KEPT.clear()
    made = pixels(request, models)
    assert far(made, by_blocks(request, models, own)) <= LAST_BIT
    # a branch goes on with what it remembers
    branch = replace(request, branch=Branch(request, 0, 3))
    assert np.array_equal(pixels(branch, models), made)
    KEPT.clear()
    assert np.array_equal(pixels(branch, models), made)


def test_the_layers_of_stable_diffusion_3_5_medium_are_its_makers():
    network = torch.nn.Module()
    network.transformer_blocks = torch.nn.ModuleList(torch.nn.Identity() for _ in range(24))
    assert layers_of(network, ALL) == (ALL, (7, 8, 9)) and layers_of(network, MIDDLE) == (MIDDLE, ())
    made = Guiding(Guider.SKIPPED, 5.0, layers=layers_of(network, ALL)).made(None)
    assert [config.indices for config in made.skip_layer_config] == [[7, 8, 9]]
