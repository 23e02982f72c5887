"""The gallery's window over many pictures: the first screen, and every frame while one scrolls."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from measure import Figure, percentile
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from desktop.bridge.local_engine import LocalEngine
from desktop.gallery.page import GalleryPage
from desktop.state.studio import Studio
from desktop.widgets.theme import apply_theme

FRAMES = 900
FRAME_SECONDS = 1 / 60
STEP_PX = (40, 120, 400)
"""Scrolled in a frame: a wheel, a swift wheel, the bar dragged."""
PATIENCE_SECONDS = 120.0
SIZE = (1440, 900)


def in_the_window(home: Path) -> list[Figure]:
    """`home` holds `index.sqlite` and `library.sqlite` of the pictures."""
    own = home / "window"
    for folder, name in (("cache", "index.sqlite"), ("data", "library.sqlite")):
        (own / folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(home / name, own / folder / name)
    before = os.environ.get("LIENZO_HOME")
    os.environ["LIENZO_HOME"] = str(own)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    apply_theme(app, "dark")
    try:
        with_page(app, lambda page: None)  # the small pictures of the first screen are made
        first: list[float] = []
        frames: dict[str, list[float]] = {}
        with_page(app, lambda page: frames.update(scrolled(app, page)), first)
    finally:
        if before is None:
            del os.environ["LIENZO_HOME"]
        else:
            os.environ["LIENZO_HOME"] = before
    return [
        Figure("from the click to the first screen with its small pictures", first[0], "s", "< 0.5"),
        *[
            Figure(f"a frame, {what}, p99", percentile(times, 0.99) * 1000, "ms", "< 16")
            for what, times in frames.items()
        ],
        *[
            Figure(f"a frame, {what}, median", percentile(times, 0.5) * 1000, "ms")
            for what, times in frames.items()
        ],
    ]


def with_page(
    app: QApplication, use: Callable[[GalleryPage], object], first: list[float] | None = None
) -> None:
    """A studio of its own, and the page as one comes to it; `first` gets the seconds to the first screen."""
    studio = Studio(LocalEngine())
    start = time.perf_counter()
    page = GalleryPage(studio)
    page.resize(*SIZE)
    page.show()
    wait(app, lambda: is_seen(page))
    if first is not None:
        first.append(time.perf_counter() - start)
    page.gallery.folders.cancel()  # the folders are not what is measured here
    wait(app, lambda: not page.gallery.folders.is_looking)
    use(page)
    page.close()
    studio.close()
    page.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def is_seen(page: GalleryPage) -> bool:
    """Every picture of the screen is there and drawn."""
    grid = page.grid
    seen = grid.geometry_of_items.seen(0, grid.viewport().height())
    return bool(len(seen)) and all(page.gallery.thumbnails.image(int(grid.content.keys[i])) for i in seen)


def wait(app: QApplication, condition: Callable[[], bool]) -> None:
    until = time.perf_counter() + PATIENCE_SECONDS
    while not condition():
        if time.perf_counter() > until:
            raise TimeoutError("the gallery was not there in time")
        app.processEvents()
        time.sleep(0.001)


def scrolled(app: QApplication, page: GalleryPage) -> dict[str, list[float]]:
    """Seconds that the window was busy with each frame, sixty a second; the small pictures are not made yet,
    so they are decoded and come in meanwhile. Other programs' share of the time is in the first of each two.
    """
    bar = page.grid.verticalScrollBar()
    found = {}
    for step in STEP_PX:
        bar.setValue(random.Random(step).randrange(bar.maximum() // 2))
        times, work = [], []
        for _ in range(FRAMES // len(STEP_PX)):
            start, own = time.perf_counter(), time.thread_time()
            bar.setValue(bar.value() + step)
            app.processEvents()
            times.append(time.perf_counter() - start)
            work.append(time.thread_time() - own)
            rest = FRAME_SECONDS - (time.perf_counter() - start)
            if rest > 0:
                time.sleep(rest)
        found[f"scrolling {step} px"] = times
        found[f"scrolling {step} px, its own work (on a busy machine)"] = work
    return found
