"""The table of further pipelines: each is recognised, run offline, and draws what diffusers does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from stock import bare
from tiny import tiny_sd
from tiny_families import unet2d
from tiny_instructed import stock_processor
from tiny_other import FURTHER_KINDS, OTHERS, change_of, other_folder
from worn import assert_a_mask_is_filled, assert_it_is_worn, assert_places_are_followed

from engine.api.control import Control
from engine.api.errors import UnsupportedModel
from engine.api.events import Finished, ImageReady, Step
from engine.api.images import ImageInput
from engine.api.model_info import ModelInfo
from engine.api.request import Branch, GenerationRequest
from engine.checkpoints.folder_layout import scheduler_config
from engine.diffusion import schedulers
from engine.families import further_pipelines, other_pipelines
from engine.families.adapted.pipelines import AsTyped, PRXPixel
from engine.families.kinds import adapted
from engine.families.not_drawn import BY_REASON, not_drawn
from engine.families.registry import families
from engine.families.same_networks import VARIATIONS, own_pipeline
from engine.families.stable_diffusion import NAMES
from engine.families.table import GUIDANCE
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture.picture import KEPT
from engine.tasks import run
from engine.tokenizers.chat import QWEN_TEMPLATE
from engine.tokenizers.words_only import Conversations, WordsOnly

STEPS = 3
NEAR = ("ernie_image", "qwen_image_21", "ideogram4")
"""Whose pipeline has another last digit in a norm than the autoencoder's configuration, whose pictures
have opacity, which is laid on white at another moment, or which fills prompts up with unseen marks."""

UNSEEN = Control(wants_previews=False)
"""Fitting a preview to each tiny VAE takes longer than all else."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("others")
    return {name: other_folder(name, root / name) for name in (*OTHERS, *FURTHER_KINDS)}


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    return info.request(
        "a dog", negative_prompt="a cat", width=64, height=64, sampling=sampling, **changes
    )  # fmt: skip


def pixels_of(request: GenerationRequest, models: Models) -> np.ndarray:
    (made,) = [event for event in run(request, models, UNSEEN) if isinstance(event, ImageReady)]
    return made.pixels


READERS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "qwen_image_21": {"processor": Conversations}, "nucleus_image": {"processor": WordsOnly},
    "kandinsky5": {"tokenizer": WordsOnly}, "bria_fibo2": {"processor": stock_processor},
    "dreamlite": {"processor": stock_processor},
    "ideogram4": {"tokenizer": lambda tokenizer: tokenizer},
}  # fmt: skip
"""By family, parts whose own classes ask for a library of films: what stands in for them around words."""


def part_by_part(folder: Path, index: dict[str, Any]) -> Any:
    """The stock pipeline whose parts its own loader would not put together here."""
    parts: dict[str, Any] = {}
    for part, pair in index.items():
        if kind := READERS[folder.name].get(part):
            tokenizer = transformers.Qwen2Tokenizer.from_pretrained(folder / part)
            tokenizer.chat_template = QWEN_TEMPLATE
            parts[part] = kind(tokenizer)
        elif isinstance(pair, list) and pair != [None, None]:
            library = diffusers if pair[0] == "diffusers" else transformers
            parts[part] = getattr(library, pair[1]).from_pretrained(folder / part)
    return getattr(diffusers, index["_class_name"])(**parts)


def stock(folder: Path, request: GenerationRequest, config: dict[str, Any]) -> np.ndarray:
    index = json.loads((folder / "model_index.json").read_text())
    absent = {part: None for part, pair in index.items() if pair == [None, None]}
    if folder.name in READERS:
        pipeline = part_by_part(folder, index)
    else:
        pipeline = diffusers.DiffusionPipeline.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, **absent
        )
    bare(pipeline)
    sampling = request.sampling
    pipeline.scheduler = schedulers.build(sampling.scheduler, config, sampling.seed, sampling.steps)
    takes = signature(pipeline.__call__).parameters
    call = {
        "use_resolution_binning": False, "clean_caption": False, "enable_prompt_rewrite": False,
        "negative_prompt": "a cat",
        "guidance_scale": request.sampling.guidance, "true_cfg_scale": 2.0, "return_dict": False,
        "guidance_schedule": None,
    }  # fmt: skip
    if isinstance(pipeline, diffusers.HiDreamImagePipeline):
        pipeline.default_sample_size = 8  # it draws its own area only
    if isinstance(pipeline, diffusers.PRXPipeline):
        pipeline.text_preprocessor = AsTyped()  # its own asks for a library that mends spelling
    if isinstance(pipeline, diffusers.PRXPixelPipeline):
        pipeline._tokenize_prompts = PRXPixel._tokenize_prompts.__get__(pipeline)  # the same
    if isinstance(pipeline, diffusers.Kandinsky5T2IPipeline):
        pipeline.resolutions = [(64, 64)]
    if isinstance(pipeline, diffusers.Ideogram4Pipeline):
        call["max_sequence_length"] = 64  # of which the prompt takes less
    if isinstance(pipeline, diffusers.HunyuanImagePipeline):
        own = {name: value for name, value in pipeline.guider.config.items() if name[0] != "_"}
        pipeline.guider = diffusers.AdaptiveProjectedMixGuidance(**{**own, "guidance_scale": 2.0})
    made = pipeline(
        prompt="a dog", width=64, height=64, num_inference_steps=STEPS,
        generator=torch.Generator().manual_seed(7),
        **{name: value for name, value in call.items() if name in takes},
    )  # fmt: skip
    image = made[0][0]
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255)), image)
    return np.array(image.convert("RGB"))


