"""What is on the canvas: the newest step or picture, or what the artist looks back at."""

from __future__ import annotations

import enum
import logging
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject

from desktop.bridge.background import Background
from desktop.state.generation import GenerationState
from desktop.state.jobs import Job, JobQueue, KeptStep
from desktop.state.observable import Field, Observable
from desktop.state.pictures import Pictures
from desktop.state.result import Result
from desktop.state.settings import Settings
from engine.api.events import ImageReady
from engine.api.images import Extent, Pixels
from engine.api.recipe import Recipe

log = logging.getLogger("canvas")

NOTHING = Extent(0, 0)
MOST_BYTES = 256 << 20
"""Opened pictures kept in memory, so that walking through the filmstrip does not read the disk each time."""


class ShownKind(enum.StrEnum):
    EMPTY = "empty"
    STEP = "step"
    RESULT = "result"
    START = "start"


@dataclass(frozen=True, eq=False)
class Shown:
    """What the canvas paints."""

    kind: ShownKind = ShownKind.EMPTY
    pixels: Pixels | None = None
    """A step's are smaller than `extent`; None while a result is read, or where its file is missing."""
    extent: Extent = NOTHING
    """The size in canvas pixels that they are scaled to."""
    job: Job | None = None
    step: KeptStep | None = None
    result: Result | None = None
    """None for a picture that is not on the disk yet."""


def read_pixels(path: Path) -> Pixels:
    """The pixels of a picture file. Raises `EngineError`. For the disk pool."""
    # Pillow is loaded with the first picture, not with the window
    from engine.library.pictures import open_picture

    return open_picture(path).pixels


class Viewing(Observable):
    """`shown` follows the running job until the artist looks at something else."""

    shown: Field[Shown] = Field(Shown())
    is_following = Field(True)

    def __init__(
        self,
        jobs: JobQueue,
        pictures: Pictures,
        generation: GenerationState,
        settings: Settings,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._generation = generation
        self._settings = settings
        self._background = background
        self._opened: OrderedDict[Path, Pixels] = OrderedDict()
        self._newest: Shown | None = None
        self._unsaved: list[tuple[Recipe, Shown]] = []
        jobs.step_arrived.connect(self._take_step)
        jobs.picture_made.connect(self._take_picture)
        jobs.picture_saved.connect(self._take_saved)
        pictures.gone.connect(self._take_removed)
        generation.changed.connect(self._take_setting)

    def follow(self) -> None:
        """Show the newest step or picture, and each that comes."""
        self.is_following = True
        if self._newest is not None:
            self.shown = self._newest

    def show_step(self, job: Job, kept: KeptStep) -> None:
        """Look back at a step; what comes is not followed until `follow` (or the next generate)."""
        self.is_following = False
        self.shown = _step(job, kept)

    def show_result(self, result: Result) -> None:
        self.is_following = False
        pixels = self._opened.get(result.path)
        self.shown = _result(result, pixels)
        if pixels is None:
            self._background.run(
                read_pixels,
                result.path,
                done=lambda read: self._take_pixels(result, read),
                failed=lambda error: log.info("%s: %s", result.path, error),
            )
        else:
            self._opened.move_to_end(result.path)

    def show_start(self) -> None:
        """The picture that the next one starts from."""
        image = self._generation.image
        if image is not None:
            self.is_following = False
            self.shown = Shown(ShownKind.START, image.pixels, Extent(image.width, image.height))

    def clear(self) -> None:
        self._newest = None
        self.shown = Shown()

    def _take_step(self, job: Job, kept: KeptStep) -> None:
        if kept.preview is not None and self._settings.previews:
            self._show_newest(_step(job, kept))

    def _take_picture(self, job: Job, event: ImageReady) -> None:
        height, width = event.pixels.shape[:2]
        shown = Shown(ShownKind.RESULT, event.pixels, Extent(width, height), job)
        self._unsaved.append((event.recipe, shown))
        self._show_newest(shown)

    def _take_saved(self, job: Job, result: Result) -> None:
        """A picture that may be on the canvas has a file now."""
        made = next((entry for entry in self._unsaved if entry[0] is result.recipe), None)
        if made is None:
            return
        self._unsaved.remove(made)
        unsaved = made[1]
        saved = replace(unsaved, result=result)
        self._keep_opened(result.path, saved.pixels)
        if self._newest is unsaved:
            self._newest = saved
        if self.shown is unsaved:
            self.shown = saved

    def _take_pixels(self, result: Result, pixels: Pixels) -> None:
        self._keep_opened(result.path, pixels)
        if self.shown.result is result:
            self.shown = _result(result, pixels)

    def _take_removed(self, result: Result) -> None:
        self._opened.pop(result.path, None)
        if self._newest is not None and self._newest.result is result:
            self._newest = None
        if self.shown.result is result:
            self.shown = Shown()

    def _take_setting(self, name: str) -> None:
        """A start picture is shown when it is chosen; taken away, it leaves the canvas too."""
        if name != "image":
            return
        if self._generation.image is not None and self._generation.image.pixels is not None:
            self.show_start()
        elif self.shown.kind is ShownKind.START:
            self.shown = self._newest or Shown()

    def _show_newest(self, shown: Shown) -> None:
        self._newest = shown
        if self.is_following:
            self.shown = shown

    def _keep_opened(self, path: Path, pixels: Pixels | None) -> None:
        if pixels is None:
            return
        self._opened[path] = pixels
        self._opened.move_to_end(path)
        while sum(opened.nbytes for opened in self._opened.values()) > MOST_BYTES and len(self._opened) > 1:
            self._opened.popitem(last=False)


def _step(job: Job, kept: KeptStep) -> Shown:
    return Shown(ShownKind.STEP, kept.preview, job.pictures.extent, job, kept)


def _result(result: Result, pixels: Pixels | None) -> Shown:
    if pixels is not None:
        height, width = pixels.shape[:2]
        return Shown(ShownKind.RESULT, pixels, Extent(width, height), result=result)
    extent = result.recipe.request.extent if result.recipe is not None else Extent(0, 0)
    return Shown(ShownKind.RESULT, None, extent, result=result)
