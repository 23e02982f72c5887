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


def node(kind: str, **inputs: object) -> dict[str, object]:
    return {"class_type": kind, "inputs": inputs}


FLUX = {
    "6": node("CLIPTextEncode", text=["7", 0], clip=["11", 0]),
    "7": node("StringConcatenate", string_a="a glass whale", string_b="at night", delimiter=", "),
    "8": node("VAEDecode", samples=["13", 0], vae=["10", 0]),
    "9": node("SaveImage", filename_prefix="flux", images=["8", 0]),
    "12": node("UNETLoader", unet_name="flux1-dev.safetensors", weight_dtype="default"),
    "13": node("SamplerCustomAdvanced", noise=["25", 0], guider=["22", 0], sampler=["16", 0],
               sigmas=["17", 0], latent_image=["27", 0]),
    "16": node("KSamplerSelect", sampler_name="euler"),
    "17": node("BasicScheduler", scheduler="simple", steps=20, denoise=1.0, model=["30", 0]),
    "22": node("BasicGuider", model=["30", 0], conditioning=["26", 0]),
    "25": node("RandomNoise", noise_seed=["40", 0]),
    "26": node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
    "27": node("EmptySD3LatentImage", width=1024, height=768, batch_size=1),
    "30": node("ModelSamplingFlux", max_shift=1.15, model=["31", 0]),
    "31": node("LoraLoaderModelOnly", lora_name="styles/whale.safetensors", strength_model=0.9,
               model=["32", 0]),
    "32": node("Power Lora Loader", lora_1={"on": True, "lora": "ice.safetensors", "strength": 0.5},
               lora_2={"on": False, "lora": "off.safetensors", "strength": 1}, model=["12", 0]),
    "40": node("PrimitiveInt", value=219670278747233),
}  # fmt: skip


def test_a_sampler_that_is_put_together_of_nodes_and_loras_on_the_way_to_the_model():
    program, p = read(prompt=json.dumps(FLUX))
    assert (program, p.prompt, p.negative_prompt) == ("ComfyUI", "a glass whale, at night", "")
    assert (p.seed, p.steps, p.scheduler, p.guidance) == (219670278747233, 20, "euler", 3.5)
    assert (p.width, p.height, p.model) == (1024, 768, "flux1-dev.safetensors")
    assert p.other["LoRAs"] == "ice.safetensors: 0.5, styles/whale.safetensors: 0.9"


def test_of_two_samplers_the_one_that_drew_the_picture_is_told():
    graph = {
        **COMFY_PROMPT,
        "20": node("LatentUpscale", samples=["3", 0], width=1280, height=896),
        "21": node("KSampler", seed=9, steps=8, cfg=5, sampler_name="dpmpp_2m", scheduler="karras",
                   denoise=0.4, model=["4", 0], positive=["6", 0], negative=["7", 0], latent_image=["20", 0]),
        "22": node("SaveImage", filename_prefix="large", images=["23", 0]),
        "23": node("VAEDecode", samples=["21", 0]),
    }  # fmt: skip
    _, p = read(prompt=json.dumps(graph))
    assert (p.seed, p.steps, p.width) == (156680208700286, 20, 640)


def test_a_loader_of_everything_holds_the_words_the_model_and_the_size():
    graph = {
        "1": node("Efficient Loader", ckpt_name="dream.safetensors", lora_name="None", positive="a kite",
                  negative="rain", empty_latent_width=512, empty_latent_height=768),
        "2": node("KSampler (Efficient)", seed=5, steps=9, cfg=6.0, sampler_name="euler", scheduler="normal",
                  denoise=1.0, model=["1", 0], positive=["1", 1], negative=["1", 2], latent_image=["1", 3]),
    }  # fmt: skip
    _, p = read(prompt=json.dumps(graph))
    assert (p.prompt, p.negative_prompt, p.seed, p.width, p.height) == ("a kite", "rain", 5, 512, 768)
    assert p.model == "dream.safetensors" and "LoRAs" not in p.other


def test_graphs_that_lead_round_or_explode_give_an_answer_soon():
    """Texts joined of texts that are joined of the same: ten to the hundredth of them."""
    graph = {
        str(number): node("Join", string_a=[str(number + 1), 0], string_b=[str(number + 1), 0])
        for number in range(300)
    }
    graph |= {
        "300": node("Join", string_a=["0", 0], text="end"),
        "s": node("KSampler", seed=["s", 0], positive=["c", 0], model=["m", 0], latent_image=["s", 0]),
        "c": node("Both", conditioning_1=["c", 0], conditioning_2=["e", 0]),
        "e": node("CLIPTextEncode", text=["0", 0]),
        "m": node("Patch", model=["m", 0]),
    }
    program, p = read(prompt=json.dumps(graph))
    assert program == "ComfyUI" and p.seed is None and p.model == ""


def test_a_graph_without_a_sampler_is_known_by_its_program():
    program, p = read(prompt=json.dumps({"1": node("LoadImage", image="a.png")}))
    assert (program, p.prompt, p.seed) == ("ComfyUI", "", None)


@pytest.mark.parametrize(
    ("texts", "loras"),
    [
        ({"invokeai_metadata": {"positive_prompt": "a", "negative_prompt": "", "seed": 1, "steps": 9,
          "scheduler": "euler", "cfg_scale": 5, "model": {"name": "XL", "hash": "b"},
          "loras": [{"model": {"name": "ice"}, "weight": 0.5},
                    {"lora": {"model_name": "old"}, "weight": 2}]}},
         "ice: 0.5, old: 2"),
        ({"parameters": {"sui_image_params": {"prompt": "a", "loras": ["x", "y"], "loraweights": ["0.9"]}}},
         "x: 0.9, y: 1"),
        ({"parameters": {"prompt": "a", "full_prompt": ["a, cinematic"], "base_model": "j", "seed": "1",
          "base_model_hash": "ab", "sampler": "euler", "version": "Fooocus v2.5", "scheduler": "normal",
          "negative_prompt": "", "steps": 30, "guidance_scale": 4.0,
          "loras": [["None", 1.0, ""], ["offset", 0.1, "48"]]}, "fooocus_scheme": "fooocus"}, "offset: 0.1"),
    ],
)  # fmt: skip
def test_loras_models_and_words_are_told_as_one_wrote_them(texts: dict[str, object], loras: str):
    _, p = read(**{key: told if isinstance(told, str) else json.dumps(told) for key, told in texts.items()})
    assert (p.prompt, p.other["LoRAs"]) == ("a", loras)
