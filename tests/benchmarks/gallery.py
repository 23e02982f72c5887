"""The gallery over many pictures: indexing, first answer, searches, facets, memory, frames.

100,000 files, or as many as `LIENZO_BENCHMARK_PICTURES` says, made in a folder of their own and removed.
"""

from __future__ import annotations

import gc
import os
import random
import resource
import shutil
import tempfile
import time
from pathlib import Path

from catalogues import LIGHTS, STYLES, THINGS, make_catalogue
from measure import Figure, percentile
from PIL import Image

from engine.library.index.catalogue import Catalogue
from engine.library.index.ordering import Order

COUNT = int(os.environ.get("LIENZO_BENCHMARK_PICTURES", "100000"))
SEARCHES = 400
SCREEN = 120
"""Pictures of the first screen."""


def measure() -> list[Figure]:
    home = Path(tempfile.mkdtemp(prefix="lienzo-gallery-"))
    try:
        pictures = home / "pictures"
        make_catalogue(pictures, COUNT)
        figures = [*indexing(home, pictures), *searching(home), memory()]
        # the window comes last: it brings Qt's memory with it
        from gallery_window import in_the_window

        return [*figures, *in_the_window(home)]
    finally:
        shutil.rmtree(home, ignore_errors=True)


def indexing(home: Path, pictures: Path) -> list[Figure]:
    """Beside Pillow's reading of the same heads, before and after: files in the cache for both."""
    files = [str(path) for path in sorted(pictures.rglob("*.png"))]
    first = seconds_of_pillow(files)
    catalogue = opened(home)
    catalogue.add_folder(pictures)
    start = time.perf_counter()
    for _ in catalogue.scan():
        pass
    index_s = time.perf_counter() - start
    pillow_s = (first + seconds_of_pillow(files)) / 2
    start = time.perf_counter()
    for _ in catalogue.scan():
        pass
    again_s = time.perf_counter() - start
    size = catalogue.path.stat().st_size
    catalogue.close()
    return [
        Figure("indexing, of the speed of PIL.Image.open", pillow_s / index_s, "x", ">= 0.5"),
        Figure("files indexed", len(files) / index_s, "/s"),
        Figure("files opened by Pillow", len(files) / pillow_s, "/s"),
        Figure("looking again where nothing changed", again_s, "s"),
        Figure("bytes of index a picture", size / len(files), "B"),
    ]


def seconds_of_pillow(files: list[str]) -> float:
    start = time.perf_counter()
    for path in files:
        with Image.open(path):
            pass
    return time.perf_counter() - start


def searching(home: Path) -> list[Figure]:
    start = time.perf_counter()
    catalogue = opened(home)
    found = catalogue.search("")
    catalogue.records(found.ids[:SCREEN])
    first_s = time.perf_counter() - start
    chance = random.Random(7)
    searches = [typed(chance) for _ in range(SEARCHES)]
    times = [milliseconds(lambda text=text: catalogue.search(text, is_typing=True)) for text in searches]
    with_facets = [milliseconds(lambda text=text: whole(catalogue, text)) for text in searches[:50]]
    ids = catalogue.search("").ids
    marks = [milliseconds(lambda id=id: catalogue.mark([id], rating=3)) for id in ids[:20]]
    after = [milliseconds(lambda: rated(catalogue, ids)) for _ in range(20)]
    orders = max(milliseconds(lambda order=order: catalogue.search("", order)) for order in Order)
    catalogue.close()
    return [
        Figure("opened, searched and the first screen's records", first_s, "s", "< 0.5"),
        Figure("search while typing, median", percentile(times, 0.5), "ms"),
        Figure("search while typing, p95", percentile(times, 0.95), "ms", "< 50"),
        Figure("search with all facets, p95", percentile(with_facets, 0.95), "ms"),
        Figure("rating one picture, median", percentile(marks, 0.5), "ms"),
        Figure("rating and searching again, p95", percentile(after, 0.95), "ms"),
        Figure("the slowest order, the first time", orders, "ms"),
    ]


def typed(chance: random.Random) -> str:
    """What stands in the field while somebody types: words, a part of the last one, sometimes a field."""
    words = [chance.choice(chance.choice((THINGS, LIGHTS, STYLES))) for _ in range(chance.randrange(1, 3))]
    text = " ".join(words)
    text = text[: chance.randrange(1, len(text) + 1)]
    field = chance.choice(
        ("", "", "", "model:sdxl ", "rating:>=4 ", "-beagle ", "date:2025-03 ", "lora:ink ")
    )
    return field + text


def whole(catalogue: Catalogue, text: str) -> None:
    catalogue.facets(catalogue.search(text))


def rated(catalogue: Catalogue, ids: object) -> None:
    catalogue.mark(ids[:1], rating=random.randrange(6))  # type: ignore[index]
    catalogue.search("harbour")


def milliseconds(call) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def memory() -> Figure:
    """The most that this process ever had, with Python, numpy and Pillow in it."""
    gc.collect()
    return Figure(
        "memory at its highest", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB", "< 600"
    )


def opened(home: Path) -> Catalogue:
    return Catalogue.open(home / "index.sqlite", home / "library.sqlite")
