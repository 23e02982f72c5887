"""A real studio for tests: real journal, real files, real engine, the toy model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import shiboken6
from patience import patience_ms

from desktop.bridge.engine import Engine
from desktop.bridge.local_engine import LocalEngine
from desktop.state.jobs import Job, JobState
from desktop.state.messages import Offer
from desktop.state.studio import Studio

PATIENCE_MS = patience_ms(60)
"""What is waited for comes in seconds."""


class Heard:
    """What the studio said."""

    def __init__(self, studio: Studio) -> None:
        self.said: list[tuple[str, str]] = []
        self.offers: list[Offer] = []
        studio.messages.said.connect(lambda level, text: self.said.append((level, text)))
        studio.messages.offered.connect(self.offers.append)

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.said] + [offer.text for offer in self.offers]


@contextmanager
def studio_with_toy(qtbot: Any, engine: Engine | None = None, model: str = "toy") -> Iterator[Studio]:
    """A started studio on the test's own profile; closed at the end, with nothing left running."""
    studio = Studio(engine or LocalEngine())
    studio.heard = Heard(studio)  # type: ignore[attr-defined]
    try:
        if not studio.draft.was_found:
            studio.generation.model = model
        studio.start()
        qtbot.waitUntil(lambda: studio.is_ready and studio.models.is_scanned, timeout=PATIENCE_MS)
        yield studio
    finally:
        end(studio)


def end(studio: Studio) -> None:
    """Close and take apart now: the garbage collector would do it in any thread, at any time."""
    studio.close()
    shiboken6.delete(studio)


def heard(studio: Studio) -> Heard:
    return studio.heard  # type: ignore[attr-defined]


def toy_request(prompt: str = "a dog", **changes: Any):
    """A small request, quick to make."""
    from engine.models.catalog import Catalog

    info = Catalog().find("toy")
    return info.request(prompt, **{"width": 64, "height": 64, **changes})


def is_over(job: Job) -> bool:
    return job.is_over


def wait_done(qtbot: Any, *jobs: Job) -> None:
    qtbot.waitUntil(lambda: all(job.state is JobState.DONE for job in jobs), timeout=PATIENCE_MS)
