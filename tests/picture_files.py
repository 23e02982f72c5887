"""Small real picture files with what programs write into them, made by the formats' own rules."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest, Sampling
from engine.library.pictures import encode_image, encode_plain
from engine.library.png_chunks import text_chunk, with_chunks

PLAIN = encode_plain(np.full((16, 24, 3), 90, np.uint8))


def png(**texts: str) -> bytes:
    """A PNG with one text chunk for each word, `__` for `-`."""
    return with_chunks(PLAIN, [text_chunk(key.replace("__", "-"), text) for key, text in texts.items()])


def zipped_zeros(mebibytes: int) -> bytes:
    """zlib's stream of so many MiB of zeros, made at once: what one of them is packed to, again and again."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    adler = (mebibytes << 20) % 65521 << 16 | 1
    return b"\x78\xda" + block * mebibytes + packer.flush() + adler.to_bytes(4, "big")


def a1111(
    prompt: str = "a beagle in the harbour", seed: int = 1, model: str = "sdxl", **other: object
) -> bytes:
    pairs = {
        "Steps": 20,
        "Sampler": "Euler a",
        "CFG scale": 7,
        "Seed": seed,
        "Size": "512x768",
        "Model": model,
    }
    last = ", ".join(f"{key}: {value}" for key, value in {**pairs, **other}.items())
    return png(parameters=f"{prompt}\nNegative prompt: blurry\n{last}")


def recipe(prompt: str = "a lighthouse", seed: int = 7, **fields: object) -> Recipe:
    request = GenerationRequest("starter", prompt, "dull", 24, 16, Sampling("euler_a", 12, 5.5, seed=seed))
    return Recipe(
        request, model_title="Starter", model_family="sprites", created="2026-03-04T05:06:07+00:00", **fields
    )  # type: ignore[arg-type]


def ours(prompt: str = "a lighthouse", seed: int = 7, format: str = "png", **fields: object) -> bytes:
    return encode_image(np.full((16, 24, 3), seed % 256, np.uint8), recipe(prompt, seed, **fields), format)  # type: ignore[arg-type]


def pillow(format: str, size: tuple[int, int] = (8, 6), **options: object) -> bytes:
    memory = io.BytesIO()
    Image.new("RGB", size, (1, 2, 3)).save(memory, format, **options)
    return memory.getvalue()


def put(folder: Path, **files: bytes) -> None:
    """`a__b` is a/b.png."""
    for name, data in files.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
