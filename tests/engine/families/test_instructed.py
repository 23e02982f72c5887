"""Models that change a picture by an instruction, each as diffusers' own pipeline does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any
from unittest.mock import patch

import diffusers
import numpy as np
import pytest
import torch
import transformers
from diffusers.pipelines.longcat_image import pipeline_longcat_image_edit
from PIL import Image
from stock import bare
from tiny_further import dreamlite
from tiny_instructed import INSTRUCTED, instructed_folder, stock_processor
from tiny_other import OTHERS, change_of, other_folder
from worn import assert_a_mask_is_filled, assert_it_is_worn, assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.errors import BadRequest
from engine.api.events import Finished, ImageReady, Notice, Step
from engine.api.images import ImageInput, Pixels
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.regions import RegionInput
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.families.adapted.z_image_omni import ZImageOmni
from engine.families.bria_fibo import framed
from engine.families.bria_fibo2 import instructed
from engine.families.heeded import WeighedText
from engine.families.registry import families
from engine.models.cache import Models
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS, SIDE = 3, 64
NEAR = ("joyimage-edit", "joyimage-edit-plus")
"""Whose pipeline brings latents back to the autoencoder's numbers with another last digit."""
UNSEEN = Control(wants_previews=False)
"""Fitting a preview to each tiny VAE takes longer than all else."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("instructed")
    return {name: instructed_folder(name, root / name) for name in INSTRUCTED}


def pixels(turn: int = 0) -> Pixels:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    return np.ascontiguousarray(
        np.rot90(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), turn)
    )


def drawing(turn: int = 0) -> ImageInput:
    return ImageInput.of(pixels(turn), "drawing.png")


def ask(info: ModelInfo, prompt: str = "a dog") -> GenerationRequest:
    """The start picture, and as many others beside it as are read."""
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    others = tuple(ReferenceInput(drawing(turn)) for turn in range(1, min(3, info.capabilities.references)))
    return info.request(
        prompt, negative_prompt="a cat", width=SIDE, height=SIDE, sampling=sampling, image=drawing(),
        references=others,
    )  # fmt: skip


def shown(request: GenerationRequest) -> list[Image.Image]:
    """The pictures of `request`, as its pipeline is called with them."""
    return [Image.fromarray(pixels(turn)) for turn in range(1 + len(request.references))]


def fibo(request: GenerationRequest) -> dict[str, Any]:
    told = json.dumps({"edit_instruction": request.prompt})
    return {"prompt": told, "image": shown(request)}


def one_picture(request: GenerationRequest) -> dict[str, Any]:
    return {"prompt": request.prompt, "image": shown(request)[0]}


def all_pictures(request: GenerationRequest) -> dict[str, Any]:
    return {"prompt": request.prompt, "image": [Image.fromarray(pixels(1))]}


def reference_alone(request: GenerationRequest) -> dict[str, Any]:
    return {"prompt": request.prompt, "image": Image.fromarray(pixels(1))}


def several(request: GenerationRequest) -> dict[str, Any]:
    return {"prompt": request.prompt, "images": shown(request)}


CALLED: dict[str, Callable[[GenerationRequest], dict[str, Any]]] = {
    "fibo-edit": fibo, "kandinsky5-edit": one_picture, "bria_fibo2": all_pictures,
    "dreamlite": reference_alone, "mobile": reference_alone,
    "joyimage-edit": one_picture, "joyimage-edit-plus": several, "longcat-edit": one_picture,
}  # fmt: skip
"""By entry, what else than size, guidance and the negative prompt its pipeline is called with."""


SEEING = {
    "kandinsky5-edit": ("tokenizer", "Qwen2VLProcessor"), "bria_fibo2": ("processor", "Qwen3VLProcessor"),
    "dreamlite": ("processor", "Qwen3VLProcessor"), "mobile": ("processor", "Qwen3VLProcessor"),
    "joyimage-edit": ("processor", "Qwen3VLProcessor"),
    "joyimage-edit-plus": ("processor", "Qwen3VLProcessor"),
    "longcat-edit": ("text_processor", "Qwen2VLProcessor"),
}  # fmt: skip
"""By entry, the part that reads pictures too, whose own loader asks for a library of films."""


def omni(request: GenerationRequest) -> dict[str, Any]:
    pictures = [Image.fromarray(pixels(turn)) for turn in range(len(request.references))]
    return {"prompt": request.prompt, "image": pictures}


CALLED["omni"] = omni


def without_chance(encoded: Any) -> Any:
    """Theirs draws its picture's latents by chance that no seed decides."""
    encoded.latent_dist.sample = encoded.latent_dist.mode
    return encoded


