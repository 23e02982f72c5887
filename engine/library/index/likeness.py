"""Pictures found by what they look like and by what their prompts mean; learnt in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.api.errors import EngineError
from engine.library.disks import NO_ANSWER, is_no_answer
from engine.library.index.alike import Looks, alike_of, likeness, load_looks, near_duplicates
from engine.library.index.learning_progress import LearningProgress
from engine.library.index.look import Look, look_of
from engine.library.index.meanings import Meanings
from engine.library.index.query import Query
from engine.library.index.search import Found
from engine.library.index.sights import SIDE_PX as SIGHT_PX
from engine.library.index.sights import SightModel, Sights
from engine.library.thumbnails.decoder_process import DecoderProcess

if TYPE_CHECKING:
    from engine.library.index.catalogue import Catalogue

SIDE_PX = 96
"""Of the small picture that is looked at."""
BATCH = 50
LEAST_WORDS = 0.15
"""A meaning that is less near is none: then nothing is found rather than anything."""
WORDS_SHARE, SIGHT_SHARE = 0.5, 0.75
"""Of the nearest one's score; between words and pixels scores are low and lie close together."""
RANK_OFFSET = 60
Small = Callable[[Path], NDArray[np.uint8] | None]
"""Gives a small picture of a file that is there already, H x W x 3, or None."""

WITHOUT_LOOK = """
SELECT p.id FROM pictures p LEFT JOIN looks l ON l.picture = p.id AND l.mtime_ns = p.mtime_ns
WHERE l.picture IS NULL AND p.presence = 0 ORDER BY p.date DESC
"""


class Likeness:
    """Of one catalogue; any thread. Everything learnt is in the index at once, and never learnt again."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._looks: tuple[tuple[int, int], Looks] | None = None
        self._meanings = Meanings(catalogue)
        self._sights: Sights | None = None
        self._decoder: DecoderProcess | None = None
        """The one at work, or the last one."""

    # looks

    def learn_looks(self, small: Small | None = None) -> Iterator[LearningProgress]:
        """Look at every picture that was not looked at since it changed, in a decoder process, newest first.

        `small` may save the decoding. Some ten milliseconds a picture: for a thread of its own. Close the
        iterator to stop. Raises `CannotSave` where the index is only read.
        """
        with self._catalogue.reading() as connection:
            to_do = [id for (id,) in connection.execute(WITHOUT_LOOK)]
        decoder = self._decoder = DecoderProcess()
        silent: set[Path] = set()
        try:
            for at in range(0, len(to_do), BATCH):
                learnt: list[tuple[int, int, int, Look | None]] = []
                for number, record in enumerate(self._catalogue.records(to_do[at : at + BATCH]), at + 1):
                    if record.path.parent in silent:
                        continue
                    look, cause = _look_at(record.path, decoder, small)
                    if decoder.is_closed:
                        return
                    if cause == NO_ANSWER:
                        silent.add(record.path.parent)  # the next time
                    else:
                        learnt.append((record.id, record.mtime_ns, record.bytes, look))
                    yield LearningProgress(number, len(to_do), record.path, cause)
                with self._catalogue.writing() as store:
                    store.put_looks(learnt)
        finally:
            decoder.end()

    def like(self, ids: Iterable[int], query: Query | str = "", most: int = 500) -> Found:
        """More like these: what shows or looks like them, most alike first, themselves at the beginning.

        As the artist's network sees them, where it has; else by colours, composition and texture. Of what
        `query` asks for. Empty where none of `ids` was looked at yet.
        """
        ids = list(ids)
        if self._sights is not None:
            kept = self._sights.kept(self._catalogue.state())
            mean = kept.mean_of(np.array(ids, np.int64))
            if mean is not None:
                return alike_of(self._catalogue.search(query), kept.ids, kept.scores(mean), most)
        looks = self._fresh_looks()
        chosen = np.isin(looks.ids, np.array([int(id) for id in ids], np.int64))
        return self._most_alike(looks, looks.numbers[chosen].sum(0), query, most)

    def like_pixels(self, pixels: NDArray[np.uint8], query: Query | str = "", most: int = 500) -> Found:
        """As `like`, of a picture that need not be in the library (H x W x 3): one that was dropped."""
        if self._sights is not None and len((kept := self._sights.kept(self._catalogue.state())).ids):
            scores = kept.scores(self._sights.of_pixels(small_enough(pixels)))
            return alike_of(self._catalogue.search(query), kept.ids, scores, most)
        return self._most_alike(self._fresh_looks(), look_of(pixels).numbers.astype(np.float32), query, most)

    def near_duplicates(self) -> list[tuple[int, ...]]:
        """Groups of ids that show nearly the same, the largest first."""
        return near_duplicates(self._fresh_looks())

    def _most_alike(self, looks: Looks, wanted: NDArray[np.float32], query: Query | str, most: int) -> Found:
        found = self._catalogue.search(query)
        return alike_of(found, looks.ids, likeness(looks, wanted) if wanted.any() else None, most)

    def _fresh_looks(self) -> Looks:
        """Kept for as long as nothing in the index changes."""
        state = self._catalogue.state()
        if self._looks is None or self._looks[0] != state:
            with self._catalogue.reading() as connection:
                self._looks = state, load_looks(connection)
        return self._looks[1]

    # meaning

    def learn_meanings(self) -> Iterator[LearningProgress]:
        """Read every prompt that was not read yet, the newest first; see `Meanings.learn`."""
        return self._meanings.learn()

    def use_sight(self, model: SightModel | None) -> None:
        """From now on pictures are seen by this network of the artist's, or by none."""
        old = self._sights
        if (old.model if old is not None else None) != model:
            self._sights = None if model is None else Sights(self._catalogue, model)
            if old is not None:
                old.close()

    @property
    def sight(self) -> SightModel | None:
        """The network that sees pictures; None without one."""
        return self._sights.model if self._sights is not None else None

    def learn_sights(self) -> Iterator[LearningProgress]:
        """Look at every picture with the artist's network; nothing where there is none."""
        return self._sights.learn() if self._sights is not None else iter(())

    def by_meaning(self, text: str, query: Query | str = "", most: int = 500) -> Found:
        """What says or shows the same in other words, nearest first: "misty harbour" finds a foggy port.

        Prompts are read in 16 languages, in any of which one asks; with a network of the artist's what is in
        the pixels counts as much. Of what `query` asks for. Raises `UnsupportedModel` where the process that
        reads ends before it answers.
        """
        found, state = self._catalogue.search(query), self._catalogue.state()
        rankings = [_near(found, *self._meanings.scores(text, state), WORDS_SHARE, LEAST_WORDS, most)]
        if self._sights is not None:
            kept = self._sights.kept(state)
            if len(kept.ids):
                scores = kept.scores(self._sights.of_text(text))
                rankings.append(_near(found, kept.ids, scores, SIGHT_SHARE, 0.0, most))
        return rankings[0] if len(rankings) == 1 else fused(rankings, most)

    def close(self) -> None:
        """Leave no process; who waits for one is let go."""
        if self._decoder is not None:
            self._decoder.kill()
        self._meanings.close()
        if self._sights is not None:
            self._sights.close()


