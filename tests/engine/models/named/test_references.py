"""References: the numbers of the stock pipelines, and what cannot be used is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import diffusers
import numpy as np
import pytest
import tiny_families
import torch
from diffusers.image_processor import IPAdapterMaskProcessor, VaeImageProcessor
from PIL import Image
from tiny import tiny_controlnet, tiny_sd, tiny_unet
from tiny_references import save_adapter, tiny_adapter, tiny_encoder
from transformers import CLIPImageProcessor

from engine import generation
from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest, ModelNotFound, UnsafeFile, UnsupportedModel
from engine.api.events import ImageReady, Loading, Step
from engine.api.images import ImageInput, pixels_hash
from engine.api.maps import MapInput, MapKind
from engine.api.mask import MaskInput
from engine.api.references import AdapterInfo, AdapterVariant, ReferenceInput, ReferenceScope
from engine.api.request import Branch, GenerationRequest, Sampling, Speed
from engine.api.upscale import Upscale
from engine.api.vision import VisionInfo
from engine.api.wire import with_pictures
from engine.diffusion import schedulers
from engine.families.family import Reads
from engine.library.folders import models_folder
from engine.library.masks import unpacked_masks
from engine.memory import Relief
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.networks.worn_ip_adapters import share_of
from engine.picture import picture
from engine.tasks import run

SIDE = 64


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    unet = tiny_unet(1)
    found = {
        "base": tiny_sd(root / "base"),
        "masked": tiny_sd(root / "masked", reads=Reads.MASKED_PICTURE),
        "instructed": tiny_sd(root / "instructed", reads=Reads.PICTURE),
        "encoder": root / "image_encoder",
        "root": root,
    }
    tiny_encoder().save_pretrained(found["encoder"])
    for name, state in {
        "plain": tiny_adapter(unet),
        "other": tiny_adapter(unet, seed=1),
        "plus": tiny_adapter(unet, seed=2, variant="plus"),
        "face": tiny_adapter(unet, seed=3, variant="face"),
    }.items():
        found[name] = save_adapter(root / "adapters" / f"ip-adapter-{name}.safetensors", state)
    xl = tiny_families.sdxl()
    xl.save_pretrained(root / "xl")
    found["xl"] = root / "xl"
    found["xl-adapter"] = save_adapter(root / "adapters" / "ip-xl.safetensors", tiny_adapter(xl.unet, seed=4))
    return found


@pytest.fixture(scope="module")
def models(places) -> Models:
    return Models(Catalog([places["root"]]))


@pytest.fixture(autouse=True)
def nothing_kept():
    picture.KEPT.clear()


def gradient(turn: int = 0, side: int = 80) -> ImageInput:
    y, x = np.mgrid[0:side, 0:side]
    values = np.stack([x * 3, y * 3, 255 - x * 3], axis=2).astype(np.uint8)
    return ImageInput.of(np.ascontiguousarray(np.rot90(values, turn)), "gradient.png")


def take_after(adapter: Path | str, turn: int = 0, **changes) -> ReferenceInput:
    return replace(ReferenceInput(gradient(turn), adapter=str(adapter)), **changes)


def ask(base: Path, *references: ReferenceInput, scheduler: str = "euler_a", **changes) -> GenerationRequest:
    guidance = changes.pop("guidance", 3.0)
    sampling = Sampling(scheduler, changes.pop("steps", 4), guidance, 0.0, changes.pop("strength", 1.0), 11)
    request = GenerationRequest(str(base), "a dog", "a cat", SIDE, SIDE, sampling, references=references)
    return replace(request, **changes)


def made(request: GenerationRequest, models: Models, control: Control | None = None) -> ImageReady:
    return next(event for event in run(request, models, control) if isinstance(event, ImageReady))


def pixels(request: GenerationRequest, models: Models) -> str:
    return pixels_hash(made(request, models).pixels)


def stock(kind, request: GenerationRequest, models: Models, scale=None, **given) -> str:
    """The pixels of diffusers' own pipeline of this `kind` with its own `load_ip_adapter`."""
    model = models.load(models.catalog.find(request.model), torch.float32)
    sampling = request.sampling
    model.load_text_encoders()
    pipeline = kind(
        **{name: part for name, part in model.components.items()},
        scheduler=schedulers.build(sampling.scheduler, model.scheduler_config, sampling.seed, sampling.steps),
        image_encoder=tiny_encoder(), feature_extractor=CLIPImageProcessor(size=32, crop_size=32),
        **({} if "XL" in kind.__name__ else {"safety_checker": None, "requires_safety_checker": False}),
    )  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    shown: list[list[Image.Image]] = []
    for one in request.references:
        shown = shown if one.joined else [*shown, []]
        shown[-1].append(Image.fromarray(one.image.pixels))
    leaders = [one for one in request.references if not one.joined]
    files = [Path(one.adapter) for one in leaders]
    pipeline.load_ip_adapter(
        [str(file.parent) for file in files],
        subfolder=[""] * len(files),
        weight_name=[file.name for file in files],
    )
    pipeline.set_ip_adapter_scale(scale if scale is not None else [one.weight for one in leaders])
    if "InstructPix2Pix" not in kind.__name__ and "image" not in given:
        given |= {"height": SIDE, "width": SIDE}
    try:
        with torch.inference_mode():
            latents = pipeline(
                prompt=request.prompt, negative_prompt=request.negative_prompt,
                num_inference_steps=sampling.steps, guidance_scale=sampling.guidance, output_type="latent",
                generator=torch.Generator().manual_seed(sampling.seed),
                ip_adapter_image=[several if len(several) > 1 else several[0] for several in shown], **given,
            ).images  # fmt: skip
            decoded = model.vae.decode(latents / model.vae.config.scaling_factor, return_dict=False)[0]
            image = VaeImageProcessor().postprocess(decoded)
    finally:
        pipeline.unload_ip_adapter()
    return pixels_hash(np.array(image[0]))