def where_pictures_are(encoder: Any, args: tuple[Any, ...], call: dict[str, Any]) -> Any:
    """Theirs does not say it, as it was no question in the library that it was written for."""
    marks = call["input_ids"] == encoder.config.image_token_id
    return args, {**call, "mm_token_type_ids": marks.long()}


def stock(name: str, folder: Path, request: GenerationRequest, config: dict[str, Any]) -> np.ndarray:
    more: dict[str, Any] = {}
    if name == "omni":
        eyes = transformers.Siglip2ImageProcessorPil.from_pretrained(folder / "siglip_processor")
        more = {"siglip_processor": eyes}
    if name in SEEING:
        part, kind = SEEING[name]
        held = folder / (part if (folder / part).exists() else "tokenizer")
        tokenizer = transformers.Qwen2Tokenizer.from_pretrained(held)
        more = {part: stock_processor(tokenizer, kind)}
    pipeline: Any = diffusers.DiffusionPipeline.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, **more
    )
    if isinstance(pipeline, diffusers.ZImageOmniPipeline):  # theirs reads them in 16 bits alone
        pipeline.prepare_image_latents = ZImageOmni.prepare_image_latents.__get__(pipeline)
    if isinstance(pipeline, diffusers.Kandinsky5I2IPipeline):
        pipeline.resolutions = [(SIDE, SIDE)]
    if isinstance(pipeline, diffusers.JoyImageEditPipeline):
        encode = pipeline.vae.encode
        pipeline.vae.encode = lambda shown: without_chance(encode(shown))
    if isinstance(pipeline, diffusers.LongCatImageEditPipeline):
        pipeline.text_encoder.register_forward_pre_hook(where_pictures_are, with_kwargs=True)
    bare(pipeline)
    sampling = request.sampling
    pipeline.scheduler = schedulers.build(sampling.scheduler, config, sampling.seed, sampling.steps)
    call = {
        "width": SIDE, "height": SIDE, "negative_prompt": "a cat", "guidance_scale": 2.0,
        **CALLED[name](request),
    }  # fmt: skip
    takes = signature(pipeline.__call__).parameters
    with patch.object(pipeline_longcat_image_edit, "calculate_dimensions", lambda *_: (SIDE, SIDE)):
        made = pipeline(
            num_inference_steps=STEPS, generator=torch.Generator().manual_seed(7), return_dict=False,
            **{name: value for name, value in call.items() if name in takes},
        )  # fmt: skip
    return np.array(made[0][0])


@pytest.mark.parametrize("name", INSTRUCTED)
def test_it_changes_a_picture_as_its_pipeline_does_and_goes_on(name, folders, models):
    KEPT.clear()
    info = models.catalog.find(str(folders[name]))
    assert info.family == INSTRUCTED[name][1] and info.capabilities.needs_picture and info.variant
    request = ask(info)
    events = list(run(request, models, UNSEEN))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    assert isinstance(events[-1], Finished)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    model = models.load(info, torch.float32)
    difference = np.abs(made.astype(int) - stock(name, folders[name], request, model.scheduler_config))
    assert difference.max() <= (1 if name in NEAR else 0) and made.std() > 1
    assert np.array_equal(drawn(replace(request, image=None, branch=Branch(request, 0, 2)), models), made)
    for reference in request.references:
        assert not np.array_equal(drawn(replace(request, references=(reference,)), models), made)
    alone = replace(request, image=None, references=(ReferenceInput(drawing()),))
    assert np.array_equal(drawn(alone, models), drawn(replace(request, references=()), models))
    with pytest.raises(BadRequest, match="is missing"):
        run(replace(request, image=None, references=()), models)
    with pytest.raises(BadRequest, match=f"{info.capabilities.references} picture"):
        run(replace(request, references=alone.references * info.capabilities.references), models)


