"""One contract for every family: recognised, run offline, equal to diffusers' own pipelines."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from stock import bare
from tiny_families import FAMILIES, IN_PIXELS, tiny_folder, unet2d
from tiny_instructed import stock_processor
from tiny_other import OTHERS, change_of
from worn import assert_it_is_worn, assert_places_are_followed

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.events import Finished, ImageReady, Step
from engine.api.images import ImageInput
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.families.registry import families
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.picture import picture
from engine.tasks import run
from engine.tokenizers.byte_pairs import chatglm_tokenizer

PROMPT, NEGATIVE = "a dog", "a cat"
STEPS = 4
PIXELS = ("dit", *IN_PIXELS)
"""Entries that draw pictures of one size, from a class or from nothing."""
STOCK_IMAGE_TO_IMAGE = {
    "sdxl": "StableDiffusionXLImg2ImgPipeline", "flux-dev": "FluxImg2ImgPipeline",
    "sd3": "StableDiffusion3Img2ImgPipeline", "qwen-image": "QwenImageImg2ImgPipeline",
    "z-image": "ZImageImg2ImgPipeline", "chroma": "ChromaImg2ImgPipeline",
    "sana-sprint": "SanaSprintImg2ImgPipeline", "kolors": "KolorsImg2ImgPipeline",
}  # fmt: skip
EDITS = ("qwen-image-edit", "qwen-image-edit-plus")
"""Entries whose words are read together with a picture."""
SPECIAL = ("flux-fill", "flux-kontext", "sdxl-inpainting", "sdxl-instruct", *EDITS)
"""Entries whose network reads a picture at every step."""
UNSEEN = Control(wants_previews=False)
"""Every family's previews are looked at once; fitting them takes longer than all else."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("families")
    return {name: tiny_folder(name, root / name) for name in FAMILIES}


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def side_of(name: str) -> int:
    return 32 if name in IN_PIXELS else 64


def drawing(side: int) -> ImageInput:
    y, x = np.mgrid[0:side, 0:side]
    return ImageInput.of(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), "drawing.png")


def ask(name: str, info: ModelInfo, **sampling: Any) -> GenerationRequest:
    own = info.defaults.sampling
    request = info.request(
        "church" if name in ("dit", "consistency") else PROMPT,
        negative_prompt=NEGATIVE,
        width=side_of(name),
        height=side_of(name),
        sampling=replace(
            own, steps=STEPS, guidance=2.0 if info.capabilities.guidance else own.guidance, seed=7, **sampling
        ),
    )
    return replace(request, image=drawing(64)) if info.capabilities.needs_picture else request


def pixels_of(request: GenerationRequest, models: Models) -> np.ndarray:
    (made,) = [event for event in run(request, models, UNSEEN) if isinstance(event, ImageReady)]
    return made.pixels


MISTRAL = (
    "{%- for message in messages -%}{%- set words = message['content'][0]['text'] -%}"
    "{%- if message['role'] == 'system' -%}<s>[SYSTEM_PROMPT]{{ words }}[/SYSTEM_PROMPT]"
    "{%- else -%}[INST]{{ words }}[/INST]{%- endif -%}{%- endfor -%}"
)
"""What Mistral Small's own template makes of a system's and a user's message."""


def flux2_dev(folder: Path) -> Any:
    """Its parts one by one: what its index names as tokenizer asks for a library of films."""
    tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(folder / "tokenizer")
    tokenizer.chat_template = MISTRAL
    kinds = {
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler, "vae": diffusers.AutoencoderKLFlux2,
        "text_encoder": transformers.Mistral3ForConditionalGeneration,
        "transformer": diffusers.Flux2Transformer2DModel,
    }  # fmt: skip
    parts = {part: kind.from_pretrained(folder / part) for part, kind in kinds.items()}
    return diffusers.Flux2Pipeline(**parts, tokenizer=tokenizer)


def home_of(pipeline: str) -> Any:
    """Diffusers hides Kolors' pipelines where a library is missing that its tokenizer asks for."""
    return diffusers.pipelines.kolors if pipeline.startswith("Kolors") else diffusers