@pytest.mark.parametrize("name", ["plain", "plus", "face"])
def test_every_variant_is_the_stock_pipeline_s_to_the_last_bit(places, models, name):
    request = ask(places["base"], take_after(places[name], weight=0.7))
    expected = stock(diffusers.StableDiffusionPipeline, request, models)
    assert pixels(request, models) == expected
    assert expected != pixels(replace(request, references=()), models)


def test_without_guidance_it_is_the_stock_pipeline_s_too(places, models):
    request = ask(places["base"], take_after(places["plain"]), guidance=1.0)
    assert pixels(request, models) == stock(diffusers.StableDiffusionPipeline, request, models)


def test_several_at_once_are_the_stock_pipeline_s(places, models):
    one, two = take_after(places["plain"], weight=0.5), take_after(places["plus"], 1, weight=0.9)
    request = ask(places["base"], one, two)
    assert pixels(request, models) == stock(diffusers.StableDiffusionPipeline, request, models)
    twice = ask(places["base"], one, replace(two, adapter=one.adapter))
    assert pixels(twice, models) == stock(diffusers.StableDiffusionPipeline, twice, models)


def test_several_looked_at_as_one_are_the_stock_pipeline_s_also_at_places(places, models):
    one, two = take_after(places["plus"], weight=0.7), replace(take_after("", 1), weight=0.1, joined=True)
    request = ask(places["base"], one, two, take_after(places["plain"], 2, weight=0.4), scheduler="euler")
    ready = made(request, models)
    assert len(ready.recipe.references) == 3
    drawn = pixels_hash(ready.pixels)
    assert drawn == stock(diffusers.StableDiffusionPipeline, request, models)
    apart = replace(two, adapter=one.adapter, weight=0.7, joined=False)
    assert drawn != pixels(replace(request, references=(one, apart, request.references[2])), models)
    placed = replace(request, references=(one, replace(two, place=MaskInput.of(half()))))
    masks = [np.ones((SIDE, SIDE), np.uint8) * 255, half()]
    told = IPAdapterMaskProcessor().preprocess([Image.fromarray(mask) for mask in masks], SIDE, SIDE)
    assert pixels(placed, models) == stock(
        diffusers.StableDiffusionPipeline, placed, models,
        cross_attention_kwargs={"ip_adapter_masks": [told[:, 0][None]]},
    )  # fmt: skip
    none = replace(request, references=(replace(one, weight=0.0), two))
    assert pixels(none, models) == pixels(replace(request, references=()), models)
    with pytest.raises(BadRequest, match="there is none"):
        replace(request, references=(two,)).validated()


