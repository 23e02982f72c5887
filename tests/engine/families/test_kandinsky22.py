"""Kandinsky 2.2: two stages in two folders make one picture, whose steps and first stage are both said."""

from __future__ import annotations

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
from safetensors.torch import save_file
from stock import bare
from tiny import tiny_tokenizer
from tiny_families import clip
from tiny_further import clipped_noise, movq
from tiny_mapped import disc
from worn import assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest, UnsupportedModel
from engine.api.events import Finished, ImageReady, Loading, Step
from engine.api.images import ImageInput
from engine.api.maps import MapInput, MapKind
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.request import Branch, GenerationRequest
from engine.conditioning.own_map import ReadOwnMask
from engine.diffusion import schedulers
from engine.families.adapted.kandinsky import PRIOR_STEPS
from engine.models.catalog import Catalog
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS, WIDTH = 3, 16


def decoder(kind: type = diffusers.KandinskyV22Pipeline, inside: int = 4, reads: str = "image") -> Any:
    unet = diffusers.UNet2DConditionModel(
        sample_size=8, in_channels=inside, out_channels=8, block_out_channels=(16, 32), layers_per_block=1,
        norm_num_groups=8, down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn", addition_embed_type=reads,
        addition_embed_type_num_heads=4, encoder_hid_dim=WIDTH, encoder_hid_dim_type="image_proj",
        cross_attention_dim=WIDTH, attention_head_dim=4, resnet_time_scale_shift="scale_shift",
        class_embed_type=None,
    )  # fmt: skip
    noise = clipped_noise(variance_type="learned_range")
    return kind(unet=unet, scheduler=noise, movq=movq())


