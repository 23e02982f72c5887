"""Models whose pictures pass through several networks: each is said, and they make the stock picture."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
import transformers
from diffusers.models.unets.unet_stable_cascade import StableCascadeUNet
from diffusers.pipelines.deprecated.unclip import text_proj
from diffusers.pipelines.deprecated.wuerstchen.modeling_paella_vq_model import PaellaVQModel
from diffusers.pipelines.deprecated.wuerstchen.modeling_wuerstchen_diffnext import WuerstchenDiffNeXt
from diffusers.pipelines.deprecated.wuerstchen.modeling_wuerstchen_prior import WuerstchenPrior
from learnt import save_embedding
from PIL import Image
from stock import bare
from tiny_other import change_of
from tiny_stages import (
    cascade_decoder,
    cascade_prior,
    deepfloyd_if,
    eyes,
    looks,
    saved,
    stable_unclip,
    wuerstchen_decoder,
    wuerstchen_prior,
)
from tiny_stages import karlo as karlo_model
from worn import assert_it_is_worn, assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.events import Finished, ImageReady, Loading, Step
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.regions import RegionInput
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.diffusion.learnt_preview import LearntPreview
from engine.families.adapted import cascade, deepfloyd, karlo, unclip, wuerstchen
from engine.families.table import EMBEDS
from engine.models.catalog import Catalog
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS, SIDE, FEW = 3, 128, 2
SEES, IMAGINES = "StableUnCLIPImg2ImgPipeline", "StableUnCLIPPipeline"
PIXELS = (np.mgrid[0:64, 0:64, 0:3].sum(axis=0) * np.array([3, 2, 1])).clip(0, 255).astype(np.uint8)


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    """Of the stages that nobody is asked about."""
    rooms = {
        cascade: "DECODER_STEPS", deepfloyd: "SECOND_STEPS", unclip: "PRIOR_STEPS", karlo: "PRIOR_STEPS",
        wuerstchen: "DECODER_STEPS",
    }  # fmt: skip
    for room, name in (*rooms.items(), (karlo, "LARGER_STEPS")):
        monkeypatch.setattr(room, name, FEW)


@pytest.fixture(scope="module")
def cascades(tmp_path_factory) -> Path:
    """Of the decoder; that of the prior lies beside it."""
    made = {"stable-cascade": cascade_decoder, "stable-cascade-prior": cascade_prior}
    home = saved(made, tmp_path_factory.mktemp("cascade"))
    (home / "stable-cascade" / "lienzo.json").write_text('{"width": 128, "height": 128}')
    return home / "stable-cascade"


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    return info.request("a dog", width=SIDE, height=SIDE, sampling=sampling, **changes)


def shares(events: list[Any], stage: str) -> list[float]:
    return [event.share or 0.0 for event in events if isinstance(event, Loading) and event.stage == stage]


def test_both_stages_of_stable_cascade_are_said_and_make_what_diffusers_pipelines_make(cascades, models):
    info = models.catalog.find(str(cascades))
    assert info.family == "stable_cascade" and not info.capabilities.image_to_image
    assert {part.name for part in info.parts} >= {"prior_prior", "decoder", "vqgan"}
    request = ask(info)
    events = list(run(request, models, Control()))
    steps = [event for event in events if isinstance(event, Step)]
    assert [event.index for event in steps] == list(range(1, STEPS + 1))
    assert all(event.preview is not None for event in steps)
    last = shares(events, "last_stage")
    assert last == [step / FEW for step in range(FEW + 1)]
    assert isinstance(events[-1], Finished)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    first = bare(
        diffusers.StableCascadePriorPipeline.from_pretrained(cascades.parent / "stable-cascade-prior")
    )
    parts = {
        "decoder": StableCascadeUNet.from_pretrained(cascades / "decoder"),
        "vqgan": PaellaVQModel.from_pretrained(cascades / "vqgan"),
    }
    read = {"tokenizer": first.tokenizer, "text_encoder": first.text_encoder}
    second = bare(
        diffusers.StableCascadeDecoderPipeline(**parts, **read, scheduler=diffusers.DDPMWuerstchenScheduler())
    )
    generator = torch.Generator().manual_seed(7)
    seen = first(
        "a dog", negative_prompt="", width=SIDE, height=SIDE, num_inference_steps=STEPS, guidance_scale=2.0,
        generator=generator, return_dict=False,
    )  # fmt: skip
    stock = second(
        seen[0],
        prompt_embeds=seen[1],
        prompt_embeds_pooled=seen[2],
        generator=generator,
        num_inference_steps=FEW,
    )
    assert np.array_equal(made, np.array(stock.images[0])) and made.std() > 1


def test_stable_cascade_is_cancelled_in_either_stage_goes_on_and_follows_places(cascades, models):
    KEPT.clear()
    info = models.catalog.find(str(cascades))
    request = ask(info)
    made = drawn(request, models)
    for is_there in (lambda event: isinstance(event, Step), in_the_last_stage):
        events = run(request, models, Control(wants_previews=False))
        next(event for event in events if is_there(event))
        events.close()
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    assert_places_are_followed(request, models, made)
    weighed = drawn(replace(request, prompt="a (dog:1.5)"), models)
    assert not np.array_equal(weighed, made)
    with pytest.raises(BadRequest, match="cannot start from a picture"):
        drawn(replace(request, image=ImageInput.of(made, "made.png")), models)


def test_stable_cascade_takes_after_pictures_where_its_prior_has_eyes(cascades, models, tmp_path):
    home = Path(shutil.copytree(cascades.parent, tmp_path / "seeing"))
    with torch.random.fork_rng():
        torch.manual_seed(3)
        prior = cascade_prior(image_encoder=eyes(16), feature_extractor=looks())
        prior.save_pretrained(home / "stable-cascade-prior")
    info = models.catalog.find(str(home / "stable-cascade"))
    assert (
        info.capabilities.references == 4 and models.catalog.find(str(cascades)).capabilities.references == 0
    )
    pictures = (PIXELS, np.ascontiguousarray(PIXELS[::-1]))
    told = tuple(ReferenceInput(ImageInput.of(pixels, "picture.png")) for pixels in pictures)
    made = drawn(ask(info, references=told), models)
    first = bare(diffusers.StableCascadePriorPipeline.from_pretrained(home / "stable-cascade-prior"))
    parts = {
        "decoder": StableCascadeUNet.from_pretrained(home / "stable-cascade" / "decoder"),
        "vqgan": PaellaVQModel.from_pretrained(home / "stable-cascade" / "vqgan"),
    }
    read = {"tokenizer": first.tokenizer, "text_encoder": first.text_encoder}
    walk = diffusers.DDPMWuerstchenScheduler()
    second = bare(diffusers.StableCascadeDecoderPipeline(**parts, **read, scheduler=walk))
    generator = torch.Generator().manual_seed(7)
    told_of = first(
        "a dog", images=[Image.fromarray(pixels) for pixels in pictures], negative_prompt="", width=SIDE,
        height=SIDE, num_inference_steps=STEPS, guidance_scale=2.0, generator=generator, return_dict=False,
    )  # fmt: skip
    stock = second(
        told_of[0], prompt_embeds=told_of[1], prompt_embeds_pooled=told_of[2], generator=generator,
        num_inference_steps=FEW,
    )  # fmt: skip
    assert np.abs(made.astype(int) - np.array(stock.images[0])).max() <= 1
    assert not np.array_equal(made, drawn(ask(info), models))


def in_the_last_stage(event: object) -> bool:
    return isinstance(event, Loading) and event.stage == "last_stage" and (event.share or 0) > 0.1


def test_both_stages_of_stable_cascade_in_one_folder_are_the_same_model(cascades, models, tmp_path):
    home = Path(shutil.copytree(cascades, tmp_path / "combined"))
    first = cascades.parent / "stable-cascade-prior"
    index = json.loads((home / "model_index.json").read_text())
    index["_class_name"] = "StableCascadeCombinedPipeline"
    for part, pair in json.loads((first / "model_index.json").read_text()).items():
        if isinstance(pair, list):
            index[f"prior_{part}"] = pair
            if pair != [None, None]:
                shutil.copytree(first / part, home / f"prior_{part}")
    (home / "model_index.json").write_text(json.dumps(index))
    whole, halves = models.catalog.find(str(home)), models.catalog.find(str(cascades))
    assert np.array_equal(drawn(ask(whole), models), drawn(ask(halves), models))
    with pytest.raises(UnsupportedModel, match="first of two stages"):
        Catalog().find(str(first))
    with pytest.raises(UnsupportedModel, match="stable-cascade-prior"):
        Catalog().find(str(shutil.copytree(cascades, tmp_path / "alone" / "stable-cascade")))


def of_parts(kind: Any, folder: Path, **networks: Any) -> Any:
    """A pipeline whose folder diffusers itself does not read any more."""
    return bare(
        kind(
            tokenizer=transformers.CLIPTokenizer.from_pretrained(folder / "tokenizer"),
            text_encoder=transformers.CLIPTextModel.from_pretrained(folder / "text_encoder"),
            scheduler=diffusers.DDPMWuerstchenScheduler(),
            **networks,
        )
    )


def test_both_stages_of_wuerstchen_are_said_and_make_what_diffusers_pipelines_make(tmp_path, models):
    KEPT.clear()
    made_by = {"wuerstchen": wuerstchen_decoder, "wuerstchen-prior": wuerstchen_prior}
    folder = saved(made_by, tmp_path) / "wuerstchen"
    (folder / "lienzo.json").write_text('{"width": 128, "height": 128}')
    info = models.catalog.find(str(folder))
    assert info.family == "wuerstchen" and not info.capabilities.image_to_image
    request = ask(info, negative_prompt="a cat")
    events = list(run(request, models, Control()))
    steps = [event for event in events if isinstance(event, Step)]
    assert [event.index for event in steps] == list(range(1, STEPS + 1))
    assert all(event.preview is not None for event in steps)
    assert shares(events, "last_stage") == [step / FEW for step in range(FEW + 1)]
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    before = tmp_path / "wuerstchen-prior"
    parts = {
        "decoder": WuerstchenDiffNeXt.from_pretrained(folder / "decoder"),
        "vqgan": PaellaVQModel.from_pretrained(folder / "vqgan"),
    }
    prior = WuerstchenPrior.from_pretrained(before / "prior")
    first = of_parts(diffusers.WuerstchenPriorPipeline, before, prior=prior)
    second = of_parts(diffusers.WuerstchenDecoderPipeline, folder, **parts)
    generator = torch.Generator().manual_seed(7)
    seen = first(
        "a dog", negative_prompt="a cat", width=SIDE, height=SIDE, num_inference_steps=STEPS,
        guidance_scale=2.0, generator=generator,
    )  # fmt: skip
    stock = second(seen.image_embeddings, "a dog", generator=generator, num_inference_steps=FEW)
    assert np.array_equal(made, np.array(stock.images[0])) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    assert not np.array_equal(drawn(replace(request, prompt="a (dog:1.5)"), models), made)
    half = np.zeros((SIDE, SIDE), np.uint8)
    half[: SIDE // 2] = 255
    placed = replace(request, regions=(RegionInput("a red house", MaskInput.of(half)),))
    assert not np.array_equal(drawn(placed, models), made)
    lora = change_of(models.load(info, torch.float32).denoiser, tmp_path / "lora.safetensors", "prior")
    assert_it_is_worn(lora, request, models, made)


def test_previews_of_unseen_latents_are_learnt_from_the_finished_pictures(tmp_path):
    latents = torch.randn(1, 16, 6, 6, generator=torch.Generator().manual_seed(0))
    becomes = (latents[0, :3].permute(1, 2, 0) * 40 + 128).clamp(0, 255).byte().numpy()
    picture = becomes.repeat(32, axis=0).repeat(32, axis=1)
    preview = LearntPreview("a network", tmp_path)
    before = preview(latents, 1, 3)
    assert before.shape == (6, 6, 3) and torch.equal(before, preview(latents, 1, 3))
    preview.learn(latents, picture)
    for again in (preview, LearntPreview("a network", tmp_path)):
        shown = again(latents, 1, 3).float().numpy()
        assert shown.shape == (24, 24, 3)
        assert np.abs(shown - becomes.repeat(4, axis=0).repeat(4, axis=1)).mean() < 4
    assert LearntPreview("another", tmp_path)(latents, 1, 3).shape == (6, 6, 3)


@pytest.fixture(scope="module")
def unclips(tmp_path_factory) -> Path:
    """One folder that sees a picture, one that imagines it."""
    made = {kind: partial(stable_unclip, kind) for kind in (SEES, IMAGINES)}
    home = saved(made, tmp_path_factory.mktemp("unclip"))
    for kind in made:
        (home / kind / "lienzo.json").write_text('{"width": 64, "height": 64}')
    return home


def stock_unclip(folder: Path, config: dict[str, Any]) -> Any:
    pipeline = bare(getattr(diffusers, folder.name).from_pretrained(folder))
    pipeline.scheduler = schedulers.build("ddim", config, 7, STEPS)
    return pipeline


def small(info: ModelInfo, **changes: Any) -> GenerationRequest:
    return replace(ask(info, **changes), width=64, height=64)


@pytest.mark.parametrize("kind", [SEES, IMAGINES])
def test_stable_unclip_draws_what_its_pipeline_draws_begins_midway_and_goes_on(kind, unclips, models):
    KEPT.clear()
    info = models.catalog.find(str(unclips / kind))
    assert info.family == "stable_unclip" and info.capabilities.references == (1 if kind == SEES else 0)
    shown = (ReferenceInput(drawing()),) if kind == SEES else ()
    request = small(info, references=shown, negative_prompt="a cat")
    events = list(run(request, models, Control(wants_previews=False)))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    first = [
        event.share or 0 for event in events if isinstance(event, Loading) and event.stage == "first_stage"
    ]
    assert first == sorted(first) and first[-1] == 1 and len(first) == (2 if kind == SEES else FEW + 2)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    seen = {"image": Image.fromarray(PIXELS)} if kind == SEES else {}
    stock = stock_unclip(unclips / kind, models.load(info, torch.float32).scheduler_config)(
        prompt="a dog", negative_prompt="a cat", width=64, height=64, num_inference_steps=STEPS,
        guidance_scale=2.0, generator=torch.Generator().manual_seed(7), **seen,
        **({} if seen else {"prior_num_inference_steps": FEW}),
    )  # fmt: skip
    assert np.array_equal(made, np.array(stock.images[0])) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    midway = replace(request, image=drawing(), sampling=replace(request.sampling, strength=0.67))
    begun = drawn(midway, models)
    assert not np.array_equal(begun, made)
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    edited = drawn(request.with_edit(drawing(), Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[56:, 56:], PIXELS[56:, 56:])
    assert not np.array_equal(edited[:32, :32], PIXELS[:32, :32])
    if kind == IMAGINES:
        assert_places_are_followed(request, models, made)


def test_stable_unclip_without_a_picture_draws_from_words_alone_and_wears_loras(unclips, models, tmp_path):
    info = models.catalog.find(str(unclips / SEES))
    request = small(info)
    made = drawn(request, models)
    assert not np.array_equal(drawn(replace(request, prompt="a red house"), models), made)
    assert not np.array_equal(drawn(replace(request, references=(ReferenceInput(drawing()),)), models), made)
    lora = change_of(models.load(info, torch.float32).denoiser, tmp_path / "lora.safetensors", "unet")
    assert_it_is_worn(lora, request, models, made)
    learnt = replace(request, embeddings=(str(save_embedding(tmp_path / "word.safetensors", "dog")),))
    assert not np.array_equal(drawn(learnt, models), made)


@pytest.fixture(scope="module")
def floyd(tmp_path_factory) -> Path:
    """Of the first stage; that of the second lies beside it."""
    made = {"IF-I-XL-v1.0": deepfloyd_if, "IF-II-L-v1.0": partial(deepfloyd_if, True)}
    return saved(made, tmp_path_factory.mktemp("floyd")) / "IF-I-XL-v1.0"


def test_both_stages_of_deepfloyd_if_make_what_diffusers_pipelines_make(floyd, models):
    info = models.catalog.find(str(floyd))
    assert (info.family, info.variant, info.defaults.width) == ("deepfloyd_if", "stages I and II", 64)
    request = small(info, negative_prompt="a cat")
    events = list(run(request, models, Control()))
    steps = [event for event in events if isinstance(event, Step)]
    assert [event.index for event in steps] == list(range(1, STEPS + 1))
    assert all(event.preview is not None and event.preview.shape == (16, 16, 3) for event in steps)
    assert shares(events, "last_stage") == [step / FEW for step in range(FEW + 1)]
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    first = bare(diffusers.IFPipeline.from_pretrained(floyd))
    second = bare(diffusers.IFSuperResolutionPipeline.from_pretrained(floyd.parent / "IF-II-L-v1.0"))
    read = dict(zip(EMBEDS, first.encode_prompt("a dog", negative_prompt="a cat"), strict=True))
    generator = torch.Generator().manual_seed(7)
    (seen, *_) = first(
        **read, num_inference_steps=STEPS, guidance_scale=2.0, generator=generator, output_type="pt",
        return_dict=False,
    )  # fmt: skip
    stock = second(image=seen, **read, generator=generator, num_inference_steps=FEW)
    assert np.array_equal(made, np.array(stock.images[0])) and made.std() > 1
    midway = replace(request, image=drawing(), sampling=replace(request.sampling, strength=0.34))
    begun = drawn(midway, models)
    assert begun.shape == (64, 64, 3) and not np.array_equal(begun, made)


def test_deepfloyd_if_draws_by_one_stage_begins_midway_keeps_what_is_masked_and_wears_loras(
    floyd, models, tmp_path
):
    KEPT.clear()
    alone = shutil.copytree(floyd, tmp_path / "alone" / "IF-I-XL-v1.0")
    info = models.catalog.find(str(alone))
    assert (info.variant, info.defaults.width) == ("stage I, 64 pixels", 16)
    request = small(info)
    made = drawn(request, models)
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    walked = replace(request, sampling=replace(request.sampling, scheduler="dpmpp_2m"))
    assert not np.array_equal(drawn(walked, models), made)
    midway = replace(request, image=drawing(), sampling=replace(request.sampling, strength=0.67))
    assert not np.array_equal(drawn(midway, models), made)
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    edited = drawn(request.with_edit(drawing(), Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[56:, 56:], PIXELS[56:, 56:])
    assert not np.array_equal(edited[:32, :32], PIXELS[:32, :32])
    assert_places_are_followed(request, models, made)
    lora = change_of(models.load(info, torch.float32).denoiser, tmp_path / "lora.safetensors", "unet")
    assert_it_is_worn(lora, request, models, made)
    with pytest.raises(UnsupportedModel, match="second of two stages"):
        Catalog().find(str(floyd.parent / "IF-II-L-v1.0"))


@pytest.fixture(scope="module")
def karlos(tmp_path_factory) -> Path:
    made = {"karlo": karlo_model, "variations": partial(karlo_model, sees=True)}
    return saved(made, tmp_path_factory.mktemp("karlo")) / "karlo"


def test_karlo_s_three_loops_are_said_and_make_what_diffusers_pipeline_makes(karlos, models, monkeypatch):
    KEPT.clear()
    info = models.catalog.find(str(karlos))
    assert (info.family, info.defaults.width, info.capabilities.fixed_size) == ("karlo", 64, True)
    request = small(info)
    events = list(run(request, models, Control()))
    steps = [event for event in events if isinstance(event, Step)]
    assert [event.index for event in steps] == list(range(1, STEPS + 1))
    assert all(event.preview is not None and event.preview.shape == (16, 16, 3) for event in steps)
    for stage in ("first_stage", "last_stage"):
        assert shares(events, stage) == [step / FEW for step in range(FEW + 1)]
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    monkeypatch.setitem(sys.modules, "unclip", text_proj)  # which diffusers has moved away from its name
    stock = bare(diffusers.UnCLIPPipeline.from_pretrained(karlos))(
        "a dog", generator=torch.Generator().manual_seed(7), decoder_guidance_scale=2.0,
        prior_num_inference_steps=FEW, decoder_num_inference_steps=STEPS,
        super_res_num_inference_steps=FEW,
    )  # fmt: skip
    assert np.array_equal(made, np.array(stock.images[0])) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    midway = replace(request, image=drawing(), sampling=replace(request.sampling, strength=0.67))
    assert not np.array_equal(drawn(midway, models), made)
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    edited = drawn(request.with_edit(drawing(), Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[56:, 56:], PIXELS[56:, 56:])
    assert not np.array_equal(edited[:32, :32], PIXELS[:32, :32])
    assert not np.array_equal(drawn(replace(request, prompt="a (dog:1.5)"), models), made)
    assert_places_are_followed(request, models, made)


def test_karlo_sees_a_picture_and_makes_what_diffusers_pipeline_makes_of_it(karlos, models, monkeypatch):
    KEPT.clear()
    folder = karlos.parent / "variations"
    info = models.catalog.find(str(folder))
    can = info.capabilities
    assert (info.family, can.references, can.needs_reference) == ("karlo_variations", 1, True)
    assert not can.prompt and can.fixed_size and not can.negative_prompt
    request = small(info, references=(ReferenceInput(drawing()),))
    events = list(run(request, models, Control(wants_previews=False)))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    assert shares(events, "first_stage") == [0, 1]
    assert shares(events, "last_stage") == [step / FEW for step in range(FEW + 1)]
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    monkeypatch.setitem(sys.modules, "unclip", text_proj)  # which diffusers has moved away from its name
    stock = bare(diffusers.UnCLIPImageVariationPipeline.from_pretrained(folder))(
        Image.fromarray(PIXELS), generator=torch.Generator().manual_seed(7), decoder_guidance_scale=2.0,
        decoder_num_inference_steps=STEPS, super_res_num_inference_steps=FEW,
    )  # fmt: skip
    assert np.array_equal(made, np.array(stock.images[0])) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    midway = replace(request, image=drawing(), sampling=replace(request.sampling, strength=0.67))
    assert not np.array_equal(drawn(midway, models), made)
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    edited = drawn(request.with_edit(drawing(), Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[56:, 56:], PIXELS[56:, 56:])
    assert not np.array_equal(edited[:32, :32], PIXELS[:32, :32])
    events = run(request, models, Control(wants_previews=False))
    next(event for event in events if in_the_last_stage(event))
    events.close()  # cancelled: nothing of it is in the way of the next
    other = ReferenceInput(ImageInput.of(255 - PIXELS, "other.png"))
    assert not np.array_equal(drawn(replace(request, references=(other,)), models), made)


def drawing() -> ImageInput:
    return ImageInput.of(PIXELS, "drawing.png")