def test_image_to_image_and_an_inpainting_network_are_the_stock_pipelines(places, models):
    start = ImageInput.of(np.ascontiguousarray(gradient(1).pixels[:SIDE, :SIDE]))
    shown = Image.fromarray(start.pixels)
    request = ask(places["base"], take_after(places["plain"]), image=start, strength=0.7, steps=6)
    kind = diffusers.StableDiffusionImg2ImgPipeline
    assert pixels(request, models) == stock(kind, request, models, image=shown, strength=0.7)
    masked = ask(places["masked"], take_after(places["plain"]), image=start)
    white = Image.new("L", (SIDE, SIDE), 255)
    kind = diffusers.StableDiffusionInpaintPipeline
    assert pixels(masked, models) == stock(
        kind, masked, models, image=shown, mask_image=white, strength=1.0, height=SIDE, width=SIDE
    )


def test_an_instructed_network_is_the_stock_pipeline_s(places, models):
    start = ImageInput.of(np.ascontiguousarray(gradient(1).pixels[:SIDE, :SIDE]))
    request = ask(places["instructed"], take_after(places["plain"]), image=start)
    closer = replace(request, sampling=replace(request.sampling, image_guidance=2.5))
    mine = [pixels(request, models), pixels(closer, models)]  # the stock pipeline empties the same network
    assert mine == [
        stock(
            diffusers.StableDiffusionInstructPix2PixPipeline, request, models,
            image=Image.fromarray(start.pixels), image_guidance_scale=scale,
        )
        for scale in (1.5, 2.5)
    ]  # fmt: skip


def test_sdxl_is_the_stock_pipeline_s_also_with_a_style_alone(places, models):
    request = ask(places["xl"], take_after(places["xl-adapter"], weight=0.8), scheduler="euler")
    kind = diffusers.StableDiffusionXLPipeline
    assert pixels(request, models) == stock(kind, request, models)
    style = replace(request.references[0], scope=ReferenceScope.STYLE)
    styled = replace(request, references=(style,))
    assert pixels(styled, models) == stock(kind, request, models, {"up": {"block_0": [0.0, 0.8]}})
    assert pixels(styled, models) != pixels(request, models)


