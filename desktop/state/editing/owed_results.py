"""Pictures that were made for a document and are not in it: it was closed, or everything was killed.

The journal knows them from the moment they are saved. They come when their document is open again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.bridge.background import Background
from desktop.state.document.document import Document
from desktop.state.document.layers import ResultLayer
from desktop.state.documents import Documents
from desktop.state.editing.canvas_results import Arriving, CanvasResults, Key
from desktop.state.jobs import Job, JobQueue
from desktop.state.result import Result
from engine.api.canvas_place import CanvasPlace
from engine.api.errors import EngineError
from engine.api.images import Pixels, Stack
from engine.api.recipe import Recipe
from engine.api.request import GenerationRequest

if TYPE_CHECKING:
    from engine.library.journal import Journal

log = logging.getLogger("canvas")


@dataclass(frozen=True, eq=False)
class Owed:
    """A picture of the library that belongs into a document."""

    path: Path
    job_id: str
    request: GenerationRequest | None = None
    """None where the file is gone, or does not say what it may change: then it cannot be put anywhere."""
    recipe: Recipe | None = None
    pixels: Pixels | None = None
    layers: Stack | None = None


class OwedResults(QObject):
    """Brings what is owed to the document that is open; settles what is in it and on the disk with it."""

    came_back = Signal(int)
    """So many pictures that were made earlier are on their way into the document."""

    def __init__(
        self,
        documents: Documents,
        jobs: JobQueue,
        results: CanvasResults,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._documents, self._results, self._background = documents, results, background
        self._journal: Journal | None = None
        self._paths: dict[Key, Path] = {}
        """Of pictures that are saved and not settled yet."""
        self._taken: set[Key] = set()
        """Those in their document that are not saved yet."""
        jobs.picture_saved.connect(self._take_saved)
        results.taken.connect(self._take_taken)
        documents.changed.connect(self.look)

    def use(self, journal: Journal) -> None:
        """The journal is open, and the models are known."""
        self._journal = journal
        self.look()

    def look(self) -> None:
        """Read, in the pool, what is owed to the present document."""
        if self._journal is None or self._documents.is_pristine:
            return
        document = self._documents.current
        self._background.run(
            owed_to,
            self._journal,
            document.identity,
            done=lambda owed: self._bring(document, owed),
            failed=lambda error: log.info("what is owed to the canvas cannot be read: %s", error),
        )

    def _bring(self, document: Document, owed: list[Owed]) -> None:
        if document is not self._documents.current:
            return
        there, count = _hashes_in(document), 0
        for one in owed:
            if one.request is None or one.recipe is None or one.pixels is None:
                self._settle(one.path)
                continue
            key = one.job_id, one.recipe.pixels_sha256
            place = CanvasPlace.of(one.request)
            if key in self._results.under_way or key in self._taken or place is None:
                continue
            self._paths[key] = one.path
            if one.recipe.pixels_sha256 in there:  # the kill came between the two
                self._take_taken(key)
                continue
            arriving = Arriving(one.job_id, one.request, one.recipe, place, one.layers)
            count += self._results.arrive(arriving, one.pixels)
        if count:
            self.came_back.emit(count)

    def _take_saved(self, job: Job, result: Result) -> None:
        if CanvasPlace.of(job.request) is None or result.recipe is None:
            return
        key = job.id, result.recipe.pixels_sha256
        self._paths[key] = result.path
        if key in self._taken:
            self._taken.discard(key)
            self._settle_when_kept(key)

    def _take_taken(self, key: Key) -> None:
        if key in self._paths:
            self._settle_when_kept(key)
        else:
            self._taken.add(key)

    def _settle_when_kept(self, key: Key) -> None:
        path = self._paths.pop(key)
        self._documents.when_kept(lambda: self._settle(path))

    def _settle(self, path: Path) -> None:
        if self._journal is not None:
            self._background.run(self._journal.settle, path)


def owed_to(journal: Journal, document: str) -> list[Owed]:
    """With their pixels, oldest first. For the disk pool."""
    # Pillow and the metadata readers are loaded with the first picture, not with the window
    from engine.api.wire import masks_of, with_pictures
    from engine.library.layers import read_layers
    from engine.library.masks import unpacked_masks
    from engine.library.pictures import open_picture, read_metadata

    owed = []
    for path, job, job_id in journal.owed_to(document):
        try:
            pixels, recipe = open_picture(path).pixels, read_metadata(path).recipe
            layers = read_layers(path) if recipe is not None and recipe.layers_sha256 else None
        except EngineError as error:
            log.info("%s: %s", path, error)
            owed.append(Owed(path, job_id))
            continue
        if recipe is None:
            owed.append(Owed(path, job_id))
            continue
        own = with_pictures(recipe.request, unpacked_masks(recipe.masks))
        seen = job.request if job is not None and isinstance(job.request, GenerationRequest) else own
        if all(mask.pixels is not None for mask in masks_of(seen)):
            owed.append(Owed(path, job_id, seen, recipe, pixels, layers))
        else:
            owed.append(Owed(path, job_id))
    return owed


def _hashes_in(document: Document) -> set[str]:
    """Of the pictures that the document holds, or held at some time that one can go back to."""
    states = [document.state]
    for entry in document.history.entries:
        states += (entry.before, entry.after)
    return {
        variant.recipe.pixels_sha256
        for root in {id(state.root): state.root for state in states}.values()
        for layer in root.walk()
        if isinstance(layer, ResultLayer)
        for variant in layer.variants
        if variant.recipe is not None
    }
