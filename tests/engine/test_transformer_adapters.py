"""IP-Adapters of FLUX.1 and Stable Diffusion 3: the numbers of the stock pipelines, and what does not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import tiny_families
import torch
from headers import write_header
from PIL import Image
from safetensors.torch import load_file
from tiny_references import (
    PIECE_WIDTH,
    save_adapter,
    tiny_encoder,
    tiny_flux_adapter,
    tiny_sd3_adapter,
    tiny_siglip,
)
from transformers import CLIPImageProcessor, SiglipImageProcessor

from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.events import ImageReady
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.references import AdapterInfo, AdapterNetwork, ReferenceInput, ReferenceScope
from engine.api.regions import RegionInput
from engine.api.request import GenerationRequest, Speed
from engine.diffusion import schedulers
from engine.library.folders import models_folder
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.named.references import fitting_adapters
from engine.models.parts.reference_files import read_adapter
from engine.picture import picture
from engine.tasks import run

SIDE, STEPS = 64, 2
LAST_BIT = 1
"""Of 255: stock weights lie in a mapped file, at addresses that the last bits of a product depend on."""


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        flux, sd3 = tiny_families.flux_dev(), tiny_families.sd3()
        redux = diffusers.pipelines.flux.modeling_flux.ReduxImageEncoder(PIECE_WIDTH, 32)
        loud = {name: 8 * tensor for name, tensor in redux.state_dict().items()}  # so that it is seen
    flux.save_pretrained(root / "flux")
    sd3.save_pretrained(root / "sd3")
    tiny_encoder().save_pretrained(root / "clip")
    tiny_siglip().save_pretrained(root / "siglip")
    return {
        "root": root,
        "redux": save_adapter(root / "ip" / "flux1-redux-dev.safetensors", loud),
        "flux": root / "flux",
        "sd3": root / "sd3",
        "flux-adapter": save_adapter(root / "ip" / "xlabs.safetensors", tiny_flux_adapter(flux.transformer)),
        "flux-other": save_adapter(
            root / "ip" / "other.safetensors", tiny_flux_adapter(flux.transformer, seed=1)
        ),
        "sd3-adapter": save_adapter(root / "ip" / "instantx.safetensors", tiny_sd3_adapter(sd3.transformer)),
    }


@pytest.fixture(scope="module")
def models(places) -> Models:
    return Models(Catalog([places["root"]]), "cpu")


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def take_after(adapter: Path, weight: float = 1.0, turn: int = 0) -> ReferenceInput:
    y, x = np.mgrid[0:40, 0:40]
    values = np.stack([x * 6, y * 6, 255 - x * 6], axis=2).astype(np.uint8)
    image = ImageInput.of(np.ascontiguousarray(np.rot90(values, turn)), "gradient.png")
    return ReferenceInput(image, weight, adapter=str(adapter))


def ask(base: Path, models: Models, *references: ReferenceInput, guidance: float) -> GenerationRequest:
    info = models.catalog.find(str(base))
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=guidance, seed=7)
    request = info.request("a dog", width=SIDE, height=SIDE, references=references)
    return replace(request, sampling=sampling, negative_prompt="")


def pixels(request: GenerationRequest, models: Models) -> np.ndarray:
    return next(event for event in run(request, models) if isinstance(event, ImageReady)).pixels


def far(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def stock(kind: Any, request: GenerationRequest, models: Models, load: Any, **parts: Any) -> np.ndarray:
    """The pixels of diffusers' own pipeline with its own `load_ip_adapter`."""
    model = models.load(models.catalog.find(request.model), torch.float32)
    model.load_text_encoders()
    sampling = request.sampling
    scheduler = schedulers.build(sampling.scheduler, model.scheduler_config, sampling.seed, sampling.steps)
    pipeline = kind(**model.components, scheduler=scheduler, **parts)
    pipeline.set_progress_bar_config(disable=True)
    load(pipeline)
    shown: Any = [Image.fromarray(one.image.pixels) for one in request.references]
    shown = [[shown]] if any(one.joined for one in request.references) else shown
    try:
        with torch.inference_mode():
            image = pipeline(
                prompt="a dog", height=SIDE, width=SIDE, num_inference_steps=STEPS,
                guidance_scale=sampling.guidance, ip_adapter_image=shown[0] if len(shown) == 1 else shown,
                generator=torch.Generator().manual_seed(7),
            ).images[0]  # fmt: skip
    finally:
        pipeline.unload_ip_adapter()
    return np.array(image)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_flux_is_the_stock_pipeline_s_and_afterwards_as_before(places, models, count):
    given = [take_after(places["flux-adapter"], 0.7), take_after(places["flux-other"], 0.4, turn=1)][:count]
    if count == 3:  # looked at as one
        given = [given[0], replace(given[1], joined=True)]
    request = ask(places["flux"], models, *given, guidance=3.5)
    plain = replace(request, references=())
    before, drawn = pixels(plain, models), pixels(request, models)
    assert far(pixels(plain, models), before) == 0 and far(drawn, before) > LAST_BIT

    def load(pipeline: Any) -> None:
        files = [Path(one.adapter) for one in given if not one.joined]
        pipeline.load_ip_adapter(
            [str(file.parent) for file in files], weight_name=[file.name for file in files],
            subfolder=[""] * len(files),
        )  # fmt: skip
        pipeline.set_ip_adapter_scale([one.weight for one in given if not one.joined])

    eyes = CLIPImageProcessor(size=32, crop_size=32)
    stocks = stock(
        diffusers.FluxPipeline, request, models, load, image_encoder=tiny_encoder(), feature_extractor=eyes
    )
    assert far(drawn, stocks) <= LAST_BIT