def half(right: bool = True, side: int = SIDE) -> np.ndarray:
    coverage = np.zeros((side, side), np.uint8)
    coverage[:, side // 2 :] = 255
    return coverage if right else np.ascontiguousarray(coverage[:, ::-1])


@pytest.mark.parametrize("base", ["base", "xl"])
def test_bound_to_places_they_are_the_stock_pipeline_s_with_masks(places, models, base):
    names = ("plain", "plus") if base == "base" else ("xl-adapter", "xl-adapter")
    left = take_after(places[names[0]], weight=0.7, place=MaskInput.of(half(False)))
    right = take_after(places[names[1]], 1, place=MaskInput.of(half()))
    request = ask(places[base], left, right, scheduler="euler")
    kind = diffusers.StableDiffusionPipeline if base == "base" else diffusers.StableDiffusionXLPipeline
    pictures = [Image.fromarray(half(False)), Image.fromarray(half())]
    masks = IPAdapterMaskProcessor().preprocess(pictures, height=SIDE, width=SIDE)
    told = {"ip_adapter_masks": [mask[None] for mask in masks]}
    expected = stock(kind, request, models, cross_attention_kwargs=told)
    assert pixels(request, models) == expected
    everywhere = replace(request, references=tuple(replace(one, place=None) for one in request.references))
    assert pixels(everywhere, models) != expected
    one = replace(request, references=(left, replace(right, place=None)))
    told = {"ip_adapter_masks": [masks[0][None], None]}
    assert pixels(one, models) == stock(kind, one, models, cross_attention_kwargs=told)


def test_a_place_is_kept_in_the_recipe_cut_with_an_edit_s_and_seen_by_every_way_of_working(places, models):
    given = take_after(places["plain"], place=MaskInput.of(half(side=2 * SIDE)))
    request = ask(places["base"], given, scheduler="euler")
    ready = made(request, models)
    again = GenerationRequest.from_json(ready.recipe.request.to_json())
    assert again.references == request.references and given.place.sha256 in ready.recipe.masks
    back = with_pictures(again, unpacked_masks(ready.recipe.masks))
    assert np.array_equal(back.references[0].place.pixels, given.place.pixels)
    with pytest.MonkeyPatch.context() as patch:
        climb = generation.Ladder.climb

        def short(self, attempt):
            self.relief = Relief(one_by_one=True)
            return (yield from climb(self, attempt))

        patch.setattr(generation.Ladder, "climb", short)
        assert np.abs(made(request, models).pixels.astype(int) - ready.pixels).max() <= 2
    wide = np.zeros((SIDE, 4 * SIDE), np.uint8)
    wide[16:48, :48] = wide[16:48, -48:] = 255
    where = np.zeros((SIDE, 4 * SIDE), np.uint8)
    where[:, 2 * SIDE :] = 255
    edit = Edit(mask=MaskInput.of(wide), padding_px=8)
    source = ImageInput.of(np.full((SIDE, 4 * SIDE, 3), 120, np.uint8))
    bound = replace(request, references=(replace(given, place=MaskInput.of(where)),))
    edited = made(bound.with_edit(source, edit), models).pixels
    without = made(replace(request, references=()).with_edit(source, edit), models).pixels
    left, right = np.s_[:, : 2 * SIDE], np.s_[:, 2 * SIDE :]
    assert np.array_equal(edited[left], without[left]) and not np.array_equal(edited[right], without[right])


def test_refined_in_tiles_a_reference_stays_in_its_place(places, models):
    """Each tile is told what of the place it holds, not the whole place made small."""
    where = np.zeros((SIDE, 2 * SIDE), np.uint8)
    where[:, :16] = 255
    given = take_after(places["plain"], weight=2, place=MaskInput.of(where))
    request = ask(places["base"], given, scheduler="euler")
    request = replace(request, sampling=replace(request.sampling, steps=2, strength=0.5))
    noise = np.random.default_rng(1).integers(0, 256, (SIDE, 2 * SIDE, 3), np.uint8)
    upscale = Upscale(2.0, refine=True, tile_px=SIDE)

    def refined(*given: ReferenceInput) -> np.ndarray:
        asked = replace(request, references=given).with_upscale(ImageInput.of(noise), upscale)
        return made(asked, models).pixels.astype(int)

    moved = np.abs(refined(given) - refined())
    assert moved.shape == (2 * SIDE, 4 * SIDE, 3)
    left, right = moved[:, :32].mean(), moved[:, 2 * SIDE :].mean()
    assert left > 5 and right < left / 10, "what is left is the decoder's, which sees all at once"


def test_style_and_composition_go_to_the_layers_that_carry_them():
    style, layout = ReferenceScope.STYLE, ReferenceScope.COMPOSITION
    assert share_of("up_blocks.0.attentions.1.transformer_blocks.3.attn2.processor", style, True) == 1
    assert share_of("up_blocks.0.attentions.0.transformer_blocks.3.attn2.processor", style, True) == 0
    assert share_of("down_blocks.2.attentions.1.transformer_blocks.0.attn2.processor", layout, True) == 1
    assert share_of("down_blocks.2.attentions.0.transformer_blocks.0.attn2.processor", layout, False) == 0.25
    assert share_of("up_blocks.1.attentions.0.transformer_blocks.0.attn2.processor", style, False) == 0
    assert (
        share_of("up_blocks.1.attentions.0.transformer_blocks.0.attn2.processor", ReferenceScope.ALL, True)
        == 1
    )


def test_taken_away_the_model_draws_as_before_and_its_weights_are_the_same(places, models):
    plain = ask(places["base"])
    before = pixels(plain, models)
    model = models.load(models.catalog.find(str(places["base"])), torch.float32)
    names = set(model.denoiser.state_dict())
    processors = dict(model.denoiser.attn_processors)
    made(ask(places["base"], take_after(places["plain"])), models)
    assert pixels(plain, models) == before
    assert set(model.denoiser.state_dict()) == names
    assert all(model.denoiser.attn_processors[name] is processor for name, processor in processors.items())


def test_a_reference_of_weight_nought_changes_no_bit_and_loads_nothing(places, models):
    plain = ask(places["base"])
    assert pixels(replace(plain, references=(take_after("nowhere", weight=0.0),)), models) == pixels(
        plain, models
    )


def test_with_a_map_fast_and_short_of_memory_it_still_counts(places, models, tmp_path):
    tiny_controlnet().save_pretrained(tmp_path / "canny")
    follow = MapInput(MapKind.CANNY, gradient(), network=str(tmp_path / "canny"))
    request = ask(places["base"], take_after(places["plain"]), steps=12, scheduler="dpmpp_2m")
    both = replace(request, maps=(follow,))
    assert pixels(both, models) not in (pixels(request, models), pixels(replace(both, references=()), models))
    exact = made(request, models).pixels.astype(int)
    fast = made(replace(request, speed=Speed.FAST), models).pixels.astype(int)
    without = made(replace(request, references=()), models).pixels.astype(int)
    assert np.abs(fast - exact).mean() < np.abs(without - exact).mean() / 2
    climb = generation.Ladder.climb

    def short(self, attempt):
        self.relief = Relief(one_by_one=True)
        return (yield from climb(self, attempt))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation.Ladder, "climb", short)
        saved = made(request, models).pixels.astype(int)
        xl = ask(places["xl"], take_after(places["xl-adapter"]), scheduler="euler")
        saved_xl = made(xl, models).pixels.astype(int)
    assert np.abs(saved - exact).max() <= 2
    assert np.abs(saved_xl - made(xl, models).pixels.astype(int)).max() <= 2


