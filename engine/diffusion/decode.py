"""From finished latents to pixels, as the stock pipelines do it, and never black."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.api.errors import OutOfMemory, Overflow
from engine.api.events import Notice
from engine.api.images import Pixels, read_only

if TYPE_CHECKING:
    import torch


MEMORY_WORDS = ("out of memory", "not enough memory", "can't allocate memory", "alloc_failed")
"""What a plain RuntimeError says where it means that memory ran out; the last is cuBLAS and cuDNN."""


def decode(pipeline: Any, latents: torch.Tensor, generator: Any, say: Callable[[Notice], None]) -> Pixels:
    """The picture of `latents` (1 x C x h x w, denoiser space).

    Where memory does not suffice it is decoded in tiles; where 16 bits overflow, in 32. Both are said.
    Raises `OutOfMemory` when tiles do not fit either, `Overflow` when 32 bits are not enough.
    """
    vae = pipeline.vae
    image = _unless_out_of_memory(lambda: _finite_decode(vae, latents, generator, say))
    if image is None:
        say(Notice("tiled_decode", "Too little memory to decode the picture at once: decoding it in tiles."))
        with _tiling(vae):
            image = _unless_out_of_memory(lambda: _finite_decode(vae, latents, generator, say))
    if image is None:
        raise out_of_memory()
    (picture,) = pipeline.image_processor.postprocess(image, output_type="pil")
    return read_only(np.array(picture))


def _finite_decode(
    vae: Any, latents: torch.Tensor, generator: Any, say: Callable[[Notice], None]
) -> torch.Tensor:
    """1 x 3 x H x W, about -1 to 1, in the VAE's format, or in float32 where that overflows."""
    import torch

    image = _stock_decode(vae, latents.to(vae.dtype), generator)
    if bool(torch.isfinite(image).all()):
        return image
    if vae.dtype != torch.float32:
        say(Notice("float32_decode", f"The decoder overflowed in {vae.dtype}: decoding again in float32."))
        with _in_float32(vae):
            image = _stock_decode(vae, latents.float(), generator)
        if bool(torch.isfinite(image).all()):
            return image
    raise Overflow(
        0, "The decoder's numbers overflowed, so there is no picture. Try another seed or scheduler."
    )


def _stock_decode(vae: Any, latents: torch.Tensor, generator: Any) -> torch.Tensor:
    return vae.decode(latents / vae.config.scaling_factor, return_dict=False, generator=generator)[0]


@contextmanager
def _in_float32(vae: Any) -> Iterator[None]:
    dtype = vae.dtype
    vae.float()
    try:
        yield
    finally:
        vae.to(dtype)  # every 16-bit number survives the way to 32 bits and back


@contextmanager
def _tiling(vae: Any) -> Iterator[None]:
    vae.enable_tiling()
    try:
        yield
    finally:
        vae.disable_tiling()


def _unless_out_of_memory(call: Callable[[], torch.Tensor]) -> torch.Tensor | None:
    """None where memory ran out; then nothing of the attempt is held any more."""
    try:
        return call()
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    return None


def out_of_memory() -> OutOfMemory:
    return OutOfMemory(
        "There is not enough memory for a picture of this size. Make it smaller, close other programs, "
        "or choose the processor as device if the graphics card is too small."
    )


def is_out_of_memory(error: BaseException) -> bool:
    """True for every way in which torch says so: on the processor and on Apple's GPU a plain RuntimeError."""
    import torch

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    if not isinstance(error, RuntimeError):
        return False
    return any(words in str(error).lower() for words in MEMORY_WORDS)