class Stock:
    """Diffusers' own pipelines on their own loader, called as their documentation says."""

    def __init__(self, folder: Path, models: Models) -> None:
        index = json.loads((folder / "model_index.json").read_text())
        more: dict[str, Any] = {}
        if index["_class_name"] == "KolorsPipeline":  # theirs asks for the library that made its file
            more["tokenizer"] = chatglm_tokenizer(folder / "tokenizer")
        if "processor" in index:
            more["processor"] = stock_processor(
                transformers.Qwen2Tokenizer.from_pretrained(folder / "tokenizer")
            )
        self.pipeline = (
            flux2_dev(folder)
            if index["_class_name"] == "Flux2Pipeline"
            else getattr(home_of(index["_class_name"]), index["_class_name"]).from_pretrained(
                folder, dtype=torch.float32, local_files_only=True, **more
            )
        )
        bare(self.pipeline)
        self.model = models.load(models.catalog.find(str(folder)), torch.float32)

    def __call__(self, name: str, request: GenerationRequest, kind: str = "", **inputs: Any) -> np.ndarray:
        sampling = request.sampling
        scheduler = schedulers.build(
            sampling.scheduler, self.model.scheduler_config, sampling.seed, sampling.steps
        )
        pipeline = self.pipeline
        if kind:
            components = {part: value for part, value in pipeline.components.items() if part != "scheduler"}
            pipeline = getattr(home_of(kind), kind)(**components, scheduler=scheduler)
        pipeline.scheduler = scheduler
        pipeline.set_progress_bar_config(disable=True)
        call = {"num_inference_steps": sampling.steps, **self._words(name, request), **inputs}
        return np.array(pipeline(generator=torch.Generator().manual_seed(sampling.seed), **call).images[0])

    def _words(self, name: str, request: GenerationRequest) -> dict[str, Any]:
        guidance = request.sampling.guidance
        if name == "unet2d":
            return {}
        if name == "consistency":
            return {"class_labels": [497]}
        if name == "dit":
            return {"class_labels": [497], "guidance_scale": guidance}
        if name.startswith("qwen-image"):
            return {"prompt": PROMPT, "negative_prompt": NEGATIVE, "true_cfg_scale": guidance}
        words = {"prompt": PROMPT, "guidance_scale": guidance}
        if name == "sana-sprint":
            return {
                **words, "use_resolution_binning": False, "clean_caption": False,
                "intermediate_timesteps": None,
            }  # fmt: skip
        if name in ("pixart", "sana"):
            words |= {"use_resolution_binning": False, "clean_caption": False}
        if name == "flux2-klein":
            return words  # it guides against the empty prompt
        if name == "sdxl-instruct":
            words |= {"image_guidance_scale": request.sampling.image_guidance}
        return words if name.startswith("flux") else {**words, "negative_prompt": NEGATIVE}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_folder_is_recognised_and_its_pictures_are_the_stock_pipeline_s(name, folders, models):
    info = models.catalog.find(str(folders[name]))
    assert info.family == FAMILIES[name][1]
    request = ask(name, info)
    if name == "flux2-klein":
        request = replace(request, negative_prompt="")
    events = list(run(request, models))
    steps = [event for event in events if isinstance(event, Step)]
    assert [step.index for step in steps] == list(range(1, STEPS + 1))
    assert all(step.preview is not None for step in steps[-1:]) and isinstance(events[-1], Finished)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    stock = Stock(folders[name], models)
    side = side_of(name)
    inputs: dict[str, Any] = {} if name in PIXELS else {"width": side, "height": side}
    if name == "flux-kontext":
        inputs |= {"image": Image.fromarray(request.image.pixels), "max_area": 64 * 64, "_auto_resize": False}
    if name in EDITS or name == "sdxl-instruct":
        inputs |= {"image": Image.fromarray(request.image.pixels)}
    if name in ("flux-fill", "sdxl-inpainting"):
        inputs |= {
            "image": Image.new("RGB", (side, side), (128,) * 3),
            "mask_image": Image.new("L", (side, side), 255),
            "strength": 1.0,
        }  # fmt: skip
    assert np.array_equal(made, stock(name, request, **inputs))
    assert made.std() > 1


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in SPECIAL])
def test_image_to_image_begins_midway_as_the_stock_pipeline_does(name, folders, models):
    info = models.catalog.find(str(folders[name]))
    plain = ask(name, info, strength=0.5)
    start = drawing(side_of(name))
    request = replace(plain, image=start)
    made = pixels_of(request, models)
    nearly_all = pixels_of(replace(request, sampling=replace(request.sampling, strength=1.0)), models)
    assert not np.array_equal(made, nearly_all)
    kind = STOCK_IMAGE_TO_IMAGE.get(name)
    if kind is not None:
        inputs = {"image": Image.fromarray(start.pixels), "strength": 0.5}
        if name != "sdxl":
            inputs |= {"width": 64, "height": 64}
        stock = Stock(folders[name], models)(name, request, kind, **inputs)
        assert np.abs(made.astype(int) - stock).max() <= 1


