"""AltDiffusion: XLM-RoBERTa reads the words, and its pictures are diffusers' own pipelines'."""

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
from diffusers.pipelines.deprecated.alt_diffusion.modeling_roberta_series import (
    RobertaSeriesModelWithTransformation,
)
from PIL import Image
from safetensors.torch import load_file, save_file
from stock import bare
from tiny_families import field
from tiny_old import alt_diffusion
from tiny_other import change_of
from tiny_references import save_adapter, tiny_adapter, tiny_encoder
from tiny_stages import saved, stirred
from worn import assert_a_mask_is_filled, assert_it_is_worn, assert_places_are_followed, drawn

from engine.api.control import Control
from engine.api.events import ImageReady, Step
from engine.api.images import ImageInput
from engine.api.maps import MapInput, MapKind
from engine.api.model_info import ModelInfo
from engine.api.references import ReferenceInput
from engine.api.request import Branch, GenerationRequest
from engine.diffusion import schedulers
from engine.models.cache import Models
from engine.models.catalog import Catalog
from engine.models.words.tokens import count_tokens
from engine.picture.picture import KEPT
from engine.tasks import run

STEPS = 3
PIXELS = (np.mgrid[0:64, 0:64, 0:3].sum(axis=0) * np.array([3, 2, 1])).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return saved({"alt": alt_diffusion}, tmp_path_factory.mktemp("alt")) / "alt"


def ask(info: ModelInfo, **sampling: Any) -> GenerationRequest:
    own = replace(info.defaults.sampling, steps=STEPS, guidance=2.0, seed=7, **sampling)
    return info.request("un perro", negative_prompt="un gato", sampling=own)


def stock(folder: Path, models: Any, info: ModelInfo, pipeline: str, **call: Any) -> np.ndarray:
    """Theirs cannot find the room of its own text encoder."""
    parts = {
        "vae": diffusers.AutoencoderKL.from_pretrained(folder / "vae"),
        "unet": diffusers.UNet2DConditionModel.from_pretrained(folder / "unet"),
        "text_encoder": RobertaSeriesModelWithTransformation.from_pretrained(folder / "text_encoder"),
        "tokenizer": transformers.XLMRobertaTokenizer.from_pretrained(folder / "tokenizer"),
    }
    config = models.load(info, torch.float32).scheduler_config
    scheduler = schedulers.build(info.defaults.sampling.scheduler, config, 7, STEPS)
    made = bare(
        getattr(diffusers, pipeline)(
            **parts, scheduler=scheduler, safety_checker=None, feature_extractor=None,
            requires_safety_checker=False,
        )
    )(
        "un perro", negative_prompt="un gato", num_inference_steps=STEPS, guidance_scale=2.0,
        generator=torch.Generator().manual_seed(7), **call,
    )  # fmt: skip
    return np.array(made.images[0])


def test_it_draws_what_its_pipelines_draw_goes_on_fills_and_follows_places(folder, models, info, tmp_path):
    KEPT.clear()
    can = info.capabilities
    assert (info.family, info.defaults.width) == ("alt_diffusion", 64)
    assert can.negative_prompt and can.maps and can.adapters and can.long_prompts and can.word_width == 16
    request = ask(info)
    events = list(run(request, models, Control(wants_previews=False)))
    assert [event.index for event in events if isinstance(event, Step)] == list(range(1, STEPS + 1))
    (made,) = [event.pixels for event in events if isinstance(event, ImageReady)]
    assert np.array_equal(made, stock(folder, models, info, "AltDiffusionPipeline", width=64, height=64))
    assert made.std() > 1
    assert np.array_equal(drawn(replace(request, branch=Branch(request, 0, 2)), models), made)
    start = ImageInput.of(PIXELS, "drawing.png")
    midway = replace(request, image=start, sampling=replace(request.sampling, strength=0.67))
    own = stock(
        folder, models, info, "AltDiffusionImg2ImgPipeline", image=Image.fromarray(PIXELS), strength=0.67
    )
    assert np.array_equal(drawn(midway, models), own)
    assert_a_mask_is_filled(request, start, models)
    assert_places_are_followed(request, models, made)
    lora = change_of(models.load(info, torch.float32).denoiser, tmp_path / "lora.safetensors", "unet")
    assert_it_is_worn(lora, request, models, made)