def prior() -> Any:
    network = diffusers.PriorTransformer(
        num_attention_heads=2, attention_head_dim=8, num_layers=1, embedding_dim=WIDTH, num_embeddings=77,
        additional_embeddings=4,
    )  # fmt: skip
    torch.nn.init.ones_(network.clip_std)
    sees = transformers.CLIPVisionModelWithProjection(
        transformers.CLIPVisionConfig(
            hidden_size=16, intermediate_size=16, projection_dim=WIDTH, num_hidden_layers=1, image_size=8,
            num_attention_heads=2, patch_size=4,
        )
    )  # fmt: skip
    text = clip("CLIPTextModelWithProjection", width=WIDTH)
    text.text_projection = torch.nn.Linear(WIDTH, WIDTH, bias=False)
    text.config.projection_dim = WIDTH
    return diffusers.KandinskyV22PriorPipeline(
        prior=network, image_encoder=sees, text_encoder=text, tokenizer=tiny_tokenizer(),
        scheduler=diffusers.UnCLIPScheduler(
            variance_type="fixed_small_log", prediction_type="sample", clip_sample_range=5.0
        ),
        image_processor=None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Of the second stage; that of the first lies beside it."""
    home = tmp_path_factory.mktemp("kandinsky")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        decoder().save_pretrained(home / "kandinsky-2-2-decoder")
        prior().save_pretrained(home / "kandinsky-2-2-prior")
        control = decoder(diffusers.KandinskyV22ControlnetPipeline, 8, "image_hint")
        control.save_pretrained(home / "kandinsky-2-2-controlnet-depth")
        inpainting = decoder(diffusers.KandinskyV22InpaintPipeline, 9)
        inpainting.save_pretrained(home / "kandinsky-2-2-decoder-inpaint")
    for second in home.glob("*-decoder*"), home.glob("*-depth"):
        for one in second:
            (one / "lienzo.json").write_text('{"width": 64, "height": 64}')
    return home / "kandinsky-2-2-decoder"


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    return info.request("a dog", width=64, height=64, sampling=sampling, **changes)


def drawing() -> ImageInput:
    y, x = np.mgrid[0:64, 0:64]
    return ImageInput.of(np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8), "drawing.png")


def prior_of(folder: Path) -> Any:
    return diffusers.KandinskyV22PriorPipeline.from_pretrained(
        folder.parent / "kandinsky-2-2-prior", image_processor=None
    )


def own(
    folder: Path, config: dict[str, Any], beside: dict[str, Any] | None = None, **words: Any
) -> np.ndarray:
    """What diffusers' own two pipelines make, one after the other; `beside` goes to the second, too."""
    first = prior_of(folder)
    second: Any = diffusers.DiffusionPipeline.from_pretrained(folder)
    second.scheduler = schedulers.build("ddpm", config, 7, STEPS)
    for pipeline in (first, second):
        bare(pipeline)
    generator = torch.Generator().manual_seed(7)
    seen = first(**words, generator=generator)
    made = second(
        **seen, width=64, height=64, num_inference_steps=STEPS, guidance_scale=2.0, generator=generator,
        **(beside or {}),
    )  # fmt: skip
    return np.array(made.images[0])


def test_both_stages_are_said_and_make_what_diffusers_two_pipelines_make(folder, models):
    info = models.catalog.find(str(folder))
    assert info.family == "kandinsky22" and info.capabilities.prompt
    request = ask(info)
    events = list(run(request, models, Control(wants_previews=False)))
    first = [event.share for event in events if isinstance(event, Loading) and event.stage == "first_stage"]
    assert first == [step / PRIOR_STEPS for step in range(PRIOR_STEPS + 1)]
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    assert isinstance(events[-1], Finished)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    config = models.load(info, torch.float32).scheduler_config
    assert np.array_equal(made, own(folder, config, prompt="a dog")) and made.std() > 1
    against = drawn(replace(request, negative_prompt="a cat"), models)
    assert np.array_equal(against, own(folder, config, prompt="a dog", negative_prompt="a cat"))


def test_a_weight_moves_the_rows_that_the_first_stage_reads_and_not_the_prompt_as_a_whole(folder, models):
    info = models.catalog.find(str(folder))
    assert info.capabilities.prompt_weights
    request, told = ask(info), []

    def hear(_: Any, args: Any, call: dict[str, Any]) -> None:
        told.append((call["proj_embedding"].double(), call["encoder_hidden_states"].double()))

    def said(prompt: str) -> tuple[torch.Tensor, torch.Tensor]:
        told.clear()
        model = models.load(info, torch.float32)
        model.load_text_encoders()
        model.first_made.clear()
        hook = model.components["prior_prior"].register_forward_pre_hook(hear, with_kwargs=True)
        drawn(replace(request, prompt=prompt, negative_prompt="a cat"), models)
        hook.remove()
        return told[0]

    plain, light, heavy = map(said, ("a red dog", "a (red:0.5) dog", "a (red:1.5) dog"))
    assert torch.equal(plain[0], heavy[0])
    change = heavy[1] - plain[1]  # the prompt and the negative one, each against the negative one
    assert [bool(row.any()) for row in change] == [False, False, True, False]
    assert torch.allclose(heavy[1] - plain[1], plain[1] - light[1], atol=1e-5)
    assert all(map(torch.equal, plain, said("a (red:1.0) dog")))


def test_it_is_cancelled_in_the_first_stage_begins_midway_goes_on_and_follows_places(folder, models):
    KEPT.clear()
    info = models.catalog.find(str(folder))
    request = ask(info)
    events = run(request, models, Control(wants_previews=False))
    for event in events:
        if isinstance(event, Loading) and event.stage == "first_stage" and (event.share or 0) > 0.1:
            break
    events.close()
    made = drawn(request, models)
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    midway = replace(request, image=drawing(), sampling=replace(request.sampling, strength=0.67))
    begun = drawn(midway, models)
    assert not np.array_equal(begun, made)
    KEPT.clear()
    assert np.array_equal(drawn(replace(midway, image=None, branch=Branch(midway, 0, 1)), models), begun)
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    edited = drawn(request.with_edit(drawing(), Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[56:, 56:], drawing().pixels[56:, 56:])
    assert not np.array_equal(edited[:32, :32], drawing().pixels[:32, :32])
    assert_places_are_followed(request, models, made)


def test_a_second_stage_alone_says_what_it_needs_and_a_first_one_what_it_is(folder, tmp_path):
    alone = Path(shutil.copytree(folder, tmp_path / "decoder"))
    with pytest.raises(UnsupportedModel, match="folder of its prior"):
        Catalog().find(str(alone))
    with pytest.raises(UnsupportedModel, match="first of two stages"):
        Catalog().find(str(folder.parent / "kandinsky-2-2-prior"))


def test_a_cache_of_hugging_face_holds_both_stages_in_repositories_of_their_own(folder, tmp_path):
    for name in ("decoder", "prior"):
        at = tmp_path / f"models--kandinsky-community--kandinsky-2-2-{name}" / "snapshots" / name
        shutil.copytree(folder.parent / f"kandinsky-2-2-{name}", at)
    at = tmp_path / "models--kandinsky-community--kandinsky-2-2-decoder" / "snapshots" / "decoder"
    assert Catalog().find(str(at)).family == "kandinsky22"


def test_both_stages_in_one_folder_are_the_same_model(folder, models, tmp_path):
    parts = {f"prior_{name}": part for name, part in prior_of(folder).components.items()}
    own = diffusers.KandinskyV22Pipeline.from_pretrained(folder).components
    diffusers.KandinskyV22CombinedPipeline(**parts, **own).save_pretrained(tmp_path / "combined")
    (tmp_path / "combined" / "lienzo.json").write_text('{"width": 64, "height": 64}')
    whole, halves = models.catalog.find(str(tmp_path / "combined")), models.catalog.find(str(folder))
    assert np.array_equal(drawn(ask(whole), models), drawn(ask(halves), models))


def test_a_second_stage_that_reads_a_map_follows_it_as_its_pipeline_does(folder, models):
    KEPT.clear()
    at = folder.parent / "kandinsky-2-2-controlnet-depth"
    info = models.catalog.find(str(at))
    assert (info.family, info.variant) == ("kandinsky22", "Control")
    assert info.capabilities.needs_map and info.capabilities.own_maps == (MapKind.DEPTH,)
    request = ask(info, maps=(MapInput(MapKind.DEPTH, disc()),))
    made = drawn(request, models)
    hint = torch.from_numpy(disc().pixels.copy()).permute(2, 0, 1)[None].float().contiguous() / 255
    config = models.load(info, torch.float32).scheduler_config
    assert np.array_equal(made, own(at, config, {"hint": hint}, prompt="a dog")) and made.std() > 1
    other = replace(request, maps=(MapInput(MapKind.DEPTH, disc(20, 20)),))
    assert not np.array_equal(drawn(other, models), made)
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    begun = drawn(replace(request, image=drawing()), models)
    assert not np.array_equal(begun, made)
    with pytest.raises(BadRequest, match="draws after a map"):
        run(replace(request, maps=()), models)


def test_a_second_stage_that_paints_into_masks_is_told_what_they_hold_as_its_pipeline_is(
    folder, models, monkeypatch
):
    KEPT.clear()
    at = folder.parent / "kandinsky-2-2-decoder-inpaint"
    info = models.catalog.find(str(at))
    assert info.variant == "inpainting" and info.capabilities.inpainting
    request = ask(info)
    made, config = drawn(request, models), models.load(info, torch.float32).scheduler_config
    blank, everywhere = Image.new("RGB", (64, 64)), Image.new("L", (64, 64), 255)
    nothing = {"image": blank, "mask_image": everywhere}
    stock = own(at, config, nothing, prompt="a dog")
    assert np.abs(made.astype(int) - stock).max() <= 1 and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    mask = np.zeros((64, 64), np.uint8)
    mask[:40, :40] = 255
    read: list[torch.Tensor] = []
    ask_network = diffusers.UNet2DConditionModel.forward

    def listening(network: Any, sample: torch.Tensor, *call: Any, **more: Any) -> Any:
        read.append(sample[-1, 4:].clone())
        return ask_network(network, sample, *call, **more)

    monkeypatch.setattr(diffusers.UNet2DConditionModel, "forward", listening)
    held = {"image": Image.fromarray(drawing().pixels), "mask_image": Image.fromarray(mask)}
    own(at, config, held, prompt="a dog")
    model = models.load(info, torch.float32)
    (beside,) = ReadOwnMask(drawing().pixels, mask, model.space).read
    assert torch.allclose(beside, read[0], atol=1e-4) and 0 < read[0][4].mean() < 1
    read.clear()
    edited = drawn(request.with_edit(drawing(), Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[60:, 60:], drawing().pixels[60:, 60:])
    assert not np.array_equal(edited[:24, :24], drawing().pixels[:24, :24])
    assert read and all(0 < one[4].mean() < 1 and one[:4].any() for one in read)


def test_the_first_stage_hears_a_learnt_word(folder, models, tmp_path):
    info = models.catalog.find(str(folder))
    model = models.load(info, torch.float32)
    model.load_text_encoders()
    ids = model.components["prior_tokenizer"]("dog", add_special_tokens=False)["input_ids"]
    rows = model.components["prior_text_encoder"].get_input_embeddings().weight[torch.tensor(ids)]
    save_file({"zorbi": rows.detach().clone()}, tmp_path / "zorbi.safetensors")
    asked = replace(ask(info, embeddings=(str(tmp_path / "zorbi.safetensors"),)), prompt="a zorbi")
    dog, letters = ask(info), replace(asked, embeddings=())
    ours, dog, letters = (
        event.pixels
        for request in (asked, dog, letters)
        for event in run(request, models, Control(wants_previews=False))
        if isinstance(event, ImageReady)
    )
    assert np.array_equal(ours, dog) and not np.array_equal(ours, letters)
