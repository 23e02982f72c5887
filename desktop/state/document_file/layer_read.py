"""The PNGs of an archive to tiles, by all cores, within the memory there is."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import IO

import numpy as np
from numpy.typing import NDArray

from desktop.raster.tile import Kind
from desktop.raster.tiles import Tiles
from desktop.state.document_file.archive import NOT_OURS, WHOLE_COPY, Archive, refused
from desktop.state.document_file.layer_png import put, to_premultiplied
from desktop.state.document_file.work import Work
from engine.api.errors import UnreadableFile
from engine.library.gate import LARGEST_FILE, LayerPicture, open_layer
from engine.library.png_reader import DamagedPng, PngHead, bands, first_length, read_head

LONGEST_SIDE = 1 << 16
"""Of a layer, which may reach outside the canvas."""
MOST_PIXELS = 1 << 30
MOST_PIXELS_IN_ALL = 1 << 33
"""Empty ones cost only time."""
STEP_ROWS = 256
SHARE_OF_MEMORY = 0.7


class Budget:
    """How many bytes of tiles a document may need: less than the computer has."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._pixels_left = MOST_PIXELS_IN_ALL
        self._counting = threading.Lock()

    def spend(self, archive: Archive, tile_bytes: int = 0, pixels: int = 0) -> None:
        with self._counting:
            self._left -= tile_bytes
            self._pixels_left -= pixels
            if self._left < 0:
                raise refused(archive.name, "it needs more memory than this computer has", SMALLER)
            if self._pixels_left < 0:
                raise refused(archive.name, "it would unpack to far too much", NOT_OURS)


SMALLER = "Open it on a larger one, or merge some of its layers"


def memory_budget() -> Budget:
    """By the memory of this computer; where it does not tell, 16 GiB."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        whole = 16 << 30
    return Budget(int(SHARE_OF_MEMORY * whole))


class LayerReader:
    """Reads members as tiles in threads; the tiles it returns are filled when `finish` has returned."""

    def __init__(self, archive: Archive, threads: ThreadPoolExecutor, work: Work, budget: Budget) -> None:
        self._archive = archive
        self._threads = threads
        self._work = work
        self._budget = budget
        self._waiting: list[tuple[Tiles, str, int, int]] = []
        self._notes: set[str] = set()

    def tiles(self, kind: Kind, member: str, left: int, top: int) -> Tiles:
        """Those of a PNG whose corner lies at (left, top); empty until `finish`."""
        tiles = Tiles(kind)
        self._waiting.append((tiles, member, left, top))
        return tiles

    def finish(self) -> tuple[str, ...]:
        """Fill all; what is to be said about them. Raises `UnreadableFile`, `Cancelled`."""
        heads = {member: self._head(member) for _, member, _, _ in self._waiting}
        self._work.expect(sum(-(-heads[member].height // STEP_ROWS) for _, member, _, _ in self._waiting))
        futures = [
            self._threads.submit(self._fill, tiles, member, left, top)
            for tiles, member, left, top in self._waiting
        ]
        try:
            for future in futures:
                future.result()
        except MemoryError:
            raise refused(
                self._archive.name, "it needs more memory than this computer has", SMALLER
            ) from None
        return tuple(sorted(self._notes))

    def _head(self, member: str) -> PngHead:
        with self._archive.open(member) as stream:
            try:
                head, _ = read_head(stream)
            except DamagedPng as error:
                raise self._damaged(member) from error
        if max(head.width, head.height) > LONGEST_SIDE or head.width * head.height > MOST_PIXELS:
            raise refused(self._archive.name, "one of its members is too large", NOT_OURS, member)
        self._budget.spend(self._archive, pixels=head.width * head.height)
        return head

    def _fill(self, tiles: Tiles, member: str, left: int, top: int) -> None:
        with self._archive.open(member) as stream:
            try:
                head, start = read_head(stream)
                if head.is_common:
                    self._fill_by_bands(tiles, stream, head, first_length(start), left, top)
                else:
                    data = start + stream.read(LARGEST_FILE)
                    self._fill_through_gate(tiles, member, data, left, top)
            except DamagedPng as error:
                raise self._damaged(member) from error

    def _fill_by_bands(
        self, tiles: Tiles, stream: IO[bytes], head: PngHead, first: int, left: int, top: int
    ) -> None:
        before, steps = 0, 0
        for y, rows in bands(stream, head, first):
            put(tiles, left, top + y, _as_kind(rows, tiles.kind))
            held = len(tiles.keys())
            self._budget.spend(self._archive, tile_bytes=(held - before) * tiles.kind.nbytes)
            before = held
            done = -(-(y + len(rows)) // STEP_ROWS)
            self._work.step(done - steps)
            steps = done

    def _fill_through_gate(self, tiles: Tiles, member: str, data: bytes, left: int, top: int) -> None:
        try:
            picture = open_layer(data)
        except UnreadableFile as error:
            raise self._damaged(member) from error
        self._notes.update(picture.notes)
        pixels = premultiplied(picture) if tiles.kind is Kind.COLOUR else picture.rgb.max(axis=2)
        put(tiles, left, top, pixels)
        self._budget.spend(self._archive, tile_bytes=len(tiles.keys()) * tiles.kind.nbytes)
        self._work.step(-(-len(pixels) // STEP_ROWS))

    def _damaged(self, member: str) -> UnreadableFile:
        return refused(self._archive.name, "one of its members is damaged", WHOLE_COPY, member)


def premultiplied(picture: LayerPicture, rows: slice = slice(None)) -> NDArray[np.uint8]:
    """A picture (or some of its rows) as tiles have it: H x W x 4."""
    rgb = picture.rgb[rows]
    rgba = np.empty((*rgb.shape[:2], 4), np.uint8)
    rgba[..., :3] = rgb
    rgba[..., 3] = 255 if picture.alpha is None else picture.alpha[rows]
    return to_premultiplied(rgba)


def _as_kind(rows: NDArray[np.uint8], kind: Kind) -> NDArray[np.uint8]:
    """Grey, or BGRA with the alpha not multiplied in, as the tiles want it."""
    is_grey = rows.ndim == 2
    if kind is Kind.COVERAGE:
        return rows if is_grey else rows[..., :3].max(axis=2)
    if is_grey:
        opaque = np.full((*rows.shape, 4), 255, np.uint8)
        opaque[..., :3] = rows[..., None]
        return opaque
    return to_premultiplied(rows, is_bgra=True)
