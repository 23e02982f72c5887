"""A painter to be killed: `python child_document.py FILE` forks one for each line it reads.

Each brings the document back from its journal, checks it stroke by stroke, says `ready RECOVERED`, and
paints, saying `STROKE TIME` after each stroke, until it is killed.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QTimer

from desktop.bridge.background import Background
from desktop.raster.rect import Rect
from desktop.state.document import restoring
from desktop.state.document.document import Document
from desktop.state.document.journal import DocumentJournal
from engine.api.images import Extent

SIZE = Extent(900, 700)
DELAY_MS = 40


def stroke_at(number: int) -> tuple[Rect, int]:
    """Where the stroke is painted and with what."""
    rng = np.random.default_rng(number)
    left, top = int(rng.integers(0, 600)), int(rng.integers(0, 400))
    return Rect(left, top, int(rng.integers(30, 300)), int(rng.integers(30, 300))), int(rng.integers(1, 256))


def picture_after(strokes: int) -> NDArray[np.uint8]:
    picture = np.zeros((SIZE.height, SIZE.width), np.uint8)
    for number in range(1, strokes + 1):
        rect, value = stroke_at(number)
        picture[rect.top : rect.bottom, rect.left : rect.right] = value
    return picture


def painted(document: Document) -> NDArray[np.uint8]:
    pixels = document.active.pixels
    assert pixels is not None
    return pixels.read(document.canvas)[..., 0]


def check(document: Document) -> int:
    """The strokes that are there; raises `AssertionError` where a pixel or a step back is wrong."""
    entries = document.history.entries
    if not entries:
        assert not painted(document).any()
        return 0
    count = int(entries[-1].title)
    assert [int(entry.title) for entry in entries] == list(range(count - len(entries) + 1, count + 1))
    rect, _ = stroke_at(count)
    differs = painted(document) != picture_after(count)
    differs[rect.top : rect.bottom, rect.left : rect.right] = False  # the last may be half painted
    assert not differs.any(), "pixels are wrong"
    for back in (1, 2, len(entries)):
        if back <= len(entries):
            document.history.jump_to(len(entries) - back)
            assert (painted(document) == picture_after(count - back)).all(), f"{back} steps back is wrong"
    document.history.jump_to(len(entries))
    if (painted(document) != picture_after(count)).any():
        document.history.undo()  # painting goes on from whole strokes
        return count - 1
    return count


def paint(file: Path) -> None:
    app = QCoreApplication([])
    background = Background()
    restored = restoring.restore(file)
    assert not restored.aside and not restored.lost, "damaged"
    document = restoring.document_of(restored) if restored.state else Document(SIZE)
    document.history.limit_bytes = 64 << 20
    count = check(document)
    journal = DocumentJournal(document, restored.file, background, DELAY_MS)
    if restored.state is not None:
        journal.holds(restored.numbers)
    say(f"ready {count}")
    strokes = endless_strokes(document, count)
    timer = QTimer(interval=3)
    timer.timeout.connect(lambda: next(strokes))
    timer.start()
    app.exec()


def endless_strokes(document: Document, count: int):
    """Each over several turns of the event loop, so that a kill (and the journal) may come in the middle."""
    pixels = document.active.pixels
    assert pixels is not None
    while True:
        count += 1
        rect, value = stroke_at(count)
        with document.begin(str(count)):
            for top in range(rect.top, rect.bottom, 60):
                part = Rect(rect.left, top, rect.width, min(60, rect.bottom - top))
                pixels.fill(part, (value, value, value, 255))
                yield
        say(f"{count} {time.monotonic()}")


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main() -> None:
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                paint(Path(sys.argv[1]))
            except BaseException:
                say(f"failed {traceback.format_exc()!r}")
            os._exit(1)
        say(f"pid {pid}")
        os.waitpid(pid, 0)
        say("gone")


if __name__ == "__main__":
    main()