def test_weights_long_prompts_and_learnt_words_move_what_its_network_reads(folder, models, info):
    model = models.load(info, torch.float32)

    def said(prompt: str, words: Any = None, vectors: Any = ()) -> torch.Tensor:
        with torch.inference_mode():
            read = model.reader.read(model, prompt, words, False)
            return model.reader.encode(model, read, vectors)["prompt_embeds"]

    plain, light, heavy = map(said, ("un perro azul", "un (perro:0.5) azul", "un (perro:1.5) azul"))
    assert not torch.equal(plain, heavy)
    assert torch.allclose(heavy - plain, plain - light, atol=1e-5)
    rows = (heavy != plain).any(-1)[0].nonzero()[:, 0].tolist()
    assert rows and max(rows) - min(rows) + 1 == len(rows) < 10
    long = "un perro " * 20
    assert said(long).shape[1] == 3 * 77
    count, tokens = count_tokens(info, long), model.components["tokenizer"](long, add_special_tokens=False)
    assert (count.tokens, len(count.chunks), count.are_words) == (len(tokens.input_ids), 3, False)
    vector = torch.full((1, 16), 0.5)
    assert not torch.equal(
        said("un zorro", {"zorro": 1}, [vector]), said("un zorro", {"zorro": 1}, [-vector])
    )


def test_a_folder_of_older_names_is_read_as_the_same_model(folder, models, info, tmp_path):
    """As its makers': attention of its VAE by names of then, its words as pieces alone."""
    older = Path(shutil.copytree(folder, tmp_path / "AltDiffusion"))
    index = json.loads((older / "model_index.json").read_text())
    index |= {"_class_name": "AltDiffusionImg2ImgPipeline"}
    (older / "model_index.json").write_text(json.dumps(index))
    file = older / "vae" / "diffusion_pytorch_model.safetensors"
    names = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    state = load_file(file)
    for new, old in names.items():
        moved = [name for name in state if f".attentions.0.{new}." in name]
        assert moved
        state |= {name.replace(new, old): state.pop(name) for name in moved}
    save_file(state, file)
    assert "roberta.pooler.dense.weight" in load_file(older / "text_encoder" / "model.safetensors")
    reader = older / "tokenizer"
    words = json.loads((reader / "tokenizer.json").read_text())["model"]["vocab"]
    made = [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0), *words[4:-1]]
    (reader / "tokenizer.json").unlink()
    (reader / "sentencepiece.bpe.model").write_bytes(
        b"".join(field(1, field(1, word.encode()) + field(2, float(score))) for word, score in made)
    )
    told = Catalog().find(str(older))
    assert told.family == "alt_diffusion"
    assert np.array_equal(drawn(ask(told), models), drawn(ask(info), models))


def test_controlnets_and_ip_adapters_of_stable_diffusion_act_on_it(folder, tmp_path):
    """Its network is theirs."""
    unet = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet")
    stirred(diffusers.ControlNetModel.from_unet(unet)).save_pretrained(tmp_path / "canny")
    save_adapter(tmp_path / "adapter.safetensors", tiny_adapter(unet))
    tiny_encoder().save_pretrained(tmp_path / "image_encoder")
    models = Models(Catalog([tmp_path]), "cpu")
    request = ask(models.catalog.find(str(folder)))
    made, seen = drawn(request, models), ImageInput.of(PIXELS, "seen.png")
    followed = replace(request, maps=(MapInput(MapKind.CANNY, seen, network=str(tmp_path / "canny")),))
    assert not np.array_equal(drawn(followed, models), made)
    assert not np.array_equal(drawn(replace(request, references=(ReferenceInput(seen),)), models), made)
