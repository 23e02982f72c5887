"""Make a picture again from its recipe and say whether it is the same, and if not, what differs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.api.control import Control
from engine.api.errors import BadRequest, EngineLost
from engine.api.events import ImageReady
from engine.api.images import Pixels, pixels_hash
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest
from engine.library.depth import read_depth
from engine.library.layers import read_layers
from engine.library.pictures import keeps_every_pixel, open_picture
from engine.sheets.sheet import is_sheet
from engine.tasks import run

if TYPE_CHECKING:
    from engine.models.cache import Models


LOSSY_MEAN = 16.0
"""Mean distance (of 255) within which a JPEG or WebP is taken for its picture. Paintings stay below 4,
pure noise with halved colours comes to 11."""


@dataclass(frozen=True)
class Verdict:
    """What came of making a picture again."""

    is_verified: bool
    """True where the file holds the pixels made now: every one, or nearly, as its format loses detail."""
    is_same: bool
    """True where every pixel of the file is as it was made now."""
    is_lossy: bool
    """True where the file's format keeps pixels only nearly."""
    file_is_as_saved: bool
    """True where the file still holds the pixels that its recipe was written for; never where it is lossy."""
    remade_as_recipe: bool
    """True where the pixels made now have the hash that the recipe tells."""
    pixels: int
    """In the picture."""
    different_pixels: int
    """-1 where the size differs."""
    largest_difference: int
    """Over all colour values, 0 to 255."""
    mean_difference: float
    differences: tuple[str, ...]
    """Deciding fields of the recipe that are not as they were then: *field: then -> now*."""

    def text(self) -> str:
        """For people."""
        if self.is_same:
            return "Verified: made again, all pixels are the same."
        if self.is_verified:
            return (
                "Verified: made again, all pixels are those that the recipe promises. This file keeps them "
                f"only nearly, as its format does:\n{self._measured()}"
            )
        lines = [f"Not the same: {self._measured()}"]
        if self.remade_as_recipe:
            lines.append("What was made now is what the recipe promises: the file was changed afterwards.")
        elif self.differences:
            lines.append("Not as it was then:")
            lines += [f"  {line}" for line in self.differences]
        else:
            lines.append("Nothing that the recipe records differs.")
        return "\n".join(lines)

    def _measured(self) -> str:
        if self.different_pixels < 0:
            return "the size differs."
        share = 100 * self.different_pixels / self.pixels
        return (
            f"{self.different_pixels:,} of {self.pixels:,} pixels differ ({share:.3g} %), "
            f"by at most {self.largest_difference} of 255 and {self.mean_difference:.2g} on average."
        )


def verify(path: Path, recipe: Recipe, request: GenerationRequest, models: Models) -> Verdict:
    """Run `request` (that of `recipe`, with its start pictures) and compare with the file's pixels.

    Raises what `tasks.run` raises, and `UnreadableFile` for a file that is no picture.
    """
    check_one_picture(path, recipe)
    new = remake(replace(request, images=1), recipe.stopped_at, models)
    return judge(path, recipe, new)


def check_one_picture(path: Path, recipe: Recipe) -> None:
    """Raises `BadRequest` for a sheet: many requests made it."""
    if is_sheet(recipe):
        reason = f"{path.name} is a sheet of pictures; verify the pictures that it shows"
        raise BadRequest("recipe", reason, problem="sheet")


def judge(path: Path, recipe: Recipe, new: ImageReady) -> Verdict:
    """Whether the file at `path`, which holds `recipe`, is what was made `new` from it.

    Raises `UnreadableFile` for a file that is no picture.
    """
    old = open_picture(path).pixels
    different, largest, mean = measure(old, new.pixels)
    remade = new.recipe.pixels_sha256 == recipe.pixels_sha256
    if new.layers is not None and (layers := read_layers(path)) is not None:
        apart, most, _ = measure(layers, new.layers)
        different = -1 if min(different, apart) < 0 else different + apart
        largest = max(largest, most)
        remade = remade and new.recipe.layers_sha256 == recipe.layers_sha256
    if new.depth is not None and (depth := read_depth(path)) is not None:
        moved = int((depth != new.depth).sum()) if depth.shape == new.depth.shape else -1
        different = -1 if min(different, moved) < 0 else different + moved
        remade = remade and new.recipe.depth_sha256 == recipe.depth_sha256
    is_lossy = not keeps_every_pixel(path)
    return Verdict(
        is_verified=different == 0 or (is_lossy and remade and mean <= LOSSY_MEAN),
        is_same=different == 0,
        is_lossy=is_lossy,
        file_is_as_saved=pixels_hash(old) == recipe.pixels_sha256,
        remade_as_recipe=remade,
        pixels=old.shape[0] * old.shape[1],
        different_pixels=different,
        largest_difference=largest,
        mean_difference=mean,
        differences=tuple(recipe.differences(new.recipe)),
    )


def remake(request: GenerationRequest, stopped_at: int | None, models: Models) -> ImageReady:
    """The one picture of `request`, stopped and kept where the artist stopped the first time."""
    control, made = Control(wants_previews=False), None
    if stopped_at is not None:
        control.stop_after(stopped_at)
    for event in run(request, models, control):
        if isinstance(event, ImageReady):
            made = event
    if made is None:
        raise EngineLost("The engine made no picture. Try again; the log has the details.")
    return made


def measure(old: Pixels, new: Pixels) -> tuple[int, int, float]:
    """How many pixels differ (-1 where the size does), by how much at most, and on average."""
    if old.shape != new.shape:
        return -1, 255, 255.0
    distance = np.abs(old.astype(np.int16) - new.astype(np.int16))
    return int(distance.any(axis=2).sum()), int(distance.max()), float(distance.mean())