@pytest.mark.parametrize("base", ["base", "xl"])
def test_several_sentences_take_after_it_too(places, models, base):
    adapter = places["plain" if base == "base" else "xl-adapter"]
    request = ask(places[base], take_after(adapter), scheduler="euler", prompt="a dog AND a house")
    assert pixels(request, models) != pixels(replace(request, references=()), models)
    assert pixels(request, models) != pixels(replace(request, prompt="a dog"), models)


def test_previews_come_and_a_branch_ends_as_its_origin(places, models):
    whole = ask(places["base"], take_after(places["plain"]), steps=6)
    events = list(run(whole, models))
    assert [event.index for event in events if isinstance(event, Step)] == [1, 2, 3, 4, 5, 6]
    assert Loading("references") in events
    origin = next(event for event in events if isinstance(event, ImageReady)).pixels
    branch = replace(whole, branch=Branch(whole, 0, 2))
    assert np.array_equal(made(branch, models).pixels, origin)
    picture.KEPT.clear()
    assert np.array_equal(made(branch, models).pixels, origin)
    assert not np.array_equal(made(replace(branch, references=()), models).pixels, origin)


def test_the_recipe_names_the_networks_and_holds_the_picture(places, models):
    recipe = made(ask(places["base"], take_after(places["plain"], weight=0.6)), models).recipe
    (use,) = recipe.references
    assert use.adapter == str(places["plain"]) and use.encoder == "image_encoder"
    assert len(use.sha256) == len(use.encoder_sha256) == 64
    assert gradient().sha256 in recipe.maps
    again = type(recipe).from_json(recipe.to_json())
    assert again.references == recipe.references
    assert again.request.references[0].weight == 0.6


def test_a_single_file_encoder_says_the_same(places, models, tmp_path):
    state = {name: tensor.contiguous() for name, tensor in tiny_encoder().state_dict().items()}
    path = save_adapter(tmp_path / "clip_vision" / "clip-vision.safetensors", state)
    adapter = save_adapter(tmp_path / "ip.safetensors", tiny_adapter(tiny_unet(1)))
    here = Models(Catalog([tmp_path]))
    (info,) = here.catalog.beside(VisionInfo)
    assert (info.path, info.width) == (path, 16)
    request = ask(places["base"], take_after(adapter))
    # of such a width no table tells the number of heads: as many as are 64 wide, at least one
    assert made(request, here).recipe.references[0].encoder == "clip-vision"