def _near(
    found: Found,
    ids: NDArray[np.int64],
    scores: NDArray[np.float32],
    share: float,
    least: float,
    most: int,
) -> Found:
    """The best ones: those with at least `share` of the very best one's score, and at least `least`."""
    best = alike_of(found, ids, scores if len(ids) else None, most)
    assert best.scores is not None
    least = max(least, share * float(best.scores[0])) if len(best.scores) else least
    count = int((best.scores >= least).sum())
    return Found(best.query, best.order, best.columns, best.rows[:count], best.scores[:count])


def fused(rankings: Sequence[Found], most: int) -> Found:
    """One order of several, by reciprocal ranks: their scores are not of one kind.

    Cormack et al., https://doi.org/10.1145/1571941.1572114.
    """
    points: dict[int, float] = {}
    for ranking in rankings:
        for rank, row in enumerate(ranking.rows.tolist(), 1):
            points[row] = points.get(row, 0.0) + 1 / (RANK_OFFSET + rank)
    rows = sorted(points, key=points.__getitem__, reverse=True)[:most]
    first = rankings[0]
    scores = np.array([points[row] for row in rows], np.float32)
    return Found(first.query, first.order, first.columns, np.array(rows, first.rows.dtype), scores)


def _look_at(path: Path, decoder: DecoderProcess, small: Small | None) -> tuple[Look | None, str]:
    """Its look, or why there is none."""
    try:
        pixels = small(path) if small is not None else None
        return look_of(decoder.thumbnail(path, SIDE_PX).pixels if pixels is None else pixels), ""
    except EngineError as error:
        return None, NO_ANSWER if is_no_answer(error) else error.message


def small_enough(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """As large as the pictures of the library are shown to the network."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((SIGHT_PX, SIGHT_PX), Image.Resampling.LANCZOS)
    return np.asarray(image)