@pytest.mark.parametrize("name", INSTRUCTED)
def test_it_keeps_what_is_outside_a_mask_follows_places_and_wears_loras(name, folders, models):
    info = models.catalog.find(str(folders[name]))
    request = replace(ask(info), references=())
    steps = run(request, models, UNSEEN)
    assert next(event.index for event in steps if isinstance(event, Step)) == 1
    steps.close()  # cancelled: nothing of it is in the way of the next
    made = drawn(request, models)
    assert_a_mask_is_filled(replace(request, image=None), drawing(), models)
    if info.capabilities.regions:
        assert_places_are_followed(request, models, made)
    if not families()[info.family].lora_targets:
        return
    network = models.load(info, torch.float32).denoiser
    lora = change_of(network, folders[name].parent / f"{name}.safetensors")
    assert_it_is_worn(lora, request, models, made)


@contextmanager
def network_told(denoiser: Any) -> Iterator[list[torch.Tensor]]:
    """The words that it is given at each of its calls."""
    told: list[torch.Tensor] = []

    def hear(_: Any, args: Any, call: dict[str, Any]) -> None:
        told.append(call["encoder_hidden_states"].double().clone())

    hook = denoiser.register_forward_pre_hook(hear, with_kwargs=True)
    yield told
    hook.remove()