@pytest.mark.parametrize("guidance", [1.0, 5.0])
def test_stable_diffusion_3_is_the_stock_pipeline_s_and_afterwards_as_before(places, models, guidance):
    given = take_after(places["sd3-adapter"], 0.6)
    request = ask(places["sd3"], models, given, guidance=guidance)
    plain = replace(request, references=())
    before, drawn = pixels(plain, models), pixels(request, models)
    assert far(pixels(plain, models), before) == 0 and far(drawn, before) > LAST_BIT

    def load(pipeline: Any) -> None:
        file = places["sd3-adapter"]
        pipeline.load_ip_adapter(str(file.parent), weight_name=file.name, subfolder="")
        pipeline.set_ip_adapter_scale(given.weight)

    eyes = SiglipImageProcessor(size={"height": 32, "width": 32})
    kind = diffusers.StableDiffusion3Pipeline
    stocks = stock(kind, request, models, load, image_encoder=tiny_siglip(), feature_extractor=eyes)
    assert far(drawn, stocks) <= LAST_BIT


def test_redux_reads_a_picture_as_words_of_the_stock_pipeline(places, models):
    given = take_after(places["redux"])
    request = ask(places["flux"], models, given, guidance=3.5)
    plain = replace(request, references=())
    before, drawn = pixels(plain, models), pixels(request, models)
    assert far(pixels(plain, models), before) == 0 and far(drawn, before) > LAST_BIT
    model = models.load(models.catalog.find(request.model), torch.float32)
    model.load_text_encoders()
    embedder = diffusers.pipelines.flux.modeling_flux.ReduxImageEncoder(PIECE_WIDTH, 32)
    embedder.load_state_dict(load_file(places["redux"]))
    parts = {**model.components, "transformer": None}
    prior = diffusers.FluxPriorReduxPipeline(
        tiny_siglip(), SiglipImageProcessor(size={"height": 32, "width": 32}), embedder,
        *(parts[name] for name in ("text_encoder", "tokenizer", "text_encoder_2", "tokenizer_2")),
    )  # fmt: skip
    scheduler = schedulers.build("euler", model.scheduler_config, 7, STEPS)
    pipeline = diffusers.FluxPipeline(**model.components, scheduler=scheduler)
    with torch.inference_mode():
        read = prior(Image.fromarray(given.image.pixels), prompt="a dog")
        stocks = pipeline(
            prompt_embeds=read.prompt_embeds, pooled_prompt_embeds=read.pooled_prompt_embeds, height=SIDE,
            width=SIDE, num_inference_steps=STEPS, guidance_scale=3.5,
            generator=torch.Generator().manual_seed(7),
        ).images[0]  # fmt: skip
    assert far(drawn, np.array(stocks)) <= LAST_BIT


