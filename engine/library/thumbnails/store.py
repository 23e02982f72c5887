"""Small pictures kept between sessions in one SQLite file: a cache, bounded, that may always be lost."""

from __future__ import annotations

import io
import logging
import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from engine.library.thumbnails.thumbnail import FileStamp, Thumbnail

log = logging.getLogger("library")

VERSION = 1
MOST_BYTES = 2 << 30
"""100,000 small pictures take about half of it."""
GIVEN_UP = 0.1
"""Share of the oldest that go when it is full."""
CHECKED_EVERY = 256
JPEG_QUALITY = 88
DAY_SECONDS = 86_400

SCHEMA = """
CREATE TABLE IF NOT EXISTS thumbnails (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL,
    level INTEGER NOT NULL,
    day INTEGER NOT NULL,
    jpeg BLOB NOT NULL,
    UNIQUE (key, level)
);
CREATE INDEX IF NOT EXISTS by_day ON thumbnails (day);
"""


class ThumbnailStore:
    """Read and written from any thread. What is damaged is thrown away and made anew; nothing is raised."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self.path = path
        self._most_bytes = most_bytes
        self._using = threading.Lock()
        self._added = 0
        self._connection = self._open()

    def get(self, stamp: FileStamp, level: int) -> Thumbnail | None:
        """The picture at this level, or at the next larger one there is."""
        with self._using:
            row = self._first(
                "SELECT id, day, jpeg FROM thumbnails WHERE key = ? AND level >= ? ORDER BY level LIMIT 1",
                (stamp.key(), level),
            )
            if row is None:
                return None
            if row[1] != _today():
                self._do("UPDATE thumbnails SET day = ? WHERE id = ?", (_today(), row[0]))
        return self._decoded(row[0], row[2])

    def put(self, stamp: FileStamp, level: int, thumbnail: Thumbnail) -> None:
        from PIL import Image  # the window is painted before any picture is met

        memory = io.BytesIO()
        Image.fromarray(thumbnail.pixels).save(memory, "JPEG", quality=JPEG_QUALITY, subsampling=0)
        row = (stamp.key(), level, _today(), memory.getvalue())
        with self._using:
            self._do("INSERT OR REPLACE INTO thumbnails (key, level, day, jpeg) VALUES (?, ?, ?, ?)", row)
            self._added += 1
            if self._added % CHECKED_EVERY == 0:
                self._make_room()

    def close(self) -> None:
        with self._using:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _decoded(self, row_id: int, jpeg: bytes) -> Thumbnail | None:
        from PIL import Image

        try:
            with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
                return Thumbnail(np.asarray(image.convert("RGB")))
        except Exception:  # bytes that rotted on the disk raise whatever comes to the decoder
            with self._using:
                self._do("DELETE FROM thumbnails WHERE id = ?", (row_id,))
            return None

    def _make_room(self) -> None:
        if self._bytes() <= self._most_bytes:
            return
        count = self._first("SELECT count(*) FROM thumbnails", ())
        oldest = max(1, int((count[0] if count else 0) * GIVEN_UP))
        self._do(
            "DELETE FROM thumbnails WHERE id IN (SELECT id FROM thumbnails ORDER BY day, id LIMIT ?)",
            (oldest,),
        )

    def _bytes(self) -> int:
        """What is in use; freed pages are filled again before the file grows."""
        told = [self._first(f"PRAGMA {name}", ()) for name in ("page_count", "freelist_count", "page_size")]
        pages, free, size = (row[0] if row else 0 for row in told)
        return (pages - free) * size

    def _first(self, query: str, values: tuple) -> tuple | None:
        try:
            return self._connection.execute(query, values).fetchone() if self._connection else None
        except sqlite3.Error as error:
            self._recover(error)
            return None

    def _do(self, query: str, values: tuple) -> None:
        try:
            if self._connection is not None:
                self._connection.execute(query, values)
        except sqlite3.Error as error:
            self._recover(error)

    def _recover(self, error: sqlite3.Error) -> None:
        """A damaged file is begun anew; a full or read-only disk, or another program's lock, is borne."""
        log.info("thumbnails: %s", error)
        if isinstance(error, sqlite3.OperationalError) or self._connection is None:
            return
        self._connection.close()
        self._remove()
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection | None:
        """None where there can be no such file: then nothing is kept."""
        for attempt in (1, 2):
            try:
                return self._opened()
            except sqlite3.Error as error:
                log.info("thumbnails (%s): %s", attempt, error)
                if isinstance(error, sqlite3.OperationalError):
                    return None
                self._remove()
        return None

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None, timeout=2.0)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")  # a cache: after a power cut it may be begun anew
            if connection.execute("PRAGMA user_version").fetchone()[0] not in (0, VERSION):
                raise sqlite3.DatabaseError("of another version")
            connection.executescript(SCHEMA)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()


def _today() -> int:
    return int(time.time()) // DAY_SECONDS