@pytest.mark.parametrize("name", INSTRUCTED)
def test_a_weight_in_one_prompt_counts_not_in_the_other_of_the_same_words(name, folders, models):
    info = models.catalog.find(str(folders[name]))
    if not info.capabilities.negative_prompt:
        return
    denoiser = models.load(info, torch.float32).denoiser

    def said(prompt: str, negative: str) -> list[torch.Tensor]:
        """All that the network is given at its first step, row by row."""
        request = replace(ask(info, prompt), references=(), negative_prompt=negative)
        with network_told(denoiser) as told:
            drawn(replace(request, sampling=replace(request.sampling, steps=2)), models)
        return [row for one in told[: len(told) // 2] for row in one]

    plain, heavy = "a Red dog", "a (Red:1.5) dog"
    none, first, second = said(plain, plain), said(heavy, plain), said(plain, heavy)
    moved = [not torch.equal(one, other) for one, other in zip(first, none, strict=True)]
    assert len(moved) == 2 and moved.count(True) == 1
    at = moved.index(True)
    assert torch.equal(second[at], none[at]) and not torch.equal(second[1 - at], none[1 - at]), (
        "the other one"
    )
    assert torch.equal(first[at], said(heavy, "a cat")[at]), "that of the prompt"


@pytest.mark.parametrize("name", INSTRUCTED)
def test_a_weight_moves_what_the_network_is_told_by_what_the_word_adds(name, folders, models):
    info = models.catalog.find(str(folders[name]))
    assert info.capabilities.prompt_weights
    denoiser = models.load(info, torch.float32).denoiser

    def said(prompt: str) -> torch.Tensor:
        """What the network is given at its first step."""
        request = replace(ask(info, prompt), references=())
        with network_told(denoiser) as told:
            drawn(replace(request, sampling=replace(request.sampling, steps=2)), models)
        return told[0]

    plain, light, heavy = map(said, ("a Red dog", "a (Red:0.5) dog", "a (Red:1.5) dog"))
    assert not torch.equal(plain, heavy)
    assert torch.allclose(heavy - plain, plain - light, atol=1e-5)
    assert torch.equal(plain, said("a (Red:1.0) dog"))


def test_fibo_2_draws_by_an_instruction_about_pictures_and_by_a_caption_alone(tmp_path, models):
    folder = other_folder("bria_fibo2", tmp_path / "bria_fibo2")
    info = models.catalog.find(str(folder))
    assert info.capabilities.references == 5 and not info.capabilities.needs_picture
    assert not info.capabilities.vae_kind, "another FLUX.2 autoencoder has cells of another size"
    plain = replace(ask(info, "make it red"), image=None, references=())
    request = replace(plain, references=(ReferenceInput(drawing(1)),))
    model = models.load(info, torch.float32)
    made = drawn(request, models)
    assert np.array_equal(made, stock("bria_fibo2", folder, request, model.scheduler_config))
    assert not np.array_equal(made, drawn(plain, models))
    with network_told(model.denoiser) as said:
        for prompt in ("make it red", "make it (red:0.9)", "make it (red:1.1)"):
            drawn(replace(request, prompt=prompt, sampling=replace(request.sampling, steps=2)), models)
    whole, light, heavy = said[0], said[4], said[8]
    assert not torch.equal(whole, heavy)
    # it brings what it is told to one length, so a small step is as large one way as the other
    assert torch.cosine_similarity((heavy - whole).flatten(), (whole - light).flatten(), 0) > 0.98


@pytest.mark.parametrize(
    "typed, told",
    [
        ("make it red", {"edit_instruction": "make it red"}),
        ('{"edit_instruction": "make it red", "objects": ["a dog"]}', None),
        ('{"structured_caption": {"objects": ["a dog"]}, "edit_instruction": "in red"}', None),
        ('{"objects": ["a dog"]}', {"objects": ["a dog"], "edit_instruction": ""}),
        ('{"structured_caption": 3}', {"edit_instruction": '{"structured_caption": 3}'}),
        ("[1, 2]", {"edit_instruction": "[1, 2]"}),
    ],
)
def test_what_is_typed_beside_pictures_is_what_fibo_2_takes(typed, told):
    assert json.loads(instructed(typed)) == (json.loads(typed) if told is None else told)


def test_a_caption_in_json_keeps_its_brackets_and_other_words_weigh(folders, models):
    model = models.load(models.catalog.find(str(folders["fibo-edit"])), torch.float32)
    caption = '{"objects": [{"description": "a (red) dog"}]}'
    read = model.reader.read(model, caption, None, False)
    assert read.texts == (caption,) and not read.emphasis
    read = model.reader.read(model, "[a (red) dog]", None, False)
    assert read.texts == ("a red dog",) and read.emphasis


def test_fibo_s_frame_is_laid_around_words_and_their_weights_and_not_around_its_makers_json():
    own = '{"edit_instruction": "a dog", "style": "ink"}'
    assert framed(own) == own
    for plain in ('a "red" dog\nin España', "{}", "[1]", '{"style": "ink"}', ""):
        assert json.loads(framed(plain)) == {"edit_instruction": plain}
    text = WeighedText('say "hi" now', ((1.5, ((4, 8),)), (0.5, ((9, 12),))))
    told = framed(text)
    assert isinstance(told, WeighedText)
    [[(_, [first]), (_, [second])]] = [told.emphasis]
    assert told[slice(*first)] == '\\"hi\\"' and told[slice(*second)] == "now"


@pytest.mark.parametrize("name", ["kandinsky5-edit", "longcat-edit"])
def test_a_long_prompt_is_cut_and_the_picture_is_still_read(name, folders, models):
    info = models.catalog.find(str(folders[name]))
    request = replace(ask(info, "dog, " * 120), references=())
    events = list(run(request, models, UNSEEN))
    assert [event.code for event in events if isinstance(event, Notice)] == ["prompt_cut"]
    (long,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    assert np.array_equal(long, drawn(replace(request, prompt=request.prompt[:512]), models))
    assert not np.array_equal(long, drawn(replace(request, image=drawing(1)), models))
    heavy = request.prompt.replace("dog", "(dog:1.5)", 1)
    assert not np.array_equal(long, drawn(replace(request, prompt=heavy), models))


def test_longcat_draws_other_sizes_and_weighs_long_prompts_and_what_stands_in_quotes(folders, models):
    info = models.catalog.find(str(folders["longcat-edit"]))
    wide = replace(ask(info), width=96, image=None, references=(ReferenceInput(drawing()),))
    made = drawn(wide, models)
    assert made.shape == (64, 96, 3)
    long = drawn(replace(wide, prompt="a dog, " * 90), models)
    assert not np.array_equal(long, drawn(replace(wide, prompt="a (dog:1.5)," + " a dog," * 89), models))
    quoted, heavy = (drawn(replace(wide, prompt=prompt), models) for prompt in ('a "dog"', 'a "(dog:1.5)"'))
    assert not np.array_equal(quoted, heavy)


def test_kandinsky_keeps_its_picture_under_schedulers_that_look_back(folders, models):
    info = models.catalog.find(str(folders["kandinsky5-edit"]))
    request = replace(ask(info), references=())
    heun = replace(request, sampling=replace(request.sampling, scheduler="heun"))
    config = models.load(info, torch.float32).scheduler_config
    theirs = stock("kandinsky5-edit", folders["kandinsky5-edit"], heun, config)
    assert not np.array_equal(drawn(heun, models), theirs), "theirs writes over what the scheduler keeps"


@pytest.mark.parametrize("pipeline", [diffusers.DreamLitePipeline, diffusers.DreamLiteMobilePipeline])
def test_dreamlite_changes_a_picture_as_its_pipelines_do_and_follows_places_beside_it(
    pipeline, tmp_path, models, monkeypatch
):
    monkeypatch.setitem(OTHERS, "dreamlite", lambda: dreamlite(pipeline))
    folder = other_folder("dreamlite", tmp_path / "dreamlite")
    info = models.catalog.find(str(folder))
    is_mobile = pipeline is diffusers.DreamLiteMobilePipeline
    assert info.variant == ("Mobile" if is_mobile else "") and info.capabilities.guidance != is_mobile
    request = replace(ask(info), image=None, references=(ReferenceInput(drawing(1)),))
    made = drawn(request, models)
    config = models.load(info, torch.float32).scheduler_config
    assert np.array_equal(made, stock("mobile" if is_mobile else "dreamlite", folder, request, config))
    assert_places_are_followed(request, models, made)
    half = np.zeros((SIDE, SIDE), np.uint8)
    half[:, : SIDE // 2] = 255
    placed = drawn(replace(request, regions=(RegionInput("a red house", MaskInput.of(half)),)), models)
    apart = np.abs(placed.astype(int) - made).mean((0, 2))
    assert apart[: SIDE // 2].mean() > apart[SIDE // 2 :].mean(), (
        "the left half is the picture's, not the pair's"
    )
    if is_mobile:
        return
    for asked, rows in ((request, 3), (replace(request, references=()), 2)):
        told = [
            _rows_told(replace(asked, prompt=prompt, negative_prompt="a red dog"), models)
            for prompt in ("a red dog", "a (red:1.5) dog")
        ]
        moved = [not torch.equal(one, other) for one, other in zip(*told, strict=True)]
        assert moved == [False] * (rows - 1) + [True], "the prompt comes last; it alone is weighed"


def _rows_told(request: GenerationRequest, models: Models) -> torch.Tensor:
    """What the network is given of words at its first step."""
    found: list[torch.Tensor] = []
    network = models.load(models.catalog.find(request.model), torch.float32).denoiser
    hook = network.register_forward_pre_hook(
        lambda _, args, call: found.append(call["encoder_hidden_states"].clone()), with_kwargs=True
    )
    drawn(request, models)
    hook.remove()
    return found[0]


def test_z_image_omni_takes_after_pictures_as_its_pipeline_does_and_heeds_weights_beside_them(
    tmp_path, models
):
    folder = other_folder("z_image_omni", tmp_path / "omni")
    info = models.catalog.find(str(folder))
    assert info.capabilities.references == 4 and not info.capabilities.needs_picture
    plain = replace(ask(info), image=None, references=())
    request = replace(plain, references=(ReferenceInput(drawing()), ReferenceInput(drawing(1))))
    model = models.load(info, torch.float32)
    made = drawn(request, models)
    assert np.array_equal(made, stock("omni", folder, request, model.scheduler_config))
    assert not np.array_equal(made, drawn(replace(request, references=request.references[:1]), models))
    assert not np.array_equal(made, drawn(plain, models))
    assert_places_are_followed(request, models, made)
    KEPT.clear()
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    heavy = drawn(replace(request, prompt="a (dog:1.8)"), models)
    assert not np.array_equal(heavy, made)
