"""What pictures show, seen by a network of the artist's own that puts pictures and words in one space.

CLIP (Radford et al., https://arxiv.org/abs/2103.00020) and its kin. The network runs in a process of its own,
whose command the application gives; its vectors are kept in the index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import EngineError, UnsupportedModel
from engine.library.disks import is_no_answer
from engine.library.index.embedder import EmbedderProcess
from engine.library.index.learning_progress import LearningProgress
from engine.library.index.vectors import KeptVectors, load_vectors, packed
from engine.library.thumbnails.decoder_process import DecoderProcess

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue
    from engine.library.index.record import PictureRecord

SIDE_PX = 384
"""Of the small picture that the network sees; it brings it to its own size."""
BATCH = 8
WITHOUT_SIGHT = """
SELECT p.id FROM pictures p
LEFT JOIN sights s ON s.picture = p.id AND s.mtime_ns = p.mtime_ns AND s.model = ?
WHERE s.picture IS NULL AND p.presence = 0 ORDER BY p.date DESC
"""
SIGHTS = "SELECT picture, numbers FROM sights WHERE model = ? AND numbers IS NOT NULL ORDER BY picture"


@dataclass(frozen=True)
class SightModel:
    """A network of the artist's, as the application found it."""

    name: str
    mark: int
    """Tells it from every other: vectors of two networks are not compared. 63 bits."""
    command: tuple[str, ...]
    """Starts the process that `embedder.EmbedderProcess` speaks with."""
    length: int
    """Numbers of one vector."""


class Sights:
    """Of one catalogue and one network; any thread."""

    def __init__(self, catalogue: Catalogue, model: SightModel) -> None:
        self.model = model
        self._catalogue = catalogue
        self._seer = EmbedderProcess(model.command)
        self._kept: tuple[object, KeptVectors] | None = None
        self._decoder: DecoderProcess | None = None
        self._is_closed = False

    def close(self) -> None:
        """Leave no process; what is being learnt ends."""
        self._is_closed = True
        if self._decoder is not None:
            self._decoder.kill()
        self._seer.close()

    def learn(self) -> Iterator[LearningProgress]:
        """Look at every picture that was not looked at since it changed, the newest first.

        Decoded in a decoder process; a second or so for a batch: for a thread of its own. Close the iterator
        to stop. Raises `CannotSave` where the index is only read, `UnsupportedModel` where the network fails.
        """
        with self._catalogue.reading() as connection:
            to_do = [id for (id,) in connection.execute(WITHOUT_SIGHT, (self.model.mark,))]
        decoder = self._decoder = DecoderProcess()
        silent: set[Path] = set()
        try:
            for at in range(0, len(to_do), BATCH):
                if self._is_closed:
                    return
                records = self._catalogue.records(to_do[at : at + BATCH])
                yield from self._look(records, decoder, silent, LearningProgress(at, len(to_do)))
        finally:
            decoder.end()

    def _look(
        self,
        records: Sequence[PictureRecord],
        decoder: DecoderProcess,
        silent: set[Path],
        before: LearningProgress,
    ) -> Iterator[LearningProgress]:
        """Folders whose disk does not answer come into `silent`; their pictures wait for the next time."""
        pixels: dict[int, NDArray[np.uint8]] = {}
        causes: dict[int, str] = {}
        for record in records:
            if record.path.parent in silent:
                continue
            try:
                pixels[record.id] = decoder.thumbnail(record.path, SIDE_PX).pixels
            except EngineError as error:
                causes[record.id] = error.message
                if is_no_answer(error):
                    silent.add(record.path.parent)
        if decoder.is_closed:
            return
        there = [record for record in records if record.path.parent not in silent]
        try:
            vectors = self._seer.pictures(list(pixels.values())) if pixels else ()
        except UnsupportedModel:
            if self._is_closed:  # another network was chosen
                return
            raise
        seen = {id: packed(vector) for id, vector in zip(pixels, vectors, strict=True)}
        with self._catalogue.writing() as store:
            store.put_sights(
                (record.id, record.mtime_ns, record.bytes, self.model.mark, seen.get(record.id))
                for record in there
            )
        for number, record in enumerate(records, before.done + 1):
            yield LearningProgress(number, before.total, record.path, causes.get(record.id, ""))

    def kept(self, state: object) -> KeptVectors:
        """Kept for as long as nothing in the index changes, which `state` tells."""
        if self._kept is None or self._kept[0] != state:
            with self._catalogue.reading() as connection:
                values = (self.model.mark,)
                self._kept = state, load_vectors(connection, SIGHTS, values, self.model.length)
        return self._kept[1]

    def of_text(self, text: str) -> NDArray[np.float32]:
        """The vector near which pictures lie that show what `text` says."""
        return self._seer.texts([text])[0]

    def of_pixels(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Of a picture H x W x 3 that need not be in the library."""
        return self._seer.pictures([pixels])[0]