@pytest.mark.parametrize("name", [*OTHERS, *FURTHER_KINDS])
def test_a_folder_draws_what_its_pipeline_draws_and_begins_midway_and_goes_on(name, folders, models):
    KEPT.clear()
    info = models.catalog.find(str(folders[name]))
    assert info.family == name and info.capabilities.prompt and not info.capabilities.inpainting
    request = ask(info)
    events = list(run(request, models, UNSEEN))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    assert isinstance(events[-1], Finished)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    model = models.load(info, torch.float32)
    difference = np.abs(made.astype(int) - stock(folders[name], request, model.scheduler_config))
    assert difference.max() <= (1 if name in NEAR else 0) and made.std() > 1
    assert np.array_equal(pixels_of(replace(request, branch=Branch(request, 0, 2)), models), made)
    y, x = np.mgrid[0:64, 0:64]
    start = ImageInput.of(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), "drawing.png")
    midway = replace(request, image=start, sampling=replace(request.sampling, strength=0.67))
    steps = run(midway, models, UNSEEN)
    assert next(event.index for event in steps if isinstance(event, Step)) == 1
    steps.close()  # cancelled: nothing of it is in the way of the next
    assert not np.array_equal(pixels_of(midway, models), made)
    assert_a_mask_is_filled(midway, start, models)
    if info.capabilities.regions:
        assert_places_are_followed(request, models, made)
    if not families()[name].lora_targets:
        return
    lora = change_of(model.denoiser, folders[name].parent / f"{name}.safetensors", model.denoiser_part)
    assert_it_is_worn(lora, request, models, made)


def test_a_guider_guides_as_its_folder_says(folders, models, tmp_path):
    folder = tmp_path / "hunyuan_image"
    shutil.copytree(folders["hunyuan_image"], folder)
    told = {
        "adaptive_projected_guidance_momentum": -0.4, "adaptive_projected_guidance_rescale": 5.0,
        "adaptive_projected_guidance_scale": 6.0, "adaptive_projected_guidance_start_step": 1, "eta": 0.2,
        "guidance_rescale": 0.3, "guidance_scale": 2.5,
    }  # fmt: skip
    config = folder / "guider" / "guider_config.json"
    config.write_text(json.dumps({"_class_name": "AdaptiveProjectedMixGuidance", **told}))
    info = models.catalog.find(str(folder))
    assert info.defaults.sampling.guidance == 2.5
    request = ask(info)
    made = pixels_of(request, models)
    config_of = models.load(info, torch.float32).scheduler_config
    assert np.abs(made.astype(int) - stock(folder, request, config_of)).max() <= 1
    assert not np.array_equal(
        made, pixels_of(ask(models.catalog.find(str(folders["hunyuan_image"]))), models)
    )
    assert np.array_equal(pixels_of(replace(request, branch=Branch(request, 0, 2)), models), made)
    config.write_text(json.dumps({**told, "eta": 1e9}))
    with pytest.raises(UnsupportedModel, match=r"guider is not usable: .* says eta = 1000000000"):
        Models(Catalog()).catalog.find(str(folder))


AT_ONE_LENGTH = ("bria_fibo2",)
"""Whose pipeline brings what its encoder says to one length: small steps alone are alike, and proved to be
with its pictures."""


def floats_of(value: Any) -> list[torch.Tensor]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [tensor for one in value for tensor in floats_of(one)]
    is_told = isinstance(value, torch.Tensor) and value.is_floating_point()
    return [value.double().clone()] if is_told else []


