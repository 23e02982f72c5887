"""`python tests/benchmarks/catalogues.py FOLDER [COUNT]`: a library of small real PNG files with recipes.

The hard work is shared: a few dozen pictures are encoded once, and each file is one of them with text chunks
of its own, by the rules of five programs. 100,000 files take about half a minute and 250 MB.
"""

from __future__ import annotations

import datetime
import json
import random
import sys
from pathlib import Path

import numpy as np

from engine.api.recipe import Environment, Recipe
from engine.api.request import GenerationRequest, Lora, Sampling
from engine.library.marks import Marks, with_marks
from engine.library.pictures import encode_plain, png_head_chunks
from engine.library.png_chunks import international_chunk, text_chunk, with_chunks

SIZES = ((64, 64), (48, 72), (72, 48), (64, 96), (112, 64))
A_DAY = 300
THINGS = (
    "beagle", "harbour", "lighthouse", "castle", "fox", "forest", "river", "teapot", "dragon", "a sailor",
    "street market", "violin", "glass bottle", "mountain lake", "robot", "kitchen", "orchid", "train station",
    "café terrace", "snowy owl", "desert", "submarine", "library", "windmill", "cathedral", "sailing boat",
)  # fmt: skip
LIGHTS = (
    "misty morning", "warm light", "golden hour", "night", "under neon signs", "overcast", "by candle light",
    "backlit", "in the rain", "soft studio light",
)  # fmt: skip
STYLES = (
    "oil painting", "watercolour", "ink drawing", "photograph, 35mm", "pixel art", "woodcut", "pastel",
    "low poly render", "pencil sketch", "art nouveau poster",
)  # fmt: skip
MODELS = ("sdxl_base_1.0", "dreamshaper_8", "juggernautXL_v9", "flux1-dev", "realisticVision_v51", "starter")
LORAS = ("ink_wash", "detail_tweaker", "film_grain", "pixel_style", "add_more_fog")
SAMPLERS = (("Euler a", "euler_a"), ("DPM++ 2M Karras", "dpmpp_2m_karras"), ("UniPC", "unipc"))
FIRST_DAY = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)


def make_catalogue(folder: Path, count: int, seed: int = 1) -> None:
    """`count` files below `folder`, a sub-folder a day. The same for the same `seed`."""
    chance = random.Random(seed)
    payloads = [payload(chance) for _ in range(48)]
    for number in range(count):
        day = FIRST_DAY + datetime.timedelta(number // A_DAY)
        here = folder / day.strftime("%Y-%m-%d")
        if number % A_DAY == 0:
            here.mkdir(parents=True, exist_ok=True)
        moment = day + datetime.timedelta(seconds=number % A_DAY * 200)
        data, size = payloads[chance.randrange(len(payloads))]
        name = f"{number:06} {chance.choice(THINGS)}.png"
        (here / name).write_bytes(with_chunks(data, words_of(number, moment, size, chance)))


def payload(chance: random.Random) -> tuple[bytes, tuple[int, int]]:
    """A soft gradient with some shapes: looks like something, packs like something."""
    width, height = chance.choice(SIZES)
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.zeros((height, width, 3), np.float64)
    for channel in range(3):
        a, b, c = (chance.uniform(0, 255) for _ in range(3))
        pixels[..., channel] = a + (b - a) * x / width + (c - a) * y / height
    for _ in range(chance.randrange(1, 6)):
        centre_x, centre_y, radius = (chance.uniform(0, side) for side in (width, height, width / 3))
        inside = (x - centre_x) ** 2 + (y - centre_y) ** 2 < radius**2
        pixels[inside] = [chance.uniform(0, 255) for _ in range(3)]
    return encode_plain(np.clip(pixels, 0, 255).astype(np.uint8)), (width, height)


def words_of(
    number: int, moment: datetime.datetime, size: tuple[int, int], chance: random.Random
) -> list[bytes]:
    """Text chunks as one of five programs writes them; a tenth has none, as a photo."""
    things = f"{chance.choice(THINGS)} and {chance.choice(THINGS)}"
    prompt = f"{things}, {chance.choice(LIGHTS)}, {chance.choice(STYLES)}"
    seed, model = chance.randrange(2**32), chance.choice(MODELS)
    lora = chance.choice(LORAS) if chance.random() < 0.3 else ""
    sampler = chance.choice(SAMPLERS)
    chunks = []
    if number % 10 < 5:
        chunks = png_head_chunks(own_recipe(prompt, seed, model, lora, sampler[1], moment, size))
    elif number % 10 < 7:
        chunks = [text_chunk("parameters", a1111(prompt, seed, model, lora, sampler[0]))]
    elif number % 10 == 7:
        chunks = [text_chunk("prompt", json.dumps(graph(prompt, seed, model)))]
    elif number % 10 == 8:
        metadata = {
            "positive_prompt": prompt,
            "negative_prompt": "",
            "seed": seed,
            "steps": 30,
            "cfg_scale": 7.5,
        }
        metadata |= {
            "width": size[0],
            "height": size[1],
            "scheduler": "euler",
            "model": {"model_name": model},
        }
        chunks = [text_chunk("invokeai_metadata", json.dumps(metadata))]
    if number % 20 in (6, 9):
        marks = Marks(chance.randrange(1, 6), tags=(chance.choice(THINGS),))
        chunks.append(international_chunk("XML:com.adobe.xmp", with_marks(b"", marks).decode()))
    return chunks


def own_recipe(
    prompt: str,
    seed: int,
    model: str,
    lora: str,
    sampler: str,
    moment: datetime.datetime,
    size: tuple[int, int],
) -> Recipe:
    request = GenerationRequest(
        model, prompt, "blurry, low quality", *size, Sampling(sampler, 20, 7.0, seed=seed),
        loras=(Lora(lora, 0.8),) if lora else (),
    )  # fmt: skip
    return Recipe(
        request,
        pixels_sha256=f"{seed:064x}",
        model_title=model,
        model_family="sdxl",
        model_sha256=f"{hash(model) & 0xFFFFFFFF:064x}",
        scheduler_config={"beta_start": 0.00085, "beta_end": 0.012, "timestep_spacing": "trailing"},
        environment=Environment("0.3", "2.13.0", "0.42.1", "5.3", "cpu", "float32", 2),
        seconds=12.5,
        created=moment.isoformat(),
    )


def a1111(prompt: str, seed: int, model: str, lora: str, sampler: str) -> str:
    tail = f" <lora:{lora}:0.8>" if lora else ""
    return (
        f"{prompt}{tail}\nNegative prompt: blurry, low quality\nSteps: 20, Sampler: {sampler}, CFG scale: 7, "
        f"Seed: {seed}, Size: 512x768, Model hash: 31e35c80fc, Model: {model}, Version: v1.10.1"
    )


def graph(prompt: str, seed: int, model: str) -> dict:
    """A small ComfyUI graph."""
    text = {"class_type": "CLIPTextEncode"}
    return {
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": seed, "steps": 25, "cfg": 8, "sampler_name": "euler", "scheduler": "normal",
                "denoise": 1,
                "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0],
            },
        },
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": f"{model}.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
        "6": {**text, "inputs": {"text": prompt, "clip": ["4", 1]}},
        "7": {**text, "inputs": {"text": "blurry", "clip": ["4", 1]}},
    }  # fmt: skip


if __name__ == "__main__":
    make_catalogue(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
