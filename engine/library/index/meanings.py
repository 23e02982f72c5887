"""What prompts mean, read by the process of `meaning_process` in the background, kept in the index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.library.index.embedder import EmbedderProcess
from engine.library.index.learning_progress import LearningProgress
from engine.library.index.meaning_process import COMMAND, LENGTH
from engine.library.index.vectors import KeptVectors, load_vectors, packed

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue

PROMPTS = 128
"""Encoded at a time."""
WITHOUT_MEANING = """
SELECT w.id, w.prompt FROM words w
LEFT JOIN meanings m ON m.picture = w.id AND length(m.numbers) = ?
WHERE m.picture IS NULL AND w.prompt <> '' ORDER BY w.id DESC
"""
MEANINGS = "SELECT picture, numbers FROM meanings ORDER BY picture"


class Meanings:
    """Of one catalogue; any thread."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._encoder = EmbedderProcess(COMMAND)
        self._kept: tuple[object, KeptVectors] | None = None

    def close(self) -> None:
        self._encoder.close()

    def learn(self) -> Iterator[LearningProgress]:
        """Read every prompt that was not read yet, the newest first; the same prompt once.

        Some hundred prompts a second: for a thread of its own. Close the iterator to stop.
        """
        with self._catalogue.reading() as connection:
            rows = connection.execute(WITHOUT_MEANING, (LENGTH,)).fetchall()
        ids_of: dict[str, list[int]] = {}
        for id, prompt in rows:
            ids_of.setdefault(prompt, []).append(id)
        prompts, done = list(ids_of), 0
        for at in range(0, len(prompts), PROMPTS):
            some = prompts[at : at + PROMPTS]
            vectors = self._encoder.texts(some)
            with self._catalogue.writing() as store:
                for prompt, vector in zip(some, vectors, strict=True):
                    store.put_meanings((id, packed(vector)) for id in ids_of[prompt])
                    done += len(ids_of[prompt])
            yield LearningProgress(done, len(rows))

    def scores(self, text: str, state: object) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids of pictures whose prompts were read, and how near their meaning is to that of `text`."""
        kept = self._fresh(state)
        return kept.ids, kept.scores(self._encoder.texts([text])[0])

    def _fresh(self, state: object) -> KeptVectors:
        """Kept for as long as nothing in the index changes, which `state` tells."""
        if self._kept is None or self._kept[0] != state:
            with self._catalogue.reading() as connection:
                self._kept = state, load_vectors(connection, MEANINGS, (), LENGTH)
        return self._kept[1]