@pytest.mark.parametrize("name", OTHERS)
def test_a_weight_moves_what_the_network_is_told_by_what_the_word_adds(name, folders, models):
    info = models.catalog.find(str(folders[name]))
    assert info.capabilities.prompt_weights
    denoiser = models.load(info, torch.float32).denoiser
    told: list[list[torch.Tensor]] = []

    def hear(_: Any, args: Any, call: dict[str, Any]) -> None:
        told.append(floats_of((args, call)))

    def said(prompt: str) -> list[torch.Tensor]:
        """What the network is given at its first step."""
        told.clear()
        request = ask(info)
        sampling = replace(request.sampling, steps=2)
        hook = denoiser.register_forward_pre_hook(hear, with_kwargs=True)
        pixels_of(replace(request, prompt=prompt, negative_prompt="Cat", sampling=sampling), models)
        hook.remove()
        return [tensor for call in told[: len(told) // 2] for tensor in call]

    plain, light, heavy = map(said, ("a Red dog", "a (Red:0.5) dog", "a (Red:1.5) dog"))
    assert len(plain) == len(light) == len(heavy)
    assert not all(map(torch.equal, plain, heavy))
    for one, less, more in zip(plain, light, heavy, strict=True):
        assert name in AT_ONE_LENGTH or torch.allclose(more - one, one - less, atol=1e-5)
    assert all(map(torch.equal, plain, said("a (Red:1.0) dog")))


def test_what_is_said_later_may_be_longer_where_the_latents_hold_the_words(folders, models):
    request = ask(models.catalog.find(str(folders["ideogram4"])))
    plain = pixels_of(request, models)
    longer = pixels_of(replace(request, prompt="[a dog:a house on a hill:1]"), models)
    assert not np.array_equal(plain, longer)
    turns = pixels_of(replace(request, prompt="a [dog|house on a hill]"), models)
    assert not np.array_equal(longer, turns)


def test_letters_in_quotes_weigh_also_where_letters_alone_are_read(folders, models):
    model = models.load(models.catalog.find(str(folders["hunyuan_image"])), torch.float32)

    def said(prompt: str) -> dict[str, torch.Tensor]:
        return model.reader.encode(model, model.reader.read(model, prompt, None, False), ())

    plain, light, heavy = map(said, ('é "a red dog"', 'é "a (red:0.5) dog"', 'é "a (red:1.5) dog"'))
    for name in ("prompt_embeds", "prompt_embeds_2"):
        assert not torch.equal(plain[name], heavy[name])
        assert torch.allclose(heavy[name] - plain[name], plain[name] - light[name], atol=1e-5)
    unquoted = said('(é:1.5) "a red dog"')
    assert torch.equal(plain["prompt_embeds_2"], unquoted["prompt_embeds_2"])
    assert not torch.equal(plain["prompt_embeds"], unquoted["prompt_embeds"])


@pytest.mark.parametrize(
    "family", [*other_pipelines.FAMILIES, *further_pipelines.FAMILIES], ids=lambda family: family.id
)
def test_the_table_says_what_the_pipeline_s_signature_offers(family):
    for kind in family.kinds.values():
        pipeline = getattr(diffusers, kind.pipeline)
        takes = {**signature(pipeline.__call__).parameters}
        if kind.adapted:
            takes |= signature(adapted(kind.adapted).__call__).parameters
        assert kind.guidance == any(name in takes for name in GUIDANCE)
        assert kind.negative_prompt == ("negative_prompt" in takes)
        assert {"prompt", "width", "height", "latents", "generator"} <= takes.keys()
        made_of = signature(pipeline.__init__).parameters
        assert {family.denoiser, "vae", *family.text, *family.tokenizers} <= made_of.keys()


def test_a_schedule_whose_noise_was_shifted_is_cogvideox_s():
    stock = diffusers.CogVideoXDDIMScheduler(
        beta_start=0.00085, beta_end=0.012, prediction_type="v_prediction", snr_shift_scale=4.0,
        rescale_betas_zero_snr=True, timestep_spacing="trailing",
    )  # fmt: skip
    ours = schedulers.build("ddim", scheduler_config(dict(stock.config)), steps=STEPS)
    torch.testing.assert_close(
        ours.alphas_cumprod, stock.alphas_cumprod, atol=1e-6, rtol=0, check_dtype=False
    )


def test_every_pipeline_of_diffusers_is_drawn_or_is_named_with_the_reason():
    exported = {name for names in diffusers._import_structure.values() for name in names}  # type: ignore[attr-defined]
    kinds = [kind for family in families().values() for kind in getattr(family, "kinds", {})]
    drawn = {*kinds, *NAMES}
    names = {name for name in exported if name.endswith("Pipeline")} - {
        "DiffusionPipeline",
        "ModularPipeline",
    }
    assert len(names) > 300
    for name in sorted(names):
        assert (own_pipeline(name) in drawn) != (not_drawn(name) is not None), name
    assert {name for others in VARIATIONS.values() for name in others} <= exported
    begun = [begin for titles in BY_REASON.values() for begin in titles]
    assert [begin for begin in begun if not any(name.startswith(begin) for name in names)] == []


def test_a_folder_that_names_a_variation_is_that_model_and_others_say_what_they_are(folders, tmp_path):
    folder = Path(shutil.copytree(folders["hunyuan_dit"], tmp_path / "pag"))
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps({**index, "_class_name": "HunyuanDiTPAGPipeline"}))
    assert Catalog().find(str(folder)).family == "hunyuan_dit"
    for name, said in (
        ("WanPipeline", "Wan, .* films"),
        ("StableAudioPipeline", "makes sounds"),
    ):
        index = {"_class_name": name, "transformer": ["diffusers", "WanTransformer3DModel"]}
        (folder / "model_index.json").write_text(json.dumps(index))
        with pytest.raises(UnsupportedModel, match=said):
            Catalog().find(str(folder))


def test_other_walks_through_an_unconditional_network_s_noise_are_that_network(models, tmp_path):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        plain = unet2d()
    plain.save_pretrained(tmp_path / "ddpm")
    other: Any = diffusers.PNDMPipeline(plain.unet, diffusers.PNDMScheduler(set_alpha_to_one=True))
    other.save_pretrained(tmp_path / "pndm")
    other = diffusers.RePaintPipeline(plain.unet, diffusers.RePaintScheduler())
    other.save_pretrained(tmp_path / "repaint")
    made = []
    for name in ("ddpm", "pndm", "repaint"):
        info = models.catalog.find(str(tmp_path / name))
        assert info.family == "unet2d"
        sampling = replace(info.defaults.sampling, steps=2, seed=7)
        request = info.request("", width=32, height=32, sampling=sampling)
        made.append(pixels_of(request, models).astype(int))
    # their schedules end a little differently
    assert max(np.abs(made[0] - other).mean() for other in made[1:]) < 1 < made[0].std()


def test_a_folder_without_a_text_encoder_that_its_makers_leave_out_says_which(folders, tmp_path):
    folder = Path(shutil.copytree(folders["hidream"], tmp_path / "hidream"))
    index = json.loads((folder / "model_index.json").read_text())
    index |= {"text_encoder_4": [None, None], "tokenizer_4": [None, None]}
    (folder / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(UnsupportedModel, match="text_encoder_4, tokenizer_4"):
        Catalog().find(str(folder))


def test_a_latent_consistency_folder_is_stable_diffusion_that_is_told_its_guidance(models, tmp_path):
    folder = tiny_sd(tmp_path / "lcm")
    plain: Any = diffusers.StableDiffusionPipeline.from_pretrained(folder, safety_checker=None)
    config = {**plain.unet.config, "time_cond_proj_dim": 8}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        unet = diffusers.UNet2DConditionModel.from_config(config)
    parts = {**plain.components, "unet": unet, "scheduler": diffusers.LCMScheduler()}
    diffusers.LatentConsistencyModelPipeline(**parts, requires_safety_checker=False).save_pretrained(folder)
    info = models.catalog.find(str(folder))
    assert "LCM" in info.variant and not info.capabilities.negative_prompt
    assert info.defaults.sampling.scheduler == "lcm"
    request = info.request("a dog", sampling=replace(info.defaults.sampling, steps=3, seed=7))
    own = stock(folder, request, models.load(info, torch.float32).scheduler_config)
    assert np.array_equal(pixels_of(request, models), own)


def test_a_branch_goes_on_with_the_momentum_of_its_guidance(folders, models):
    info = models.catalog.find(str(folders["hunyuan_image"]))
    asked = ask(info)
    request = replace(asked, sampling=replace(asked.sampling, steps=7))  # it counts from the sixth on
    made = pixels_of(request, models)
    assert np.array_equal(pixels_of(replace(request, branch=Branch(request, 0, 6)), models), made)
