"""Pictures of other programs: their settings in our words."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine.library.parameters import Parameters
from engine.library.pictures import encode_plain, read_metadata
from engine.library.png_chunks import text_chunk, with_chunks

PLAIN = encode_plain(np.zeros((8, 8, 3), np.uint8))


def read(**texts: str) -> tuple[str, Parameters]:
    data = with_chunks(PLAIN, [text_chunk(key.replace("__", "-"), text) for key, text in texts.items()])
    found = read_metadata(data)
    assert found.parameters is not None
    return found.program, found.parameters


COMFY_PROMPT = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 156680208700286,
            "steps": 20,
            "cfg": 8,
            "sampler_name": "euler_ancestral",
            "scheduler": "normal",
            "denoise": 0.75,
            "model": ["4", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "dream.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 640, "height": 448, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a glass bottle", "clip": ["4", 1]}},
    "7": {
        "class_type": "CLIPTextEncode",
        "inputs": {"text": "watermark", "clip": ["4", 1]},
        "is_changed": [float("nan")],
    },
}
COMFY_WORKFLOW = {
    "links": [
        [1, 4, 0, 3, 0, "MODEL"],
        [2, 5, 0, 3, 3, "LATENT"],
        [3, 4, 1, 6, 0, "CLIP"],
        [4, 6, 0, 3, 1, "CONDITIONING"],
        [5, 4, 1, 7, 0, "CLIP"],
        [6, 7, 0, 3, 2, "CONDITIONING"],
    ]
}


def test_a_comfyui_graph_with_its_nan():
    program, p = read(prompt=json.dumps(COMFY_PROMPT), workflow=json.dumps(COMFY_WORKFLOW))
    assert program == "ComfyUI"
    assert (p.prompt, p.negative_prompt, p.scheduler) == ("a glass bottle", "watermark", "euler_a")
    assert (p.seed, p.steps, p.guidance, p.strength) == (156680208700286, 20, 8.0, 0.75)
    assert (p.width, p.height, p.model) == (640, 448, "dream.safetensors")


def test_a_comfyui_graph_without_the_editors_file():
    for workflow in ({}, {"workflow": json.dumps({"nodes": []})}):
        program, p = read(prompt=json.dumps(COMFY_PROMPT), **workflow)
        assert program == "ComfyUI"
        assert (p.prompt, p.negative_prompt, p.scheduler) == ("a glass bottle", "watermark", "euler_a")
        assert (p.seed, p.width, p.model) == (156680208700286, 640, "dream.safetensors")


def test_invokeai():
    metadata = {
        "positive_prompt": "a barn",
        "negative_prompt": "people",
        "seed": 7,
        "steps": 30,
        "cfg_scale": 7.5,
        "width": 512,
        "height": 768,
        "scheduler": "euler",
        "cfg_rescale_multiplier": 0.3,
        "model": {"model_name": "stable-diffusion-v1-5", "hash": "abc"},
    }
    program, p = read(invokeai_metadata=json.dumps(metadata))
    assert program == "InvokeAI"
    assert (p.prompt, p.negative_prompt, p.scheduler, p.model) == (
        "a barn",
        "people",
        "euler",
        "stable-diffusion-v1-5",
    )
    assert (p.seed, p.steps, p.guidance, p.guidance_rescale) == (7, 30, 7.5, 0.3)
    assert (p.width, p.height) == (512, 768)


def test_old_invokeai():
    program, p = read(Dream='"a barn [people]" -s 10 -S 950 -W 512 -H 640 -C 7.5 -A k_lms')
    assert program == "InvokeAI"
    assert (p.prompt, p.negative_prompt, p.steps, p.seed, p.scheduler) == ("a barn", "people", 10, 950, "lms")
    assert (p.width, p.height, p.guidance) == (512, 640, 7.5)


def test_novelai():
    comment = {
        "steps": 28,
        "sampler": "k_euler",
        "seed": 99,
        "scale": 11,
        "uc": "lowres",
        "width": 64,
        "height": 96,
    }
    program, p = read(
        Comment=json.dumps(comment),
        Description="a crane ",
        Source="Stable Diffusion 1D44365E",
        Software="NovelAI",
    )
    assert program == "NovelAI"
    assert (p.prompt, p.negative_prompt, p.scheduler, p.steps) == ("a crane", "lowres", "euler", 28)
    assert (p.guidance, p.seed, p.model, p.model_hash) == (11.0, 99, "Stable Diffusion", "1D44365E")


def test_fooocus():
    parameters = {
        "base_model": "juggernaut",
        "base_model_hash": "aeb7e9e689",
        "guidance_scale": 4.0,
        "prompt": "a key",
        "negative_prompt": "rust",
        "sampler": "dpmpp_2m",
        "scheduler": "karras",
        "seed": "12345",
        "steps": 30,
        "sharpness": 2,
        "version": "Fooocus v2.2",
    }
    program, p = read(parameters=json.dumps(parameters), fooocus_scheme="fooocus")
    assert program == "Fooocus"
    assert (p.prompt, p.negative_prompt, p.scheduler, p.seed) == ("a key", "rust", "dpmpp_2m_karras", 12345)
    assert (p.guidance, p.steps, p.model, p.model_hash) == (4.0, 30, "juggernaut", "aeb7e9e689")


def test_swarmui_is_told_from_a1111_under_the_same_key():
    told = {
        "prompt": "a kite",
        "negativeprompt": "rain",
        "model": "sdxl/base",
        "seed": 5,
        "steps": 20,
        "cfgscale": 7,
        "width": 1024,
        "height": 512,
        "sampler": "euler",
        "scheduler": "karras",
        "swarm_version": "0.9",
    }
    program, p = read(parameters=json.dumps({"sui_image_params": told, "sui_extra_data": {"date": "x"}}))
    assert program == "SwarmUI"
    assert (p.prompt, p.negative_prompt, p.model, p.seed, p.steps) == ("a kite", "rain", "sdxl/base", 5, 20)
    assert (p.guidance, p.width, p.height, p.scheduler) == (7.0, 1024, 512, "euler")
    assert (p.other["swarm_version"], p.other["Schedule type"]) == ("0.9", "karras")


@pytest.mark.parametrize(
    "texts",
    [
        {"Title": "a photo"},
        {"prompt": "just words"},
        {"parameters": "{not json"},
        {"workflow": "{}", "prompt": "{}"},
        {"parameters": json.dumps({"1": 2})},
    ],
)
def test_what_nobody_wrote_gives_nothing(texts: dict[str, str]):
    found = read_metadata(with_chunks(PLAIN, [text_chunk(key, text) for key, text in texts.items()]))
    assert (found.parameters, found.program) == (None, "")
    assert found.texts == texts


def test_an_unknown_sampler_stays_said():
    graph = json.loads(json.dumps(COMFY_PROMPT))
    graph["3"]["inputs"]["sampler_name"] = "res_multistep"
    _, p = read(prompt=json.dumps(graph), workflow=json.dumps(COMFY_WORKFLOW))
    assert p.scheduler is None
    assert (p.other["Sampler"], p.other["Schedule type"]) == ("res_multistep", "normal")


EASY = {
    "prompt": "a windmill, oil",
    "negative_prompt": "people",
    "seed": "4102",
    "num_inference_steps": "25",
    "guidance_scale": "7.5",
    "width": "512",
    "height": "640",
    "sampler_name": "euler_a",
    "use_stable_diffusion_model": "sd-v1-5",
    "use_vae_model": "None",
    "use_lora_model": "ink",
}


def test_easy_diffusion_in_blocks_and_in_a_comment():
    for texts in (EASY, {"parameters": json.dumps({**EASY, "seed": 4102, "use_vae_model": None})}):
        program, p = read(**texts)
        assert program == "Easy Diffusion"
        assert (p.prompt, p.negative_prompt, p.seed, p.steps) == ("a windmill, oil", "people", 4102, 25)
        assert (p.guidance, p.width, p.height, p.model) == (7.5, 512, 640, "sd-v1-5")
        assert p.scheduler == "euler_a" and p.other["use_lora_model"] == "ink"
