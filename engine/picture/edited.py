"""One picture of an edit: its places one after the other, each a picture of its own, joined into the source.

Everything here runs on the helper thread of `engine.diffusion.stream`.
"""

from __future__ import annotations

import time
from dataclasses import replace

from engine.api.events import Event, ImageReady, Step
from engine.api.images import Pixels
from engine.api.request import GenerationRequest
from engine.editing.plan import PlannedPlace, plan_edit
from engine.editing.requests import place_request
from engine.editing.stitch import Canvas, Workpiece
from engine.library.masks import packed_masks
from engine.picture.picture import Picture
from engine.picture.plan import Held
from engine.picture.run import Run
from engine.picture.setup import Emit, IsCancelled, Setup


class EditedPicture:
    """Picture `image_index` of `request`, which edits. Make it once."""

    def __init__(self, request: GenerationRequest, image_index: int, setup: Setup) -> None:
        request = request.worded(image_index)
        origin = request.edited
        assert origin is not None and origin.image is not None and origin.image.pixels is not None
        self.request, self.image_index, self.setup = request, image_index, setup
        self.plan = plan_edit(request, setup.model.info)
        self.strength = origin.sampling.strength
        self.canvas = Canvas(self.plan, origin.image.pixels)
        self.stopped_at: int | None = None
        """The step after which the artist stopped and kept, counted over all places."""

    def make(self, emit: Emit, is_cancelled: IsCancelled) -> None:
        """Emits the picture's events. Raises `Cancelled` or `Overflow` in the midst of it.

        Where memory runs out, what torch raises then, or `OutOfMemory`.
        """
        began, done, makeshifts = time.monotonic(), 0, []
        picture: Picture | None = None
        for place in self.plan.places:
            if done and self.setup.control.ends_after(done):  # said while the place before was decoded
                self.stopped_at = done
                break
            piece = self.canvas.workpiece(place, self.request.seed_of(self.image_index))
            picture = self._picture(piece, done)
            steps = picture.run.plan.total
            made = picture.paint(self._counting_on(emit, place, done, steps), is_cancelled)
            self.canvas.put(piece, made, picture.run.request.prompt)
            makeshifts += picture.makeshifts
            if picture.stopped_at is not None:
                self.stopped_at = done + picture.stopped_at
                break
            done += steps
        assert picture is not None, "a plan without places is not given to a network"
        picture.makeshifts = list(dict.fromkeys(makeshifts))
        self._deliver(picture, emit, time.monotonic() - began)

    def _picture(self, piece: Workpiece, done: int) -> Picture:
        request = place_request(self.request, self.image_index, piece.place, piece.start)
        setup = replace(self.setup, control=self.setup.control.later(done))
        return Picture(Run(request, 0, setup, Held(piece.start, piece.denoising, self.strength)))

    def _counting_on(self, emit: Emit, place: PlannedPlace, done: int, steps: int) -> Emit:
        """Steps are counted over all places, and say where they lie."""
        total = done + steps * (len(self.plan.places) - place.index)

        def count(event: Event) -> None:
            if isinstance(event, Step):
                event = replace(
                    event,
                    index=done + event.index,
                    total=total,
                    image_index=self.image_index,
                    rect=place.crop,
                    place_index=place.index,
                )
            emit(event)

        return count

    def _deliver(self, picture: Picture, emit: Emit, seconds: float) -> None:
        pixels: Pixels = self.canvas.finished()
        request = self.request.one_image(self.image_index)
        recipe = picture.recipe(request, pixels, self.stopped_at)
        recipe = replace(recipe, seconds=seconds, edit=self.canvas.report(), masks=packed_masks(self.request))
        emit(ImageReady(pixels, recipe, self.image_index))