def test_without_a_name_the_only_one_serves_and_several_are_named(places, models, tmp_path):
    adapter = save_adapter(tmp_path / "alone.safetensors", tiny_adapter(tiny_unet(1)))
    tiny_encoder().save_pretrained(tmp_path / "image_encoder")
    here = Models(Catalog([tmp_path]))
    request = ask(places["base"], take_after(""))
    assert pixels(request, here) == pixels(ask(places["base"], take_after(adapter)), here)
    with pytest.raises(BadRequest, match="several IP-Adapters fit") as several:
        run(request, models)
    assert several.value.data["problem"] == "several_adapters"
    with pytest.raises(BadRequest, match="no IP-Adapter for") as none:
        run(request, Models(Catalog()))
    assert none.value.data["problem"] == "no_adapter"


def test_what_cannot_be_used_is_named(places, models, tmp_path):
    with pytest.raises(ModelNotFound, match="no IP-Adapter 'nowhere'"):
        run(ask(places["base"], take_after("nowhere")), models)
    with pytest.raises(UnsupportedModel, match="for another model than base"):
        run(ask(places["base"], take_after(places["xl-adapter"])), models)
    with pytest.raises(UnsupportedModel, match="no IP-Adapter"):
        run(ask(places["base"], take_after(places["encoder"] / "model.safetensors")), models)
    wide = save_adapter(tmp_path / "wide.safetensors", tiny_adapter(tiny_unet(1), width=1024))
    with pytest.raises(UnsupportedModel, match="Put CLIP-ViT-H-14 there"):
        run(ask(places["base"], take_after(wide)), models)
    face = tiny_adapter(tiny_unet(1))
    face = {name.replace("image_proj.proj.", "image_proj.proj.0."): tensor for name, tensor in face.items()}
    path = save_adapter(tmp_path / "faceid.safetensors", face)
    with pytest.raises(UnsupportedModel, match="FaceID adapter"):
        run(ask(places["base"], take_after(path)), models)
    broken = tiny_adapter(tiny_unet(1))
    broken["ip_adapter.1.to_k_ip.weight"][0, 0] = torch.nan
    path = save_adapter(tmp_path / "nan.safetensors", broken)
    with pytest.raises(UnsafeFile, match=r"nan.* is damaged: 1 numbers"):
        list(run(ask(places["base"], take_after(path)), models))
    few = {name: tensor for name, tensor in tiny_adapter(tiny_unet(1)).items() if ".3." not in name}
    path = save_adapter(tmp_path / "few.safetensors", few)
    with pytest.raises(UnsupportedModel, match=r"changes \d layers and the model has"):
        list(run(ask(places["base"], take_after(path)), models))
    plain = ask(places["base"])
    assert pixels(plain, models)


def test_models_that_cannot_say_why(models):
    starter = GenerationRequest("starter", "a dog", references=(ReferenceInput(gradient()),))
    with pytest.raises(BadRequest, match="no IP-Adapter for"):
        run(replace(starter, sampling=Sampling(steps=1)), Models(Catalog()))
    toy = GenerationRequest("toy", "a dog", references=(ReferenceInput(gradient()),))
    with pytest.raises(BadRequest, match="cannot take after pictures"):
        run(toy, models)


def test_the_catalog_lists_them_by_name_and_remembers(places, models):
    infos = {info.name: info for info in models.catalog.beside(AdapterInfo)}
    assert infos["ip-adapter-plus"].variant is AdapterVariant.PLUS
    assert infos["ip-adapter-face"].variant is AdapterVariant.FULL_FACE
    assert infos["ip-adapter-plain"].text_width == 32 and infos["ip-xl"].text_width == 64
    again = {info.name: info for info in Catalog([places["root"]]).beside(AdapterInfo)}
    assert again == infos
    assert not [path for path, _ in models.catalog.broken() if path.name.startswith("ip-")]


def test_cancelled_while_it_is_drawn_the_next_picture_is_the_same(places, models):
    request = ask(places["base"], take_after(places["plain"]))
    control, events = Control(), []
    for event in run(request, models, control):
        events.append(event)
        if isinstance(event, Step):
            control.cancel()
    assert not any(isinstance(event, ImageReady) for event in events)
    assert pixels(request, models) == stock(diffusers.StableDiffusionPipeline, request, models)
    assert models_folder()


# families that read pictures themselves


