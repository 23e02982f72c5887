"""GLM-Image writes a picture before it draws it: both are said, and are what diffusers makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from stock import bare
from tiny_families import byte_tokenizer, flow, t5, vae
from tiny_further import stirred
from tiny_other import change_of
from transformers.models.glm_image.image_processing_pil_glm_image import GlmImageImageProcessorPil
from worn import assert_it_is_worn, assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.edit import Edit
from engine.api.errors import BadRequest
from engine.api.events import Finished, ImageReady, Loading, Step
from engine.api.images import ImageInput, Pixels
from engine.api.mask import MaskInput
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.families.adapted.glm_image import choice_of
from engine.picture.picture import KEPT
from engine.tasks import run
from engine.tokenizers.glm_image import BEGIN, END, MARKS, TEMPLATE

STEPS, WORDS = 3, 16
CHOICE = {"temperature": 0.8, "top_p": 0.9, "top_k": 12}


def writer() -> Any:
    begin, end, picture = tokenizer().convert_tokens_to_ids([BEGIN, END, MARKS["image_token"]])
    return transformers.GlmImageForConditionalGeneration(
        transformers.GlmImageConfig(
            text_config={
                "vocab_size": 300, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
                "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 2048,
                "vision_vocab_size": WORDS, "rope_parameters": {"mrope_section": (2, 1, 1)},
                "pad_token_id": 0, "eos_token_id": end,
            },
            vision_config={
                "depth": 1, "hidden_size": 16, "num_heads": 2, "image_size": 64, "patch_size": 16,
                "intermediate_size": 16,
            },
            vq_config={"embed_dim": 8, "num_embeddings": WORDS, "latent_channels": 16},
            image_start_token_id=begin, image_end_token_id=end, image_token_id=picture,
        )
    )  # fmt: skip


def tokenizer() -> Any:
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=byte_tokenizer().backend_tokenizer, pad_token="<|endoftext|>", bos_token=BEGIN,
        extra_special_tokens={name: mark for name, mark in MARKS.items() if name != "bos_token"},
    )  # fmt: skip
    made.add_special_tokens({"additional_special_tokens": [END]})
    return made


def glm_image() -> Any:
    transformer = diffusers.GlmImageTransformer2DModel(
        in_channels=4, out_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=2,
        text_embed_dim=32, time_embed_dim=8, condition_dim=4, prior_vq_quantizer_codebook_size=WORDS,
    )  # fmt: skip
    reads = t5()
    reads.resize_token_embeddings(384)
    return diffusers.GlmImagePipeline(
        tokenizer=transformers.ByT5Tokenizer(), processor=None, text_encoder=reads,
        vision_language_encoder=writer(), vae=vae(latents_mean=[0.1] * 4, latents_std=[1.1] * 4),
        transformer=stirred(transformer),
        scheduler=flow(base_shift=0.25, max_shift=0.75, use_dynamic_shifting=True, time_shift_type="linear"),
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def a_short_draft() -> Iterator[None]:
    """Before a picture its writer drafts it in 256 words, here in four."""

    def shape(_: Any, height: int, width: int) -> tuple[int, ...]:
        return height // 32, width // 32, 2, 2

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transformers.GlmImageProcessor, "_get_target_shape", shape)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("glm") / "glm-image"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        glm_image().save_pretrained(folder)
    words = tokenizer()
    words.save_pretrained(folder / "processor")
    sees = GlmImageImageProcessorPil(
        patch_size=16, temporal_patch_size=1, merge_size=1, min_pixels=64 * 64, max_pixels=128 * 128
    )
    sees.save_pretrained(folder / "processor")
    index = json.loads((folder / "model_index.json").read_text())
    index["processor"] = ["transformers", "GlmImageProcessor"]
    (folder / "model_index.json").write_text(json.dumps(index))
    (folder / "vision_language_encoder" / "generation_config.json").write_text(json.dumps(CHOICE))
    (folder / "lienzo.json").write_text('{"width": 64, "height": 64}')
    return folder


PROMPT = 'a sign that says "dogs"'


def ask(info: ModelInfo, **changes: Any) -> GenerationRequest:
    sampling = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7)
    return info.request(PROMPT, width=64, height=64, sampling=sampling, **changes)


def pixels() -> Pixels:
    y, x = np.mgrid[0:64, 0:64]
    return np.stack([x * 3, y * 3, 255 - x - y], axis=2).astype(np.uint8)


def drawing() -> ImageInput:
    return ImageInput.of(pixels(), "drawing.png")


class Seer(SimpleNamespace):
    """A writer whose features come as rows, as its pipeline knows them, and not as pictures."""


def as_its_pipeline_knows_it(network: Any) -> Seer:
    sides: list[tuple[int, int]] = []

    def features(*args: Any) -> Any:
        seen = network.get_image_features(*args).pooler_output
        sides[:] = [one.shape[1:] for one in seen]
        return SimpleNamespace(pooler_output=[one.flatten(1).T for one in seen])

    def tokens(rows: torch.Tensor, _: Any) -> torch.Tensor:
        parts = rows.split([height * width for height, width in sides])
        return network.get_image_tokens(
            [part.T.unflatten(1, side) for part, side in zip(parts, sides, strict=True)]
        )

    return Seer(generate=network.generate, get_image_features=features, get_image_tokens=tokens)


def own(folder: Path, config: dict[str, Any], pictures: Any = None) -> np.ndarray:
    """What diffusers' own pipeline makes, with the folder's own way to choose words."""
    words = transformers.PreTrainedTokenizerFast.from_pretrained(folder / "processor")
    sees = GlmImageImageProcessorPil.from_pretrained(folder / "processor")
    stock = diffusers.GlmImagePipeline.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True,
        processor=transformers.GlmImageProcessor(sees, words, chat_template=TEMPLATE),
    )  # fmt: skip
    stock.check_inputs = lambda *_, **__: None
    stock.scheduler = schedulers.build("euler", config, 7, STEPS)
    bare(stock)
    stock.vision_language_encoder = as_its_pipeline_knows_it(stock.vision_language_encoder)
    with torch.random.fork_rng():
        made = stock(
            PROMPT, image=pictures, width=64, height=64, num_inference_steps=STEPS, guidance_scale=2.0,
            generator=torch.Generator().manual_seed(7), return_dict=False,
        )  # fmt: skip
    return np.array(made[0][0])


def test_it_writes_and_draws_what_its_pipeline_does_begins_midway_and_goes_on(folder, models, info):
    KEPT.clear()
    assert info.family == "glm_image" and info.capabilities.prompt and not info.capabilities.learns
    request = ask(info)
    events = list(run(request, models))
    said = [event for event in events if isinstance(event, Loading)]
    written = [event.share or 0.0 for event in said if event.stage == "first_stage"]
    assert written == sorted(written) and len(written) > 4 and written[-1] == 1
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    assert isinstance(events[-1], Finished)
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    model = models.load(info, torch.float32)
    assert np.array_equal(made, own(folder, model.scheduler_config)) and made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    midway = replace(request, image=drawing(), sampling=replace(request.sampling, strength=0.34))
    begun, start = drawn(midway, models).astype(int), pixels().astype(int)
    assert np.abs(begun - start).mean() < np.abs(made - start).mean()
    mask = np.zeros((64, 64), np.uint8)
    mask[:32, :32] = 255
    edited = drawn(request.with_edit(drawing(), Edit(mask=MaskInput.of(mask))), models)
    assert np.array_equal(edited[56:, 56:], pixels()[56:, 56:])
    assert not np.array_equal(edited[:32, :32], pixels()[:32, :32])
    assert_places_are_followed(request, models, made)
    lora = change_of(model.denoiser, folder.parent / "glm.safetensors")
    assert_it_is_worn(lora, request, models, made)


def test_it_takes_after_pictures_as_its_pipeline_does_in_places_too(folder, models, info):
    seen = np.ascontiguousarray(pixels()[:32, :48])
    both = ImageInput.of(seen, "seen.png"), drawing()
    request = replace(ask(info), references=tuple(map(ReferenceInput, both)))
    made = drawn(request, models)
    config = models.load(info, torch.float32).scheduler_config
    # as large as it reads them: the short side 64 px, multiples of 32
    shown = [Image.fromarray(seen).resize((96, 64), Image.Resampling.BICUBIC), pixels()]
    stock = own(folder, config, [shown[0], Image.fromarray(shown[1])])
    assert np.array_equal(made, stock) and not np.array_equal(made, drawn(ask(info), models))
    assert_places_are_followed(request, models, made)
    long = ImageInput.of(np.zeros((16, 80, 3), np.uint8), "long.png")
    with pytest.raises(BadRequest, match="one side more than 4 times the other"):
        drawn(replace(ask(info), references=(ReferenceInput(long),)), models)


def test_it_is_cancelled_while_it_writes_and_does_not_write_the_same_twice(models, info):
    request = replace(ask(info), prompt="something else")
    begun = run(request, models, Control(wants_previews=False))
    assert any(isinstance(event, Loading) and (event.share or 0) > 0.1 for event in begun)
    begun.close()  # nothing is kept of what was not written to its end
    first = drawn(request, models)
    again = replace(request, sampling=replace(request.sampling, guidance=1.5))
    events = list(run(again, models, Control(wants_previews=False)))
    assert not [event for event in events if isinstance(event, Loading) and event.stage == "first_stage"]
    (other,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    assert not np.array_equal(other, first)
    assert np.array_equal(drawn(request, models), first)


def test_a_folder_says_how_words_are_chosen_within_bounds():
    assert choice_of(CHOICE) == CHOICE
    usual = choice_of({})
    assert usual == {"temperature": 0.9, "top_p": 0.75, "top_k": 0}
    assert choice_of({"temperature": -1, "top_p": 4, "top_k": True}) == usual


def test_what_needs_a_whole_picture_is_not_asked_to_refine_in_tiles(info):
    with pytest.raises(BadRequest, match="cannot refine an enlarged picture"):
        info.check_can_refine()
