"""Every program's pictures in the same fields, found by the same words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from libraries import found, look
from picture_files import a1111, ours, png, put

from engine.library.index.catalogue import Catalogue

GRAPH = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 42, "steps": 20, "cfg": 8, "sampler_name": "euler", "scheduler": "normal", "denoise": 1,
            "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "dream.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a windmill", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "people", "clip": ["4", 1]}},
}  # fmt: skip
INVOKE = {
    "positive_prompt": "a windmill", "negative_prompt": "people", "seed": 42, "steps": 20, "cfg_scale": 8,
    "scheduler": "euler", "model": {"model_name": "dream"},
}  # fmt: skip
SWARM = {"prompt": "a windmill", "negativeprompt": "people", "seed": 42, "steps": 20, "model": "dream"}
FOOOCUS = {
    "prompt": "a windmill", "negative_prompt": "people", "seed": "42", "steps": 20, "base_model": "dream",
    "base_model_hash": "aeb7e9e689",
    "sampler": "euler", "scheduler": "normal", "guidance_scale": 4.0, "version": "Fooocus v2.2",
}  # fmt: skip
NOVELAI = {"steps": 20, "sampler": "k_euler", "seed": 42, "scale": 8, "uc": "people"}
EASY = {
    "prompt": "a windmill", "negative_prompt": "people", "seed": "42", "num_inference_steps": "20",
    "use_stable_diffusion_model": "dream", "sampler_name": "euler", "guidance_scale": "8",
}  # fmt: skip
FILES = {
    "ComfyUI": png(prompt=json.dumps(GRAPH)),
    "InvokeAI": png(invokeai_metadata=json.dumps(INVOKE)),
    "SwarmUI": png(parameters=json.dumps({"sui_image_params": SWARM})),
    "Fooocus": png(parameters=json.dumps(FOOOCUS), fooocus_scheme="fooocus"),
    "NovelAI": png(
        Comment=json.dumps(NOVELAI),
        Description="a windmill",
        Source="Stable Diffusion 1D44365E",
        Software="NovelAI",
    ),
    "Easy Diffusion": png(**EASY),
    "A1111": a1111("a windmill", 42, "dream").replace(b"blurry", b"people"),
    "Lienzo": ours("a windmill", 42),
}


@pytest.mark.parametrize("program", FILES)
def test_each_programs_picture_says_the_same(catalogue: Catalogue, folder: Path, program: str):
    put(folder, one=FILES[program])
    assert look(catalogue).refused == ()
    (record,) = catalogue.records(catalogue.search("windmill seed:42").ids)
    assert (record.program, record.prompt, record.seed) == (program, "a windmill", 42)
    assert record.negative_prompt in ("people", "dull")
    if program not in ("NovelAI", "Lienzo"):
        assert record.model == "dream"
    assert found(catalogue, f'program:"{program}"') == {"one"}


def test_older_invokeai(catalogue: Catalogue, folder: Path):
    old = {
        "model_weights": "dream", "image": {"prompt": [{"prompt": "a windmill", "weight": 1}], "steps": 20,
        "seed": 42, "cfg_scale": 8, "sampler": "k_euler", "width": 512, "height": 512},
    }  # fmt: skip
    put(
        folder,
        dream=png(Dream='"a windmill [people]" -s 20 -S 42 -W 512 -H 640 -C 7.5 -A k_lms'),
        middle=png(**{"sd-metadata": json.dumps(old)}),
    )
    look(catalogue)
    assert found(catalogue, "windmill seed:42 program:invokeai") == {"dream", "middle"}