@pytest.fixture(scope="module")
def readers(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("readers")
    names = ("flux2-klein", "flux-kontext", "pixart", "qwen-image-edit-plus")
    return {name: tiny_families.tiny_folder(name, root / name) for name in names}


def shown(reference: ReferenceInput) -> Image.Image:
    """As a family of that size is shown it: no larger than what is drawn."""
    image = Image.fromarray(reference.image.pixels)
    scale = SIDE / (image.width * image.height) ** 0.5
    return image if scale >= 1 else image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def native(folder: Path, models: Models, *references: ReferenceInput, **changes) -> GenerationRequest:
    info = models.catalog.find(str(folder))
    request = info.request("a dog", width=SIDE, height=SIDE, references=references)
    sampling = replace(info.defaults.sampling, steps=3, guidance=2.0, seed=7)
    return replace(request, sampling=sampling, **changes)


def test_flux2_reads_several_pictures_as_the_stock_pipeline_does(readers, models):
    one, two = ReferenceInput(gradient(side=64)), ReferenceInput(gradient(1, side=100))
    request = native(readers["flux2-klein"], models, one, two)
    model = models.load(models.catalog.find(request.model), torch.float32)
    model.load_text_encoders()
    pipeline = diffusers.Flux2KleinPipeline(
        **model.components,
        scheduler=schedulers.build("euler", model.scheduler_config, 7, 3),
        is_distilled=model.info.variant.endswith("distilled"),
    )
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        image = pipeline(
            prompt="a dog", image=[shown(one), shown(two)], height=SIDE, width=SIDE,
            num_inference_steps=3, guidance_scale=2.0,
            generator=torch.Generator().manual_seed(7),
        ).images[0]  # fmt: skip
    assert pixels(request, models) == pixels_hash(np.array(image))
    assert pixels(request, models) != pixels(replace(request, references=(one,)), models)
    assert pixels(request, models) != pixels(replace(request, references=()), models)


def test_kontext_takes_the_picture_from_either_place(readers, models):
    picture_to_change = gradient(side=SIDE)
    as_reference = native(readers["flux-kontext"], models, ReferenceInput(picture_to_change))
    as_start = native(readers["flux-kontext"], models, image=picture_to_change)
    assert pixels(as_reference, models) == pixels(as_start, models)
    with pytest.raises(BadRequest, match="1 picture"):
        run(replace(as_start, references=as_reference.references), models)
    with pytest.raises(BadRequest, match="is missing"):
        run(native(readers["flux-kontext"], models), models)
    with pytest.raises(BadRequest, match="weight 1") as whole:
        run(replace(as_reference, references=(ReferenceInput(picture_to_change, 0.5),)), models)
    assert whole.value.data["problem"] == "whole_references"


def test_edit_plus_reads_several_pictures_as_the_stock_pipeline_does(readers, models, monkeypatch):
    plus = "diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus"
    for name in ("VAE_IMAGE_SIZE", "CONDITION_IMAGE_SIZE"):  # a million pixels each take seconds
        monkeypatch.setattr(f"{plus}.{name}", SIDE * SIDE)
    changed = gradient(side=SIDE)
    request = native(readers["qwen-image-edit-plus"], models, ReferenceInput(gradient(1)), image=changed)
    info = models.catalog.find(request.model)
    model = models.load(info, torch.float32)
    model.load_text_encoders()
    pipeline = diffusers.QwenImageEditPlusPipeline(
        **model.components, scheduler=schedulers.build("euler", model.scheduler_config, 7, 3)
    )
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        image = pipeline(
            prompt="a dog", negative_prompt=info.defaults.negative_prompt,
            image=[Image.fromarray(changed.pixels), shown(request.references[0])],
            height=SIDE, width=SIDE, num_inference_steps=3, true_cfg_scale=2.0,
            generator=torch.Generator().manual_seed(7),
        ).images[0]  # fmt: skip
    assert pixels(request, models) == pixels_hash(np.array(image))
    assert pixels(request, models) != pixels(replace(request, references=()), models)
    with pytest.raises(BadRequest, match="3 picture"):
        run(replace(request, references=request.references * 3), models)


def test_a_family_that_cannot_says_so(readers, models):
    with pytest.raises(BadRequest, match="cannot take after pictures") as refused:
        run(native(readers["pixart"], models, ReferenceInput(gradient())), models)
    assert refused.value.data["problem"] == "no_references"