@pytest.mark.parametrize("name", FAMILIES)
def test_a_branch_with_the_same_words_ends_as_its_origin(name, folders, models):
    info = models.catalog.find(str(folders[name]))
    whole = ask(name, info)
    made = pixels_of(whole, models)
    branch = replace(whole, image=None, branch=Branch(whole, 0, 2))
    picture.KEPT.clear()
    assert np.array_equal(pixels_of(branch, models), made)
    if not info.capabilities.needs_picture and name not in SPECIAL:
        midway = replace(ask(name, info, strength=0.75), image=drawing(side_of(name)))
        branch = replace(midway, image=None, branch=Branch(midway, 0, 1))
        assert np.array_equal(pixels_of(midway, models), pixels_of(branch, models))
    other = replace(branch, branch=Branch(whole, 0, 2), sampling=replace(whole.sampling, steps=STEPS + 1))
    assert pixels_of(other, models).std() > 1


@pytest.mark.parametrize("name", FAMILIES)
def test_an_edit_keeps_what_is_outside_its_mask_to_the_bit(name, folders, models):
    info = models.catalog.find(str(folders[name]))
    side = side_of(name)
    start = drawing(side)
    mask = np.zeros((side, side), np.uint8)
    mask[: side // 2, : side // 2] = 255
    mask[: side // 2, side // 2 : side // 2 + 8] = 120
    plain = replace(ask(name, info, strength=0.75), image=None)
    request = plain.with_edit(start, Edit(mask=MaskInput.of(mask)))
    made = pixels_of(request, models)
    kept = mask == 0
    kept[: side // 2 + 16, : side // 2 + 24] = False  # the seam is feathered
    assert np.array_equal(made[kept], start.pixels[kept])
    assert not np.array_equal(made[: side // 2, : side // 2], start.pixels[: side // 2, : side // 2])


@pytest.mark.parametrize("name", FAMILIES)
def test_cancel_lands_and_the_next_picture_is_the_same(name, folders, models):
    request = ask(name, models.catalog.find(str(folders[name])))
    before = pixels_of(request, models)
    events = run(request, models)
    for event in events:
        if isinstance(event, Step):
            break
    events.close()
    assert np.array_equal(pixels_of(request, models), before)


@pytest.mark.parametrize("scheduler", ["euler", "heun", "dpmpp_2m"])
@pytest.mark.parametrize("name", ["flux-dev", "sd3"])
def test_every_scheduler_of_a_flow_begins_midway_and_branches(name, scheduler, folders, models):
    info = models.catalog.find(str(folders[name]))
    assert scheduler in [known.id for known in info.capabilities.schedulers]
    whole = replace(
        ask(name, info), sampling=replace(ask(name, info).sampling, scheduler=scheduler)
    )  # fmt: skip
    made = pixels_of(whole, models)
    branch = replace(whole, branch=Branch(whole, 0, 2))
    assert np.array_equal(pixels_of(branch, models), made)
    midway = replace(whole, image=drawing(64), sampling=replace(whole.sampling, strength=0.5))
    steps = [event.index for event in run(midway, models) if isinstance(event, Step)]
    assert steps == [1, 2]


def test_sana_sprint_takes_one_step_or_two_follows_places_and_wears_loras(folders, models):
    info = models.catalog.find(str(folders["sana-sprint"]))
    assert info.defaults.sampling.steps == 2 and not info.capabilities.negative_prompt
    request = ask("sana-sprint", info)
    few = [replace(request, sampling=replace(request.sampling, steps=steps)) for steps in (1, 2)]
    one, two = (pixels_of(each, models) for each in few)
    assert not np.array_equal(one, two)
    stock = Stock(folders["sana-sprint"], models)
    size = {"width": 64, "height": 64}
    assert np.array_equal(two, stock("sana-sprint", few[1], **size, intermediate_timesteps=1.3))
    assert np.array_equal(one, stock("sana-sprint", few[0], **size))
    branch = replace(few[1], branch=Branch(request, 0, 2))  # from a picture of four steps
    assert pixels_of(branch, models).std() > 1
    assert_places_are_followed(few[1], models, two)
    network = models.load(info, torch.float32).denoiser
    assert_it_is_worn(change_of(network, folders["dit"].parent / "sprint.safetensors"), few[1], models, two)


def test_a_consistency_model_without_classes_draws_unasked_and_tells_how_many_steps_it_knows(
    models, tmp_path
):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        diffusers.ConsistencyModelPipeline(
            unet=unet2d().unet, scheduler=diffusers.CMStochasticIterativeScheduler(num_train_timesteps=40)
        ).save_pretrained(tmp_path / "bedrooms")
    info = models.catalog.find(str(tmp_path / "bedrooms"))
    assert info.variant == "unconditional" and not info.capabilities.classes
    request = info.request("", width=32, height=32, sampling=replace(info.defaults.sampling, steps=1, seed=7))
    stock = diffusers.ConsistencyModelPipeline.from_pretrained(tmp_path / "bedrooms")
    stock.set_progress_bar_config(disable=True)
    own = stock(generator=torch.Generator().manual_seed(7)).images[0]
    assert np.abs(pixels_of(request, models).astype(int) - np.array(own)).max() <= 1  # unaligned weights
    with pytest.raises(BadRequest, match="at most 40"):
        pixels_of(replace(request, sampling=replace(request.sampling, steps=41)), models)


def test_a_class_is_asked_by_name_or_number_and_near_names_are_told(folders, models):
    info = models.catalog.find(str(folders["dit"]))
    request = ask("dit", info)
    by_number = replace(request, prompt="497")
    assert np.array_equal(pixels_of(request, models), pixels_of(by_number, models))
    with pytest.raises(BadRequest, match="church building"):
        run(replace(request, prompt="church bilding"), models)


def test_a_refiner_is_named(folders, tmp_path):
    folder = Path(shutil.copytree(folders["sdxl"], tmp_path / "refiner"))
    index = json.loads((folder / "model_index.json").read_text())
    index |= {"text_encoder": [None, None], "tokenizer": [None, None]}
    (folder / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(UnsupportedModel, match="refiner"):
        Catalog().find(str(folder))


def test_every_family_says_what_its_models_are_and_do(folders, models):
    for name, folder in folders.items():
        info = models.catalog.find(str(folder))
        assert info.title and info.parts and info.bytes > 0, name
        assert info.defaults.sampling.scheduler in [known.id for known in info.capabilities.schedulers], name
    proved_elsewhere = {
        "stable_diffusion",
        "toy",
        "anima",
        "flux3",
        "omnigen",
        "joyimage",
        "joyimage_plus",
        "kandinsky22",
        "glm_image",
        "qwen_image_layered",
        "visualcloze",
        "amused",
        "vq_diffusion",
        "deepfloyd_if",
        "karlo",
        "wuerstchen",
        "stable_cascade",
        "stable_unclip",
        "image_variations",
        "paint_by_example",
        "ldm",
        "alt_diffusion",
        "versatile",
        "blip_diffusion",
        "ldm_unconditional",
        "score_sde",
        "hunyuan_refiner",
        "unidiffuser",
        "kandinsky21",
        "karlo_variations",
        *OTHERS,
    }
    assert {family for _, family in FAMILIES.values()} == set(families()) - proved_elsewhere
