"""From finished latents to pixels, as the stock pipelines do it, and never black."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import OutOfMemory, Overflow
from engine.api.events import Notice
from engine.api.images import Pixels, Stack, read_only
from engine.diffusion.latents.film import TransparentSpace
from engine.diffusion.latents.space import LatentSpace

if TYPE_CHECKING:
    import torch


MEMORY_WORDS = ("out of memory", "not enough memory", "can't allocate memory", "alloc_failed")
"""What a plain RuntimeError says where it means that memory ran out; the last is cuBLAS and cuDNN."""


def decode(
    space: LatentSpace,
    latents: torch.Tensor,
    generator: Any,
    say: Callable[[Notice], None],
    in_tiles: bool = False,
) -> Pixels:
    """The picture of `latents` (1 x C x h x w in the denoiser's `space`), or at once `in_tiles`.

    Where memory or numbers do not suffice, as `decoded` has it.
    """
    return as_bytes(decoded(space, latents, generator, say, in_tiles))


def decode_layers(
    space: TransparentSpace,
    latents: torch.Tensor,
    say: Callable[[Notice], None],
    in_tiles: bool = False,
) -> Stack:
    """The layers of `latents` (n x C x h x w), one after the other, as `decoded` has it."""
    layers = [decoded(space.with_opacity, one[None], None, say, in_tiles) for one in latents]
    return np.concatenate([bytes_of((layer * 0.5 + 0.5).clamp(0, 1)) for layer in layers])


def decoded(
    space: LatentSpace,
    latents: torch.Tensor,
    generator: Any,
    say: Callable[[Notice], None],
    in_tiles: bool = False,
) -> torch.Tensor:
    """What `space` makes of `latents`, about -1 to 1, at once or `in_tiles`.

    Where memory does not suffice it is decoded in tiles; where 16 bits overflow, in 32. Both are said.
    Raises `OutOfMemory` when tiles do not fit either, `Overflow` when 32 bits are not enough.
    """
    image = None
    if not in_tiles or not space.can_tile:
        image = _unless_out_of_memory(lambda: _finite_decode(space, latents, generator, say))
    if image is None and space.can_tile:
        say(Notice("tiled_decode", "Too little memory to decode the picture at once: decoding it in tiles."))
        with _tiling(space.vae):
            image = _unless_out_of_memory(lambda: _finite_decode(space, latents, generator, say))
    if image is None:
        raise out_of_memory()
    return image


def as_bytes(image: torch.Tensor) -> Pixels:
    """1 x 3 x H x W from -1 to 1 as H x W x 3 bytes, with the numbers of diffusers' image processor."""
    return in_bytes((image * 0.5 + 0.5).clamp(0, 1))


def in_bytes(image: torch.Tensor) -> Pixels:
    """1 x 3 x H x W from 0 to 1 as H x W x 3 bytes."""
    return read_only(bytes_of(image))


def bytes_of(image: torch.Tensor) -> NDArray[np.uint8]:
    """1 x C x H x W from 0 to 1 as H x W x C bytes."""
    unit = image[0].cpu().permute(1, 2, 0).float().numpy()
    return (unit * 255).round().astype(np.uint8)


def _finite_decode(
    space: LatentSpace, latents: torch.Tensor, generator: Any, say: Callable[[Notice], None]
) -> torch.Tensor:
    """1 x 3 x H x W, about -1 to 1, in the VAE's format, or in float32 where that overflows."""
    import torch

    image = space.decode(latents.to(space.dtype), generator)
    if bool(torch.isfinite(image).all()):
        return image
    if space.vae is not None and space.dtype != torch.float32:
        say(Notice("float32_decode", f"The decoder overflowed in {space.dtype}: decoding again in float32."))
        with _in_float32(space.vae):
            image = space.decode(latents.float(), generator)
        if bool(torch.isfinite(image).all()):
            return image
    raise Overflow(
        0, "The decoder's numbers overflowed, so there is no picture. Try another seed or scheduler."
    )


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