def test_redux_goes_with_an_ip_adapter_and_counts_by_its_weight(places, models):
    both = [take_after(places["flux-adapter"], 0.7), take_after(places["redux"], turn=1)]
    one, two = (pixels(ask(places["flux"], models, *some, guidance=3.5), models) for some in (both[:1], both))
    assert not np.array_equal(one, two)
    none = replace(both[1], weight=0.0)
    assert far(pixels(ask(places["flux"], models, both[0], none, guidance=3.5), models), one) == 0


@pytest.mark.parametrize("speed", [Speed.EXACT, Speed.FASTEST])
def test_a_place_s_words_have_those_of_redux_behind_them_too(places, models, speed):
    left = np.tile(np.where(np.arange(32) < 16, 255, 0).astype(np.uint8), (32, 1))
    plain = replace(ask(places["flux"], models, take_after(places["redux"]), guidance=3.5), speed=speed)
    with_place = replace(plain, regions=(RegionInput("a cat", MaskInput.of(left)),))
    without = replace(with_place, references=())
    drawn = pixels(with_place, models)
    assert far(drawn, pixels(plain, models)) > 1 and far(drawn, pixels(without, models)) > 1


def test_each_is_listed_for_its_own_model_and_refused_for_others(places, models):
    adapters = models.catalog.beside(AdapterInfo)
    flux = [AdapterNetwork.FLUX] * 2 + [AdapterNetwork.REDUX]
    for base, networks in (("flux", flux), ("sd3", [AdapterNetwork.SD3])):
        fit = fitting_adapters(models.catalog.find(str(places[base])), adapters)
        assert sorted(one.network for one in fit) == networks
    with pytest.raises(UnsupportedModel, match="another model"):
        run(ask(places["flux"], models, take_after(places["sd3-adapter"]), guidance=3.5), models)
    with pytest.raises(UnsupportedModel, match="another model"):
        run(ask(places["sd3"], models, take_after(places["flux-adapter"]), guidance=5.0), models)


@pytest.mark.parametrize(
    ("tensors", "problem", "told"),
    [
        ({"ip_adapter.0.to_k_ip.weight": (3072, 4096), "image_proj.proj.0.weight": (8, 1152)},
         "adapter_unread", "Choose XLabs'"),
        ({"pulid_encoder.proj_out": (8, 8), "pulid_ca.19.to_q.weight": (8, 8)}, "face_id", "a PuLID adapter"),
        ({"image_proj.latents": (1, 16, 8), "image_proj.proj_in.weight": (8, 512),
          "ip_adapter.1.to_k_ip.weight": (8, 2048)}, "", "FaceID"),
    ],
    ids=["instantx", "pulid", "instantid"],
)  # fmt: skip
def test_those_of_other_programs_are_named(own_home, tensors, problem, told):
    folder = models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = write_header(folder / "other.safetensors", tensors)
    if problem:
        ((_, message),) = Catalog().broken()
        assert told in message
        with pytest.raises(UnsupportedModel) as refused:
            read_adapter(path)
        assert refused.value.data["problem"] == problem
    else:
        assert read_adapter(path).variant == told


def test_what_they_cannot_is_said(places, models):
    given = take_after(places["sd3-adapter"])
    with pytest.raises(BadRequest, match="1 picture") as many:
        run(ask(places["sd3"], models, given, given, guidance=5.0), models)
    assert many.value.data["problem"] == "many_references"
    styled = replace(take_after(places["flux-adapter"]), scope=ReferenceScope.STYLE)
    with pytest.raises(BadRequest, match="style") as scoped:
        run(ask(places["flux"], models, styled, guidance=3.5), models)
    assert scoped.value.data["problem"] == "no_scopes"
    bound = replace(take_after(places["flux-adapter"]), place=MaskInput.of(np.full((64, 64), 255, np.uint8)))
    with pytest.raises(BadRequest, match="everywhere") as placed:
        run(ask(places["flux"], models, bound, guidance=3.5), models)
    assert placed.value.data["problem"] == "no_reference_places"
