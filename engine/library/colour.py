"""Decoded pictures of every mode to plain sRGB bytes, their alpha beside them."""

from __future__ import annotations

import io
import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

SRGB = ImageCms.createProfile("sRGB")
LAB = ImageCms.createProfile("LAB")
WHITE = 255
SIXTEEN_BITS = 65_535


def _srgb_bytes() -> bytes:
    """sRGB's profile for files; with a date of its own instead of today's, so that files repeat."""
    profile = bytearray(ImageCms.ImageCmsProfile(SRGB).tobytes())
    profile[24:36] = struct.pack(">6H", 1999, 10, 18, 0, 0, 0)  # IEC 61966-2-1
    profile[84:100] = bytes(16)  # the checksum, which may be absent
    return bytes(profile)


SRGB_PROFILE = _srgb_bytes()


class Srgb(NamedTuple):
    """A picture's pixels as the screen shows them."""

    rgb: NDArray[np.uint8]
    """H x W x 3, alpha not multiplied in."""
    alpha: NDArray[np.uint8] | None = None
    """H x W; None where nothing is transparent."""
    notes: tuple[str, ...] = ()
    """What was odd: `broken_profile`; `no_profile` for CMYK whose colours are only known roughly."""

    @property
    def over_white(self) -> NDArray[np.uint8]:
        """H x W x 3 with white where it is transparent."""
        return self.rgb if self.alpha is None else over_white(self.rgb, self.alpha)


def to_srgb(image: Image.Image, profile: bytes) -> Srgb:
    """A loaded `image` in sRGB, converted from `profile` (ICC, b"" for none) with the profile's own intent.

    CMYK without a profile is converted as browsers do, by its complements.
    """
    if isinstance(image.info.get("transparency"), tuple) and max(image.info["transparency"]) > 255:
        del image.info["transparency"]  # a key colour of 16 bits, which the reduced pixels no longer hold
    image, alpha = _apart(image)
    converted = _through_profile(image, profile) if profile else None
    notes = ("broken_profile",) if profile and converted is None else ()
    if converted is None and image.mode == "CMYK":
        notes = (*notes, "no_profile")
    rgb = np.asarray(converted if converted is not None else _plain(image))
    return Srgb(rgb, alpha, notes)


def from_16_bit(values: NDArray[np.uint16] | NDArray[np.uint32]) -> NDArray[np.uint8]:
    """0 to 65535 in 0 to 255, rounded."""
    return ((values.astype(np.uint32) * 255 + 32767) // SIXTEEN_BITS).astype(np.uint8)


def from_floats(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """0 to 1 in 0 to 255, rounded; what lies outside or is no number is cut off."""
    return (np.clip(np.nan_to_num(values), 0, 1) * 255 + 0.5).astype(np.uint8)


def _apart(image: Image.Image) -> tuple[Image.Image, NDArray[np.uint8] | None]:
    """The colours (L, RGB, CMYK or LAB) and the alpha."""
    if image.mode.startswith("I"):
        return _grey_of_integers(image)
    if image.mode == "F":
        return Image.fromarray(from_floats(np.asarray(image))), None
    if not image.has_transparency_data:
        return (image if image.mode in ("L", "RGB", "CMYK", "LAB") else _plain(image)), None
    grey = image.mode in ("1", "L", "LA", "La")
    image = image.convert("LA" if grey else "RGBA")
    return image.convert("L" if grey else "RGB"), np.asarray(image.getchannel("A"))


def _grey_of_integers(image: Image.Image) -> tuple[Image.Image, NDArray[np.uint8] | None]:
    """Grey of 16 bits, rounded; Pillow's own conversion would clip all above 255 to white."""
    values = np.asarray(image).astype(np.uint32)
    key = image.info.get("transparency")
    alpha = np.where(values == key, 0, WHITE).astype(np.uint8) if isinstance(key, int) else None
    return Image.fromarray(from_16_bit(np.minimum(values, SIXTEEN_BITS))), alpha


def over_white(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What one sees of `rgb` (H x W x 3) where `alpha` (H x W) lets white through."""
    share = alpha.astype(np.uint32)[..., None]
    return ((rgb * share + WHITE * (255 - share) + 127) // 255).astype(np.uint8)


def _plain(image: Image.Image) -> Image.Image:
    """In RGB without a profile."""
    if image.mode == "LAB":
        converted = ImageCms.profileToProfile(image, LAB, SRGB, outputMode="RGB")
        assert converted is not None
        return converted
    return image.convert("RGB")


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """`image` in sRGB; None where the profile is broken or made for other pixels."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if ImageCms.getProfileDescription(source).startswith("sRGB"):
            return image.convert("RGB") if image.mode in ("L", "RGB") else None
        return ImageCms.profileToProfile(
            image,
            source,
            SRGB,
            renderingIntent=_intent(source),
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _intent(profile: ImageCms.ImageCmsProfile) -> ImageCms.Intent:
    """What the profile asks for. Absolute colours, which paint the paper's tint, are what proofs want."""
    intent = ImageCms.Intent(ImageCms.getDefaultIntent(profile))
    if intent is ImageCms.Intent.ABSOLUTE_COLORIMETRIC:
        return ImageCms.Intent.RELATIVE_COLORIMETRIC
    return intent
