"""Decoded pictures of every mode to plain sRGB bytes."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

SRGB = ImageCms.createProfile("sRGB")
WHITE = 255


def to_srgb_pixels(image: Image.Image, profile: bytes) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """H x W x 3 bytes of a loaded `image`, over white where it is transparent; and what was odd."""
    if image.mode.startswith("I"):
        return _from_16_bit(image), ()
    if isinstance(image.info.get("transparency"), tuple) and max(image.info["transparency"]) > 255:
        del image.info["transparency"]  # a key colour of 16 bits, which the reduced pixels no longer hold
    alpha = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = np.asarray(image.getchannel("A"))
    if image.mode not in ("L", "CMYK"):
        image = image.convert("RGB")
    converted = _through_profile(image, profile) if profile else None
    broken = ("broken_profile",) if profile and converted is None else ()
    rgb = np.asarray(converted if converted is not None else image.convert("RGB"))
    return (rgb if alpha is None else _over_white(rgb, alpha)), broken


def _from_16_bit(image: Image.Image) -> NDArray[np.uint8]:
    """Grey of 16 bits, rounded; Pillow's own conversion would clip all above 255 to white."""
    values = np.asarray(image).astype(np.uint32)
    grey = ((np.minimum(values, 65535) * 255 + 32767) // 65535).astype(np.uint8)
    key = image.info.get("transparency")
    if isinstance(key, int):
        grey = np.where(values == key, np.uint8(WHITE), grey)
    return np.repeat(grey[..., None], 3, axis=2)


def _over_white(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    share = alpha.astype(np.uint32)[..., None]
    return ((rgb * share + WHITE * (255 - share) + 127) // 255).astype(np.uint8)


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """`image` in sRGB; None where the profile is broken or made for other pixels."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if ImageCms.getProfileDescription(source).startswith("sRGB"):
            return image.convert("RGB")
        return ImageCms.profileToProfile(
            image,
            source,
            SRGB,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
